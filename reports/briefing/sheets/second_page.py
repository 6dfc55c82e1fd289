"""统计汇总, page 2: months and the funnel above, five charts below them, plans and completion at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from crm.rules.figures import DASH
from crm.rules.schedule import share
from reports.briefing import cells, words
from reports.briefing.facts import KeyProject, Line
from reports.briefing.sheets.frame import Frame
from reports.briefing.sheets.statistics_charts import FUNNEL, MOST_PLANS, Places, charts, largest_plans, short_name
from reports.briefing.sheets.values import or_dash, yi
from reports.sheet import Align, Area, Chart, Edge, Format, Look, Style, Value

CHART_ROWS, CHART_ROW_HEIGHT = 15, 19.4
TABLE_ROW_HEIGHT, PLAN_ROW_HEIGHT = 22, 21
FUNNEL_COLUMN = 15  # O


def second_page(frame: Frame) -> tuple[Chart, ...]:
    """Write the page below what is there; returns its charts."""
    frame.line("表8　签约项目月度情况及图示", Look.PROSE_HEAD, 13, 28)
    top = frame.row
    _months(frame)
    _funnel(frame, top)
    frame.gap(10)
    upper, lower = _chart_rows(frame), _chart_rows(frame)
    frame.gap(10)
    plans = largest_plans(frame.briefing.key_projects)
    _plans(frame, plans)
    places = Places(
        top,
        (Area(upper, 1, upper + 14, 10), Area(upper, 11, upper + 14, 20), Area(upper, 21, upper + 14, 31)),
        (Area(lower, 1, lower + 14, 12), Area(lower, 13, lower + 14, 31)),
    )
    return charts(frame, places, plans)


def _months(frame: Frame) -> None:
    signed = {entry.month: entry for entry in frame.briefing.months}
    count = total = 0
    columns: list[tuple[Value, ...]] = []
    for month in range(1, 13):
        if entry := signed.get(month):
            count, total = count + entry.count, total + entry.total_yuan
            columns.append((entry.count, yi(entry.total_yuan), count, yi(total)))
        else:
            columns.append((None,) * 4)  # future months stay blank, never zero
    _row(frame, 1, ["月份", *(f"{month}月" for month in range(1, 13))], Look.SUBHEAD, Format.TEXT)
    labels = ("签约个数(个)", "签约投资(亿元)", "累计个数(个)", "累计投资(亿元)")
    formats = (Format.COUNT, Format.YI, Format.COUNT, Format.YI)
    for label, format_, line in zip(labels, formats, zip(*columns, strict=True), strict=True):
        frame.canvas.height(frame.row, TABLE_ROW_HEIGHT)
        frame.row += 1
        _row(frame, 1, [label, *line], Look.BODY, format_)
        measure = "count" if format_ is Format.COUNT else "total_yuan"
        for month in range(1, 13):
            span = f"{'to' if label.startswith('累计') else 'm'}{month}"
            frame.canvas.ask(frame.row, 1 + month, cells.line(Line.SIGNED, measure, span))
    frame.canvas.height(frame.row, TABLE_ROW_HEIGHT)
    frame.row += 1


def _funnel(frame: Frame, top: int) -> None:
    counts = [frame.briefing.figures(line).count.year for line, _ in FUNNEL]
    ratios = [or_dash(share(now, before)) for before, now in pairwise(counts)]
    lines: tuple[tuple[list[Value], Look, Format], ...] = (
        (["阶段", *(label for _, label in FUNNEL)], Look.SUBHEAD, Format.TEXT),
        ([f"{words.span(frame.briefing.month)}新增（个）", *map(or_dash, counts)], Look.BODY, Format.COUNT),
        (["与上阶段比", DASH, *ratios], Look.BODY, Format.RATE),
    )
    for offset, (values, look, format_) in enumerate(lines):
        _row(frame, FUNNEL_COLUMN, values, look, format_, row=top + offset, across=2, first=3, centred=True)
    note = (
        "注：“与上阶段比”为同期两阶段新增数之比，反映节奏，不等同于按批次跟踪的转化率；转化率按同批线索口径另行计算。"
    )
    frame.canvas.put(top + 3, FUNNEL_COLUMN, note, Style(Look.NOTE, 10.5, edge=Edge.NONE), down=2, across=17)


def _chart_rows(frame: Frame) -> int:
    # Fixed heights: charts are anchored to cells and must not grow with them.
    top = frame.row
    for row in range(top, top + CHART_ROWS):
        frame.canvas.height(row, CHART_ROW_HEIGHT)
    frame.row += CHART_ROWS
    return top


def _plans(frame: Frame, plans: Sequence[KeyProject]) -> None:
    if not plans:
        return
    span, rest = words.span(frame.briefing.month), [None] * (MOST_PLANS - len(plans))
    lines: tuple[tuple[str, list[Value], Format, Look], ...] = (
        ("重点项目", [short_name(row) for row in plans], Format.TEXT, Look.SUBHEAD),
        ("年度计划(亿元)", [yi(row.plan_yuan) for row in plans], Format.YI, Look.BODY),
        (f"{span}完成(亿元)", [yi(row.done_yuan) for row in plans], Format.YI, Look.BODY),
        ("完成率", [or_dash(row.completion) for row in plans], Format.RATE, Look.BODY),
    )
    for label, values, format_, look in lines:
        _row(frame, 1, [label, *values, *rest], look, format_, across=2, centred=True)
        frame.canvas.height(frame.row, PLAN_ROW_HEIGHT)
        frame.row += 1


def _row(
    frame: Frame,
    left: int,
    values: Sequence[Value],
    look: Look,
    format_: Format,
    *,
    row: int = 0,
    across: int = 1,
    first: int = 1,
    centred: bool = False,
) -> None:
    """A label over `first` columns and values over `across` each, in `row` or the frame's own."""
    at = row or frame.row
    label = Style(Look.SUBHEAD, 10.5, Align.CENTER, wrap=False, shrink=True)
    frame.canvas.put(at, left, values[0], label, across=first)
    for index, value in enumerate(values[1:]):
        text = isinstance(value, str)
        align = Align.CENTER if text or centred else Align.RIGHT
        style = Style(look, 10.5, align, Format.TEXT if text else format_, wrap=False, shrink=True)
        frame.canvas.put(at, left + first + across * index, value, style, across=across)
