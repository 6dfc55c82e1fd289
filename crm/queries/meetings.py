"""Meetings and action items read: those a person may see, what is late, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActionState, ActivityState, MeetingKind, Reply
from crm.models import ActionItem, AgendaItem, Attendee, Meeting, Project, ProjectMember, Unit, User
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.rules.days import start_of


def visible_to(actor: Actor) -> Select[Meeting]:
    """Every meeting the actor may see, with its chair and agenda, the newest first.

    The agenda may hold projects that are not the actor's: name only those in `visible_projects`.
    """
    return (
        select(Meeting)
        .where(policy.rows(actor, Act.SEE_MEETING, Meeting))
        .options(
            joinedload(Meeting.chair),
            selectinload(
                Meeting.agenda.and_(or_(AgendaItem.project_id.is_(None), AgendaItem.project.has()))
            ).joinedload(AgendaItem.project),
        )
        .order_by(Meeting.held_at.desc(), Meeting.id.desc())
    )


def whole(actor: Actor) -> Select[Meeting]:
    """As `visible_to`, with everything that hangs on one meeting: room, series, secretary, and those invited."""
    return visible_to(actor).options(
        joinedload(Meeting.room),
        joinedload(Meeting.series),
        joinedload(Meeting.secretary),
        selectinload(Meeting.invited).joinedload(Attendee.user).joinedload(User.unit),
    )


def visible_projects(session: Session, actor: Actor, project_ids: Iterable[int | None]) -> frozenset[int]:
    """Those of some projects that the actor may see, in one statement."""
    wanted = {key for key in project_ids if key is not None}
    rows = select(Project.id).where(Project.id.in_(wanted), policy.project_rows(actor, Act.SEE_PROJECT))
    return frozenset(session.scalars(rows))


def of_project(actor: Actor, project_id: int) -> Select[Meeting]:
    """The meetings that had a project on their agenda."""
    on_agenda = exists().where(AgendaItem.meeting_id == Meeting.id, AgendaItem.project_id == project_id)
    return visible_to(actor).where(on_agenda, Meeting.state != ActivityState.CANCELLED)


def concerning(actor: Actor, first: date, last: date) -> Select[Meeting]:
    """Planned meetings of some days that the actor is invited to, called, or that treat a project he is named on; in order."""
    mine = exists().where(
        AgendaItem.meeting_id == Meeting.id,
        ProjectMember.project_id == AgendaItem.project_id,
        ProjectMember.user_id == actor.id,
        ProjectMember.to_on.is_(None),
    )
    invited = exists().where(
        Attendee.meeting_id == Meeting.id, Attendee.user_id == actor.id, Attendee.response != Reply.DECLINED
    )
    return (
        visible_to(actor)
        .where(
            Meeting.state == ActivityState.PLANNED,
            Meeting.held_at >= start_of(first),
            Meeting.held_at < start_of(last + timedelta(days=1)),
            or_(mine, invited, Meeting.chair_id == actor.id, Meeting.entered_by_id == actor.id),
        )
        .order_by(None)
        .order_by(Meeting.held_at, Meeting.id)
    )


@dataclass(frozen=True)
class Filters:
    """What the list of meetings is narrowed to; None and "" mean everything. Days are China days, both included."""

    state: ActivityState = ActivityState.DONE
    kind: MeetingKind | None = None
    first_on: date | None = None
    last_on: date | None = None
    project_id: int | None = None
    series_id: int | None = None
    words: str = ""


def matching(actor: Actor, filters: Filters) -> Select[Meeting]:
    """The meetings of a list; `order_of` sorts them."""
    rows = visible_to(actor).where(Meeting.state == filters.state)
    if filters.kind:
        rows = rows.where(Meeting.kind == filters.kind)
    if filters.first_on:
        rows = rows.where(Meeting.held_at >= start_of(filters.first_on))
    if filters.last_on:
        rows = rows.where(Meeting.held_at < start_of(filters.last_on + timedelta(days=1)))
    if filters.project_id:
        rows = rows.where(
            exists().where(AgendaItem.meeting_id == Meeting.id, AgendaItem.project_id == filters.project_id)
        )
    if filters.series_id:
        rows = rows.where(Meeting.series_id == filters.series_id)
    if filters.words:
        texts = (Meeting.title, Meeting.summary, Meeting.minutes_number, Meeting.attendees)
        rows = rows.where(or_(*(text.icontains(filters.words, autoescape=True) for text in texts)))
    return rows.order_by(None)


def order_of(filters: Filters) -> list[Key]:
    """The keys the list is sorted and paged by: planned ones the next first, the others the newest."""
    newest = filters.state is not ActivityState.PLANNED
    return [Key(Meeting.held_at, datetime, newest), Key(Meeting.id, int, newest)]


def totals(session: Session, rows: Select[Any]) -> list[tuple[MeetingKind, int]]:
    """How many meetings of each kind a whole list holds, in the order of the vocabulary."""
    found = rows.order_by(None).with_only_columns(Meeting.kind, maintain_column_froms=True).subquery()
    grouped = session.execute(select(found.c.kind, func.count()).group_by(found.c.kind)).all()
    counted: dict[MeetingKind, int] = dict(grouped)
    return [(kind, counted[kind]) for kind in MeetingKind if kind in counted]


# ----------------------------------------------------------------------------------------------------------- action items


def actions_visible_to(actor: Actor) -> Select[ActionItem]:
    """Every action item the actor may see, with its project, units, person and meeting; open ones by deadline first."""
    return (
        select(ActionItem)
        .where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
        .options(
            joinedload(ActionItem.project),
            joinedload(ActionItem.lead_unit),
            joinedload(ActionItem.person),
            joinedload(ActionItem.meeting),
        )
        .order_by(*(key.sorted() for key in ACTION_ORDER))
    )


ACTION_ORDER = (
    Key(case((ActionItem.state == ActionState.DONE, 1), else_=0), int),
    Key(ActionItem.done_on, date, descending=True, nullable=True),
    Key(ActionItem.deadline_on, date),
    Key(ActionItem.id, int),
)  # what is open by its deadline, then what was settled last


def is_open() -> ColumnElement[bool]:
    """Not settled yet; reported as done is not done until it is verified."""
    return ActionItem.state.in_([state for state in ActionState if state is not ActionState.DONE])


def handed_to(actor: Actor) -> ColumnElement[bool]:
    """Handed to the actor, or to a unit he belongs to or leads."""
    return or_(ActionItem.lead_unit_id.in_(actor.unit_ids), ActionItem.person_id == actor.id)


@dataclass(frozen=True)
class ActionFilters:
    """What the list of action items is narrowed to. `show` is open, late, checking, done or all."""

    show: str = "open"
    mine: bool = False
    unit_id: int | None = None
    project_id: int | None = None
    words: str = ""


def actions_matching(actor: Actor, filters: ActionFilters, today: date) -> Select[ActionItem]:
    """The action items of a list: the longest overdue first."""
    rows = actions_visible_to(actor).where(*_shown(filters.show, today))
    if filters.mine:
        rows = rows.where(handed_to(actor))
    if filters.unit_id:
        rows = rows.where(ActionItem.lead_unit_id == filters.unit_id)
    if filters.project_id:
        rows = rows.where(ActionItem.project_id == filters.project_id)
    if filters.words:
        texts = (ActionItem.problem, ActionItem.task, ActionItem.support_units)
        rows = rows.where(or_(*(text.icontains(filters.words, autoescape=True) for text in texts)))
    return rows


def _shown(show: str, today: date) -> Sequence[ColumnElement[bool]]:
    return {
        "open": (is_open(),),
        "late": (is_open(), ActionItem.deadline_on < today),
        "checking": (ActionItem.state == ActionState.CHECKING,),
        "done": (ActionItem.state == ActionState.DONE,),
    }.get(show, ())


@dataclass(frozen=True)
class ActionCounts:
    """How many action items are open, late, and waiting to be verified."""

    open: int
    late: int
    checking: int
    done: int


def action_counts(session: Session, actor: Actor, today: date) -> ActionCounts:
    """The counts over everything the actor may see, in one statement."""
    late = is_open() & (ActionItem.deadline_on < today)
    found = session.execute(
        select(*(func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in (
            is_open(), late, ActionItem.state == ActionState.CHECKING, ActionItem.state == ActionState.DONE
        ))).where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
    ).one()  # fmt: skip
    return ActionCounts(*(int(count) for count in found))


def units(session: Session) -> Sequence[Unit]:
    """Who things are handed to, in the order of the tree."""
    return session.scalars(select(Unit).order_by(Unit.rank, Unit.id)).all()


def find_projects(session: Session, actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    """(id, name and code) of the visible projects that a typed code or name means; an exact one wins."""
    name, _dot, code = text.rpartition(" · ")
    visible = policy.project_rows(actor, Act.SEE_PROJECT)
    meant = or_(Project.code == text, Project.name == text, (Project.code == code) & (Project.name == name))
    near = or_(meant, Project.name.icontains(text, autoescape=True))
    rows = select(Project.id, Project.name, Project.code).where(visible)
    found = session.execute(rows.where(meant).limit(5)).all() or session.execute(rows.where(near).limit(5)).all()
    return [(key, f"{name} · {code}") for key, name, code in found]


def project_suggestions(session: Session, actor: Actor) -> Sequence[str]:
    """Projects to offer while somebody types: those pursued and lately in touch first, 300 at most."""
    rows = select(Project.name, Project.code).where(policy.project_rows(actor, Act.SEE_PROJECT))
    newest = rows.order_by(Project.last_contact_on.desc().nulls_last(), Project.id.desc()).limit(300)
    return [f"{name} · {code}" for name, code in session.execute(newest)]
