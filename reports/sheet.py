"""What a printed sheet is, before any file format: cells with a role, merges, row heights, a page, charts.

Reports describe their tables with these; workbook.py alone knows what a role looks like in Excel, fitting.py how high a
row must be. Rows and columns are counted from 1. Values are exact (Decimal, Fraction); the file gets floats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction

Value = str | int | Decimal | Fraction | date | None
NOTHING = (None, "", "—")  # what no rows stand behind


class Look(Enum):
    """The role of a cell: it decides typeface, colour and fill."""

    TITLE = auto()
    RED_TITLE = auto()
    KAI = auto()  # unit row, dates
    FAINT = auto()  # a mark in the corner
    HEAD = auto()
    SUBHEAD = auto()
    ORDINAL = auto()  # 栏次
    TOTAL = auto()
    GROUP = auto()
    SUBGROUP = auto()
    BODY = auto()
    STRONG = auto()  # names of projects
    MUTED = auto()  # listed, not counted
    SHADED = auto()  # rate columns of a matrix
    LABEL = auto()  # first column of a matrix
    LIGHT_RED = auto()
    LIGHT_YELLOW = auto()
    LIGHT_ORANGE = auto()
    LIGHT_GREEN = auto()
    LIGHT_BLUE = auto()
    STATE_RED = auto()
    STATE_YELLOW = auto()
    STATE_GREEN = auto()
    STATE_BLUE = auto()
    STATE_GREY = auto()
    ALARM = auto()  # a figure that is too high
    MISSING = auto()  # owed, not sent
    NOTE = auto()
    PROSE_HEAD = auto()
    PROSE = auto()
    SOURCE = auto()  # chart data beside the print area


class Align(Enum):
    """Horizontal; the vertical is always centred."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Format(Enum):
    """How a value is written."""

    TEXT = auto()
    YI = auto()  # 亿元, two places
    COUNT = auto()  # counts, 万元, 万美元
    RATE = auto()  # 75.2%
    CHANGE = auto()  # +14.8%
    POINTS = auto()  # +0.2
    MONTH = auto()  # 2022.09
    DAY = auto()  # 2022-09-30
    PHONE = auto()  # digits that are no number

    @property
    def is_figure(self) -> bool:
        """A number or a date: set in the typeface of figures."""
        return self not in (Format.TEXT, Format.PHONE)


class Edge(Enum):
    """Which borders a cell has."""

    NONE = auto()
    BOX = auto()
    OPEN_RIGHT = auto()
    OPEN_BOTH = auto()
    OPEN_LEFT = auto()
    RED_RULE = auto()
    IMPRINT_TOP = auto()
    IMPRINT_BOTTOM = auto()


@dataclass(frozen=True, slots=True)
class Style:
    """A cell's role with what varies within it; `size` in points."""

    look: Look
    size: float = 11
    align: Align = Align.LEFT
    format: Format = Format.TEXT
    edge: Edge = Edge.BOX
    wrap: bool = True
    shrink: bool = False
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in its style."""

    value: Value
    style: Style


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader on screen asks of a cell: the name of what stands behind it, and of which part. Never printed."""

    key: str
    about: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A rectangle of cells, its corners included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Canvas:
    """A sheet being built: put cells, then set or fit the heights of rows."""

    widths: tuple[float, ...]  # Excel's character widths, one a column
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)  # points
    kept: set[int] = field(default_factory=set)  # rows that must not end a page
    elastic: set[int] = field(default_factory=set)  # rows that may grow to fill a page
    breaks: list[int] = field(default_factory=list)  # the pages end after these rows
    asks: dict[tuple[int, int], Ask] = field(default_factory=dict)  # what a page offers to open at a cell

    def put(self, row: int, column: int, value: Value, style: Style, *, down: int = 1, across: int = 1) -> None:
        """A value with its style; more than one row or column are merged, all in that style."""
        for r in range(row, row + down):
            for c in range(column, column + across):
                self.cells[r, c] = Cell(value if (r, c) == (row, column) else None, style)
        if down > 1 or across > 1:
            self.merges.append(Area(row, column, row + down - 1, column + across - 1))

    def ask(self, row: int, column: int, ask: Ask | None) -> None:
        """What may be asked of the cell there; nothing where it holds none or a dash."""
        if ask and self.cells[row, column].value not in NOTHING:
            self.asks[row, column] = ask

    def height(self, row: int, points: float, *, keep: bool = False, elastic: bool = False) -> None:
        """The row's height; `keep` with the next row, `elastic` where it may take up spare room."""
        self.heights[row] = points
        if keep:
            self.kept.add(row)
        if elastic:
            self.elastic.add(row)

    @property
    def last_row(self) -> int:
        """The last row with a height."""
        return max(self.heights, default=0)

    def rows(self) -> Iterator[int]:
        """Every row from the first to the last."""
        return iter(range(1, self.last_row + 1))


class Paper(Enum):
    """Paper as width and height in millimetres, with Excel's number for the size."""

    A3_LANDSCAPE = (420, 297, 8)
    A4_PORTRAIT = (210, 297, 9)

    @property
    def width_mm(self) -> int:
        """Width as printed."""
        return self.value[0]

    @property
    def height_mm(self) -> int:
        """Height as printed."""
        return self.value[1]

    @property
    def code(self) -> int:
        """paperSize of the page set-up."""
        return self.value[2]

    @property
    def landscape(self) -> bool:
        """Wider than high."""
        return self.width_mm > self.height_mm


@dataclass(frozen=True, slots=True)
class Margins:
    """Millimetres."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """How a sheet is printed and first shown. `one_page`: scaled to a single page."""

    paper: Paper
    margins: Margins
    zoom: int = 85
    repeat: tuple[int, int] | None = None  # first and last row repeated on every page
    freeze: tuple[int, int] | None = None  # the first row and column that scroll
    filter: Area | None = None
    one_page: bool = False


@dataclass(frozen=True, slots=True)
class Faces:
    """Typefaces by name; one that is missing falls to a Chinese one by its character set."""

    title: str = "方正小标宋简体"
    head: str = "黑体"
    body: str = "仿宋"
    kai: str = "楷体"
    figure: str = "Times New Roman"


@dataclass(frozen=True, slots=True)
class Footer:
    """Left and right text; the page number stands between them."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Source:
    """A range of cells with the values it holds: one row or one column of the chart's own sheet."""

    area: Area
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of bars or one line; `labels` writes the figures in this format ("": none)."""

    name: str
    values: Source
    colour: str
    labels: str = ""
    label_inside: bool = False
    is_line: bool = False  # drawn as a line against the second axis


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart stretched over `area`. `maxima` bound the value axes: the first, then the line's."""

    title: str
    area: Area
    categories: Source
    series: tuple[Series, ...]
    unit: str  # title of the value axis
    line_unit: str = ""
    horizontal: bool = False
    legend: bool = False
    gap: int = 50
    maxima: tuple[int | None, int | None] = (None, None)
    axis_format: str = "0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished sheet: the tab, what is on it, how it prints."""

    name: str
    canvas: Canvas
    page: Page
    footer: Footer
    print_columns: int  # what stands right of them is not printed
    charts: tuple[Chart, ...] = ()
