"""`crm doctor`: whether everything an office relies on is as it should be, a line each, and what mends it.

A check is a function that yields lines. One that cannot be made (the database is away, a table is missing) is a line too, never a
traceback. To add one: write it in its module and name it in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crm.doctor import content, database, machine, work
from crm.doctor.lines import Level, Line, Office, fail

Check = Callable[[Office], Iterator[Line]]

# The database's checks rest on one another: the first that fails ends the row.
CHECKS: tuple[tuple[Check, ...], ...] = (
    (machine.versions,),
    (machine.settings,),
    (machine.disk,),
    (machine.clock,),
    (machine.backups,),
    (database.reached, database.revision),
    (database.structure,),
    (database.postgresql,),
    (database.sqlite,),
    (database.work_in_hand,),
    (database.replica,),
    (content.file_store,),
    (content.attachments,),
    (content.search_index,),
    (work.background,),
    (work.mail,),
)


def examine(office: Office) -> list[Line]:
    """Every line; without a database those that need none."""
    lines: list[Line] = []
    for row in CHECKS:
        for check in row:
            found = _made(check, office)
            lines += found
            if any(line.level is Level.FAIL for line in found):
                if check is database.reached:
                    return lines + _made(content.file_store, office)
                break
    return lines


def _made(check: Check, office: Office) -> list[Line]:
    try:
        return list(check(office))
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return [fail(check.__name__, f"这项查不了：{said}", "先处理上面的问题，再运行一次。")]
