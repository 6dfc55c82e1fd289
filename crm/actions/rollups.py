"""What a project's row repeats of other rows: stage, status, planned total, last contact. Always computed anew from them.

`settle_…` are called by the actions that write those rows; `drifts` compares the whole register and `repair` mends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from crm.choices import ActivityState, ClaimState, MoneyKind, Stage, Status
from crm.models import Activity, ActivityProject, Claim, MoneyEntry, Project, StageMove, StatusChange
from crm.rules import lifecycle
from crm.rules.days import day_of


def _effective_moves() -> Select[StageMove]:
    """The moves that stand, in the order in which they took effect: free ones when recorded, claimed ones when verified."""
    return (
        select(StageMove)
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .where(or_(StageMove.claim_id.is_(None), Claim.state == ClaimState.VERIFIED))
        .order_by(
            StageMove.project_id,
            func.coalesce(Claim.verified_at, StageMove.recorded_at),
            StageMove.moved_on,
            StageMove.id,
        )
    )


def settle_stage(session: Session, project: Project, fallback: tuple[Stage, date] | None = None) -> None:
    """Put the project at the stage its log says; `fallback` where no move stands any more."""
    session.flush()
    moves = session.scalars(_effective_moves().where(StageMove.project_id == project.id)).all()
    standing = lifecycle.standing(moves) or fallback
    if standing:
        project.stage, project.stage_since_on = standing


def settle_status(session: Session, project: Project, fallback: Status = Status.ACTIVE) -> None:
    """Give the project the status its last effective change says; `fallback` where none stands."""
    session.flush()
    change = session.scalars(
        select(StatusChange)
        .outerjoin(Claim, Claim.id == StatusChange.claim_id)
        .where(
            StatusChange.project_id == project.id,
            or_(StatusChange.claim_id.is_(None), Claim.state == ClaimState.VERIFIED),
        )
        .order_by(func.coalesce(Claim.verified_at, StatusChange.recorded_at).desc(), StatusChange.id.desc())
        .limit(1)
    ).one_or_none()
    project.status = change.to_status if change else fallback
    project.review_on = change.review_on if change else None


def settle_total(session: Session, project: Project) -> None:
    """Write the planned total last stated."""
    session.flush()
    plans = _plans().where(MoneyEntry.project_id == project.id)
    stated = [amount for _, amount in session.execute(plans)]
    project.total_yuan = stated[-1] if stated else None


def _plans() -> Select[int, int]:
    """(project, planned total) in the order in which they were stated."""
    return (
        select(MoneyEntry.project_id, MoneyEntry.amount_yuan)
        .where(MoneyEntry.kind == MoneyKind.PLAN)
        .order_by(MoneyEntry.project_id, MoneyEntry.happened_on, MoneyEntry.id)
    )


def settle_contact(session: Session, project_ids: Iterable[int], now: datetime) -> None:
    """Write the day of the last touchpoint of these projects; called after an activity was logged, changed or cancelled.

    Without raising the project's version: a logged talk must not look like an edit to whoever has a form open.
    """
    session.flush()
    wanted = set(project_ids)
    contacts = dict(session.execute(_contacts(now).where(ActivityProject.project_id.in_(wanted))).all())
    for key in sorted(wanted):
        at = contacts.get(key)
        session.execute(update(Project).where(Project.id == key).values(last_contact_on=day_of(at) if at else None))


def _contacts(now: datetime) -> Select[int, datetime]:
    """(project, instant of its last touchpoint that took place)."""
    return (
        select(ActivityProject.project_id, func.max(Activity.happened_at))
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(Activity.state == ActivityState.DONE, Activity.happened_at <= now)
        .group_by(ActivityProject.project_id)
    )


# ------------------------------------------------------------------------------------------------------- the whole register


@dataclass(frozen=True)
class Drift:
    """A roll-up that differs from what its rows say."""

    project_id: int
    column: str
    stored: object
    computed: object


def _standings(moves: Iterable[StageMove]) -> Iterator[tuple[int, tuple[Stage, date] | None]]:
    for project_id, its_moves in groupby(moves, key=lambda move: move.project_id):
        yield project_id, lifecycle.standing(its_moves)


def drifts(session: Session, now: datetime) -> Sequence[Drift]:
    """Every roll-up of the register that is not what its rows say, in four statements.

    A project without a stage log, without a stated plan or without a touchpoint keeps what it has.
    """
    standings = dict(_standings(session.scalars(_effective_moves().execution_options(yield_per=2_000))))
    totals = dict(session.execute(_plans()).all())
    contacts = {key: day_of(at) for key, at in session.execute(_contacts(now)) if at}
    columns = (Project.id, Project.stage, Project.stage_since_on, Project.total_yuan, Project.last_contact_on)
    found = []
    for key, stage, since_on, total_yuan, contact_on in session.execute(select(*columns).order_by(Project.id)):
        standing = standings.get(key) or (stage, since_on)
        for column, stored, computed in (
            ("stage", stage, standing[0]),
            ("stage_since_on", since_on, standing[1]),
            ("total_yuan", total_yuan, totals.get(key, total_yuan)),
            ("last_contact_on", contact_on, contacts.get(key, contact_on)),
        ):
            if stored != computed:
                found.append(Drift(key, column, stored, computed))
    return found


def repair(session: Session, found: Iterable[Drift]) -> None:
    """Write what the rows say."""
    for drift in found:
        session.execute(update(Project).where(Project.id == drift.project_id).values({drift.column: drift.computed}))
