"""Long tables as .xlsx in constant memory: rows are written as they come, batch by batch, column by column.

XlsxWriter makes everything but the rows: styles, widths, what is frozen, filtered and printed. It is asked twice for the
same empty workbook, once for what stands before the rows and once, when their number is known, for what stands behind
them. A cell of its own constant_memory costs nine microseconds, here it costs one: a column of a batch is looked through
for what needs escaping in one go, and a cell is one format string. Text is inline text, so that no cell is a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter.utility import xl_col_to_name

MOST_ROWS = 1_048_576 - 2  # of a sheet, beside the head and the sums
_SHEET = "xl/worksheets/sheet1.xml"
_FIRST = "[Content_Types].xml"  # by which programs tell what kind of file it is
_LEVEL = 3  # of compression: half the time of the usual 6 for a file a seventh larger
_DAY_ZERO = date(1899, 12, 30).toordinal()
_LONGEST_TEXT = 32_767  # UTF-16 units in a cell
_BETWEEN = "\x01"  # between texts that are looked through together; no cell can hold it
_SPECIAL = re.compile("[\\s&<>\x00\x02-\x1f\ud800-\udfff\ufffe\uffff]|_x")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Values = Sequence[Any]


def write(
    file: IO[bytes],
    frame: Callable[[int], bytes],
    batches: Iterable[Sequence[Values]],
    sums: Callable[[int], Values],
) -> int:
    """Write the workbook; returns how many rows it holds.

    `frame(count)` is the workbook without its rows: its one sheet holds the head, a row of blanks in the style of each
    column, and a row of blanks in the styles of the sums. A batch is the values of one column after another: texts, days,
    numbers, each None where there is nothing. `sums(count)` are the values of the last row.
    """
    first = _Parts.of(frame(0))
    count = 0
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.writestr(_FIRST, first.archive.read(_FIRST))
        with archive.open(_SHEET, "w", force_zip64=True) as sheet:
            sheet.write(first.before.encode())
            for batch in batches:
                sheet.write(_rows(batch, first.styles[0], count + 2))
                count += len(batch[0])
            sheet.write(_rows([[value] for value in sums(count)], first.styles[1], count + 2))
            last = _Parts.of(frame(count))
            sheet.write(last.behind.encode())
        for name in last.archive.namelist():
            if name not in (_FIRST, _SHEET):
                archive.writestr(name, last.archive.read(name))
    return count


@dataclass(frozen=True)
class _Parts:
    """A workbook without rows, taken apart: what stands before and behind them, and the styles of cells and sums."""

    archive: ZipFile
    before: str
    behind: str
    styles: tuple[list[str], list[str]]

    @classmethod
    def of(cls, data: bytes) -> _Parts:
        archive = ZipFile(BytesIO(data))
        before, middle, behind = re.split(r'(<row r="2".*)(?=</sheetData>)', archive.read(_SHEET).decode())
        cells, sums = (re.findall(r's="(\d+)"', row) for row in middle.split('<row r="3"'))
        return cls(archive, re.sub("<dimension[^>]*/>", "", before), behind, (cells, sums))


def _rows(columns: Sequence[Values], styles: Sequence[str], start: int) -> bytes:
    """Rows as XML, the first of them number `start` of the sheet."""
    written = [_cells(values, xl_col_to_name(place), styles[place], start) for place, values in enumerate(columns)]
    rows = (
        f'<row r="{number}">{"".join(cells)}</row>' for number, cells in enumerate(zip(*written, strict=True), start)
    )
    return "".join(rows).encode()


def _cells(values: Values, letter: str, style: str, start: int) -> list[str]:
    """The cells of one column; what it holds is told by its first value."""
    head, blank = f'<c r="{letter}', f'" s="{style}"/>'
    sample = next((value for value in values if value is not None), None)
    if isinstance(sample, str):
        front, (texts, back) = f'" s="{style}" t="inlineStr"><is><t', _texts(values)
        return [
            f"{head}{number}{front}{text}{back}" if text else f"{head}{number}{blank}"
            for number, text in enumerate(texts, start)
        ]
    front, back = f'" s="{style}"><v>', "</v></c>"
    if isinstance(sample, date):
        values = [None if day is None else day.toordinal() - _DAY_ZERO for day in values]
    return [
        f"{head}{number}{blank}" if value is None else f"{head}{number}{front}{value}{back}"
        for number, value in enumerate(values, start)
    ]


def _texts(values: Values) -> tuple[list[str], str]:
    """The texts with what their tag needs, and how the cells end; "" for nothing."""
    texts = [value or "" for value in values]
    together = _BETWEEN.join(texts)
    is_plain = together.count(_BETWEEN) == len(texts) - 1 and not _SPECIAL.search(together)
    if is_plain and max(map(len, texts)) * 2 < _LONGEST_TEXT:
        return [text and f">{text}" for text in texts], "</t></is></c>"
    return [text and f' xml:space="preserve">{escaped(text)}' for text in texts], "</t></is></c>"


def escaped(text: str) -> str:
    """A text as XML of a cell: what it cannot hold is left out, what a spreadsheet would take for an escape stays itself."""
    text = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.encode("utf-16-le")[: _LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
    return _ESCAPE.sub("_x005F_", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
