"""调整说明: what differs from the last issue, by kind of correction; that issue stays as it was."""

from __future__ import annotations

from reports.briefing import words
from reports.briefing.facts import Adjustment, Briefing, Correction
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Values
from reports.sheet import Canvas, Look, Sheet

NOTES = (
    "注：本表由系统比对上一期签发时留存的数据与本期数据时点的核定数自动列出；往期简报不改动，各项调整已计入本期累计数。"
    "签约后退库（流失）的，原签约月份不变，在退库当月单列扣减。",
)


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """The sheet; without an earlier issue, or without a difference, it says so in one row."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(against(briefing), f"单位：{layout.unit}")
    frame.heads()
    first = frame.row
    if briefing.adjustments:
        _table(frame)
    else:
        frame.empty(nothing(briefing))
    last = frame.row - 1
    frame.close(NOTES)
    return frame.sheet(frame.page(repeat=(2, first - 1), freeze_row=first, filter_row=first - 1, last=last))


def against(briefing: Briefing) -> str:
    """比对基准：2022年第9期（2022年9月，10月8日签发）."""
    previous = briefing.previous
    if previous is None:
        return "比对基准：无"
    issued = words.short_day(previous.issued_on)
    return f"比对基准：{previous.month.year}年第{previous.number}期（{previous.month.label}，{issued}签发）"


def nothing(briefing: Briefing) -> str:
    """Why there is nothing to list."""
    return "与上一期比对无差异" if briefing.previous else "尚无已签发的往期简报，无可比对"


def values(row: Adjustment, serial: int) -> Values:
    """The cells of a difference by column key."""
    return {
        "serial": serial,
        "kind": row.kind.label,
        "month": row.month,
        "name": row.name,
        "item": row.item,
        "old": row.old,
        "new": row.new,
        "difference": row.difference,
        "reason": row.reason,
        "evidence": row.evidence,
    }


def _table(frame: Frame) -> None:
    rows = frame.briefing.adjustments
    frame.group(Look.TOTAL, "", f"合计（{len(rows)}项）", {})
    groups = [(kind, [row for row in rows if row.kind is kind]) for kind in Correction]
    for number, (kind, found) in enumerate([group for group in groups if group[1]], 1):
        frame.group(Look.GROUP, words.numeral(number), f"{kind.label}（{len(found)}项）", {})
        for serial, row in enumerate(found, 1):
            frame.body(values(row, serial))
