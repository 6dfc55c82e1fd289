"""What a page shows of a ledger beside its rows, as it is kept in `import_batch.counts`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from crm.rules.importing.reading import finding_json
from crm.rules.ledger import Ledger, RowReading, SheetReading

MOST_SKIPPED = 400  # rows that are no projects, listed one by one
SAMPLES = 3


def described(ledger: Ledger) -> dict[str, Any]:
    """The tables with their columns, sums and skipped rows; the sheets left out; what is wrong with the whole."""
    return {
        "sheets": {sheet.key: _sheet(sheet) for sheet in ledger.sheets},
        "left_sheets": [[sheet.name, sheet.reason] for sheet in ledger.skipped],
        "findings": [finding_json(finding) for finding in ledger.findings],
    }


def _sheet(sheet: SheetReading) -> dict[str, Any]:
    """What a page shows of a table beside its rows."""
    skipped = sheet.skipped
    return {
        "name": sheet.name,
        "header_rows": list(sheet.header_rows),
        "labels": {str(column): label for column, label in sheet.labels.items()},
        "mapping": {str(column): field.value for column, field in sheet.mapping.items()},
        "unit": sheet.unit.label if sheet.unit else "",
        "units": {str(column): unit.label if unit else "" for column, unit in sheet.units.items()},
        "year": sheet.year,
        "projects": len(sheet.projects),
        "first": min((row.number for row in sheet.projects), default=0),
        "last": max((row.number for row in sheet.projects), default=0),
        "total_yuan": sheet.total_yuan,
        "foreign": {currency.value: units for currency, units in sheet.foreign_totals.items()},
        "left_out": len(sheet.left_out),
        "findings": [finding_json(finding) for finding in sheet.findings],
        "sums": [
            {
                "row": part.row,
                "name": part.name,
                "agrees": part.agrees,
                "count": part.declared_count,
                "yuan": part.declared_yuan,
            }
            for part in sheet.sections
        ],
        "samples": _samples(sheet),
        "skipped": [[row.number, row.kind.value, row.reason, _first_text(row)] for row in skipped[:MOST_SKIPPED]],
        "skipped_count": len(skipped),
    }


def _samples(sheet: SheetReading) -> dict[str, list[str]]:
    """The first texts of each column, for the page on which columns are matched to fields."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in sheet.projects[:40]:
        for column, text in row.raw.items():
            if len(found[str(column)]) < SAMPLES and text not in found[str(column)]:
                found[str(column)].append(text[:40])
    return dict(found)


def _first_text(row: RowReading) -> str:
    return next((text for text in row.raw.values() if text), "")[:60]
