"""What hangs on a project: moves, contracts and money with their claims, people, lists, plans, the month's words. As drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from crm.actions.imports.ground import Ground
from crm.actions.imports.inserting import Draft
from crm.choices import ClaimKind, ContractKind, Currency, LossReason, MoneyKind, ReportState, Stage, Status
from crm.columns import Base
from crm.models import (
    AnnualPlan,
    Claim,
    Contact,
    Contract,
    Listing,
    MoneyEntry,
    MonthlyReport,
    ProjectMember,
    StageMove,
    StatusChange,
)
from crm.rules.days import Month
from crm.rules.importing.drafts import Proposal
from crm.rules.importing.entry import Entry, Money

MONEY_CLAIM = {MoneyKind.ARRIVED: ClaimKind.ARRIVAL, MoneyKind.COMPLETED: ClaimKind.COMPLETION}
UNNAMED = "（未写姓名）"


class Written(Protocol):
    """A row of the ledger on its way in."""

    number: int
    entry: Entry
    proposal: Proposal


class Hanging:
    """What one row of a ledger hangs on its project. `was`: stage and status before this row; no stage for a new project."""

    def __init__(
        self,
        ground: Ground,
        project_id: int,
        company_id: int | None,
        work: Written,
        was: tuple[Stage | None, Status],
    ) -> None:
        self._ground, self._project_id, self._company_id = ground, project_id, company_id
        self._number, self._entry, self._proposal = work.number, work.entry, work.proposal
        self._stage, self._status = was

    def drafts(self) -> Iterator[Draft]:
        """All of it."""
        yield from self._moves()
        yield from self._agreement()
        yield from self._status_change()
        yield from self._money()
        yield from self._people()
        yield from self._lists()
        yield from self._months()

    def _draft(self, model: type[Base], links: Mapping[str, Draft | None] | None = None, **values: Any) -> Draft:
        """A draft of this project; a link to nothing is an empty column."""
        filled = {column: link for column, link in (links or {}).items() if link is not None}
        empty = {column: None for column in (links or {}) if column not in filled}
        return Draft(model, {"project_id": self._project_id, **values, **empty}, filled)

    def _claim(self, kind: ClaimKind, on: date) -> Draft:
        return self._draft(Claim, happened_on=on, **self._ground.claim_values(kind, self._number))

    def _moves(self) -> Iterator[Draft]:
        last, steps = self._stage, self._proposal.history.steps
        if last is None and not any(step.claim is None or self._ground.settings.verified for step in steps):
            yield self._move(Stage.LEAD, None, self._ground.settings.as_of, None)
        for step in steps:
            claim = self._claim(step.claim, step.on) if step.claim else None
            if claim is not None:
                yield claim
            yield self._move(step.stage, last if last is not None and last < step.stage else None, step.on, claim)
            if claim is not None and step.claim is ClaimKind.SIGNING:
                yield from self._contract(ContractKind.FORMAL, step.on, claim)
            last = step.stage if last is None else max(last, step.stage)

    def _move(self, to: Stage, start: Stage | None, on: date, claim: Draft | None) -> Draft:
        return self._draft(
            StageMove, {"claim_id": claim}, from_stage=start, to_stage=to, moved_on=on, recorded_at=self._ground.now,
            recorded_by_id=self._ground.actor.id, batch_id=self._ground.batch.id,
        )  # fmt: skip

    def _contract(self, kind: ContractKind, on: date, claim: Draft) -> Iterator[Draft]:
        """The contract and, where the ledger names a total, its money."""
        entry, plans = self._entry, self._proposal.history.plans
        in_dollars = entry.foreign is not None and entry.foreign.currency is Currency.USD
        contract = self._draft(
            Contract, {"claim_id": claim}, kind=kind, signed_on=on, parties=entry.company[:200],
            fixed_yuan=entry.fixed.yuan if entry.fixed else None,
            foreign_usd=entry.foreign.units if entry.foreign and in_dollars else None,
            promised_start_on=plans.get("planned_start_on"), promised_finish_on=plans.get("planned_finish_on"),
            promised_production_on=plans.get("planned_production_on"), entered_at=self._ground.now,
            entered_by_id=self._ground.actor.id,
        )  # fmt: skip
        yield contract
        if entry.total is not None and self._ground.knows_rate(entry.total):
            yield self._sum(MoneyKind.CONTRACT, on, entry.total, claim, contract)

    def _sum(
        self, kind: MoneyKind, on: date, money: Money, claim: Draft | None = None, contract: Draft | None = None
    ) -> Draft:
        links = {"claim_id": claim, "contract_id": contract}
        return self._draft(MoneyEntry, links, kind=kind, happened_on=on, **self._ground.money_values(money))

    def _agreement(self) -> Iterator[Draft]:
        if self._proposal.history.agreement is not None:
            kind, on = self._proposal.history.agreement
            claim = self._claim(ClaimKind.CONTRACT, on)
            yield claim
            yield from self._contract(kind, on, claim)

    def _status_change(self) -> Iterator[Draft]:
        to_status, on = self._proposal.history.status, self._ground.settings.as_of
        if to_status is None:
            return
        claim = self._claim(ClaimKind.STATUS, on) if to_status is Status.WITHDRAWN else None
        if claim is not None:
            yield claim
        yield self._draft(
            StatusChange, {"claim_id": claim}, from_status=self._status, to_status=to_status, changed_on=on,
            reason_class=LossReason.OTHER, reason=f"台账写“{self._entry.stage_words}”", recorded_at=self._ground.now,
            recorded_by_id=self._ground.actor.id,
        )  # fmt: skip

    def _money(self) -> Iterator[Draft]:
        if self._proposal.plan is not None:
            yield self._sum(MoneyKind.PLAN, self._ground.settings.as_of, self._proposal.plan)
        for step in self._proposal.money:
            claim = self._claim(MONEY_CLAIM[step.kind], step.on)
            yield claim
            yield self._sum(step.kind, step.on, Money(step.yuan), claim)

    def _people(self) -> Iterator[Draft]:
        for role, user_id in self._proposal.members:
            yield self._draft(ProjectMember, user_id=user_id, role=role, from_on=self._ground.settings.as_of)
        company = self._proposal.company
        if company is not None and company.contact is not None and self._company_id is not None:
            name, phone = company.contact
            values = {"name": name or UNNAMED, "phone": phone[:200], "created_at": self._ground.now}
            yield Draft(Contact, {"company_id": self._company_id, "created_by_id": self._ground.actor.id, **values})

    def _lists(self) -> Iterator[Draft]:
        planned_start_on = self._proposal.history.plans.get("planned_start_on")
        for key_list, year, listing_class in self._proposal.listings:
            yield self._draft(
                Listing, key_list=key_list, year=year, listing_class=listing_class, planned_start_on=planned_start_on,
                from_on=self._ground.settings.as_of,
            )  # fmt: skip

    def _months(self) -> Iterator[Draft]:
        ground, verified = self._ground, self._ground.settings.verified
        if self._proposal.annual is not None:
            year, planned_yuan, goal = self._proposal.annual
            yield self._draft(
                AnnualPlan, year=year, planned_yuan=planned_yuan, goal=goal, reason="台账导入", approved_at=ground.now,
                approved_by_id=ground.actor.id,
            )  # fmt: skip
        if self._proposal.month is not None:
            progress, problem, next_plan = self._proposal.month
            yield self._draft(
                MonthlyReport, month=Month.of(ground.settings.as_of).first, progress=progress, problem=problem,
                next_plan=next_plan, state=ReportState.VERIFIED if verified else ReportState.REPORTED,
                reported_at=ground.now, reported_by_id=None if verified else ground.actor.id,
                verified_by_id=ground.actor.id if verified else None, verified_at=ground.now if verified else None,
            )  # fmt: skip
