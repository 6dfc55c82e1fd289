"""The public pool: what falls into it, what lies in it, and how much somebody has picked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import ClaimState, CollisionState, MemberRole, PoolMove, Stage, Status, TransferState
from crm.models import Area, Claim, Collision, Industry, PoolEvent, Project, ProjectMember, Transfer, User
from crm.policy import Act, Actor
from crm.rules.days import day_of, start_of
from crm.rules.pool import BOUNDS, LAST_STAGE, Band, Picker, Releasable

PAGE = 50
MOST_COUNTED = 1_000
FRESH_DAYS = 30  # who has just taken a project over by a transfer is given time to talk
_UNDECIDED = (CollisionState.OPEN, CollisionState.APPEALED)


def _pursued() -> ColumnElement[bool]:
    """A lead that is worked on and counts as one."""
    return and_(
        Project.status == Status.ACTIVE,
        Project.stage <= LAST_STAGE,
        Project.duplicate_of_id.is_(None),
        Project.is_secret.is_(False),
    )


def _waits() -> ColumnElement[bool]:
    """Somebody else has still to decide on it: a claim, a collision, a transfer."""
    claim = select(Claim.id).where(Claim.project_id == Project.id, Claim.state == ClaimState.REPORTED)
    party = or_(Collision.first_id == Project.id, Collision.second_id == Project.id)
    case = select(Collision.id).where(party, Collision.state.in_(_UNDECIDED))
    transfer = select(Transfer.id).where(Transfer.project_id == Project.id, Transfer.state == TransferState.PROPOSED)
    return or_(*(exists(rows.correlate(Project)) for rows in (claim, case, transfer)))


def lapsed(today: date) -> Select[int]:
    """Keys of the projects whose protection has run out, the longest ago first."""
    taken_over = select(Transfer.id).where(
        Transfer.project_id == Project.id,
        Transfer.state == TransferState.ACCEPTED,
        Transfer.answered_at >= start_of(today - timedelta(days=FRESH_DAYS)),
    )
    return (
        select(Project.id)
        .where(
            Project.protected_until_on < today,
            Project.pooled_at.is_(None),
            _pursued(),
            ~_waits(),
            ~exists(taken_over.correlate(Project)),
        )
        .order_by(Project.protected_until_on, Project.id)
    )


def releasable(session: Session, project: Project) -> Releasable:
    """What decides whether a project may be given into the pool; one statement."""
    claims = select(func.count(Claim.id)).where(Claim.project_id == project.id, Claim.state == ClaimState.REPORTED)
    party = or_(Collision.first_id == project.id, Collision.second_id == project.id)
    cases = select(func.count(Collision.id)).where(party, Collision.state.in_(_UNDECIDED))
    offers = select(func.count(Transfer.id)).where(
        Transfer.project_id == project.id, Transfer.state == TransferState.PROPOSED
    )
    transfers, collisions, waiting = session.execute(
        select(*(rows.scalar_subquery() for rows in (offers, cases, claims)))
    ).one()
    return Releasable(
        project.stage, project.status, project.is_secret, project.duplicate_of_id is not None,
        project.pooled_at is not None, transfers, collisions, waiting,
    )  # fmt: skip


def picker(session: Session, user_id: int, project_id: int | None, today: date) -> Picker:
    """How much a person has picked today and holds, and when he last held the project; one statement."""
    picked = select(func.count(PoolEvent.id)).where(
        PoolEvent.by_id == user_id, PoolEvent.move == PoolMove.PICKED, PoolEvent.at >= start_of(today)
    )
    live = (
        select(func.count(func.distinct(Project.id)))
        .join(ProjectMember, ProjectMember.project_id == Project.id)
        .where(
            ProjectMember.user_id == user_id, ProjectMember.role == MemberRole.LEAD, ProjectMember.to_on.is_(None),
            Project.status == Status.ACTIVE, Project.stage <= LAST_STAGE, Project.duplicate_of_id.is_(None),
            Project.deleted_at.is_(None),
        )
    )  # fmt: skip
    held = select(func.max(PoolEvent.at)).where(
        PoolEvent.project_id == (project_id or 0),
        PoolEvent.holder_id == user_id,
        PoolEvent.move.in_((PoolMove.EXPIRED, PoolMove.RELEASED)),
    )
    today_count, live_count, held_at = session.execute(
        select(*(rows.scalar_subquery() for rows in (picked, live, held)))
    ).one()
    return Picker(today_count, live_count, day_of(held_at) if held_at else None)


def last_pick(session: Session, project_id: int) -> tuple[str, datetime] | None:
    """(who, when) of the last picking of a project that is nobody's secret; None where it was something else."""
    rows = (
        select(User.name, PoolEvent.at, PoolEvent.move)
        .join(Project, Project.id == PoolEvent.project_id)
        .outerjoin(User, User.id == PoolEvent.by_id)
        .where(PoolEvent.project_id == project_id, Project.is_secret.is_(False))
        .order_by(PoolEvent.at.desc(), PoolEvent.id.desc())
        .limit(1)
    )
    found = session.execute(rows).one_or_none()
    return (found.name, found.at) if found and found.move is PoolMove.PICKED else None


