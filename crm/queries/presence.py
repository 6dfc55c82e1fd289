"""What hangs on a project at all, whoever may see it: one look into the indexes, so that its page asks for nothing else.

Most projects of a register are young: a few talks, no claims, no meetings. Rights are applied to what is found, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from crm.choices import ActivityState
from crm.models import (
    ActionItem,
    Activity,
    AgendaItem,
    Attachment,
    Change,
    Claim,
    Comment,
    Pin,
    StageMove,
    StatusChange,
)
from crm.queries import activities, compiled

_PROJECT: Any = bindparam("project_id", type_=Integer())


def _of(model: Any) -> Select[*tuple[Any, ...]]:
    return select(model.project_id).where(model.project_id == _PROJECT)


_TALKS = select(Activity.id).where(activities.touching(_PROJECT))
KINDS: Mapping[str, Select[*tuple[Any, ...]]] = {
    "activity": _TALKS,
    "planned": _TALKS.where(Activity.state == ActivityState.PLANNED),
    "promised": _TALKS.where(activities.is_open_follow_up()),
    "meeting": _of(AgendaItem),
    "action": _of(ActionItem),
    "comment": _of(Comment),
    "move": _of(StageMove),
    "status": _of(StatusChange),
    "claim": _of(Claim),
    "file": _of(Attachment),
    "edit": _of(Change),
    "pin": _of(Pin),
}


def there(session: Session, project_id: int) -> frozenset[str]:
    """The kinds of KINDS of which the project has at least one; one statement."""
    found = compiled.rows(session, _there, (), {"project_id": project_id})[0]
    return frozenset(kind for kind, is_there in zip(KINDS, found, strict=True) if is_there)


def _there() -> Select[*tuple[Any, ...]]:
    return select(*(rows.exists() for rows in KINDS.values()))
