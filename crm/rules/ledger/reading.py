"""A workbook's cells into a ledger: sheets chosen, tables laid out, rows classified, cells read, sums checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crm.rules.ledger.cells import Cell, Row, Sheet, Workbook, cell_at
from crm.rules.ledger.columnunits import Overrides
from crm.rules.ledger.facts import Facts, end_of_list, facts_of, style_of
from crm.rules.ledger.fields import Field
from crm.rules.ledger.findings import Finding, Remark, error, hint
from crm.rules.ledger.guess import guess_table
from crm.rules.ledger.inherit import category_of_sheet
from crm.rules.ledger.layout import Layout, lay_out
from crm.rules.ledger.model import (
    NO_HINTS,
    Hints,
    Ledger,
    RowReading,
    Section,
    SheetHints,
    SheetReading,
    SkippedSheet,
    Source,
)
from crm.rules.ledger.phases import find_phases
from crm.rules.ledger.rowreader import RowReader
from crm.rules.ledger.rows import RowKind, Verdict, classify
from crm.rules.ledger.sections import Counted, Standing, count_sections, describe
from crm.rules.ledger.selection import is_empty, why_not_a_list
from crm.rules.ledger.tables import Table, find_tables, table_at
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import Unit, declared_units

_PLAIN = SheetHints()
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?=\s*年|年度|\D|$)")
_NOT_A_LIST = "没有找到项目清单（没有表头，内容也不像项目）"


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a sheet's reading needs to know of the file. `several`: it has more than one sheet in sight."""

    filename: str
    hints: Hints
    several: bool

    @property
    def asked(self) -> bool:
        """A person chose the sheets."""
        return self.hints.sheets is not None

    def told(self, key: str) -> SheetHints:
        """What a person decided for a table."""
        return self.hints.tables.get(key, _PLAIN)


def read_ledger(workbook: Workbook, hints: Hints = NO_HINTS) -> Ledger:
    """Read every sheet that holds projects (or those the hints name); never raises on any cells."""
    several = sum(1 for sheet in workbook.sheets if sheet.rows and not sheet.hidden) > 1
    setting = _Setting(workbook.filename, hints, several)
    readings: list[SheetReading] = []
    skipped: list[SkippedSheet] = []
    for sheet in workbook.sheets:
        found = _read_sheet(_corrected(sheet, setting.told(sheet.name)), setting)
        if isinstance(found, str):
            skipped.append(SkippedSheet(sheet.name, found))
        else:
            readings.extend(found)
    return Ledger(workbook.filename, tuple(readings), tuple(skipped), tuple(_overlaps(readings)))


def reread_row(reading: SheetReading, row_number: int, corrections: Mapping[int, str]) -> RowReading:
    """One row read again with other texts in some columns (from 0); raises KeyError for a row the table has not.

    Sums of sections are not checked again: they belong to the sheet, which is read again with `SheetHints.corrections`.
    """
    source, index = reading.source, row_number - 1
    if source is None or index not in range(source.layout.table.start, source.layout.table.end):
        raise KeyError(row_number)
    position = index - source.layout.table.start
    sheet = replace(source.sheet, rows=_with_texts(source.sheet.rows, {index: corrections}))
    one_row = replace(source.layout, table=replace(source.layout.table, start=index, end=index + 1))
    facts = (*source.facts[:position], *facts_of(sheet.rows, one_row, sheet.merged), *source.facts[position + 1 :])
    verdicts = _as_told(classify(facts, source.layout, source.style, sheet.merged), facts, source.told)
    return RowReader(replace(source, sheet=sheet, facts=facts, verdicts=tuple(verdicts))).read(position)


def _corrected(sheet: Sheet, told: SheetHints) -> Sheet:
    """The sheet with what people typed over it."""
    by_row: dict[int, dict[int, str]] = {}
    for (row_number, column), text in told.corrections.items():
        by_row.setdefault(row_number - 1, {})[column] = text
    return replace(sheet, rows=_with_texts(sheet.rows, by_row)) if by_row else sheet


def _with_texts(rows: tuple[Row, ...], by_row: Mapping[int, Mapping[int, str]]) -> tuple[Row, ...]:
    changed = list(rows)
    for index, texts in by_row.items():
        if not 0 <= index < len(changed) or not texts:
            continue
        width = max(len(changed[index]), max(texts) + 1)
        cells: list[Cell] = [*changed[index], *[None] * (width - len(changed[index]))]
        for column, text in texts.items():
            cells[column] = text if text.strip() else None
        changed[index] = tuple(cells)
    return tuple(changed)


