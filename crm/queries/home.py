"""What a person has to do: follow-ups, plans, meetings, action items, neglected projects; a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import ActionState, ClaimState, MemberRole, Status
from crm.models import ActionItem, Activity, Claim, Holiday, Project, ProjectMember
from crm.policy import Act, Actor
from crm.queries import activities, meetings
from crm.rules.days import day_of
from crm.rules.dues import nearby
from crm.rules.lifecycle import IDLE_DAYS
from crm.rules.today import Day, Todo, TodoKind, arrange

MOST = 100


def day_for(session: Session, actor: Actor, today: date) -> Day:
    """Everything the actor has to do up to a week from today."""
    parts = (_follow_ups, _plans, _meetings, _actions)
    todos = [todo for part in parts for todo in part(session, actor, today)]
    agreed = {todo.project for todo in todos if todo.kind in (TodoKind.FOLLOW_UP, TodoKind.PLAN)}
    neglected = [todo for todo in _idle(session, actor, today) if todo.project not in agreed]
    return arrange([*todos, *neglected], today)


def _follow_ups(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    for row in session.scalars(activities.follow_ups(actor, actor.id, nearby(today)).limit(MOST)).unique():
        assert row.next_on is not None  # follow_ups only finds those with a day
        yield Todo(TodoKind.FOLLOW_UP, row, row.next_on, project=_project(row))


def _plans(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    for row in session.scalars(activities.planned_for(actor, actor.id, nearby(today)).limit(MOST)).unique():
        yield Todo(TodoKind.PLAN, row, day_of(row.happened_at), row.happened_at, _project(row))


def _project(row: Activity) -> tuple[int, str] | None:
    first = next((link.project for link in row.project_links), None)
    return (first.id, first.name) if first else None


def _meetings(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    found = session.scalars(meetings.concerning(actor, today, nearby(today)).limit(MOST)).unique().all()
    seen = meetings.visible_projects(session, actor, {item.project_id for row in found for item in row.agenda})
    for row in found:
        first = next((item.project for item in row.agenda if item.project_id in seen), None)
        project = (first.id, first.name) if first else None
        yield Todo(TodoKind.MEETING, row, day_of(row.held_at), row.held_at, project)


def _actions(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    """Those of the actor's very unit; who holds meetings watches over all, and verifies what was reported as done."""
    if not policy.can(actor, Act.WORK_ACTION):
        return
    rows = meetings.actions_visible_to(actor).where(meetings.is_open(), ActionItem.deadline_on <= nearby(today))
    if not policy.can(actor, Act.HOLD_MEETING):
        mine = or_(ActionItem.lead_unit_id == actor.unit_id, ActionItem.person_id == actor.id)
        rows = rows.where(mine, ActionItem.state != ActionState.CHECKING)
    found = session.scalars(rows.limit(MOST)).all()
    seen = meetings.visible_projects(session, actor, {row.project_id for row in found})
    for row in found:
        kind = TodoKind.CHECK if row.state is ActionState.CHECKING else TodoKind.ACTION
        project = (row.project_id, row.project.name) if row.project_id in seen else None
        yield Todo(kind, row, row.deadline_on, project=project)


def _idle(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    """Projects the actor may edit that nobody has been in touch with for longer than their stage allows."""
    if not policy.can(actor, Act.EDIT_PROJECT):
        return
    contact = func.coalesce(Project.last_contact_on, Project.stage_since_on)
    limits = [and_(Project.stage == stage, contact < today - timedelta(days=days)) for stage, days in IDLE_DAYS.items()]
    rows = select(Project).where(is_mine(actor), Project.status == Status.ACTIVE, or_(*limits)).order_by(contact)
    for row in session.scalars(rows.limit(MOST)):
        since = row.last_contact_on or row.stage_since_on
        yield Todo(TodoKind.IDLE, row, since + timedelta(days=IDLE_DAYS[row.stage]), project=(row.id, row.name))


# -------------------------------------------------------------------------------------------------------------- at the side


def is_mine(actor: Actor) -> ColumnElement[bool]:
    """Projects the actor works on: those he may edit, else those he is named on; a reader's are nobody's work."""
    if policy.can(actor, Act.EDIT_PROJECT):
        return policy.project_rows(actor, Act.EDIT_PROJECT)
    named = exists().where(
        ProjectMember.project_id == Project.id,
        ProjectMember.user_id == actor.id,
        ProjectMember.to_on.is_(None),
        ProjectMember.role != MemberRole.READER,
    )
    return named & policy.project_rows(actor, Act.SEE_PROJECT)


def my_projects(actor: Actor) -> Select[Project]:
    """The actor's projects that go on, the longest in their stage first; three hundred at most."""
    going = Project.status.in_((Status.ACTIVE, Status.PAUSED))
    return select(Project).where(is_mine(actor), going).order_by(Project.stage_since_on, Project.id).limit(300)


def claims_waiting(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """How many claims wait for the actor to verify, and since when the first one does."""
    if not policy.can(actor, Act.SEE_QUEUE):
        return 0, None
    waiting = (Claim.state == ClaimState.REPORTED, policy.rows(actor, Act.VERIFY, Claim))
    count, first = session.execute(select(func.count(), func.min(Claim.reported_at)).where(*waiting)).one()
    return count, first


def returned_to(session: Session, actor: Actor) -> Sequence[tuple[int, str, str]]:
    """(project id, project name, why) of the actor's reports that were given back and not yet replaced."""
    newer = aliased(Claim)
    later = exists().where(newer.replaces_id == Claim.id)
    rows = (
        select(Project.id, Project.name, Claim.reason)
        .join(Claim, Claim.project_id == Project.id)
        .where(Claim.reported_by_id == actor.id, Claim.state == ClaimState.RETURNED, ~later)
        .where(policy.project_rows(actor, Act.SEE_PROJECT))  # who left a secret project is told nothing more of it
    )
    return [(key, name, reason) for key, name, reason in session.execute(rows.order_by(Claim.id).limit(20))]


def holidays(session: Session, today: date) -> Sequence[Holiday]:
    """Days of the next ten that differ from the week: holidays, and weekends worked."""
    until = today + timedelta(days=10)
    return session.scalars(select(Holiday).where(Holiday.day.between(today, until)).order_by(Holiday.day)).all()
