"""统计汇总: the matrix of stages, then on the same grid the small tables, and on a second page months and charts."""

from __future__ import annotations

from collections.abc import Iterable

from reports.briefing import words
from reports.briefing.facts import Briefing, Line, Measure
from reports.briefing.groups import key_groups
from reports.briefing.layout import Audience, Layout, SheetLayout, called
from reports.briefing.sheets.frame import Frame, filled, page_of
from reports.briefing.sheets.overlap_strip import overlap_strip, told
from reports.briefing.sheets.second_page import second_page
from reports.briefing.sheets.small_tables import small_tables
from reports.briefing.sheets.statistics_charts import SOURCE_WIDTHS
from reports.briefing.sheets.values import align_of, or_dash, wan, yi
from reports.fitting import page_height
from reports.sheet import Align, Canvas, Format, Look, Sheet, Style, Value

LINES = tuple(line for line in Line if line is not Line.SCREENED)
SPANS = ("本月", "{span}\n累计", "上年\n同期", "同比", "年度\n目标", "完成率")
MEASURES = ("项目个数（个）", "总投资（亿元）", "其中外资（万美元）", "固定资产投资（亿元）", "到位资金（亿元）")
SLICE_HEADS = ("个数", "总投资\n(亿元)", "占比", "外资\n万美元")
SLICE_FORMATS = (Format.TEXT, Format.COUNT, Format.YI, Format.RATE, Format.COUNT)
MOST_INDUSTRIES, MOST_ORIGINS, MOST_AREAS = 11, 9, 7
TITLE_HEIGHT, HEAD_HEIGHT = 26.0, 36.0
HEAD_ROWS = 3  # of the matrix
LOWEST_ROW = 22.0  # a line of 12 points


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, whole: Layout) -> Sheet:
    """Two pages: tables, then months and charts; the charts' cells stand right of what is printed."""
    columns = len(layout.widths)
    frame = Frame(briefing, layout, (), Canvas(layout.widths))
    frame.open(words.cut_off(briefing), f"单位：{layout.unit}")
    page, first = page_of(layout, repeat=(1, 2), freeze=(6, 2)), frame.row
    _matrix(frame)
    frame.gap(12)
    small_tables(frame)
    elastic, strip = range(first + HEAD_ROWS, frame.row), overlap_strip(frame)
    frame.line(_note(briefing, whole), Look.NOTE, 11, 21.6)
    if strip:
        squeeze(frame.canvas, elastic, page_height(frame.canvas, page, columns))
    frame.canvas.breaks.append(frame.row - 1)
    charts = second_page(frame)
    frame.close([])
    frame.canvas.widths = (*layout.widths, *SOURCE_WIDTHS)
    return frame.sheet(page, charts=charts, columns=columns)


def squeeze(canvas: Canvas, rows: Iterable[int], height: float) -> None:
    """Lower the rows of one line among these alike until what there is fits the page, but never so far that text is cut."""
    over = sum(canvas.heights.values()) - height + len(canvas.heights) * 0.1  # what rounding may add
    given = [row for row in rows if LOWEST_ROW < canvas.heights[row] < HEAD_HEIGHT]
    spare = sum(canvas.heights[row] - LOWEST_ROW for row in given)
    if over > 0 and spare:
        part = min(1.0, over / spare)
        for row in given:
            canvas.heights[row] = round(canvas.heights[row] - (canvas.heights[row] - LOWEST_ROW) * part, 1)


def matrix_values(briefing: Briefing, line: Line) -> list[tuple[Value, Format]]:
    """The thirty cells of a line; what does not apply to it is "—"."""
    figures = briefing.figures(line)
    cells: list[tuple[Value, Format]] = []
    for measure, is_money in (
        (figures.count, None),
        (figures.total_yuan, Format.YI),
        (figures.foreign_usd, Format.COUNT),
        (figures.fixed_yuan, Format.YI),
        (figures.arrived_yuan, Format.YI),
    ):
        cells += measure_values(measure, is_money)
    return cells


