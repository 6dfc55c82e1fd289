"""封面综述: the red head, the key table, the generated paragraphs, the list of tables and the imprint."""

from __future__ import annotations

from crm.rules.days import day_of
from reports.briefing import words
from reports.briefing.facts import Briefing, Line, Measure
from reports.briefing.groups import total
from reports.briefing.layout import Layout, SheetLayout
from reports.briefing.sheets.frame import filled, finish, page_of
from reports.briefing.sheets.statistics import measure_values
from reports.briefing.text import overview
from reports.fitting import fit_row, line_count, pixels
from reports.sheet import Align, Canvas, Edge, Format, Look, Sheet, Style

COLUMNS = 7
PROSE_SIZE = 15
INDENT = words.SPACE * 2
NO_BREAK = "\u00a0"
MOST_LINES = 14  # a longer paragraph is divided: Excel's rows end at 409 points
ROW_HEIGHT = 30


def build(briefing: Briefing, whole: Layout, tables: list[str]) -> Sheet:
    """The cover and what follows it; `tables` are the names of the sheets behind it."""
    layout = whole.sheet("cover")
    canvas = Canvas(layout.widths)
    row = _red_head(canvas, briefing, layout)
    row = _key_table(canvas, briefing, row)
    row = _prose(canvas, briefing, whole, row)
    _imprint(canvas, briefing, row, tables)
    return finish(briefing, layout, canvas, page_of(layout))


def key_rows(briefing: Briefing) -> list[tuple[str, Measure, Format | None]]:
    """The lines of the key table: name, measure, money format (None: a count)."""
    signed, rows = briefing.figures(Line.SIGNED), briefing.key_projects
    invested = Measure(
        total(row.month_yuan for row in rows),
        total(row.done_yuan for row in rows),
        None,  # another year's list is another set of projects
        total(row.plan_yuan for row in rows),
    )
    return [
        ("签约项目（个）", signed.count, None),
        ("签约总投资", signed.total_yuan, Format.YI),
        ("合同外资(万美元)", signed.foreign_usd, Format.COUNT),
        ("开工项目（个）", briefing.figures(Line.STARTED).count, None),
        ("投产项目（个）", briefing.figures(Line.PRODUCING).count, None),
        ("到位资金", briefing.arrived_yuan, Format.YI),
        ("重点项目投资", invested, Format.YI),
    ]


def _red_head(canvas: Canvas, briefing: Briefing, layout: SheetLayout) -> int:
    office, day = briefing.office, words.long_day(briefing.edition.issued_on or day_of(briefing.frozen_at))
    mark = "（演示数据）" if briefing.is_demo else ""
    _across(canvas, 1, mark, Style(Look.FAINT, 12, Align.RIGHT, edge=Edge.NONE), 20)
    _across(canvas, 2, filled(layout.title, briefing), Style(Look.RED_TITLE, 30, Align.CENTER, edge=Edge.NONE), 62)
    _across(canvas, 3, words.edition(briefing), Style(Look.KAI, 15, Align.CENTER, edge=Edge.NONE), 30)
    rule = Style(Look.NOTE, 14, edge=Edge.RED_RULE)
    canvas.put(4, 1, f"{office.zone}\n{office.bureau}", rule, across=4)
    canvas.put(4, 5, day, Style(Look.NOTE, 14, Align.RIGHT, edge=Edge.RED_RULE), across=3)
    canvas.height(4, fit_row(canvas, 4, 46))
    title = f"{words.span_of_year(briefing.month)}重点项目推进情况综述"
    _across(canvas, 5, title, Style(Look.TITLE, 20, Align.CENTER, edge=Edge.NONE), 52)
    facts = (f"统计截止{words.long_day(briefing.month.last)}", words.due(briefing), f"金额单位：{layout.unit}")
    _across(canvas, 6, INDENT.join(facts), Style(Look.KAI, 12, Align.CENTER, edge=Edge.NONE), 24)
    return 7


