"""Plain tables as sheets: a title, a line of what is said of it, heads, rows, a total; A3 landscape, heads on each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.rules.figures import DASH
from reports.sheet import Align, Area, Canvas, Edge, Footer, Format, Look, Margins, Page, Paper, Sheet, Style, Value

MARGINS = Margins(10, 10, 12, 15)
NAME_WIDTH, CELL_WIDTH = 24.0, 10.5
TITLE_HEIGHT, HEAD_HEIGHT, ROW_HEIGHT = 42.0, 36.0, 22.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head and how its values are printed."""

    head: str
    format: Format = Format.TEXT
    width: float = CELL_WIDTH


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's table: rows of values under heads; the last row is a total where it says so."""

    name: str
    unit: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    has_total: bool = False


def sheet(table: Table, title: str, said: Sequence[str], footer: Footer) -> Sheet:
    """The table under its title; `said` stands in the line below it (the cut-off, what counts), before the unit."""
    canvas, across = Canvas(tuple(column.width for column in table.columns)), len(table.columns)
    canvas.put(1, 1, title, Style(Look.TITLE, 20, Align.CENTER, edge=Edge.NONE), across=across)
    canvas.height(1, TITLE_HEIGHT)
    words = [*said, *([f"单位：{table.unit}"] if table.unit else [])]
    canvas.put(2, 1, "　　".join(words), Style(Look.KAI, 12, edge=Edge.NONE), across=across)
    canvas.height(2, ROW_HEIGHT)
    for number, column in enumerate(table.columns, 1):
        canvas.put(3, number, column.head, Style(Look.HEAD, 11, Align.CENTER))
    canvas.height(3, HEAD_HEIGHT)
    for place, values in enumerate(table.rows, 4):
        is_total = table.has_total and place == 3 + len(table.rows)
        _put_row(canvas, place, table.columns, values, Look.TOTAL if is_total else Look.BODY)
    bottom = Area(3, 1, max(4, 3 + len(table.rows)), across)
    page = Page(Paper.A3_LANDSCAPE, MARGINS, zoom=100, repeat=(2, 3), freeze=(4, 2), filter=bottom)
    return Sheet(table.name, canvas, page, footer, across)


def _put_row(canvas: Canvas, place: int, columns: Sequence[Column], values: Sequence[Value], look: Look) -> None:
    for number, (column, value) in enumerate(zip(columns, values, strict=True), 1):
        if isinstance(value, str) or value is None:
            style = Style(look, 11, Align.CENTER if value == DASH else Align.LEFT)
        else:
            is_count = isinstance(value, int)
            style = Style(look, 11, Align.RIGHT, Format.COUNT if is_count else column.format, wrap=False)
        canvas.put(place, number, value, style)
    canvas.height(place, ROW_HEIGHT)
