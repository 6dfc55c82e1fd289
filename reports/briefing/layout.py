"""The layout of the briefing as data (briefing/design.md §9): what an office may rename, reorder, hide or widen.

A column is known by its key, never by its position. Keys are fixed; 序号, 项目名称 and 亮灯 are locked. `findings` says what
is wrong with a layout before it is saved; `prepared` is the list of columns a copy prints, with their final widths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from itertools import groupby

from reports.fitting import pixels
from reports.sheet import Align, Faces, Format, Margins, Paper

SMALLEST_POINTS = 7.5  # smaller print than this is refused
LEAST_KEPT = 0.8  # of its width a text column keeps where others need room
# What may stand in titles and heads, by its key and by what an office writes: {month} or {月份}.
FILLED = {"zone": "开发区", "month": "月份", "span": "累计月份", "span_of_year": "年内累计"}
_UNIT = re.compile(r"[（(][^（）()]*[）)]")
_BRACED = re.compile(r"\{+([^{}]*)\}+")  # {{月份}}, as templates have it, is meant too

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
    optional: bool = False  # from the catalogue: printed where an office asks for it, on room that others give
    blank: bool = False  # 手工栏: a head over empty cells, to be written in by hand


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
    visible: bool = True
    source: str = ""  # of a sheet the office made: the sheet whose rows it selects
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what its rows must be (reports/briefing/selection.py)

    @property
    def rows_of(self) -> str:
        """The key of the sheet that makes its rows."""
        return self.source or self.key


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole briefing. `version` is kept with each issue."""

    sheets: tuple[SheetLayout, ...]
    faces: Faces = field(default_factory=Faces)
    version: str = "1"
    is_own: bool = False  # the office's own workbook (template.py): no cover lists its sheets by number

    def sheet(self, key: str) -> SheetLayout:
        """The sheet with this key; KeyError if the layout has none."""
        return next((sheet for sheet in self.sheets if sheet.key == key), None) or _unknown(key)

    def tab_of(self, key: str) -> str:
        """What the sheet is called in this workbook; "" where it is not in it."""
        return next((sheet.tab for sheet in self.sheets if sheet.key == key and sheet.visible), "")

    def place_of(self, key: str) -> str:
        """Where a text sends its reader: 附表1 as the cover lists it, in the office's own workbook “表名”; "" where it is not."""
        listed = [sheet.key for sheet in self.sheets[1:] if sheet.visible]  # behind the cover
        if self.is_own or key not in listed:
            return f"“{tab}”" if (tab := self.tab_of(key)) else ""
        return f"附表{listed.index(key) + 1}"


