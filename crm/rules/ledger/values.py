"""One cell, read as its field: amounts, days, words of closed vocabularies, texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from crm.choices import Currency
from crm.rules.ledger.amounts import read_amount, suspicion
from crm.rules.ledger.cells import Cell, CellError, show
from crm.rules.ledger.dates import read_day, read_range
from crm.rules.ledger.fields import MONEY_FIELDS, Field
from crm.rules.ledger.findings import Remark, error, hint
from crm.rules.ledger.identifiers import read_credit_code, read_phones
from crm.rules.ledger.model import Value
from crm.rules.ledger.text import fold, is_nothing, squeeze, tidy
from crm.rules.ledger.units import Unit
from crm.rules.ledger.wording import (
    StageReading,
    is_no,
    is_tick,
    read_capital_kind,
    read_company_classes,
    read_contract_kind,
    read_currency,
    read_levels,
    read_stage,
)

Read = tuple[Value | None, tuple[Remark, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a cell does not say itself: its column's unit and header, the row's currency, the ledger's year.

    `asks_currency`: the list has a currency column; a row that leaves it empty has no sure amount.
    """

    unit: Unit | None = None
    label: str = ""
    currency: Currency | None = None
    asks_currency: bool = False
    year: int | None = None


def read_value(field: Field, cell: Cell, context: Context) -> Read:
    """A cell as its field's value, None for nothing; never raises."""
    if field in MONEY_FIELDS:
        return _money(field, cell, context)
    if cell is None or (isinstance(cell, str) and is_nothing(cell)):
        return None, ()
    if isinstance(cell, CellError):
        return None, (error("formula_error", f"公式出错（{cell.code}），请改填内容"),)
    return _READERS.get(field, _text)(cell, context)


def _money(field: Field, cell: Cell, context: Context) -> Read:
    currency = None if field is Field.FOREIGN_CAPITAL else context.currency
    read = read_amount(cell, context.unit, currency)
    amount, remarks = read.amount, read.remarks
    if amount is None or field is not Field.TOTAL_INVESTMENT:
        return amount, remarks
    if amount.sure and context.asks_currency and currency is None and not _names_currency(cell):
        why = "币种列是空的，是不是人民币不能确定，请填币种"
        unsure = type(amount)(amount.value, None, False, amount.reading, why)
        return unsure, (*remarks, error("no_currency", why))
    doubt = suspicion(amount, cell, context.unit)
    if doubt is None:
        return amount, remarks
    if doubt.code == "unit_mixed_up" and doubt.severity.name == "ERROR":
        amount = type(amount)(amount.value, amount.currency, False, amount.reading, doubt.message)
    return amount, (*remarks, doubt)


def _names_currency(cell: Cell) -> bool:
    return isinstance(cell, str) and re.search(r"元|[￥$€£]|[A-Z]{3}", fold(cell)) is not None


def _day(cell: Cell, context: Context) -> Read:
    read = read_day(cell, context.year)
    return read.day, read.remarks


def _end_day(cell: Cell, context: Context) -> Read:
    read = read_day(cell, context.year, end=True)
    return read.day, read.remarks


def _span(cell: Cell, context: Context) -> Read:
    read = read_range(cell, context.year)
    return read.span, read.remarks


def _credit_code(cell: Cell, context: Context) -> Read:
    read = read_credit_code(cell)
    return read.text or None, read.remarks


def _phones(cell: Cell, context: Context) -> Read:
    read = read_phones(cell)
    return read.numbers or None, read.remarks


def _stage(cell: Cell, context: Context) -> Read:
    """Words, or a tick under a header that is the stage; a day under such a header says it was reached."""
    text = show(cell)
    if is_no(text):
        return None, ()
    if is_tick(text):
        reading, remarks = read_stage(context.label.split(" ")[-1])
        return (
            reading and StageReading(reading.stage, reading.status, reading.listing, context.label, "表头")
        ), remarks
    return read_stage(text)


def _levels(cell: Cell, context: Context) -> Read:
    found, remarks = read_levels(show(cell), context.label)
    return found or None, remarks


def _capital(cell: Cell, context: Context) -> Read:
    return read_capital_kind(show(cell))


def _contract(cell: Cell, context: Context) -> Read:
    return read_contract_kind(show(cell))


def _currency(cell: Cell, context: Context) -> Read:
    return read_currency(show(cell))


def _classes(cell: Cell, context: Context) -> Read:
    text = show(cell)
    return read_company_classes(context.label if is_tick(text) else text) or None, ()


_LONGEST_AREA = 9
_AREAS = (
    (re.compile(r"公顷|ha", re.IGNORECASE), Decimal(15)),
    (re.compile(r"平方公里|km2", re.IGNORECASE), Decimal(1500)),
    (re.compile(r"平方米|平米|m2|㎡", re.IGNORECASE), Decimal(1) / Decimal("666.67")),
    (re.compile(r"亩"), Decimal(1)),
)


def _land(cell: Cell, context: Context) -> Read:
    """亩, to two places; 公顷 and 平方米 are converted (domain.md §1.2)."""
    text = squeeze(show(cell)).replace(",", "")
    found = re.search(r"\d+(?:\.\d+)?", text)
    if found is None:
        return None, (hint("not_land", f"“{text}”里没有面积"),)
    spoken = text[found.end() :] + text[: found.start()]
    factor = _area(spoken) or _area(squeeze(context.label)) or Decimal(1)
    if len(re.findall(r"\d+(?:\.\d+)?", text)) > 1:
        return None, (hint("several_areas", f"“{text}”写有几个数，请填一个面积（亩）"),)
    if len(found[0].partition(".")[0]) > _LONGEST_AREA:
        return None, (error("odd_area", f"“{text[:20]}”面积过大，请核对"),)
    return (Decimal(found[0]) * factor).quantize(Decimal("0.01"), ROUND_HALF_UP), ()


def _area(text: str) -> Decimal | None:
    return next((factor for pattern, factor in _AREAS if pattern.search(text)), None)


def _serial(cell: Cell, context: Context) -> Read:
    return squeeze(show(cell)), ()


def _text(cell: Cell, context: Context) -> Read:
    return tidy(show(cell)) or None, ()


_READERS: dict[Field, Callable[[Cell, Context], Read]] = {
    Field.SERIAL: _serial,
    Field.CODE: _serial,
    Field.CREDIT_CODE: _credit_code,
    Field.CONTACT_PHONE: _phones,
    Field.STAGE: _stage,
    Field.LEVEL: _levels,
    Field.CAPITAL_KIND: _capital,
    Field.CONTRACT_KIND: _contract,
    Field.CURRENCY: _currency,
    Field.COMPANY_CLASS: _classes,
    Field.LAND_MU: _land,
    Field.YEAR_RANGE: _span,
    Field.FIRST_CONTACT_ON: _day,
    Field.SIGNED_ON: _day,
    Field.REGISTERED_ON: _day,
    Field.START_ON: _day,
    Field.END_ON: _end_day,
    Field.PRODUCING_ON: _end_day,
}
