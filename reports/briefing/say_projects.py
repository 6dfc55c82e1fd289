"""Sentences of the overview on key projects: how many and how far (一), list by list (三), their lights (四)."""

from __future__ import annotations

from collections import Counter

from crm.choices import Light
from crm.rules.days import Month
from crm.rules.figures import percent, yi
from crm.rules.lights import both
from crm.rules.schedule import deviation_points, share
from reports.briefing import words
from reports.briefing.facts import Briefing, KeyProject, Line
from reports.briefing.grammar import Clause, Figure, against_schedule, joined, money
from reports.briefing.groups import KeyGroup, key_groups, total
from reports.briefing.layout import Layout

SHORT = (Light.YELLOW, Light.ORANGE)  # behind, not yet red
NAMED = 5  # so many projects are named, the others counted


def overall(briefing: Briefing) -> list[Clause]:
    """How many key projects, what they cost, what was invested, whether starts kept their month."""
    rows, n = briefing.key_projects, briefing.month.number
    if not rows:
        return [(f"截至{n}月底，全区暂无列入本年度计划的重点项目。",)]
    lists = joined("、", (_on_list(group) for group in key_groups(briefing)))
    first = (
        (f"截至{n}月底，全区共实施重点项目", Figure(str(len(rows)), "key_projects"), "个（剔重），其中", *lists),
        money("总投资", total(r.total_yuan for r in rows), "key_projects"),
        money("年度计划投资", total(r.plan_yuan for r in rows), "key_projects"),
    )
    return [(*joined("，", first), "。"), (*_invested(briefing), *_starts(briefing))]


def progress(briefing: Briefing) -> list[Clause]:
    """Completion per list; starts, completions and productions of the year."""
    groups = (_group(group, briefing) for group in key_groups(briefing) if group.rows)
    completed = joined("；", groups)
    span = words.span(briefing.month)
    events = ((Line.STARTED, "开工项目"), (Line.FINISHED, "竣工"), (Line.PRODUCING, "投产"))
    counts = [(name, briefing.figures(line).count.year, line) for line, name in events]
    if not any(count for _, count, _ in counts):
        happened: Clause = (f"{span}无核定开工、竣工、投产项目。",)
    else:
        shown = (
            ((name, Figure(str(count), f"{line.value}_year"), "个"))
            for name, count, line in counts
            if count is not None
        )
        happened = (span, *joined("、", shown), "。")
    return [(*completed, "。") if completed else (), happened]


def lights(briefing: Briefing, layout: Layout) -> list[Clause]:
    """How many of each light, then those behind and the red with reason and responsible unit."""
    place = layout.place_of("key_projects")
    rows = briefing.key_projects
    if not rows:
        return [("本月无亮灯项目。",)]
    counts = Counter(row.light for row in rows)
    shown = [
        (f"{light.label}灯", Figure(str(counts[light]), "lit", light.value), "个")
        for light in words.LIGHTS
        if counts[light]
    ]
    dark = (("未到计划开工月份或无年度计划、暂不亮灯", Figure(str(counts[Light.NONE]), "lit", Light.NONE.value), "个"),)
    clauses = joined("，", (joined("、", shown), *(dark if counts[Light.NONE] else ())))
    by_hand = sum(map(words.set_by_hand, rows))
    changed = f"（其中人工调整{by_hand}个）" if by_hand else ""
    first: Clause = (Figure(str(len(rows)), "key_projects"), "个项目中，", *clauses, f"{changed}。")
    return [
        first,
        *(_lit(briefing, light, place) for light in SHORT),
        _lit(briefing, Light.RED, place) or ("本月无红灯项目。",),
    ]


def _on_list(group: KeyGroup) -> Clause:
    count = Figure(str(group.listed_count), "key_list", group.key_list.value)
    overlap = f"（与{'、'.join(h.label for h in group.homes)}重叠{len(group.elsewhere)}个）" if group.elsewhere else ""
    return (group.key_list.label, count, f"个{overlap}")


