"""招商活动与外出: what was done and what came of it, a summary above, the month's trips, visits and events below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from crm.rules.figures import DASH
from reports.briefing import words
from reports.briefing.facts import Briefing, Outing, Touch, TouchFigures
from reports.briefing.groups import total
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Values
from reports.sheet import Align, Canvas, Format, Look, Sheet, Style, Value

LISTED = (Touch.TRIP, Touch.VISIT, Touch.EVENT, Touch.VIDEO)
UNITS = {Touch.EVENT: "场", Touch.VIDEO: "场"}
NOTES = ("注：批次按行程（活动）计，一次行程到访多地计1批次；人次为参加人员累计；线索、转在谈以核定入库时间归属活动。",)
ROW_HEIGHT = 23


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """Summary first where all fits one page; a longer list comes first, so that its head is repeated on every page."""
    short = _build(briefing, layout, audience, list_first=False)
    return short if short.page.one_page else _build(briefing, layout, audience, list_first=True)


def _build(briefing: Briefing, layout: SheetLayout, audience: Audience, *, list_first: bool) -> Sheet:
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(words.cut_off(briefing), f"单位：{layout.unit}")
    first, second = (_list, _summary) if list_first else (_summary, _list)
    first(frame)
    frame.gap(10)
    second(frame)
    frame.close(NOTES)
    return frame.sheet(frame.page(repeat=(2, 3) if list_first else (1, 2), freeze_row=4 if list_first else 3))


def values(row: Outing, serial: int) -> Values:
    """The cells of a trip, visit or event by column key."""
    return {
        "serial": serial,
        "days": words.days(row.first_on, row.last_on),
        "place": row.place,
        "name": row.name,
        "leader": row.leader,
        "people": row.people,
        "companies": row.companies,
        "content": row.content,
        "leads": row.leads,
        "negotiations": row.negotiations,
        "signings": row.signings,
        "follow_up": row.follow_up,
        "unit": row.unit,
    }


def summary_rows(briefing: Briefing) -> list[tuple[str, tuple[Value, ...]]]:
    """合计 first, then a row a kind: the month's batches and people, the year's, leads, negotiations, signings."""
    rows = [briefing.touch(touch) for touch in Touch]
    sums = tuple(total(column) for column in zip(*(_numbers(row) for row in rows), strict=True))
    return [("合计", sums), *((row.touch.label, _numbers(row)) for row in rows)]


def _numbers(row: TouchFigures) -> tuple[int | None, ...]:
    return (
        row.month_count,
        row.month_people,
        row.year_count,
        row.year_people,
        row.leads,
        row.negotiations,
        row.signings,
    )


def _summary(frame: Frame) -> None:
    # On the list's grid: each of its columns lies over one or several of the list's.
    span = words.span(frame.briefing.month)
    heads = (
        "类别",
        "本月批次（场）",
        "本月人次",
        f"{span}\n批次",
        f"{span}人次",
        "线索\n（条）",
        "转在谈（个）",
        "促成签约（个）",
    )
    places = _places(frame.width)
    _strip(frame, heads, places, Look.HEAD, 36)
    for label, numbers in summary_rows(frame.briefing):
        shown = tuple(DASH if number is None else number for number in numbers)
        _strip(frame, (label, *shown), places, Look.TOTAL if label == "合计" else Look.BODY, ROW_HEIGHT)


def _strip(frame: Frame, cells: Sequence[Value], places: Sequence[tuple[int, int]], look: Look, height: float) -> None:
    for value, (column, across) in zip(cells, places, strict=True):
        is_text = isinstance(value, str)
        size = frame.layout.head_size if is_text else frame.layout.figure_size
        style = Style(
            look, size, Align.CENTER, Format.TEXT if is_text else Format.COUNT, wrap=is_text, shrink=not is_text
        )
        frame.canvas.put(frame.row, column, value, style, across=across)
    frame.canvas.height(frame.row, height, keep=look is Look.HEAD)
    frame.row += 1


def _places(width: int) -> list[tuple[int, int]]:
    # Eight summary columns over the list's thirteen; an office that hides some gets even shares.
    if width == 13:
        return [(1, 3), (4, 1), (5, 2), (7, 1), (8, 1), (9, 1), (10, 2), (12, 2)]
    edges = [round(i * width / 8) for i in range(9)]
    return [(first + 1, max(last - first, 1)) for first, last in pairwise(edges)]


def _list(frame: Frame) -> None:
    frame.heads()
    if not frame.briefing.outings:
        frame.empty("本月无外出、来访、招商活动和线上视频会")
    groups = [(touch, [row for row in frame.briefing.outings if row.touch is touch]) for touch in LISTED]
    for number, (touch, rows) in enumerate([group for group in groups if group[1]], 1):
        frame.group(Look.GROUP, words.numeral(number), _label(frame.briefing.touch(touch), len(rows)), {})
        for serial, row in enumerate(rows, 1):
            frame.body(values(row, serial))


def _label(figures: TouchFigures, listed: int) -> str:
    unit = UNITS.get(figures.touch, "批次")
    main = f"，列主要{listed}{unit}" if figures.month_count > listed else ""
    return f"{figures.touch.label}（本月{figures.month_count}{unit}{main}）"
