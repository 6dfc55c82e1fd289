"""The five charts of 统计汇总, with their source cells right of the print area (visible: charts drop hidden cells)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from crm.rules.figures import percent
from reports.briefing import words
from reports.briefing.facts import KeyProject, Line, Slice
from reports.briefing.sheets.frame import Frame
from reports.briefing.sheets.values import yi
from reports.sheet import Align, Area, Chart, Edge, Format, Look, Series, Source, Style, Value

SOURCE_WIDTHS = (2.0, 2.0, *(9.0,) * 13)
FUNNEL_SOURCE, PLAN_SOURCE, INDUSTRY_SOURCE, ORIGIN_SOURCE = 34, 37, 41, 45  # AH, AK, AO, AS
BLUE, ORANGE, GREY = "2F5597", "C55A11", "BFBFBF"
MOST_PLANS, MOST_ORIGINS, MOST_INDUSTRIES = 15, 9, 11
SHORT_NAME = 6  # characters an axis has room for
LOW_BARS, HEADROOM = 2.2, 1.15  # how far above the largest value an axis ends
FUNNEL = (
    (Line.LEAD, "线索"),
    (Line.SCREENED, "研判通过"),
    (Line.NEGOTIATION, "在谈"),
    (Line.SIGNED, "签约"),
    (Line.REGISTERED, "注册"),
    (Line.STARTED, "开工"),
    (Line.PRODUCING, "投产"),
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the page has its monthly table (first row: months; then counts, amounts) and room for the charts."""

    months: int
    upper: tuple[Area, Area, Area]
    lower: tuple[Area, Area]


def charts(frame: Frame, places: Places, plans: Sequence[KeyProject]) -> tuple[Chart, ...]:
    """The charts that have something to show; the room of the others says that they have not."""
    briefing, top = frame.briefing, places.months
    _source(frame, top - 1, FUNNEL_SOURCE, "图表数据区（不打印，请勿删除）")
    drawn = (
        (places.upper[0], _months(frame, places.upper[0], top)),
        (places.upper[1], _funnel(frame, places.upper[1], top)),
        (places.upper[2], _industries(frame, places.upper[2], top)),
        (places.lower[0], _origins(frame, places.lower[0], top)),
        (places.lower[1], _plans(frame, places.lower[1], top, plans)),
    )
    for number, (area, chart) in enumerate(drawn, 1):
        if chart is None:
            _nothing(frame, area, f"图{number}　{words.span_of_year(briefing.month)}无数据")
    return tuple(chart for _, chart in drawn if chart)


def largest_plans(rows: Sequence[KeyProject]) -> list[KeyProject]:
    """The key projects with the largest plans of the year."""
    return sorted((r for r in rows if r.plan_yuan), key=lambda row: -(row.plan_yuan or 0))[:MOST_PLANS]


def short_name(row: KeyProject) -> str:
    """A name short enough for an axis."""
    return row.short_name or row.name.removesuffix("项目")[:SHORT_NAME]


def nice_ceiling(value: float) -> int:
    """The next number at or above `value` that an axis divides well: steps of half its power of ten."""
    if value <= 1:
        return 1
    step = 10 ** floor(log10(value)) // 2 or 1
    return ceil(value / step) * step


def ranked(slices: Sequence[Slice], most: int, rest: str) -> list[Slice]:
    """The largest pieces first; the others, if more than one, as a single last one (其他11地)."""
    order = sorted((piece for piece in slices if piece.total_yuan), key=lambda piece: -piece.total_yuan)
    if len(order) <= most + 1:
        return order
    others = order[most:]
    folded = Slice(
        f"其他{len(others)}{rest}", sum(piece.count for piece in others), sum(piece.total_yuan for piece in others)
    )
    return [*order[:most], folded]


def _months(frame: Frame, area: Area, top: int) -> Chart | None:
    entries = frame.briefing.months
    if not any(entry.count for entry in entries):
        return None
    last = 1 + len(entries)
    counts = Source(Area(top + 1, 2, top + 1, last), tuple(entry.count for entry in entries))
    amounts = Source(Area(top + 2, 2, top + 2, last), tuple(yi(entry.total_yuan) for entry in entries))
    return Chart(
        f"图1　{words.span(frame.briefing.month)}新签约项目个数与总投资",
        area,
        Source(Area(top, 2, top, last), tuple(f"{entry.month}月" for entry in entries)),
        (
            Series("签约个数（个，左轴）", counts, BLUE, "0", label_inside=True),
            Series("签约总投资（亿元，右轴）", amounts, ORANGE, "0.00", is_line=True),
        ),
        "个",
        "亿元",
        legend=True,
        gap=70,
        maxima=(
            nice_ceiling(max(entry.count for entry in entries) * LOW_BARS),
            nice_ceiling(max(entry.total_yuan for entry in entries) / 10**8 * HEADROOM),
        ),
    )


