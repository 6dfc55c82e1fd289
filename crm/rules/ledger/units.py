"""In what unit amounts stand: 元, 万元, 亿元, 万美元; found in headers, in unit rows, in the cell itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from crm.choices import Currency
from crm.rules.ledger.text import squeeze

SCALES = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
    "million": 10**6,
    "billion": 10**9,
}

# Every way a currency is written next to a number; 元 alone is 人民币.
CURRENCY_WORDS = {
    "元人民币": Currency.CNY,
    "人民币元": Currency.CNY,
    "人民币": Currency.CNY,
    "RMB": Currency.CNY,
    "CNY": Currency.CNY,
    "¥": Currency.CNY,
    "元": Currency.CNY,
    "圆": Currency.CNY,
    "美元": Currency.USD,
    "美金": Currency.USD,
    "USD": Currency.USD,
    "US$": Currency.USD,
    "$": Currency.USD,
    "港元": Currency.HKD,
    "港币": Currency.HKD,
    "港幣": Currency.HKD,
    "HKD": Currency.HKD,
    "HK$": Currency.HKD,
    "欧元": Currency.EUR,
    "EUR": Currency.EUR,
    "€": Currency.EUR,
    "日元": Currency.JPY,
    "日圆": Currency.JPY,
    "日币": Currency.JPY,
    "JPY": Currency.JPY,
    "英镑": Currency.GBP,
    "GBP": Currency.GBP,
    "£": Currency.GBP,
    "新加坡元": Currency.SGD,
    "新元": Currency.SGD,
    "新币": Currency.SGD,
    "SGD": Currency.SGD,
    "韩元": Currency.KRW,
    "韩币": Currency.KRW,
    "KRW": Currency.KRW,
    "新台币": Currency.TWD,
    "台币": Currency.TWD,
    "TWD": Currency.TWD,
}
# Longest first, so that 港元 is not read as 元 and 元人民币 not as 元.
CURRENCY_PATTERN = "|".join(re.escape(word) for word in sorted(CURRENCY_WORDS, key=len, reverse=True))
# Currencies the register does not keep: named, so that 加元 is never taken for 元.
OTHER_CURRENCY = "澳大利亚元|加拿大元|瑞士法郎|澳元|加元|澳门元|卢布|泰铢|越南盾|马币|林吉特|卢比|法郎|克朗"


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` of the currency's own unit: 万元 is 10,000 CNY."""

    factor: int
    currency: Currency = Currency.CNY

    @property
    def label(self) -> str:
        """万元, 亿港元, 美元."""
        scale = next((word for word, factor in SCALES.items() if factor == self.factor), "")
        return scale + ("元" if self.currency is Currency.CNY else self.currency.label)


YUAN = Unit(1)
WAN = Unit(10**4)
YI = Unit(10**8)
WAN_USD = Unit(10**4, Currency.USD)
# What the screen offers when nothing was found.
CHOICES = (YUAN, Unit(1000), WAN, Unit(10**6), YI, Unit(1, Currency.USD), WAN_USD, Unit(10**8, Currency.USD))

_UNIT = re.compile(rf"(十亿|亿|千万|百万|十万|万|千|百)?({OTHER_CURRENCY}|{CURRENCY_PATTERN})", re.IGNORECASE)
_MONEY_WORD = r"(?:十|百|千|万|亿)*(?:美|港|欧|日)?元"
_PER = re.compile(rf"元[/每](?!{_MONEY_WORD}|人民币)\S|[^元]/{_MONEY_WORD}")
_CODE_FIRST = re.compile(r"(RMB|CNY|USD|HKD|EUR|JPY|GBP)(十亿|亿|千万|百万|十万|万)(?!元)", re.IGNORECASE)
_DECLARED = re.compile(r"(?:单位|金额|币种|计量)[::(]*(.{0,16})")
_BARE_SCALE = re.compile(r"[(\[【]?(十亿|亿|千万|百万|万)[)\]】]?")


def units_in(text: str) -> tuple[Unit, ...]:
    """Every money unit named in a text, in order; prices such as 万元/亩 are none."""
    squeezed = squeeze(text)
    if _PER.search(squeezed):
        return ()
    reversed_order = [
        Unit(SCALES[match[2]], CURRENCY_WORDS[match[1].upper()]) for match in _CODE_FIRST.finditer(squeezed)
    ]
    found = (
        Unit(SCALES[match[1] or ""], CURRENCY_WORDS[match[2].upper()])
        for match in _UNIT.finditer(_CODE_FIRST.sub("", squeezed))
        if match[2].upper() in CURRENCY_WORDS
    )
    return tuple(dict.fromkeys((*reversed_order, *found)))


def unit_named(label: str) -> Unit | None:
    """The unit a person chose by its label ("万元"); None for a word that is no unit."""
    found = units_in(label)
    return found[0] if len(found) == 1 else None


def declared_units(text: str) -> tuple[Unit, ...]:
    """The units a unit row declares: "单位：万元", "金额单位：个、亿元、亩", "（万元）"; 编制单位：… declares none."""
    squeezed = squeeze(text)
    if len(squeezed) <= 8:
        whole = units_in(squeezed)
        if whole and _UNIT.sub("", squeezed).strip("()[]【】:、,和/单位") == "":
            return whole
    found: list[Unit] = []
    for match in _DECLARED.finditer(squeezed):
        found.extend(units_in(match[1]))
    return tuple(dict.fromkeys(found))


def header_units(text: str) -> tuple[Unit, ...]:
    """The units in a header: "总投资（亿元）"; "总投资（万）" counts, 万 there can only be 万元."""
    found = units_in(text)
    if found:
        return found
    for bracketed in re.findall(r"[(\[【]([^)\]】]*)[)\]】]", squeeze(text)):
        scale = _BARE_SCALE.fullmatch(bracketed)
        if scale:
            return (Unit(SCALES[scale[1]]),)
    return ()


def guess_unit(numbers: Sequence[Decimal]) -> Unit | None:
    """By magnitude, for a suggestion only: typical projects are worth 0.3 to 100 亿元."""
    sizes = [abs(number) for number in numbers if number]
    if not sizes:
        return None
    middle = median(sizes)
    if middle >= 5_000_000:
        return YUAN
    return WAN if middle >= 400 else YI
