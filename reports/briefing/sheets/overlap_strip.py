"""统计汇总, below the small tables: key lists that overlap, as a sum anybody can follow: lists less repetitions are the total."""

from __future__ import annotations

from collections.abc import Iterator

from crm.rules.overlaps import Overlaps, Sum
from reports.briefing import cells
from reports.briefing.facts import Briefing
from reports.briefing.sheets.frame import Frame
from reports.briefing.sheets.values import yi
from reports.sheet import Align, Format, Look, Style, Value

HEAD_HEIGHT, ROW_HEIGHT = 22.0, 20.0
ACROSS, LAST = 2, 31  # grid columns of a cell, the last one of the grid

Column = tuple[str, Look, Sum, Value, str]  # head, look, all on it, those on it alone, its part for cells.key


def overlap_strip(frame: Frame) -> bool:
    """A column a list, then their sum, what it counts twice and the distinct total, then who stands on which lists together;
    nothing (False) where no project stands on several lists."""
    found = Overlaps(frame.briefing.list_sets)
    if not found.shared:
        return False
    frame.gap(8)
    labels = ("表7附　清单重叠", "在册（个）", "总投资（亿元）", "仅在本清单（个）")
    for offset, label in enumerate(labels):
        look = Look.GROUP if offset == 0 else Look.SUBHEAD
        _put(frame, frame.row + offset, 1, label, look, Format.TEXT, across=1)
        frame.canvas.height(frame.row + offset, ROW_HEIGHT if offset else HEAD_HEIGHT)
    left = 2
    for head, look, size, alone, part in _columns(found):
        across = ACROSS if look is not Look.BODY or alone is not None else ACROSS + 1
        if left + across - 1 > LAST:
            break
        _put(frame, frame.row, left, head, Look.SUBHEAD, Format.TEXT, across=across)
        _put(frame, frame.row + 1, left, size.count, look, Format.COUNT, across=across)
        _put(frame, frame.row + 2, left, yi(size.yuan), look, Format.YI, across=across)
        _put(frame, frame.row + 3, left, alone, look, Format.COUNT, across=across)
        frame.canvas.ask(frame.row + 1, left, cells.key("count", part))
        frame.canvas.ask(frame.row + 2, left, cells.key("total_yuan", part))
        frame.canvas.ask(frame.row + 3, left, cells.key("count", part.replace("on:", "only:")))
        left += across
    frame.row += len(labels)
    return True


def told(briefing: Briefing) -> str:
    """In words, for the note: on one list alone so many, on two at once so many."""
    numbers = Overlaps(briefing.list_sets).numbers
    said = (
        f"{'仅在一个' if number == 1 else f'同时在{number}个'}清单{size.count}个" for number, size in numbers.items()
    )
    return "、".join(said)


def _columns(found: Overlaps) -> Iterator[Column]:
    for key_list in found.lists:
        yield key_list.label, Look.BODY, found.on(key_list), found.only(key_list).count, f"on:{key_list.value}"
    yield "各清单合计", Look.SHADED, found.listed, None, "listed"
    yield "减：重复", Look.SHADED, found.repeated, None, "repeated"
    yield "剔重合计", Look.TOTAL, found.distinct, None, "all"
    for one in found.shared:
        part = "set:" + ":".join(each.value for each in one.lists)
        yield "＋".join(each.label for each in one.lists), Look.BODY, Sum(one.count, one.yuan), None, part


def _put(frame: Frame, row: int, column: int, value: Value, look: Look, format_: Format, *, across: int) -> None:
    shown = Format.TEXT if isinstance(value, str) else format_
    style = Style(look, 10.5, Align.CENTER, shown, wrap=False, shrink=True)
    frame.canvas.put(row, column, value, style, across=across)
