"""One classified row into values: cells through merged ranges, inherited words, and checks between fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from crm.choices import Currency
from crm.rules.ledger.amounts import Amount
from crm.rules.ledger.cells import Cell, CellError, cell_at, show
from crm.rules.ledger.facts import Facts
from crm.rules.ledger.fields import JOINABLE_FIELDS, MONEY_FIELDS, SHARED_FIELDS, Field
from crm.rules.ledger.findings import Finding, Remark, error, hint
from crm.rules.ledger.identifiers import read_phones
from crm.rules.ledger.inherit import Inheritance
from crm.rules.ledger.model import RowReading, Source, Value
from crm.rules.ledger.names import NUMBERING, read_name
from crm.rules.ledger.rows import RowKind
from crm.rules.ledger.sections import standings
from crm.rules.ledger.spans import MergedDown
from crm.rules.ledger.text import fold, is_nothing, squeeze, tidy
from crm.rules.ledger.times import Day
from crm.rules.ledger.units import Unit, declared_units
from crm.rules.ledger.values import Context, read_value
from crm.rules.ledger.wording import StageReading

_DITTO = re.compile(r"同上|〃|″|\"|''|同前|同左")
_DITTO_REACH = 200
"""So many rows up the thing is looked for that 同上 stands for."""


class RowReader:
    """Reads the rows of one table; knows what one row cannot: merged cells, headings, units declared half-way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.places = standings(source.facts, source.verdicts)
        self._rows = source.sheet.rows
        self._layout = source.layout
        self._merged = MergedDown(source.sheet.rows, source.sheet.merged, source.layout.table)
        self._shifts = list(_unit_shifts(source))
        self._inheritance = Inheritance(source)
        self._plan = [
            (column, field, Context(self._layout.units.get(column), self._layout.label(column), year=self._layout.year))
            for column, field in self._layout.mapping.items()
            if field is not Field.PROJECT_NAME
        ]

    def read_all(self) -> tuple[RowReading, ...]:
        """Every row of the table, in order."""
        return tuple(self.read(position) for position in range(len(self.source.facts)))

    def read(self, position: int) -> RowReading:
        """The row at a position among the table's rows."""
        facts, verdict, path = self.source.facts[position], self.source.verdicts[position], self.places[position].path
        number = facts.index + 1
        raw = {column: text for column, cell in self._cells(facts.index) if (text := show(cell))}
        found = [*self._formula_errors(facts.index, verdict.kind)]
        if verdict.kind is not RowKind.PROJECT:
            found += self._left_over(facts, verdict.kind)
            return RowReading(number, verdict.kind, {}, raw, tuple(found), verdict.reason, path)
        values: dict[Field, Value] = {}
        marks = self._read_name(facts, values, found)
        self._read_cells(facts.index, values, found)
        self._inheritance.complete(path, values)
        found += _cross_checks(number, values, self.source)
        return RowReading(number, RowKind.PROJECT, values, raw, tuple(found), "", path, marks)

    def _cells(self, index: int) -> Iterator[tuple[int, Cell]]:
        table, row = self._layout.table, self._rows[index]
        return ((column, row[column]) for column in range(table.left, min(table.right, len(row))))

    def _formula_errors(self, index: int, kind: RowKind) -> Iterator[Finding]:
        """Errors in cells nobody reads are mentioned all the same."""
        for column, cell in self._cells(index):
            if isinstance(cell, CellError) and (kind is not RowKind.PROJECT or column not in self._layout.mapping):
                remark = hint("formula_error", f"公式出错（{cell.code}），没有读入")
                yield remark.at(index + 1, column, self._layout.mapping.get(column))

    def _left_over(self, facts: Facts, kind: RowKind) -> Iterator[Finding]:
        """A total investment on a continuation row would be lost in silence."""
        column = self._layout.column(Field.TOTAL_INVESTMENT)
        if kind is RowKind.CONTINUATION and not facts.name and column in facts.texts:
            remark = hint("amount_on_continuation", f"续行上的总投资 {facts.texts[column]} 没有计入，请核对")
            yield remark.at(facts.index + 1, column, Field.TOTAL_INVESTMENT)

    def _read_name(self, facts: Facts, values: dict[Field, Value], found: list[Finding]) -> tuple[str, ...]:
        column = facts.name_column if facts.name_column is not None else next(iter(self._layout.names), None)
        typed = facts.typed_name or show(self._merged.cell(facts.index, column))
        read = read_name(typed, numbered=self.source.style.numbered or _has_own_number(typed, facts.serial))
        if is_nothing(read.name):
            message = "名称用星号隐去了，请补项目名称" if "*" in fold(typed) else "缺项目名称"
            found.append(error("no_name", message).at(facts.index + 1, column, Field.PROJECT_NAME))
        else:
            values[Field.PROJECT_NAME] = read.name
        if facts.alone and not facts.serial and self.source.style.described >= 2:
            remark = hint("lone_name", "这一行只有名称，请核对是不是项目")
            found.append(remark.at(facts.index + 1, column, Field.PROJECT_NAME))
        return read.marks

    def _read_cells(self, index: int, values: dict[Field, Value], found: list[Finding]) -> None:
        currency, asks = self._currency(index)
        for column, field, context in self._plan:
            cell = self._speaking(index, column, field)
            if cell is None:
                continue
            if field in MONEY_FIELDS:
                value, remarks = self._money(index, column, field, cell, context, currency, asks)
            else:
                value, remarks = read_value(field, cell, context)
            if value is not None:
                _put(values, field, value)
            found.extend(remark.at(index + 1, column, field) for remark in remarks)
        _split_contact(values)

    def _speaking(self, index: int, column: int, field: Field) -> Cell:
        """The cell as it speaks for this row: through a merged range, and 同上 as what stands above."""
        cell = cell_at(self._rows[index], column)
        if cell is None:
            shared = field in SHARED_FIELDS or field in MONEY_FIELDS
            return self._merged.cell(index, column) if shared else None
        if isinstance(cell, str) and len(cell) < 8 and field in SHARED_FIELDS and _DITTO.fullmatch(squeeze(cell)):
            return self._above(index, column)
        return cell

    def _above(self, index: int, column: int) -> Cell:
        first = max(self._layout.table.start, index - _DITTO_REACH)
        above = (cell_at(self._rows[row], column) for row in range(index - 1, first - 1, -1))
        return next((cell for cell in above if cell is not None and not _DITTO.fullmatch(squeeze(show(cell)))), None)

    def _currency(self, index: int) -> tuple[Currency | None, bool]:
        """The row's currency, and whether the list has a column for it."""
        column = self._layout.column(Field.CURRENCY)
        if column is None:
            return None, False
        value, _ = read_value(Field.CURRENCY, self._merged.cell(index, column), Context())
        return (value if isinstance(value, Currency) else None), True

    def _money(
        self,
        index: int,
        column: int,
        field: Field,
        cell: Cell,
        context: Context,
        currency: Currency | None,
        asks: bool,
    ) -> tuple[Value | None, tuple[Remark, ...]]:
        if asks or self._shifts or self._layout.unit_column is not None:
            context = replace(context, unit=self._unit(index, column), currency=currency, asks_currency=asks)
        value, remarks = read_value(field, cell, context)
        together = [row for row in self._merged.sharing(index, column) if self._is_project(row)]
        if len(together) < 2 or not isinstance(value, Amount):
            return value, remarks
        why = f"这 {len(together)} 个项目合用一个金额（{value.reading}），请分别填写"
        return replace(value, sure=False, why_not=why), (*remarks, error("joint_amount", why))

    def _is_project(self, index: int) -> bool:
        position = index - self._layout.table.start
        verdicts = self.source.verdicts
        return 0 <= position < len(verdicts) and verdicts[position].kind is RowKind.PROJECT

    def _unit(self, index: int, column: int) -> Unit | None:
        """The column's unit, or the one a unit row further down declared since."""
        unit = self._layout.units.get(column)
        if column in self._layout.fixed_units:
            return unit
        own = declared_units(show(self._merged.cell(index, self._layout.unit_column)))
        if own:
            return own[0]
        since = [declared for row, declared in self._shifts if row < index]
        return next((one for one in reversed(since) if unit is None or one.currency is unit.currency), unit)


