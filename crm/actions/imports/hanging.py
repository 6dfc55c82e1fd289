"""The rows that hang on a project: moves, contracts and money with their claims, people, lists, plans, the month's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crm.actions.imports.ground import Ground
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
    Project,
    ProjectMember,
    StageMove,
    StatusChange,
)
from crm.rules.days import Month
from crm.rules.importing.drafts import Proposal
from crm.rules.importing.entry import Entry, Money

MONEY_CLAIM = {MoneyKind.ARRIVED: ClaimKind.ARRIVAL, MoneyKind.COMPLETED: ClaimKind.COMPLETION}
UNNAMED = "（未写姓名）"


class Hanging:
    """The rows of one project that one row of a ledger makes. `was`: stage and status before this row."""

    def __init__(
        self,
        ground: Ground,
        project: Project,
        entry: Entry,
        proposal: Proposal,
        row_number: int,
        was: tuple[Stage | None, Status],
    ) -> None:
        self._ground, self._project, self._entry, self._proposal = ground, project, entry, proposal
        self._row_number = row_number
        self._stage, self._status = was

    def rows(self) -> Iterator[Base]:
        """All of them; claims come before what they vouch for."""
        yield from self._moves()
        yield from self._agreement()
        yield from self._status_change()
        yield from self._money()
        yield from self._people()
        yield from self._lists()
        yield from self._months()

    def _claim(self, kind: ClaimKind, on: Any) -> Claim:
        values = self._ground.claim_values(kind, self._row_number)
        return Claim(project_id=self._project.id, happened_on=on, **values)

    def _moves(self) -> Iterator[Base]:
        last = self._stage
        if last is None and not any(
            step.claim is None or self._ground.settings.verified for step in self._proposal.history.steps
        ):
            yield self._move(Stage.LEAD, None, self._ground.settings.as_of, None)
        for step in self._proposal.history.steps:
            claim = self._claim(step.claim, step.on) if step.claim else None
            if claim is not None:
                yield claim
            yield self._move(step.stage, last if last is not None and last < step.stage else None, step.on, claim)
            if claim is not None and step.claim is ClaimKind.SIGNING:
                yield from self._contract(ContractKind.FORMAL, step.on, claim)
            last = step.stage if last is None else max(last, step.stage)

    def _move(self, to: Stage, start: Stage | None, on: Any, claim: Claim | None) -> StageMove:
        ground = self._ground
        return StageMove(
            project_id=self._project.id, from_stage=start, to_stage=to, moved_on=on, claim=claim,
            recorded_at=ground.now, recorded_by_id=ground.actor.id, batch_id=ground.batch.id,
        )  # fmt: skip

    def _contract(self, kind: ContractKind, on: Any, claim: Claim) -> Iterator[Base]:
        """The contract and, where the ledger names a total, its money."""
        entry, plans = self._entry, self._proposal.history.plans
        contract = Contract(
            project_id=self._project.id, kind=kind, signed_on=on, claim=claim, parties=entry.company[:200],
            fixed_yuan=entry.fixed.yuan if entry.fixed else None,
            foreign_usd=entry.foreign.units if entry.foreign and entry.foreign.currency is Currency.USD else None,
            promised_start_on=plans.get("planned_start_on"), promised_finish_on=plans.get("planned_finish_on"),
            promised_production_on=plans.get("planned_production_on"),
            entered_at=self._ground.now, entered_by_id=self._ground.actor.id,
        )  # fmt: skip
        yield contract
        if entry.total is not None and self._ground.knows_rate(entry.total):
            values = self._ground.money_values(entry.total)
            yield self._entry_of(MoneyKind.CONTRACT, on, values, claim=claim, contract=contract)

    def _entry_of(self, kind: MoneyKind, on: Any, values: dict[str, Any], **links: Any) -> MoneyEntry:
        return MoneyEntry(project_id=self._project.id, kind=kind, happened_on=on, **values, **links)

    def _agreement(self) -> Iterator[Base]:
        if self._proposal.history.agreement is not None:
            kind, on = self._proposal.history.agreement
            claim = self._claim(ClaimKind.CONTRACT, on)
            yield claim
            yield from self._contract(kind, on, claim)

    def _status_change(self) -> Iterator[Base]:
        to_status = self._proposal.history.status
        if to_status is None:
            return
        on = self._ground.settings.as_of
        claim = self._claim(ClaimKind.STATUS, on) if to_status is Status.WITHDRAWN else None
        if claim is not None:
            yield claim
        yield StatusChange(
            project_id=self._project.id, from_status=self._status, to_status=to_status, changed_on=on, claim=claim,
            reason_class=LossReason.OTHER, reason=f"台账写“{self._entry.stage_words}”", recorded_at=self._ground.now,
            recorded_by_id=self._ground.actor.id,
        )  # fmt: skip

    def _money(self) -> Iterator[Base]:
        if self._proposal.plan is not None:
            values = self._ground.money_values(self._proposal.plan)
            yield self._entry_of(MoneyKind.PLAN, self._ground.settings.as_of, values)
        for step in self._proposal.money:
            claim = self._claim(MONEY_CLAIM[step.kind], step.on)
            yield claim
            yield self._entry_of(step.kind, step.on, self._ground.money_values(Money(step.yuan)), claim=claim)

    def _people(self) -> Iterator[Base]:
        for role, user_id in self._proposal.members:
            yield ProjectMember(
                project_id=self._project.id, user_id=user_id, role=role, from_on=self._ground.settings.as_of
            )
        company = self._proposal.company
        if company is not None and company.contact is not None and self._project.company_id is not None:
            name, phone = company.contact
            yield Contact(
                company_id=self._project.company_id,
                name=name or UNNAMED,
                phone=phone[:200],
                created_at=self._ground.now,
            )

    def _lists(self) -> Iterator[Base]:
        for key_list, year, listing_class in self._proposal.listings:
            yield Listing(
                project_id=self._project.id, key_list=key_list, year=year, listing_class=listing_class,
                planned_start_on=self._proposal.history.plans.get("planned_start_on"), from_on=self._ground.settings.as_of,
            )  # fmt: skip

    def _months(self) -> Iterator[Base]:
        ground = self._ground
        if self._proposal.annual is not None:
            year, planned_yuan, goal = self._proposal.annual
            yield AnnualPlan(
                project_id=self._project.id, year=year, planned_yuan=planned_yuan, goal=goal, reason="台账导入",
                approved_at=ground.now, approved_by_id=ground.actor.id,
            )  # fmt: skip
        if self._proposal.month is not None:
            progress, problem, next_plan = self._proposal.month
            state = ReportState.VERIFIED if ground.settings.verified else ReportState.REPORTED
            yield MonthlyReport(
                project_id=self._project.id, month=Month.of(ground.settings.as_of).first, state=state,
                progress=progress, problem=problem, next_plan=next_plan, reported_at=ground.now,
                reported_by_id=None if ground.settings.verified else ground.actor.id,
                verified_by_id=ground.actor.id if ground.settings.verified else None,
                verified_at=ground.now if ground.settings.verified else None,
            )  # fmt: skip
