"""年度计划: what can be said of a key project's year, how two plans differ, and how its nodes stand (domain.md §1.4, §4.4).

A plan by month is twelve amounts in whole yuan that add up to the year's; without one every month is a twelfth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from crm.choices import Light, NodeDay, Word, listed
from crm.rules.days import Month
from crm.rules.dues import due
from crm.rules.figures import DASH, half_up, in_yi
from crm.rules.listings import year_problem
from crm.rules.schedule import MONTHS, deviation_points, schedule_share, share

NUMBERS = range(1, MONTHS + 1)
Found = tuple[str, str]  # field, sentence


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """What a key project means to invest in a year; whole yuan."""

    year: int
    planned_yuan: int
    goal: str = ""
    planned_start_on: date | None = None
    planned_finish_on: date | None = None
    planned_production_on: date | None = None
    month_yuan: tuple[int, ...] | None = None
    reason: str = ""


class Planned(Protocol):
    """A plan of a year, kept or drafted."""

    @property
    def year(self) -> int: ...

    @property
    def planned_yuan(self) -> int: ...

    @property
    def goal(self) -> str: ...

    @property
    def planned_start_on(self) -> date | None: ...

    @property
    def planned_finish_on(self) -> date | None: ...

    @property
    def planned_production_on(self) -> date | None: ...

    @property
    def month_yuan(self) -> Sequence[int] | None: ...


def plan_problem(draft: PlanDraft, total_yuan: int | None, current: Planned | None, today: date) -> Found | None:
    """(field, sentence) why a year's plan cannot be so, or None; changing the `current` one changes something and says why."""
    wrong_year = year_problem(draft.year, today)
    if wrong_year:
        return "year", wrong_year
    if draft.planned_yuan <= 0:
        return "planned_yuan", "年度计划投资要大于 0。"
    if total_yuan is not None and draft.planned_yuan > total_yuan:
        return "planned_yuan", "年度计划投资大于项目总投资，请核对。"
    if current and not differences(current, draft):
        return "planned_yuan", "和现行计划完全一样，没有要调整的。"
    if current and not draft.reason:
        return "reason", "这一年已有计划，调整要写明原因。"
    return _days_problem(draft) or _months_problem(draft)


def _days_problem(draft: PlanDraft) -> Found | None:
    start = draft.planned_start_on
    if start and draft.planned_finish_on and draft.planned_finish_on < start:
        return "planned_finish_on", "计划竣工早于计划开工，请核对。"
    if start and draft.planned_production_on and draft.planned_production_on < start:
        return "planned_production_on", "计划投产早于计划开工，请核对。"
    return None


def _months_problem(draft: PlanDraft) -> Found | None:
    if draft.month_yuan is None:
        return None
    found = sum(draft.month_yuan)
    rest = draft.planned_yuan - found
    if not rest:
        return None
    said = {"sum": exact_yi(found), "plan": exact_yi(draft.planned_yuan), "rest": exact_yi(abs(rest))}
    if rest > 0:
        return "month_1", Word(
            "各月合计 %(sum)s 亿元，比全年计划 %(plan)s 亿元少 %(rest)s 亿元。请补齐，或 12 个月都不填。", **said
        )
    return "month_1", Word(
        "各月合计 %(sum)s 亿元，比全年计划 %(plan)s 亿元多 %(rest)s 亿元。请改小，或 12 个月都不填。", **said
    )


def exact_yi(yuan: int) -> str:
    """亿元 with as many places as it takes: 1.2, 0.0015."""
    return f"{in_yi(yuan).normalize():f}"


# -------------------------------------------------------------------------------------------------------- what was changed


@dataclass(frozen=True, slots=True)
class Difference:
    """What one plan says and the next says otherwise."""

    label: str
    old: str
    new: str


def differences(old: Planned, new: Planned) -> list[Difference]:
    """Field by field, month by month."""
    pairs = [
        (Word("计划投资（亿元）"), exact_yi(old.planned_yuan), exact_yi(new.planned_yuan)),
        *(
            (label, *(_day(getattr(plan, name)) for plan in (old, new)))
            for name, label in (
                ("planned_start_on", Word("计划开工")),
                ("planned_finish_on", Word("计划竣工")),
                ("planned_production_on", Word("计划投产")),
            )
        ),
        (Word("年度目标"), old.goal or DASH, new.goal or DASH),
        *_months(old, new),
    ]
    return [Difference(label, before, after) for label, before, after in pairs if before != after]


def _months(old: Planned, new: Planned) -> Iterator[tuple[str, str, str]]:
    if old.month_yuan is None and new.month_yuan is None:
        return
    for number in NUMBERS:
        before, after = (exact_yi(plan.month_yuan[number - 1]) if plan.month_yuan else DASH for plan in (old, new))
        yield Word("%(n)d月（亿元）", n=number), before, after


def _day(on: date | None) -> str:
    return on.isoformat() if on else DASH


