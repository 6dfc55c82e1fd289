"""The calendar as it is drawn: days shown, events at midnight, events side by side."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import Span
from crm.rules.calendars import Event, by_day, hours, laid, shown, turned
from crm.rules.days import CHINA

DAY = date(2022, 10, 20)


def event(first, last, day=20, until=None, key=1, **more):
    def at(text, on):
        hour, minute = map(int, text.split(":"))
        return datetime(2022, 10, on, hour, minute, tzinfo=CHINA)

    return Event("huddle", "碰头会", "会", at(first, day), at(last, until or day), key, **more)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.MONTH, "2022-09-26", "2022-11-06"),
        (Span.WEEK, "2022-10-17", "2022-10-23"),
        (Span.DAY, "2022-10-20", "2022-10-20"),
        (Span.AGENDA, "2022-10-20", "2022-11-18"),
    ],
)
def test_the_days_shown(span, first, last):
    assert tuple(map(str, shown(span, DAY))) == (first, last)


@pytest.mark.parametrize(
    ("span", "on", "by", "to"),
    [
        (Span.MONTH, "2022-10-31", 1, "2022-11-30"),
        (Span.MONTH, "2022-01-31", -1, "2021-12-31"),
        (Span.WEEK, "2022-10-20", 1, "2022-10-27"),
        (Span.DAY, "2022-10-20", -1, "2022-10-19"),
        (Span.AGENDA, "2022-10-20", 1, "2022-11-19"),
    ],
)
def test_turning_the_page(span, on, by, to):
    assert str(turned(span, date.fromisoformat(on), by)) == to


def test_half_past_midnight_stays_on_its_day():
    early, late = event("00:30", "01:30", key=1), event("23:00", "00:00", until=21, key=2)
    over = event("23:30", "00:30", until=21, key=3)
    found = by_day([over, late, early], DAY, DAY + timedelta(days=1))
    assert [each.row_id for each in found[DAY]] == [1, 2, 3]
    assert [each.row_id for each in found[DAY + timedelta(days=1)]] == [3]
    assert hours(found.values()) == (0, 24)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], (8, 18)),
        ([event("07:30", "09:00")], (7, 18)),
        ([event("19:00", "20:30")], (8, 21)),
        ([event("20:00", "00:00", until=21)], (8, 24)),
        ([event("00:00", "00:00", until=21, all_day=True)], (8, 18)),
    ],
)
def test_the_hours_shown(events, expected):
    assert hours([events]) == expected


def placed(*events, first_hour=8, day=DAY):
    return [
        (each.event.row_id, each.row, each.rows, each.column, each.columns) for each in laid(events, day, first_hour)
    ]


def test_events_stand_at_their_quarter_and_share_the_width():
    assert placed(event("08:00", "09:00")) == [(1, 1, 4, 1, 12)]
    assert placed(event("09:10", "09:20")) == [(1, 5, 2, 1, 12)]  # never lower than two lines
    assert placed(event("09:00", "10:00", key=1), event("09:30", "11:00", key=2), event("10:00", "10:30", key=3)) == [
        (1, 5, 4, 1, 6), (2, 7, 6, 7, 6), (3, 9, 2, 1, 6),
    ]  # fmt: skip
    assert placed(event("09:00", "10:00", key=1), event("10:00", "11:00", key=2)) == [
        (1, 5, 4, 1, 12),
        (2, 9, 4, 1, 12),
    ]
    over = event("23:30", "00:30", until=21)
    assert placed(over, first_hour=0) == [(1, 95, 2, 1, 12)]
    assert placed(over, first_hour=0, day=DAY + timedelta(days=1)) == [(1, 1, 2, 1, 12)]


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(2, 30)), max_size=11))
def test_no_two_events_cover_each_other(spans):
    start = datetime(2022, 10, 20, tzinfo=CHINA)
    events = [
        Event(
            "huddle",
            "碰头会",
            "会",
            start + timedelta(minutes=15 * a),
            start + timedelta(minutes=15 * min(a + b, 96)),
            n,
        )
        for n, (a, b) in enumerate(spans)
    ]
    cells = set()
    for each in laid(events, DAY, 0):
        for row in range(each.row, each.row + each.rows):
            for column in range(each.column, each.column + each.columns):
                assert 1 <= column <= 12 and (row, column) not in cells
                cells.add((row, column))
