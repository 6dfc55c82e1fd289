"""What the reader has to say about a cell, a row or a sheet. Findings are values; nothing here raises.

Wording follows ui/design.md §7: what is wrong and what to do, with the value; no codes, no exclamation marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm.rules.ledger.cells import letter
from crm.rules.ledger.fields import Field


class Severity(StrEnum):
    """An error keeps a value out until someone decides; a hint does not."""

    ERROR = "错误"
    HINT = "提醒"


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding that does not yet know where it stands. `suggestion` is text that may replace the cell."""

    severity: Severity
    code: str
    message: str
    suggestion: str = ""

    def at(self, row: int | None, column: int | None, field: Field | None) -> Finding:
        """The remark at its place."""
        return Finding(row, column, field, self.severity, self.code, self.message, self.suggestion)


@dataclass(frozen=True, slots=True)
class Finding:
    """`row` counts from 1 as in the file, `column` from 0; None where the whole sheet is meant."""

    row: int | None
    column: int | None
    field: Field | None
    severity: Severity
    code: str
    message: str
    suggestion: str = ""

    @property
    def cell(self) -> str:
        """The address people use: D12; only the row or the column where that is all there is."""
        return f"{'' if self.column is None else letter(self.column)}{self.row or ''}"

    @property
    def is_error(self) -> bool:
        """Whether it keeps a value out."""
        return self.severity is Severity.ERROR


def error(code: str, message: str, suggestion: str = "") -> Remark:
    """A remark that keeps the value out."""
    return Remark(Severity.ERROR, code, message, suggestion)


def hint(code: str, message: str, suggestion: str = "") -> Remark:
    """A remark the value may be taken in spite of."""
    return Remark(Severity.HINT, code, message, suggestion)