# ------------------------------------------------------------------------------------------------------- plan against done


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of a plan: what was to be done and what was, in the month and from January on; `done` None: still to come."""

    number: int
    plan_yuan: int | None
    plan_so_far_yuan: int | None
    done_yuan: int | None
    done_so_far_yuan: int | None
    due: Fraction  # of the year
    completion: Fraction | None  # 年度完成率
    deviation: Decimal | None  # 较序时, points


def month_lines(
    planned_yuan: int | None, month_yuan: Sequence[int] | None, done: Mapping[int, int], until: int, begins: int = 1
) -> list[MonthLine]:
    """The twelve months; `done` is verified investment by month, judged from month `begins`, or from the first investment,
    up to month `until` (0: none yet)."""
    lines, before, so_far = [], 0, 0
    for number in NUMBERS:
        due_share = schedule_share(number, month_yuan)
        end = None if planned_yuan is None else int(half_up(planned_yuan * due_share, 0))
        so_far += done.get(number, 0)
        known = number <= until
        judged = known and (number >= begins or so_far > 0)
        lines.append(
            MonthLine(
                number,
                None if end is None else end - before,
                end,
                done.get(number, 0) if known else done.get(number),
                so_far if known else None,
                due_share,
                share(so_far, planned_yuan) if judged else None,
                deviation_points(so_far, planned_yuan, due_share) if judged else None,
            )
        )
        before = end or 0
    return lines


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a year's plan is done; `deviation` 较序时 in points. None: without a plan, or before the planned start."""

    completion: Fraction | None
    deviation: Decimal | None


def progress(done_yuan: int, plan: Planned | None, month: int) -> Progress:
    """As of month 1..12 of the year; 0 before it begins."""
    if plan is None or not month or (month < begins(plan) and not done_yuan):
        return Progress(None, None)
    due_share = schedule_share(month, plan.month_yuan)
    return Progress(share(done_yuan, plan.planned_yuan), deviation_points(done_yuan, plan.planned_yuan, due_share))


def begins(plan: Planned) -> int:
    """The month of the plan's year in which its project is to start, 13 when later: before it nothing is owed."""
    on = plan.planned_start_on
    if on is None or on.year < plan.year:
        return 1
    return on.month if on.year == plan.year else MONTHS + 1


def months_told(year: int, running: Month) -> int:
    """Up to which month of the year the investment is told by now; `running` is the month that is filled in."""
    if year == running.year:
        return running.number
    return MONTHS if year < running.year else 0


# --------------------------------------------------------------------------------------------------------------- the nodes


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A node is put on the plan of a year."""

    year: int
    name: str
    planned_on: date


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What the responsible person says of a node."""

    forecast_on: date | None = None
    actual_on: date | None = None
    note: str = ""


class Noded(Protocol):
    """A node's days."""

    planned_on: date | None
    forecast_on: date | None
    actual_on: date | None


@dataclass(slots=True)
class NodeDays:
    """A node's days as some moves leave them."""

    planned_on: date | None = None
    forecast_on: date | None = None
    actual_on: date | None = None


def days_after(moves: Iterable[tuple[NodeDay, date | None]]) -> NodeDays:
    """The days that moves, in order, leave behind."""
    days = NodeDays()
    for which, new_on in moves:
        setattr(days, f"{which.value}_on", new_on)
    return days


def is_open(node: Noded) -> bool:
    """On the plan, and not yet reached."""
    return node.planned_on is not None and node.actual_on is None


def due_on(node: Noded) -> date | None:
    """When it is expected: the forecast where there is one."""
    return node.forecast_on or node.planned_on


def slip_days(node: Noded) -> int:
    """How many days after the plan it was reached or is expected; negative before it."""
    on = node.actual_on or node.forecast_on
    return (on - node.planned_on).days if on and node.planned_on else 0


def standing(node: Noded, today: date) -> tuple[Light, str]:
    """The light of a node and its words: 按期完成, 逾期 3 天，比计划晚 12 天."""
    days, slip = due_on(node), _slip_words(slip_days(node))
    if node.planned_on is None or days is None:
        return Light.NONE, Word("已移出计划")
    if node.actual_on:
        late = Light.YELLOW if slip_days(node) > 0 else Light.GREEN
        return late, Word("已完成，%(slip)s", slip=slip) if slip else Word("按期完成")
    stands = due(days, today)
    if not slip:
        return stands.light, stands.words
    light = Light.YELLOW if slip_days(node) > 0 and not stands.late else stands.light
    return light, Word("%(due)s，%(slip)s", due=stands.words, slip=slip)


def _slip_words(days: int) -> str:
    if days > 0:
        return Word("比计划晚 %(n)d 天", n=days)
    return Word("比计划早 %(n)d 天", n=-days) if days < 0 else ""


def node_problem(draft: NodeDraft, names: Iterable[str], today: date) -> Found | None:
    """Why a node cannot be put on a plan so, or None; `names` are those of the nodes that are on it."""
    wrong_year = year_problem(draft.year, today)
    if wrong_year:
        return "name", wrong_year
    if draft.name in names:
        return "name", Word("这一年的计划里已有节点“%(name)s”。", name=draft.name)
    return day_problem(draft.planned_on, draft.year)


def day_problem(planned_on: date, year: int) -> Found | None:
    """A node of a year is planned for a day of it."""
    if planned_on.year == year:
        return None
    return "planned_on", Word("这是 %(year)d 年的计划，计划日期应在当年。", year=year)


def report_problem(report: NodeReport, planned_on: date, today: date) -> Found | None:
    """Why a report of a node cannot be so, or None: what was reached lies behind us, and who is late says why."""
    if report.actual_on and report.actual_on > today:
        return "actual_on", "实际日期不能晚于今天；还没完成的，填预计日期。"
    late = report.actual_on or report.forecast_on
    if late and late > planned_on and not report.note:
        return "note", "晚于计划日期的，请写明原因。"
    return None


def names_of(setting: str) -> tuple[str, ...]:
    """The office's usual nodes: “取得用地、开工、主体封顶”."""
    return tuple(dict.fromkeys(part.strip() for part in setting.replace("，", "、").split("、") if part.strip()))


def missing_words(names: Sequence[str], count: int) -> str:
    """“甲”“乙”等 5 个项目."""
    named = listed([f"“{name}”" for name in names])
    if count > len(names):
        return Word("%(names)s等 %(n)d 个项目", names=named, n=count)
    return named