def prepared(layout: SheetLayout, audience: Audience = Audience.ALL, *, twin: bool = False) -> tuple[Column, ...]:
    """The columns of a copy. The text columns take up what hidden columns free, and give what added ones need, up to a fifth."""
    columns = layout.twin if twin else layout.columns
    shown = tuple(c for c in columns if c.visible and (c.audience is Audience.ALL or audience is Audience.OFFICE))
    whole = _pixels(c for c in columns if c.audience is Audience.ALL and not c.optional)
    spare = min(whole, _widest(layout)) - _pixels(shown)
    weight = sum(c.width for c in shown if _takes_spare(c))
    if not spare or not weight:
        return shown
    return tuple(
        replace(c, width=max(round(c.width + spare / 7 * c.width / weight, 2), round(c.width * LEAST_KEPT, 2)))
        if _takes_spare(c)
        else c
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
    return layout.body_size * min(1.0, _room(layout) / _pixels(columns))


def findings(layout: SheetLayout) -> list[str]:
    """What forbids saving the layout, as sentences; empty when it may be saved."""
    columns = prepared(layout)
    found = [f"列“{key}”重复，请只保留一列。" for key, n in Counter(c.key for c in layout.columns).items() if n > 1]
    found += [f"列“{c.key}”没有表头文字，请填写。" for c in columns if not any(part.strip() for part in c.head)]
    found += [f"列“{''.join(c.head)}”不能隐藏。" for c in layout.columns if c.locked and not c.visible]
    heads = Counter(head for head, _ in groupby(c.head[0] if len(c.head) > 1 else "" for c in columns))
    found += [f"表头“{head}”下的各列不相邻，请排在一起。" for head, n in heads.items() if head and n > 1]
    if columns and (points := printed_points(layout, columns)) < SMALLEST_POINTS:
        found.append(f"打印字号只有{points:.1f}磅，小于{SMALLEST_POINTS}磅，{_proposal(layout)}。")
    return found


def called(layout: SheetLayout, key: str, level: int = -1) -> str:
    """What a note calls a column, or at level 0 the head above it: on one line, without the unit; "" where it is not listed."""
    column = next((c for c in layout.columns if c.key == key and c.visible), None)
    if column is None or (level == 0 and len(column.head) == 1):
        return ""
    return _UNIT.sub("", unbroken(column.head[level]))


def plain_head(column: Column) -> str:
    """The head of a column on one line, the groups above it left out."""
    return unbroken(column.head[-1])


def unbroken(text: str) -> str:
    """A head on one line, with what stands in it as an office writes it."""
    return _BRACED.sub(lambda found: f"{{{FILLED.get(found[1], found[1])}}}", text).replace("\n", "")


def by_key(text: str) -> str:
    """A text as it is kept: {month} where an office wrote {月份}."""
    keys = {name: key for key, name in FILLED.items()}
    return _BRACED.sub(lambda found: f"{{{keys.get(found[1], found[1])}}}", text)


def put_in(text: str, values: Mapping[str, str]) -> str:
    """A title or head with the values of FILLED in it; any other brace stays as it is."""
    known = {**values, **{FILLED[key]: value for key, value in values.items()}}
    return _BRACED.sub(lambda found: known.get(found[1], found[0]), text)


def strange_braces(text: str) -> list[str]:
    """What stands in braces and is nothing that can be put in."""
    known = {*FILLED, *FILLED.values()}
    return [found for found in _BRACED.findall(text) if found not in known]


def _proposal(layout: SheetLayout) -> str:
    """Which columns to hide: one of these, or these together."""
    columns = [c for c in prepared(layout) if not c.locked]
    alone = [c for c in columns if _is_large_enough(_without(layout, (c.key,)))]
    if alone:
        named = "、".join(f"“{plain_head(c)}”" for c in sorted(alone, key=lambda c: c.width)[:4])
        return f"请隐藏{named}中的一列，或收窄一些列" if len(alone) > 1 else f"请隐藏{named}，或收窄一些列"
    hidden: list[Column] = []
    for column in sorted(columns, key=lambda c: -c.width):
        hidden.append(column)
        if _is_large_enough(_without(layout, [c.key for c in hidden])):
            return f"请隐藏{'、'.join(f'“{plain_head(c)}”' for c in hidden)}，或收窄一些列"
    return "请隐藏或收窄一些列"


def _without(layout: SheetLayout, keys: Iterable[str]) -> SheetLayout:
    gone = set(keys)
    return replace(layout, columns=tuple(replace(c, visible=c.visible and c.key not in gone) for c in layout.columns))


def _is_large_enough(layout: SheetLayout) -> bool:
    return printed_points(layout, prepared(layout)) >= SMALLEST_POINTS


def _room(layout: SheetLayout) -> float:
    """Pixels across the paper."""
    return (layout.paper.width_mm - layout.margins.left - layout.margins.right) / 25.4 * 96


def _widest(layout: SheetLayout) -> float:
    """Pixels of columns that print just large enough."""
    return _room(layout) * max(layout.body_size / SMALLEST_POINTS, 1.0)


def _takes_spare(column: Column) -> bool:
    return column.format is Format.TEXT and column.align is Align.LEFT and not column.locked and not column.blank


def _pixels(columns: Iterable[Column]) -> float:
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
