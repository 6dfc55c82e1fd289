"""What must be said of a meeting that is planned, what is typed as text, and what those invited are told of changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from crm.choices import ActivityState, MeetingKind, Repeat
from crm.errors import RuleBroken
from crm.rules.bookings import (
    BookingDraft,
    Outsider,
    Point,
    booked_minutes,
    carried,
    differences,
    known,
    problem,
    read_length,
    read_outside,
    settles,
    when,
    write_outside,
)
from crm.rules.days import CHINA
from crm.rules.recurrence import Pattern

NOW = datetime(2022, 10, 20, 10, 0, tzinfo=CHINA)
DRAFT = BookingDraft(
    MeetingKind.COORDINATION, "用地协调会", NOW + timedelta(hours=4), 60, chair_id=1, required_ids=(2,)
)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"title": ""}, "title"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"held_at": NOW - timedelta(minutes=1)}, "held_at"),
        ({"online_url": "腾讯会议 123"}, "online_url"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"online_url": "https://meeting.example/j/1"}, None),
        ({"agenda": (Point(1), Point(1))}, "agenda"),
        ({"agenda": (Point(None, "上次交办"), Point(None, "其他"))}, None),
        ({"agenda": (Point(1, length_minutes=0),)}, "agenda"),
        ({"outside": (Outsider("王工"),) * 61}, "outside"),
        ({"pattern": Pattern(Repeat.WEEKLY, NOW.date())}, "until_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes, field):
    found = problem(replace(DRAFT, **changes), NOW)
    assert (found[0] if found else None) == field


def test_who_is_needed_and_who_is_asked():
    draft = replace(DRAFT, secretary_id=3, optional_ids=(4, 1))
    assert draft.needed_ids == {1, 2, 3} and draft.people_ids == {1, 2, 3, 4}
    assert draft.ends_at == NOW + timedelta(hours=5)
    assert booked_minutes((Point(1, length_minutes=30), Point(2), Point(None, "其他", 15))) == 45


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90), ("90分钟", 90), ("90 m", 90), ("1.5h", 90), ("1.5小时", 90), ("1:30", 90), ("1：30", 90), ("2小时", 120),
        ("1小时30分", 90), ("1小时半", 90), ("1h30", 90), ("半天", None), ("", None), ("-5", None), ("1:75", None),
    ],
)  # fmt: skip
def test_a_length_is_typed_in_many_ways(typed, minutes):
    assert read_length(typed) == minutes


def test_people_from_outside_stand_a_line_each():
    text = "王工 供电公司 wang@power.example\n\n李处，市资规局 用地处\n赵律师<zhao@law.example>"
    people = read_outside(text)
    assert people == (
        Outsider("王工", "供电公司", "wang@power.example"),
        Outsider("李处", "市资规局 用地处"),
        Outsider("赵律师", "", "zhao@law.example"),
    )
    assert read_outside(write_outside(people)) == people


@pytest.mark.parametrize("line", ["wang@power.example", "王工 wang@", "王工 a@b.cn c@d.cn"])
def test_a_line_that_names_nobody(line):
    with pytest.raises(RuleBroken) as refusal:
        read_outside(line)
    assert refusal.value.field == "outside" and line in refusal.value.message


def meeting(**more):
    values = {
        "title": "用地协调会", "held_at": NOW, "ends_at": NOW + timedelta(hours=1), "place": "302 会议室", "online_url": "",
        "state": ActivityState.PLANNED,
    }  # fmt: skip
    return known(SimpleNamespace(**{**values, **more}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        (
            {"held_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=2)},
            ["时间由 10月20日 10:00—11:00 改到 10月20日 11:00—12:00"],
        ),
        ({"place": "301 会议室"}, ["地点由“302 会议室”改到“301 会议室”"]),
        ({"state": ActivityState.CANCELLED, "title": "改名"}, ["会议取消", "名称改为“改名”"]),
        ({"online_url": "https://a.example"}, ["线上会议链接有变"]),
    ],
)
def test_what_has_changed_in_words(changes, words):
    assert differences(meeting(), meeting(**changes)) == words


def test_a_meeting_over_midnight_says_both_days():
    late = NOW.replace(hour=23, minute=30)
    assert when(late, late + timedelta(hours=1)) == "10月20日 23:30—10月21日 00:30"
    early = NOW.replace(hour=0, minute=30)
    assert when(early, early + timedelta(hours=1)) == "10月20日 00:30—01:30"


def test_changes_within_a_short_time_are_one():
    assert settles(None, NOW) and settles(NOW - timedelta(minutes=10), NOW)
    assert not settles(NOW - timedelta(minutes=9), NOW)


def test_a_clone_takes_along_what_was_chosen():
    whole = replace(DRAFT, room_id=9, place="302", agenda=(Point(1),), outside=(Outsider("王工"),), reason="急")
    assert carried((), whole) == BookingDraft(whole.kind, whole.title, whole.held_at, 60)
    people = carried(("people",), whole)
    assert (people.chair_id, people.required_ids, people.outside, people.room_id) == (1, (2,), whole.outside, None)
    assert carried(("place", "agenda"), whole).agenda == whole.agenda
    assert carried(("place", "people", "agenda"), whole).reason == ""
