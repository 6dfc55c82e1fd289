"""问题与交办清单: what meetings handed to whom, by class of issue, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence

from crm.choices import ActionState, IssueClass
from crm.rules.figures import percent
from crm.rules.schedule import share
from reports.briefing import words
from reports.briefing.facts import Assignment, Briefing
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Shown, Values
from reports.sheet import Canvas, Look, Sheet


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """The sheet; a month without items says so in one row."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(words.cut_off(briefing), "超期按自然日计")
    frame.heads()
    first = frame.row
    if briefing.assignments:
        _table(frame)
    else:
        frame.empty("本月无交办事项")
    if briefing.decisions:
        _decisions(frame)
    last = frame.row - 1
    frame.close([_note(frame)])
    return frame.sheet(frame.page(repeat=(2, first - 1), freeze_row=first, filter_row=first - 1, last=last))


def _note(frame: Frame) -> str:
    late = any(row.is_done_late for row in frame.briefing.assignments)
    in_time = "按期办结÷（已办结＋超期）；逾期后办结的仍列黄色。" if late else "已办结÷（已办结＋超期）。"
    return f"注：{frame.called('due', '时限')}遇法定节假日顺延至节后首个工作日；按期办结率＝{in_time}"


def values(row: Assignment, serial: int) -> Values:
    """The cells of an item by column key."""
    return {
        "serial": serial,
        "name": row.project,
        "problem": row.problem,
        "kind": row.kind.label,
        "meeting": "\n".join(part for part in (row.meeting, row.met_on.isoformat() if row.met_on else "") if part),
        "lead": row.lead_unit,
        "support": row.support_units,
        "due": row.due_on,
        "progress": row.progress,
        "state": state(row),
        "overdue": Shown(row.overdue_days, Look.ALARM) if row.is_overdue else row.late_days or None,
        "done": row.done_on,
        "note": row.note,
    }


def state(row: Assignment) -> Shown:
    """已办结, 逾期办结, 超期 or how it stands, on its fill: what was late and made good stays yellow."""
    if row.is_done_late:
        return Shown("逾期办结", Look.STATE_YELLOW)
    if row.is_done:
        return Shown("已办结", Look.STATE_GREEN)
    if row.is_overdue:
        return Shown("超期", Look.STATE_RED)
    told = row.state in (ActionState.ASSIGNED, ActionState.CHECKING, ActionState.RETURNED)
    return Shown(row.state.label if told and row.state else "办理中", Look.STATE_YELLOW)


def summary(rows: Sequence[Assignment]) -> str:
    """合计（16项：已办结5、办理中9、超期2；按期办结率71.4%）."""
    done, overdue = sum(r.is_done for r in rows), sum(r.is_overdue for r in rows)
    late = sum(r.is_done_late for r in rows)
    rate = percent(share(done - late, done + overdue))
    made_good = f"（逾期办结{late}）" if late else ""
    going = len(rows) - done - overdue
    return f"合计（{len(rows)}项：已办结{done}{made_good}、办理中{going}、超期{overdue}；按期办结率{rate}）"


def _table(frame: Frame) -> None:
    rows = frame.briefing.assignments
    frame.group(Look.TOTAL, "", summary(rows), {})
    groups = [(kind, [row for row in rows if row.kind is kind]) for kind in IssueClass]
    for number, (kind, found) in enumerate([group for group in groups if group[1]], 1):
        done = sum(row.is_done for row in found)
        label = f"{kind.label}类（{len(found)}项，已办结{done}项）"
        frame.group(Look.GROUP, words.numeral(number), label, {})
        for serial, row in enumerate(found, 1):
            frame.body(values(row, serial))


def _decisions(frame: Frame) -> None:
    """What the month's meetings decided for each project, under the items."""
    rows = frame.briefing.decisions
    frame.group(Look.TOTAL, "", f"附 会议议定事项（{len(rows)}项）", {})
    for serial, row in enumerate(rows, 1):
        parts = (row.meeting, row.met_on.isoformat())
        frame.body(
            {
                "serial": serial,
                "name": row.project,
                "problem": row.text,
                "kind": row.kind.label,
                "meeting": "\n".join(part for part in parts if part),
            }
        )
