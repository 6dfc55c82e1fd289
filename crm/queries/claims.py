"""Claims: the queue of those who verify, one claim with all that hangs on it, and what already stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ClaimKind, ClaimState, ContractKind, Currency, Stage
from crm.models import (
    Attachment,
    Claim,
    Contract,
    ImportBatch,
    MoneyEntry,
    Project,
    StageMove,
    StatusChange,
    Unit,
    User,
)
from crm.policy import Act, Actor
from crm.queries.evidence import lacking, proof_count
from crm.queries.keyset import MOST_COUNTED, Key
from crm.rules.claims import CLAIMED_STAGES
from crm.rules.days import day_of, start_of

LIVE = (ClaimState.REPORTED, ClaimState.VERIFIED)
PAGE_SIZE = 50


def visible_to(actor: Actor) -> Select[Claim]:
    """The claims on projects the actor may see, with the project, its members, and who reported and verified."""
    return (
        select(Claim)
        .where(policy.rows(actor, Act.SEE_PROJECT, Claim))
        .options(
            joinedload(Claim.project).options(
                selectinload(Project.members), joinedload(Project.company), joinedload(Project.unit)
            ),
            joinedload(Claim.reported_by),
            joinedload(Claim.verified_by),
        )
    )


def find_live(session: Session, project_id: int, kind: ClaimKind) -> Claim | None:
    """The claim of this kind that is verified or waits to be, with its people; None when there is none."""
    return session.scalars(
        select(Claim)
        .where(Claim.project_id == project_id, Claim.kind == kind, Claim.state.in_(LIVE))
        .options(joinedload(Claim.reported_by), joinedload(Claim.verified_by))
        .order_by(Claim.id)
        .limit(1)
    ).one_or_none()


def verified_stages(session: Session, project_id: int) -> frozenset[Stage]:
    """The counted stages whose claims are verified."""
    kinds = session.scalars(
        select(Claim.kind).where(
            Claim.project_id == project_id, Claim.state == ClaimState.VERIFIED, Claim.kind.in_(CLAIMED_STAGES)
        )
    )
    return frozenset(CLAIMED_STAGES[kind] for kind in kinds)


# ------------------------------------------------------------------------------------------------------------ one claim


@dataclass(frozen=True)
class Statement:
    """A claim with everything that counts once it is verified, and what proves it."""

    claim: Claim
    contract: Contract | None
    money: MoneyEntry | None
    move: StageMove | None
    change: StatusChange | None
    files: Sequence[Attachment]
    batch: ImportBatch | None


def statement(session: Session, claim: Claim) -> Statement:
    """The claim's rows, in six statements whatever it holds."""
    files = select(Attachment).where(Attachment.claim_id == claim.id).order_by(Attachment.id)
    return Statement(
        claim=claim,
        contract=session.scalars(select(Contract).where(Contract.claim_id == claim.id)).first(),
        money=session.scalars(select(MoneyEntry).where(MoneyEntry.claim_id == claim.id)).first(),
        move=session.scalars(select(StageMove).where(StageMove.claim_id == claim.id)).first(),
        change=session.scalars(select(StatusChange).where(StatusChange.claim_id == claim.id)).first(),
        files=session.scalars(files).all(),
        batch=session.scalars(select(ImportBatch).where(ImportBatch.id == claim.batch_id)).first(),
    )


def open_agreements(session: Session, project_id: int) -> Sequence[Contract]:
    """Framework and other agreements not yet turned into a contract, newest first: what 协议转合同 offers."""
    later = select(Contract.converted_from_id).where(Contract.converted_from_id.is_not(None))
    return session.scalars(
        select(Contract)
        .join(Claim, Claim.id == Contract.claim_id)
        .where(
            Contract.project_id == project_id,
            Contract.kind.in_((ContractKind.INTENT, ContractKind.FRAMEWORK, ContractKind.STRATEGIC)),
            Claim.state.in_(LIVE),
            Contract.id.not_in(later),
        )
        .order_by(Contract.signed_on.desc(), Contract.id)
    ).all()


def contracts_of(session: Session, project_id: int) -> Sequence[Contract]:
    """The project's live contracts, oldest first: what money may belong to."""
    return session.scalars(
        select(Contract)
        .join(Claim, Claim.id == Contract.claim_id)
        .where(Contract.project_id == project_id, Claim.state.in_(LIVE))
        .order_by(Contract.signed_on, Contract.id)
    ).all()


