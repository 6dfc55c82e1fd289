"""One time as text names it: a day, a month, a half of one, a quarter, a year."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from crm.rules.ledger.text import CHINESE_NUMERALS, chinese_number

FIRST_YEAR, LAST_YEAR = 1980, 2060


class Precision(StrEnum):
    """How exactly a ledger says when."""

    YEAR = "年"
    HALF = "半年"
    QUARTER = "季度"
    MONTH = "月"
    PART = "旬"
    DAY = "日"


@dataclass(frozen=True, slots=True)
class Day:
    """A time named to some precision: from `first` to `last`, both included. `reading` says it back.

    `planned`: the cell itself says 计划, 预计, 拟; without such a word only the column's meaning tells.
    """

    first: date
    last: date
    precision: Precision
    reading: str
    planned: bool = False


class Impossible(Exception):
    """A date that cannot be; the message is for the reader."""


_YEAR = rf"(?P<year>(?:19|20)\d\d|'?\d\d(?=年)|[{CHINESE_NUMERALS}]{{4}}(?=年))"
_MONTH = rf"(?P<month>\d{{1,2}}|[{CHINESE_NUMERALS}]{{1,2}}(?=月))"
_NUMBERED = "[一二三四1234]"
# One name for each way of writing a time; tried in order, the longest first.
_FORMS = (
    re.compile(rf"{_YEAR}[年.\-/、]{_MONTH}[月.\-/、](?P<day>\d{{1,3}})[日号]?"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"),
    re.compile(rf"{_YEAR}[年.\-/、]{_MONTH}月?(?P<part>[上中下]旬|初|中|底|末)?份?"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)"),
    re.compile(rf"{_YEAR}年?(?P<half>[上下])半年"),
    re.compile(rf"{_YEAR}年?第?(?P<quarter>{_NUMBERED})季度?"),
    re.compile(rf"{_YEAR}年?[Qq](?P<quarter>[1-4])"),
    re.compile(rf"{_YEAR}(?:年度?)?(?P<part>初|中|底|末)?"),
    re.compile(rf"{_MONTH}月(?P<day>\d{{1,2}})[日号]"),
    re.compile(rf"{_MONTH}月(?P<part>[上中下]旬|初|中|底|末)?份?"),
    re.compile(r"(?P<half>[上下])半年"),
    re.compile(rf"第?(?P<quarter>{_NUMBERED})季度?"),
)


def one_time(text: str, year: int | None) -> Day | None:
    """One time, wholly matched; None if the text is no time. Raises Impossible for the 13th month."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        named = _year(parts.get("year"), year)
        return None if named is None else _day_of(named, parts)
    return None


def _year(text: str | None, default: int | None) -> int | None:
    if not text:
        return default
    if not text[-1].isascii():
        number = chinese_number(text)
        return None if number is None else int(number)
    digits = text.lstrip("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _day_of(year: int, parts: dict[str, str | None]) -> Day:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Impossible(f"{year} 年不对，请改日期")
    part = parts.get("part")
    if half := parts.get("half"):
        return _months(year, 1 if half == "上" else 7, 6, Precision.HALF, f"{year}年{half}半年")
    if quarter := parts.get("quarter"):
        number = "一二三四".find(quarter) + 1 or int(quarter)
        return _months(year, number * 3 - 2, 3, Precision.QUARTER, f"{year}年{'一二三四'[number - 1]}季度")
    month = _month(parts.get("month"))
    if month is None:
        return _part_of_year(year, part)
    if parts.get("day"):
        return one_day(_real_day(year, month, int(parts["day"] or 0)))
    return _part_of_month(year, month, part)


def _month(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text) if text.isascii() else int(chinese_number(text) or 0)
    if not 1 <= number <= 12:
        raise Impossible(f"没有 {number} 月，请改日期")
    return number


def _real_day(year: int, month: int, day: int) -> date:
    if not 1 <= day <= monthrange(year, month)[1]:
        raise Impossible(f"{year} 年 {month} 月没有 {day} 日，请改日期")
    return date(year, month, day)


def _part_of_year(year: int, part: str | None) -> Day:
    if part == "初":
        return _months(year, 1, 3, Precision.QUARTER, f"{year}年初")
    if part == "中":
        return _months(year, 6, 1, Precision.MONTH, f"{year}年中")
    if part in ("底", "末"):
        return _months(year, 12, 1, Precision.MONTH, f"{year}年底")
    return _months(year, 1, 12, Precision.YEAR, f"{year}年")


def _part_of_month(year: int, month: int, part: str | None) -> Day:
    whole = _months(year, month, 1, Precision.MONTH, f"{year}-{month:02d}")
    edges = {
        "上旬": (1, 10),
        "初": (1, 10),
        "中旬": (11, 20),
        "中": (11, 20),
        "下旬": (21, 31),
        "底": (21, 31),
        "末": (21, 31),
    }
    if part not in edges:
        return whole
    first, last = edges[part]
    return replace(
        whole,
        first=date(year, month, first),
        last=date(year, month, min(last, whole.last.day)),
        precision=Precision.PART,
        reading=f"{year}-{month:02d}{part}",
    )


def _months(year: int, month: int, count: int, precision: Precision, reading: str) -> Day:
    end = month + count - 1
    return Day(date(year, month, 1), date(year, end, monthrange(year, end)[1]), precision, reading)


def one_day(day: date) -> Day:
    """A day as a time."""
    return Day(day, day, Precision.DAY, day.isoformat())
