"""月度填报: what a monthly report must say, what in it is doubtful, and when it is due (domain.md §4.5, §10.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crm.choices import IssueClass, ReportState, Word
from crm.rules.checks import completion_doubt
from crm.rules.days import Month
from crm.rules.figures import yi
from crm.rules.settings import Settings
from crm.rules.workdays import Calendar

JUMP = 10  # so many times last month's investment is more often a wrong unit than a good month
EDITABLE = (ReportState.DRAFT, ReportState.RETURNED)
WAITING = (ReportState.REPORTED, ReportState.CHECKED)
Found = tuple[str, str]  # field, sentence


@dataclass(frozen=True, slots=True)
class Entry:
    """What is filled in for a project and a month; `completed_yuan` whole yuan, `percent` of the whole project."""

    completed_yuan: int | None = None
    percent: int | None = None
    progress: str = ""
    problem: str = ""
    issue_class: IssueClass | None = None
    request: str = ""
    next_plan: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing was filled in."""
        return self == Entry()


@dataclass(frozen=True, slots=True)
class Known:
    """What stands already; whole yuan. `year_yuan` from January, `ever_yuan` since the start, both before this month.

    `apart_yuan`: completions reported for this very month on the project's page.
    `starts_now`: the project's start lies in this month; `photos`: pictures that were added to the project in it.
    """

    plan_yuan: int | None = None
    total_yuan: int | None = None
    year_yuan: int = 0
    ever_yuan: int = 0
    last_yuan: int | None = None
    apart_yuan: int = 0
    last_percent: int | None = None
    starts_now: bool = False
    photos: int = 0


def problem(entry: Entry) -> Found | None:
    """What keeps an entry from being handed in, or None."""
    if entry.completed_yuan is None:
        return "completed_yuan", "请填写本月完成投资，没有完成填 0。"
    if entry.completed_yuan < 0:
        return "completed_yuan", "本月完成投资不能是负数；累计要改小，请由综合统计作废原来的完成投资再报。"
    if entry.percent is not None and not 0 <= entry.percent <= 100:
        return "percent", "形象进度填 0 到 100。"
    if not entry.progress:
        return "progress", "请用一句话写明形象进度。"
    if entry.issue_class and not entry.problem:
        return "problem", "选了问题类别，请写明是什么问题。"
    if entry.problem and not entry.issue_class:
        return "issue_class", "写了问题，请选它的类别。"
    return None


def doubts(entry: Entry, known: Known) -> Iterator[Found]:
    """What may be right and is more often a slip; whoever fills it in confirms it."""
    yuan = entry.completed_yuan or 0
    if known.plan_yuan and yuan > known.plan_yuan:
        said = {"n": yi(yuan), "plan": yi(known.plan_yuan)}
        yield (
            "completed_yuan",
            Word("%(n)s 亿元超过全年计划 %(plan)s 亿元，是否把万元当亿元填了？", **said),
        )
    elif known.last_yuan and yuan > known.last_yuan * JUMP:
        said = {"n": yi(yuan), "last": yi(known.last_yuan), "times": str(JUMP)}
        yield (
            "completed_yuan",
            Word("%(n)s 亿元是上月 %(last)s 亿元的 %(times)s 倍以上，请核对单位。", **said),
        )
    if known.apart_yuan and yuan and yuan != known.apart_yuan:
        yield (
            "completed_yuan",
            Word("本月已在项目页单独报过完成投资 %(n)s 亿元，请核对是否重复。", n=yi(known.apart_yuan)),
        )
    exceeded = completion_doubt(known.ever_yuan, yuan, known.total_yuan)
    if exceeded:
        yield "completed_yuan", exceeded
    if entry.percent is not None and known.last_percent is not None and entry.percent < known.last_percent:
        yield "percent", Word("比上月的 %(last)d%% 还低，请核对。", last=known.last_percent)
    if known.starts_now and not known.photos:
        yield "photo", "项目本月开工，还没有现场照片，请附上一张。"


# ------------------------------------------------------------------------------------------------------------------ time


def opens_on(month: Month, settings: Settings) -> date:
    """The day from which the month is filled in."""
    return month.first.replace(day=settings.filling_from_day)


def due_on(month: Month, settings: Settings, calendar: Calendar) -> date:
    """The last day: so many days into the next month, on the next working day where that is off."""
    return calendar.next_working(month.after.replace(day=settings.filling_due_day))


def running(today: date, settings: Settings, calendar: Calendar) -> Month:
    """The month that is to be filled in on a day: this month once it is open, last month until then."""
    month = Month.of(today)
    return month if today >= opens_on(month, settings) else month.shifted(-1)


def stated_on(month: Month, today: date) -> date:
    """The business day of the investment of a month: its last day, or today while it runs."""
    return min(month.last, today)


def owes(planned_start_on: date | None, started_on: date | None, month: Month) -> bool:
    """A project owes a report from the month of its planned start on, and once it has started."""
    return started_on is not None or planned_start_on is None or Month.of(planned_start_on) <= month
