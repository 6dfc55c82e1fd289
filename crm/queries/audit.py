"""The log: what people did, and what they changed, as far as the reader may see the rows it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.models import ActionItem, Activity, AgendaItem, AuditEvent, Change, Company, Contact, Meeting, Project, User
from crm.policy import Act, Actor
from crm.queries import distinct
from crm.queries.keyset import Key
from crm.rules.days import start_of

# How each table that no project owns is judged; tables of accounts and settings are the log's own business.
# What a meeting says of a project is closed with the meeting, whose other projects may be secret.
_JUDGED: Mapping[str, tuple[Act, type[Any]]] = {
    "activity": (Act.SEE_PROJECT, Activity),
    "agenda_item": (Act.SEE_MEETING, AgendaItem),
    "action_item": (Act.SEE_ACTION, ActionItem),
    "company": (Act.SEE_COMPANY, Company),
    "contact": (Act.SEE_COMPANY, Contact),
    "meeting": (Act.SEE_MEETING, Meeting),
    "project": (Act.SEE_PROJECT, Project),
}
EVENTS = (Key(AuditEvent.at, datetime, descending=True), Key(AuditEvent.id, int, descending=True))  # the newest first
CHANGES = (Key(Change.at, datetime, descending=True), Key(Change.id, int, descending=True))
OPEN_TABLES = frozenset({"user", "setting", "target"})


@dataclass(frozen=True)
class Filters:
    """What the log is narrowed to; None and "" mean everything. Days are China days, both included."""

    person_id: int | None = None
    first_on: date | None = None
    last_on: date | None = None
    what: str = ""


def _between(column: Any, filters: Filters) -> list[Any]:
    found = []
    if filters.first_on:
        found.append(column >= start_of(filters.first_on))
    if filters.last_on:
        found.append(column < start_of(filters.last_on + timedelta(days=1)))
    return found


def events(filters: Filters) -> Select[AuditEvent]:
    """What people did that changed no row, in the order of EVENTS; `what` is a kind."""
    rows = select(AuditEvent).where(*_between(AuditEvent.at, filters))
    if filters.person_id:
        rows = rows.where(AuditEvent.by_id == filters.person_id)
    if filters.what:
        rows = rows.where(AuditEvent.kind == filters.what)
    return rows


def kinds(session: Session) -> Sequence[str]:
    """The kinds of events there are."""
    return session.scalars(distinct.listed(AuditEvent.kind)).all()


def changes(filters: Filters) -> Select[Change]:
    """What was changed, in the order of CHANGES; `what` is a table."""
    rows = select(Change).where(*_between(Change.at, filters)).options(joinedload(Change.by))
    if filters.person_id:
        rows = rows.where(Change.by_id == filters.person_id)
    if filters.what:
        rows = rows.where(Change.table_name == filters.what)
    return rows


def names(session: Session) -> Mapping[int, str]:
    """Everybody who ever had an account, for the filter and for events."""
    return dict(session.execute(select(User.id, User.name).order_by(User.id)).all())


def hidden(session: Session, actor: Actor, found: Iterable[Change]) -> set[int]:
    """The ids of those changes whose values the actor may not read: the row, or its project, is not his to see."""
    found = list(found)
    projects = _visible(session, actor, "project", {c.project_id for c in found if c.project_id})
    by_table = {
        table: _visible(session, actor, table, {c.row_id for c in found if c.table_name == table and _by_row(c)})
        for table in _JUDGED
    }
    return {change.id for change in found if not _open(change, projects, by_table)}


def _open(change: Change, projects: set[int], by_table: Mapping[str, set[int]]) -> bool:
    if change.table_name in OPEN_TABLES:
        return True
    if not _by_row(change):
        return change.project_id in projects
    return change.row_id in by_table.get(change.table_name, set())


def _by_row(change: Change) -> bool:
    return not change.project_id or change.table_name == AgendaItem.__tablename__


def _visible(session: Session, actor: Actor, table: str, ids: set[int]) -> set[int]:
    if not ids:
        return set()
    act, model = _JUDGED[table]
    return set(session.scalars(select(model.id).where(model.id.in_(ids), policy.rows(actor, act, model))))
