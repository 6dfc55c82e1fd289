"""What all table sheets share: title, unit row, heads of several levels, 栏次, group rows, body rows, notes, signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from crm.rules.figures import DASH
from reports.briefing import words
from reports.briefing.facts import Briefing
from reports.briefing.layout import Column, SheetLayout, called, numbered, put_in
from reports.fitting import capped, fit_row, paginate
from reports.sheet import Align, Area, Canvas, Chart, Edge, Format, Look, Page, Sheet, Style, Value

TITLE_SIZE = 22
UNIT_HEIGHT = 22
NOTE_SIZE = 11
LEFT, MIDDLE, RIGHT = 0.28, 0.2, 0.15  # of the width, at least: who reports, the cut-off, the units


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that is set in a look of its own: a light, a state, a missing figure."""

    value: Value
    look: Look


@dataclass(frozen=True, slots=True)
class Flow:
    """A text that flows over its own and the next columns, up to the one with the key `until`."""

    text: str
    until: str


Values = Mapping[str, Value | Shown | Flow]


@dataclass(slots=True)
class Frame:
    """A table being written from top to bottom; `row` is the next free row."""

    briefing: Briefing
    layout: SheetLayout
    columns: tuple[Column, ...]
    canvas: Canvas
    row: int = 1

    @property
    def width(self) -> int:
        """Columns of the canvas that are printed."""
        return len(self.canvas.widths)

    def open(self, middle: str, right: str) -> None:
        """Title and unit row: who reports, the cut-off, the units."""
        title = filled(self.layout.title, self.briefing)
        self.canvas.put(1, 1, title, _bare(Look.TITLE, TITLE_SIZE, Align.CENTER), across=self.width)
        self.canvas.height(1, TITLE_SIZE * 1.9)
        left, centre = self._thirds()
        kai = (Look.KAI, 12.0)
        self.canvas.put(
            2, 1, words.reporter(self.briefing), _bare(*kai, Align.LEFT, wrap=False, shrink=True), across=left
        )
        self.canvas.put(2, left + 1, middle, _bare(*kai, Align.CENTER, wrap=False), across=centre - left)
        self.canvas.put(2, centre + 1, right, _bare(*kai, Align.RIGHT, wrap=False), across=self.width - centre)
        self.canvas.height(2, UNIT_HEIGHT)
        self.row = 3

    def heads(self, columns: Sequence[Column] | None = None) -> None:
        """The head in its levels; equal neighbours of a level are merged, a short head runs down to the last level."""
        shown = columns or self.columns
        depth = max(len(column.head) for column in shown)
        for level in range(depth):
            self._head_level(shown, level, depth)
            self.canvas.height(self.row + level, self.layout.head_heights[level], keep=True)
        self.row += depth

    def ordinals(self, **constants: str) -> None:
        """栏次."""
        style = Style(Look.ORDINAL, 9, Align.CENTER, wrap=False, shrink=True)
        for column, number in enumerate(numbered(self.columns, **constants), 1):
            self.canvas.put(self.row, column, number, style)
        self.canvas.height(self.row, self.layout.ordinal_height, keep=True)
        self.row += 1

    def group(self, look: Look, mark: str, label: str, values: Values, *, height: float | None = None) -> None:
        """A row of sums: numeral and label unmerged over empty cells, so that filters and sorting keep working."""
        style = Style(look, self.layout.head_size, Align.CENTER, wrap=False)
        self.canvas.put(self.row, 1, mark or None, style)
        flowing_to = self._label_end(values)
        self._flow(2, flowing_to, label, look)
        for index, column in enumerate(self.columns, 1):
            value = values.get(column.key)
            if isinstance(value, Flow):
                flowing_to = self._flow_end(index, value, values)
                self._flow(index, flowing_to, value.text, look)
            elif index > flowing_to:
                self._put(index, column, value, look, wrap=False)
        self.canvas.height(self.row, height or self.layout.group_height, keep=True)
        self.row += 1

    def body(self, values: Values, look: Look = Look.BODY, columns: Sequence[Column] | None = None) -> None:
        """One row of the table, as high as its tallest text."""
        for index, column in enumerate(columns or self.columns, 1):
            strong = column.strong and look is Look.BODY
            self._put(index, column, values.get(column.key), Look.STRONG if strong else look, wrap=column.wrap)
        self.canvas.height(self.row, fit_row(self.canvas, self.row, self.layout.floor), elastic=True)
        self.row += 1

    def bar(self, text: str, look: Look, *, size: float | None = None, height: float = 26) -> None:
        """A text over the whole width."""
        style = Style(look, size or self.layout.head_size, wrap=False)
        self.canvas.put(self.row, 1, text, style, across=self.width)
        self.canvas.height(self.row, height, keep=True)
        self.row += 1

    def line(
        self, text: str, look: Look, size: float, floor: float, *, align: Align = Align.LEFT, keep: bool = False
    ) -> None:
        """A text without borders over the whole width, wrapped."""
        self.canvas.put(self.row, 1, text, _bare(look, size, align), across=self.width)
        self.canvas.height(self.row, fit_row(self.canvas, self.row, floor), keep=keep)
        self.row += 1

    def gap(self, height: float) -> None:
        """An empty row."""
        self.canvas.height(self.row, height)
        self.row += 1

    def empty(self, text: str) -> None:
        """The row that says there is nothing to list."""
        style = Style(Look.BODY, self.layout.body_size, Align.CENTER, wrap=False)
        self.canvas.put(self.row, 1, text, style, across=self.width)
        self.canvas.height(self.row, self.layout.floor, elastic=True)
        self.row += 1

    def close(self, notes: Sequence[str], *, sign: bool = True) -> None:
        """Notes and the signature line; the last row of the table goes with them to a new page."""
        self.canvas.kept.add(self.row - 1)
        for note in notes:
            self.line(note, Look.NOTE, NOTE_SIZE, 21.6, keep=True)
        if sign:
            self.line(words.signature(self.briefing), Look.NOTE, 12, 30, align=Align.CENTER)

    def sheet(self, page: Page, *, charts: tuple[Chart, ...] = (), columns: int | None = None) -> Sheet:
        """The finished sheet, its pages divided."""
        return finish(self.briefing, self.layout, self.canvas, page, charts=charts, columns=columns)

    def called(self, key: str, default: str = "", level: int = -1) -> str:
        """What a note calls a column of this table; `default` where it is not listed."""
        return filled(called(self.layout, key, level), self.briefing) or default

    def page(
        self,
        *,
        repeat: tuple[int, int],
        freeze_row: int,
        freeze_after: str = "name",
        filter_row: int = 0,
        last: int = 0,
    ) -> Page:
        """The page set-up: rows repeated, what stays on screen, the filter from its row down to `last`."""
        keys = [column.key for column in self.columns]
        filtered = Area(filter_row, 1, max(last, filter_row), self.width) if filter_row else None
        freeze = (freeze_row, keys.index(freeze_after) + 2) if freeze_after in keys else (freeze_row, 1)
        return page_of(self.layout, repeat=repeat, freeze=freeze, filtered=filtered)

    def _put(self, index: int, column: Column, value: Value | Shown | Flow, look: Look, *, wrap: bool) -> None:
        look = value.look if isinstance(value, Shown) else look
        bare = value.text if isinstance(value, Flow) else value.value if isinstance(value, Shown) else value
        if isinstance(bare, str) and column.format is Format.TEXT:
            bare = capped(bare, column.cap)
        self.canvas.put(self.row, index, None if bare == "" else bare, self._style(column, bare, look, wrap))

    def _flow(self, first: int, last: int, text: str, look: Look) -> None:
        for index in range(first, last + 1):
            style = Style(look, self.layout.head_size, edge=_label_edge(index, first, last), wrap=False)
            self.canvas.put(self.row, index, text if index == first else None, style)

    def _flow_end(self, index: int, flow: Flow, values: Values) -> int:
        # As far as it was meant to flow, but over no sum that an office has put between.
        last = max(index, self._index(flow.until, index))
        return next((i - 1 for i in range(index + 1, last + 1) if self.columns[i - 1].key in values), last)

    def _index(self, key: str, default: int) -> int:
        return next((i for i, column in enumerate(self.columns, 1) if column.key == key), default)

    def _style(self, column: Column, value: Value, look: Look, wrap: bool) -> Style:
        words_among_figures = isinstance(value, str) and column.format.is_figure
        format_ = Format.TEXT if words_among_figures else column.format
        centred = words_among_figures or value == DASH or look is Look.MISSING
        align = Align.CENTER if centred else column.align
        if format_.is_figure:  # shrunk rather than ### where a substituted typeface is wider
            return Style(look, self.layout.figure_size, align, format_, wrap=False, shrink=True)
        return Style(look, self.layout.body_size, align, format_, wrap=wrap)

    def _label_end(self, values: Values) -> int:
        # The label flows to the first column that carries a sum; without sums it takes the whole row.
        filled_at = [i for i, column in enumerate(self.columns[1:], 2) if column.key in values]
        return (filled_at[0] - 1) if filled_at else self.width

    def _head_level(self, columns: Sequence[Column], level: int, depth: int) -> None:
        style = Style(Look.HEAD if level == 0 else Look.SUBHEAD, self.layout.head_size, Align.CENTER)
        start = 0
        while start < len(columns):
            head, end = columns[start].head, start + 1
            if len(head) > level + 1:
                while (
                    end < len(columns)
                    and len(columns[end].head) > level + 1
                    and columns[end].head[: level + 1] == head[: level + 1]
                ):
                    end += 1
            if len(head) > level:
                down = 1 if len(head) > level + 1 else depth - level
                text = filled(head[level], self.briefing)
                self.canvas.put(self.row + level, start + 1, text, style, down=down, across=end - start)
            start = end

    def _thirds(self) -> tuple[int, int]:
        # Where left and middle end, so that the middle stands as near the centre of the page as columns allow.
        reached = list(accumulate(self.canvas.widths))
        whole = reached[-1]
        pairs = [
            (left, centre)
            for left, first in enumerate(reached, 1)
            for centre, last in enumerate(reached, 1)
            if first >= LEFT * whole and last - first >= MIDDLE * whole and whole - last >= RIGHT * whole
        ]
        return min(pairs, key=lambda pair: abs(reached[pair[0] - 1] + reached[pair[1] - 1] - whole), default=(1, 2))


