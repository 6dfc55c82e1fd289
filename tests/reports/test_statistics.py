"""统计汇总: the matrix, the small tables, the charts and their sources."""

from decimal import Decimal
from fractions import Fraction

import pytest

from crm.rules.figures import DASH
from reports.briefing.sheets import small_tables, statistics
from reports.briefing.sheets.statistics_charts import nice_ceiling, ranked, short_name
from reports.sheet import Canvas
from tests.reports.sample import (
    key_project,
    rows,
    september,
    sheet,
)


def test_the_matrix_says_dash_for_what_does_not_apply() -> None:
    cells = statistics.matrix_values(september(), september().lines[0].line)
    assert len(cells) == 30
    assert [value for value, _ in cells][:6] == [31, 286, 241, Fraction(45, 241), 360, Fraction(286, 360)]
    assert [value for value, _ in cells][-6:] == [DASH] * 6


def test_small_tables_fold_the_smallest_and_keep_the_sum() -> None:
    found = small_tables.slice_rows(september().by_origin, 9, "地", sort=True)
    assert found[-2][0] == "其他11地"
    assert found[-1][:4] == ("合计", 62, Decimal("229.7"), 1)
    assert sum(int(str(row[1])) for row in found[:-1]) == 62
    assert small_tables.slice_rows((), 9, "地") == (("合计", 0, Decimal(0), DASH, DASH),)


def test_teams_are_ranked_by_completion() -> None:
    names = [row[0] for row in small_tables.team_rows(september().by_team)]
    assert names == ["招商一组", "招商三组", "招商五组", "招商二组", "招商四组", "合计"]


def test_charts_fold_the_rest_last_and_name_it() -> None:
    pieces = ranked(september().by_origin, 9, "地")
    assert [piece.label for piece in pieces][:2] == ["上海", "北京"]
    assert pieces[-1].label == "其他11地"
    assert sum(piece.total_yuan for piece in pieces) == 22_970_000_000


@pytest.mark.parametrize(
    ("value", "ceiling"), [(0, 1), (0.4, 1), (3.2, 4), (19.8, 20), (47.7, 50), (87.5, 90), (301, 350), (1200, 1500)]
)
def test_axes_end_at_round_numbers(value: float, ceiling: int) -> None:
    assert nice_ceiling(value) == ceiling


def test_a_name_is_shortened_for_the_axis() -> None:
    assert short_name(key_project(short_name="金澜")) == "金澜"
    assert short_name(key_project(short_name="", name="启辰航空复合结构件项目")) == "启辰航空复合"


def test_chart_sources_lie_outside_the_print_area_and_hold_what_the_charts_show() -> None:
    found = sheet(september(), "统计汇总")
    assert len(found.charts) == 5
    for chart in found.charts:
        for source in (chart.categories, *(series.values for series in chart.series)):
            area = source.area
            places = [(r, c) for r in range(area.top, area.bottom + 1) for c in range(area.left, area.right + 1)]
            assert tuple(found.canvas.cells[place].value for place in places) == source.values
        assert chart.area.right <= found.print_columns
        assert not {area.left for s in chart.series[1:] for area in [s.values.area]} & {chart.area.left}


def test_future_months_stay_blank() -> None:
    found = sheet(september(), "统计汇总")
    months = next(row for row in rows(found) if row.get(1) == "累计投资(亿元)")
    assert months[10] == Decimal("229.7")
    assert [months[c] for c in (11, 12, 13)] == [None] * 3


@pytest.mark.parametrize(
    ("height", "expected"), [(200, [33, 28, 36, 12]), (100, [26.9, 24.7, 36, 12]), (50, [22, 22, 36, 12])]
)
def test_rows_are_lowered_to_fit_a_page_but_never_cut(height: float, expected: list[float]) -> None:
    canvas = Canvas((10.0,), heights={1: 33, 2: 28, 3: 36, 4: 12})  # a line, a line, a head of two lines, a gap
    statistics.squeeze(canvas, range(1, 5), height)
    assert [canvas.heights[row] for row in range(1, 5)] == expected
