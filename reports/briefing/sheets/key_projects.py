"""重点项目推进情况表: one row a project, grouped by its highest list and, in larger groups, by industry group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from crm.choices import KeyList, Light
from crm.rules.figures import DASH, printed
from crm.rules.lights import both
from crm.rules.schedule import deviation_points, share
from reports.briefing import words
from reports.briefing.facts import Briefing, KeyProject
from reports.briefing.groups import KeyGroup, group_change, has_not_begun, key_groups, new_starts, total
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Flow, Frame, Shown, Values
from reports.briefing.sheets.values import light_of, or_dash, wan, yi
from reports.sheet import Canvas, Look, Sheet


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, whole: Layout) -> Sheet:
    """The sheet; an empty list says so in one row."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(f"{words.cut_off(briefing)}（{words.due(briefing)}）", f"单位：{layout.unit}")
    frame.heads()
    frame.ordinals(due=printed(briefing.due_share * 100, 1))
    first = frame.row
    if briefing.key_projects:
        _table(frame)
    else:
        frame.empty("本年度暂无列入计划的重点项目")
    last = frame.row - 1
    frame.close(_notes(frame, audience, whole.tab_of("notes")))
    page = frame.page(repeat=(2, first - 1), freeze_row=first, filter_row=first - 1, last=last)
    return frame.sheet(page)


def _notes(frame: Frame, audience: Audience, explained: str) -> list[str]:
    """What the reader must know to read the table, with the thresholds in force; columns by the names they have in it."""
    briefing, marks = frame.briefing, frame.briefing.thresholds
    lit = "，".join(f"{light}{span}" for light, span in words.light_marks(marks))
    n, percent = briefing.month.number, printed(briefing.due_share * 100, 1)
    phones = "" if audience is Audience.OFFICE else _said("{}在传阅件中不予列示。", frame.called("phone"))
    lists = _said("，“{}”栏并列标注", frame.called("lists"))
    remarked = _said("并在{}注明", frame.called("note"))
    change, last_year = frame.called("change"), frame.called("change", level=1)
    compared = f"{last_year}为零或无数据的，{change}记“—”，小计只计有同期数的项目；" if change and last_year else ""
    rate, deviation = frame.called("rate", "年度完成率"), frame.called("deviation", "较序时进度")
    overlaps = "；".join(
        f"{group.key_list.label}共{group.listed_count}个，其中{len(group.elsewhere)}个列入{_homes(group)}"
        for group in key_groups(briefing)
        if group.elsewhere
    )
    return [
        f"注：1. 一个项目列入多个级别的，只在最高级别组列示{lists}，合计按项目剔重"
        + (f"；{overlaps}" if overlaps else "")
        + f"。2. {deviation}＝{rate}－序时进度（{n}÷12＝{percent}%），备有分月计划的项目按其分月计划计算{remarked}，"
        f"{_of_sums(briefing)}；亮灯：{lit}（百分点）"
        f"或超计划开工{marks.start_overdue_days}天以上未开工。",
        f"{words.SPACE * 2}3. {compared}空白为无此项；“未报送”项目累计数沿用"
        f"上月核定数，计入合计，补报后在“{explained}”列调整。4. 合计与分项之和因四舍五入可能略有差异。{phones}",
    ]


def _of_sums(briefing: Briefing) -> str:
    if briefing.sums_follow_plans:
        return "小计与合计按各项目应完成数（年度计划×各自序时）之和占年度计划之和计算"
    return f"小计与合计按{briefing.month.number}÷12计算"


def _said(text: str, name: str) -> str:
    """The words with a column's name in them; none where it is not listed."""
    return text.format(name) if name else ""


def _table(frame: Frame) -> None:
    rows = frame.briefing.key_projects
    frame.group(Look.TOTAL, "", f"合计（{len(rows)}个，剔重）", sums(frame.briefing, rows))
    for number, group in enumerate(key_groups(frame.briefing), 1):
        frame.group(Look.GROUP, words.numeral(number), _label(group, frame.briefing), sums(frame.briefing, group.rows))
        _group(frame, group)


def _group(frame: Frame, group: KeyGroup) -> None:
    serials = count(1)  # through the whole group, over its sub-groups
    parts = group.subgroups()
    for number, (kind, rows) in enumerate(parts, 1):
        label = f"{kind.label}（{len(rows)}个）"
        frame.group(Look.SUBGROUP, f"（{words.numeral(number)}）", label, sums(frame.briefing, rows))
        _rows(frame, rows, serials)
    if not parts:
        _rows(frame, group.rows, serials)


def _rows(frame: Frame, rows: Sequence[KeyProject], serials: Iterator[int]) -> None:
    for row in rows:
        frame.body(values(row, next(serials), frame.briefing))


