"""The grammar of officialese (briefing/design.md §6): 增长, 下降, 持平; what has no base is left out, never said as zero.

A clause is a tuple of parts: plain text, or a `Figure` that knows which rows stand behind it, so that the preview page
can link every figure. The printed text is the parts joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crm.rules.figures import half_up, percent, printed, yi


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a text. `key` names the rows behind it (text.py lists the keys), `about` narrows them."""

    text: str
    key: str
    about: str = ""


Part = str | Figure
Clause = tuple[Part, ...]


def plain(parts: Iterable[Part]) -> str:
    """The text as printed."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def joined(separator: str, clauses: Iterable[Clause]) -> Clause:
    """The clauses that say something, with the separator between them."""
    parts: list[Part] = []
    for clause in clauses:
        if clause:
            parts += [separator, *clause] if parts else clause
    return tuple(parts)


def money(name: str, yuan: int | None, key: str, about: str = "") -> Clause:
    """总投资229.70亿元; nothing where the amount is not known."""
    return () if yuan is None else (name, Figure(yi(yuan), key, about), "亿元")


def trend(change: Fraction | None, key: str) -> Clause:
    """同比增长14.8%, 同比下降18.2%, 与上年同期持平; nothing without a base."""
    if change is None:
        return ()
    verb, text = _direction(change)
    return (f"同比{verb}", Figure(text, key)) if text else ("与上年同期持平",)


def trends(count: Fraction | None, amount: Fraction | None, key: str) -> Clause:
    """Count and amount together: one verb for both where they agree, separate clauses where they do not."""
    if count is None or amount is None:
        name, one = ("金额", amount) if count is None else ("个数", count)
        return (name, *trend(one, key)) if one is not None else ()
    (verb, first), (other, second) = _direction(count), _direction(amount)
    if not first and not second:
        return ("个数、金额均与上年同期持平",)
    if verb == other:
        return (f"同比分别{verb}", Figure(first, key), "、", Figure(second, key))
    return joined("、", (("个数", *trend(count, key)), ("金额", *trend(amount, key))))


def completions(count: Fraction | None, amount: Fraction | None, key: str) -> Clause:
    """完成年度目标的77.5%、82.0%; one of them alone is named; nothing without targets."""
    if count is not None and amount is not None:
        return ("完成年度目标的", Figure(percent(count), key), "、", Figure(percent(amount), key))
    if count is None and amount is None:
        return ()
    name, one = ("个数", count) if count is not None else ("金额", amount)
    return (f"{name}完成年度目标的", Figure(percent(one), key))


def against_schedule(points: Decimal | None, key: str, about: str = "") -> Clause:
    """超序时2.8个百分点, 欠序时6.7个百分点, 与序时持平; nothing without a plan."""
    if points is None:
        return ()
    rounded = half_up(points, 1)
    if not rounded:
        return ("与序时进度持平",)
    return ("超序时" if rounded > 0 else "欠序时", Figure(printed(abs(rounded), 1), key, about), "个百分点")


def _direction(change: Fraction) -> tuple[str, str]:
    rounded = half_up(change * 100, 1)
    if not rounded:
        return "持平", ""
    return ("增长" if rounded > 0 else "下降"), percent(abs(change))
