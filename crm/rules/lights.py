"""亮灯: which light a key project bears at a month's end, and why (domain.md §4.4, issue 6 §3).

By its distance from schedule, at the defaults: blue at or above +10 points, green at or above −5, yellow down to −15, red below.
Where an office shows five colours, the shortfall has two grades between green and red: 黄 滞后, 橙 严重滞后. Red also when the
start is more than 30 days overdue or was missed so many months running, or an action item is overdue; a project that has been
behind so many months running bears one light graver. No light before the month of the planned start, and none without a plan.

A month that was not reported is judged by what had been completed before: time goes on, so its light gets graver.
The light is computed, always. Who overrides it for a month gives a reason, and both are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.choices import Light, Word
from crm.rules.days import Month
from crm.rules.figures import percent, printed, yi
from crm.rules.schedule import share

GRAVITY = (Light.NONE, Light.BLUE, Light.GREEN, Light.YELLOW, Light.ORANGE, Light.RED)
BEHIND = (Light.YELLOW, Light.ORANGE, Light.RED)
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where one light ends and the next begins; points are percentage points against the schedule.

    `serious_points`: where yellow ends and orange begins, `behind_points` then where orange ends; None without orange.
    `months_behind` and `months_not_started`: so many months running make a light graver; 0: they do not.
    """

    ahead_points: Decimal = Decimal(10)
    normal_points: Decimal = Decimal(-5)
    behind_points: Decimal = Decimal(-15)
    start_overdue_days: int = 30
    serious_points: Decimal | None = None
    months_behind: int = 0
    months_not_started: int = 0

    @property
    def lights(self) -> tuple[Light, ...]:
        """The lights in use, from ahead to behind."""
        orange = (Light.ORANGE,) if self.serious_points is not None else ()
        return (Light.BLUE, Light.GREEN, Light.YELLOW, *orange, Light.RED)


DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a light is judged by: how a key project stands at the end of a month.

    `deviation_points` is 较序时 as printed (schedule.deviation_points), None without a plan; `started_on` counts only when
    verified and not after the cut-off; `has_red_action`: an action item under red supervision is open.
    """

    cut_off_on: date
    deviation_points: Decimal | None = None
    planned_start_on: date | None = None
    started_on: date | None = None
    has_red_action: bool = False

    @property
    def is_too_early(self) -> bool:
        """Not started, and the month of its planned start has not come."""
        planned = self.planned_start_on
        early = planned is not None and Month.of(planned) > Month.of(self.cut_off_on)
        return early and not has_started(self.started_on, self.cut_off_on)


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
    """The light of a key project at `cut_off_on`, the last day of the month, by that month alone; see Standing."""
    standing = Standing(cut_off_on, deviation_points, planned_start_on, started_on, has_red_action)
    return judged(standing, 0, thresholds)


def judged(standing: Standing, months_before: int, thresholds: Thresholds = DEFAULT) -> Verdict:
    """The light of a standing; `months_before`: how many months running it had been behind before this one."""
    if standing.is_too_early:
        assert standing.planned_start_on is not None  # or it would not be early
        month = Month.of(standing.planned_start_on)
        return Verdict(Light.NONE, (Word("计划%(month)s开工，未到计划开工月份", month=month.label),))
    alarms, behind = _alarms(standing, thresholds), _behind(standing.deviation_points, thresholds)
    running = _running(standing, months_before, thresholds)
    if alarms:
        return Verdict(Light.RED, (*alarms, *behind, *running))
    found = _by_progress(standing.deviation_points, thresholds)
    if not running or found.light is Light.RED:
        return Verdict(found.light, (*found.reasons, *running))
    graver = thresholds.lights[thresholds.lights.index(found.light) + 1]
    return Verdict(graver, (*running, *found.reasons))


def year(standings: Sequence[Standing | None], thresholds: Thresholds = DEFAULT) -> list[Verdict | None]:
    """The lights of a year, a standing a month from January on; None for a month in which it stood on no list.

    Months behind run within the year, as its plan does; a month without a light, or on schedule, ends the run.
    """
    found: list[Verdict | None] = []
    running = 0
    for standing in standings:
        found.append(None if standing is None else judged(standing, running, thresholds))
        running = running + 1 if standing is not None and is_behind(standing, thresholds) else 0
    return found


def is_behind(standing: Standing, thresholds: Thresholds = DEFAULT) -> bool:
    """Behind schedule so far that it bears yellow or graver for that alone."""
    points = standing.deviation_points
    return not standing.is_too_early and points is not None and points < thresholds.normal_points


def _alarms(standing: Standing, thresholds: Thresholds) -> tuple[str, ...]:
    """What makes it red whatever its progress."""
    planned = standing.planned_start_on
    overdue_days = start_overdue_days(planned, standing.started_on, standing.cut_off_on)
    missed = months_not_started(planned, standing.started_on, standing.cut_off_on)
    found = (
        (
            Word("计划%(day)s开工，已超期%(n)d天未开工", day=planned, n=overdue_days),
            overdue_days > thresholds.start_overdue_days,
        ),
        (
            Word("连续%(n)d个月未按计划开工", n=missed),
            bool(thresholds.months_not_started) and missed >= thresholds.months_not_started,
        ),
        (Word("有红色督办事项未办结"), standing.has_red_action),
    )
    return tuple(reason for reason, applies in found if applies)


def _running(standing: Standing, months_before: int, thresholds: Thresholds) -> tuple[str, ...]:
    """That it has been behind for too many months running."""
    months = months_before + 1
    if not thresholds.months_behind or months < thresholds.months_behind or not is_behind(standing, thresholds):
        return ()
    return (Word("连续%(n)d个月滞后", n=months),)


def has_started(started_on: date | None, cut_off_on: date) -> bool:
    """Whether the project had started by the cut-off."""
    return started_on is not None and started_on <= cut_off_on


def start_overdue_days(planned_start_on: date | None, started_on: date | None, cut_off_on: date) -> int:
    """Calendar days since the planned start of a project that has not started; 0 if it has, or is not due."""
    if planned_start_on is None or has_started(started_on, cut_off_on):
        return 0
    return max(0, (cut_off_on - planned_start_on).days)


def months_not_started(planned_start_on: date | None, started_on: date | None, cut_off_on: date) -> int:
    """How many month ends have passed without the start, that of the planned month among them."""
    if planned_start_on is None or has_started(started_on, cut_off_on):
        return 0
    planned, now = Month.of(planned_start_on), Month.of(cut_off_on)
    return max(0, (now.year - planned.year) * 12 + now.number - planned.number + 1)


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
    return Verdict(_shortfall(points, thresholds), _behind(points, thresholds))


def _shortfall(points: Decimal, thresholds: Thresholds) -> Light:
    if points < thresholds.behind_points:
        return Light.RED
    is_serious = thresholds.serious_points is not None and points < thresholds.serious_points
    return Light.ORANGE if is_serious else Light.YELLOW


def _behind(points: Decimal | None, thresholds: Thresholds) -> tuple[str, ...]:
    if points is None or points >= thresholds.normal_points:
        return ()
    return (Word("欠序时%(points)s个百分点", points=printed(-points, 1)),)


# ------------------------------------------------------------------------------------------------------------- overrides


def is_graver(new: Light, old: Light) -> bool:
    """Whether a light says worse than another; no light says least."""
    return GRAVITY.index(new) > GRAVITY.index(old)


def effective(system: Light, was: Light, wanted: Light) -> Light:
    """The light that holds where somebody set `wanted` when `was` had been computed, and now `system` is.

    What was raised is never lowered by it, and what was lowered never raised, when the figures have changed meanwhile.
    """
    return max(system, wanted, key=GRAVITY.index) if is_graver(wanted, was) else min(system, wanted, key=GRAVITY.index)


def override_problem(
    new: Light | None, system: Light, shown: Light, reason: str, thresholds: Thresholds
) -> tuple[str, str] | None:
    """(field, sentence) why a light cannot be set, or None. `system` is what was computed, `shown` what holds now."""
    if new is None or new not in thresholds.lights:
        return "light", "请选择要亮的灯。"
    if new is shown:
        return "light", Word("现在就是%(light)s灯，不用调整。", light=new.label)
    if new is system:
        return "light", Word("系统计算的就是%(light)s灯，要恢复请撤销人工调整。", light=new.label)
    if not reason:
        return "reason", "请写明调整的理由，简报会与系统结果一并列示。"
    if len(reason) > LONGEST_REASON:
        return "reason", Word("理由最多 %(n)d 字。", n=LONGEST_REASON)
    return None


def both(system: Light, shown: Light) -> str:
    """系统绿→人工黄."""
    return Word("系统%(system)s→人工%(shown)s", system=named(system), shown=named(shown))


def named(found: Light) -> str:
    """A light in a sentence: 绿, 未亮灯."""
    return Word("未亮灯") if found is Light.NONE else found.label


# --------------------------------------------------------------------------------------------------------------- letters


def letter_cause(
    month: Month, plan_yuan: int | None, done_yuan: int | None, reasons: Sequence[str], override: str = ""
) -> str:
    """Why a light is red, as a letter says it: plan and completion, then the reasons, then why somebody set it."""
    completed = share(done_yuan, plan_yuan)
    span = f"1—{month.number}月累计" if month.number > 1 else "1月"
    invested = (
        f"年度计划投资{yi(plan_yuan)}亿元，{span}完成{yi(done_yuan)}亿元，完成年度计划的{percent(completed)}"
        if completed is not None
        else ""
    )
    return "；".join(part for part in (invested, *reasons, override) if part)


def letter_problem(shown: Light, month: Month, answer_by_on: date | None, today: date) -> str | None:
    """Why no letter can be sent about the light of a month, or None: it speaks of the last month that is over.

    `answer_by_on`: by when the last one, not answered, wants the plan.
    """
    last = Month.of(today).shifted(-1)
    if month != last:
        return Word("督办函只发最近一个已结束的月份（%(month)s）的红灯。", month=last.label)
    if shown is not Light.RED:
        return "只对亮红灯的项目发督办函。"
    if answer_by_on is not None and answer_by_on >= today:
        return Word("已发过督办函，限 %(day)s 前报送赶工计划，到期后才能再发。", day=answer_by_on)
    return None


def letter_words(answer_by_on: date, answered_on: date | None, as_of: date) -> str:
    """What the briefing says of a letter that was sent: 已发督办函，须于10月15日前报送赶工计划."""
    if answered_on is not None and answered_on <= as_of:
        return f"已发督办函，{_day(answered_on)}已报送赶工计划"
    if answer_by_on < as_of:
        return f"已发督办函，赶工计划应于{_day(answer_by_on)}前报送，尚未报送"
    return f"已发督办函，须于{_day(answer_by_on)}前报送赶工计划"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
