"""Whether what somebody states can be true: amounts of a likely size, days in order, nothing that has yet to happen.

Each function answers with a sentence for the reader, or None. A *doubt* may be right after all: the form lets the person
confirm it. A *problem* cannot be right (domain.md §10.4, §7 row 12).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from crm.choices import Word
from crm.rules.figures import YUAN_PER_WAN, YUAN_PER_YI, yi

LARGEST_TOTAL_YUAN = 1_000 * YUAN_PER_YI
SMALLEST_TOTAL_YUAN = 100 * YUAN_PER_WAN
RATE_TOLERANCE = Decimal("0.1")


def _typed_yi(yuan: int) -> str:
    """亿元 as a person types it: no separators, no needless zeros."""
    return format((Decimal(yuan) / YUAN_PER_YI).normalize(), "f")


def total_doubt(yuan: int | None) -> str | None:
    """A total investment above 1,000 亿元 or below 100 万元 is more often a wrong unit than a fact."""
    if yuan is None:
        return None
    if yuan > LARGEST_TOTAL_YUAN:
        meant = yi(yuan // YUAN_PER_WAN)
        return Word("%(typed)s 亿元过大，是否误填万元？应为 %(meant)s 亿元。", typed=_typed_yi(yuan), meant=meant)
    if yuan < SMALLEST_TOTAL_YUAN:
        return Word("%(typed)s 亿元过小，不足 100 万元，请核对单位。", typed=_typed_yi(yuan))
    return None


def part_problem(part_name: str, part_yuan: int | None, whole_name: str, whole_yuan: int | None) -> str | None:
    """A part is not greater than its whole."""
    if part_yuan is None or whole_yuan is None or part_yuan <= whole_yuan:
        return None
    said = {"part": part_name, "n": yi(part_yuan), "whole": whole_name, "most": yi(whole_yuan)}
    return Word("%(part)s %(n)s 亿元大于%(whole)s %(most)s 亿元，请核对。", **said)


def completion_doubt(done_yuan: int, more_yuan: int, total_yuan: int | None) -> str | None:
    """Completed investment that would exceed the total."""
    if total_yuan is None or done_yuan + more_yuan <= total_yuan:
        return None
    done, total = yi(done_yuan + more_yuan), yi(total_yuan)
    return Word("加上这笔，累计完成 %(done)s 亿元，超过总投资 %(total)s 亿元，请核对。", done=done, total=total)


def rate_doubt(rate: Decimal, known: Decimal | None) -> str | None:
    """A rate more than a tenth off the one on record."""
    if known is None or abs(rate - known) <= known * RATE_TOLERANCE:
        return None
    said = {"typed": f"{rate.normalize():f}", "known": f"{known.normalize():f}"}
    return Word("汇率 %(typed)s 与登记的 %(known)s 相差超过 10%%，请核对。", **said)


def happened_problem(what: str, day: date | None, today: date) -> str | None:
    """What is said to have happened does not lie in the future."""
    if day is None or day <= today:
        return None
    now = (
        Word("%(month)d月%(day)d日", month=today.month, day=today.day) if today.year == day.year else today.isoformat()
    )
    return Word("%(what)s不能晚于今天（%(now)s）。", what=what, now=now)


def order_problem(days: Iterable[tuple[str, date | None]]) -> str | None:
    """Named days in the order in which they must come; blanks are passed over."""
    earlier: tuple[str, date] | None = None
    for name, day in days:
        if day is None:
            continue
        if earlier and day < earlier[1]:
            before, its_day = earlier
            said = {"name": name, "day": day, "before": before, "its_day": its_day}
            return Word("%(name)s（%(day)s）早于%(before)s（%(its_day)s），请核对。", **said)
        earlier = name, day
    return None
