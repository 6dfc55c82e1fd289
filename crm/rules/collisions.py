"""撞单: what a ruling is worth, until when it can be appealed, what speaks for which side (domain.md §2.5, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from crm.choices import CollisionOutcome, CollisionState, Labelled, Word
from crm.rules.workdays import ONE_DAY, Calendar

WHOLE = 100
WAITING = (CollisionState.OPEN, CollisionState.APPEALED)


class AnswerKind(Labelled):
    """What an officer answers to a collision that the form shows him."""

    APART = "apart", "是另一个项目，照常登记"
    ARBITRATE = "arbitrate", "申请裁定：先保留这次登记，由裁定人定归属"


@dataclass(frozen=True, slots=True)
class Answer:
    """His answer, and why."""

    kind: AnswerKind
    words: str = ""


def answer_problem(answer: Answer) -> tuple[str, str] | None:
    """(field, sentence) of what the answer lacks, or None."""
    if answer.words:
        return None
    if answer.kind is AnswerKind.APART:
        return "words", "请写明为什么是另一个项目，原登记方会看到。"
    return "words", "请写明申请裁定的理由，裁定人和原登记方会看到。"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an arbitrator decides; `first_percent` is the earlier side's share of the credit, for 共享 alone."""

    outcome: CollisionOutcome
    reason: str
    first_percent: int | None = None


def problem(decision: Decision) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if decision.outcome is CollisionOutcome.SHARED and not 1 <= (decision.first_percent or 0) <= WHOLE - 1:
        return "first_percent", "共享要写先报方所占比例，1—99。"
    return None if decision.reason else ("reason", "请写裁定理由，双方都会看到。")


def first_percent(decision: Decision) -> int:
    """The earlier side's share of the credit, of 100."""
    if decision.outcome is CollisionOutcome.SHARED:
        return decision.first_percent or 0
    return 0 if decision.outcome is CollisionOutcome.SECOND else WHOLE


def after(state: CollisionState) -> CollisionState | None:
    """What a ruling makes of a case; None where there is nothing to rule."""
    return {CollisionState.OPEN: CollisionState.RULED, CollisionState.APPEALED: CollisionState.FINAL}.get(state)


def appeal_until(decided_on: date, days: int, calendar: Calendar) -> date:
    """The last day to appeal: so many working days after the ruling."""
    day = decided_on
    while days > 0:
        day = calendar.next_working(day + ONE_DAY)
        days -= 1
    return day


@dataclass(frozen=True, slots=True)
class Standing:
    """What one side can show. `complete_at` is the instant from which it had both investor and contact, if ever."""

    registered_at: datetime
    complete_at: datetime | None
    is_protected: bool
    contacts: int
    contracts: int


def arguments(mine: Standing, other: Standing) -> list[tuple[str, bool]]:
    """(sentence, whether it speaks for this side), in the order in which they weigh."""
    is_first = mine.registered_at <= other.registered_at
    found = [
        (Word("登记在先") if is_first else Word("登记在后"), is_first),
        _completeness(mine, other),
        (Word("保护期有效") if mine.is_protected else Word("保护期已过或不再适用"), mine.is_protected),
        (Word("与投资方联系 %(n)d 次", n=mine.contacts), mine.contacts > 0 and mine.contacts >= other.contacts),
    ]
    return [*found, (Word("签有合同 %(n)d 份", n=mine.contracts), True)] if mine.contracts else found


def _completeness(mine: Standing, other: Standing) -> tuple[str, bool]:
    if mine.complete_at is None:
        return Word("登记不完整（缺投资方或联系人）"), False
    if other.complete_at is None or mine.complete_at <= other.complete_at:
        return Word("先完整登记（投资方和联系人齐全）"), True
    return Word("完整登记在后"), False
