"""Touchpoints read: those a person may see, those of a project or company, and what was promised to follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActivityKind, ActivityState, Status
from crm.models import Activity, ActivityPerson, ActivityProject, Project
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.rules.days import start_of


def visible_to(actor: Actor) -> Select[Activity]:
    """Every touchpoint the actor may see, with its projects, its company and who wrote it; newest first."""
    return (
        select(Activity)
        .where(policy.rows(actor, Act.SEE_PROJECT, Activity))
        .options(
            selectinload(Activity.project_links.and_(ActivityProject.project.has())).joinedload(
                ActivityProject.project
            ),
            joinedload(Activity.company),
            joinedload(Activity.entered_by),
        )
        .order_by(Activity.happened_at.desc(), Activity.id.desc())
    )


def whole(actor: Actor) -> Select[Activity]:
    """As `visible_to`, with our people too: for the page of one and for changing it."""
    return visible_to(actor).options(selectinload(Activity.people).joinedload(ActivityPerson.user))


def editable_by(actor: Actor) -> ColumnElement[bool]:
    """Those the actor may change: his own, and those of projects that are his to edit."""
    own = Activity.entered_by_id == actor.id
    return policy.rows(actor, Act.LOG_ACTIVITY, Activity) & or_(own, policy.rows(actor, Act.EDIT_PROJECT, Activity))


def touching(project_id: int) -> ColumnElement[bool]:
    """The touchpoint concerns the project."""
    # By the keys of the few, not by asking every touchpoint in order of time: the link table has the index.
    return Activity.id.in_(select(ActivityProject.activity_id).where(ActivityProject.project_id == project_id))


def on_timeline(actor: Actor, project_id: int, is_shared: bool = True) -> Select[Activity]:
    """A visible project's touchpoints, planned and done, newest first, cancelled ones left out.

    `is_shared` False: none of them hangs on more than the project (policy.hangs_on_more), so there is no right to ask for.
    """
    rows = select(Activity).where(touching(project_id), Activity.state != ActivityState.CANCELLED)
    if is_shared:
        rows = rows.where(policy.rows(actor, Act.SEE_PROJECT, Activity))
    return rows.order_by(Activity.happened_at.desc(), Activity.id.desc())


def of_company(actor: Actor, company_id: int) -> Select[Activity]:
    """What was talked with a company, by itself or about its projects."""
    about = exists().where(
        ActivityProject.activity_id == Activity.id,
        ActivityProject.project_id == Project.id,
        Project.company_id == company_id,
    )
    kept = Activity.state != ActivityState.CANCELLED
    return visible_to(actor).where(or_(Activity.company_id == company_id, about), kept)


# ------------------------------------------------------------------------------------------------------------- follow-ups


def is_open_follow_up() -> ColumnElement[bool]:
    """A next contact was agreed and has not been had."""
    return (Activity.state == ActivityState.DONE) & Activity.next_on.is_not(None) & Activity.next_done_at.is_(None)


def owned_by(*people: int) -> ColumnElement[bool]:
    """Whose follow-up it is (user ids): the named owner, else who wrote the touchpoint. Each half has its index."""
    unnamed = Activity.next_owner_id.is_(None) & Activity.entered_by_id.in_(people)
    return or_(Activity.next_owner_id.in_(people), unnamed)


def follow_ups(actor: Actor, person_id: int, until: date) -> Select[Activity]:
    """A person's open follow-ups up to a day, the longest overdue first."""
    return (
        visible_to(actor)
        .where(is_open_follow_up(), owned_by(person_id), Activity.next_on <= until)
        .order_by(None)
        .order_by(Activity.next_on, Activity.id)
    )


def answered_by(person_id: int, project_ids: Collection[int], later: Activity) -> Select[Activity]:
    """A person's open follow-ups that a later touchpoint settles: all they concern are projects of that touchpoint."""
    links = select(ActivityProject.project_id).where(ActivityProject.activity_id == Activity.id)
    return select(Activity).where(
        is_open_follow_up(),
        owned_by(person_id),
        Activity.id != later.id,
        Activity.happened_at <= later.happened_at,
        exists(links.where(ActivityProject.project_id.in_(project_ids))),
        ~exists(links.where(ActivityProject.project_id.not_in(project_ids))),
    )


def taken_part_by(person_id: int) -> ColumnElement[bool]:
    """Written down by the person, or one he takes part in."""
    takes_part = exists().where(ActivityPerson.activity_id == Activity.id, ActivityPerson.user_id == person_id)
    return or_(Activity.entered_by_id == person_id, takes_part)


def planned_for(actor: Actor, person_id: int, until: date) -> Select[Activity]:
    """What a person has planned or takes part in, up to the end of a day, the earliest first."""
    return (
        visible_to(actor)
        .where(
            Activity.state == ActivityState.PLANNED,
            taken_part_by(person_id),
            Activity.happened_at < start_of(until + timedelta(days=1)),
        )
        .order_by(None)
        .order_by(Activity.happened_at, Activity.id)
    )


# ------------------------------------------------------------------------------------------------- what a form may offer