def _read_sheet(sheet: Sheet, setting: _Setting) -> list[SheetReading] | str:
    """The sheet's tables read, or why it was passed over."""
    if setting.hints.sheets is not None and sheet.name not in setting.hints.sheets:
        return "没有选这张工作表"
    if is_empty(sheet):
        return "空工作表"
    if sheet.hidden and not setting.asked:
        return "隐藏的工作表，需要时可选上"
    header_rows = setting.told(sheet.name).header_rows
    if header_rows is not None:
        real = sorted({row - 1 for row in header_rows if 1 <= row <= len(sheet.rows)})
        return _read_tables(sheet, (table_at(sheet, tuple(real)),), setting)
    tables = find_tables(sheet)
    if not setting.asked and (reason := why_not_a_list(sheet, tables)):
        return reason
    return _read_tables(sheet, tables, setting) if tables else _read_headless(sheet, setting)


def _read_tables(sheet: Sheet, tables: Sequence[Table], setting: _Setting) -> list[SheetReading] | str:
    told = setting.told(sheet.name).header_rows is not None
    if not tables[0].header:
        return _read_headless(sheet, setting)
    readings = [_read_table(sheet, table, part, setting) for part, table in enumerate(tables, start=1)]
    if setting.asked or told:
        return readings
    kept = [reading for reading in readings if reading.projects and _has_names(reading)]
    if kept:
        return kept
    return (
        "有表头，但下面没有项目"
        if any(map(_has_names, readings))
        else "没有项目名称列，像是任务表或统计表，不是项目清单"
    )


def _has_names(reading: SheetReading) -> bool:
    return bool({Field.PROJECT_NAME, Field.INVESTOR} & set(reading.mapping.values()))


def _read_headless(sheet: Sheet, setting: _Setting) -> list[SheetReading] | str:
    """A sheet without a header, its columns guessed by what they hold."""
    guess, told = guess_table(sheet), setting.told(sheet.name)
    decided = setting.asked or told.header_rows is not None
    if guess is None and not decided:
        return _NOT_A_LIST
    mapping = {**(guess.mapping if guess else {}), **(told.mapping or {})}
    hints = replace(setting.hints, tables={**setting.hints.tables, sheet.name: replace(told, mapping=mapping)})
    reading = _read_table(sheet, guess.table if guess else table_at(sheet, ()), 1, replace(setting, hints=hints))
    if not reading.projects and not decided:
        return _NOT_A_LIST
    ask = error("no_header", "没有找到表头，按内容猜测了各列，请核对每一列是什么").at(None, None, None)
    return [replace(reading, findings=(ask, *reading.findings))]


def _read_table(sheet: Sheet, table: Table, part: int, setting: _Setting) -> SheetReading:
    reader = RowReader(_source(sheet, table, part, setting))
    rows = reader.read_all()
    if phases := find_phases(rows, reader.source):
        reader = RowReader(_without_phases(reader.source, phases))
        rows = tuple(reader.read(position) if position in phases else row for position, row in enumerate(rows))
    source, layout = reader.source, reader.source.layout
    sections, differences = _checked_sums(source, rows, reader.places)
    described = {section.row: section for section in sections}
    return SheetReading(
        name=sheet.name,
        part=part,
        header_rows=tuple(row + 1 for row in table.header),
        labels={column: layout.label(column) for column in table.labels},
        mapping=dict(layout.mapping),
        unit=_unit_of_total(layout),
        units=dict(layout.units),
        year=layout.year,
        rows=tuple(
            _with_sums(row, described.get(row.number), differences.get(position), layout)
            for position, row in enumerate(rows)
        ),
        sections=sections,
        findings=tuple(_about_sheet(sheet, layout)),
        hidden=sheet.hidden,
        source=source,
    )


def _without_phases(source: Source, phases: Mapping[int, str]) -> Source:
    verdicts = [
        Verdict(RowKind.CONTINUATION, phases[position]) if position in phases else verdict
        for position, verdict in enumerate(source.verdicts)
    ]
    return replace(source, verdicts=tuple(verdicts))