def measure_values(measure: Measure, money: Format | None) -> list[tuple[Value, Format]]:
    """Month, year, last year, 同比, target, 完成率; `money` None: a count."""
    format_ = money or Format.COUNT

    def unit(amount: int | None) -> Value:
        if money is None:
            return or_dash(amount)
        return or_dash(yi(amount) if money is Format.YI else wan(amount))

    return [
        (unit(measure.month), format_),
        (unit(measure.year), format_),
        (unit(measure.last_year), format_),
        (or_dash(measure.change), Format.CHANGE),
        (unit(measure.target), format_),
        (or_dash(measure.completion), Format.RATE),
    ]


def _matrix(frame: Frame) -> None:
    span, row = words.span(frame.briefing.month), frame.row
    head = Style(Look.HEAD, 11, Align.CENTER)
    frame.canvas.put(row, 1, "阶段", head, down=2)
    for index, measure in enumerate(MEASURES):
        frame.canvas.put(row, 2 + 6 * index, measure, head, across=6)
        for offset, text in enumerate(SPANS):
            style = Style(Look.SUBHEAD, 11, Align.CENTER)
            frame.canvas.put(row + 1, 2 + 6 * index + offset, text.format(span=span), style)
    for column in range(1, 32):
        number: Value = "甲" if column == 1 else column - 1
        frame.canvas.put(row + 2, column, number, Style(Look.ORDINAL, 9, Align.CENTER, wrap=False))
    for offset, height in enumerate((22, 34, 16)):
        frame.canvas.height(row + offset, height)
    frame.row += 3
    for line in LINES:
        _matrix_line(frame, line)


def _matrix_line(frame: Frame, line: Line) -> None:
    leading = line is Line.SIGNED
    frame.canvas.put(frame.row, 1, line.label, Style(Look.GROUP if leading else Look.LABEL, 11, Align.CENTER))
    for column, (value, format_) in enumerate(matrix_values(frame.briefing, line), 2):
        shaded = Look.SHADED if format_ in (Format.CHANGE, Format.RATE) else Look.BODY
        style = Style(Look.GROUP if leading else shaded, 10.5, align_of(value), format_, wrap=False, shrink=True)
        frame.canvas.put(frame.row, column, value, style)
    frame.canvas.height(frame.row, 33)
    frame.row += 1


def _note(briefing: Briefing, whole: Layout) -> str:
    doubled = "；".join(
        f"表7“{group.key_list.label}*”已剔除列入{'、'.join(home.label for home in group.homes)}的{len(group.elsewhere)}个"
        for group in key_groups(briefing)
        if group.elsewhere and group.rows
    )
    overlapping = told(briefing)
    more = [
        *([doubled] if doubled else []),
        *([f"重点项目{overlapping}，各清单合计减重复即剔重数"] if overlapping else []),
    ]
    return (
        "注：1. “—”表示不适用、无目标或上年同期为零；同比＝（本年累计－上年同期）÷上年同期。2. 签约口径为正式投资协议；“开工”含"
        f"往年签约项目{_not_compared(briefing, whole)}。3. 来源地按总投资列前列，境外按国别（地区）；"
        f"占比为占总投资合计的比重。4. 外资不折算并入亿元；如需折算，汇率见“{whole.tab_of('notes')}”。"
        "5. 合计与分项之和因四舍五入可能略有差异。"
        + "".join(f"{number}. {text}。" for number, text in enumerate(more, 6))
    )


def _not_compared(briefing: Briefing, whole: Layout) -> str:
    """Which columns of which sheet the starts are not checked against; nothing where the workbook has none."""
    tab, signed = whole.tab_of("signed"), whole.sheet("signed")
    columns = next((name for key in ("node", "started") if (name := called(signed, key, 0))), "")
    return f"，故与{tab}“{filled(columns, briefing)}”栏不作勾稽" if tab and columns else ""
