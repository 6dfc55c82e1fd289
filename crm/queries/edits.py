"""The change log of a project, folded: what one person changed in one go, with names instead of keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.models import Area, Change, Company, Industry, Listing, Project, ProjectMember, Unit, User
from crm.policy import Act, Actor
from crm.queries.changes import HIDDEN, model_of
from crm.rules.labels import label, printed

# Moves and statuses have rows of their own; the timeline shows those.
SHOWN_ELSEWHERE = ("stage", "status", "review_on")
TABLES = (Project.__tablename__, ProjectMember.__tablename__, Listing.__tablename__)
NAMED: Mapping[str, type[Any]] = {
    "company_id": Company,
    "industry_id": Industry,
    "area_id": Area,
    "unit_id": Unit,
    "responsible_unit_id": Unit,
    "user_id": User,
    "parent_id": Project,
    "duplicate_of_id": Project,
}
CLOSED: Mapping[type[Any], Act] = {Company: Act.SEE_COMPANY, Project: Act.SEE_PROJECT}


@dataclass(frozen=True)
class Difference:
    """One column: its name, what stood there and what stands there now, as a reader wants it; and the change it is."""

    label: str
    old: str
    new: str
    change: Change

    @property
    def is_open(self) -> bool:
        """The old value is one that the reader may know."""
        return self.old != HIDDEN


@dataclass(frozen=True)
class Edit:
    """What one person changed in one go; `id` is the key of the first of the changes."""

    id: int
    at: datetime
    by: str | None
    differences: Sequence[Difference]

    def with_more(self, other: Edit) -> Edit:
        """Both as one, at the instant of this."""
        return replace(self, differences=[*self.differences, *other.differences])


def edits(
    session: Session,
    actor: Actor,
    project_id: int,
    limit: int,
    edge: datetime | None = None,
    oldest_first: bool = False,
) -> list[Edit]:
    """The edits from `edge` on, newest first if not asked otherwise; at most eight statements, whatever was changed.

    Names only what the actor may see.
    """
    rows = (
        select(Change)
        .where(
            Change.project_id == project_id,
            Change.table_name.in_(TABLES),
            or_(Change.table_name != Project.__tablename__, Change.column_name.not_in(SHOWN_ELSEWHERE)),
        )
        .options(joinedload(Change.by))
        .order_by(Change.at.asc() if oldest_first else Change.at.desc(), Change.id)
        .limit(limit * 8)  # columns, not edits
    )
    if edge is not None:
        rows = rows.where(Change.at > edge if oldest_first else Change.at < edge)
    changes = session.scalars(rows).all()
    names = names_of(
        session, actor, ((change.column_name, side) for change in changes for side in (change.old, change.new))
    )
    folded = groupby(changes, key=lambda change: (change.at, change.by_id, change.request_id))
    return [_edit(list(group), names) for _, group in folded][:limit]


def _edit(changes: list[Change], names: Mapping[str, Mapping[int, str]]) -> Edit:
    first = changes[0]
    return Edit(first.id, first.at, first.by.name if first.by else None, [_difference(one, names) for one in changes])


def _difference(change: Change, names: Mapping[str, Mapping[int, str]]) -> Difference:
    """A change as a reader wants it."""
    column = change.column_name
    known = names.get(column)
    return Difference(label(column), printed(column, change.old, known), printed(column, change.new, known), change)


def names_of(
    session: Session, actor: Actor, kept: Iterable[tuple[str, str | None]], table: str = Project.__tablename__
) -> Mapping[str, Mapping[int, str]]:
    """Names of the rows that kept keys (column, text) of a table point to, as far as the actor may see them.

    One statement for each column that holds keys.
    """
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for column, text in kept:
        if text and text.isdigit() and model_of(table, column):
            wanted[column].add(int(text))
    found: dict[str, dict[int, str]] = {}
    for column, ids in wanted.items():
        model: Any = model_of(table, column)
        rows = select(model.id, model.name).where(model.id.in_(ids))
        if model in CLOSED:
            rows = rows.where(policy.rows(actor, CLOSED[model], model))
        found[column] = defaultdict(lambda: HIDDEN, session.execute(rows).all())
    return found
