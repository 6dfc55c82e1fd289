"""What a project's row repeats of other rows: stage, status, planned total, last contact, protection. Always computed anew.

`settle_…` are called by the actions that write those rows; `drifts` compares the whole register and `repair` mends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from crm.actions.locking import hold_projects
from crm.choices import ActivityState, ClaimState, MoneyKind, PoolMove, Stage, Status
from crm.models import Activity, ActivityProject, Claim, MoneyEntry, PoolEvent, Project, StageMove, StatusChange
from crm.queries import settings
from crm.rules import lifecycle
from crm.rules.days import day_of
from crm.rules.protection import WITH_INVESTOR, protected_until

AT_ONCE = 1_000  # ids in one IN (...)


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
    hold_projects(session, wanted)
    contacts = dict(session.execute(_contacts(now).where(ActivityProject.project_id.in_(wanted))).all())
    for key in sorted(wanted):
        at = contacts.get(key)
        session.execute(update(Project).where(Project.id == key).values(last_contact_on=day_of(at) if at else None))
    settle_protection(session, wanted, now)


def _contacts(now: datetime) -> Select[int, datetime]:
    """(project, instant of its last touchpoint that took place)."""
    return (
        select(ActivityProject.project_id, func.max(Activity.happened_at))
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(Activity.state == ActivityState.DONE, Activity.happened_at <= now)
        .group_by(ActivityProject.project_id)
    )


def settle_protection(session: Session, project_ids: Iterable[int], now: datetime) -> None:
    """Write until when these projects are protected; their version stays, as with the last contact."""
    session.flush()
    wanted = sorted(set(project_ids))
    days = settings.current(session).protection_days
    for place in range(0, len(wanted), AT_ONCE):
        some = wanted[place : place + AT_ONCE]
        hold_projects(session, some)
        renewals = _renewals(session, now, some)
        rows = session.execute(select(Project.id, Project.registered_at).where(Project.id.in_(some)))
        for key, registered_at in rows.all():
            until_on = protected_until(day_of(registered_at), renewals.get(key), days)
            session.execute(update(Project).where(Project.id == key).values(protected_until_on=until_on))


def protect_unprotected(session: Session, now: datetime) -> None:
    """Give every project its protection that was registered before there was any."""
    settle_protection(session, session.scalars(select(Project.id).where(Project.protected_until_on.is_(None))), now)


def _renewals(session: Session, now: datetime, project_ids: Iterable[int] | None = None) -> dict[int, date]:
    """The last day on which the investor's side was met, or on which the project was picked from the pool, by project."""
    met = _contacts(now).where(Activity.kind.in_(WITH_INVESTOR))
    picked = (
        select(PoolEvent.project_id, func.max(PoolEvent.at))
        .where(PoolEvent.move == PoolMove.PICKED)
        .group_by(PoolEvent.project_id)
    )
    if project_ids is not None:
        met = met.where(ActivityProject.project_id.in_(project_ids))
        picked = picked.where(PoolEvent.project_id.in_(project_ids))
    found: dict[int, date] = {}
    for key, at in (*session.execute(met).all(), *session.execute(picked).all()):
        found[key] = max(found.get(key, date.min), day_of(at))
    return found


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
    """Every roll-up of the register that is not what its rows say, in seven statements.

    A project without a stage log, without a stated plan or without a touchpoint keeps what it has.
    """
    standings = dict(_standings(session.scalars(_effective_moves().execution_options(yield_per=2_000))))
    totals = dict(session.execute(_plans()).all())
    contacts = {key: day_of(at) for key, at in session.execute(_contacts(now)) if at}
    renewals, days = _renewals(session, now), settings.current(session).protection_days
    columns = (
        Project.id, Project.stage, Project.stage_since_on, Project.total_yuan, Project.last_contact_on,
        Project.protected_until_on, Project.registered_at,
    )  # fmt: skip
    found = []
    for key, stage, since_on, total_yuan, contact_on, until_on, registered_at in session.execute(
        select(*columns).order_by(Project.id)
    ):
        standing = standings.get(key) or (stage, since_on)
        protected_on = protected_until(day_of(registered_at), renewals.get(key), days)
        for column, stored, computed in (
            ("stage", stage, standing[0]),
            ("stage_since_on", since_on, standing[1]),
            ("total_yuan", total_yuan, totals.get(key, total_yuan)),
            ("last_contact_on", contact_on, contacts.get(key, contact_on)),
            ("protected_until_on", until_on, protected_on),
        ):
            if stored != computed:
                found.append(Drift(key, column, stored, computed))
    return found


def repair(session: Session, found: Iterable[Drift]) -> None:
    """Write what the rows say."""
    for drift in found:
        session.execute(update(Project).where(Project.id == drift.project_id).values({drift.column: drift.computed}))
