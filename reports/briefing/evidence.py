"""What stands behind a figure of the overview, told from the frozen facts alone: so an issued month explains itself for ever.

A figure whose rows the facts hold is answered here; one that the facts only hold as a number (线索, 开工 ...) names the figure
of crm.queries.totals that answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from crm.choices import CapitalKind, IssueClass, KeyList, Light
from crm.rules.days import Month
from crm.rules.figures import percent, wan, yi
from crm.rules.lights import both
from reports.briefing.facts import Assignment, Briefing, Held, KeyProject, Line, Negotiation, Outlook, Signed, Touch
from reports.briefing.words import set_by_hand

BIG_YUAN, LARGE_YUAN = 1_000_000_000, 500_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row behind a figure. `project_id` is None where nothing may be opened; amounts are printed with their unit."""

    name: str
    project_id: int | None = None
    on: date | None = None
    amount: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figure's name, what it counts, and its rows; or the figure of the totals to ask instead."""

    title: str
    definition: str
    rows: tuple[Row, ...] = ()
    figure: str = ""  # a key of crm.queries.totals
    span: str = "year"


KEY_RULE = "统计截止日列入当年清单的项目，同一项目列入多个清单只计一次"
SIGNED_RULE = "正式合同，签约日期在统计期内，综合统计已核定；同一项目只计首次签约，框架协议不计；补充协议计增减额"
TALK_RULE = "统计截止日处于“在谈”“评审”、正在推进的项目"
ITEM_RULE = "统计截止日未办结，或本月办结的交办事项"
HELD_RULE = "本月召开并已登记的会议；到会人数只计写明出席情况的"
DECIDED_RULE = "本月会议对各项目的议定；涉密项目不列"
NODE_RULE = "重点项目年度计划中预计（未填的按计划）在下月完成、尚未完成的节点；涉密项目不列"
TOTALS = {
    Line.LEAD: "lead_count",
    Line.SCREENED: "screened_count",
    Line.NEGOTIATION: "negotiation_new_count",
    Line.REGISTERED: "registered_count",
    Line.STARTED: "started_count",
    Line.FINISHED: "finished_count",
    Line.PRODUCING: "producing_count",
    Line.WITHDRAWN: "signed_lost_count",
}
TOUCH_TOTALS = {
    Touch.TRIP: "trip_count",
    Touch.VISIT: "visit_count",
    Touch.EVENT: "event_count",
    Touch.VIDEO: "video_meeting_count",
    Touch.MEETING: "coordination_meeting_count",
    Touch.SERVICE: "service_count",
}


def behind(briefing: Briefing, key: str, about: str = "") -> Evidence | None:
    """The evidence of a figure of the overview (keys: reports/briefing/text.py); None for an unknown one."""
    answer = ANSWERS.get(key)
    if answer is not None:
        return answer(briefing, about)
    name, _, span = key.rpartition("_")
    for vocabulary, figures in ((Line, TOTALS), (Touch, TOUCH_TOTALS)):
        for member, figure in figures.items():
            if member.value == name and span in ("month", "year"):
                assert isinstance(member, vocabulary)
                return Evidence(member.label, "", figure=figure, span=span)
    return None


# ---------------------------------------------------------------------------------------------------------- key projects


def _key_rows(rows: Iterable[KeyProject]) -> tuple[Row, ...]:
    return tuple(
        Row(row.name, row.project_id, row.started_on, _money(row.total_yuan), "；".join(_light_words(row)))
        for row in rows
    )


def _light_words(row: KeyProject) -> tuple[str, ...]:
    """Why it bears its light; where somebody set it, what was computed too."""
    by_hand = (both(row.system_light, row.light),) if row.system_light and set_by_hand(row) else ()
    return (*by_hand, *row.light_reasons)


def _key_projects(briefing: Briefing, _about: str) -> Evidence:
    rows = briefing.key_projects
    own = f"；合计的序时为各项目应完成数之和占年度计划之和：{percent(briefing.due_of(rows))}"
    return Evidence("重点项目", KEY_RULE + (own if briefing.sums_follow_plans and rows else ""), _key_rows(rows))


