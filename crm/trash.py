"""Deleted rows do not exist: a condition on every query of every session, so that none can forget it.

A row of a `Trashable` table is deleted by setting `deleted_at` (actions/trash.py) and found again only by a statement that says
so: `select(...).execution_options(**WITH_DELETED)`, as the trash and the restoring do. Counts, searches, lists, exports and
reports need no word about it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from crm.columns import Base, Trashable

WITH_DELETED = {"with_deleted": True}
LIVING = {"is_living": True}  # of a statement that has been through `living`
TRASHABLE: tuple[type[Base], ...] = tuple(model for model in Base.__subclasses__() if issubclass(model, Trashable))
# A lambda, not an expression: only so the alias that a query joins is the one that is asked.
_LIVING = tuple(
    with_loader_criteria(model, lambda entity: entity.deleted_at.is_(None), include_aliases=True) for model in TRASHABLE
)


def living(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The statement without deleted rows, for one that no session sees."""
    return statement.options(*_LIVING)


def _leave_out(state: ORMExecuteState) -> None:
    """SELECTs find living rows only; a row already in hand is refreshed whatever became of it."""
    if state.is_select and not state.is_column_load and not state.execution_options.keys() & {*WITH_DELETED, *LIVING}:
        state.statement = state.statement.options(*_LIVING)


event.listen(Session, "do_orm_execute", _leave_out)
