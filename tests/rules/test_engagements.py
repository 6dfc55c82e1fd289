"""When people and rooms are taken, and when all are free."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import ActivityKind
from crm.errors import RuleBroken
from crm.rules.days import CHINA
from crm.rules.engagements import (
    Asked,
    Degree,
    Engagement,
    Holder,
    Source,
    Span,
    activity_span,
    clashes,
    free_times,
    merged,
    next_half_hour,
    read_hours,
    windows,
)
from crm.rules.workdays import Calendar

HALF_HOUR = timedelta(minutes=30)
HOURS = read_hours("08:30-12:00，13:30-17:30")
CALENDAR = Calendar({date(2022, 10, 8): True, date(2022, 10, 7): False})


def at(text, day=20):
    hour, minute = map(int, text.split(":"))
    return datetime(2022, 10, day, hour, minute, tzinfo=CHINA)


def taken(first, last, building="行政中心", is_room=False, key=1, day=20):
    span = Span(at(first, day), at(last, day), building)
    return Engagement(Holder(is_room, key), span, Source.MEETING, 7, "用地协调会")


WANTED = Span(at("14:00"), at("15:00"), "行政中心")


@pytest.mark.parametrize(
    ("first", "last", "building", "is_room", "degree", "gap"),
    [
        ("13:00", "14:01", "行政中心", False, Degree.HARD, 0),
        ("14:15", "14:30", "行政中心", False, Degree.HARD, 0),
        ("13:00", "14:00", "行政中心", False, None, 0),
        ("15:00", "16:00", "行政中心", False, None, 0),
        ("13:00", "13:50", "石桥片区", False, Degree.TIGHT, 10),
        ("13:00", "14:00", "石桥片区", False, Degree.TIGHT, 0),
        ("15:29", "16:00", "石桥片区", False, Degree.TIGHT, 29),
        ("13:00", "13:30", "石桥片区", False, None, 0),
        ("13:00", "14:00", "", False, None, 0),
        ("13:00", "14:00", "科创园", True, None, 0),
        ("13:00", "14:30", "科创园", True, Degree.HARD, 0),
    ],
)
def test_a_clash_is_hard_or_tight_or_none(first, last, building, is_room, degree, gap):
    found = clashes(WANTED, [taken(first, last, building, is_room)], HALF_HOUR)
    assert [(clash.degree, clash.gap_minutes) for clash in found] == ([(degree, gap)] if degree else [])


def test_the_hard_ones_come_first():
    found = clashes(WANTED, [taken("13:00", "13:50", "石桥片区"), taken("14:30", "16:00")], HALF_HOUR)
    assert [clash.degree for clash in found] == [Degree.HARD, Degree.TIGHT]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ActivityKind.TALK, ("14:00", "15:00", "石桥片区")),
        (ActivityKind.VIDEO, ("14:00", "15:00", "")),
        (ActivityKind.VISIT, ("14:00", "16:00", "石桥片区")),
    ],
)
def test_touchpoints_take_time(kind, expected):
    first, last, building = expected
    assert activity_span(kind, at("14:00"), "石桥片区") == Span(at(first), at(last), building)


def test_a_call_takes_no_time_and_a_trip_the_whole_day_in_china():
    assert activity_span(ActivityKind.CALL, at("14:00"), "") is None
    trip = activity_span(ActivityKind.TRIP, at("00:30"), "北京")
    assert (trip.starts_at, trip.ends_at) == (at("00:00"), at("00:00", day=21))


def free(busy, first=20, last=21, **more):
    asked = Asked(**{"length": timedelta(hours=1), "not_before": at("08:00"), "most": 4, **more})
    within = list(windows(date(2022, 10, first), date(2022, 10, last), HOURS, CALENDAR))
    return [f"{found.astimezone(CHINA):%d %H:%M}" for found in free_times(busy, within, asked)]


def test_each_half_day_offers_its_first_time():
    assert free([]) == ["20 08:30", "20 13:30", "21 08:30", "21 13:30"]
    busy = [taken("08:00", "10:10"), taken("13:30", "17:00"), taken("09:00", "12:00", day=21)]
    assert free(busy) == ["20 10:30", "21 13:30", "21 14:30", "21 15:30"]


def test_a_gap_must_hold_the_whole_length():
    busy = [taken("09:00", "12:00"), taken("14:00", "17:00")]
    assert free(busy, last=20) == []
    assert free(busy, last=20, length=HALF_HOUR) == ["20 08:30", "20 13:30", "20 17:00"]


def test_who_comes_from_elsewhere_needs_the_way():
    busy = [taken("08:30", "09:00", "石桥片区")]
    assert free(busy, last=20, building="行政中心", travel=HALF_HOUR)[0] == "20 09:30"
    assert free(busy, last=20, building="石桥片区", travel=HALF_HOUR)[0] == "20 09:00"


def test_no_time_in_the_past_nor_on_days_off():
    assert free([], not_before=at("09:40"), last=20) == ["20 10:00", "20 11:00", "20 13:30", "20 14:30"]
    assert free([], first=6, last=9, not_before=at("08:00", day=6)) == ["06 08:30", "06 13:30", "08 08:30", "08 13:30"]


def test_the_default_start_is_the_next_half_hour():
    assert next_half_hour(at("09:59")) == at("10:00")
    assert next_half_hour(at("10:00")) == at("10:30")


@pytest.mark.parametrize("text", ["", "上午", "12:00-08:30", "08:30-12:00,11:00-17:00", "08:30"])
def test_hours_that_are_none(text):
    with pytest.raises(RuleBroken):
        read_hours(text)


MINUTES = st.tuples(st.integers(0, 2000), st.integers(5, 300)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(MINUTES, max_size=12), st.integers(15, 240))
def test_every_time_offered_is_free(spans, length):
    def instant(n):
        return at("00:00") + timedelta(minutes=n)

    busy = [replace(taken("08:00", "09:00"), span=Span(instant(first), instant(last))) for first, last in spans]
    within = list(windows(date(2022, 10, 20), date(2022, 10, 21), HOURS, CALENDAR))
    lasts = timedelta(minutes=length)
    for start in free_times(busy, within, Asked(lasts, at("00:00"))):
        assert any(opens <= start and start + lasts <= closes for opens, closes in within)
        assert not clashes(Span(start, start + lasts), busy, timedelta(0))


@given(st.lists(MINUTES, max_size=20))
def test_merged_times_cover_the_same_minutes_without_overlap(spans):
    found = merged([(at("00:00") + timedelta(minutes=a), at("00:00") + timedelta(minutes=b)) for a, b in spans])
    assert all(one[1] < two[0] for one, two in pairwise(found))
    covered = {minute for first, last in spans for minute in range(first, last)}
    assert sum((b - a).total_seconds() // 60 for a, b in found) == len(covered)
