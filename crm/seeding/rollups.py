"""After seed files were written: where each move began, and what the touched projects repeat of their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from crm import pieces
from crm.actions import rollups
from crm.choices import ClaimState, PoolMove, Stage
from crm.models import Claim, PoolEvent, Project, StageMove, StatusChange
from crm.rules.lifecycle import standing

IN_EFFECT = or_(Claim.id.is_(None), Claim.state == ClaimState.VERIFIED)
BATCH = 500


@dataclass(frozen=True, slots=True)
class LoggedMove:
    """A row of the stage log and whether it is in effect."""

    id: int
    from_stage: Stage | None
    to_stage: Stage
    moved_on: date
    in_effect: bool


def refresh(session: Session, project_ids: Collection[int], now: datetime) -> None:
    """Bring these projects' stage log and roll-ups up to date; those of other projects are left alone."""
    pieces.catch_up(session)
    ids = sorted(project_ids)
    for start in range(0, len(ids), BATCH):
        _state_origins(session, ids[start : start + BATCH])
        _settle_statuses(session, ids[start : start + BATCH])
        _settle_pool(session, ids[start : start + BATCH])
    if ids:
        touched = set(ids)
        rollups.repair(session, [drift for drift in rollups.drifts(session, now) if drift.project_id in touched])


def _state_origins(session: Session, ids: Sequence[int]) -> None:
    """A seed file says where a move went; where it began follows from the moves before it."""
    rows = []
    for log in _logs(session, ids):
        for place, move in enumerate(log):
            before = standing(earlier for earlier in log[:place] if earlier.in_effect)
            if move.from_stage is None and before is not None:
                rows.append({"id": move.id, "from_stage": before[0]})
    if rows:
        session.execute(update(StageMove), rows)


def _settle_statuses(session: Session, ids: Sequence[int]) -> None:
    found = session.execute(
        select(StatusChange.project_id, StatusChange.to_status, StatusChange.review_on)
        .outerjoin(Claim, Claim.id == StatusChange.claim_id)
        .where(StatusChange.project_id.in_(ids), IN_EFFECT)
        .order_by(StatusChange.changed_on, StatusChange.id)
    )
    last = {project_id: (status, review_on) for project_id, status, review_on in found}
    for project_id, (status, review_on) in last.items():
        session.execute(update(Project).where(Project.id == project_id).values(status=status, review_on=review_on))


def _settle_pool(session: Session, ids: Sequence[int]) -> None:
    """A project lies in the pool since it last went there, unless it was picked after that."""
    found = session.execute(
        select(PoolEvent.project_id, PoolEvent.move, PoolEvent.at)
        .where(PoolEvent.project_id.in_(ids))
        .order_by(PoolEvent.at, PoolEvent.id)
    )
    last = {project_id: None if move is PoolMove.PICKED else at for project_id, move, at in found}
    for project_id, pooled_at in last.items():
        session.execute(update(Project).where(Project.id == project_id).values(pooled_at=pooled_at))


def _logs(session: Session, ids: Sequence[int]) -> Collection[list[LoggedMove]]:
    columns = (StageMove.project_id, StageMove.id, StageMove.from_stage, StageMove.to_stage, StageMove.moved_on)
    found = session.execute(
        select(*columns, IN_EFFECT)
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.project_id.in_(ids))
        .order_by(StageMove.moved_on, StageMove.id)
    )
    logs: dict[int, list[LoggedMove]] = defaultdict(list)
    for project_id, move_id, from_stage, to_stage, moved_on, in_effect in found:
        logs[project_id].append(LoggedMove(move_id, from_stage, to_stage, moved_on, in_effect))
    return logs.values()