# ------------------------------------------------------------------------------------------------------------- the list


@dataclass(frozen=True)
class PoolFilter:
    """What of the pool is asked for; `before` is the place in the list where the page begins."""

    industry_id: int | None = None
    band: Band | None = None
    before: tuple[datetime, int] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self.industry_id is not None or self.band is not None


class PoolRow(NamedTuple):
    """A project in the pool; `is_visible` says whether its reader may see more than the mask."""

    id: int
    name: str
    alias: str
    stage: Stage
    total_yuan: int | None
    pooled_at: datetime
    industry: str | None
    area: str | None
    move: PoolMove | None
    is_visible: bool


def in_pool() -> ColumnElement[bool]:
    """The project lies in the pool and may be picked."""
    return and_(Project.pooled_at.is_not(None), _pursued())


def _wanted(wanted: PoolFilter) -> list[ColumnElement[bool]]:
    conditions = [in_pool()]
    if wanted.industry_id is not None:
        below = select(Industry.id).where(
            or_(Industry.id == wanted.industry_id, Industry.parent_id == wanted.industry_id)
        )
        conditions.append(Project.industry_id.in_(below))
    if wanted.band is Band.UNKNOWN:
        conditions.append(Project.total_yuan.is_(None))
    elif wanted.band is not None:
        low, high = BOUNDS[wanted.band]
        conditions.append(Project.total_yuan >= low)
        if high is not None:
            conditions.append(Project.total_yuan < high)
    return conditions


def page(session: Session, actor: Actor, wanted: PoolFilter) -> tuple[list[PoolRow], tuple[datetime, int] | None]:
    """A page of the pool, what fell in last first, and where the next one begins (None: this is the last)."""
    event = aliased(PoolEvent)
    move = (
        select(event.move)
        .where(event.project_id == Project.id)
        .order_by(event.at.desc(), event.id.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
    seen: Any = policy.rows(actor, Act.SEE_PROJECT, Project)
    rows = (
        select(
            Project.id, Project.name, Project.alias, Project.stage, Project.total_yuan, Project.pooled_at, Industry.name,
            Area.name, move, seen,
        )
        .outerjoin(Industry, Industry.id == Project.industry_id)
        .outerjoin(Area, Area.id == Project.area_id)
        .where(*_wanted(wanted))
        .order_by(Project.pooled_at.desc(), Project.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if wanted.before:
        at, key = wanted.before
        rows = rows.where(or_(Project.pooled_at < at, and_(Project.pooled_at == at, Project.id < key)))
    found = [PoolRow._make((*row[:-1], bool(row[-1]))) for row in session.execute(rows)]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], (last.pooled_at, last.id) if last else None


def count(session: Session, wanted: PoolFilter) -> int:
    """How many there are; counting stops at MOST_COUNTED."""
    some: Subquery = select(Project.id).where(*_wanted(wanted)).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
