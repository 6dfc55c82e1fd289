"""Lists without a header: which column counts, which names, which tells the scale; always to be confirmed by a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crm.rules.ledger.cells import Row, Sheet, cell_at, is_number, show
from crm.rules.ledger.fields import Field
from crm.rules.ledger.headings import heading_of, is_note, is_title, is_total
from crm.rules.ledger.selection import is_option_list
from crm.rules.ledger.tables import Table
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import declared_units

FEWEST = 3
_PROJECT_WORD = re.compile(
    r"项目|工程|建设|改造|基地|产业园|园区|中心|生产线|公路|高速|铁路|大桥|医院|学校|电站|水库|小区|厂房|有限公司|扩建|年产|综合体"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A table without a header, and what its columns seem to be."""

    table: Table
    mapping: dict[int, Field]


def guess_table(sheet: Sheet) -> Guess | None:
    """The list in a sheet without a header; None if nothing there looks like projects."""
    if is_option_list(sheet):
        return None
    width = max((len(row) for row in sheet.rows), default=0)
    data = [row for row in sheet.rows if _is_data(row)]
    serial = next((column for column in range(width) if _counts(data, column)), None)
    numbered = [row for row in data if serial is None or _serial_at(row, serial) is not None]
    if len(numbered) < FEWEST:
        return None
    name = _name_column(numbered, serial, width)
    if name is None:
        return None
    start = next(index for index, row in enumerate(sheet.rows) if _begins(row, name, serial))
    mapping = {name: Field.PROJECT_NAME, **({} if serial is None else {serial: Field.SERIAL})}
    mapping |= _others(numbered, mapping, width)
    above = [show(cell) for row in sheet.rows[:start] for cell in row if show(cell).strip()]
    return Guess(Table((), {}, start, len(sheet.rows), 0, width, tuple(above[-12:])), dict(sorted(mapping.items())))


def _is_data(row: Row) -> bool:
    texts = [squeeze(show(cell)) for cell in row if show(cell).strip()]
    if not texts or is_note(texts[0]) or is_total(texts[0]):
        return False
    return not (len(texts) == 1 and (is_title(texts[0]) or heading_of(texts[0]) or declared_units(texts[0])))


def _begins(row: Row, name: int, serial: int | None) -> bool:
    """The first row of the list: a project, or the first heading over projects."""
    if serial is not None and _serial_at(row, serial) is not None:
        return True
    first = next((show(cell) for cell in row if show(cell).strip()), "")
    if serial is None:
        return bool(squeeze(show(cell_at(row, name)))) and _is_data(row)
    heading = heading_of(first) if first else None
    return heading is not None and heading.strong and not is_title(squeeze(first))


def _serial_at(row: Row, column: int) -> int | None:
    text = squeeze(show(cell_at(row, column))).strip("().、")
    return int(text) if text.isdecimal() and len(text) <= 5 else None


def _counts(rows: Sequence[Row], column: int) -> bool:
    """Numbers one above the other in most rows, mostly rising by one."""
    numbers = [number for row in rows if (number := _serial_at(row, column)) is not None]
    steps = sum(1 for low, high in pairwise(numbers) if high - low == 1)
    return len(numbers) >= max(FEWEST, 0.4 * len(rows)) and steps >= 0.6 * (len(numbers) - 1)


def _name_column(rows: Sequence[Row], serial: int | None, width: int) -> int | None:
    """The first column of differing texts that look like names of projects."""
    for column in range(0 if serial is None else serial + 1, width):
        texts = [squeeze(cell) for row in rows if isinstance(cell := cell_at(row, column), str) and squeeze(cell)]
        if len(texts) < max(FEWEST, 0.6 * len(rows)) or sum(map(len, texts)) / len(texts) < 4:
            continue
        like = sum(1 for text in texts if _PROJECT_WORD.search(text))
        if len(set(texts)) >= 0.7 * len(texts) and like >= (0.3 if serial is not None else 0.5) * len(texts):
            return column
    return None


def _others(rows: Sequence[Row], known: dict[int, Field], width: int) -> dict[int, Field]:
    """A single column of numbers is the total investment; the first long text after the name the content."""
    found: dict[int, Field] = {}
    numeric = [c for c in range(width) if c not in known and _share(rows, c, numbers=True) >= 0.6]
    if len(numeric) == 1:
        found[numeric[0]] = Field.TOTAL_INVESTMENT
    amounts = [c for c in range(width) if c not in known and c not in numeric and _share(rows, c, money=True) >= 0.6]
    if not numeric and len(amounts) == 1:
        found[amounts[0]] = Field.TOTAL_INVESTMENT
    name = next(column for column, field in known.items() if field is Field.PROJECT_NAME)
    content = next((c for c in range(name + 1, width) if c not in found and _share(rows, c) >= 0.5), None)
    if content is not None:
        found[content] = Field.CONTENT
    return found


def _share(rows: Sequence[Row], column: int, *, numbers: bool = False, money: bool = False) -> float:
    """How much of a column is numbers, sums of money in words, or (by default) longer texts."""
    cells = [cell_at(row, column) for row in rows]
    if numbers:
        return sum(1 for cell in cells if is_number(cell)) / len(cells)
    texts = [squeeze(cell) for cell in cells if isinstance(cell, str)]
    if money:
        return sum(1 for text in texts if re.fullmatch(r"约?\d[\d.,]*[万亿]*元?", text)) / len(cells)
    return sum(1 for text in texts if len(text) >= 5) / len(cells)
