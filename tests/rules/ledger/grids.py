"""Ledgers written as grids of cells, the way a clerk would type them."""

from __future__ import annotations

from typing import Any

from crm.rules.ledger import Hints, Ledger, RowReading, SheetReading, read_ledger
from crm.rules.ledger.cells import Sheet, Span, Workbook

N = None


def sheet(
    *rows: list[Any], name: str = "表", merged: tuple[tuple[int, int, int, int], ...] = (), hidden: bool = False
) -> Sheet:
    """A sheet of the given rows; `merged`: (top, left, bottom, right) from 0."""
    return Sheet(name, tuple(tuple(row) for row in rows), tuple(Span(*span) for span in merged), hidden)


def ledger(*sheets: Sheet, filename: str = "台账.xlsx", hints: Hints | None = None) -> Ledger:
    """The sheets read as one file."""
    return read_ledger(Workbook(filename, "xlsx", sheets), hints or Hints())


def reading(*rows: list[Any], **named: Any) -> SheetReading:
    """The one table of a sheet of the given rows."""
    hints = named.pop("hints", None)
    found = ledger(sheet(*rows, **named), hints=hints)
    assert len(found.sheets) == 1, found.skipped
    return found.sheets[0]


def names(table: SheetReading) -> list[str]:
    return [row.name for row in table.projects]


def kinds(table: SheetReading) -> dict[int, str]:
    """Row number -> what it is, for rows that are no projects."""
    return {row.number: row.kind.value for row in table.rows if not row.is_project and row.reason}


def codes(row: RowReading) -> list[str]:
    return [finding.code for finding in row.findings]
