"""Annual targets of the zone, its teams and their people: whose, how they are said, and whether parts make the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.choices import Indicator, Word
from crm.rules.figures import printed, wan, yi


@dataclass(frozen=True, slots=True)
class Aim:
    """Whose target of what: a unit's, or (`officer_id`) that of somebody in it."""

    unit_id: int
    indicator: Indicator
    officer_id: int | None = None


def said(indicator: Indicator, value: int | None) -> str:
    """A target in the unit of its label; "未设" for none."""
    if value is None:
        return "未设"
    if indicator.value.endswith("_yuan"):
        return yi(value)
    return wan(value) if indicator.value.endswith("_usd") else printed(value)


@dataclass(frozen=True, slots=True)
class Check:
    """The sum of the parts beside the whole, None for parts of which none is set; `words` where the two differ."""

    indicator: Indicator
    sum: int | None
    words: str = ""


def check(indicator: Indicator, whole: int | None, parts: Sequence[int | None]) -> Check:
    """Whether the parts that are set add up to the whole; parts may be left to be set later, and nobody need have a target."""
    known = [part for part in parts if part is not None]
    if not known:
        return Check(indicator, None)
    total = sum(known)
    if whole is None or total == whole:
        return Check(indicator, total)
    what = {
        "name": indicator.label, "sum": said(indicator, total), "whole": said(indicator, whole),
        "rest": said(indicator, abs(total - whole)),
    }  # fmt: skip
    if total < whole:
        return Check(indicator, total, Word("%(name)s：分解合计 %(sum)s，比总目标 %(whole)s 少 %(rest)s。", **what))
    return Check(indicator, total, Word("%(name)s：分解合计 %(sum)s，比总目标 %(whole)s 多 %(rest)s。", **what))


def to_copy(last_year: Mapping[Aim, int], this_year: Mapping[Aim, int]) -> dict[Aim, int]:
    """Last year's targets of those who have none yet."""
    return {aim: value for aim, value in last_year.items() if aim not in this_year}
