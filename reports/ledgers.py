"""Lists as workbooks: what a screen shows, for further work in Excel. Text is written as text, so no cell is ever a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from crm.queries.project_list import Row
from crm.rules.days import day_of
from crm.rules.figures import YUAN_PER_YI

FONT = "宋体"
ROW_HEIGHT = 18


@dataclass(frozen=True)
class Column:
    """A column of a ledger: its head (with the unit), its width in characters, its format, and the value of a row."""

    head: str
    width: int
    look: str  # text, amount, whole, day
    value: Callable[[Row, int], Any]
    summed: bool = False


def _yi(yuan: int | None) -> Decimal | None:
    return None if yuan is None else Decimal(yuan) / YUAN_PER_YI


def _wan(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / 10_000


PROJECT_COLUMNS: tuple[Column, ...] = (
    Column("编号", 14, "text", lambda row, _: row.code),
    Column("项目名称", 34, "text", lambda row, _: row.name),
    Column("投资方", 32, "text", lambda row, _: row.company),
    Column("内外资", 8, "text", lambda row, _: row.capital_kind.label),
    Column("来源地", 12, "text", lambda row, _: row.origin),
    Column("产业", 14, "text", lambda row, _: row.industry),
    Column("等级", 6, "text", lambda row, _: row.grade),
    Column("阶段", 10, "text", lambda row, _: row.stage.label),
    Column("状态", 8, "text", lambda row, _: row.status.label),
    Column("进入本阶段", 12, "day", lambda row, _: row.stage_since_on),
    Column("总投资（亿元）", 14, "amount", lambda row, _: _yi(row.total_yuan), True),
    Column("外资（万美元）", 14, "whole", lambda row, _: _wan(row.foreign_usd), True),
    Column("到位资金（亿元）", 16, "amount", lambda row, arrived: _yi(arrived) if arrived else None, True),
    Column("计划开工", 12, "day", lambda row, _: row.planned_start_on),
    Column("片区", 14, "text", lambda row, _: row.area),
    Column("责任单位", 14, "text", lambda row, _: row.unit),
    Column("主办", 10, "text", lambda row, _: row.lead),
    Column("最近跟进", 12, "day", lambda row, _: row.last_contact_on),
    Column("首报日期", 12, "day", lambda row, _: day_of(row.registered_at)),
)

_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "text": {},
    "amount": {"num_format": "#,##0.00", "align": "right"},
    "whole": {"num_format": "#,##0", "align": "right"},
    "day": {"num_format": "yyyy-mm-dd", "align": "center"},
}


def projects(rows: Sequence[Row], arrived_yuan: Mapping[int, int], on: date, made_by: str) -> bytes:
    """The list of projects as .xlsx; money in 亿元 and 万美元, foreign money never added in, sums as values."""
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    workbook.set_properties({"title": f"项目清单 {on.isoformat()}", "comments": made_by})
    sheet = workbook.add_worksheet("项目清单")
    base = {"font_name": FONT, "font_size": 10, "border": 1, "valign": "vcenter"}
    looks = {name: workbook.add_format({**base, **look}) for name, look in _LOOKS.items()}
    head = workbook.add_format({**base, "bold": True, "bg_color": "#EDEFF2", "align": "center", "text_wrap": True})
    sums = {name: workbook.add_format({**base, **look, "bold": True, "top": 2}) for name, look in _LOOKS.items()}
    for place, column in enumerate(PROJECT_COLUMNS):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.head, head)
    for line, row in enumerate(rows, 1):
        for place, column in enumerate(PROJECT_COLUMNS):
            _write(sheet, line, place, column.value(row, arrived_yuan.get(row.id, 0)), looks[column.look])
    _sums(sheet, rows, arrived_yuan, sums)
    _page(sheet, len(rows), made_by)
    workbook.close()
    return buffer.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, look: Any) -> None:
    """Empty stays empty; what begins with "=" stays text."""
    if value is None or value == "":
        sheet.write_blank(line, place, None, look)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, look)
    elif isinstance(value, Decimal):
        sheet.write_number(line, place, float(value), look)
    else:
        sheet.write_string(line, place, str(value), look)


def _sums(sheet: Any, rows: Sequence[Row], arrived_yuan: Mapping[int, int], looks: Mapping[str, Any]) -> None:
    line = len(rows) + 1
    for place, column in enumerate(PROJECT_COLUMNS):
        value: Any = None
        if column.summed:
            values = (column.value(row, arrived_yuan.get(row.id, 0)) for row in rows)
            value = sum((amount for amount in values if amount is not None), Decimal(0))
        _write(sheet, line, place, value, looks[column.look])
    _write(sheet, line, 0, "合计", looks["text"])
    _write(sheet, line, 1, f"{len(rows)} 个", looks["text"])


def _page(sheet: Any, count: int, made_by: str) -> None:
    """A3 landscape, the head on every page, the name of who exported it at the foot."""
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, count, len(PROJECT_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{made_by.replace('&', '&&')}&R第 &P 页，共 &N 页")
