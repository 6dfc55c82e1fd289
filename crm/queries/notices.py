"""Notices read: those of a person, each only while what it speaks of is his to see; what he wants to be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import NoticeKind
from crm.models import (
    ActionItem,
    Activity,
    Collision,
    Job,
    Meeting,
    Notice,
    Project,
    Subscription,
    SupervisionLetter,
    Transfer,
)
from crm.policy import Act, Actor
from crm.queries import transfers
from crm.rules.reminders import Wish, Wishes

PAGE_SIZE = 50
# Rows that have a policy of their own, apart from the project's: a talk over two projects, an action item of a unit,
# a case between two sides.
_OWN = {
    "activity": (Activity, Act.SEE_PROJECT),
    "action_item": (ActionItem, Act.SEE_ACTION),
    "supervision_letter": (SupervisionLetter, Act.SEE_ACTION),
    "meeting": (Meeting, Act.SEE_MEETING),
    "collision": (Collision, Act.SEE_COLLISION),
}


@dataclass(frozen=True)
class Place:
    """The last notice of a page: unread ones come first, then the newest."""

    is_read: bool
    at: datetime
    id: int


def of(actor: Actor) -> Select[Notice]:
    """The actor's notices that he may still read."""
    return select(Notice).where(Notice.user_id == actor.id, *seen(actor))


def seen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a notice is shown to its reader: what it speaks of is still his to see."""
    project = _visible(Project, Notice.project_id, policy.project_rows(actor, Act.SEE_PROJECT))
    conditions = [or_(Notice.project_id.is_(None), project)]
    for table, (model, act) in _OWN.items():
        row = _visible(model, Notice.row_id, policy.rows(actor, act, model))
        conditions.append(or_(Notice.table_name != table, row))
    offer = select(Transfer.id).join(Project, Project.id == Transfer.project_id)
    offer = offer.where(Transfer.id == Notice.row_id, transfers.known(actor)).correlate(Notice)
    job = select(Job.id).where(Job.id == Notice.row_id, Job.owner_id == actor.id).correlate(Notice)
    conditions.append(or_(Notice.table_name != "job", job.exists()))
    return (*conditions, or_(Notice.table_name != "transfer", offer.exists()))


def _visible(model: Any, key: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(model.id).where(model.id == key, condition).correlate(Notice).exists()


def unread(actor: Actor) -> Select[Notice]:
    """Those not yet read."""
    return of(actor).where(Notice.read_at.is_(None))


def page_of(session: Session, actor: Actor, after: Place | None = None) -> tuple[list[Notice], Place | None]:
    """A page of notices, unread ones first, then the newest, and where the next page begins; one statement."""
    read = case((Notice.read_at.is_(None), 0), else_=1)
    rows = of(actor).order_by(read, Notice.at.desc(), Notice.id.desc())
    if after:
        older = or_(Notice.at < after.at, and_(Notice.at == after.at, Notice.id < after.id))
        rows = rows.where(or_(read > int(after.is_read), and_(read == int(after.is_read), older)))
    found = list(session.scalars(rows.limit(PAGE_SIZE + 1)))
    if len(found) <= PAGE_SIZE:
        return found, None
    last = found[PAGE_SIZE - 1]
    return found[:PAGE_SIZE], Place(last.read_at is not None, last.at, last.id)


def wishes_of(session: Session, user_ids: Collection[int]) -> dict[int, Wishes]:
    """What each of these people wants to be told, where it differs from the default; one statement."""
    found: dict[int, dict[NoticeKind, Wish]] = {}
    for row in session.scalars(select(Subscription).where(Subscription.user_id.in_(user_ids))):
        found.setdefault(row.user_id, {})[row.kind] = Wish(row.is_on, row.in_digest, row.days)
    return {key: found.get(key, {}) for key in user_ids}