OFFERED = 200


def loggable(actor: Actor, words: str = "") -> Select[int, str, str]:
    """(id, code, name) of projects on which the actor may log: those pursued and lately in touch first, 200 at most."""
    rows = select(Project.id, Project.code, Project.name).where(policy.project_rows(actor, Act.LOG_ACTIVITY))
    if words:
        texts = (Project.name, Project.alias, Project.code)
        rows = rows.where(or_(*(text.icontains(words, autoescape=True) for text in texts)))
    pursued = case((Project.status == Status.ACTIVE, 0), else_=1)
    return rows.order_by(pursued, Project.last_contact_on.desc().nulls_last(), Project.id.desc()).limit(OFFERED)


def named(actor: Actor, project_ids: Collection[int]) -> Select[int, str, str]:
    """(id, code, name) of visible projects: what is chosen already, though the list to choose from is shorter."""
    visible = policy.project_rows(actor, Act.SEE_PROJECT)
    return select(Project.id, Project.code, Project.name).where(Project.id.in_(project_ids), visible)


def project_to_see(actor: Actor, project_id: int) -> Select[Project]:
    """The visible project that a list is narrowed to."""
    return select(Project).where(Project.id == project_id, policy.project_rows(actor, Act.SEE_PROJECT))


def last_project_id(session: Session, actor: Actor) -> int | None:
    """The project the actor wrote about last."""
    return session.scalar(
        select(ActivityProject.project_id)
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .join(Project, Project.id == ActivityProject.project_id)
        .where(Activity.entered_by_id == actor.id, policy.project_rows(actor, Act.LOG_ACTIVITY))
        .order_by(Activity.entered_at.desc(), Activity.id.desc())
        .limit(1)
    )


# ---------------------------------------------------------------------------------------------------------------- the list


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and "" mean everything. Days are China days, both included."""

    state: ActivityState = ActivityState.DONE
    kind: ActivityKind | None = None
    first_on: date | None = None
    last_on: date | None = None
    person_id: int | None = None
    city: str = ""
    project_id: int | None = None
    words: str = ""


def matching(actor: Actor, filters: Filters) -> Select[Activity]:
    """The touchpoints of a list; `order_of` sorts them."""
    return visible_to(actor).where(Activity.state == filters.state, *_conditions(filters)).order_by(None)


def order_of(filters: Filters) -> list[Key]:
    """The keys the list is sorted and paged by: planned ones the next first, the others the newest."""
    newest = filters.state is not ActivityState.PLANNED
    return [Key(Activity.happened_at, datetime, newest), Key(Activity.id, int, newest)]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.kind:
        found.append(Activity.kind == filters.kind)
    if filters.first_on:
        found.append(Activity.happened_at >= start_of(filters.first_on))
    if filters.last_on:
        found.append(Activity.happened_at < start_of(filters.last_on + timedelta(days=1)))
    if filters.person_id:
        took_part = exists().where(
            ActivityPerson.activity_id == Activity.id, ActivityPerson.user_id == filters.person_id
        )
        found.append(or_(Activity.entered_by_id == filters.person_id, took_part))
    if filters.city:
        found.append(Activity.city == filters.city)
    if filters.project_id:
        found.append(touching(filters.project_id))
    if filters.words:
        found.append(containing(filters.words))
    return found


def containing(words: str) -> ColumnElement[bool]:
    """The words stand somewhere in what was written, or in the name of a project it concerns."""
    texts = (
        Activity.title,
        Activity.summary,
        Activity.their_side,
        Activity.demands,
        Activity.next_step,
        Activity.place,
    )
    named = exists().where(
        ActivityProject.activity_id == Activity.id,
        ActivityProject.project_id == Project.id,
        Project.name.icontains(words, autoescape=True),
    )
    return or_(named, *(text.icontains(words, autoescape=True) for text in texts))


@dataclass(frozen=True)
class KindTotal:
    """How often a kind of touchpoint happened (批), and with how many people of the other side (人次)."""

    kind: ActivityKind
    count: int
    visitors: int


def totals(session: Session, rows: Select[Any]) -> list[KindTotal]:
    """The totals of a whole list by kind, in the order of the vocabulary; one statement."""
    inside = rows.order_by(None).with_only_columns(Activity.kind, Activity.their_count, maintain_column_froms=True)
    found = inside.subquery()
    grouped = session.execute(
        select(found.c.kind, func.count(), func.coalesce(func.sum(found.c.their_count), 0)).group_by(found.c.kind)
    )
    by_kind = {kind: KindTotal(kind, count, int(visitors)) for kind, count, visitors in grouped}
    return [by_kind[kind] for kind in ActivityKind if kind in by_kind]


def cities(session: Session, actor: Actor) -> Sequence[str]:
    """The cities visited, for the filter; the most visited first."""
    count = func.count()
    return session.scalars(
        select(Activity.city)
        .where(policy.rows(actor, Act.SEE_PROJECT, Activity), Activity.city != "")
        .group_by(Activity.city)
        .order_by(count.desc(), Activity.city)
        .limit(100)
    ).all()
