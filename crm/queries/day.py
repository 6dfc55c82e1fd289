"""What a person has to do: follow-ups, visits, meetings, action items, what his projects ask for; always so many statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, load_only

from crm import policy
from crm.choices import ActionState, ActivityState, MemberRole, MinutesState, Stage, Status, Word
from crm.models import ActionItem, Activity, ActivityProject, Project, ProjectMember, SupervisionLetter
from crm.policy import Act, Actor
from crm.queries import action_items, activities, meetings, minutes
from crm.queries.plans import open_nodes
from crm.rules.action_items import number_words
from crm.rules.days import day_of, start_of
from crm.rules.dues import nearby
from crm.rules.limits import Limits
from crm.rules.minutes import asked_of
from crm.rules.plans import due_on
from crm.rules.reminders import NODES, project_dues
from crm.rules.settings import DEFAULTS
from crm.rules.today import Day, Todo, TodoKind, arrange
from crm.rules.workdays import Calendar

MOST = 100
WATCHED = (
    Project.id, Project.name, Project.stage, Project.status, Project.stage_since_on, Project.last_contact_on,
    Project.registered_at, Project.judgement, Project.needs_experts, Project.fed_back_on, Project.source_channel,
    Project.protected_until_on, Project.review_on, Project.expected_sign_on, Project.planned_start_on,
    Project.planned_finish_on, Project.planned_production_on,
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """What a day is judged by: the day, the office's limits and its working calendar."""

    today: date
    limits: Limits
    calendar: Calendar
    sign_days: int = DEFAULTS.action_sign_days  # working days within which an action item is signed for


def day_for(session: Session, actor: Actor, by: Measure) -> Day:
    """Everything the actor has to do up to a week from today."""
    return arrange(todos(session, actor, by, nearby(by.today)), by.today)


def todos(session: Session, actor: Actor, by: Measure, until: date) -> list[Todo]:
    """Everything up to a day. Who has agreed on a next contact is not reminded of the silence before it."""
    agreed = [*_follow_ups(session, actor, until), *_plans(session, actor, until)]
    held = [*_meetings(session, actor, by.today, until), *_minutes(session, actor, by.today)]
    handed = [*held, *_actions(session, actor, by, until), *_letters(session, actor, by.today, until)]
    settled = {todo.project for todo in agreed}
    asked = [
        todo
        for todo in of_projects(session, by, until, watched_by(actor))
        if not (todo.kind is TodoKind.IDLE and todo.project in settled)
    ]
    return [*agreed, *handed, *asked, *of_plans(session, until, named_on(actor.id) & may_report(actor))]


def _follow_ups(session: Session, actor: Actor, until: date) -> Iterator[Todo]:
    for row in session.scalars(activities.follow_ups(actor, actor.id, until).limit(MOST)).unique():
        assert row.next_on is not None  # follow_ups only finds those with a day
        what = row.next_step or "联系投资方"
        yield Todo(TodoKind.FOLLOW_UP, row, row.next_on, project=first_project(row), what=what)


def _plans(session: Session, actor: Actor, until: date) -> Iterator[Todo]:
    for row in session.scalars(activities.planned_for(actor, actor.id, until).limit(MOST)).unique():
        what = f"{row.kind.label}：{row.title}" if row.title else row.kind.label
        yield Todo(TodoKind.PLAN, row, day_of(row.happened_at), row.happened_at, first_project(row), what)


def first_project(row: Activity) -> tuple[int, str] | None:
    """(id, name) of the project a touchpoint names first."""
    first = next((link.project for link in row.project_links), None)
    return (first.id, first.name) if first else None


def _meetings(session: Session, actor: Actor, today: date, until: date) -> Iterator[Todo]:
    found = session.scalars(meetings.concerning(actor, today, until).limit(MOST)).unique().all()
    seen = meetings.visible_projects(session, actor, {item.project_id for row in found for item in row.agenda})
    for row in found:
        first = next((item.project for item in row.agenda if item.project_id in seen), None)
        project = (first.id, first.name) if first else None
        yield Todo(TodoKind.MEETING, row, day_of(row.held_at), row.held_at, project, row.title)


def _minutes(session: Session, actor: Actor, today: date) -> Iterator[Todo]:
    """Minutes to be written by the day after the meeting; those sent and confirmed wait for the actor from today on."""
    for row in session.scalars(minutes.waiting_for(actor, today).limit(MOST)).unique():
        on = day_of(row.held_at) + timedelta(days=1) if row.minutes_state is MinutesState.DRAFT else today
        yield Todo(TodoKind.MINUTES, row, on, what=asked_of(row.minutes_state, row.title))


def _actions(session: Session, actor: Actor, by: Measure, until: date) -> Iterator[Todo]:
    """What was handed out, by the day it is due; what its unit has not signed for asks for that first."""
    rows = action_items.visible_to(actor).where(actions_of(actor), ActionItem.deadline_on <= until)
    found = session.scalars(rows.limit(MOST)).all()
    seen = meetings.visible_projects(session, actor, {row.project_id for row in found})
    for row in found:
        project = (row.project_id, row.project.name) if row.project_id in seen else None
        what = row.task or row.problem
        due_on = by.calendar.next_working(row.deadline_on)
        sign_on = by.calendar.after(row.handed_on, by.sign_days)
        if row.state is ActionState.ASSIGNED and sign_on < due_on:
            yield Todo(TodoKind.SIGN, row, sign_on, project=project, what=Word("签收：%(what)s", what=what))
        kind = TodoKind.CHECK if row.state is ActionState.CHECKING else TodoKind.ACTION
        yield Todo(kind, row, due_on, project=project, what=what)


