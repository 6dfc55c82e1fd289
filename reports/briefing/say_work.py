"""Sentences of the overview on problems (五), meetings (六) and the next month (七)."""

from __future__ import annotations

from collections import Counter

from crm.choices import IssueClass, Light
from crm.rules.days import Month
from reports.briefing import words
from reports.briefing.facts import Briefing, Outlook, Touch
from reports.briefing.grammar import Clause, Figure, joined

ORDER = ("一是", "二是", "三是")


def problems(briefing: Briefing) -> list[Clause]:
    """Items by state and class, then the classes with the most open items."""
    rows = briefing.assignments
    if not rows:
        return [("本月无交办事项。",)]
    done, overdue = sum(r.is_done for r in rows), sum(r.is_overdue for r in rows)
    states = (
        ("已办结", Figure(str(done), "assignments_done"), "项"),
        ("办理中", Figure(str(len(rows) - done - overdue), "assignments_open"), "项"),
        ("超期", Figure(str(overdue), "assignments_overdue"), "项"),
    )
    kinds = Counter(row.kind for row in rows)
    classes = [
        (f"{k.label}类", Figure(str(kinds[k]), "assignments_kind", k.value), "项") for k in IssueClass if kinds[k]
    ]
    late = sum(r.is_done_late for r in rows)
    made_good: Clause = ("（其中逾期办结", Figure(str(late), "assignments_done_late"), "项）") if late else ()
    first = (
        "本月列入交办清单",
        Figure(str(len(rows)), "assignments"),
        "项，",
        *joined("、", ((*states[0], *made_good), *states[1:])),
    )
    return [(*first, "。按类别分：", *joined("、", classes), "。"), _open_items(briefing)]


def meetings(briefing: Briefing) -> list[Clause]:
    """Meetings, video meetings, trips with their cities, visits and calls on companies of the year."""
    cities = f"到访{'、'.join(briefing.trip_cities[:4])}等地" if briefing.trip_cities else ""
    sayings = (
        ("召开协调会、碰头会", Touch.MEETING, "次", ""),
        ("举办线上视频会", Touch.VIDEO, "场", ""),
        ("外出招商", Touch.TRIP, "批次", cities),
        ("接待来访", Touch.VISIT, "批次", ""),
        ("举办招商活动", Touch.EVENT, "场", ""),
        ("走访企业", Touch.SERVICE, "家次", ""),
    )
    held = [
        (verb, Figure(f"{count:,}", f"{touch.value}_year"), unit, *((f"，{more}",) if more else ()))
        for verb, touch, unit, more in sayings
        if (count := briefing.touch(touch).year_count)
    ]
    if not held:
        return [(f"{words.span(briefing.month)}无会议和招商活动记录。",), *_held(briefing)]
    return [(words.span(briefing.month), *joined("，", held), "。"), *_held(briefing)]


def _held(briefing: Briefing) -> list[Clause]:
    """The month's meetings by kind, who came, and what they decided; nothing in months frozen before it was told."""
    month = [row for row in briefing.held if row.month_count]
    if not month:
        return []
    count = sum(row.month_count for row in month)
    kinds = [(row.kind.label, Figure(str(row.month_count), "held", row.kind.value), "次") for row in month]
    said: Clause = ("本月召开会议", Figure(str(count), "held"), "次（", *joined("、", kinds), "）")
    invited, present = sum(row.invited for row in month), sum(row.present for row in month)
    if invited:
        said = (*said, f"，应到{invited}人次、实到{present}人次")
    if briefing.decisions:
        projects = len({row.project for row in briefing.decisions})
        said = (*said, f"，就{projects}个项目议定", Figure(str(len(briefing.decisions)), "decisions"), "项")
    return [(*said, "。")]


def next_month(briefing: Briefing) -> list[Clause]:
    """盯开工, 抓节点, 赶进度, 促签约, 保要素: each only where there is something to do."""
    writers = (_to_start, _to_reach, _to_hurry, _to_sign, _to_settle)
    tasks = [task for writer in writers if (task := writer(briefing))]
    if not tasks:
        return [("继续按年度计划推进各项工作。",)]
    return [joined("", ((f"（{words.numeral(n)}）", *task) for n, task in enumerate(tasks, 1)))]


def _open_items(briefing: Briefing) -> Clause:
    left = [row for row in briefing.assignments if not row.is_done]
    ranked = Counter(row.kind for row in left).most_common(len(ORDER))
    sayings = []
    for order, (kind, count) in zip(ORDER, ranked, strict=False):
        rows = [row for row in left if row.kind is kind]
        units = words.listed(dict.fromkeys(row.lead_unit for row in rows if row.lead_unit), 2, "家单位")
        projects = words.listed(dict.fromkeys(row.project for row in rows), 2)
        led = f"，由{units}牵头办理" if units else ""
        sayings.append(
            (
                f"{order}{kind.label}类",
                Figure(str(count), "assignments_kind", kind.value),
                f"项未办结，涉及{projects}{led}",
            )
        )
    return (*joined("；", sayings), "。") if sayings else ()


def _to_start(briefing: Briefing) -> Clause:
    after = briefing.month.shifted(1)
    waiting = [row for row in briefing.key_projects if row.started_on is None and row.planned_start_on]
    soon = [row for row in waiting if row.planned_start_on and Month.of(row.planned_start_on) == after]
    late = [row for row in waiting if row.planned_start_on and Month.of(row.planned_start_on) <= briefing.month]
    sayings: list[Clause] = []
    if soon:
        sayings.append(
            (
                "确保",
                Figure(words.listed((r.name for r in soon), 3), "planned_starts", str(after)),
                f"{after.number}月按期开工",
            )
        )
    if late:
        sayings.append(("督促", Figure(words.listed((r.name for r in late), 3), "due_starts"), "尽快开工"))
    return ("盯开工：", *joined("，", sayings), "。") if sayings else ()


def _to_reach(briefing: Briefing) -> Clause:
    if not briefing.nodes:
        return ()
    named = words.listed((f"{node.project}“{node.name}”" for node in briefing.nodes), 3, "个节点")
    return ("抓节点：确保", Figure(named, "nodes_due"), f"在{briefing.month.shifted(1).number}月按期完成。")


def _to_hurry(briefing: Briefing) -> Clause:
    counts = Counter(row.light for row in briefing.key_projects)
    lit = [
        (f"{light.label}灯", Figure(str(counts[light]), "lit", light.value), "个")
        for light in (Light.YELLOW, Light.ORANGE, Light.RED)
        if counts[light]
    ]
    return ("赶进度：", *joined("、", lit), "项目逐一制定赶工计划，责任单位每周报送。") if lit else ()


def _to_sign(briefing: Briefing) -> Clause:
    ready = sum(row.outlook is Outlook.TO_SIGN for row in briefing.negotiations)
    return (
        ("促签约：推动", Figure(str(ready), "negotiations_to_sign"), "个拟签约项目尽快完成文本会签。") if ready else ()
    )


def _to_settle(briefing: Briefing) -> Clause:
    overdue = sum(row.is_overdue for row in briefing.assignments)
    left = sum(not row.is_done for row in briefing.assignments) - overdue
    sayings: tuple[Clause, ...] = (
        ("限期办结", Figure(str(overdue), "assignments_overdue"), "项超期交办事项") if overdue else (),
        ("按时限推进", Figure(str(left), "assignments_open"), "项在办事项") if left else (),
    )
    clause = joined("，", sayings)
    return ("保要素：", *clause, "。") if clause else ()
