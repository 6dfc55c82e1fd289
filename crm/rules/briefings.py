"""When a month's briefing may be checked and issued, and which number it bears (domain.md §4.5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from crm.choices import Word
from crm.errors import RuleBroken
from crm.rules.days import Month

MOST_ISSUES = 999  # of a year; a number typed beyond is a slip


def month_problem(month: Month, today: date, newest_issued: Month | None) -> str | None:
    """Why the month's briefing cannot be checked or issued now, as a sentence; None when it can."""
    if today < month.after:
        return Word("%(month)s还没有结束，%(day)s起才能核对和签发。", month=month.label, day=month.after.isoformat())
    if newest_issued is not None and newest_issued > month:
        return Word(
            "%(newest)s的简报已经签发，更早的月份不再补发；更正会列入下一期的调整说明。", newest=newest_issued.label
        )
    return None


def next_number(issued: Collection[int], asked: int | None) -> int:
    """The number of the year's next issue: they follow each other without a gap.

    An office that printed issues by hand before may let its first one here begin at another number. Raises RuleBroken
    (field "number") for any other number.
    """
    follows = max(issued, default=0) + 1
    if asked is None or asked == follows:
        return follows
    if issued:
        raise RuleBroken(Word("本年期号连续编排，下一期是第%(n)d期。", n=follows), "number")
    if not 1 <= asked <= MOST_ISSUES:
        raise RuleBroken(Word("期号应在 1 到 %(most)d 之间。", most=MOST_ISSUES), "number")
    return asked


def total_number(before: int, issued: int, number: int) -> int | None:
    """总第×期: those printed before this system, those issued by it, and this one; None where the office does not say."""
    total = before + issued + 1
    return total if total >= number else None
