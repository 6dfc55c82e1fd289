"""The money of a project: contracts and entries with the state of their claims, and the sums of what is verified."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, select
from sqlalchemy.orm import Session

from crm.choices import COUNTED_CONTRACTS, ClaimState, Currency, MoneyKind
from crm.models import Claim, Contract, MoneyEntry
from crm.queries import compiled, evidence, presence


@dataclass(frozen=True)
class Line:
    """One line of the panel: a contract with its amount, or money that arrived or was completed."""

    on: date
    words: str
    kind: MoneyKind
    entry: MoneyEntry | None
    contract: Contract | None
    claim_id: int | None
    state: ClaimState | None  # None for plans, which need no verification
    is_unproved: bool = False  # verified, and no file of the right kind proves it

    @property
    def is_foreign(self) -> bool:
        """Stated in another currency."""
        return self.entry is not None and self.entry.currency is not Currency.CNY

    @property
    def counts(self) -> bool:
        """Whether it is in the sums."""
        return self.state is ClaimState.VERIFIED


@dataclass(frozen=True)
class MoneyPanel:
    """A project's money; sums are whole yuan, foreign capital whole dollars, verified only."""

    lines: Sequence[Line]
    plans: Sequence[MoneyEntry]
    contract_yuan: int
    foreign_usd: int
    arrived_yuan: int
    arrived_usd: int
    completed_yuan: int
    waiting_count: int


def money_panel(session: Session, project_id: int, there: Collection[str] = presence.EVERYTHING) -> MoneyPanel:
    """Everything in three statements, of what is there at all (queries/presence.py).

    What was given back or reversed stays visible, and out of the sums.
    """
    key = {"project_id": project_id}
    signed = compiled.entities(session, _contracts, (), key).all() if "contract" in there else ()
    money = compiled.entities(session, _money, (), key).all() if "money" in there else ()
    unproved = evidence.lacking_of(session, project_id) if "claim" in there else ()
    lines = [replace(line, is_unproved=line.claim_id in unproved) for line in _lines(signed, money)]
    counted = [line for line in lines if line.counts]
    counted_contracts = [line for line in counted if line.contract and line.contract.kind in COUNTED_CONTRACTS]
    return MoneyPanel(
        lines=lines,
        plans=[entry for entry, _state in money if entry.kind is MoneyKind.PLAN],
        contract_yuan=_sum(counted_contracts),
        foreign_usd=sum((line.contract.foreign_usd or 0) for line in counted_contracts if line.contract),
        arrived_yuan=_sum(line for line in counted if line.kind is MoneyKind.ARRIVED),
        arrived_usd=sum(
            line.entry.amount
            for line in counted
            if line.kind is MoneyKind.ARRIVED and line.entry and line.entry.currency is Currency.USD
        ),
        completed_yuan=_sum(line for line in counted if line.kind is MoneyKind.COMPLETED),
        waiting_count=sum(line.state is ClaimState.REPORTED for line in lines),
    )


_PROJECT: Any = bindparam("project_id", type_=Integer())


@compiled.by_key
def _contracts() -> Select[Contract, ClaimState]:
    return (
        select(Contract, Claim.state).join(Claim, Claim.id == Contract.claim_id).where(Contract.project_id == _PROJECT)
    )


@compiled.by_key
def _money() -> Select[MoneyEntry, ClaimState]:
    return (
        select(MoneyEntry, Claim.state)
        .outerjoin(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.project_id == _PROJECT)
        .order_by(MoneyEntry.happened_on.desc(), MoneyEntry.id.desc())
    )


def _sum(lines: Iterable[Line]) -> int:
    return sum(line.entry.amount_yuan for line in lines if line.entry)


def _lines(
    contracts: Sequence[Row[Contract, ClaimState]], entries: Sequence[Row[MoneyEntry, ClaimState]]
) -> list[Line]:
    """With the state of the claim each hangs on; plans hang on none."""
    amounts = {entry.contract_id: entry for entry, _state in entries if entry.kind is MoneyKind.CONTRACT}
    found = [
        Line(
            contract.signed_on, contract.kind.label, MoneyKind.CONTRACT, amounts.get(contract.id), contract,
            contract.claim_id, state,
        )
        for contract, state in contracts
    ]  # fmt: skip
    found += [
        Line(entry.happened_on, entry.kind.label, entry.kind, entry, None, entry.claim_id, state)
        for entry, state in entries
        if entry.claim_id is not None and entry.kind in (MoneyKind.ARRIVED, MoneyKind.COMPLETED)
    ]
    return sorted(found, key=lambda line: (line.on, line.claim_id or 0), reverse=True)
