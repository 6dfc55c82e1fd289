"""In which unit the amounts of each money column stand: from its header, the unit rows, a person, else a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.choices import Currency
from crm.rules.ledger.cells import Cell, Row, cell_at, is_number
from crm.rules.ledger.fields import MONEY_FIELDS, Field
from crm.rules.ledger.findings import Remark, error, hint
from crm.rules.ledger.headers import header_unit
from crm.rules.ledger.tables import Table
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import WAN_USD, Unit, declared_units, guess_unit

ColumnRemark = tuple[int | None, Remark]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person decided for a table: fields by column (None: leave the column out), units, the year."""

    mapping: Mapping[int, Field | None] | None = None
    unit: Unit | None = None
    units: Mapping[int, Unit] | None = None
    year: int | None = None


def units_of(
    table: Table,
    chosen: Mapping[int, Field],
    sample: Sequence[Row],
    outer: Sequence[Unit],
    told: Overrides,
) -> tuple[dict[int, Unit | None], list[ColumnRemark]]:
    """The unit of each money column, None where it is found nowhere, with the questions that leaves.

    `outer`: units declared inside or around the table, for columns that nothing nearer tells of.
    """
    near = [unit for text in reversed(table.above) for unit in declared_units(text)] or _in_titles(table.above)
    units: dict[int, Unit | None] = {}
    remarks: list[ColumnRemark] = []
    for column, mapped in chosen.items():
        if mapped in MONEY_FIELDS:
            named = header_unit(*table.labels.get(column, ()))
            units[column] = _told(column, mapped, named, told) or _found(mapped, named, [*near, *outer])
            if units[column] is None:
                remarks += _question(column, mapped, named, sample)
    return _like_total(chosen, units, remarks)


def _told(column: int, mapped: Field, named: Sequence[Unit], told: Overrides) -> Unit | None:
    """A person's unit for the column, or for all columns in yuan."""
    own = (told.units or {}).get(column)
    return own if own is not None or _is_foreign(mapped, named) else told.unit


def _found(mapped: Field, named: Sequence[Unit], declared: Sequence[Unit]) -> Unit | None:
    if named:
        return named[0] if len(named) == 1 else None
    return _declared(mapped, declared)


def _question(column: int, mapped: Field, named: Sequence[Unit], sample: Sequence[Row]) -> list[ColumnRemark]:
    if len(named) > 1:
        names = "、".join(unit.label for unit in named)
        return [(column, error("several_units", f"表头写了几个单位（{names}），请选一个"))]
    return _ask_for_unit(column, mapped, sample)


def fixed_columns(table: Table, units: Mapping[int, Unit | None], told: Overrides) -> frozenset[int]:
    """Columns whose unit stands in their own header or was told; no unit row further down changes it."""
    told_columns = set(told.units or {}) | (set(units) if told.unit else set())
    return frozenset(column for column in units if column in told_columns or header_unit(*table.labels.get(column, ())))


def find_unit_column(table: Table, chosen: Mapping[int, Field], sample: Sequence[Row]) -> int | None:
    """A column without another meaning that holds nothing but units."""
    for column in range(table.left, table.right):
        if chosen.get(column) not in (None, Field.CURRENCY):
            continue
        texts = [squeeze(cell) for row in sample if isinstance(cell := cell_at(row, column), str) and cell.strip()]
        scaled = [text for text in texts if (found := declared_units(text)) and found[0].factor > 1]
        if len(texts) >= 2 and len(scaled) >= 0.6 * len(texts) and all(declared_units(text) for text in texts):
            return column
    return None


_PARTS = (Field.FIXED_ASSETS, Field.ANNUAL_INVESTMENT, Field.ANNUAL_COMPLETED, Field.COMPLETED, Field.ARRIVED)


def _like_total(
    chosen: Mapping[int, Field], units: dict[int, Unit | None], remarks: list[ColumnRemark]
) -> tuple[dict[int, Unit | None], list[ColumnRemark]]:
    """Parts of the total without a unit of their own stand in the total's; the question is answered so."""
    total = next((unit for column, unit in units.items() if chosen[column] is Field.TOTAL_INVESTMENT), None)
    if total is None or total.currency is not Currency.CNY:
        return units, remarks
    answered = {column for column, unit in units.items() if unit is None and chosen[column] in _PARTS}
    asked = [(column, remark) for column, remark in remarks if column in answered and remark.code == "no_unit"]
    kept = [(column, remark) for column, remark in remarks if (column, remark) not in asked]
    for column in answered:
        units[column] = total
    note = f"没有写明单位，按总投资的{total.label}读，请核对"
    return units, [*kept, *((column, hint("unit_of_total", note)) for column, _ in asked)]


def _in_titles(above: Sequence[str]) -> list[Unit]:
    """A title that ends in a unit: 在谈项目表（万元）."""
    return [unit for text in reversed(above) for unit in _title_units(text)]


def _title_units(text: str) -> tuple[Unit, ...]:
    tail = re.search(r"[(（][^()（）]*元[^()（）]*[)）]\s*$", text)
    return declared_units(tail[0]) if tail else ()


def _is_foreign(mapped: Field, named: Sequence[Unit]) -> bool:
    foreign = any(unit.currency is not Currency.CNY for unit in named)
    return foreign or (mapped is Field.FOREIGN_CAPITAL and not named)


def _declared(mapped: Field, declared: Sequence[Unit]) -> Unit | None:
    """The unit row's unit for this column: a foreign column takes a foreign unit, any other a domestic one."""
    foreign = [unit for unit in declared if unit.currency is not Currency.CNY]
    domestic = [unit for unit in declared if unit.currency is Currency.CNY]
    if mapped is Field.FOREIGN_CAPITAL:
        return foreign[0] if foreign else None
    if domestic:
        return domestic[0]
    return foreign[0] if foreign else None


def _ask_for_unit(column: int, mapped: Field, sample: Sequence[Row]) -> list[ColumnRemark]:
    """The question, with a suggestion by magnitude; not asked where no bare number stands."""
    numbers = [Decimal(str(cell)) for row in sample if (cell := cell_at(row, column)) is not None and is_number(cell)]
    bare = [Decimal(text.replace(",", "")) for row in sample if (text := _bare_text(cell_at(row, column)))]
    guess = WAN_USD if mapped is Field.FOREIGN_CAPITAL else guess_unit([*numbers, *bare])
    if guess is None or not (numbers or bare):
        return []
    message = f"没有写明单位，按数值大小像是{guess.label}，请选单位"
    return [(column, error("no_unit", message, guess.label))]


def _bare_text(cell: Cell) -> str:
    text = squeeze(cell) if isinstance(cell, str) else ""
    return text if re.fullmatch(r"\d[\d,]*(\.\d+)?", text) else ""
