"""Who changed which column, from what to what: one listener before every flush of any session, one row a column.

The session is signed once (`sign`) with the person, the instant and the request; an unsigned session writes history without a
person, which is what migrations and the seed want.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Boolean, Date, Integer, Numeric, event, inspect
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from crm.columns import Base, UtcInstant
from crm.models import (
    ActionItem,
    Activity,
    AgendaItem,
    Attachment,
    Change,
    Collision,
    Comment,
    Company,
    Contact,
    FaiEntry,
    Listing,
    Meeting,
    MonthlyReport,
    PlanNode,
    Project,
    ProjectMember,
    Setting,
    Target,
    Transfer,
    User,
)

TRACKED: tuple[type[Base], ...] = (
    Company,
    Contact,
    Project,
    ProjectMember,
    Listing,
    FaiEntry,
    Collision,
    Transfer,
    Comment,
    Attachment,
    Activity,
    Meeting,
    AgendaItem,
    ActionItem,
    MonthlyReport,
    PlanNode,
    Target,
    User,
    Setting,
)
# Roll-ups follow other rows, and secrets have no business in a log.
UNTRACKED_COLUMNS = frozenset(
    {
        "version",
        "name_key",
        "stage_since_on",
        "last_contact_on",
        "lead_id",
        "protected_until_on",
        "password_hash",
        "session_epoch",
        "theme",
        "deleted_by_id",  # who changed deleted_at
        "single_keys",
        "rank",
        "sequence",
        "told",
        "told_at",
        "told_times",
        "changed_at",
    }
)
KEY = "crm_signature"
_READERS: tuple[tuple[type[TypeEngine[Any]], Callable[[str], Any]], ...] = (
    (Boolean, lambda kept: kept == "True"),
    (Integer, int),
    (Numeric, Decimal),
    (Date, date.fromisoformat),
    (UtcInstant, datetime.fromisoformat),
)


@dataclass(frozen=True)
class Signature:
    """On whose behalf, when and in which request a session writes."""

    by_id: int | None
    at: datetime
    request_id: str = ""
    batch_id: int | None = None


def sign(session: Session, signature: Signature) -> None:
    """Everything this session changes from now on is signed so."""
    session.info[KEY] = signature


def signature(session: Session) -> Signature:
    """The session's signature; unsigned sessions write nameless history at the present instant."""
    return session.info.get(KEY) or Signature(None, datetime.now(UTC))


def as_text(value: object) -> str | None:
    """A column's value as history keeps it: ISO dates, plain figures, stored words; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def value_of(model: type[Base], column: str, kept: str | None) -> Any:
    """The value of a column that `as_text` kept: its inverse; no text is the empty text where the column is never null."""
    kind = model.__table__.columns[column].type
    if kept is None:
        return None if model.__table__.columns[column].nullable else ""
    if isinstance(kind, SqlEnum):
        assert kind.enum_class is not None
        return kind.enum_class(kept)
    reader = next((read for of, read in _READERS if isinstance(kind, of)), str)
    return reader(kept)


def _project_id(row: Base) -> int | None:
    if isinstance(row, Project):
        return row.id
    found = getattr(row, "project_id", None)
    return found if isinstance(found, int) else None


def _changes(row: Base, by: Signature) -> list[Change]:
    state = inspect(row)
    key = state.identity[0] if state.identity else 0
    made = []
    for column in state.mapper.column_attrs:
        past = state.attrs[column.key].history
        if not past.has_changes() or column.key in UNTRACKED_COLUMNS:
            continue
        old, new = (as_text(side[0]) if side else None for side in (past.deleted, past.added))
        if old != new:
            made.append(
                Change(
                    table_name=state.mapper.local_table.name,  # type: ignore[attr-defined]
                    row_id=key if isinstance(key, int) else 0,
                    project_id=_project_id(row),
                    column_name=column.key,
                    old=old,
                    new=new,
                    at=by.at,
                    by_id=by.by_id,
                    request_id=by.request_id,
                    batch_id=by.batch_id,
                )
            )
    return made


def _write(session: Session, *_: Any) -> None:
    by = signature(session)
    dirty = [row for row in session.dirty if isinstance(row, TRACKED)]
    session.add_all([change for row in dirty for change in _changes(row, by)])


def _keep_old(_row: Base, _new: object, _old: object, _initiator: object) -> None:
    """Nothing to do: being there makes SQLAlchemy load the old value of an attribute that expired with a commit."""


event.listen(Session, "before_flush", _write)
for _model in TRACKED:
    for _column in inspect(_model).column_attrs:
        event.listen(_column.class_attribute, "set", _keep_old, active_history=True)
