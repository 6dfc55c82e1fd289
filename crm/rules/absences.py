"""Who is away when: what must be said, and the instants that whole and half days come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.choices import AbsenceKind, DayPart
from crm.rules.days import at, start_of
from crm.rules.engagements import Hours
from crm.rules.workdays import ONE_DAY

LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class AbsenceDraft:
    """What somebody says of an absence; both days are included."""

    user_id: int
    kind: AbsenceKind
    first_on: date
    last_on: date
    part: DayPart = DayPart.WHOLE
    note: str = ""


def problem(draft: AbsenceDraft, today: date) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if draft.last_on < draft.first_on:
        return "last_on", "最后一天早于第一天，请改。"
    if draft.last_on < today:
        return "last_on", "这段时间已经过去，不用登记。"
    if draft.last_on - draft.first_on > LONGEST:
        return "last_on", "超过一年，请核对日期。"
    if draft.part is not DayPart.WHOLE and draft.first_on != draft.last_on:
        return "part", "上午、下午只用于同一天；跨天的请选全天。"
    return None


def span(draft: AbsenceDraft, hours: Hours) -> tuple[datetime, datetime]:
    """From when to when: whole days from midnight to midnight in China, half days to noon or from after it."""
    begins, ends = start_of(draft.first_on), start_of(draft.last_on + ONE_DAY)
    if draft.part is DayPart.MORNING:
        return begins, at(draft.first_on, hours.spans[0][1])
    if draft.part is DayPart.AFTERNOON:
        return at(draft.first_on, hours.spans[-1][0]), ends
    return begins, ends
