"""The working calendar, and an action item whose deadline falls on a holiday (domain.md §11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crm.rules.workdays import Calendar, overdue_days

HOLIDAYS = {date(2022, 10, day): False for day in range(3, 8)} | {date(2022, 10, 8): True, date(2022, 10, 9): True}
CALENDAR = Calendar(HOLIDAYS)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2022, 9, 30), True),  # Friday
        (date(2022, 10, 1), False),  # Saturday
        (date(2022, 10, 3), False),  # Monday, holiday
        (date(2022, 10, 8), True),  # Saturday, worked in exchange
        (date(2022, 10, 15), False),
    ],
)
def test_which_days_are_worked(day, working):
    assert CALENDAR.is_working(day) is working


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        (date(2022, 9, 30), 1, date(2022, 10, 8)),
        (date(2022, 9, 30), 3, date(2022, 10, 10)),
        (date(2022, 9, 30), 7, date(2022, 10, 14)),
        (date(2022, 10, 2), 1, date(2022, 10, 8)),
        (date(2022, 10, 9), 1, date(2022, 10, 10)),
        (date(2022, 10, 14), 1, date(2022, 10, 17)),  # over a weekend off
    ],
)
def test_the_working_days_after_a_day(day, days, due):
    holidays = Calendar({date(2022, 10, 1): False, date(2022, 10, 2): False, **HOLIDAYS})
    assert holidays.after(day, days) == due


@pytest.mark.parametrize(
    ("deadline", "cut_off", "days"),
    [
        (date(2022, 9, 30), date(2022, 9, 30), 0),
        (date(2022, 9, 29), date(2022, 9, 30), 1),
        (date(2022, 10, 1), date(2022, 10, 8), 0),  # due on the 8th, the first day worked
        (date(2022, 10, 5), date(2022, 10, 9), 1),
        (date(2022, 11, 5), date(2022, 10, 9), 0),
    ],
)
def test_a_deadline_on_a_day_off_moves_to_the_next_day_worked(deadline, cut_off, days):
    assert overdue_days(deadline, cut_off, CALENDAR) == days


def test_without_entries_the_week_decides():
    assert overdue_days(date(2022, 10, 1), date(2022, 10, 4), Calendar()) == 1


@pytest.mark.parametrize(
    ("cut_off", "latest"),
    [
        (date(2022, 9, 30), date(2022, 9, 29)),
        (date(2022, 10, 3), date(2022, 9, 30)),
        (date(2022, 10, 8), date(2022, 9, 30)),  # what fell due in the holiday is due on the 8th itself
        (date(2022, 10, 9), date(2022, 10, 8)),
    ],
)
def test_which_deadlines_have_passed(cut_off, latest):
    assert CALENDAR.overdue_from(cut_off) == latest
    for back in range(12):
        deadline = cut_off - timedelta(days=back)
        assert (deadline <= latest) is (overdue_days(deadline, cut_off, CALENDAR) > 0)