def _invested(briefing: Briefing) -> Clause:
    rows, month = briefing.key_projects, briefing.month
    done, plan = total(r.done_yuan for r in rows), total(r.plan_yuan for r in rows)
    if done is None:
        return (f"{words.span(month)}尚无核定完成投资。",)
    completed = share(done, plan)
    clauses = (
        money(f"{month.number}月当月完成投资", total(r.month_yuan for r in rows), "key_projects"),
        money(f"{words.span(month)}累计完成", done, "key_projects") if month.number > 1 else (),
        ("占年度计划的", Figure(percent(completed), "key_projects")) if completed is not None else (),
        against_schedule(deviation_points(done, plan, briefing.due_of(rows)), "key_projects"),
    )
    owed = sum(not row.reported for row in rows)
    return (*joined("，", clauses), f"（{owed}个项目当月未报送，累计沿用上月核定数）。" if owed else "。")


def _starts(briefing: Briefing) -> Clause:
    """Whether the starts planned for the year up to now kept their month."""
    month = briefing.month
    due = [
        r
        for r in briefing.key_projects
        if r.planned_start_on and Month(month.year, 1) <= Month.of(r.planned_start_on) <= month
    ]
    if not due:
        return ()
    in_time = sum(
        1 for r in due if r.started_on and r.planned_start_on and Month.of(r.started_on) <= Month.of(r.planned_start_on)
    )
    late = sum(1 for row in due if row.started_on) - in_time
    count = Figure(str(len(due)), "due_starts")
    if in_time == len(due):
        return ("按计划应开工的", count, "个项目全部按期开工。")
    states = (("按期开工", in_time), ("逾期开工", late), ("尚未开工", len(due) - in_time - late))
    return ("按计划应开工的", count, "个项目中，" + "、".join(f"{name}{n}个" for name, n in states if n) + "。")


def _group(group: KeyGroup, briefing: Briefing) -> Clause:
    done, plan = total(r.done_yuan for r in group.rows), total(r.plan_yuan for r in group.rows)
    if done is None:
        return ()
    key, about = "key_list", group.key_list.value
    completed = share(done, plan)
    clauses: tuple[Clause, ...] = (
        (f"{group.key_list.label}项目完成投资", Figure(yi(done), key, about), "亿元"),
        ("完成率", Figure(percent(completed), key, about)) if completed is not None else (),
        against_schedule(deviation_points(done, plan, briefing.due_of(group.rows)), key, about),
    )
    return joined("，", clauses)


def _lit(briefing: Briefing, light: Light, place: str) -> Clause:
    rows = [row for row in briefing.key_projects if row.light is light]
    if not rows:
        return ()
    named = joined("；", (_reason(row, briefing.month) for row in rows[:NAMED]))
    rest = len(rows) - NAMED
    others = f"；其余{rest}个见{place}" if place else f"；另有{rest}个"
    return (f"{light.label}灯：", *named, f"{others}。" if rest > 0 else "。")


def _reason(row: KeyProject, month: Month) -> Clause:
    unit = f"（{row.unit}）" if row.unit else ""
    owed = "" if row.reported else f"{month.number}月未报送，累计沿用上月"
    cause = owed or (f"因{first_clause(row.problem)}" if row.problem else "")
    said: tuple[str, ...] = (cause, *row.light_reasons, _by_hand(row), row.supervision)
    name: Clause = (Figure(row.name, "key_project", str(row.project_id or "")), unit)
    return (*name, *(f"，{text}" for text in said if text))


def _by_hand(row: KeyProject) -> str:
    return both(row.system_light, row.light) if row.system_light and words.set_by_hand(row) else ""


def first_clause(text: str) -> str:
    """The first clause of a report's text: up to the first full stop or semicolon, without a leading 因."""
    for mark in "；;。\n":
        text = text.split(mark, 1)[0]
    return text.strip().removeprefix("因")[:40]
