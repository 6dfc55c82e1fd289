"""How high a row must be and where a page ends (briefing/design.md §2): computed, because nothing auto-grows reliably.

Widths come from counts of ems and not from a font's metrics, with reserve for substituted fonts: spare room shows as air,
never as cut text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from reports.sheet import Canvas, Page

LINE = 1.42  # line height in font sizes; holds for 仿宋 in Excel and Noto CJK in LibreOffice
PADDING_POINTS = 5.0
CEILING_POINTS = 400.0  # Excel's limit is 409.5
ASCII_EM = 0.53
ONE_PAGE = 1.07  # this much too high is still shrunk to one page
STRETCH = 1.4  # rows grow at most so much to fill one
PAGE_RESERVE = 0.98
CUT = "……"

# Closing marks never begin a line and opening marks never end one; a run of ASCII is not broken.
_TOKEN = re.compile(r"[（“‘《【〈]*(?:[!-~]+|.)[，。；：、）！？”’》】〉…]*", re.DOTALL)


def pixels(width: float) -> float:
    """Excel's column width in pixels."""
    return 7 * width + 5


def line_count(text: str, width_px: float, size: float) -> int:
    """How many lines a text takes in a column `width_px` wide, set in `size` points."""
    room = max((width_px - 6) * 0.94 / (size * 96 / 72), 1.0)
    return sum(_lines_of(paragraph, room) for paragraph in text.split("\n"))


def text_height(text: str, width_px: float, size: float) -> float:
    """Points a cell with this text needs."""
    return min(line_count(text, width_px, size) * size * LINE + PADDING_POINTS, CEILING_POINTS)


def fit_row(canvas: Canvas, row: int, floor: float) -> float:
    """Points the row needs: its tallest wrapped text, and never less than `floor`. Merged cells use the summed width."""
    spans = {(area.top, area.left): area for area in canvas.merges if area.top == row}
    needed = floor
    for column in range(1, len(canvas.widths) + 1):
        cell = canvas.cells.get((row, column))
        if cell is None or not cell.style.wrap or not isinstance(cell.value, str):
            continue
        span = spans.get((row, column))
        if span and span.bottom > row:
            continue
        last = span.right if span else column
        width = sum(pixels(canvas.widths[c - 1]) for c in range(column, last + 1))
        needed = max(needed, text_height(cell.value, width, cell.style.size))
    return round(needed, 1)


def capped(text: str, limit: int) -> str:
    """The text, cut with …… where it is longer than `limit` characters; the full text stays in the system."""
    return text if len(text) <= limit else text[: limit - 1].rstrip("，、；。：") + CUT


def scale(canvas: Canvas, page: Page, columns: int) -> float:
    """The factor by which the first `columns` columns are shrunk to fit the paper's width; at most 1."""
    room = (page.paper.width_mm - page.margins.left - page.margins.right) / 25.4 * 96
    return min(1.0, room / sum(pixels(width) for width in canvas.widths[:columns]))


def page_height(canvas: Canvas, page: Page, columns: int) -> float:
    """Points of rows that fit on one printed page at that scale."""
    room = (page.paper.height_mm - page.margins.top - page.margins.bottom) / 25.4 * 72
    return room / scale(canvas, page, columns) * PAGE_RESERVE


def paginate(canvas: Canvas, page: Page, columns: int) -> bool:
    """Spread a short table over one page (True), or write page breaks at which no kept row ends a page (False)."""
    height = page_height(canvas, page, columns)
    total = sum(canvas.heights.values())
    if not canvas.breaks and total <= height * ONE_PAGE:
        _stretch(canvas, height - total)
        return True
    canvas.breaks = sorted({*canvas.breaks, *_natural_breaks(canvas, page, height)})
    return False


def _stretch(canvas: Canvas, spare: float) -> None:
    elastic = sum(canvas.heights[row] for row in canvas.elastic)
    if spare <= 0 or not elastic:
        return
    factor = min(STRETCH, 1 + spare / elastic)
    for row in canvas.elastic:
        canvas.heights[row] = round(min(canvas.heights[row] * factor, CEILING_POINTS), 1)


def _natural_breaks(canvas: Canvas, page: Page, height: float) -> Iterator[int]:
    repeated = (
        sum(canvas.heights.get(row, 0.0) for row in range(page.repeat[0], page.repeat[1] + 1)) if page.repeat else 0.0
    )
    fixed, filled, first = set(canvas.breaks), 0.0, 1
    for row in canvas.rows():
        if row - 1 in fixed:
            filled, first = repeated, row
        if filled + canvas.heights.get(row, 0.0) > height and row > first:
            last = _break_before(canvas, row, first)
            yield last
            filled = repeated + sum(canvas.heights.get(r, 0.0) for r in range(last + 1, row))
            first = last + 1
        filled += canvas.heights.get(row, 0.0)


def _break_before(canvas: Canvas, row: int, first: int) -> int:
    """The last row of the page when `row` does not fit any more: kept rows move to the next page with it."""
    last = row - 1
    while last > first and last in canvas.kept:
        last -= 1
    return last if last > first else row - 1


def _lines_of(paragraph: str, room: float) -> int:
    lines, filled = 1, 0.0
    for token in _TOKEN.findall(paragraph):
        width = sum(ASCII_EM if character.isascii() else 1.0 for character in token)
        if filled + width <= room:
            filled += width
        elif width <= room:
            lines, filled = lines + 1, width
        else:
            lines += ceil((filled + width) / room) - 1
            filled = (filled + width) % room
    return lines
