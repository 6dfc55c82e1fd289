"""How meetings repeat, as truth tables: the days, the ends, the days off, and the sentences under the form."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import OffDay, Repeat
from crm.rules.recurrence import LAST, MOST_TIMES, Pattern, caption, course, problem, rule_words
from crm.rules.workdays import Calendar

# The national holiday of 2022 with its make-up days, and the new year.
OFF = {date(2022, 10, day): False for day in range(1, 8)}
CALENDAR = Calendar({**OFF, date(2022, 10, 8): True, date(2022, 10, 9): True, date(2023, 1, 2): False})
MONDAY = date(2022, 9, 26)


def days(pattern):
    return [time.on.isoformat()[5:] for time in course(pattern, CALENDAR).times]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"repeat": Repeat.DAILY, "every": 2, "times": 3}, ["09-26", "09-28", "09-30"]),
        ({"repeat": Repeat.WORKDAY, "times": 8}, ["09-26", "09-27", "09-28", "09-29", "09-30", "10-08", "10-09", "10-10"]),
        ({"repeat": Repeat.WORKDAY, "first_on": date(2022, 10, 1), "times": 1}, ["10-08"]),
        ({"repeat": Repeat.WORKDAY, "every": 3, "times": 3}, ["09-26", "09-29", "10-09"]),
        ({"repeat": Repeat.WEEKLY, "times": 3}, ["09-26", "10-08", "10-10"]),
        ({"repeat": Repeat.WEEKLY, "times": 3, "off_days": OffDay.SKIP}, ["09-26", "10-10", "10-17"]),
        ({"repeat": Repeat.WEEKLY, "times": 3, "off_days": OffDay.KEEP}, ["09-26", "10-03", "10-10"]),
        ({"repeat": Repeat.WEEKLY, "weekdays": (4, 2), "until_on": date(2022, 10, 12)}, ["09-28", "09-30", "10-08", "10-12"]),
        ({"repeat": Repeat.WEEKLY, "every": 2, "weekdays": (0,), "first_on": date(2022, 9, 28), "times": 2}, ["10-10", "10-24"]),
        ({"repeat": Repeat.MONTHLY, "nth": 2, "weekdays": (1,), "times": 2}, ["10-11", "11-08"]),
        ({"repeat": Repeat.MONTHLY, "nth": LAST, "weekdays": (4,), "times": 3}, ["09-30", "10-28", "11-25"]),
        ({"repeat": Repeat.MONTHLY, "nth": 5, "weekdays": (0,), "times": 2}, ["10-31", "01-30"]),
        ({"repeat": Repeat.MONTHLY, "nth": 1, "weekdays": (5,), "times": 1, "off_days": OffDay.AFTER}, ["10-08"]),
    ],
)  # fmt: skip
def test_the_days_of_a_series(changes, expected):
    assert days(replace(Pattern(Repeat.WEEKLY, MONDAY), **changes)) == expected


def test_a_week_off_leaves_one_meeting_not_seven():
    pattern = Pattern(Repeat.DAILY, date(2022, 10, 1), until_on=date(2022, 10, 9))
    assert days(pattern) == ["10-08", "10-09"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "until_on"),
        ({"times": 0}, "times"),
        ({"times": MOST_TIMES + 1}, "times"),
        ({"times": 2, "until_on": date(2022, 12, 1)}, "times"),
        ({"until_on": date(2022, 9, 25)}, "until_on"),
        ({"until_on": date(2025, 9, 25)}, "until_on"),
        ({"times": 2, "every": 0}, "every"),
        ({"times": 2, "repeat": Repeat.MONTHLY, "weekdays": (1, 2)}, "weekdays"),
        ({"times": 2}, None),
        ({"until_on": MONDAY}, None),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(changes, field):
    found = problem(replace(Pattern(Repeat.WEEKLY, MONDAY), **changes))
    assert (found[0] if found else None) == field


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weekdays": (0, 2)}, "每周一、周三"),
        ({"every": 2}, "每 2 周的周一"),
        ({"repeat": Repeat.MONTHLY, "nth": LAST}, "每月最后一个周一"),
        ({"repeat": Repeat.MONTHLY, "every": 3}, "每 3 个月的第一个周一"),
        ({"repeat": Repeat.DAILY}, "每天"),
        ({"repeat": Repeat.WORKDAY}, "每个工作日"),
    ],
)
def test_the_rule_in_words(changes, words):
    assert rule_words(replace(Pattern(Repeat.WEEKLY, MONDAY), **changes)) == words


def sentences(pattern):
    return caption(pattern, course(pattern, CALENDAR), CALENDAR)


def test_the_caption_says_how_many_and_when_the_first_really_falls():
    weekly = Pattern(Repeat.WEEKLY, date(2022, 10, 3), times=4)
    assert sentences(weekly) == [
        "每周一，共 4 次：首次 2022年10月8日（周六），末次 2022年10月24日（周一）。",
        "注意：首次不是 2022年10月3日（周一），而是 2022年10月8日（周六）。",
        "1 次因放假顺延（10月3日）。",
    ]
    skipping = replace(weekly, off_days=OffDay.SKIP)
    assert sentences(skipping)[2:] == ["1 次因放假跳过（10月3日）。"]
    assert sentences(replace(weekly, until_on=date(2022, 10, 3), times=None, off_days=OffDay.SKIP)) == [
        "这样排一次也开不成：每次都在放假日，请改星期几或放假时的办法。"
    ]
    assert sentences(replace(weekly, times=120))[-2:] == [
        "两年之内只排得下 105 次，其余没有排。",
        "2024年的放假安排还没有登记，暂按周六、周日休息排。",
    ]


@given(
    st.sampled_from(list(Repeat)), st.integers(1, 5), st.sets(st.integers(0, 6), max_size=1), st.sampled_from(list(OffDay)),
    st.integers(0, 400), st.integers(1, 30), st.sampled_from([1, 2, 3, 4, 5, LAST]),
)  # fmt: skip
def test_a_series_keeps_its_promises(repeat, every, weekdays, off_days, offset, times, nth):
    first_on = date(2022, 1, 1) + timedelta(days=offset)
    pattern = Pattern(repeat, first_on, every, tuple(weekdays), nth, off_days, times=times)
    found = [time.on for time in course(pattern, CALENDAR).times]
    assert found == sorted(set(found)) and len(found) <= times
    assert all(day >= first_on for day in found)
    if off_days is not OffDay.KEEP:
        assert all(CALENDAR.is_working(day) for day in found)
