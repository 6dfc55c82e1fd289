"""How long things may rest: days in a stage, days without a contact, working days for a lead (domain.md §0.6, §2.2).

The office sets them (rules/settings.py); whoever judges is handed them as `Limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from crm.choices import Light, Stage, Status, Word

# Stages without a limit of their own run by the dates of the contract.
STAY_DAYS: Mapping[Stage, int] = {
    Stage.LEAD: 3,
    Stage.SCREENING: 3,
    Stage.NEGOTIATION: 90,
    Stage.REVIEW: 20,
    Stage.SIGNED: 90,
    Stage.REGISTERED: 90,
}
# The three parts of the way by which the office states how long nobody may be in touch.
EARLY = (Stage.LEAD, Stage.SCREENING)
TALKING = (Stage.NEGOTIATION, Stage.REVIEW)
SIGNED = (Stage.SIGNED, Stage.REGISTERED, Stage.PREPARATION)


def idle_days(early: int, talking: int, signed: int) -> dict[Stage, int]:
    """Days without a contact by stage, from the three figures of the office; 0 sets none."""
    parts = ((EARLY, early), (TALKING, talking), (SIGNED, signed))
    return {stage: days for stages, days in parts if days for stage in stages}


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Working days from the registration of a lead: until somebody is in touch or judges it, until it is judged (with
    experts), until whoever introduced it is told (domain.md §2.2)."""

    respond_days: int = 1
    judge_days: int = 3
    expert_days: int = 7
    feedback_days: int = 7


@dataclass(frozen=True, slots=True)
class Limits:
    """Calendar days by stage; a stage that is not named has no limit. Yellow begins at `near_percent` of a stay."""

    stay_days: Mapping[Stage, int] = field(default_factory=lambda: STAY_DAYS)
    idle_days: Mapping[Stage, int] = field(default_factory=lambda: idle_days(45, 30, 20))
    near_percent: int = 75
    lead: LeadTimes = LeadTimes()


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a project has been in its stage; `limit` is None where the contract's dates rule."""

    days: int
    limit: int | None
    light: Light

    @property
    def words(self) -> str:
        """停留 16/20 天."""
        if not self.limit:
            return Word("停留 %(days)d 天", days=self.days)
        return Word("停留 %(days)d/%(limit)d 天", days=self.days, limit=self.limit)


def stay(stage: Stage, since_on: date, on: date, status: Status = Status.ACTIVE, limits: Limits = DEFAULT) -> Stay:
    """Red past the limit, yellow when it is near; no light for a project that is not being pursued."""
    days = max(0, (on - since_on).days)
    limit = limits.stay_days.get(stage)
    if limit is None or status is not Status.ACTIVE:
        return Stay(days, limit, Light.NONE)
    if days > limit:
        return Stay(days, limit, Light.RED)
    near = days * 100 >= limit * limits.near_percent
    return Stay(days, limit, Light.YELLOW if near and limit > 3 else Light.GREEN)


def is_idle(
    stage: Stage, status: Status, last_contact_on: date | None, since_on: date, today: date, limits: Limits = DEFAULT
) -> bool:
    """Whether nobody has been in touch for longer than the stage allows; counted from the stage's start if never."""
    limit = limits.idle_days.get(stage)
    return status is Status.ACTIVE and limit is not None and (today - (last_contact_on or since_on)).days > limit
