"""Real ledgers read: the cells of an uploaded spreadsheet into projects, with a finding at every doubtful cell.

    workbook = crm.sheets.read(data, filename)                    bytes -> cells; raises UnreadableFile
    ledger = read_ledger(workbook)                                cells -> projects; never raises
    ledger = read_ledger(workbook, Hints(tables={"在谈": SheetHints(unit=unit_named("万元"))}))
    row = reread_row(ledger.sheet("在谈"), 15, {4: "2.6亿元"})      one row again, with another text in column E

    Ledger          filename, sheets, skipped (name, reason), findings, projects, total_yuan, sheet(key)
    SheetReading    one table of a sheet: key, name, part, header_rows, labels, mapping, unit, units, year, rows,
                    sections, findings, hidden; projects, skipped, total_yuan, foreign_totals, left_out, all_findings,
                    row(number)
    RowReading      number, kind, values, raw, findings, reason, path, marks; is_project, has_errors, name, total,
                    stage, text(field), amount(field), day(field)
    Section         row, kind, name, level, declared_count, declared_yuan, actual_count, actual_yuan, unsure, agrees
    Finding         row, column, field, severity (错误, 提醒), code, message, suggestion; cell, is_error
    Hints           sheets, tables (by SheetReading.key), year
    SheetHints      header_rows, mapping, unit, units, year, kinds, corrections

Rows and header rows count from 1 as in the file, columns from 0 (`letter(4)` is "E"). The value of a field is

    Amount          money fields: value (whole units of the currency), currency, sure, reading, why_not; `yuan` if sure and CNY
    Day             dates: first, last, precision, reading, planned          DayRange    建设起止年限: start, end
    StageReading    项目阶段: stage, status, listing, wording, source         Decimal     用地: 亩
    CapitalKind, ContractKind, Currency, tuples of KeyList and CompanyClass, a tuple of phone numbers; else str

Only a sure amount may be added up; amounts in different currencies are never added. A suggestion of a finding is text
that may replace the cell: read again, it gives just what the message says.

The modules, from cells to ledgers: cells, text, units, quantities, money_text, amounts | times, dates | identifiers,
names, wording, headings: what texts mean | fields, vocabulary, headerwords, headers: what columns mean | tables, guess,
selection, columnunits, layout: where the list is | facts, rows, sections, phases: what rows are | values, spans,
inherit, rowreader, reading: the ledger | findings, model: what comes out.
"""

from crm.rules.ledger.amounts import Amount, money_text, yuan_text
from crm.rules.ledger.cells import Cell, CellError, Sheet, Span, Workbook, letter, show
from crm.rules.ledger.dates import Day, DayRange, Precision
from crm.rules.ledger.fields import MONEY_FIELDS, Field
from crm.rules.ledger.findings import Finding, Severity
from crm.rules.ledger.model import (
    NO_HINTS,
    Hints,
    Ledger,
    RowReading,
    Section,
    SheetHints,
    SheetReading,
    SkippedSheet,
    Value,
)
from crm.rules.ledger.reading import read_ledger, reread_row
from crm.rules.ledger.rows import RowKind
from crm.rules.ledger.units import CHOICES as UNIT_CHOICES
from crm.rules.ledger.units import Unit, unit_named
from crm.rules.ledger.wording import StageReading

__all__ = [
    "MONEY_FIELDS",
    "NO_HINTS",
    "UNIT_CHOICES",
    "Amount",
    "Cell",
    "CellError",
    "Day",
    "DayRange",
    "Field",
    "Finding",
    "Hints",
    "Ledger",
    "Precision",
    "RowKind",
    "RowReading",
    "Section",
    "Severity",
    "Sheet",
    "SheetHints",
    "SheetReading",
    "SkippedSheet",
    "Span",
    "StageReading",
    "Unit",
    "Value",
    "Workbook",
    "letter",
    "money_text",
    "read_ledger",
    "reread_row",
    "show",
    "unit_named",
    "yuan_text",
]
