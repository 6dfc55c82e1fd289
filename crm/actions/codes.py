"""Taking codes of projects and numbers of minutes: each once, also when many take one in the same second."""

from __future__ import annotations

import re

from sqlalchemy import Integer, Select, String, column, func, select, values
from sqlalchemy.orm import Session

from crm.actions.locking import hold_register
from crm.models import Meeting, Minutes, Project
from crm.queries import compiled, settings
from crm.rules import codes, minutes
from crm.trash import WITH_DELETED

_PROJECT = Project.__table__.c  # of the bare table: a deleted project keeps its code, and may come back with it
LONGEST: int = _PROJECT.code.type.length  # type: ignore[attr-defined]


def take(session: Session, year: int, count: int = 1, prefix: str | None = None) -> list[str]:
    """The next codes of a year; others who take codes wait until this transaction ends. `prefix`: the office's, where known."""
    hold_register(session)
    prefix = settings.current(session).project_code_prefix if prefix is None else prefix
    return codes.next_codes(prefix, year, _highest(session, codes.stem(prefix, year)), count)


def _highest(session: Session, stem: str) -> list[str]:
    """The highest code of each length that is this stem and figures alone: a look into the index for each.

    Codes of one length that differ in figures only are in the order of their numbers, whatever the language of the database.
    """
    session.flush()  # a statement that is compiled once does not do it
    return [code for (code,) in compiled.rows(session, _of_each_length, (stem,), {}) if code]


@compiled.by_key
def _of_each_length(stem: str) -> Select[str | None]:
    ends = [
        (len(stem) + digits, stem + "0" * digits, stem + "9" * digits) for digits in range(1, LONGEST - len(stem) + 1)
    ]
    columns = (column("length", Integer), column("first", String), column("last", String))
    lengths = values(*columns, name="lengths", literal_binds=True).data(ends).cte()
    longest = select(func.max(func.length(_PROJECT.code))).scalar_subquery()
    highest = (
        select(_PROJECT.code)
        .where(
            func.length(_PROJECT.code) == lengths.c.length,
            _PROJECT.code.between(lengths.c.first, lengths.c.last),
            _PROJECT.code.regexp_match(f"^{re.escape(stem)}[0-9]+$"),
        )
        .order_by(_PROJECT.code.desc())
        .limit(1)
        .correlate(lengths)
        .scalar_subquery()
    )
    return select(highest).where(lengths.c.length <= longest)


def take_minutes_number(session: Session, year: int) -> int:
    """The next number of the year's minutes; others who take one wait until this transaction ends.

    It follows those issued here and those typed in that were issued on paper before; nothing is taken if nothing is written.
    """
    hold_register(session)
    issued = session.scalars(select(Minutes.number).where(Minutes.year == year, Minutes.number.is_not(None))).all()
    typed = session.scalars(
        select(Meeting.minutes_number)
        .where(Meeting.minutes_number.startswith("会议纪要"), Meeting.minutes_number.contains(str(year)))
        .execution_options(**WITH_DELETED)
    ).all()
    return minutes.next_number(year, [number for number in issued if number is not None], typed)