def _has_own_number(typed: str, serial: str) -> bool:
    """3 | 3.某某项目: the number within the name repeats the serial."""
    number = NUMBERING.match(typed)
    return number is not None and serial != "" and re.sub(r"\D", "", number[0]) == re.sub(r"\D", "", serial)


def _unit_shifts(source: Source) -> Iterator[tuple[int, Unit]]:
    """Unit rows inside the table, each with its units."""
    for facts, verdict in zip(source.facts, source.verdicts, strict=True):
        if verdict.kind is RowKind.NOTE and len(facts.texts) <= 2:
            yield from ((facts.index, unit) for text in facts.texts.values() for unit in declared_units(text))


def _put(values: dict[Field, Value], field: Field, value: Value) -> None:
    """Several columns of one field: texts are joined, words united; of several stages the furthest holds."""
    old = values.get(field)
    if old is None or field not in JOINABLE_FIELDS:
        values[field] = value
    elif isinstance(old, str) and isinstance(value, str):
        values[field] = old if value in old else f"{old}\n{value}"
    elif isinstance(old, StageReading) and isinstance(value, StageReading):
        values[field] = max(old, value, key=lambda reading: -1 if reading.stage is None else int(reading.stage))
    elif isinstance(old, tuple) and isinstance(value, tuple):
        values[field] = tuple(dict.fromkeys((*old, *value)))


def _split_contact(values: dict[Field, Value]) -> None:
    """张三 13800001234 in the contact's column is a name and a number."""
    contact = values.get(Field.CONTACT_NAME)
    if not isinstance(contact, str) or not re.search(r"\d{7,}|\d{3,4}-\d{7}", fold(contact)):
        return
    read = read_phones(contact)
    if not read.numbers:
        return
    values.setdefault(Field.CONTACT_PHONE, read.numbers)
    if read.rest:
        values[Field.CONTACT_NAME] = tidy(read.rest)
    else:
        del values[Field.CONTACT_NAME]


_PARTS_OF_TOTAL = ((Field.FIXED_ASSETS, "固定资产投资"), (Field.ANNUAL_INVESTMENT, "年度计划投资"))


def _cross_checks(number: int, values: dict[Field, Value], source: Source) -> Iterator[Finding]:
    """What two cells of a row say of each other."""
    total = values.get(Field.TOTAL_INVESTMENT)
    for field, name in _PARTS_OF_TOTAL:
        part = values.get(field)
        if (
            isinstance(total, Amount)
            and isinstance(part, Amount)
            and total.yuan
            and part.yuan
            and part.yuan > total.yuan
        ):
            remark = hint("part_over_total", f"{name}（{part.reading}）大于总投资（{total.reading}），请核对")
            yield remark.at(number, source.layout.column(field), field)
    start, end = values.get(Field.START_ON), values.get(Field.END_ON)
    if isinstance(start, Day) and isinstance(end, Day) and end.last < start.first:
        remark = hint("ends_before_start", f"竣工时间（{end.reading}）早于开工时间（{start.reading}），请核对")
        yield remark.at(number, source.layout.column(Field.END_ON), Field.END_ON)
