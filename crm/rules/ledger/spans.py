"""Cells merged downwards: what stands at the top speaks for every row of the range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crm.rules.ledger.cells import Cell, Row, Span, cell_at
from crm.rules.ledger.tables import Table

_TALLEST, _WIDEST = 2000, 50


class MergedDown:
    """The ranges of a table's data that are merged over several rows."""

    def __init__(self, rows: Sequence[Row], merged: Sequence[Span], table: Table) -> None:
        self._rows = rows
        self._spans = {place: span for span in merged if _is_data(span, table) for place in _places(span)}

    def cell(self, row: int, column: int | None) -> Cell:
        """The cell; of a cell merged down from above, what stands at its top."""
        cell = cell_at(self._rows[row], column)
        if cell is not None or column is None:
            return cell
        span = self._spans.get((row, column))
        return None if span is None else cell_at(self._rows[span.top], span.left)

    def sharing(self, row: int, column: int) -> range:
        """The rows that share this cell; the row alone where it is not merged down."""
        span = self._spans.get((row, column))
        return range(row, row + 1) if span is None else range(span.top, span.bottom + 1)


def _is_data(span: Span, table: Table) -> bool:
    small = span.bottom - span.top < _TALLEST and span.right - span.left < _WIDEST
    return small and table.start <= span.top < span.bottom and span.left < table.right


def _places(span: Span) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(span.top, span.bottom + 1) for column in range(span.left, span.right + 1))
