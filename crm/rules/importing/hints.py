"""What a person decided about a file's tables, as it is kept with the batch and as the reader wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.rules.ledger.fields import Field
from crm.rules.ledger.model import Hints, SheetHints
from crm.rules.ledger.rows import RowKind
from crm.rules.ledger.units import unit_named

Corrections = Mapping[str, Mapping[tuple[int, int], str]]


def hints_of(kept: Mapping[str, Any], corrections: Corrections | None = None) -> Hints:
    """The reader's hints. `kept`: {"sheets": [...] or None, "tables": {key: {...}}}; corrections by sheet, (row, column).

    What no longer makes sense (a field or a unit that does not exist) is left to the reader.
    """
    tables: dict[str, SheetHints] = {key: _table(told) for key, told in kept.get("tables", {}).items()}
    for sheet, texts in (corrections or {}).items():
        tables[sheet] = replace(tables.get(sheet, SheetHints()), corrections=dict(texts))
    sheets = kept.get("sheets")
    return Hints(sheets=tuple(sheets) if sheets is not None else None, tables=tables)


def _table(told: Mapping[str, Any]) -> SheetHints:
    header = told.get("header_rows")
    units = {int(column): unit for column, label in told.get("units", {}).items() if (unit := unit_named(label))}
    mapping = {int(column): _field(word) for column, word in told["mapping"].items()} if told.get("mapping") else None
    return SheetHints(
        header_rows=tuple(header) if header is not None else None,
        mapping=mapping,
        unit=unit_named(told.get("unit") or ""),
        units=units or None,
        kinds={int(row): RowKind(word) for row, word in told.get("kinds", {}).items()},
    )


def _field(word: str | None) -> Field | None:
    return Field.parse(word) if word else None
