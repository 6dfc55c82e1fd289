"""What already stands of a project, verified or waiting to be: what a report is held against."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.choices import Currency, MoneyKind, Stage
from crm.models import Claim, MoneyEntry, StageMove
from crm.queries.claims import LIVE


def stage_days(session: Session, project_id: int, before: Stage) -> list[tuple[str, date | None]]:
    """The days on which the counted stages before this one were reached, as verified or waiting."""
    rows = session.execute(
        select(StageMove.to_stage, StageMove.moved_on)
        .join(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.project_id == project_id, StageMove.to_stage < before, Claim.state.in_(LIVE))
        .order_by(StageMove.to_stage, StageMove.moved_on)
    )
    return [(f"{stage.label}日期", on) for stage, on in rows]


def find_twin(
    session: Session, project_id: int, kind: MoneyKind, on: date, units: int, currency: Currency
) -> Claim | None:
    """The claim of the same money on the same day, if there is one."""
    return session.scalars(
        select(Claim)
        .join(MoneyEntry, MoneyEntry.claim_id == Claim.id)
        .where(
            MoneyEntry.project_id == project_id,
            MoneyEntry.kind == kind,
            MoneyEntry.happened_on == on,
            MoneyEntry.amount == units,
            MoneyEntry.currency == currency,
            Claim.state.in_(LIVE),
        )
        .limit(1)
    ).one_or_none()


def completed_yuan(session: Session, project_id: int) -> int:
    """What is verified or waits to be."""
    total = select(func.coalesce(func.sum(MoneyEntry.amount_yuan), 0)).join(Claim, Claim.id == MoneyEntry.claim_id)
    completed = total.where(
        MoneyEntry.project_id == project_id, MoneyEntry.kind == MoneyKind.COMPLETED, Claim.state.in_(LIVE)
    )
    return int(session.scalars(completed).one())
