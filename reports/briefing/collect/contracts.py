"""签约项目一览表 and its neighbours: what was signed, only agreed or lost, and the rates by which money was converted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from crm.choices import ContractKind, Currency, Stage
from crm.models import Contract, MoneyEntry, StatusChange
from crm.queries.totals.registry import AGREEMENTS, CONTRACTS, LOSSES, RELOCATIONS
from reports.briefing.collect.cards import Card
from reports.briefing.collect.month import Counted, Reading
from reports.briefing.facts import RateUsed, Relocated, Signed, Withdrawal

NODES = {
    Stage.REGISTERED: "注册",
    Stage.PREPARATION: "前期",
    Stage.STARTED: "开工",
    Stage.FINISHED: "竣工",
    Stage.PRODUCING: "投产",
    Stage.FULL_CAPACITY: "达产",
}


def signed(reading: Reading) -> tuple[Signed, ...]:
    """The year's formal contracts and supplements that count."""
    return _rows(reading, reading.rows(CONTRACTS, reading.totals.in_year))


def frameworks(reading: Reading) -> tuple[Signed, ...]:
    """The year's framework agreements and letters of intent: listed apart, counted nowhere."""
    return _rows(reading, reading.rows(AGREEMENTS, reading.totals.in_year))


def _rows(reading: Reading, rows: Sequence[Counted]) -> tuple[Signed, ...]:
    cards = reading.cards(row.project_id for row in rows)
    found = reading.session.scalars(select(Contract).where(Contract.id.in_([row.id for row in rows])))
    kinds = {contract.id: contract.kind for contract in found}
    starts = reading.arrived_at(Stage.STARTED)
    return tuple(
        _signed(reading, row, cards[row.project_id], kinds[row.id], starts.get(row.project_id)) for row in rows
    )


def _signed(reading: Reading, row: Counted, card: Card, kind: ContractKind, started_on: date | None) -> Signed:
    stage, _since = reading.stages.get(row.project_id, (Stage.SIGNED, row.on))
    return Signed(
        project_id=card.project_id,
        name=card.name,
        key=row.project_id,
        signed_on=row.on,
        total_yuan=row.yuan,
        investor=card.investor,
        origin=card.origin,
        capital=card.capital,
        industry=card.industry,
        foreign_usd=row.usd,
        fixed_yuan=row.fixed_yuan,
        registered_yuan=card.registered_yuan,
        contract=kind.label,
        site=card.site,
        officer=card.officer,
        node=NODES.get(stage, "签约") if kind is not ContractKind.FRAMEWORK else "",
        started_on=started_on,
        counts=bool(row.counts),
        note="补充协议，计增减额" if kind is ContractKind.SUPPLEMENT else "",
        code=card.code,
        area=card.area,
        content=card.content,
        unit=card.unit,
        team=card.team,
        planned_start_on=card.planned_start_on,
    )


def relocated(reading: Reading) -> tuple[Relocated, ...]:
    """Projects that only moved within the city and signed this year; nobody where the office counts them."""
    if reading.totals.basis.counts_relocations or not reading.totals["relocated_count"].year:
        return ()
    rows = [row for row in reading.rows(RELOCATIONS, reading.totals.in_year) if row.counts]
    cards = reading.cards(row.project_id for row in rows)
    return tuple(
        Relocated(card.project_id, card.name, row.on, row.yuan) for row in rows for card in (cards[row.project_id],)
    )


def withdrawals(reading: Reading) -> tuple[Withdrawal, ...]:
    """Signed projects lost or withdrawn in the month; the months of their signing stay as they were."""
    rows = reading.rows(LOSSES, reading.totals.in_month)
    cards = reading.cards(row.project_id for row in rows)
    changes = select(StatusChange).where(StatusChange.id.in_([row.id for row in rows]))
    reasons = {change.id: change for change in reading.session.scalars(changes)}
    return tuple(
        Withdrawal(card.project_id, card.name, row.yuan, "" if card.is_secret else _reason(reasons[row.id]))
        for row in rows
        for card in (cards[row.project_id],)
    )


def _reason(change: StatusChange) -> str:
    said = (change.reason_class.label if change.reason_class else "", change.reason)
    return "：".join(part for part in said if part)


def rates(reading: Reading) -> tuple[RateUsed, ...]:
    """The rates by which the month's foreign money was converted, each once."""
    used = (
        select(MoneyEntry.currency, MoneyEntry.rate, MoneyEntry.rate_on)
        .where(
            MoneyEntry.currency != Currency.CNY,
            MoneyEntry.happened_on.between(reading.month.first, reading.month.last),
            MoneyEntry.entered_at < reading.totals.basis.known_before,
        )
        .distinct()
        .order_by(MoneyEntry.currency, MoneyEntry.rate_on)
    )
    return tuple(
        RateUsed(currency, rate.normalize(), rate_on or reading.month.last)
        for currency, rate, rate_on in reading.session.execute(used)
    )
