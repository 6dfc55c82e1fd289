"""The uploaded ledger given back with what is to be mended: cells coloured, findings as comments and in a column at the right.

Values only: formulas of the upload come back as what they showed, text that looks like a formula stays text, links are dropped.
A ledger that was no .xlsx comes back as a list of its rows with findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

BAD = PatternFill("solid", fgColor="FCECEA")
LOOK = PatternFill("solid", fgColor="FFF4D9")
BOLD = Font(bold=True)
AUTHOR = "台账检查"
HEAD = "检查发现"
LONGEST_COMMENT = 600
WIDTHS = {1: 14, 2: 8}


@dataclass(frozen=True)
class Mark:
    """A finding: at a column (from 0), or at the row."""

    column: int | None
    words: str
    is_error: bool


@dataclass(frozen=True)
class MarkedRow:
    """A row with findings. `cells`: column from 0 -> (head, text), as corrected."""

    sheet: str
    number: int
    cells: Mapping[int, tuple[str, str]]
    findings: Sequence[Mark]


def render(data: bytes, rows: Sequence[MarkedRow]) -> bytes:
    """The workbook as bytes."""
    book = _opened(data)
    if book is None:
        book = _listed(rows)
    else:
        _mark(book, rows)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _opened(data: bytes) -> Workbook | None:
    """The upload with values in place of formulas; None where it is no workbook of the new kind."""
    try:
        return load_workbook(BytesIO(data), data_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        return None


def _mark(book: Workbook, rows: Iterable[MarkedRow]) -> None:
    by_sheet: dict[str, list[MarkedRow]] = defaultdict(list)
    for row in rows:
        by_sheet[row.sheet].append(row)
    for sheet in book.worksheets:
        _tame(sheet)
        column = sheet.max_column + 1
        for row in by_sheet.get(sheet.title, ()):
            _mark_row(sheet, row, column)


def _tame(sheet: Worksheet) -> None:
    """Links away: a given-back file opens nothing by itself."""
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell, Cell) and cell.hyperlink is not None:
                cell.hyperlink = None


def _mark_row(sheet: Worksheet, row: MarkedRow, column: int) -> None:
    said: dict[int, list[Mark]] = defaultdict(list)
    for mark in row.findings:
        if mark.column is not None:
            said[mark.column].append(mark)
    for place, marks in said.items():
        cell = sheet.cell(row.number, place + 1)
        if isinstance(cell, MergedCell):
            continue
        cell.fill = BAD if any(mark.is_error for mark in marks) else LOOK
        cell.comment = Comment("；".join(mark.words for mark in marks)[:LONGEST_COMMENT], AUTHOR)
    _write(sheet, row.number, column, "；".join(mark.words for mark in row.findings))


def _listed(rows: Sequence[MarkedRow]) -> Workbook:
    """A new workbook: sheet, row, the cells, the findings."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = HEAD
    heads = {column: head for row in rows for column, (head, _) in row.cells.items()}
    columns = sorted(heads)
    for place, words in enumerate(["工作表", "行", *(heads[column] for column in columns), HEAD], start=1):
        _write(sheet, 1, place, words)
        sheet.cell(1, place).font = BOLD
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(place, 22)
    for line, row in enumerate(rows, start=2):
        _write(sheet, line, 1, row.sheet)
        sheet.cell(line, 2, row.number)
        worst = {column: any(m.is_error for m in row.findings if m.column == column) for column in columns}
        for place, column in enumerate(columns, start=3):
            _write(sheet, line, place, row.cells.get(column, ("", ""))[1])
            if any(mark.column == column for mark in row.findings):
                sheet.cell(line, place).fill = BAD if worst[column] else LOOK
        _write(sheet, line, len(columns) + 3, "；".join(mark.words for mark in row.findings))
    sheet.freeze_panes = "A2"
    return book


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Text stays text: nothing typed into a ledger is ever a formula in what we hand out."""
    cell = sheet.cell(row, column)
    if isinstance(cell, Cell):
        cell.value = _printable(text)
        cell.data_type = "s"


def _printable(text: str) -> str:
    return "".join(character for character in text if character >= " " or character in "\n\t")