def _key_list(briefing: Briefing, about: str) -> Evidence | None:
    on_list = KeyList.known(about)
    if on_list is None:
        return None
    rows = (row for row in briefing.key_projects if on_list in row.lists)
    return Evidence(on_list.label, f"统计截止日列入当年{on_list.label}清单的项目，可与其他清单重叠", _key_rows(rows))


def _lit(briefing: Briefing, about: str) -> Evidence | None:
    light = Light.known(about)
    if light is None:
        return None
    rows = (row for row in briefing.key_projects if row.light is light)
    return Evidence(
        "暂不亮灯" if light is Light.NONE else f"{light.label}灯", "亮灯标准见简报最后一张表", _key_rows(rows)
    )


def _one_key(briefing: Briefing, about: str) -> Evidence:
    rows = (row for row in briefing.key_projects if str(row.project_id or "") == about)
    return Evidence("重点项目", KEY_RULE, _key_rows(rows))


def _due(briefing: Briefing, _about: str) -> Evidence:
    january = Month(briefing.month.year, 1)
    rows = (
        row
        for row in briefing.key_projects
        if row.planned_start_on and january <= Month.of(row.planned_start_on) <= briefing.month
    )
    return Evidence("按计划应开工", "当年清单中计划开工月份已到的项目；日期为核定的开工日期", _key_rows(rows))


def _planned(briefing: Briefing, about: str) -> Evidence:
    rows = (
        row for row in briefing.key_projects if row.planned_start_on and str(Month.of(row.planned_start_on)) == about
    )
    return Evidence("计划开工", f"计划 {about} 开工的重点项目", _key_rows(rows))


def _nodes(briefing: Briefing, _about: str) -> Evidence:
    rows = tuple(
        Row(
            f"{node.name} · {node.project}", node.project_id, node.due_on,
            note="" if node.due_on == node.planned_on else f"计划 {node.planned_on}",
        )
        for node in briefing.nodes
    )  # fmt: skip
    return Evidence("下月应完成的年度计划节点", NODE_RULE, rows)


# -------------------------------------------------------------------------------------------------------------- signings


def _signed_rows(rows: Iterable[Signed]) -> tuple[Row, ...]:
    return tuple(Row(row.name, row.project_id, row.signed_on, _money(row.total_yuan), row.note) for row in rows)


def _signed_year(briefing: Briefing, _about: str) -> Evidence:
    return Evidence("累计签约", SIGNED_RULE, _signed_rows(briefing.signed))


def _signed_month(briefing: Briefing, _about: str) -> Evidence:
    rows = (row for row in briefing.signed if Month.of(row.signed_on) == briefing.month)
    return Evidence("本月新签约", SIGNED_RULE, _signed_rows(rows))


def _signed_foreign(briefing: Briefing, _about: str) -> Evidence:
    rows = (
        Row(row.name, row.project_id, row.signed_on, f"{wan(row.foreign_usd)} 万美元" if row.foreign_usd else "")
        for row in briefing.signed
        if row.capital is CapitalKind.FOREIGN or row.foreign_usd
    )
    return Evidence("外资签约", f"{SIGNED_RULE}；合同外资以美元列示，不折算并入亿元", tuple(rows))


def _signed_industry(briefing: Briefing, about: str) -> Evidence:
    return Evidence(
        f"签约：{about}", SIGNED_RULE, _signed_rows(row for row in briefing.signed if row.industry == about)
    )


def _signed_big(briefing: Briefing, _about: str) -> Evidence:
    rows = (row for row in briefing.signed if (row.total_yuan or 0) >= BIG_YUAN and row.counts)
    return Evidence("总投资10亿元以上签约项目", SIGNED_RULE, _signed_rows(rows))


def _signed_one(briefing: Briefing, about: str) -> Evidence:
    rows = (row for row in briefing.signed if str(row.project_id or "") == about)
    return Evidence("签约项目", SIGNED_RULE, _signed_rows(rows))


