"""入统: what can be said of a project's place in the statistics of fixed-asset investment (domain.md §1.3, §6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from crm.choices import Word

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]{3,39}")


@dataclass(frozen=True, slots=True)
class FaiDraft:
    """The day a project was taken into the statistics, and its code there."""

    entered_on: date
    code: str


def problem(draft: FaiDraft, started_on: date | None, today: date) -> tuple[str, str] | None:
    """(field, sentence) why it cannot be so, or None: only what started is in the statistics, and not before it started."""
    if started_on is None:
        return "entered_on", "开工核定以后才能登记入统。"
    if draft.entered_on > today:
        return "entered_on", "入统日期不能晚于今天。"
    if draft.entered_on < started_on:
        return "entered_on", Word("入统日期不能早于核定的开工日期 %(on)s。", on=started_on.isoformat())
    if not CODE.fullmatch(draft.code):
        return "code", "统计代码为 4—40 位字母、数字或短横线。"
    return None


def due_on(started_on: date, days: int) -> date:
    """The day by which a started project is to be in the statistics."""
    return started_on + timedelta(days=days)
