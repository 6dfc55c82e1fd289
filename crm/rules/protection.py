"""首报首谈: how long a registration is protected, and what renews it (domain.md §2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from crm.choices import ActivityKind, Light, Stage, Status, Word

# Touchpoints at which the investor's side is there. An event of our own (招商活动) or an internal meeting renews nothing.
WITH_INVESTOR = frozenset(
    {
        ActivityKind.TALK, ActivityKind.VIDEO, ActivityKind.TRIP, ActivityKind.VISIT, ActivityKind.CALL,
        ActivityKind.MESSAGE, ActivityKind.SERVICE,
    }
)  # fmt: skip
SOON_DAYS = 14


def protected_until(registered_on: date, contact_on: date | None, days: int) -> date:
    """The last day of protection: `days` after the registration or the last contact with the investor's side."""
    return max(registered_on, contact_on or registered_on) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Protection:
    """Where the protection of a project stands on a day; NONE is a project that needs none any more."""

    light: Light
    words: str
    until_on: date | None = None

    @property
    def holds(self) -> bool:
        """Whether the first reporter's right still stands."""
        return self.light in (Light.GREEN, Light.YELLOW)


UNPROTECTED = Protection(Light.NONE, "")


def protection(until_on: date | None, today: date, stage: Stage, status: Status) -> Protection:
    """保护期至 10月30日, 还剩 9 天, or 已过期; a signed project or one not pursued has outgrown it."""
    if until_on is None or stage >= Stage.SIGNED or status in (Status.LOST, Status.WITHDRAWN):
        return UNPROTECTED
    left = (until_on - today).days
    if left < 0:
        return Protection(Light.RED, Word("保护期已过期"), until_on)
    if left <= SOON_DAYS:
        return Protection(Light.YELLOW, Word("保护期还剩 %(n)d 天", n=left), until_on)
    words = Word("保护期至 %(month)d月%(day)d日", month=until_on.month, day=until_on.day)
    return Protection(Light.GREEN, words, until_on)


def lacks(has_investor: bool, has_contact: bool) -> tuple[str, ...]:
    """What a registration lacks to be complete: only a complete one has the right of first report."""
    return tuple(word for word, there in (("投资方", has_investor), ("联系人", has_contact)) if not there)