def _label(group: KeyGroup, briefing: Briefing) -> str:
    if group.elsewhere:
        here = f"本组列{len(group.rows)}个" if group.rows else "本组不重复列示"
        return f"{group.name}（{group.listed_count}个，其中{len(group.elsewhere)}个已列{_homes(group)}，{here}）"
    started = len(new_starts(group.rows, briefing.month))
    return f"{group.name}（{len(group.rows)}个" + (f"，其中新开工{started}个）" if started else "）")


def _homes(group: KeyGroup) -> str:
    return "、".join(key_list.label for key_list in group.homes)


def sums(briefing: Briefing, rows: Sequence[KeyProject]) -> Values:
    """The figures of a group row; nothing to sum stays blank, a rate that cannot be said is "—"."""
    if not rows:
        return {"total": None}
    plan, done = total(r.plan_yuan for r in rows), total(r.done_yuan for r in rows)
    growth = group_change(rows)
    return {
        "total": yi(total(r.total_yuan for r in rows)),
        "foreign": wan(total(r.foreign_usd or None for r in rows)),
        "plan": yi(plan),
        "month": yi(total(r.month_yuan for r in rows)),
        "done": yi(done),
        "fixed": yi(total(r.fixed_yuan for r in rows)),
        "rate": or_dash(share(done, plan)),
        "deviation": or_dash(deviation_points(done, plan, briefing.due_of(rows))),
        "due_share": briefing.due_of(rows) if briefing.sums_follow_plans and plan else None,
        "since_start": yi(total(r.since_start_yuan for r in rows)),
        "last_year": or_dash(yi(total(r.last_year_yuan or None for r in rows))),
        "change": or_dash(growth),
        "problem": Flow(words.light_counts(r.light for r in rows), "next_plan"),
    }


def values(row: KeyProject, serial: int, briefing: Briefing) -> Values:
    """The cells of a project by column key."""
    return {**_base(row, serial), **_money(row, briefing), **_progress(row), **_duty(row), **_asked(row, briefing)}


def _base(row: KeyProject, serial: int) -> Values:
    return {
        "serial": serial,
        "name": row.name,
        "builder": row.builder,
        "lists": "\n".join(key_list.label for key_list in KeyList if key_list in row.lists),
        "industry": row.industry,
        "area": row.area,
        "site": row.site,
        "content": row.content,
        "total": yi(row.total_yuan),
        "foreign": wan(row.foreign_usd or None),
        "years": _years(row),
        "planned_start": row.planned_start_on,
        "started": row.started_on,
    }


def _money(row: KeyProject, briefing: Briefing) -> Values:
    if has_not_begun(row, briefing.month):
        return {"plan": yi(row.plan_yuan)}
    return {
        "plan": yi(row.plan_yuan),
        "month": yi(row.month_yuan) if row.reported else "未报",
        "done": yi(row.done_yuan),
        "rate": or_dash(row.completion),
        "deviation": or_dash(row.deviation),
        "since_start": yi(row.since_start_yuan),
        "last_year": or_dash(yi(row.last_year_yuan or None)),
        "change": or_dash(row.change),
    }


def _progress(row: KeyProject) -> Values:
    return {
        "goal": row.goal,
        "progress": row.progress if row.reported else Shown("未报送", Look.MISSING),
        "problem": row.problem,
        "request": row.request,
        "next_plan": row.next_plan,
        "light": DASH if row.light is Light.NONE else light_of(row.light, row.system_light),
    }


def _duty(row: KeyProject) -> Values:
    curve = f"按本项目分月计划{printed(row.due_share * 100, 1)}%计算序时" if row.has_own_curve else ""
    return {
        "leader": row.leader,
        "unit": row.unit,
        "person": row.person,
        "phone": row.person_phone,
        "note": "；".join(part for part in (row.note, curve, _by_hand(row), row.supervision) if part),
    }


def _by_hand(row: KeyProject) -> str:
    if not words.set_by_hand(row) or row.system_light is None:
        return ""
    return f"亮灯{both(row.system_light, row.light)}"


def _asked(row: KeyProject, briefing: Briefing) -> Values:
    """What only an office that asks for it prints."""
    begun = row.started_on is not None and row.started_on <= briefing.month.last
    return {
        "code": row.code,
        "origin": row.origin,
        "capital": row.capital.label if row.capital else "",
        "industry_group": row.industry_group.label,
        "fixed": yi(row.fixed_yuan),
        "due_share": None if has_not_begun(row, briefing.month) else row.due_share,
        "start_days": (briefing.month.last - row.started_on).days if begun and row.started_on else None,
        "finish": row.planned_finish_on,
        "production": row.planned_production_on,
        "light_reasons": "；".join(row.light_reasons),
    }


def _years(row: KeyProject) -> str:
    return "–".join(str(year) for year in (row.built_from, row.built_to) if year)
