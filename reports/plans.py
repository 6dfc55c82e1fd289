"""重点项目年度计划 as a workbook: a project a row, with its plan, what was done of it, and its next node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from crm.queries.plans import YearRow
from crm.rules.days import Month
from crm.rules.figures import DASH, in_yi, signed
from crm.rules.plans import Progress, due_on, standing
from crm.rules.schedule import deviation_points, joint_share, schedule_share, share
from reports import workbook
from reports.sheet import Faces, Footer, Format, Value
from reports.tables import NAME_WIDTH, Column, Table, sheet

COLUMNS = (
    Column("序号", width=8), Column("项目名称", width=36), Column("清单", width=NAME_WIDTH), Column("招商组", width=14),
    Column("主办", width=10), Column("总投资", Format.YI, 12), Column("年度计划投资", Format.YI, 14),
    Column("已完成投资", Format.YI, 14), Column("年度完成率", Format.RATE, 12), Column("较序时（个百分点）", width=14),
    Column("计划开工", width=13), Column("计划竣工", width=13), Column("计划投产", width=13), Column("年度目标", width=40),
    Column("下一个节点", width=18), Column("节点日期", width=13), Column("节点情况", width=26),
)  # fmt: skip


def build(
    year: int, month: int, today: date, rows: Sequence[tuple[YearRow, Progress]], zone: str, now: datetime
) -> bytes:
    """The workbook's bytes; money in 亿元, verified only, done up to the month (0: none yet)."""
    title = f"{zone}重点项目年度计划（{year}年）"
    values = [_row(n, *one, today) for n, one in enumerate(rows, 1)]
    table = Table("年度计划", "亿元", COLUMNS, [*values, _total([row for row, _ in rows], month)], has_total=True)
    done = f"完成数为{Month(year, month).label}底累计，只计已核定" if month else "尚无完成数"
    made = sheet(table, title, (f"统计截止：{today}", done), Footer(f"{year}年", f"截至 {today}"))
    return workbook.render([made], workbook.Properties(title, zone, now), Faces())


def _row(number: int, row: YearRow, progress: Progress, today: date) -> list[Value]:
    project, plan, node = row.project, row.plan, row.next_node
    on = due_on(node) if node else None
    return [
        number, project.name, "、".join(one.label for one in row.lists), project.unit.short_name, row.lead,
        _yi(project.total_yuan), _yi(plan.planned_yuan) if plan else "没有计划", _yi(row.done_yuan),
        DASH if progress.completion is None else progress.completion,
        signed(progress.deviation),
        *(_day(getattr(plan, f"planned_{name}_on", None)) for name in ("start", "finish", "production")),
        plan.goal if plan else "", node.name if node else "", _day(on), str(standing(node, today)[1]) if node else "",
    ]  # fmt: skip


def _total(rows: Sequence[YearRow], month: int) -> list[Value]:
    """All together, as the foot of the page says it."""
    plans = [row.plan for row in rows if row.plan]
    planned, done = sum(plan.planned_yuan for plan in plans), sum(row.done_yuan for row in rows)
    due = joint_share((plan.planned_yuan, schedule_share(month, plan.month_yuan)) for plan in plans) if month else None
    completion = share(done, planned) if month else None
    deviation = None if due is None else deviation_points(done, planned, due)
    found: list[Value] = [
        None, f"合计 {len(rows)} 个", None, None, None, None, in_yi(planned), in_yi(done),
        DASH if completion is None else completion, signed(deviation),
    ]  # fmt: skip
    return found + [None] * (len(COLUMNS) - len(found))


def _yi(yuan: int | None) -> Value:
    return None if yuan is None else in_yi(yuan)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
