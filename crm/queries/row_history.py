"""How far a row's change log has got: a form keeps it to notice what others change meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, object_mapper

from crm.columns import Base
from crm.models import Change


def last_change_id(session: Session, row: Base) -> int:
    """The key of the row's last change; 0 for none."""
    return session.scalars(select(func.coalesce(func.max(Change.id), 0)).where(*_of(row))).one()


def changes_since(session: Session, row: Base, seen: int) -> Sequence[Change]:
    """What was changed of the row's own columns after the change `seen`, oldest first."""
    rows = select(Change).where(*_of(row), Change.id > seen).options(joinedload(Change.by)).order_by(Change.id)
    return session.scalars(rows).all()


def _of(row: Base) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    (key,) = object_mapper(row).primary_key_from_instance(row)
    return Change.table_name == row.__tablename__, Change.row_id == key
