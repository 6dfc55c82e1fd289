"""A sheet as rows for a page: the same cells, merged and formatted as Excel prints them, for an HTML table.

Charts are left out (the page draws its own from the facts), and so is what stands right of the print area.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crm.rules.figures import percent, printed, signed, signed_percent
from reports.sheet import Area, Ask, Cell, Format, Sheet, Value


@dataclass(frozen=True, slots=True)
class Shown:
    """One td: `look` and `align` name CSS classes (light-red, right); `down` and `across` are its spans."""

    text: str
    look: str
    align: str
    down: int = 1
    across: int = 1
    ask: Ask | None = None  # what stands behind it


def table(sheet: Sheet) -> list[list[Shown]]:
    """The printed part row by row; cells under a merged one are left out, rows without cells are skipped."""
    spans = {(area.top, area.left): area for area in sheet.canvas.merges}
    covered = {place for area in sheet.canvas.merges for place in _inside(area)}
    rows: dict[int, list[Shown]] = {}
    for (row, column), cell in sorted(sheet.canvas.cells.items()):
        if column <= sheet.print_columns and (row, column) not in covered:
            area = spans.get((row, column), Area(row, column, row, column))
            rows.setdefault(row, []).append(_shown(cell, area, sheet.canvas.asks.get((row, column))))
    return list(rows.values())


def as_printed(value: Value, format_: Format) -> str:
    """The text Excel shows for the value: 229.70, 37,400, 75.2%, +14.8%, 2022.09; "" for nothing."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, date):
        return f"{value.year}.{value.month:02d}" if format_ is Format.MONTH else value.isoformat()
    return _figure(value, format_)


def _figure(value: int | Decimal | Fraction, format_: Format) -> str:
    exact = Fraction(value)
    if format_ is Format.RATE:
        return percent(exact)
    if format_ is Format.CHANGE:
        return signed_percent(exact)
    if format_ is Format.POINTS:
        return signed(exact)
    if format_ is Format.YI:
        return printed(exact, 2)
    return printed(exact) if format_ is Format.COUNT else str(value)


def _shown(cell: Cell, area: Area, ask: Ask | None) -> Shown:
    style = cell.style
    return Shown(
        as_printed(cell.value, style.format),
        style.look.name.lower().replace("_", "-"),
        style.align.value,
        area.bottom - area.top + 1,
        area.right - area.left + 1,
        ask,
    )


def _inside(area: Area) -> Iterator[tuple[int, int]]:
    # Every place of the area but its first.
    for row in range(area.top, area.bottom + 1):
        for column in range(area.left, area.right + 1):
            if (row, column) != (area.top, area.left):
                yield row, column
