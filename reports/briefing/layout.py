"""The layout of the briefing as data (briefing/design.md §9): what an office may rename, reorder, hide or widen.

A column is known by its key, never by its position. Keys are fixed; 序号, 项目名称 and 亮灯 are locked. `findings` says what
is wrong with a layout before it is saved; `prepared` is the list of columns a copy prints, with their final widths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from itertools import groupby

from reports.fitting import pixels
from reports.sheet import Align, Faces, Format, Margins, Paper

SMALLEST_POINTS = 7.5  # smaller print than this is refused

TABLE_MARGINS = Margins(10, 10, 12, 15)
COVER_MARGINS = Margins(26, 24, 22, 20)
NOTES_MARGINS = Margins(18, 18, 18, 18)


class Audience(Enum):
    """Who gets the copy: everyone on the list, or the office itself (with telephone numbers)."""

    ALL = auto()
    OFFICE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `head` is one text a level; `number` its 栏次 as a formula over keys, e.g. "{done}÷{plan}"."""

    key: str
    head: tuple[str, ...]
    width: float
    align: Align = Align.LEFT
    format: Format = Format.TEXT
    wrap: bool = True
    strong: bool = False
    visible: bool = True
    locked: bool = False
    audience: Audience = Audience.ALL
    cap: int = 60  # characters printed of a text; the full text stays in the system
    number: str = ""
    shares_number: bool = False  # second half of a 栏次: 18, 18.1


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet. Points throughout; `floor` is the least height of a body row."""

    key: str
    tab: str
    title: str  # {zone}, {month}, {span} are filled in
    unit: str
    columns: tuple[Column, ...] = ()
    twin: tuple[Column, ...] = ()  # a second table on the same grid: same widths, own heads
    widths: tuple[float, ...] = ()  # of a grid that is no table
    paper: Paper = Paper.A3_LANDSCAPE
    margins: Margins = TABLE_MARGINS
    zoom: int = 85
    head_heights: tuple[float, ...] = (36,)
    ordinal_height: float = 0
    group_height: float = 25
    floor: float = 30
    head_size: float = 11
    body_size: float = 11
    figure_size: float = 11


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole briefing. `version` is kept with each issue."""

    sheets: tuple[SheetLayout, ...]
    faces: Faces = field(default_factory=Faces)
    version: str = "1"

    def sheet(self, key: str) -> SheetLayout:
        """The sheet with this key; KeyError if the layout has none."""
        return next((sheet for sheet in self.sheets if sheet.key == key), None) or _unknown(key)


def prepared(layout: SheetLayout, audience: Audience = Audience.ALL, *, twin: bool = False) -> tuple[Column, ...]:
    """The columns of a copy. Width freed by hidden columns (or needed by the office's) is shared among the text columns."""
    columns = layout.twin if twin else layout.columns
    shown = tuple(c for c in columns if c.visible and (c.audience is Audience.ALL or audience is Audience.OFFICE))
    spare = _pixels(c for c in columns if c.audience is Audience.ALL) - _pixels(shown)
    weight = sum(c.width for c in shown if _takes_spare(c))
    if not spare or not weight:
        return shown
    return tuple(
        replace(c, width=max(round(c.width + spare / 7 * c.width / weight, 2), 4)) if _takes_spare(c) else c
        for c in shown
    )


def numbered(columns: Sequence[Column], **constants: str) -> list[int | Decimal | str]:
    """栏次: 1, 2, 3 ... with formulas rewritten from keys ("15=14÷12"); a formula over a hidden column is left out.

    `constants` stand in formulas beside the keys: "{rate}−{due}" with due="75.0" gives "16=15−75.0".
    """
    numbers = dict(constants)
    count = 0
    for column in columns:
        count += 0 if column.shares_number else 1
        numbers[column.key] = f"{count}.1" if column.shares_number else str(count)
    return [_ordinal(_with_formula(column, numbers)) for column in columns]


def printed_points(layout: SheetLayout, columns: Sequence[Column]) -> float:
    """The size body text has on paper once the sheet is shrunk to the paper's width."""
    room = (layout.paper.width_mm - layout.margins.left - layout.margins.right) / 25.4 * 96
    return layout.body_size * min(1.0, room / _pixels(columns))


def findings(layout: SheetLayout) -> list[str]:
    """What forbids saving the layout, as sentences; empty when it may be saved."""
    columns = prepared(layout)
    found = [f"列“{key}”重复，请只保留一列。" for key, n in Counter(c.key for c in layout.columns).items() if n > 1]
    found += [f"列“{c.key}”没有表头文字，请填写。" for c in columns if not any(part.strip() for part in c.head)]
    found += [f"列“{''.join(c.head)}”不能隐藏。" for c in layout.columns if c.locked and not c.visible]
    heads = Counter(head for head, _ in groupby(c.head[0] if len(c.head) > 1 else "" for c in columns))
    found += [f"表头“{head}”下的各列不相邻，请排在一起。" for head, n in heads.items() if head and n > 1]
    if columns and (points := printed_points(layout, columns)) < SMALLEST_POINTS:
        found.append(f"打印字号只有{points:.1f}磅，小于{SMALLEST_POINTS}磅，请隐藏或收窄一些列。")
    return found


def _takes_spare(column: Column) -> bool:
    return column.format is Format.TEXT and column.align is Align.LEFT and not column.locked


def _pixels(columns: Iterator[Column] | Sequence[Column]) -> float:
    return sum(pixels(column.width) for column in columns)


def _ordinal(text: str) -> int | Decimal | str:
    # A number, so that Excel does not mark the row as numbers stored as text.
    if text.isdigit():
        return int(text)
    return Decimal(text) if text.replace(".", "", 1).isdigit() else text


def _with_formula(column: Column, numbers: dict[str, str]) -> str:
    number = numbers[column.key]
    try:
        return f"{number}={column.number.format(**numbers)}" if column.number else number
    except KeyError:
        return number


def _unknown(key: str) -> SheetLayout:
    raise KeyError(key)
