"""The stage log of a project: from, to, when, for how long, by whom, and whether it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from crm.choices import ClaimState, Stage
from crm.models import Claim, Project, StageMove, User
from crm.queries import compiled
from crm.rules.days import day_of


@dataclass(frozen=True)
class Step:
    """A move that stands; `days` is how long the project had been in the stage it left."""

    move: StageMove
    days: int | None
    by: str | None


def stage_log(session: Session, project: Project) -> Sequence[Step]:
    """The moves that stand, in the order in which they took effect; one statement."""
    rows = compiled.entities(session, _moves, (), {"project_id": project.id}).all()
    standing = [row for row in rows if row.state in (None, ClaimState.VERIFIED)]
    standing.sort(key=lambda row: (row.verified_at or row[0].recorded_at, row[0].moved_on, row[0].id))
    steps = []
    since: date | None = day_of(project.registered_at)
    for move, name, *_claim in standing:
        days = max(0, (move.moved_on - since).days) if since and move.from_stage is not None else None
        steps.append(Step(move, days, name))
        since = move.moved_on
    return steps


@compiled.by_key
def _moves() -> Select[StageMove, str, ClaimState, datetime | None]:
    return (
        select(StageMove, User.name, Claim.state, Claim.verified_at)
        .outerjoin(User, User.id == StageMove.recorded_by_id)
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.project_id == bindparam("project_id", type_=Integer()))
    )


def last_mover(session: Session, project_id: int) -> tuple[str | None, datetime]:
    """(who, when) of the move by which the project came to where it stands; nobody for an imported one."""
    rows = (
        select(User.name, StageMove.recorded_at, Claim.verified_at)
        .select_from(StageMove)
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .outerjoin(User, User.id == func.coalesce(Claim.verified_by_id, StageMove.recorded_by_id))
        .where(StageMove.project_id == project_id, or_(Claim.id.is_(None), Claim.state == ClaimState.VERIFIED))
    )
    name, recorded_at, verified_at = max(session.execute(rows).all(), key=lambda row: row[2] or row[1])
    return name, verified_at or recorded_at


@dataclass(frozen=True)
class Spent:
    """How a project has gone through a stage: the days spent in it, None where it was not passed through."""

    stage: Stage
    days: int | None
    is_done: bool
    is_current: bool


def spent(project: Project, steps: Sequence[Step], today: date) -> list[Spent]:
    """Every stage with the days spent in it so far: what the arrows show."""
    days: dict[Stage, int] = {}
    for step in steps:
        if step.move.from_stage is not None and step.days is not None:
            days[step.move.from_stage] = days.get(step.move.from_stage, 0) + step.days
    now = (today - project.stage_since_on).days
    days[project.stage] = days.get(project.stage, 0) + max(0, now)
    return [Spent(stage, days.get(stage), stage < project.stage, stage is project.stage) for stage in Stage]
