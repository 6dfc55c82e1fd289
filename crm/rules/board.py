"""The board: which column a project stands in, and how its next step is arranged (peers.md §7.21—23).

One colour says one thing on the whole board: red late, yellow today, green arranged, grey nothing arranged. `arrangement`
decides for one project; queries/board.py asks the same of many in SQL, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from crm.choices import Labelled, Light, Stage, Status, Word
from crm.rules.limits import DEFAULT, Limits, is_idle, stay


class Arrangement(Labelled):
    """How the next step of a project stands, the gravest first."""

    LATE = "late", "逾期"
    TODAY = "today", "今天"
    PLANNED = "planned", "已安排"
    NONE = "none", "未安排"

    @property
    def colour(self) -> str:
        """The colour of its part of the bar."""
        return {"late": "red", "today": "yellow", "planned": "green"}.get(self.value, "grey")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a project stands, as the board judges it; `due_on` is the earliest of what is open: a follow-up, a plan, an
    action item."""

    stage: Stage
    since_on: date
    status: Status = Status.ACTIVE
    last_contact_on: date | None = None
    due_on: date | None = None


def is_over(standing: Standing, today: date, limits: Limits = DEFAULT) -> bool:
    """Whether it has been in its stage for longer than the stage allows."""
    return stay(standing.stage, standing.since_on, today, standing.status, limits).light is Light.RED


def arrangement(standing: Standing, today: date, limits: Limits = DEFAULT) -> Arrangement:
    """Late when something open is overdue, the stay is over its limit or nobody was in touch for too long; a project that
    is not being pursued has nothing arranged."""
    if standing.status is not Status.ACTIVE:
        return Arrangement.NONE
    due_on = standing.due_on
    idle = is_idle(standing.stage, standing.status, standing.last_contact_on, standing.since_on, today, limits)
    if (due_on is not None and due_on < today) or is_over(standing, today, limits) or idle:
        return Arrangement.LATE
    if due_on is None:
        return Arrangement.NONE
    return Arrangement.TODAY if due_on == today else Arrangement.PLANNED


# ---------------------------------------------------------------------------------------------------------- the columns


@dataclass(frozen=True, slots=True)
class Lane:
    """A column: the projects that are pursued in a stage, or (without a stage) those that are not pursued."""

    slug: str
    label: str
    stage: Stage | None = None


STOPPED = Lane("stopped", Word("暂缓 · 流失 · 退库"))
LANES = (*(Lane(stage.slug, stage.label, stage) for stage in Stage), STOPPED)
BY_SLUG = {lane.slug: lane for lane in LANES}
# Open until somebody folds them; what lies behind the office's daily work is folded until somebody asks.
OPEN_AT_FIRST = tuple(lane for lane in LANES if lane.stage is not None and lane.stage < Stage.FINISHED)


def lane_of(stage: Stage, status: Status) -> Lane:
    """The column a project stands in."""
    return BY_SLUG[stage.slug] if status is Status.ACTIVE else STOPPED


def toggled(opened: Collection[Lane], lane: Lane) -> tuple[Lane, ...]:
    """The open columns after a click on one's head, in the order of the board."""
    return tuple(each for each in LANES if (each in opened) != (each == lane))
