"""The rows of a table looked at: serial, name, how much each tells besides, and how the whole list is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from crm.rules.ledger.cells import Row, Span, show
from crm.rules.ledger.fields import MONEY_FIELDS, Field
from crm.rules.ledger.headings import count_in, is_prose
from crm.rules.ledger.layout import Layout, describes
from crm.rules.ledger.names import NUMBERING
from crm.rules.ledger.text import is_nothing, squeeze

INTEGER = re.compile(
    r"[(]?\d{1,5}(?:[-.]\d{1,4})*[).、]?|[A-Za-z]{0,3}-?\d{1,6}|NO\.?\d+|[①-⑳★▲*]+\d{0,4}", re.IGNORECASE
)
CHINESE_SERIAL = re.compile(
    r"[(]?[一二三四五六七八九十]{1,3}[)]?[、.]?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]|[(]?(?:IX|IV|V?I{1,3}|V|X)[)]?[、.]?|[甲乙丙丁戊]|[A-H]"
)
_SHORTEST_LIST = 5
_COUNT = re.compile(r"[(]?共?计?(?:项目数)?[\d.]+(?:[个项家宗件](?:项目)?)?[)]?")
_UNTELLING = re.compile(r"[(]?共?计?[\d.,%]+[个项家宗件]?(?:项目)?[)]?|[√✓是否]")


@dataclass(frozen=True, slots=True)
class Facts:
    """A row of a table, looked at through its layout. Texts are squeezed; signs for nothing count as empty."""

    index: int
    texts: dict[int, str]
    serial: str
    name: str
    typed_name: str
    name_column: int | None
    described: int
    count: int | None
    has_amount: bool
    wide: bool
    """The leading text is merged over several columns."""

    @property
    def lead(self) -> str:
        """The name, or what stands first in a row without one."""
        return self.name or next(iter(self.texts.values()), "")

    @property
    def alone(self) -> bool:
        """Nothing but one text, a serial aside."""
        return len(self.texts) - bool(self.serial and self.name) <= 1


@dataclass(frozen=True, slots=True)
class Style:
    """How this list is written, learnt from all its rows."""

    serials: bool
    chinese_serials: bool
    described: float
    numbered: bool
    """Names carry their number within the cell."""


def facts_of(rows: Sequence[Row], layout: Layout, merged: Sequence[Span]) -> list[Facts]:
    """Every row of the table (`rows` are the sheet's), looked at."""
    table = layout.table
    leading = (layout.column(Field.SERIAL), *layout.names)
    across = [span for span in merged if span.right - span.left >= 2 and any(span.left == column for column in leading)]
    wide = {row for span in across for row in range(span.top, span.bottom + 1)}
    telling = {column for column, mapped in layout.mapping.items() if describes(mapped)}
    telling |= set(range(table.left, table.right)) - set(layout.mapping) - set(layout.names)
    return [_facts(index, rows[index], layout, telling, index in wide) for index in range(table.start, table.end)]


def _facts(index: int, row: Row, layout: Layout, telling: set[int], wide: bool) -> Facts:
    typed = {
        column: text
        for column in range(layout.table.left, min(layout.table.right, len(row)))
        if (text := show(row[column])) and not is_nothing(text)
    }
    texts = {column: squeeze(text) for column, text in typed.items()}
    serial_column = layout.column(Field.SERIAL)
    name_column = next((column for column in layout.names if column in texts and not _is_count(texts[column])), None)
    counts = [
        found
        for column in texts
        if column not in (serial_column, name_column)
        and layout.mapping.get(column) not in MONEY_FIELDS
        and (found := _whole(texts[column])) is not None
    ]
    money = [column for column, mapped in layout.mapping.items() if mapped in MONEY_FIELDS and column in texts]
    return Facts(
        index,
        texts,
        texts.get(serial_column, "") if serial_column is not None else "",
        texts.get(name_column, "") if name_column is not None else "",
        typed.get(name_column, "").strip() if name_column is not None else "",
        name_column,
        sum(1 for column in telling & texts.keys() if column != name_column and _tells(texts[column])),
        counts[0] if counts else None,
        bool(money),
        wide,
    )


def _whole(text: str) -> int | None:
    """A count beside a section's name: 64, 33个, （共12项）."""
    if text.isdecimal():
        return int(text) if len(text) < 5 else None
    return count_in(text) if len(text) < 12 and _is_count(text) else None


def _is_count(text: str) -> bool:
    """33个, （共12项）, 64: what a section row may hold where projects have their names."""
    return _COUNT.fullmatch(text) is not None


def _tells(text: str) -> bool:
    """Words that describe: not a number, not a count, not a tick."""
    return len(text) > 12 or _UNTELLING.fullmatch(text) is None


def end_of_list(facts: Sequence[Facts]) -> int:
    """Where a list gives way to prose: after the last numbered row, lone lines, some of them plainly text.

    广西's list of names is followed in the same sheet by a page on each project; fragments of it look like names.
    """
    numbered = [position for position, row in enumerate(facts) if row.name and INTEGER.fullmatch(row.serial)]
    if len(numbered) < _SHORTEST_LIST:
        return len(facts)
    after = [row for row in facts[numbered[-1] + 1 :] if row.texts]
    lone = sum(1 for row in after if row.alone)
    if len(after) >= 3 and lone >= 0.8 * len(after) and any(is_prose(row.lead) for row in after):
        return numbered[-1] + 1
    return len(facts)


def style_of(facts: Sequence[Facts]) -> Style:
    """How the list numbers and describes its projects."""
    named = [row for row in facts if row.name]
    numbered = [row for row in named if INTEGER.fullmatch(row.serial)]
    chinese = [row for row in named if row.described and CHINESE_SERIAL.fullmatch(row.serial)]
    telling = [row for row in named if row.described]
    typical = numbered if len(numbered) >= 0.3 * max(1, len(named)) else telling
    chinese_serials = len(chinese) > len(numbered) and len(chinese) >= 0.6 * max(1, len(named))
    return Style(
        serials=len(numbered) >= 0.4 * max(1, len(named)) and len(numbered) >= 2,
        chinese_serials=chinese_serials,
        described=median([row.described for row in typical]) if typical else 0,
        numbered=_numbers_names(named),
    )


def _numbers_names(named: Sequence[Facts]) -> bool:
    """Most names begin with a number, and the numbers are the names' own, not their groups'."""
    if len(named) < 3:
        return False
    return sum(1 for row in named if NUMBERING.match(row.typed_name)) >= 0.7 * len(named)
