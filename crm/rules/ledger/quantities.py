"""Sums of money found in a text, each with its scale and currency, told from other quantities (5万亩, 3项)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from crm.choices import Currency
from crm.rules.ledger.text import CHINESE_DIGITS, CHINESE_NUMERALS, chinese_number
from crm.rules.ledger.units import CURRENCY_PATTERN, CURRENCY_WORDS, OTHER_CURRENCY, SCALES


@dataclass(frozen=True, slots=True)
class Money:
    """A number with its scale multiplied in.

    `scale`: what the number was multiplied by; `named`: the text itself gives the unit (万, 亿 or a currency after the
    number), so that the column's unit does not apply; `vague`: 多, 余, 几; `unknown`: a currency the register lacks.
    """

    number: Decimal
    scale: int
    currency: Currency | None
    named: bool
    start: int
    end: int
    vague: bool = False
    unknown: bool = False


_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_NUMERALS = f"[{CHINESE_NUMERALS}]+(?:点[{CHINESE_NUMERALS}]+)?"
_SCALE = "million|billion|万亿|[十百千]?亿|[十百千]?万|[百千]"
_COUNTED = "(?:个(?=[十百千万亿]))?"
_PIECE = rf"(?P<number>{_DIGITS}|{_NUMERALS})(?P<few>[多余来几])?{_COUNTED}(?P<scale>{_SCALE})?"
_BARE_PIECE = re.sub(r"\?P<\w+>", "?:", _PIECE)
# After 1亿 may follow 8千万 or 零五百万, but not 千瓦: a further piece begins with a digit proper.
_NEXT_PIECE = rf"(?=[\d{''.join(CHINESE_DIGITS)}]){_BARE_PIECE}"
_PIECES = re.compile(_PIECE, re.IGNORECASE)
_SUM = re.compile(
    rf"(?P<before>{CURRENCY_PATTERN})?(?P<minus>(?<![\d万亿元%)])-)?"
    rf"(?P<pieces>{_BARE_PIECE}(?:{_NEXT_PIECE})*)(?P<more>[多余])?"
    rf"\(?(?P<after>{OTHER_CURRENCY}|{CURRENCY_PATTERN})?",
    re.IGNORECASE,
)
# What follows a quantity that is not money.
_MEASURES = re.compile(
    r"[件亩吨套台只头支辆户家项条片米公升度期年月日号级%‰倍层栋座间孔艘架瓶箱包袋株棵尾羽羊牛口井站次批种名位天时点兆伏安克斤尺颗#个床车]"
    r"|千瓦|千米|立方|平方|平米|方米|人(?!民币)|标煤|机组|学位|k[wvmg]|[mg]w|[mt](?![a-z])|mm|cm|kva|mva|tce",
    re.IGNORECASE,
)
# 几千万, 上亿: the numeral only gives the order.
_ORDER_ONLY = re.compile(r"[数几上好]$")


def sums_in(text: str) -> list[Money]:
    """Every sum of money, in order; `text` is folded and without spaces."""
    return [money for match in _SUM.finditer(text) if (money := _as_money(match, text)) is not None]


def _as_money(match: re.Match[str], text: str) -> Money | None:
    pieces = list(_PIECES.finditer(match["pieces"]))
    scales = [_scale_of(piece) for piece in pieces]
    if not _descending(scales) or not _is_money(match, text, scaled=max(scales) > 1):
        return None
    parts = [*_values(pieces)]
    if None in parts:
        return None
    total = sum((part for part in parts if part is not None), Decimal(0))
    vague = bool(match["more"]) or any(piece["few"] for piece in pieces)
    return Money(
        -total if match["minus"] else total,
        max(scales),
        _currency(match["before"], match["after"]),
        max(scales) > 1 or bool(match["after"]),
        match.start(),
        match.end(),
        vague,
        bool(match["after"] and re.fullmatch(OTHER_CURRENCY, match["after"])),
    )


def _is_money(match: re.Match[str], text: str, *, scaled: bool) -> bool:
    """A scale, a currency or at least Arabic digits, and no measure behind."""
    if match["after"]:
        return True
    if _MEASURES.match(text, match.end()):
        return False
    arabic = match["pieces"][0].isascii()
    if not arabic and _ORDER_ONLY.search(text[: match.start()]):
        return False
    return arabic or scaled or bool(match["before"])


def _descending(scales: list[int]) -> bool:
    return all(larger > smaller for larger, smaller in pairwise(scales))


def _values(pieces: list[re.Match[str]]) -> Iterator[Decimal | None]:
    for piece in pieces:
        written = piece["number"]
        number = Decimal(written.replace(",", "")) if written[0].isascii() else chinese_number(written)
        yield None if number is None else number * _scale_of(piece)


def _scale_of(piece: re.Match[str]) -> int:
    return SCALES[(piece["scale"] or "").lower()]


def _currency(*words: str | None) -> Currency | None:
    """港币5000万元 is in 港元: a foreign word outweighs 元."""
    named = [CURRENCY_WORDS[word.upper()] for word in words if word and word.upper() in CURRENCY_WORDS]
    foreign = [currency for currency in named if currency is not Currency.CNY]
    return next(iter(foreign or named), None)
