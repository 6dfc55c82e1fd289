"""Meetings read: those a person may see, and what stands on their agendas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActivityState, MeetingKind, Reply
from crm.models import AgendaItem, Attendee, Meeting, Project, ProjectMember, Unit, User
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
