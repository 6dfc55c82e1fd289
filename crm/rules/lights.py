"""亮灯: which light a key project bears at a month's end, and why (domain.md §4.4, issue 2 §5).

blue at or above +10 points of its schedule, green at or above −5, yellow down to −15, red below; red also when the start
is more than 30 days overdue or a red action item is open; no light before the month of the planned start. The light is
computed; who overrides it gives a reason, and both are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.choices import Light, Word
from crm.rules.days import Month
from crm.rules.figures import printed


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where one light ends and the next begins; points are percentage points against the schedule."""

    ahead_points: Decimal = Decimal(10)
    normal_points: Decimal = Decimal(-5)
    behind_points: Decimal = Decimal(-15)
    start_overdue_days: int = 30


DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A light and the reasons for it, in words; the gravest first."""

    light: Light
    reasons: tuple[str, ...] = ()


def light(
    *,
    deviation_points: Decimal | None,
    planned_start_on: date | None,
    started_on: date | None,
    cut_off_on: date,
    has_red_action: bool = False,
    thresholds: Thresholds = DEFAULT,
) -> Verdict:
    """The light of a key project at `cut_off_on`, the last day of the month.

    `deviation_points` is 较序时 as printed (schedule.deviation_points), None without a plan; `started_on` counts only
    when verified and not after the cut-off; `has_red_action`: an action item under red supervision is open.
    """
    if (
        not has_started(started_on, cut_off_on)
        and planned_start_on
        and Month.of(planned_start_on) > Month.of(cut_off_on)
    ):
        return Verdict(
            Light.NONE, (Word("计划%(month)s开工，未到计划开工月份", month=Month.of(planned_start_on).label),)
        )
    overdue_days = start_overdue_days(planned_start_on, started_on, cut_off_on)
    alarms = tuple(
        reason
        for reason, applies in (
            (
                Word("计划%(day)s开工，已超期%(n)d天未开工", day=planned_start_on, n=overdue_days),
                overdue_days > thresholds.start_overdue_days,
            ),
            (Word("有红色督办事项未办结"), has_red_action),
        )
        if applies
    )
    if alarms:
        return Verdict(Light.RED, (*alarms, *_behind(deviation_points, thresholds)))
    return _by_progress(deviation_points, thresholds)


def has_started(started_on: date | None, cut_off_on: date) -> bool:
    """Whether the project had started by the cut-off."""
    return started_on is not None and started_on <= cut_off_on


def start_overdue_days(planned_start_on: date | None, started_on: date | None, cut_off_on: date) -> int:
    """Calendar days since the planned start of a project that has not started; 0 if it has, or is not due."""
    if planned_start_on is None or has_started(started_on, cut_off_on):
        return 0
    return max(0, (cut_off_on - planned_start_on).days)


def ageing_light(overdue_days: int, thresholds: Thresholds = DEFAULT) -> Light:
    """预警 of a signed project that has not started: by the days past the start its contract promised."""
    if overdue_days > thresholds.start_overdue_days:
        return Light.RED
    return Light.YELLOW if overdue_days > 0 else Light.GREEN


def _by_progress(points: Decimal | None, thresholds: Thresholds) -> Verdict:
    if points is None:
        return Verdict(Light.NONE, (Word("无年度计划投资，不亮灯"),))
    if points >= thresholds.ahead_points:
        return Verdict(Light.BLUE, (Word("超序时%(points)s个百分点", points=printed(points, 1)),))
    if points >= thresholds.normal_points:
        return Verdict(Light.GREEN)
    grade = Light.YELLOW if points >= thresholds.behind_points else Light.RED
    return Verdict(grade, _behind(points, thresholds))


def _behind(points: Decimal | None, thresholds: Thresholds) -> tuple[str, ...]:
    if points is None or points >= thresholds.normal_points:
        return ()
    return (Word("欠序时%(points)s个百分点", points=printed(-points, 1)),)
