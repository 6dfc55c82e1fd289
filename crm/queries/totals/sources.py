"""Rows of projects: leads, moves between stages, contracts, losses, where a project stands, how far a year's leads got.

Every function is a `Source.rows`: handed what counts and the days asked for, it selects the rows of basis.shape.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import aliased

from crm.choices import COUNTED_STAGES, ContractKind, MoneyKind, Stage, Status
from crm.models import Claim, Contract, FaiEntry, MoneyEntry, Project, StageMove, StatusChange
from crm.queries.totals.basis import (
    EPOCH,
    Basis,
    Verdict,
    between,
    china_day,
    claim_verdicts,
    judged,
    made,
    on_days,
    planned_yuan,
    project_verdicts,
    shape,
    verified,
)
from crm.rules.days import Period

Rows = Select[Any]
Facets = frozenset[str] | None  # the facets somebody asks for, where a source can spare itself the others
AGREEMENTS = (ContractKind.INTENT, ContractKind.FRAMEWORK, ContractKind.STRATEGIC)
ENDED = (Status.LOST, Status.WITHDRAWN)


def leads(basis: Basis, within: Period) -> Rows:
    """One row a project, on the day it was registered."""
    return select(
        *shape(
            id=Project.id, project_id=Project.id, on=china_day(Project.registered_at),
            verdict=judged(*project_verdicts(basis)), yuan=planned_yuan(basis), fixed_yuan=Project.fixed_yuan,
            usd=Project.foreign_usd,
        )
    ).where(between(Project.registered_at, within), Project.registered_at < basis.known_before)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- moves


def effective(move: Any, claim: Any, basis: Basis) -> ColumnElement[bool]:
    """The move happened, as far as is known: a free one when recorded, a counted one when its claim is verified."""
    return or_(and_(move.claim_id.is_(None), move.recorded_at < basis.known_before), verified(claim, basis))


def _reached_before(basis: Basis) -> ColumnElement[bool]:
    """The same project came to the same stage by an earlier move that stands."""
    move, claim = aliased(StageMove), aliased(Claim)
    return exists(
        select(move.id)
        .outerjoin(claim, claim.id == move.claim_id)
        .where(
            move.project_id == StageMove.project_id,
            move.to_stage == StageMove.to_stage,
            tuple_(move.moved_on, move.id) < tuple_(StageMove.moved_on, StageMove.id),
            effective(move, claim, basis),
        )
    )


def moves(basis: Basis, within: Period, only: Facets = None) -> Rows:
    """One row a move, `facet` the number of the stage reached; only the first arrival at a stage counts."""
    known = or_(and_(StageMove.claim_id.is_(None), StageMove.recorded_at < basis.known_before), made(Claim, basis))
    verdict = judged(
        *project_verdicts(basis),
        (StageMove.from_stage > StageMove.to_stage, Verdict.BACKWARD),
        (_reached_before(basis), Verdict.REPEATED),
        *claim_verdicts(Claim, basis),
    )
    return (
        select(
            *shape(
                id=StageMove.id, project_id=StageMove.project_id, claim_id=StageMove.claim_id, on=StageMove.moved_on,
                facet=_slug(StageMove.to_stage), verdict=verdict, yuan=planned_yuan(basis),
                fixed_yuan=Project.fixed_yuan, usd=Project.foreign_usd,
            )
        )
        .join(Project, Project.id == StageMove.project_id)
        .outerjoin(Claim, Claim.id == StageMove.claim_id)
        .where(on_days(StageMove.moved_on, within), known, _among(StageMove.to_stage, only))
    )  # fmt: skip


def milestones(basis: Basis, within: Period, only: Facets = None) -> Rows:
    """The moves to the stages that are verified; far fewer than all."""
    return moves(basis, within, only or frozenset(str(int(stage)) for stage in COUNTED_STAGES))


def _among(stage: Any, only: Facets) -> ColumnElement[bool]:
    """The stage is one of those asked for, if only some are."""
    return true() if only is None else type_coerce(stage, Integer).in_(sorted(map(int, only)))


def _slug(stage: Any) -> ColumnElement[str]:
    """The number of a stage as the text a facet is."""
    return cast(type_coerce(stage, Integer), String)


# ------------------------------------------------------------------------------------------------------------ contracts


def _contract_yuan() -> ColumnElement[int | None]:
    return (
        select(func.sum(MoneyEntry.amount_yuan))
        .where(MoneyEntry.contract_id == Contract.id, MoneyEntry.kind == MoneyKind.CONTRACT)
        .correlate(Contract)
        .scalar_subquery()
    )


def _formal(basis: Basis, *conditions: Any) -> ColumnElement[bool]:
    """The project has another formal contract that is verified (and meets the conditions made for it)."""
    other, claim = aliased(Contract, name="other_contract"), aliased(Claim, name="other_claim")
    return exists(
        select(other.id)
        .join(claim, claim.id == other.claim_id)
        .where(
            other.project_id == Contract.project_id,
            other.kind == ContractKind.FORMAL,
            verified(claim, basis),
            *(condition(other) for condition in conditions),
        )
    )


def _contracts(basis: Basis, within: Period, verdict: Any, counts: Any) -> Rows:
    return (
        select(
            *shape(
                id=Contract.id, project_id=Contract.project_id, claim_id=Contract.claim_id, on=Contract.signed_on,
                facet=Contract.kind, verdict=verdict, counts=counts, yuan=_contract_yuan(),
                fixed_yuan=Contract.fixed_yuan, usd=Contract.foreign_usd,
            )
        )
        .join(Claim, Claim.id == Contract.claim_id)
        .join(Project, Project.id == Contract.project_id)
        .where(on_days(Contract.signed_on, within), made(Claim, basis))
    )  # fmt: skip


def contracts(basis: Basis, within: Period) -> Rows:
    """One row a contract: the first formal one of a project makes a signing, its supplements add money to it."""
    earlier = _formal(
        basis, lambda other: tuple_(other.signed_on, other.id) < tuple_(Contract.signed_on, Contract.id)
    )  # fmt: skip
    is_formal, is_supplement = Contract.kind == ContractKind.FORMAL, Contract.kind == ContractKind.SUPPLEMENT
    verdict = judged(
        (Contract.kind.in_(AGREEMENTS), Verdict.FRAMEWORK),
        *project_verdicts(basis),
        (and_(is_formal, earlier), Verdict.REPEATED),
        *claim_verdicts(Claim, basis),
        (and_(is_supplement, ~_formal(basis)), Verdict.UNSIGNED),
    )
    return _contracts(basis, within, verdict, case((is_formal, 1), else_=0))


def agreements(basis: Basis, within: Period) -> Rows:
    """One row a framework agreement or letter of intent: listed apart, never among the signings."""
    verdict = judged(*project_verdicts(basis), *claim_verdicts(Claim, basis))
    return _contracts(basis, within, verdict, literal(1, Integer)).where(Contract.kind.in_(AGREEMENTS))


def relocations(basis: Basis, within: Period) -> Rows:
    """One row a contract of a project that only moved house within the city, judged as if such projects counted: what the
    figures of signings leave out stays to be seen (domain.md §7 #5)."""
    return contracts(replace(basis, counts_relocations=True), within).where(Project.is_relocation.is_(True))


def losses(basis: Basis, within: Period) -> Rows:
    """One row a signed project lost or withdrawn, with what it had signed; the month of signing stays as it was."""
    signed = contracts(basis, Period(EPOCH, basis.as_of)).subquery("signed")
    of_project = (
        select(
            signed.c.project_id,
            func.min(signed.c.on).label("signed_on"),
            func.sum(signed.c.yuan).label("yuan"),
            func.sum(signed.c.fixed_yuan).label("fixed_yuan"),
            func.sum(signed.c.usd).label("usd"),
        )
        .where(signed.c.verdict == Verdict.COUNTED)
        .group_by(signed.c.project_id)
        .subquery("signed_projects")
    )
    later = aliased(StatusChange)
    resumed = exists(
        select(later.id).where(
            later.project_id == StatusChange.project_id,
            later.to_status.in_((Status.ACTIVE, Status.PAUSED)),
            tuple_(later.changed_on, later.id) > tuple_(StatusChange.changed_on, StatusChange.id),
            later.changed_on <= basis.as_of,
            later.recorded_at < basis.known_before,
        )
    )
    verdict = judged(
        (StatusChange.from_status.in_(ENDED), Verdict.REPEATED),
        *claim_verdicts(Claim, basis),
        (resumed, Verdict.RESUMED),
    )
    known = or_(
        and_(StatusChange.claim_id.is_(None), StatusChange.recorded_at < basis.known_before), made(Claim, basis)
    )
    return (
        select(
            *shape(
                id=StatusChange.id, project_id=StatusChange.project_id, claim_id=StatusChange.claim_id,
                on=StatusChange.changed_on, facet=StatusChange.to_status, verdict=verdict, yuan=of_project.c.yuan,
                fixed_yuan=of_project.c.fixed_yuan, usd=of_project.c.usd,
            )
        )
        .join(of_project, of_project.c.project_id == StatusChange.project_id)
        .outerjoin(Claim, Claim.id == StatusChange.claim_id)
        .where(
            on_days(StatusChange.changed_on, within), known, StatusChange.to_status.in_(ENDED),
            of_project.c.signed_on <= StatusChange.changed_on,
        )
    )  # fmt: skip


def stands_in_fai(entry: Any, basis: Basis) -> ColumnElement[bool]:
    """The entry was recorded by then and not withdrawn by then."""
    known = basis.known_before
    return and_(entry.recorded_at < known, or_(entry.withdrawn_at.is_(None), entry.withdrawn_at >= known))


def fai_entries(basis: Basis, within: Period) -> Rows:
    """One row an entry into the statistics of fixed-asset investment, on its day; what was withdrawn counts no more, and none
    counts whose start does not stand: only what started is in the statistics."""
    gone = and_(FaiEntry.withdrawn_at.is_not(None), FaiEntry.withdrawn_at < basis.known_before)
    move, claim = aliased(StageMove), aliased(Claim)
    started = exists(
        select(move.id)
        .outerjoin(claim, claim.id == move.claim_id)
        .where(move.project_id == FaiEntry.project_id, move.to_stage == Stage.STARTED, effective(move, claim, basis))
    )
    verdict = judged((or_(gone, ~started), Verdict.REVERSED), *project_verdicts(basis))
    return (
        select(
            *shape(
                id=FaiEntry.id, project_id=FaiEntry.project_id, on=FaiEntry.entered_on, verdict=verdict,
                yuan=planned_yuan(basis), fixed_yuan=Project.fixed_yuan,
            )
        )
        .join(Project, Project.id == FaiEntry.project_id)
        .where(on_days(FaiEntry.entered_on, within), FaiEntry.recorded_at < basis.known_before)
    )  # fmt: skip


# ------------------------------------------------------------------------------------------- where projects stand, cohorts


def furthest(basis: Basis, until: Period, *conditions: Any) -> Any:
    """(project_id, stage): the furthest stage each project came to by the end of the period."""
    move, claim = aliased(StageMove, name="move"), aliased(Claim, name="move_claim")
    return (
        select(move.project_id, func.max(type_coerce(move.to_stage, Integer)).label("stage"))
        .outerjoin(claim, claim.id == move.claim_id)
        .where(
            move.moved_on <= until.last,
            effective(move, claim, basis),
            *(condition(move) for condition in conditions),
        )
        .group_by(move.project_id)
        .subquery("furthest")
    )


def _taken_back(basis: Basis, until: Period) -> Any:
    """A later move took the project back to below the stage of this one."""

    def condition(move: Any) -> ColumnElement[bool]:
        back = aliased(StageMove, name="back")
        return ~exists(
            select(back.id).where(
                back.project_id == move.project_id,
                back.from_stage > back.to_stage,
                back.claim_id.is_(None),
                back.moved_on <= until.last,
                back.recorded_at < basis.known_before,
                tuple_(back.moved_on, back.id) > tuple_(move.moved_on, move.id),
            )
        )

    return condition


def standing(basis: Basis, within: Period, only: Facets = None, project_ids: Collection[int] | None = None) -> Rows:
    """One row a project known on the last day, `facet` the number of the stage it then stood in, on the day it came there.

    A move verified late does not pull a project back that has gone further since; a move back does. `project_ids`: only these.
    """
    mine = (lambda move: move.project_id.in_(project_ids),) if project_ids is not None else ()
    now = furthest(basis, within, _taken_back(basis, within), *mine)
    stage = func.coalesce(now.c.stage, int(Stage.LEAD))
    entered = (
        select(func.min(StageMove.moved_on))
        .where(StageMove.project_id == Project.id, type_coerce(StageMove.to_stage, Integer) == now.c.stage)
        .correlate(Project, now)
        .scalar_subquery()
    )
    status = _status_on(basis, within)
    verdict = judged(
        *project_verdicts(basis),
        (status == Status.PAUSED.value, Verdict.PAUSED),
        (status == Status.LOST.value, Verdict.LOST),
        (status == Status.WITHDRAWN.value, Verdict.WITHDRAWN),
    )
    return (
        select(
            *shape(
                id=Project.id, project_id=Project.id, on=func.coalesce(entered, china_day(Project.registered_at)),
                facet=cast(stage, String), verdict=verdict, yuan=planned_yuan(basis), fixed_yuan=Project.fixed_yuan,
                usd=Project.foreign_usd,
            )
        )
        .outerjoin(now, now.c.project_id == Project.id)
        .where(
            between(Project.registered_at, Period(EPOCH, min(within.last, basis.as_of))), _among(stage, only),
            Project.id.in_(project_ids) if project_ids is not None else true(),
        )
    )  # fmt: skip


def _status_on(basis: Basis, until: Period) -> ColumnElement[str | None]:
    """The stored word of the status a project had on the last day; None: it was pursued, nothing else was ever said."""
    claim = aliased(Claim, name="status_claim")
    known = and_(StatusChange.claim_id.is_(None), StatusChange.recorded_at < basis.known_before)
    return (
        select(type_coerce(StatusChange.to_status, String))
        .outerjoin(claim, claim.id == StatusChange.claim_id)
        .where(
            StatusChange.project_id == Project.id,
            StatusChange.changed_on <= until.last,
            or_(known, verified(claim, basis)),
        )
        .order_by(StatusChange.changed_on.desc(), StatusChange.id.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )


def cohort(basis: Basis, within: Period) -> Rows:
    """The leads registered in the period, `facet` the number of the furthest stage each came to by its end."""
    far = furthest(basis, within)
    return (
        select(
            *shape(
                id=Project.id, project_id=Project.id, on=china_day(Project.registered_at),
                facet=cast(func.coalesce(far.c.stage, int(Stage.LEAD)), String),
                verdict=judged(*project_verdicts(basis)), yuan=planned_yuan(basis), fixed_yuan=Project.fixed_yuan,
                usd=Project.foreign_usd,
            )
        )
        .outerjoin(far, far.c.project_id == Project.id)
        .where(between(Project.registered_at, within), Project.registered_at < basis.known_before)
    )  # fmt: skip