# ------------------------------------------------------------------------------------------------------------ the queue


@dataclass(frozen=True)
class QueueFilter:
    """What the queue shows; the states default to what waits."""

    state: ClaimState = ClaimState.REPORTED
    kind: ClaimKind | None = None
    unit_id: int | None = None
    batch_id: int | None = None
    unproved: bool = False  # only what lacks its evidence
    waited_days: int = 0  # at least


class QueueRow(NamedTuple):
    """A claim in the queue; amounts in whole units of their currency."""

    id: int
    kind: ClaimKind
    state: ClaimState
    happened_on: date
    reported_at: datetime | None
    reporter: str | None
    batch_id: int | None
    project_id: int
    project: str
    unit: str
    amount: int | None
    currency: Currency | None
    amount_yuan: int | None
    contract_kind: ContractKind | None
    foreign_usd: int | None
    reporter_id: int | None
    proofs: int
    lacks_evidence: bool

    def waited_days(self, today: date) -> int:
        """Days since it was handed in."""
        return (today - day_of(self.reported_at)).days if self.reported_at else 0


STATES = (
    ClaimState.REPORTED,
    ClaimState.VERIFIED,
    ClaimState.RETURNED,
    ClaimState.REVERSED,
)  # handed in, so at an instant
QUEUE = (Key(Claim.reported_at, datetime), Key(Claim.id, int))  # what waited longest first


def _waiting(actor: Actor, wanted: QueueFilter, today: date) -> Select[int]:
    """The claims of a filter. The right is asked of the project beside each, once."""
    rows = (
        select(Claim.id)
        .join(Project, Project.id == Claim.project_id)
        .where(policy.project_rows(actor, Act.SEE_QUEUE), Claim.state == wanted.state)
    )
    if wanted.kind:
        rows = rows.where(Claim.kind == wanted.kind)
    if wanted.batch_id:
        rows = rows.where(Claim.batch_id == wanted.batch_id)
    if wanted.unproved:
        rows = rows.where(lacking())
    if wanted.waited_days:
        rows = rows.where(Claim.reported_at < start_of(today - timedelta(days=min(wanted.waited_days, 3_650) - 1)))
    return rows.where(Project.unit_id == wanted.unit_id) if wanted.unit_id else rows


def queue(actor: Actor, wanted: QueueFilter, today: date) -> Select[*tuple[Any, ...]]:
    """The claims of a filter as `QueueRow` wants them, in the order of QUEUE."""
    return (
        _waiting(actor, wanted, today)
        .join(Unit, Unit.id == Project.unit_id)
        .outerjoin(User, User.id == Claim.reported_by_id)
        .outerjoin(Contract, Contract.claim_id == Claim.id)
        .outerjoin(MoneyEntry, MoneyEntry.claim_id == Claim.id)
        .with_only_columns(
            Claim.id, Claim.kind, Claim.state, Claim.happened_on, Claim.reported_at, User.name, Claim.batch_id,
            Project.id, Project.name, Unit.short_name, MoneyEntry.amount, MoneyEntry.currency, MoneyEntry.amount_yuan,
            Contract.kind, Contract.foreign_usd, Claim.reported_by_id,
            proof_count(), lacking(),
        )
    )  # fmt: skip


def find_waiting(session: Session, actor: Actor, today: date, besides: int) -> int | None:
    """The claim that has waited longest, beside one; None where nothing else waits."""
    rows = _waiting(actor, QueueFilter(), today).where(Claim.id != besides)
    return session.scalar(rows.order_by(Claim.reported_at, Claim.id).limit(1))


def waiting_of_batch(session: Session, actor: Actor, batch_id: int) -> Sequence[Claim]:
    """The claims of one import that wait, as far as the actor may verify them, with what verifying needs."""
    rows = visible_to(actor).where(
        policy.rows(actor, Act.VERIFY, Claim), Claim.batch_id == batch_id, Claim.state == ClaimState.REPORTED
    )
    return session.scalars(rows.order_by(Claim.id)).all()


def waiting_counts(session: Session, actor: Actor, wanted: QueueFilter, today: date) -> dict[ClaimKind, int]:
    """How many claims of each kind the filter would show, the kind left open; one statement, and no count beyond the limit."""
    counts = (_capped(_waiting(actor, replace(wanted, kind=kind), today)) for kind in ClaimKind)
    return dict(zip(ClaimKind, session.execute(select(*counts)).one(), strict=True))


def _capped(rows: Select[int]) -> Any:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()
