"""What a spreadsheet gives: typed cells in rows in sheets. No library and no meaning here.

`crm.sheets` fills these from bytes; everything else in this package reads them.
Rows and columns are counted from 0 here; what people read counts rows from 1 and names columns by letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CellError:
    """A formula that failed: `#REF!`, `#DIV/0!`."""

    code: str


Cell: TypeAlias = "str | int | Decimal | date | datetime | bool | CellError | None"
"""Decimals are finite and exact: what Excel shows, not the binary number behind it."""
Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A merged range; all four edges belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        """Whether a cell lies in the range."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows[0]` is its first physical row; rows end at their last filled cell."""

    name: str
    rows: tuple[Row, ...]
    merged: tuple[Span, ...] = ()
    hidden: bool = False
    cut: str = ""
    """A sentence when far-away cells were left unread, else empty."""


@dataclass(frozen=True)
class Workbook:
    """An uploaded file as cells. `kind` is what the bytes are (xlsx, xls, ods, csv), whatever the name says."""

    filename: str
    kind: str
    sheets: tuple[Sheet, ...]


def show(cell: Cell) -> str:
    """The cell as a person would see it: whole numbers plain, dates as 2022-03-05, errors by their code."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M") if cell.hour or cell.minute else cell.strftime("%Y-%m-%d")
    if isinstance(cell, CellError):
        return cell.code
    return str(cell)


def plain(number: Decimal) -> str:
    """A number without exponent and without idle zeros: 1234.1, 26000."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def letter(column: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def is_number(cell: Cell) -> bool:
    """A number proper; True and False are not numbers here."""
    return isinstance(cell, (int, Decimal)) and not isinstance(cell, bool)


def cell_at(row: Row, column: int | None) -> Cell:
    """The cell, or None beyond the row's end."""
    return row[column] if column is not None and column < len(row) else None
