"""Lists as workbooks: what a screen shows, for further work in Excel. Text is written as text, so no cell is ever a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import IO, Any

import xlsxwriter

from crm.queries.project_list import Row
from crm.rules.days import day_of
from crm.rules.figures import YUAN_PER_YI
from crm.rules.limits import DEFAULT, Limits
from reports import streaming

FONT = "宋体"


@dataclass(frozen=True)
class Beside:
    """What a row's values rest on besides the row: the day and the limits."""

    on: date
    limits: Limits = DEFAULT


@dataclass(frozen=True)
class Column:
    """A column of a ledger: its head, its width in characters, its look, and the value of a row.

    `reads` are the values of `Row` it is made of. An amount is a whole number of `unit`s and written as a number of them.
    """

    head: str
    width: int
    look: str  # text, amount, whole, day
    reads: tuple[str, ...]
    value: Callable[[Row, Beside], Any]
    unit: int = 1
    summed: bool = False


def _plain(head: str, width: int, look: str, name: str, unit: int = 1, summed: bool = False) -> Column:
    """A column that shows a value of the row as it is."""
    place = Row._fields.index(name)
    return Column(head, width, look, (name,), lambda row, _: row[place], unit, summed)


def _word(head: str, width: int, name: str) -> Column:
    """A column of a closed vocabulary."""
    place = Row._fields.index(name)

    def label(row: tuple[Any, ...], _beside: Beside) -> str | None:
        word = row[place]
        return None if word is None else str(word.label)

    return Column(head, width, "text", (name,), label)


def _alarm(row: Row, beside: Beside) -> str:
    alarm = row.alarm(beside.on, beside.limits)
    return alarm.words if alarm else ""


_WAN = 10_000
_ALARMING = ("status", "stage", "stage_since_on", "planned_start_on", "last_contact_on")
# By the keys of the list's columns (queries/project_columns.py), in the order of a ledger with all fields.
PROJECT_COLUMNS: Mapping[str, Column] = {
    "code": _plain("编号", 14, "text", "code"),
    "name": _plain("项目名称", 34, "text", "name"),
    "company": _plain("投资方", 32, "text", "company"),
    "capital": _word("内外资", 8, "capital_kind"),
    "origin": Column("来源地", 12, "text", ("country", "province"), lambda row, _: row.origin),
    "source": _word("来源渠道", 12, "source_channel"),
    "form": _word("投资形态", 12, "investment_form"),
    "industry": _plain("产业", 14, "text", "industry"),
    "grade": Column("等级", 6, "text", ("total_yuan", "foreign_usd", "is_fortune_500"), lambda row, _: row.grade),
    "stage": _word("阶段", 10, "stage"),
    "status": _word("状态", 8, "status"),
    "since": _plain("进入本阶段", 12, "day", "stage_since_on"),
    "total": _plain("总投资（亿元）", 14, "amount", "total_yuan", YUAN_PER_YI, summed=True),
    "fixed": _plain("固投（亿元）", 14, "amount", "fixed_yuan", YUAN_PER_YI, summed=True),
    "foreign": _plain("外资（万美元）", 14, "whole", "foreign_usd", _WAN, summed=True),
    "arrived": _plain("到位资金（亿元）", 16, "amount", "arrived_yuan", YUAN_PER_YI, summed=True),
    "jobs": _plain("就业（人）", 10, "whole", "jobs_count", summed=True),
    "confidence": _plain("把握（%）", 9, "whole", "confidence_percent"),
    "sign": _plain("预计签约", 12, "day", "expected_sign_on"),
    "start": _plain("计划开工", 12, "day", "planned_start_on"),
    "finish": _plain("计划竣工", 12, "day", "planned_finish_on"),
    "area": _plain("片区", 14, "text", "area"),
    "site": _plain("地块或载体", 18, "text", "site"),
    "unit": _plain("责任单位", 14, "text", "unit"),
    "lead": _plain("主办", 10, "text", "lead"),
    "contact": _plain("最近跟进", 12, "day", "last_contact_on"),
    "registered": Column("首报日期", 12, "day", ("registered_at",), lambda row, _: day_of(row.registered_at)),
    "protected": _plain("保护期至", 12, "day", "protected_until_on"),
    "alarm": Column("预警", 14, "text", _ALARMING, _alarm),
}

_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "text": {},
    "amount": {"num_format": "#,##0.00", "align": "right"},
    "whole": {"num_format": "#,##0", "align": "right"},
    "day": {"num_format": "yyyy-mm-dd", "align": "center"},
}


def read_by(keys: Iterable[str]) -> set[str]:
    """The values of `Row` that these columns are made of."""
    return {name for key in keys for name in PROJECT_COLUMNS[key].reads}


def projects(
    file: IO[bytes],
    batches: Iterable[Sequence[Row]],
    beside: Beside,
    made_by: str,
    keys: Sequence[str] = tuple(PROJECT_COLUMNS),
) -> int:
    """Write the list of projects as .xlsx; returns how many there are. `keys` are its columns in their order.

    Money in 亿元 and 万美元, foreign money never added in, sums as values. Memory holds one batch, however long the list.
    """
    columns = [PROJECT_COLUMNS[key] for key in keys]
    totals = dict.fromkeys((place for place, column in enumerate(columns) if column.summed), 0)
    # How many there are stands under the first column that is not summed; the name always is one.
    said = next(place for place, column in enumerate(columns) if not column.summed)

    def values() -> Iterable[list[Sequence[Any]]]:
        for batch in batches:
            found = [[column.value(row, beside) for row in batch] for column in columns]
            for place in totals:
                totals[place] += sum(filter(None, found[place]))
            yield [_in_units(column, amounts) for column, amounts in zip(columns, found, strict=True)]

    def sums(count: int) -> list[Any]:
        line = {place: amount / columns[place].unit for place, amount in totals.items()} | {said: f"合计 {count} 个"}
        return [line.get(place) for place in range(len(columns))]

    return streaming.write(file, lambda count: _frame(columns, count, said, beside.on, made_by), values(), sums)


def _in_units(column: Column, amounts: Sequence[Any]) -> Sequence[Any]:
    if column.unit == 1:
        return amounts
    return [None if amount is None else amount / column.unit for amount in amounts]


def _frame(columns: Sequence[Column], count: int, said: int, on: date, made_by: str) -> bytes:
    """The workbook without its rows (streaming.write says what it must hold)."""
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"title": f"项目清单 {on.isoformat()}", "comments": made_by})
    sheet = workbook.add_worksheet("项目清单")
    base = {"font_name": FONT, "font_size": 10, "border": 1, "valign": "vcenter"}
    head = workbook.add_format({**base, "bold": True, "bg_color": "#EDEFF2", "align": "center", "text_wrap": True})
    looks = {name: workbook.add_format({**base, **look}) for name, look in _LOOKS.items()}
    sums = {name: workbook.add_format({**base, **look, "bold": True, "top": 2}) for name, look in _LOOKS.items()}
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.head, head)
        sheet.write_blank(1, place, None, looks[column.look])
        sheet.write_blank(2, place, None, sums["text" if place == said else column.look])
    _page(sheet, columns, count, made_by)
    workbook.close()
    return buffer.getvalue()


def _page(sheet: Any, columns: Sequence[Column], count: int, made_by: str) -> None:
    """A3 landscape, the head on every page, the name of who exported it at the foot; the name stays in sight."""
    named = columns.index(PROJECT_COLUMNS["name"]) + 1
    sheet.freeze_panes(1, named if named <= 3 else 0)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{made_by.replace('&', '&&')}&R第 &P 页，共 &N 页")
