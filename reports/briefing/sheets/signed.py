"""签约项目一览表: formal contracts of the year by industry, amounts descending; framework agreements listed apart."""

from __future__ import annotations

from collections.abc import Sequence

from crm.choices import CapitalKind
from crm.rules.days import Month
from crm.rules.figures import DASH
from reports.briefing import words
from reports.briefing.facts import Briefing, Signed
from reports.briefing.groups import by_industry, project_count, total
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Shown, Values
from reports.briefing.sheets.values import wan, yi
from reports.sheet import Canvas, Look, Sheet, Value

NODE_LOOKS = {
    "签约": Look.STATE_YELLOW,
    "前期": Look.STATE_BLUE,
    "拿地": Look.STATE_BLUE,
    "开工": Look.STATE_GREEN,
    "竣工": Look.STATE_GREEN,
    "投产": Look.STATE_GREEN,
    "达产": Look.STATE_GREEN,
    "退库": Look.STATE_GREY,
}


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """The sheet; a year without signings says so in one row."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(words.cut_off(briefing), f"单位：{layout.unit}")
    frame.heads()
    first = frame.row
    if briefing.signed:
        _table(frame)
    else:
        frame.empty(f"{words.span_of_year(briefing.month)}无核定签约项目")
    last = frame.row - 1
    _frameworks(frame)
    frame.close([_note(frame)])
    return frame.sheet(frame.page(repeat=(2, first - 1), freeze_row=first, filter_row=first - 1, last=last))


def _note(frame: Frame) -> str:
    foreign, total_name = frame.called("foreign"), frame.called("total", "总投资")
    part = f"，{foreign}为{total_name}的其中项" if foreign else ""
    return (
        f"注：签约项目指已签正式投资协议并经综合统计核定的项目，以协议签订日期归月；内资、外资分列{part}；"
        "区内迁移、同一项目分期签约不重复计数，补充协议只计增资额、不另计个数；合计与分项之和因四舍五入可能略有差异。"
    )


def values(row: Signed, serial: int, month: Month) -> Values:
    """The cells of a project by column key; what was signed this month says so first."""
    is_new = Month.of(row.signed_on) == month and row.counts
    return {
        "serial": serial,
        "name": row.name,
        "investor": row.investor,
        "origin": row.origin,
        "capital": row.capital.label,
        "industry": row.industry,
        "total": yi(row.total_yuan),
        "foreign": wan(row.foreign_usd or None),
        "fixed": yi(row.fixed_yuan),
        "registered": wan(row.registered_yuan),
        "contract": row.contract,
        "signed": row.signed_on,
        "site": row.site,
        "officer": row.officer,
        "node": node(row.node),
        "started": row.started_on,
        "note": "；".join(part for part in ("本月新签约" if is_new else "", row.note) if part),
        "code": row.code,
        "area": row.area,
        "content": row.content,
        "unit": row.unit,
        "planned_start": row.planned_start_on,
        "signed_days": (month.last - row.signed_on).days,
    }


def node(text: str) -> Value | Shown:
    """How far the project is, on the fill of its phase."""
    return Shown(text, NODE_LOOKS[text]) if text in NODE_LOOKS else text


def sums(rows: Sequence[Signed]) -> Values:
    """The figures of a group row."""
    return {
        "total": yi(total(r.total_yuan for r in rows)),
        "foreign": wan(total(r.foreign_usd or None for r in rows)),
        "fixed": yi(total(r.fixed_yuan for r in rows)),
        "registered": wan(total(r.registered_yuan for r in rows)),
    }


def _table(frame: Frame) -> None:
    briefing = frame.briefing
    foreign = project_count(r for r in briefing.signed if r.capital is CapitalKind.FOREIGN)
    label = f"合计（{project_count(briefing.signed)}个" + (f"，其中外资{foreign}个）" if foreign else "）")
    frame.group(Look.TOTAL, "", label, sums(briefing.signed))
    order = [piece.label for piece in briefing.by_industry]
    for number, (industry, rows) in enumerate(by_industry(briefing.signed, order), 1):
        label = f"{industry or '未分产业'}（{project_count(rows)}个）"
        frame.group(Look.GROUP, words.numeral(number), label, sums(rows))
        for serial, row in enumerate(rows, 1):
            frame.body(values(row, serial, briefing.month))


def _frameworks(frame: Frame) -> None:
    rows = frame.briefing.frameworks
    if not rows:
        return
    frame.group(Look.SUBGROUP, "附", f"框架协议（{len(rows)}个，不计入合计）", {"total": None})
    for serial, row in enumerate(rows, 1):
        cells = {**values(row, serial, frame.briefing.month), "node": DASH}
        cells["note"] = "；".join(part for part in ("意向金额，另列", row.note) if part)
        frame.body(cells, Look.MUTED)