# ------------------------------------------------------------------------------------------- negotiations, action items


def _talks(briefing: Briefing, title: str, keep: Callable[[Negotiation], bool]) -> Evidence:
    rows = (row for row in briefing.negotiations if keep(row))
    return Evidence(
        title,
        TALK_RULE,
        tuple(Row(row.name, row.project_id, None, _money(row.fixed_yuan), row.outlook.label) for row in rows),
    )


def _items(briefing: Briefing, title: str, keep: Callable[[Assignment], bool]) -> Evidence:
    rows = (row for row in briefing.assignments if keep(row))
    return Evidence(
        title, ITEM_RULE, tuple(Row(row.project, None, row.due_on, row.lead_unit, row.problem) for row in rows)
    )


def _kind(briefing: Briefing, about: str) -> Evidence | None:
    kind = IssueClass.known(about)
    if kind is None:
        return None
    return _items(briefing, f"{kind.label}类事项", lambda row: row.kind is kind)


def _held(briefing: Briefing, about: str) -> Evidence:
    kinds = [row for row in briefing.held if row.month_count and (not about or row.kind.value == about)]
    rows = (Row(row.kind.label, None, None, f"{row.month_count} 次", _presence(row)) for row in kinds)
    return Evidence("本月召开的会议", HELD_RULE, tuple(rows))


def _presence(row: Held) -> str:
    return f"应到 {row.invited} 人次，实到 {row.present} 人次" if row.invited else ""


def _decided(briefing: Briefing, _about: str) -> Evidence:
    rows = (Row(row.project, row.project_id, row.met_on, row.meeting, row.text) for row in briefing.decisions)
    return Evidence("会议议定事项", DECIDED_RULE, tuple(rows))


def _adjusted(briefing: Briefing, _about: str) -> Evidence:
    rows = (
        Row(f"{row.name} {row.item}", row.project_id, None, row.difference, f"{row.old} → {row.new}；{row.reason}")
        for row in briefing.adjustments
    )
    return Evidence("往期数据调整", "上一期签发时留存的数据与现在核定数的差异；往期简报不改动", tuple(rows))


def _money(yuan: int | None) -> str:
    return "" if yuan is None else f"{yi(yuan)} 亿元"


ANSWERS: dict[str, Callable[[Briefing, str], Evidence | None]] = {
    "key_projects": _key_projects,
    "key_list": _key_list,
    "lit": _lit,
    "key_project": _one_key,
    "due_starts": _due,
    "planned_starts": _planned,
    "nodes_due": _nodes,
    "signed_year": _signed_year,
    "signed_month": _signed_month,
    "signed_foreign": _signed_foreign,
    "signed_industry": _signed_industry,
    "signed_big": _signed_big,
    "signed_project": _signed_one,
    "negotiations": lambda briefing, _: _talks(briefing, "在谈项目", lambda row: True),
    "negotiations_big": lambda briefing, _: _talks(
        briefing, "5亿元以上在谈项目", lambda row: (row.fixed_yuan or 0) >= LARGE_YUAN
    ),
    "negotiations_to_sign": lambda briefing, _: _talks(
        briefing, "拟签约项目", lambda row: row.outlook is Outlook.TO_SIGN
    ),
    "assignments": lambda briefing, _: _items(briefing, "交办事项", lambda row: True),
    "assignments_done": lambda briefing, _: _items(briefing, "已办结事项", lambda row: row.is_done),
    "assignments_open": lambda briefing, _: _items(
        briefing, "办理中事项", lambda row: not row.is_done and not row.is_overdue
    ),
    "assignments_overdue": lambda briefing, _: _items(briefing, "超期事项", lambda row: row.is_overdue),
    "assignments_done_late": lambda briefing, _: _items(briefing, "逾期办结事项", lambda row: row.is_done_late),
    "assignments_kind": _kind,
    "held": _held,
    "decisions": _decided,
    "adjustments": _adjusted,
}
