"""The change log of a project, folded: what one person changed in one go, with names instead of keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.models import Area, Change, Company, Industry, Listing, Project, ProjectMember, Unit, User
from crm.policy import Act, Actor
from crm.queries.changes import HIDDEN
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
    """One column: its name, what stood there and what stands there now, as a reader wants it."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Edit:
    """What one person changed in one go."""

    at: datetime
    by: str | None
    differences: Sequence[Difference]


def edits(session: Session, actor: Actor, project_id: int, limit: int, before: datetime | None = None) -> list[Edit]:
    """The newest edits first; at most eight statements, whatever was changed. Names only what the actor may see."""
    rows = (
        select(Change)
        .where(
            Change.project_id == project_id,
            Change.table_name.in_(TABLES),
            or_(Change.table_name != Project.__tablename__, Change.column_name.not_in(SHOWN_ELSEWHERE)),
        )
        .options(joinedload(Change.by))
        .order_by(Change.at.desc(), Change.id)
        .limit(limit * 8)  # columns, not edits
    )
    changes = session.scalars(rows.where(Change.at < before) if before else rows).all()
    names = _names(session, actor, changes)
    folded = groupby(changes, key=lambda change: (change.at, change.by_id, change.request_id))
    return [_edit(list(group), names) for _, group in folded][:limit]


def _edit(changes: list[Change], names: Mapping[str, Mapping[int, str]]) -> Edit:
    first = changes[0]
    return Edit(first.at, first.by.name if first.by else None, [difference(change, names) for change in changes])


def difference(change: Change, names: Mapping[str, Mapping[int, str]]) -> Difference:
    """A change as a reader wants it."""
    column = change.column_name
    known = names.get(column, {})
    return Difference(label(column), printed(column, change.old, known), printed(column, change.new, known))


def _names(session: Session, actor: Actor, changes: Iterable[Change]) -> dict[str, dict[int, str]]:
    """Names of the rows that changed keys point to: one statement for each kind of key among them."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        if change.column_name in NAMED:
            texts = (text for text in (change.old, change.new) if text and text.isdigit())
            wanted.setdefault(change.column_name, set()).update(map(int, texts))
    found: dict[str, dict[int, str]] = {}
    for column, ids in wanted.items():
        model = NAMED[column]
        rows = select(model.id, model.name).where(model.id.in_(ids))
        if model in CLOSED:
            rows = rows.where(policy.rows(actor, CLOSED[model], model))
        found[column] = defaultdict(lambda: HIDDEN, session.execute(rows).all())
    return found
