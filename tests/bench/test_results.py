"""The arithmetic of the bench and the tables it prints; nothing here measures."""

import os

import pytest

from bench import measuring, operations, processes, table
from bench.measuring import Measured, Pace
from bench.processes import Spent
from bench.table import Weight

PACE = Pace(10.0, 20.0, 90.0)


def measured(key="list", application=6.0, database=2.0, mark=9, floor=None):
    spent = Spent(application, database)
    return Measured(key, "list, first page", mark, "", PACE, PACE, spent, 1, 9, 60_000, 9_000, floor)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([5], 95, 5), ([3, 1, 2], 50, 2), (range(1, 101), 95, 95), (range(1, 101), 50, 50), ([1, 2], 50, 1)],
)
def test_a_percentile_is_a_value_that_was_measured(values, percent, expected):
    assert measuring.percentile(list(values), percent) == expected


def test_a_pace_counts_by_the_clock_on_the_wall():
    assert Pace.of([10.0, 10.0, 30.0], 0.5) == Pace(10.0, 30.0, 6.0)


def test_cpu_is_shared_by_the_operations():
    assert Spent(100.0, 50.0).of_each(10) == Spent(10.0, 5.0) and Spent(6.0, 2.0).both == 8.0


def test_the_ratio_is_to_the_floor():
    assert measured(floor=Spent(3.0, 1.0)).ratio == 2.0
    assert measured().ratio is None


@pytest.mark.parametrize(("value", "mark", "said"), [(9, 9, "met"), (18, 9, "2.0x"), (5, None, ""), (None, 9, "")])
def test_a_mark_is_met_or_missed_by_a_factor(value, mark, said):
    assert table.verdict(value, mark) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (0.5, "0.50"), (9.04, "9.04"), (12.34, "12.3"), (1234.5, "1,234")]
)
def test_numbers_have_three_figures(value, said):
    assert table.number(value) == said


def test_a_line_has_a_cell_for_every_head():
    cells = dict(zip(table.HEADS, table.line(measured(floor=Spent(3.0, 1.0))), strict=True))
    assert (cells["CPU ms"], cells["verdict"], cells["floor"], cells["ratio"], cells["SQL"]) == (
        "8.00",
        "met",
        "4.00",
        "2.00",
        "9",
    )


def test_growth_compares_what_was_measured_twice():
    small, large = [measured(), measured("gone")], [measured(application=14.0)]
    assert table.growth(small, large) == [("list, first page", "8.00", "16.0", "2.00", "1.3x")]


def test_tables_for_a_terminal_and_for_a_page():
    assert table.plain(("", "n"), [("项目", "1"), ("a", "20")]) == "       n\n项目   1\na     20"
    assert table.markdown(("", "n"), [("a", "1")]) == "|  | n |\n| --- | ---: |\n| a | 1 |\n"


def test_what_is_measured_once_stands_beside_its_mark():
    lines = table.weights(Weight(90 * 1024**2, None, 250_000, None))
    assert [line[1:] for line in lines] == [
        ("180", "90.0", "met"),
        ("", "–", ""),
        ("200", "250", "1.2x"),
        ("12", "–", ""),
    ]


def test_operations_are_chosen_by_key():
    assert [one.key for one in operations.wanted("list,create")] == ["list", "create"]
    assert len(operations.wanted("all")) > len(operations.wanted("")) == 8
    with pytest.raises(SystemExit, match="nothing"):
        operations.wanted("nothing")


def test_the_cpu_of_a_process_is_what_it_used():
    before = processes.spent(os.getpid())
    sum(range(200_000))
    assert 0 < processes.spent(os.getpid()) - before < 60
    assert os.getpid() in processes.family(os.getppid()) and processes.memory_bytes([os.getpid()]) > 1_000_000