def _letters(session: Session, actor: Actor, today: date, until: date) -> Iterator[Todo]:
    """Catch-up plans that a letter asked of the actor's very unit or of who leads the project; late, also whose letter it is."""
    yield from letters_due(session, actor, until, action_items.asks_plan_of(actor, today))


def letters_due(session: Session, actor: Actor, until: date, whose: ColumnElement[bool]) -> Iterator[Todo]:
    """Catch-up plans that are due up to a day, asked for by some of the letters the actor may see; two statements."""
    rows = action_items.letters_visible_to(actor).where(whose, SupervisionLetter.answer_by_on <= until)
    found = session.scalars(action_items.by_due_day(rows).limit(MOST)).all()
    seen = meetings.visible_projects(session, actor, {row.project_id for row in found})
    for row in found:
        project = (row.project_id, row.project.name) if row.project and row.project_id in seen else None
        number = number_words(row.year, row.serial)
        what = (
            Word("催报赶工计划（%(number)s）", number=number)
            if row.by_id == actor.id
            else Word("报送赶工计划（%(number)s）", number=number)
        )
        yield Todo(TodoKind.LETTER, row, row.answer_by_on, project=project, what=what)


def actions_of(actor: Actor) -> ColumnElement[bool]:
    """Open action items of the actor's very unit; who oversees them watches over all, and verifies what was reported as done."""
    if not policy.can(actor, Act.WORK_ACTION):
        return false()
    if policy.can(actor, Act.OVERSEE_ACTION):
        return action_items.is_open()
    mine = or_(ActionItem.lead_unit_id == actor.unit_id, ActionItem.person_id == actor.id)
    return mine & action_items.is_open() & (ActionItem.state != ActionState.CHECKING)


# ----------------------------------------------------------------------------------------------------- what projects ask


def named_on(user_id: int) -> ColumnElement[bool]:
    """Projects a person works on by name. By the keys of the few, so that an index serves."""
    parts = select(ProjectMember.project_id).where(
        ProjectMember.user_id == user_id, ProjectMember.to_on.is_(None), ProjectMember.role != MemberRole.READER
    )
    return Project.id.in_(parts)


def watched_by(actor: Actor) -> ColumnElement[bool]:
    """The projects whose silence and dates are the actor's to see to: those he is named on and may change."""
    return named_on(actor.id) & policy.project_rows(actor, Act.EDIT_PROJECT)


def at_work() -> ColumnElement[bool]:
    """Neither somebody's double nor in the public pool."""
    return and_(Project.duplicate_of_id.is_(None), Project.pooled_at.is_(None))


def of_projects(session: Session, by: Measure, until: date, whose: ColumnElement[bool]) -> Iterator[Todo]:
    """What some projects ask for up to a day; one statement, a hundred projects at most, the longest in their stage first."""
    rows = worrying(by.limits, until).where(whose)
    for project in session.scalars(rows.order_by(Project.stage_since_on, Project.id).limit(MOST)):
        for todo in project_dues(project, by.today, by.limits, by.calendar):
            if todo.on <= until:
                yield todo


def may_report(actor: Actor) -> ColumnElement[bool]:
    """The projects of whose nodes the actor may report."""
    return policy.project_rows(actor, Act.REPORT_NODE)


def of_plans(session: Session, until: date, whose: ColumnElement[bool]) -> Iterator[Todo]:
    """The nodes of some projects' annual plans that are expected up to a day and not reached; one statement."""
    for node in session.scalars(open_nodes(until).where(whose, at_work()).limit(MOST)):
        on = due_on(node)
        if on:
            what = Word("年度计划节点：%(name)s", name=node.name)
            yield Todo(TodoKind.MILESTONE, node, on, project=(node.project_id, node.project.name), what=what)


def worrying(limits: Limits, until: date) -> Select[Project]:
    """Projects that may ask for something up to a day; rules/reminders.py says what and when."""
    contact = func.coalesce(Project.last_contact_on, Project.stage_since_on)
    asks = [
        *((Project.stage == stage) & (contact <= until - timedelta(days=n)) for stage, n in limits.idle_days.items()),
        *(
            (Project.stage == stage) & (Project.stage_since_on <= until - timedelta(days=n))
            for stage, n in limits.stay_days.items()
            if stage > Stage.SCREENING
        ),
        (Project.stage <= Stage.SCREENING) & (Project.registered_at < start_of(until + timedelta(days=1))),
        *(
            (Project.stage >= node.first) & (Project.stage < node.before) & (getattr(Project, node.field) <= until)
            for node in NODES
        ),
        (Project.stage < Stage.SIGNED) & (Project.protected_until_on <= until),
    ]
    active = and_(Project.status == Status.ACTIVE, or_(*asks))
    paused = and_(Project.status == Status.PAUSED, Project.review_on <= until)
    return select(Project).options(load_only(*WATCHED)).where(at_work(), or_(active, paused))


def without_next_step(actor: Actor) -> Select[Project]:
    """没有下一步的项目: the actor's, not yet started, with no contact agreed or planned; those never met first."""
    touched = exists().where(ActivityProject.activity_id == Activity.id, ActivityProject.project_id == Project.id)
    coming = touched.where(or_(activities.is_open_follow_up(), Activity.state == ActivityState.PLANNED))
    return (
        select(Project)
        .options(load_only(*WATCHED))
        .where(watched_by(actor), at_work(), Project.status == Status.ACTIVE, Project.stage < Stage.STARTED, ~coming)
        .order_by(Project.last_contact_on.nulls_first(), Project.id)
    )