def _key_table(canvas: Canvas, briefing: Briefing, row: int) -> int:
    month, span = briefing.month.number, words.span(briefing.month)
    heads = ("主要指标", f"{month}月", span if month > 1 else "1月累计", "上年同期", "同比", "年度目标", "完成率")
    for column, head in enumerate(heads, 1):
        canvas.put(row, column, head, Style(Look.HEAD, 12, Align.CENTER))
    canvas.height(row, 26)
    for name, measure, money in key_rows(briefing):
        row += 1
        canvas.put(row, 1, name, Style(Look.BODY, 12, wrap=False, shrink=True))
        for column, (value, format_) in enumerate(measure_values(measure, money), 2):
            dash = isinstance(value, str)
            align = Align.CENTER if dash else Align.RIGHT
            canvas.put(
                row,
                column,
                value,
                Style(Look.BODY, 12, align, Format.TEXT if dash else format_, wrap=False, shrink=True),
            )
        canvas.height(row, ROW_HEIGHT)
    canvas.height(row + 1, 10)
    return row + 2


def _prose(canvas: Canvas, briefing: Briefing, whole: Layout, row: int) -> int:
    for chapter in overview(briefing, whole):
        head = Style(Look.PROSE_HEAD, PROSE_SIZE, edge=Edge.NONE)
        _across(canvas, row, f"{INDENT}{chapter.heading}", head, ROW_HEIGHT, keep=True)
        row += 1
        for paragraph in chapter.paragraphs:
            for piece in pieces(f"{INDENT}{paragraph.text}", _width(canvas)):
                canvas.put(row, 1, piece, Style(Look.PROSE, PROSE_SIZE, edge=Edge.NONE), across=COLUMNS)
                canvas.height(row, fit_row(canvas, row, ROW_HEIGHT))
                row += 1
    return row


def pieces(text: str, width_px: float) -> list[str]:
    """The paragraph in pieces of at most `MOST_LINES` lines, divided after a sentence or a clause where one ends."""
    found = []
    while line_count(text, width_px, PROSE_SIZE) > MOST_LINES:
        room = _fitting(text, width_px)
        end = max((text.rfind(mark, room // 2, room) for mark in "。；\n"), default=-1) + 1 or room
        found.append(text[:end])
        text = text[end:].lstrip("\n")
    return [*found, text] if text else found


def _imprint(canvas: Canvas, briefing: Briefing, row: int, tables: list[str]) -> None:
    office = briefing.office
    listed = words.SPACE.join(f"{number}.{NO_BREAK}{name}" for number, name in enumerate(tables, 1))
    canvas.height(row, 8)
    row += 1
    canvas.put(row, 1, f"附表：{listed}", Style(Look.NOTE, 13, edge=Edge.NONE), across=COLUMNS)
    canvas.height(row, fit_row(canvas, row, 24), keep=True)
    canvas.height(row + 1, 14, keep=True)
    sent = Style(Look.NOTE, 13, edge=Edge.IMPRINT_TOP)
    canvas.put(row + 2, 1, f"分送：{office.recipients or '（待定）'}", sent, across=COLUMNS)
    canvas.height(row + 2, fit_row(canvas, row + 2, 28), keep=True)
    people = (("签发", office.head), ("审核", office.reviewer), ("编辑", office.compiler))
    named = words.SPACE.join(f"{label}：{name or words.SPACE * 3}" for label, name in people)
    day = words.long_day(briefing.edition.issued_on)
    canvas.put(row + 3, 1, named, Style(Look.NOTE, 13, edge=Edge.IMPRINT_BOTTOM, wrap=False), across=4)
    printed = Style(Look.NOTE, 13, Align.RIGHT, edge=Edge.IMPRINT_BOTTOM, wrap=False)
    canvas.put(row + 3, 5, f"{day}印发" if day else "未印发", printed, across=3)
    canvas.height(row + 3, 28)


def _across(canvas: Canvas, row: int, text: str, style: Style, height: float, *, keep: bool = False) -> None:
    canvas.put(row, 1, text or None, style, across=COLUMNS)
    canvas.height(row, height, keep=keep)


def _width(canvas: Canvas) -> float:
    return sum(pixels(width) for width in canvas.widths)


def _fitting(text: str, width_px: float) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if line_count(text[:middle], width_px, PROSE_SIZE) <= MOST_LINES else (low, middle - 1)
        )
    return low
