"""Collision cases read: those a person may see, how many wait for him, and both sides of one with their timelines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActivityState, CollisionState, MemberRole, Role, Word
from crm.models import (
    Activity,
    ActivityProject,
    Attachment,
    Change,
    Collision,
    Contact,
    Contract,
    Project,
    ProjectMember,
    Ruling,
    User,
)
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.rules.collisions import WAITING, Standing, arguments
from crm.rules.days import start_of
from crm.rules.protection import UNPROTECTED, WITH_INVESTOR, Protection, lacks, protection

MOST_TOLD = 40  # touchpoints of one side, the newest


def _whole(rows: Select[Collision]) -> Select[Collision]:
    sides = [
        option
        for side in (Collision.first, Collision.second)
        for option in (
            joinedload(side).joinedload(Project.unit),
            joinedload(side).joinedload(Project.company),
            joinedload(side).selectinload(Project.members).joinedload(ProjectMember.user),
        )
    ]
    return rows.options(*sides, selectinload(Collision.rulings).joinedload(Ruling.decided_by))


def visible_to(actor: Actor) -> Select[Collision]:
    """The cases a person may see, each with both projects, their people and the rulings."""
    return _whole(select(Collision).where(policy.rows(actor, Act.SEE_COLLISION, Collision)))


def listed(actor: Actor, state: CollisionState | None) -> Select[Collision]:
    """The cases of a list; None is everything that waits to be ruled. `order_of` sorts them."""
    return visible_to(actor).where(Collision.state.in_(WAITING) if state is None else Collision.state == state)


def order_of(state: CollisionState | None) -> tuple[Key, ...]:
    """What waits: the longest waiting first; what was ruled: the newest."""
    newest = state not in (None, *WAITING)
    return (Key(Collision.opened_at, datetime, newest), Key(Collision.id, int, newest))


def _named_ever(actor: Actor) -> ColumnElement[bool]:
    return exists(
        select(ProjectMember.id).where(
            ProjectMember.user_id == actor.id,
            or_(ProjectMember.project_id == Collision.first_id, ProjectMember.project_id == Collision.second_id),
        )
    ).correlate(Collision)


def waiting() -> Select[int]:
    """The ids of the cases that somebody has to rule."""
    return select(Collision.id).where(Collision.state.in_(WAITING))


def to_rule(actor: Actor) -> Select[int]:
    """The ids of the cases that the actor could rule now."""
    return waiting().where(policy.rows(actor, Act.ARBITRATE, Collision), ~_named_ever(actor))


def is_party(session: Session, actor: Actor, collision: Collision) -> bool:
    """Whether the actor is or was named on one of the two projects."""
    return session.scalar(select(Collision.id).where(Collision.id == collision.id, _named_ever(actor))) is not None


def of_project(session: Session, actor: Actor, project_id: int) -> Sequence[Collision]:
    """The cases of a project that the actor may see, the newest first."""
    mine = or_(Collision.first_id == project_id, Collision.second_id == project_id)
    return session.scalars(visible_to(actor).where(mine).order_by(Collision.id.desc())).unique().all()


def arbitrators(session: Session) -> Sequence[User]:
    """Everybody who may rule something."""
    roles = [role for role in Role if policy.can(Actor(0, "", role, 0), Act.ARBITRATE)]
    return session.scalars(select(User).where(User.role.in_(roles), User.is_active.is_(True)).order_by(User.id)).all()


# -------------------------------------------------------------------------------------------------------------- two sides


@dataclass(frozen=True)
class Moment:
    """Something that happened on one side: when, what kind of thing, in words; `is_day` where only the day is known."""

    at: datetime
    kind: str
    words: str
    is_day: bool = False


@dataclass(frozen=True)
class Side:
    """One side as its reader may see it. `project` None: not his to see; a secret one then tells not even its team."""

    is_first: bool
    project: Project | None
    unit: str
    registered_at: datetime | None
    protection: Protection
    moments: Sequence[Moment] = ()
    arguments: Sequence[tuple[str, bool]] = ()
    lacking: Sequence[str] = ()

    @property
    def label(self) -> str:
        """先报方 or 后报方."""
        return Word("先报方") if self.is_first else Word("后报方")

    @property
    def people(self) -> Sequence[str]:
        """Who is in charge, and who reported it."""
        parts = (MemberRole.LEAD, MemberRole.FIRST_REPORTER)
        members = [m for m in self.project.members if m.to_on is None] if self.project else []
        return list(dict.fromkeys(m.user.name for part in parts for m in members if m.role is part))


def sides(session: Session, actor: Actor, collision: Collision, today: date) -> tuple[Side, Side]:
    """Both sides for one reader: eleven statements, whatever hangs on them."""
    first, second = collision.first, collision.second
    standings = {project.id: _standing(session, project, today) for project in (first, second)}

    def side(mine: Project, other: Project) -> Side:
        if not policy.allows(actor, Act.SEE_PROJECT, mine):
            return _masked(mine, mine is first, today)
        return Side(
            mine is first,
            mine,
            mine.unit.short_name,
            mine.registered_at,
            _protection(mine, today),
            _moments(session, actor, mine, standings[mine.id].complete_at),
            arguments(standings[mine.id], standings[other.id]),
            lacks(mine.company_id is not None, standings[mine.id].complete_at is not None or mine.company_id is None),
        )

    return side(first, second), side(second, first)


def _masked(project: Project, is_first: bool, today: date) -> Side:
    if project.is_secret:
        return Side(is_first, None, "", None, UNPROTECTED)
    return Side(is_first, None, project.unit.short_name, project.registered_at, _protection(project, today))


def _protection(project: Project, today: date) -> Protection:
    return protection(project.protected_until_on, today, project.stage, project.status)


def _standing(session: Session, project: Project, today: date) -> Standing:
    contracts = select(func.count()).select_from(Contract).where(Contract.project_id == project.id)
    return Standing(
        project.registered_at,
        _complete_at(session, project),
        _protection(project, today).holds,
        session.scalar(select(func.count()).select_from(_contacts(project.id).subquery())) or 0,
        session.scalar(contracts) or 0,
    )


def _complete_at(session: Session, project: Project) -> datetime | None:
    """Since when it has both investor and contact."""
    if project.company_id is None:
        return None
    contact_at = session.scalar(select(func.min(Contact.created_at)).where(Contact.company_id == project.company_id))
    if contact_at is None:
        return None
    named_at = session.scalar(
        select(func.min(Change.at)).where(
            Change.table_name == "project", Change.row_id == project.id, Change.column_name == "company_id"
        )
    )
    return max(project.registered_at, contact_at, named_at or project.registered_at)


def _contacts(project_id: int) -> Select[Any]:
    return (
        select(Activity.id)
        .join(ActivityProject, ActivityProject.activity_id == Activity.id)
        .where(
            ActivityProject.project_id == project_id,
            Activity.state == ActivityState.DONE,
            Activity.kind.in_(WITH_INVESTOR),
        )
    )


def _moments(session: Session, actor: Actor, project: Project, complete_at: datetime | None) -> list[Moment]:
    """What is told of one side, the newest first; touchpoints only as far as the reader may see them."""
    found = [Moment(project.registered_at, Word("登记"), project.name)]
    if complete_at:
        found.append(Moment(complete_at, Word("登记完整"), Word("投资方和联系人齐全")))
    seen = (
        select(Activity)
        .where(Activity.id.in_(_contacts(project.id)), policy.rows(actor, Act.SEE_PROJECT, Activity))
        .order_by(Activity.happened_at.desc())
        .limit(MOST_TOLD)
    )
    found += [Moment(a.happened_at, a.kind.label, a.title or a.summary[:60]) for a in session.scalars(seen)]
    signed = session.scalars(select(Contract).where(Contract.project_id == project.id))
    found += [Moment(start_of(c.signed_on), c.kind.label, c.number, True) for c in signed]
    files = session.scalars(select(Attachment).where(Attachment.project_id == project.id).limit(MOST_TOLD))
    found += [Moment(f.uploaded_at, Word("佐证"), f.filename) for f in files]
    return sorted(found, key=lambda moment: moment.at, reverse=True)


def visible_projects(session: Session, actor: Actor, cases: Collection[Collision]) -> frozenset[int]:
    """Which of the projects of these cases the actor may see."""
    ids = {key for case in cases for key in (case.first_id, case.second_id)}
    if not ids:
        return frozenset()
    visible = policy.rows(actor, Act.SEE_PROJECT, Project)
    return frozenset(session.scalars(select(Project.id).where(and_(Project.id.in_(ids), visible))))
