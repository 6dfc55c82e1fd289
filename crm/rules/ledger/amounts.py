"""Amounts as clerks write them, read exactly or not at all (quirks.md; domain.md §1.1).

An amount is `sure` when the cell says one number in one known unit and currency. 约, 近, 超, 多, 以上 keep the number
and are remarked on; a range, a joint amount of several rows, lost digits or an unknown unit are not sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from crm.choices import Currency
from crm.rules.ledger.cells import Cell, CellError, plain, show
from crm.rules.ledger.findings import Remark, error, hint
from crm.rules.ledger.money_text import Meaning, Pattern, money_in
from crm.rules.ledger.quantities import Money
from crm.rules.ledger.text import is_nothing, squeeze
from crm.rules.ledger.units import Unit

LARGEST_YUAN = 10**12
"""No single project in China is worth 10,000 亿元: above it the unit is wrong."""
LARGE_YUAN = 1000 * 10**8
SMALL_YUAN = 100 * 10**4

_IMPOSSIBLE = 10**15

_UNDECIDED = re.compile(r"待[定核填]|未定|面议|不详|涉密|保密|暂不|另行|商议|洽谈中")
_SAME_AS_ABOVE = re.compile(r"同上|见上|〃|\"|同前")


@dataclass(frozen=True, slots=True)
class Amount:
    """`value` in whole units of `currency` (yuan for CNY), half up; None when no single number can be named.

    Only a `sure` amount may be added up. `reading` says what was read, `why_not` why it is not sure.
    """

    value: int | None
    currency: Currency | None
    sure: bool
    reading: str
    why_not: str = ""

    @property
    def yuan(self) -> int | None:
        """The value if it is a sure amount in CNY."""
        return self.value if self.sure and self.currency is Currency.CNY else None


@dataclass(frozen=True, slots=True)
class AmountRead:
    """What a cell gave: nothing (None) for an empty one, else an amount, with remarks."""

    amount: Amount | None
    remarks: tuple[Remark, ...] = ()


EMPTY = AmountRead(None)


@lru_cache(maxsize=50_000, typed=True)
def read_amount(cell: Cell, unit: Unit | None, currency: Currency | None = None) -> AmountRead:
    """A cell of a money column. `unit` is the column's (None: not stated anywhere), `currency` the row's if it has one."""
    if cell is None or (isinstance(cell, str) and is_nothing(cell)):
        return EMPTY
    if isinstance(cell, CellError):
        return _unread(f"公式出错（{cell.code}），请填金额", "formula_error")
    if isinstance(cell, bool):
        return _unread(f"“{show(cell)}”不是金额，请填数字", "not_amount")
    if isinstance(cell, date):
        return _unread(f"这里是日期 {show(cell)}，可能被 Excel 改过格式，请填金额", "date_in_amount")
    if isinstance(cell, str):
        return _from_text(cell, unit, currency)
    return _bare(Decimal(cell), unit, currency, show(cell))


def yuan_text(yuan: int) -> str:
    """Exact and short: "6.80 亿元", "1234.5678 万元", "500 元"."""
    return money_text(yuan, Currency.CNY)


def money_text(value: int, currency: Currency | None) -> str:
    """An amount in words, exact: 亿 from 100 million up, 万 from ten thousand up."""
    name = "元" if currency is Currency.CNY else currency.label if currency else "（币种不明）"
    size = abs(value)
    if size >= 10**8:
        scaled = Decimal(value).scaleb(-8)
        return f"{scaled:.2f} 亿{name}" if value % 10**6 == 0 else f"{plain(scaled)} 亿{name}"
    if size >= 10**4:
        return f"{plain(Decimal(value).scaleb(-4))} 万{name}"
    return f"{value} {name}"


def suspicion(amount: Amount, cell: Cell, unit: Unit | None) -> Remark | None:
    """A total investment outside all experience: named, with what it would be in the likelier unit (domain.md §7 (12))."""
    value = amount.yuan
    if value is None or SMALL_YUAN <= value <= LARGE_YUAN:
        return None
    number = _as_number(cell)
    written = amount.reading if number is None or unit is None else f"{plain(number)} {unit.label}"
    likelier = None if number is None or unit is None else _likelier(number, unit, value > LARGE_YUAN)
    kind = error if value > LARGEST_YUAN else hint
    if value == 0:
        return hint("zero_amount", "总投资为 0，请核对")
    size = "过大" if value > LARGE_YUAN else "过小"
    if likelier is None:
        return kind("odd_size", f"{written}{size}，请核对")
    other, yuan = likelier
    text = yuan_text(yuan)
    return kind("unit_mixed_up", f"{written}{size}，是否误填{other.label}？应为 {text}。", text.replace(" ", ""))


def _likelier(number: Decimal, unit: Unit, too_large: bool) -> tuple[Unit, int] | None:
    """The unit that would make it an ordinary project: the next smaller of 亿元, 万元, 元, or the next larger."""
    ladder = (10**8, 10**4, 1)
    for factor in ladder if too_large else reversed(ladder):
        fits = factor < unit.factor if too_large else factor > unit.factor
        yuan = _round(number * factor)
        if fits and SMALL_YUAN <= yuan <= LARGE_YUAN:
            return Unit(factor), yuan
    return None


def _as_number(cell: Cell) -> Decimal | None:
    if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
        return Decimal(cell)
    if isinstance(cell, str) and re.fullmatch(r"\d[\d,]*(\.\d+)?", squeeze(cell)):
        return Decimal(squeeze(cell).replace(",", ""))
    return None


def _from_text(text: str, unit: Unit | None, currency: Currency | None) -> AmountRead:
    if _UNDECIDED.search(text) and not re.search(r"\d", text):
        return AmountRead(None, (hint("undecided_amount", f"写的是“{squeeze(text)}”，没有金额"),))
    if _SAME_AS_ABOVE.fullmatch(squeeze(text)):
        return _unread(f"写的是“{squeeze(text)}”，请填本项目自己的金额", "same_as_above")
    meaning = money_in(text)
    if meaning.pattern is Pattern.ONE and meaning.money is not None:
        return _one(meaning, _settled(meaning.money, unit, currency))
    return _unclear(meaning, unit, currency)


def _one(meaning: Meaning, read: AmountRead) -> AmountRead:
    if read.amount is None or not read.amount.sure or not meaning.remark:
        return read
    remark = hint("approximate_amount", f"{meaning.remark}，按 {read.amount.reading}读入")
    return replace(read, remarks=(*read.remarks, remark))


def _unclear(meaning: Meaning, unit: Unit | None, currency: Currency | None) -> AmountRead:
    """A range, a joint amount, several amounts: not sure; what it may have meant is offered, not taken."""
    offer = _settled(meaning.money, unit, currency).amount if meaning.money else None
    suggestion = offer.reading.replace(" ", "") if offer and offer.sure else ""
    return _unread(meaning.why, meaning.code, suggestion)


def _settled(money: Money, unit: Unit | None, currency: Currency | None) -> AmountRead:
    """A sum from a text, with the column's unit where the text names none."""
    if money.currency is not None and currency not in (None, money.currency):
        why = f"金额写的是{money.currency.label}，币种列写的是{currency and currency.label}，请核对"
        return AmountRead(
            replace(_amount(money.number, money.currency), sure=False, why_not=why), (error("currency_conflict", why),)
        )
    if money.named:
        return _checked(_amount(money.number, money.currency or currency or (unit.currency if unit else Currency.CNY)))
    if money.currency is not None and (unit is None or unit.factor == 1):
        return _checked(_amount(money.number, money.currency))
    if money.currency is not None:
        why = f"写了币种没写单位，{plain(money.number)} 是元还是{unit and unit.label}，请核对"
        return _unread(why, "unit_missing")
    return _bare(money.number, unit, currency, plain(money.number))


def _bare(number: Decimal, unit: Unit | None, currency: Currency | None, written: str) -> AmountRead:
    """A number whose unit stands elsewhere."""
    if unit is None:
        why = f"没有写明单位，{written} 是多少元不能确定，请选单位"
        return AmountRead(Amount(None, currency, False, written, why), (error("no_unit", why),))
    return _checked(_amount(number * unit.factor, currency or unit.currency))


def _checked(amount: Amount) -> AmountRead:
    if amount.value is not None and abs(amount.value) >= _IMPOSSIBLE:
        why = "金额过大，不可能是真的，请核对"
        return AmountRead(Amount(None, amount.currency, False, "", why), (error("impossible_amount", why),))
    if amount.value is not None and amount.value < 0:
        why = f"金额是负数（{amount.reading}），请核对"
        return AmountRead(replace(amount, sure=False, why_not=why), (error("negative_amount", why),))
    return AmountRead(amount)


def _amount(number: Decimal, currency: Currency) -> Amount:
    value = _round(number)
    return Amount(value, currency, True, money_text(value, currency))


def _round(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


def _unread(why: str, code: str, suggestion: str = "") -> AmountRead:
    return AmountRead(Amount(None, None, False, "", why), (error(code, why, suggestion),))
