"""What every row that an import writes has in common: the batch, the importer, the moment, and how much is vouched for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.choices import ClaimKind, ClaimState, Currency
from crm.models import ImportBatch
from crm.policy import Actor
from crm.rules.importing.directory import Directory
from crm.rules.importing.entry import Money
from crm.rules.importing.settings import ImportSettings
from crm.rules.money import in_yuan


@dataclass(frozen=True)
class Ground:
    """Under every row of one batch."""

    batch: ImportBatch
    actor: Actor
    settings: ImportSettings
    directory: Directory
    now: datetime

    def claim_values(self, kind: ClaimKind, row_number: int) -> dict[str, Any]:
        """A claim as this import makes it: verified history whose evidence is the file, or a report that waits."""
        note = f"台账“{self.batch.filename}”第 {row_number} 行"
        values: dict[str, Any] = {"kind": kind, "note": note, "reported_at": self.now, "batch_id": self.batch.id}
        if self.settings.verified:
            verdict = {"state": ClaimState.VERIFIED, "verified_by_id": self.actor.id, "verified_at": self.now}
            return {**values, **verdict, "reported_by_id": None}
        return {**values, "state": ClaimState.REPORTED, "reported_by_id": self.actor.id}

    def knows_rate(self, money: Money) -> bool:
        """Whether the amount can be said in yuan."""
        return money.currency is Currency.CNY or money.currency in self.directory.rates

    def money_values(self, money: Money) -> dict[str, Any]:
        """An amount with the rate of the ledger's day; the caller has seen that there is one."""
        values: dict[str, Any] = {
            "amount": money.units,
            "currency": money.currency,
            "entered_at": self.now,
            "entered_by_id": self.actor.id,
            "batch_id": self.batch.id,
        }
        if money.currency is Currency.CNY:
            return {**values, "rate": Decimal(1), "rate_on": None, "amount_yuan": money.units}
        rate = self.directory.rates[money.currency]
        return {**values, "rate": rate.rate, "rate_on": rate.rate_on, "amount_yuan": in_yuan(money.units, rate.rate)}
