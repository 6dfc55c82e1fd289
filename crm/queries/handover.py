"""What a person holds that somebody else can take over. Secret projects are left out, and all that touches one:
who takes those is settled among the people who know of them, on the project's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import ActionState, ActivityState, Role, TransferState
from crm.models import (
    ActionItem,
    Activity,
    ActivityPerson,
    ActivityProject,
    Project,
    ProjectMember,
    SavedView,
    Transfer,
    User,
)
from crm.policy import Act, Actor, Scope
from crm.queries import activities
from crm.queries.people import everybody
from crm.rules.handover import PARTS, Holding, successors

MOST_NAMED = 100


def people_of(actor: Actor) -> Select[User]:
    """Those whose work the actor may hand over: everybody's, or that of his own units; leavers too."""
    policy.ensure(actor, Act.HAND_OVER)
    if policy.scope(actor, Act.HAND_OVER) is Scope.ALL:
        return everybody()
    return everybody().where(User.unit_id.in_(actor.unit_ids))


def receivers_for(session: Session, actor: Actor, user: User) -> Sequence[User]:
    """Who may take over from the person: active people of the same trade, within the actor's reach."""
    fitting = people_of(actor).where(User.is_active.is_(True), User.id != user.id, User.role.in_(successors(user.role)))
    return session.scalars(fitting).all()


def held(actor: Actor, user_id: int, kind: Holding) -> Select[Any]:
    """The rows of a kind that the person holds and the actor may hand over."""
    if kind in PARTS:
        return parts(actor, user_id).where(ProjectMember.role == PARTS[kind])
    match kind:
        case Holding.FOLLOW_UP:
            owned = activities.is_open_follow_up() & activities.owned_by(user_id)
            return select(Activity).where(owned, ~_touches_secret())
        case Holding.PLANNED:
            return select(Activity).where(
                Activity.state == ActivityState.PLANNED, _takes_part(user_id), ~_touches_secret()
            )
        case Holding.ACTION:
            mine = (
                select(ActionItem)
                .join(Project, Project.id == ActionItem.project_id)
                .where(Project.is_secret.is_(False))
            )
            return mine.where(ActionItem.person_id == user_id, ActionItem.state != ActionState.DONE)
        case Holding.TRANSFER:
            offered = (
                select(Transfer).join(Project, Project.id == Transfer.project_id).where(Project.is_secret.is_(False))
            )
            return offered.where(Transfer.to_user_id == user_id, Transfer.state == TransferState.PROPOSED)
        case _:
            return select(SavedView).where(SavedView.owner_id == user_id, SavedView.unit_id.is_not(None))


def parts(actor: Actor, user_id: int) -> Select[ProjectMember]:
    """The person's present parts in projects that are not secret, as far as the actor may hand them over."""
    return (
        select(ProjectMember)
        .join(Project, Project.id == ProjectMember.project_id)
        .where(
            ProjectMember.user_id == user_id,
            ProjectMember.role.in_(PARTS.values()),
            ProjectMember.to_on.is_(None),
            Project.is_secret.is_(False),
            policy.project_rows(actor, Act.HAND_OVER),
        )
    )


def _takes_part(user_id: int) -> ColumnElement[bool]:
    """He is to go; who merely wrote it down only where nobody else is to."""
    people = select(ActivityPerson.user_id).where(ActivityPerson.activity_id == Activity.id).correlate(Activity)
    alone = and_(Activity.entered_by_id == user_id, ~exists(people))
    return or_(exists(people.where(ActivityPerson.user_id == user_id)), alone)


def _touches_secret() -> ColumnElement[bool]:
    return exists(
        select(ActivityProject.project_id)
        .join(Project, Project.id == ActivityProject.project_id)
        .where(ActivityProject.activity_id == Activity.id, Project.is_secret.is_(True))
        .correlate(Activity)
    )


def counts(session: Session, actor: Actor, user_id: int) -> Mapping[Holding, int]:
    """How many of each kind the person holds; one statement."""
    numbers = [
        select(func.count()).select_from(held(actor, user_id, kind).subquery()).scalar_subquery().label(kind.value)
        for kind in Holding
    ]
    return dict(zip(Holding, session.execute(select(*numbers)).one(), strict=True))


def named_projects(session: Session, actor: Actor, user_id: int) -> Sequence[ProjectMember]:
    """The person's parts in projects that the actor may see by name, the largest first: for choosing one by one."""
    rows = parts(actor, user_id).where(policy.project_rows(actor, Act.SEE_PROJECT))
    return session.scalars(
        rows.options(joinedload(ProjectMember.project))
        .order_by(Project.total_yuan.desc(), ProjectMember.id)
        .limit(MOST_NAMED)
    ).all()


def secret_count(session: Session, user_id: int) -> int:
    """How many secret projects the person is named on: all that an administrator is told of them."""
    rows = select(func.count(ProjectMember.project_id.distinct())).join(Project, Project.id == ProjectMember.project_id)
    named = rows.where(ProjectMember.user_id == user_id, ProjectMember.to_on.is_(None), Project.is_secret.is_(True))
    return session.scalar(named) or 0


def leads_of(session: Session, unit_id: int) -> Sequence[int]:
    """The team leads of a unit."""
    return session.scalars(
        select(User.id).where(User.unit_id == unit_id, User.role == Role.TEAM_LEAD, User.is_active.is_(True))
    ).all()
