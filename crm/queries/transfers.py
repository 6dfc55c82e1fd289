"""Transfers: which a person may answer or follow, and what of the project shows meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from crm import policy
from crm.choices import CollisionState, MemberRole, Role, TransferState, UnitKind
from crm.models import Collision, Project, ProjectMember, Transfer, Unit, User
from crm.policy import Act, Actor
from crm.rules.transfers import Proposal

MOST = 100


def answerable(actor: Actor) -> ColumnElement[bool]:
    """The condition on Transfer and its Project that rules.transfers.may_answer computes for one."""
    leads_it = Transfer.to_unit_id.in_(actor.unit_ids) if actor.role is Role.TEAM_LEAD else false()
    leader = Project.is_secret.is_(True) if actor.role is Role.LEADER else false()
    named = and_(Transfer.to_user_id == actor.id, Project.is_secret.is_(False))
    return or_(leads_it, leader, named)


def _visible(actor: Actor) -> ColumnElement[bool]:
    return policy.rows(actor, Act.SEE_PROJECT, Project)


def _received(actor: Actor) -> ColumnElement[bool]:
    return or_(answerable(actor), and_(Transfer.to_user_id == actor.id, _visible(actor)))


def _sent(actor: Actor) -> ColumnElement[bool]:
    """What the person or the team has offered; a secret project only while it is still theirs to see."""
    own = or_(Transfer.proposed_by_id == actor.id, Transfer.from_user_id == actor.id)
    if actor.role is Role.TEAM_LEAD:
        own = or_(own, Transfer.from_unit_id.in_(actor.unit_ids))
    return and_(own, or_(Project.is_secret.is_(False), _visible(actor)))


def known(actor: Actor) -> ColumnElement[bool]:
    """The condition on Transfer and its Project that the offer's page is the actor's to open."""
    return or_(_received(actor), _sent(actor), _visible(actor))


def _rows(actor: Actor) -> Select[Transfer, bool]:
    """(transfer with all it shows, whether its project may be seen)."""
    return (
        select(Transfer, _visible(actor))
        .join(Project, Project.id == Transfer.project_id)
        .options(
            contains_eager(Transfer.project).options(joinedload(Project.industry), joinedload(Project.area)),
            joinedload(Transfer.from_unit),
            joinedload(Transfer.to_unit),
            joinedload(Transfer.from_user),
            joinedload(Transfer.to_user),
            joinedload(Transfer.proposed_by),
        )
        .order_by(Transfer.state != TransferState.PROPOSED, Transfer.proposed_at.desc(), Transfer.id.desc())
        .limit(MOST)
    )


def received(session: Session, actor: Actor) -> Sequence[Any]:
    """What is offered to the person or his team: the open ones first, then the newest."""
    return session.execute(_rows(actor).where(_received(actor))).all()


def sent(session: Session, actor: Actor) -> Sequence[Any]:
    """What the person or his team has offered: the open ones first, then the newest."""
    return session.execute(_rows(actor).where(_sent(actor))).all()


def of_project(session: Session, actor: Actor, project_id: int) -> Sequence[Transfer]:
    """The transfers of a project that the actor may see, the newest first."""
    rows = _rows(actor).where(Transfer.project_id == project_id, _visible(actor)).order_by(None)
    return [row[0] for row in session.execute(rows.order_by(Transfer.id.desc()))]


def find(session: Session, actor: Actor, transfer_id: int) -> tuple[Transfer, bool] | None:
    """(the transfer, whether its project may be seen), where it is the actor's to know of."""
    row = session.execute(_rows(actor).where(Transfer.id == transfer_id, known(actor))).one_or_none()
    return (row[0], bool(row[1])) if row else None


def waiting(session: Session, actor: Actor) -> int:
    """How many wait for the person's answer."""
    rows = select(func.count(Transfer.id)).join(Project, Project.id == Transfer.project_id)
    return session.scalar(rows.where(Transfer.state == TransferState.PROPOSED, answerable(actor))) or 0


def open_of(session: Session, project_id: int) -> Transfer | None:
    """The transfer of a project that waits for an answer."""
    return session.scalars(
        select(Transfer)
        .where(Transfer.project_id == project_id, Transfer.state == TransferState.PROPOSED)
        .options(joinedload(Transfer.to_unit))
    ).first()


def overdue(today: date) -> Select[Transfer]:
    """Transfers nobody answered in time."""
    return (
        select(Transfer)
        .join(Project, Project.id == Transfer.project_id)
        .where(Transfer.state == TransferState.PROPOSED, Transfer.due_on < today)
        .order_by(Transfer.id)
    )


def project_of(session: Session, transfer: Transfer) -> Project:
    """The project of a transfer with its members, whoever asks."""
    rows = select(Project).where(Project.id == transfer.project_id)
    options = (selectinload(Project.members), joinedload(Project.industry))
    return session.scalars(rows.options(*options).execution_options(populate_existing=True)).one()


def proposal(session: Session, project: Project) -> Proposal:
    """What decides whether the project may be offered; `members` loaded."""
    party = or_(Collision.first_id == project.id, Collision.second_id == project.id)
    undecided = Collision.state.in_((CollisionState.OPEN, CollisionState.APPEALED))
    cases = session.scalar(select(func.count(Collision.id)).where(party, undecided)) or 0
    lead = lead_of(project)
    return Proposal(
        project.unit_id, lead.user_id if lead else None, project.status, project.duplicate_of_id is not None,
        project.pooled_at is not None, cases,
    )  # fmt: skip


def lead_of(project: Project) -> ProjectMember | None:
    """The membership of the person in charge; `members` loaded."""
    return next((m for m in project.members if m.role is MemberRole.LEAD and m.to_on is None), None)


def teams() -> Select[Unit]:
    """Whom a project may be offered to."""
    return select(Unit).where(Unit.kind == UnitKind.TEAM).order_by(Unit.rank, Unit.id)


def staff_of(session: Session, unit_id: int) -> Sequence[User]:
    """Who may be put in charge in a team."""
    roles = (Role.OFFICER, Role.TEAM_LEAD)
    rows = select(User).where(User.unit_id == unit_id, User.role.in_(roles), User.is_active.is_(True))
    return session.scalars(rows.order_by(User.id)).all()


def deciders(session: Session, unit_id: int, is_secret: bool) -> Sequence[int]:
    """Keys of the leads of a team; for a secret project the leaders too."""
    leads = and_(User.role == Role.TEAM_LEAD, User.unit_id == unit_id)
    who = or_(leads, User.role == Role.LEADER) if is_secret else leads
    return session.scalars(select(User.id).where(who, User.is_active.is_(True))).all()
