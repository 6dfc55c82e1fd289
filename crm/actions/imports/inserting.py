"""Many rows at once: drafts are collected for a whole batch and inserted a table at a time, keys handed on to what hangs on them.

Ten thousand rows of a ledger make some seventy thousand rows of the register; as objects of the session they would take a minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.columns import Base
from crm.models import Claim, Contract, Project

FIRST: tuple[type[Base], ...] = (Project, Claim, Contract)
AT_ONCE = 2_000


@dataclass(eq=False, slots=True)
class Draft:
    """A row to be. `links`: columns that take the key of another draft, which stands in an earlier table."""

    model: type[Base]
    values: dict[str, Any]
    links: Mapping[str, Draft] = field(default_factory=dict)
    id: int = 0


def insert_all(session: Session, drafts: Iterable[Draft]) -> None:
    """Insert them and give each its key; every draft of a table names the same columns."""
    tables: dict[type[Base], list[Draft]] = defaultdict(list)
    for draft in drafts:
        tables[draft.model].append(draft)
    rest = (model for model in tables if model not in FIRST)
    for model in (*(model for model in FIRST if model in tables), *rest):
        waiting = tables[model]
        for place in range(0, len(waiting), AT_ONCE):
            _insert(session, model, waiting[place : place + AT_ONCE])


def _insert(session: Session, model: type[Base], drafts: list[Draft]) -> None:
    rows = [{**draft.values, **{column: link.id for column, link in draft.links.items()}} for draft in drafts]
    table = Base.metadata.tables[model.__tablename__]
    made = session.scalars(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows)
    for draft, id_ in zip(drafts, made, strict=True):
        draft.id = id_
