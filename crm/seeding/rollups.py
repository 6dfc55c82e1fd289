"""What a project's row repeats of its history: stage, status, planned total, last contact; computed from the rows.

A move or a change of status that has to be verified takes effect only while its claim is verified.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, bindparam, or_, select
from sqlalchemy.orm import Session

from crm.choices import ActivityState, ClaimState, MoneyKind, Stage, Status
from crm.models import Activity, ActivityProject, Claim, MoneyEntry, Project, StageMove, StatusChange
from crm.rules.days import day_of
from crm.rules.lifecycle import standing

BATCH = 500
IN_EFFECT = or_(Claim.id.is_(None), Claim.state == ClaimState.VERIFIED)


@dataclass(frozen=True, slots=True)
class LoggedMove:
    """A row of the stage log and whether it is in effect."""

    id: int
    from_stage: Stage | None
    to_stage: Stage
    moved_on: date
    in_effect: bool


def refresh(session: Session, project_ids: Collection[int]) -> None:
    """Say where each move began, then bring the roll-ups of these projects up to date."""
    ids = sorted(project_ids)
    for start in range(0, len(ids), BATCH):
        _refresh(session, ids[start : start + BATCH])
    session.expire_all()


def _refresh(session: Session, ids: Sequence[int]) -> None:
    logs = _logs(session, ids)
    _state_origins(session, logs)
    statuses, totals, contacts = _statuses(session, ids), _totals(session, ids), _contacts(session, ids)
    rows = [
        {
            "row_id": project_id,
            **_stage(logs[project_id]),
            **statuses.get(project_id, {"status": Status.ACTIVE, "review_on": None}),
            "total_yuan": totals.get(project_id),
            "last_contact_on": contacts.get(project_id),
        }
        for project_id in ids
        if logs[project_id]
    ]
    _write(session, Project.__table__, rows)


def _write(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    assert isinstance(table, Table)
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row_id"}
        session.connection().execute(table.update().where(table.c.id == bindparam("row_id")).values(values), rows)


def _logs(session: Session, ids: Sequence[int]) -> dict[int, list[LoggedMove]]:
    found = session.execute(
        select(
            StageMove.project_id, StageMove.id, StageMove.from_stage, StageMove.to_stage, StageMove.moved_on, IN_EFFECT
        )
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.project_id.in_(ids))
        .order_by(StageMove.moved_on, StageMove.id)
    )
    logs: dict[int, list[LoggedMove]] = defaultdict(list)
    for row in found.tuples():
        logs[row[0]].append(LoggedMove(*row[1:]))
    return logs


def _state_origins(session: Session, logs: dict[int, list[LoggedMove]]) -> None:
    """A seed file says where a move went; where it began follows from the moves before it."""
    rows = []
    for log in logs.values():
        for place, move in enumerate(log):
            before = standing(earlier for earlier in log[:place] if earlier.in_effect)
            if move.from_stage is None and before is not None:
                rows.append({"row_id": move.id, "from_stage": before[0]})
    _write(session, StageMove.__table__, rows)


def _stage(log: list[LoggedMove]) -> dict[str, Any]:
    now = standing(move for move in log if move.in_effect)
    stage, since_on = now or (Stage.LEAD, log[0].moved_on)
    return {"stage": stage, "stage_since_on": since_on}


def _statuses(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found = session.execute(
        select(StatusChange.project_id, StatusChange.to_status, StatusChange.review_on)
        .outerjoin(Claim, Claim.id == StatusChange.claim_id)
        .where(StatusChange.project_id.in_(ids), IN_EFFECT)
        .order_by(StatusChange.changed_on, StatusChange.id)
    )
    return {project_id: {"status": status, "review_on": review_on} for project_id, status, review_on in found}


def _totals(session: Session, ids: Sequence[int]) -> dict[int, int]:
    found = session.execute(
        select(MoneyEntry.project_id, MoneyEntry.amount_yuan)
        .where(MoneyEntry.project_id.in_(ids), MoneyEntry.kind == MoneyKind.PLAN)
        .order_by(MoneyEntry.happened_on, MoneyEntry.id)
    )
    return dict(found.tuples().all())


def _contacts(session: Session, ids: Sequence[int]) -> dict[int, date]:
    found = session.execute(
        select(ActivityProject.project_id, Activity.happened_at)
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(ActivityProject.project_id.in_(ids), Activity.state == ActivityState.DONE)
        .order_by(Activity.happened_at)
    )
    return {project_id: day_of(happened_at) for project_id, happened_at in found}
