"""How figures, days and instants are printed: the filters of the templates, over rules/figures.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crm.choices import Stage
from crm.rules import figures
from crm.rules.days import day_of, local

WEEKDAYS = "一二三四五六日"


def yi(yuan: int | None, places: int = 2) -> str:
    """Whole yuan in 亿元; empty for none."""
    return "" if yuan is None else figures.yi(yuan, places)


def wan(units: int | None, places: int = 0) -> str:
    """Whole yuan (or dollars) in 万; empty for none."""
    return "" if units is None else figures.wan(units, places)


def count(value: int | None) -> str:
    """A number with thousands separators; empty for none."""
    return "" if value is None else figures.printed(value)


def percent(share: Fraction | None, places: int = 1, signed: bool = False) -> str:
    """A share (0.123) as 12.3%; — where there is none."""
    return figures.signed_percent(share, places) if signed else figures.percent(share, places)


def points(value: Decimal | None) -> str:
    """Percentage points with their sign; — where there are none."""
    return figures.signed(value)


def number(value: Decimal | None) -> str:
    """A measure without needless zeros."""
    return "" if value is None else f"{value.normalize():,f}"


def rate(value: Decimal | None) -> str:
    """An exchange rate: four decimals, more where it has more."""
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    return f"{value:,.{max(4, -exponent if isinstance(exponent, int) else 0)}f}"


def day(value: date | datetime | None, today: date | None = None) -> str:
    """9月30日 in the year of `today`, 2022-09-30 otherwise."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = day_of(value)
    return f"{value.month}月{value.day}日" if today and value.year == today.year else value.isoformat()


def cn_day(value: date) -> str:
    """2022年9月30日: how a printed document writes a day."""
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime | None, seconds: bool = False) -> str:
    """2022-09-30 14:00 on China's clock."""
    return "" if value is None else local(value).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def clock_time(value: datetime) -> str:
    """14:00 on China's clock."""
    return local(value).strftime("%H:%M")


def ago(value: date | datetime | None, today: date) -> str:
    """今天, 昨天, 4 天前, 3 天后; beyond a month the day itself."""
    if value is None:
        return ""
    when = day_of(value) if isinstance(value, datetime) else value
    days = (today - when).days
    near = {0: "今天", 1: "昨天", -1: "明天"}
    if days in near:
        return near[days]
    if abs(days) > 30:
        return day(when, today)
    return f"{days} 天前" if days > 0 else f"{-days} 天后"


def weekday(value: date) -> str:
    """星期五."""
    return f"星期{WEEKDAYS[value.weekday()]}"


def weekday_short(value: date) -> str:
    """周五."""
    return f"周{WEEKDAYS[value.weekday()]}"


def wall(value: datetime) -> str:
    """2022-09-30T14:00 on China's clock: what a field of a form takes."""
    return local(value).strftime("%Y-%m-%dT%H:%M")


def stage_class(stage: Stage) -> str:
    """The style of a stage chip: the further, the fuller (ui/design.md §4)."""
    if stage >= Stage.STARTED:
        return "stage stage-far"
    return "stage stage-mid" if stage >= Stage.SIGNED else "stage"


def masked_phone(phone: str) -> str:
    """138****0421; short or odd numbers keep only their ends."""
    digits = phone.strip()
    if len(digits) < 7:
        return "****" if digits else ""
    return f"{digits[:3]}****{digits[-4:]}"


def file_size(size: int) -> str:
    """12 KB, 3.4 MB."""
    return f"{max(size, 1) / 1024:.0f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


FILTERS: dict[str, Callable[..., Any]] = {
    "yi": yi,
    "wan": wan,
    "figure": count,
    "percent": percent,
    "points": points,
    "number": number,
    "rate": rate,
    "day": day,
    "china_day": day_of,
    "cn_day": cn_day,
    "moment": moment,
    "clock_time": clock_time,
    "ago": ago,
    "weekday": weekday,
    "weekday_short": weekday_short,
    "wall": wall,
    "stage_class": stage_class,
    "masked_phone": masked_phone,
    "file_size": file_size,
}
