"""Arrived and completed money: a ledger states running sums, the register keeps entries; the difference is what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crm.choices import Currency, MoneyKind
from crm.rules.importing.entry import Entry, Money
from crm.rules.importing.remarks import Note, warn
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import Standing
from crm.rules.ledger.amounts import money_text
from crm.rules.ledger.fields import Field


@dataclass(frozen=True, slots=True)
class MoneyStep:
    """A sum to be entered, in whole yuan, on a day."""

    kind: MoneyKind
    field: Field
    yuan: int
    on: date

    @property
    def words(self) -> str:
        """新增 1200 万元（2022-10-20）."""
        return f"新增 {money_text(self.yuan, Currency.CNY)}（{self.on.isoformat()}）"


def money_steps(
    entry: Entry, settings: ImportSettings, standing: Standing | None
) -> tuple[tuple[MoneyStep, ...], tuple[Note, ...]]:
    """What the ledger's sums add to what is verified or waits to be; a smaller sum changes nothing and is said."""
    found = list(_found(entry, settings, standing))
    return (
        tuple(item for item in found if isinstance(item, MoneyStep)),
        tuple(item for item in found if isinstance(item, Note)),
    )


def _found(entry: Entry, settings: ImportSettings, standing: Standing | None) -> Iterator[MoneyStep | Note]:
    as_of = settings.as_of
    completed = standing.completed if standing else {}
    arrived_yuan = standing.arrived_yuan if standing else 0
    yield from _added(MoneyKind.ARRIVED, Field.ARRIVED, entry.arrived, arrived_yuan, as_of)
    this_year = entry.annual_done
    begun_this_year = entry.started is not None and entry.started.first.year == as_of.year
    if this_year is None and entry.done is not None and begun_this_year:
        this_year = entry.done
    yield from _added(MoneyKind.COMPLETED, Field.ANNUAL_COMPLETED, this_year, completed.get(as_of.year, 0), as_of)
    if entry.done is None or begun_this_year:
        return
    if entry.annual_done is None:
        if entry.done.units:
            words = "累计完成没有分出本年，没有写入；请加一列“本年完成投资”"
            yield warn(Field.COMPLETED, words, "completed_undivided")
        return
    earlier = entry.done.units - entry.annual_done.units
    before = sum(yuan for year, yuan in completed.items() if year < as_of.year)
    if earlier < 0:
        yield warn(Field.COMPLETED, "累计完成小于本年完成，请核对", "completed_less")
        return
    last_year = date(as_of.year - 1, 12, 31)
    yield from _added(MoneyKind.COMPLETED, Field.COMPLETED, Money(earlier, entry.done.currency), before, last_year)


def _added(kind: MoneyKind, where: Field, told: Money | None, known: int, on: date) -> Iterator[MoneyStep | Note]:
    if told is None:
        return
    if told.currency is not Currency.CNY:
        yield warn(where, f"{where.label}按人民币登记，这里是{told.currency.label}，没有写入", "foreign_sum")
    elif told.units > known:
        yield MoneyStep(kind, where, told.units - known, on)
    elif told.units < known:
        yield warn(where, f"库中已有 {money_text(known, Currency.CNY)}，台账较小，以库中为准", "sum_smaller")
