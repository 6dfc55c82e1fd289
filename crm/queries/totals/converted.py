"""Foreign money beside its worth in yuan, each row at the rate of its own day: told, never added to 亿元 (domain.md §10.3).

What arrived keeps the rate it was entered with; what a contract promises in dollars is turned by the rate its own amount was
entered with, else by the one on record on the day of signing. Without a rate nothing is said in yuan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from crm.choices import Currency, MoneyKind
from crm.models import ExchangeRate, MoneyEntry
from crm.queries.totals.basis import Verdict
from crm.queries.totals.evaluate import Totals
from crm.queries.totals.registry import CONTRACTS, FIGURES, FOREIGN_ARRIVALS, Figure
from crm.rules.days import Period
from crm.rules.figures import half_up

SIGNED, ARRIVED = FIGURES["signed_foreign_usd"], FIGURES["arrived_usd"]


class Row(NamedTuple):
    """One foreign amount; `rate` and its day are None where none is on record."""

    on: date
    currency: Currency
    amount: int
    rate: Decimal | None
    rate_on: date | None
    yuan: int | None


class Used(NamedTuple):
    """A rate that was used, and the day it is of."""

    rate: Decimal
    rate_on: date


@dataclass(frozen=True, slots=True)
class Converted:
    """Foreign money of one kind and currency over a period, in whole units, with what of it a rate turns into yuan."""

    figure: Figure
    currency: Currency
    rows: Sequence[Row]

    @property
    def amount(self) -> int:
        """All of it, in its currency."""
        return sum(row.amount for row in self.rows)

    @property
    def yuan(self) -> int | None:
        """What it is worth, each row at its own rate; None where no row has one."""
        found = [row.yuan for row in self.rows if row.yuan is not None]
        return sum(found) if found else None

    @property
    def unconverted(self) -> int:
        """What has no rate on record, in its currency."""
        return sum(row.amount for row in self.rows if row.yuan is None)

    @property
    def rates(self) -> list[Used]:
        """Every rate once, in order of day."""
        used = {Used(row.rate, row.rate_on) for row in self.rows if row.rate is not None and row.rate_on is not None}
        return sorted(used, key=lambda one: (one.rate_on, one.rate))

    def within(self, period: Period) -> Converted:
        """What of it lies in a part of the period."""
        return Converted(self.figure, self.currency, [row for row in self.rows if row.on in period])


def converted(totals: Totals) -> list[Converted]:
    """合同外资 and 实际使用外资 of the year to date, a line a currency, dollars first; two statements."""
    return [*_of(SIGNED, _promised(totals)), *_of(ARRIVED, _arrived(totals))]


def _of(figure: Figure, rows: Sequence[Row]) -> Iterable[Converted]:
    currencies = sorted({row.currency for row in rows}, key=lambda one: (one is not Currency.USD, one.value))
    return [Converted(figure, currency, [row for row in rows if row.currency is currency]) for currency in currencies]


def _arrived(totals: Totals) -> list[Row]:
    rows = FOREIGN_ARRIVALS.rows(totals.basis, totals.in_year).subquery("arrivals")
    found = totals.session.execute(
        select(rows.c.on, MoneyEntry.currency, MoneyEntry.amount, MoneyEntry.rate, MoneyEntry.rate_on, MoneyEntry.amount_yuan)
        .join(MoneyEntry, MoneyEntry.id == rows.c.id)
        .where(rows.c.verdict.in_((Verdict.COUNTED.value, Verdict.OTHER_CURRENCY.value)))
        .order_by(rows.c.on, rows.c.id)
    )  # fmt: skip
    return [row if row.rate_on else row._replace(rate=None, yuan=None) for row in map(Row._make, found)]


def _promised(totals: Totals) -> list[Row]:
    """Dollars that contracts promise, with the rate of the contract's own amount or the one on record on its day."""
    rows = CONTRACTS.rows(totals.basis, totals.in_year).subquery("contracts")
    own, on_record = aliased(MoneyEntry, name="own"), aliased(ExchangeRate, name="on_record")
    newest = (
        select(ExchangeRate.id)
        .where(ExchangeRate.currency == Currency.USD, ExchangeRate.rate_on <= rows.c.on)
        .order_by(ExchangeRate.rate_on.desc())
        .limit(1)
        .correlate(rows)
        .scalar_subquery()
    )
    mine = (
        (own.contract_id == rows.c.id) & (own.kind == MoneyKind.CONTRACT) & (own.currency == Currency.USD)
        & own.rate_on.is_not(None)
    )  # fmt: skip
    found = totals.session.execute(
        select(rows.c.id, rows.c.on, rows.c.usd, own.rate, own.rate_on, on_record.rate, on_record.rate_on)
        .outerjoin(own, mine)
        .outerjoin(on_record, on_record.id == newest)
        .where(rows.c.verdict == Verdict.COUNTED.value, rows.c.usd.is_not(None), rows.c.usd != 0)
        .order_by(rows.c.on, rows.c.id, own.id)
    )
    first: dict[int, Row] = {}
    for number, on, usd, rate, rate_on, known, known_on in found:
        if number not in first:  # a contract entered in two parts speaks of its dollars once
            first[number] = _row(on, int(usd), rate or known, rate_on or known_on)
    return list(first.values())


def _row(on: date, usd: int, rate: Decimal | None, rate_on: date | None) -> Row:
    yuan = None if rate is None else int(half_up(usd * rate, 0))
    return Row(on, Currency.USD, usd, rate, rate_on, yuan)
