"""What no code may change once it was written: the instant at which a project was registered (domain.md §2.5, 1), a
briefing (§4.5) and the minutes of a meeting (§3.6) that were issued, a version of the briefing's layout or template.

Asked of every row before it is flushed; of a registration also of every statement before it reaches the database, whoever wrote
it and how.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import get_history

from crm.choices import BriefingState
from crm.models import BriefingIssue, BriefingLayout, BriefingTemplate, Minutes, Project

FIXED = ("registered_at", "registered_by_id")
_SETTING = re.compile(r'\b(?:UPDATE\s+(?:ONLY\s+)?|INSERT\s+INTO\s+)"?project"?\s(.*)', re.IGNORECASE | re.DOTALL)
_NESTED = re.compile(r"\([^()]*\)")
_ASSIGNED = re.compile(rf'\b({"|".join(FIXED)})"?\s*=', re.IGNORECASE)


class Fixed(Exception):
    """A fault of the program: it tried to change what is fixed."""


def _keep(_mapper: Mapper[Any], _connection: Connection, row: Project) -> None:
    for name in FIXED:
        changed = get_history(row, name)
        if changed.deleted and changed.deleted != changed.added:
            raise Fixed(f"project.{name} never changes")


def _load_old(*_: object) -> None:
    """Nothing to do: being there makes SQLAlchemy load the old value of an attribute that expired with a commit."""


def assigns_fixed(statement: str) -> str | None:
    """Which fixed column of the register an SQL statement gives a new value, if any: an UPDATE, or an INSERT's DO UPDATE."""
    if FIXED[0] not in statement and FIXED[1] not in statement:  # almost every statement ends here
        return None
    found = _SETTING.search(statement)
    if found is None:
        return None
    setting, nested = found[1], ""
    while setting != nested:  # what stands in brackets is a value, not a column that is set
        setting, nested = _NESTED.sub("", setting), setting
    assigned = _ASSIGNED.search(re.split(r"\bWHERE\b", setting, maxsplit=1, flags=re.IGNORECASE)[0])
    return assigned[1] if assigned else None


def _refuse(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    name = assigns_fixed(statement)
    if name:
        raise Fixed(f"project.{name} never changes")


for _name in FIXED:
    event.listen(inspect(Project).column_attrs[_name].class_attribute, "set", _load_old, active_history=True)
event.listen(Project, "before_update", _keep)
event.listen(Engine, "before_cursor_execute", _refuse)


def _keep_issue(_mapper: Mapper[Any], _connection: Connection, row: BriefingIssue) -> None:
    history = get_history(row, "state")
    if BriefingState.ISSUED in (history.deleted or history.unchanged or ()):
        raise Fixed(f"the briefing of {row.month} is issued and never changes")


event.listen(inspect(BriefingIssue).column_attrs["state"].class_attribute, "set", _load_old, active_history=True)
event.listen(BriefingIssue, "before_update", _keep_issue)
event.listen(BriefingIssue, "before_delete", _keep_issue)


def _keep_version(_mapper: Mapper[Any], _connection: Connection, row: BriefingLayout | BriefingTemplate) -> None:
    raise Fixed(f"version {row.number} of {row.__tablename__} never changes")


for _versioned in (BriefingLayout, BriefingTemplate):
    event.listen(_versioned, "before_update", _keep_version)
    event.listen(_versioned, "before_delete", _keep_version)


def _keep_minutes(_mapper: Mapper[Any], _connection: Connection, row: Minutes) -> None:
    history = get_history(row, "issued_at")
    if any(history.deleted or history.unchanged or ()):
        raise Fixed(f"the minutes {row.number}/{row.year} of meeting {row.meeting_id} are issued and never change")


event.listen(inspect(Minutes).column_attrs["issued_at"].class_attribute, "set", _load_old, active_history=True)
event.listen(Minutes, "before_update", _keep_minutes)
event.listen(Minutes, "before_delete", _keep_minutes)
