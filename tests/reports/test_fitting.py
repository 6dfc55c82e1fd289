from itertools import pairwise

import pytest

from reports.fitting import capped, fit_row, line_count, page_height, paginate, text_height
from reports.sheet import Align, Canvas, Margins, Page, Paper, Style
from reports.sheet import Look as L

BODY = Style(L.BODY)
PAGE = Page(Paper.A3_LANDSCAPE, Margins(10, 10, 12, 15), repeat=(2, 3))
TEN_EM = 6 + 10 * 11 * 96 / 72 / 0.94  # pixels of a column that takes ten characters of 11 points


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 1),
        ("一二三四五六七八九十", 1),
        ("一二三四五六七八九十一", 2),
        ("一二三四五六七八九十。", 2),  # the full stop takes its character along
        ("一二三四五六七八九（十）", 2),
        ("一二三四五六七12345678", 2),  # a run of digits is not broken
        ("12345678901234567890123456789012345678", 3),  # unless it is longer than a line
        ("甲\n乙\n\n丙", 4),
    ],
)
def test_lines_are_counted_in_ems(text: str, lines: int) -> None:
    assert line_count(text, TEN_EM + 0.01, 11) == lines


def test_a_row_is_as_high_as_its_tallest_text_and_merged_cells_use_all_their_width() -> None:
    canvas = Canvas((10.0, 10.0, 10.0))
    long = "建设内容" * 15
    canvas.put(1, 1, long, BODY)
    canvas.put(2, 1, long, BODY, across=3)
    canvas.put(3, 1, long, Style(L.BODY, wrap=False))
    canvas.put(4, 1, 3, Style(L.BODY, align=Align.RIGHT))
    heights = [fit_row(canvas, row, 20) for row in (1, 2, 3, 4)]
    assert heights[0] > 2.5 * heights[1] > 50
    assert heights[2:] == [20, 20]


def test_no_row_is_higher_than_excel_allows() -> None:
    assert text_height("很长" * 5000, 80, 11) == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [("短", "短"), ("一二三四五", "一二三四五"), ("一二三四五六", "一二三四……"), ("一二三，五六", "一二三……")],
)
def test_long_texts_are_cut_with_an_ellipsis(text: str, expected: str) -> None:
    assert capped(text, 5) == expected


def table(rows: int, height: float = 40, group_every: int = 0) -> Canvas:
    canvas = Canvas((100.0,))
    for row, points in ((1, 42.0), (2, 22.0), (3, 30.0)):
        canvas.height(row, points, keep=True)
    for row in range(4, rows + 4):
        is_group = bool(group_every) and (row - 4) % group_every == 0
        canvas.height(row, 25 if is_group else height, keep=is_group, elastic=not is_group)
    return canvas


def test_a_short_table_is_spread_over_its_page_but_not_without_measure() -> None:
    few, some = table(2), table(16)
    assert paginate(few, PAGE, 1)
    assert paginate(some, PAGE, 1)
    assert few.heights[4] == 40 * 1.4
    assert 40 < some.heights[4] < 40 * 1.4
    assert sum(some.heights.values()) == pytest.approx(page_height(some, PAGE, 1), abs=1)


@pytest.mark.parametrize("group_every", [0, 2, 3, 5, 17])
@pytest.mark.parametrize("rows", [30, 61, 200, 1000])
def test_pages_are_full_but_not_over_and_never_end_with_a_group_row(rows: int, group_every: int) -> None:
    canvas = table(rows, group_every=group_every)
    assert not paginate(canvas, PAGE, 1)
    room, repeated = page_height(canvas, PAGE, 1), 22.0 + 30.0
    edges = [0, *canvas.breaks, canvas.last_row]
    for number, (before, last) in enumerate(pairwise(edges)):
        used = sum(canvas.heights[row] for row in range(before + 1, last + 1)) + (repeated if number else 0)
        assert used <= room
        if last != canvas.last_row:
            assert last not in canvas.kept
            assert used + 40 + 2 * 25 > room


def test_a_break_that_was_asked_for_stays() -> None:
    canvas = table(10)
    canvas.breaks.append(7)
    assert not paginate(canvas, PAGE, 1)
    assert canvas.breaks == [7]
