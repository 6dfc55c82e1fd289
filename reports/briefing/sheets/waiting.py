"""未开工未投产项目: signed and not started, started and not producing; the largest of each, with how long they wait."""

from __future__ import annotations

from datetime import date

from crm.rules.figures import yi as printed_yi
from reports.briefing import words
from reports.briefing.facts import Briefing, Queue, Waiting
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Shown, Values
from reports.briefing.sheets.values import light_of, yi
from reports.sheet import Canvas, Look, Sheet, Value

MOST = 10  # of each table; both fit one page, so that every page has its heads


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """Two tables on one grid."""
    columns, twin = prepared(layout, audience), prepared(layout, audience, twin=True)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(words.cut_off(briefing), f"单位：{layout.unit}")
    _table(frame, "一、已签约未开工项目", briefing.not_started)
    frame.columns = twin
    _table(frame, "二、已开工未投产项目", briefing.not_producing)
    frame.close([_note(frame)])
    return frame.sheet(frame.page(repeat=(1, 2), freeze_row=3))


def values(row: Waiting, serial: int, cut_off_on: date) -> Values:
    """The cells of a project by column key; the days are counted to the cut-off."""
    return {
        "serial": serial,
        "name": row.name,
        "investor": row.investor,
        "industry": row.industry,
        "total": yi(row.total_yuan),
        "since": row.since_on,
        "days": (cut_off_on - row.since_on).days,
        "due": row.due_on,
        "overdue": overdue(row.due_on, cut_off_on),
        "step": row.step or yi(row.done_yuan),
        "state": row.state,
        "measures": row.measures,
        "unit": row.unit,
        "person": row.person,
        "light": light_of(row.light),
        "code": row.code,
        "origin": row.origin,
        "capital": row.capital.label if row.capital else "",
        "area": row.area,
    }


def overdue(due_on: date | None, cut_off_on: date) -> Value | Shown:
    """Days past what was promised, marked; 未到期, or 未约定 where nothing was."""
    if due_on is None:
        return "未约定"
    days = (cut_off_on - due_on).days
    return Shown(days, Look.ALARM) if days > 0 else "未到期"


def _table(frame: Frame, title: str, queue: Queue) -> None:
    frame.bar(_bar(title, queue), Look.GROUP, size=12)
    frame.heads()
    for serial, row in enumerate(queue.rows[:MOST], 1):
        frame.body(values(row, serial, frame.briefing.month.last))
    if not queue.rows:
        frame.empty("无")


def _bar(title: str, queue: Queue) -> str:
    listed = len(queue.rows[:MOST])
    shown = f"；下列总投资前{listed}位" if queue.count > listed else ""
    return f"{title}（共{queue.count}个，总投资{printed_yi(queue.total_yuan)}亿元{shown}）"


def _note(frame: Frame) -> str:
    days = frame.briefing.thresholds.start_overdue_days
    late = frame.called("overdue", "超约定")
    return (
        "注：签约、开工日期以核定日期为准；“约定”指投资协议约定的开工、投产时限；"
        f"{late}{days}天以上列红色预警，{days}天以内列黄色预警；第二部分预警沿用重点项目亮灯，未列入重点项目的记“—”。"
    )