def _funnel(frame: Frame, area: Area, top: int) -> Chart | None:
    counts = [frame.briefing.figures(line).count.year or 0 for line, _ in FUNNEL]
    if not any(counts):
        return None
    labels = [label for _, label in FUNNEL]
    categories, values = _columns(frame, top, FUNNEL_SOURCE, "图2数据", labels, counts, Format.COUNT)
    title = f"图2　{words.span(frame.briefing.month)}招商漏斗（各阶段新增项目数）"
    series = Series("新增数（个）", values, BLUE, "0")
    maxima = (nice_ceiling(max(counts) * 1.05), None)
    return Chart(title, area, categories, (series,), "个", horizontal=True, gap=35, maxima=maxima)


def _industries(frame: Frame, area: Area, top: int) -> Chart | None:
    pieces = ranked(frame.briefing.by_industry, MOST_INDUSTRIES, "类")
    title = "图3　签约项目总投资按产业（括号内为个数）"
    return _pieces(frame, area, (top, INDUSTRY_SOURCE), pieces, title, horizontal=True)


def _origins(frame: Frame, area: Area, top: int) -> Chart | None:
    pieces = ranked(frame.briefing.by_origin, MOST_ORIGINS, "地")
    title = "图4　签约项目总投资按来源地（括号内为个数）"
    return _pieces(frame, area, (top, ORIGIN_SOURCE), pieces, title, horizontal=False)


def _pieces(
    frame: Frame, area: Area, at: tuple[int, int], pieces: Sequence[Slice], title: str, *, horizontal: bool
) -> Chart | None:
    if not pieces:
        return None
    labels = [f"{piece.label}({piece.count})" for piece in pieces]  # the count inside the label spares a second axis
    amounts = [yi(piece.total_yuan) for piece in pieces]
    categories, values = _columns(frame, *at, f"{title[:2]}数据", labels, amounts, Format.YI)
    series = Series("总投资（亿元）", values, BLUE, "0.00")
    top = nice_ceiling(max(piece.total_yuan for piece in pieces) / 10**8 * HEADROOM)
    gap = 40 if horizontal else 50
    return Chart(title, area, categories, (series,), "亿元", horizontal=horizontal, gap=gap, maxima=(top, None))


def _plans(frame: Frame, area: Area, top: int, plans: Sequence[KeyProject]) -> Chart | None:
    if not plans:
        return None
    names = [short_name(row) for row in plans]
    planned, done = [yi(row.plan_yuan) for row in plans], [yi(row.done_yuan or 0) for row in plans]
    categories, plan_source = _columns(frame, top, PLAN_SOURCE, "图5数据", names, planned, Format.YI)
    done_source = _column(frame, top, PLAN_SOURCE + 2, done, Format.YI)
    span, due = words.span(frame.briefing.month), percent(frame.briefing.due_share)
    title = f"图5　重点项目年度计划与{span}完成（年度计划前{len(plans)}位，序时{due}）"
    series = (Series("年度计划投资", plan_source, GREY), Series(f"{span}累计完成", done_source, BLUE))
    return Chart(title, area, categories, series, "亿元", legend=True, gap=45, axis_format="0.0")


def _columns(
    frame: Frame, top: int, column: int, head: str, labels: Sequence[str], values: Sequence[Value], format_: Format
) -> tuple[Source, Source]:
    _source(frame, top, column, head)
    return _column(frame, top, column, labels, Format.TEXT), _column(frame, top, column + 1, values, format_)


def _column(frame: Frame, top: int, column: int, values: Sequence[Value], format_: Format) -> Source:
    for row, value in enumerate(values, top + 1):
        _source(frame, row, column, value, format_)
    return Source(Area(top + 1, column, top + len(values), column), tuple(values))


def _source(frame: Frame, row: int, column: int, value: Value, format_: Format = Format.TEXT) -> None:
    frame.canvas.put(row, column, value, Style(Look.SOURCE, 9, format=format_, edge=Edge.NONE, wrap=False))


def _nothing(frame: Frame, area: Area, text: str) -> None:
    style = Style(Look.FAINT, 12, Align.CENTER)
    down, across = area.bottom - area.top + 1, area.right - area.left + 1
    frame.canvas.put(area.top, area.left, text, style, down=down, across=across)