def filled(text: str, briefing: Briefing) -> str:
    """A title or head with the zone, the month and the span of the year put in."""
    month = briefing.month
    return put_in(
        text,
        {
            "zone": briefing.office.zone,
            "month": month.label,
            "span": words.span(month),
            "span_of_year": words.span_of_year(month),
        },
    )


def page_of(
    layout: SheetLayout,
    *,
    repeat: tuple[int, int] | None = None,
    freeze: tuple[int, int] | None = None,
    filtered: Area | None = None,
) -> Page:
    """The page set-up of a sheet from its layout."""
    return Page(layout.paper, layout.margins, layout.zoom, repeat, freeze, filtered)


def finish(
    briefing: Briefing,
    layout: SheetLayout,
    canvas: Canvas,
    page: Page,
    *,
    charts: tuple[Chart, ...] = (),
    columns: int | None = None,
) -> Sheet:
    """Divide the pages and name the sheet; `columns` are printed, all of them unless said otherwise."""
    printed = columns or len(canvas.widths)
    one_page = paginate(canvas, page, printed)
    page = Page(page.paper, page.margins, page.zoom, page.repeat, page.freeze, page.filter, one_page)
    return Sheet(layout.tab, canvas, page, words.footer(briefing), printed, charts)


def _label_edge(index: int, first: int, last: int) -> Edge:
    if first == last:
        return Edge.BOX
    return Edge.OPEN_RIGHT if index == first else Edge.OPEN_LEFT if index == last else Edge.OPEN_BOTH


def _bare(look: Look, size: float, align: Align, *, wrap: bool = True, shrink: bool = False) -> Style:
    return Style(look, size, align, edge=Edge.NONE, wrap=wrap, shrink=shrink)
