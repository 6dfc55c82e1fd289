"""When a briefing may be issued, and under which number."""

from __future__ import annotations

from datetime import date

import pytest

from crm.errors import RuleBroken
from crm.rules.briefings import month_problem, next_number, total_number
from crm.rules.days import Month

SEPTEMBER = Month(2022, 9)


@pytest.mark.parametrize(
    ("today", "newest", "words"),
    [
        (date(2022, 9, 30), None, "2022-10-01"),
        (date(2022, 10, 1), None, None),
        (date(2022, 10, 20), Month(2022, 8), None),
        (date(2022, 10, 20), SEPTEMBER, None),  # that it is issued already is not a matter of time
        (date(2022, 11, 3), Month(2022, 10), "2022年10月"),
    ],
)
def test_a_month_is_issued_when_it_is_over_and_nothing_later_was(today, newest, words):
    problem = month_problem(SEPTEMBER, today, newest)
    assert problem is None if words is None else words in problem


@pytest.mark.parametrize(
    ("issued", "asked", "number"), [((), None, 1), ((), 9, 9), ((9,), None, 10), ((9, 10), 11, 11), ((1, 2), None, 3)]
)
def test_numbers_follow_each_other(issued, asked, number):
    assert next_number(issued, asked) == number


@pytest.mark.parametrize(("issued", "asked"), [((1,), 3), ((9,), 9), ((9,), 1), ((), 0), ((), 1000), ((), -1)])
def test_a_gap_or_a_second_of_the_same_is_refused(issued, asked):
    with pytest.raises(RuleBroken) as refusal:
        next_number(issued, asked)
    assert refusal.value.field == "number"


def test_the_total_counts_what_was_printed_before():
    assert total_number(20, 0, 9) == 21
    assert total_number(0, 0, 1) == 1
    assert total_number(0, 0, 9) is None  # the office does not say how many there were
