"""Files of the months of key projects: annual plans, monthly reports, lights set by hand and letters about red ones."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.choices import ClaimKind, Currency, IssueClass, Light, MoneyKind, NodeDay, ReportState
from crm.models import AnnualPlan, LightOverride, MoneyEntry, MonthlyReport, PlanNode, PlanNodeMove, SupervisionLetter
from crm.rules.days import Month
from crm.rules.figures import YUAN_PER_WAN
from crm.rules.plans import NUMBERS
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.claims import claim
from crm.seeding.parts import Part, Ref

CUT_OFF_DAY = 25  # completed investment is stated from the 25th on (domain.md §4.5)
_MONTH = re.compile(r"(\d{4})年(\d{1,2})月")


def annual_plan(cells: Cells) -> list[Part]:
    """annual_plans.csv: what a key project means to do in a year."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "year": cells.needed_whole("年度"),
        "planned_yuan": cells.given("计划投资（亿元）", cells.yi("计划投资（亿元）")),
        "goal": cells.long("年度目标"),
        "planned_start_on": cells.day("计划开工"),
        "planned_finish_on": cells.day("计划竣工"),
        "planned_production_on": cells.day("计划投产"),
        "month_yuan": _months(cells, "分月计划（万元）"),
        "reason": cells.long("调整原因"),
        "approved_at": cells.needed_instant("批准时间"),
        "approved_by_id": cells.one("人员", "批准人"),
    }
    return [Part(AnnualPlan, values)]


def _months(cells: Cells, head: str) -> list[int] | None:
    """“8月1500；9月3000”: what is planned for each month, in 万元; months left out have nothing."""
    amounts = dict[int, int]()
    for item in cells.items(head):
        month, _, wan = item.partition("月")
        if not (month.isdecimal() and wan.isdecimal() and int(month) in NUMBERS):
            raise CellWrong(head, f"“{item}”应写成“9月1500”这样：9 月计划完成 1500 万元。")
        amounts[int(month)] = int(wan) * YUAN_PER_WAN
    if not amounts:
        return None
    if sum(amounts.values()) != cells.yi("计划投资（亿元）"):
        raise CellWrong(head, "各月合计应等于全年计划投资。")
    return [amounts.get(number, 0) for number in NUMBERS]


def plan_node(cells: Cells) -> list[Part]:
    """plan_nodes.csv: a node of an annual plan; a forecast later than the plan was made when it was last reported."""
    planned, forecast, actual = cells.needed_day("计划日期"), cells.day("预计日期"), cells.day("实际日期")
    set_at, told_at = cells.needed_instant("编制时间"), cells.instant("填报时间")
    set_by, told_by, reason = cells.one("人员", "编制人"), cells.one("人员", "填报人"), cells.long("说明")
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "year": cells.needed_whole("年度"),
        "name": cells.needed("节点"),
        "planned_on": planned,
        "forecast_on": forecast,
        "actual_on": actual,
        "note": reason,
    }
    moves = [_move(NodeDay.PLANNED, planned, set_at, set_by)]
    for which, on in ((NodeDay.FORECAST, forecast), (NodeDay.ACTUAL, actual)):
        if on is not None:
            moves.append(_move(which, on, told_at or set_at, told_by, reason))
    return [Part(PlanNode, values), *moves]


def _move(which: NodeDay, on: date, at: datetime, by_id: Any, reason: str = "") -> Part:
    values = {"node_id": Ref("plan_node"), "day": which, "new_on": on, "reason": reason, "at": at, "by_id": by_id}
    return Part(PlanNodeMove, values, tag=which.value)


def monthly_report(cells: Cells) -> list[Part]:
    """monthly_reports.csv: what a key project reports of a month, and the investment completed in it."""
    month, project_id = _month(cells, "月份"), cells.needed_one("项目", "项目编号")
    values = {
        "project_id": project_id,
        "month": month.first,
        "state": cells.needed_word(ReportState, "填报状态"),
        "progress": cells.long("形象进度"),
        "problem": cells.long("存在问题"),
        "issue_class": cells.word(IssueClass, "问题类别"),
        "request": cells.long("需协调事项"),
        "next_plan": cells.long("下月计划"),
        "reported_by_id": cells.one("人员", "填报人"),
        "reported_at": cells.instant("填报时间"),
        "verified_by_id": cells.one("人员", "核定人"),
        "verified_at": cells.instant("核定时间"),
        "completed_yuan": cells.wan("本月完成（万元）"),
    }
    return [Part(MonthlyReport, values), *_completed(cells, project_id, month)]


def _completed(cells: Cells, project_id: int, month: Month) -> list[Part]:
    amount = cells.wan("本月完成（万元）")
    if amount is None:
        return []
    reported = claim(cells, ClaimKind.COMPLETION, project_id, _cut_off(month))
    values = {
        "project_id": project_id,
        "kind": MoneyKind.COMPLETED,
        "amount": amount,
        "currency": Currency.CNY,
        "rate": Decimal(1),
        "amount_yuan": amount,
        "happened_on": reported.values["happened_on"],
        "claim_id": Ref("claim"),
        "entered_at": reported.values["reported_at"],
        "entered_by_id": reported.values["reported_by_id"],
    }
    return [reported, Part(MoneyEntry, values)]


def light_override(cells: Cells) -> list[Part]:
    """light_overrides.csv: a light set by hand for a key project and a month, and what had been computed."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "month": _month(cells, "月份").first,
        "system_light": cells.needed_word(Light, "系统亮灯"),
        "light": cells.needed_word(Light, "人工亮灯"),
        "reason": cells.given("理由", cells.long("理由") or None),
        "at": cells.needed_instant("调整时间"),
        "by_id": cells.needed_one("人员", "调整人"),
        "ended_at": cells.instant("撤销时间"),
        "ended_by_id": cells.one("人员", "撤销人"),
    }
    return [Part(LightOverride, values)]


def light_letter(cells: Cells) -> list[Part]:
    """light_letters.csv: a letter about a red light, and the plan that came in answer."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "month": _month(cells, "月份").first,
        "cause": cells.long("原因"),
        "year": cells.needed_day("发函日期").year,
        "serial": cells.needed_whole("编号"),
        "issued_on": cells.needed_day("发函日期"),
        "unit_id": cells.needed_one("单位", "主送单位"),
        "answer_by_on": cells.needed_day("报送时限"),
        "at": cells.needed_instant("登记时间"),
        "by_id": cells.needed_one("人员", "经办人"),
        "answered_on": cells.day("收到日期"),
        "answer": cells.long("回复内容"),
        "answered_by_id": cells.one("人员", "登记人"),
    }
    return [Part(SupervisionLetter, values)]


def _cut_off(month: Month) -> date:
    return month.first.replace(day=CUT_OFF_DAY)


def _month(cells: Cells, head: str) -> Month:
    """“2022年9月”, or any day of it: Excel makes a day of what looks like a month."""
    found = _MONTH.fullmatch(cells.needed(head))
    if not found:
        return Month.of(cells.needed_day(head))
    if not 1 <= int(found[2]) <= 12:
        raise CellWrong(head, f"“{found[0]}”不是月份，应为 2022年9月 这样。")
    return Month(int(found[1]), int(found[2]))