def _source(sheet: Sheet, table: Table, part: int, setting: _Setting) -> Source:
    """The table laid out and its rows classified."""
    told = setting.told(sheet.name if part == 1 else f"{sheet.name}#{part}")
    overrides = Overrides(told.mapping, told.unit, told.units, told.year or setting.hints.year)
    data = sheet.rows[table.start : table.end]
    layout = lay_out(table, data, _year(table, sheet.name, setting.filename), _units_within(data), overrides)
    facts = facts_of(sheet.rows, layout, sheet.merged)
    style = style_of(facts[: end_of_list(facts)])
    verdicts = _as_told(classify(facts, layout, style, sheet.merged), facts, told.kinds)
    category = category_of_sheet(sheet.name) if setting.several else ""
    return Source(sheet, layout, style, tuple(facts), tuple(verdicts), setting.filename, category, told.kinds)


def _year(table: Table, sheet_name: str, filename: str) -> int | None:
    """The ledger's own year: from its title, the sheet's name, the file's."""
    for text in (*reversed(table.above), sheet_name, filename):
        if years := _YEAR.findall(text):
            return int(years[0])
    return None


def _units_within(rows: Sequence[Row]) -> tuple[Unit, ...]:
    """Units declared in rows of their own inside the table."""
    found: list[Unit] = []
    for row in rows:
        texts = [cell for cell in row if cell is not None and cell != ""]
        if len(texts) <= 2:
            spoken = [text for text in texts if isinstance(text, str) and "单位" in squeeze(text)]
            found.extend(unit for text in spoken for unit in declared_units(text))
    return tuple(dict.fromkeys(found))


def _as_told(verdicts: Sequence[Verdict], facts: Sequence[Facts], kinds: Mapping[int, RowKind]) -> list[Verdict]:
    """A person's word on what a row is goes before ours."""
    return [
        verdict
        if (kind := kinds.get(row.index + 1)) is None
        else Verdict(kind, "" if kind is RowKind.PROJECT else "人工指定")
        for verdict, row in zip(verdicts, facts, strict=True)
    ]


def _checked_sums(
    source: Source, rows: Sequence[RowReading], places: Sequence[Standing]
) -> tuple[tuple[Section, ...], dict[int, Remark]]:
    total = source.layout.column(Field.TOTAL_INVESTMENT)
    counted = [
        Counted(position, row.total.yuan if row.total else None) for position, row in enumerate(rows) if row.is_project
    ]

    def declared_cell(facts: Facts) -> Cell:
        return cell_at(source.sheet.rows[facts.index], total)

    unit = source.layout.units.get(total) if total is not None else None
    return count_sections(source.facts, source.verdicts, places, counted, declared_cell, unit)


def _with_sums(row: RowReading, section: Section | None, difference: Remark | None, layout: Layout) -> RowReading:
    """A heading or sum says in its reason what it declares and whether the rows agree."""
    if section is None:
        return row
    findings = row.findings
    if difference is not None:
        column = layout.column(Field.TOTAL_INVESTMENT)
        findings = (*findings, difference.at(row.number, column, Field.TOTAL_INVESTMENT))
    return replace(row, findings=findings, reason=describe(section, row.reason))


def _unit_of_total(layout: Layout) -> Unit | None:
    column = layout.column(Field.TOTAL_INVESTMENT)
    return layout.units.get(column) if column is not None else None


def _about_sheet(sheet: Sheet, layout: Layout) -> Iterator[Finding]:
    for column, remark in layout.remarks:
        yield remark.at(None, column, layout.mapping.get(column) if column is not None else None)
    if not layout.names:
        yield error("no_name_column", "没有找到项目名称列，请指定").at(None, None, Field.PROJECT_NAME)
    elif layout.column(Field.PROJECT_NAME) is None:
        remark = hint("investor_as_name", "没有项目名称列，暂以投资方作为项目名称，请核对")
        yield remark.at(None, layout.names[0], Field.PROJECT_NAME)
    if sheet.cut:
        yield hint("cut", sheet.cut).at(None, None, None)


def _overlaps(readings: Sequence[SheetReading]) -> Iterator[Finding]:
    """Sheets that hold the same projects: a list and its parts would be counted twice."""
    names = [{row.name for row in reading.projects if row.name} for reading in readings]
    for index, inner in enumerate(names):
        larger = (
            other
            for other, outer in enumerate(names)
            if other != index and (len(outer), -other) > (len(inner), -index) and len(inner & outer) >= 0.8 * len(inner)
        )
        other = next(larger, None) if len(inner) >= 3 else None
        if other is not None:
            both = len(inner & names[other])
            message = f"“{readings[index].key}”的 {both} 个项目在“{readings[other].key}”里也有，请只选其中一张"
            yield hint("sheets_overlap", message).at(None, None, None)
