"""Somebody else's invitation: what a meeting takes over, which rules of repetition are ours too, and what is news."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.choices import MeetingKind, OffDay, Repeat
from crm.rules.days import CHINA
from crm.rules.invitations import Invitation, News, Person, Repetition, carried, news, repeated, updated
from crm.rules.recurrence import LAST, course
from crm.rules.workdays import Calendar

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)  # a Friday, two in the afternoon in China
NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)
INVITATION = Invitation("u1@example", 2, "对接会", AT, AT + timedelta(minutes=90), "302 会议室", description="请带图纸")


def rule(begins=AT, left_out=0, added=0, is_steady=True, zone=CHINA, **parts):
    kept = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in parts.items()}
    return repeated(Repetition(kept, begins.astimezone(zone), is_steady, left_out, added), begins)


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({"FREQ": "DAILY", "COUNT": 3}, (Repeat.DAILY, 1, (), None, 3)),
        ({"FREQ": "DAILY", "INTERVAL": 2, "COUNT": 3}, (Repeat.DAILY, 2, (), None, 3)),
        ({"FREQ": "DAILY", "BYDAY": ["MO", "TU"], "COUNT": 3}, (Repeat.WEEKLY, 1, (0, 1), None, 3)),
        ({"FREQ": "WEEKLY", "COUNT": 6}, (Repeat.WEEKLY, 1, (4,), None, 6)),
        ({"FREQ": "WEEKLY", "BYDAY": ["FR", "MO"], "UNTIL": datetime(2022, 12, 30, 6, tzinfo=UTC)},
         (Repeat.WEEKLY, 1, (0, 4), date(2022, 12, 30), None)),
        ({"FREQ": "WEEKLY", "UNTIL": date(2022, 12, 30)}, (Repeat.WEEKLY, 1, (4,), date(2022, 12, 30), None)),
        ({"FREQ": "WEEKLY", "UNTIL": datetime(2022, 12, 29, 18, tzinfo=UTC)}, (Repeat.WEEKLY, 1, (4,), date(2022, 12, 30), None)),
        ({"FREQ": "MONTHLY", "BYDAY": "3FR", "COUNT": 4}, (Repeat.MONTHLY, 1, (4,), None, 4)),
        ({"FREQ": "MONTHLY", "BYDAY": "-1FR", "COUNT": 4}, (Repeat.MONTHLY, 1, (4,), None, 4)),
        ({"FREQ": "MONTHLY", "BYDAY": "FR", "BYSETPOS": 3, "INTERVAL": 2, "COUNT": 4}, (Repeat.MONTHLY, 2, (4,), None, 4)),
    ],
)  # fmt: skip
def test_rules_that_are_ours_too(parts, wanted):
    pattern, remarks = rule(**parts)
    assert (pattern.repeat, pattern.every, pattern.weekdays, pattern.until_on, pattern.times) == wanted
    assert pattern.off_days is OffDay.KEEP and "重复规则已带入" in remarks[0]


def test_the_nth_of_a_month():
    assert (
        rule(FREQ="MONTHLY", BYDAY="3FR", COUNT=4)[0].nth == 3
        and rule(FREQ="MONTHLY", BYDAY="-1FR", COUNT=4)[0].nth == LAST
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"FREQ": "YEARLY", "COUNT": 3}, {"FREQ": "HOURLY", "COUNT": 3}, {"FREQ": "MONTHLY", "BYMONTHDAY": 21, "COUNT": 3},
        {"FREQ": "MONTHLY", "COUNT": 3}, {"FREQ": "WEEKLY", "BYHOUR": [9, 15], "COUNT": 3}, {"FREQ": "DAILY", "COUNT": 9999},
        {"FREQ": "DAILY", "UNTIL": date(2022, 1, 1)}, {"FREQ": "DAILY", "INTERVAL": 2, "BYDAY": "MO", "COUNT": 3},
        {"FREQ": "WEEKLY", "INTERVAL": 2, "BYDAY": ["SU", "MO"], "WKST": "SU", "COUNT": 3}, {"FREQ": "WEEKLY", "COUNT": "x"},
        {"FREQ": "MONTHLY", "BYDAY": ["1MO", "3MO"], "COUNT": 3}, {"FREQ": "WEEKLY", "BYDAY": "??", "COUNT": 3}, {"FREQ": "??"},
    ],
)  # fmt: skip
def test_rules_that_are_not_are_told_and_only_the_first_time_is_taken(parts):
    pattern, remarks = rule(**parts)
    assert pattern is None and ["只带第一次" in remark for remark in remarks] == [True]


def test_without_an_end_half_a_year_is_proposed():
    pattern, remarks = rule(FREQ="WEEKLY")
    assert pattern.until_on == date(2023, 4, 21) and "没有写到哪一天为止" in remarks[1]


def test_what_was_left_out_and_added_is_said():
    _, remarks = rule(left_out=2, added=1, FREQ="WEEKLY", COUNT=6)
    assert "取消的 2 次没有带入" in remarks[1] and "另加的 1 次没有带入" in remarks[2]
    pattern, remarks = repeated(Repetition({}, AT, True, added=4), AT)
    assert pattern is None and "另列了 4 个日期" in remarks[0]


def test_a_clock_with_summer_time_is_no_rule_here():
    pattern, remarks = rule(is_steady=False, FREQ="WEEKLY", COUNT=6)
    assert pattern is None and "夏令时" in remarks[0]


def test_days_of_the_week_are_those_of_china():
    """Thursday evening in Honolulu, which knows no summer time, is Friday afternoon here."""
    there = ZoneInfo("Pacific/Honolulu")
    pattern, _ = rule(zone=there, FREQ="WEEKLY", BYDAY=["TH"], COUNT=2)
    assert pattern.weekdays == (4,)
    times = course(pattern, Calendar({})).times
    assert [time.on for time in times] == [date(2022, 10, 21), date(2022, 10, 28)]
    assert rule(zone=there, FREQ="MONTHLY", BYDAY="3TH", COUNT=2)[0] is None  # the Friday after is not always the third


# ------------------------------------------------------------------------------------------------------- what is taken over


def test_ours_are_invited_and_others_only_named():
    people = (
        Person("程望山", "cheng@zone.example"), Person("顾清宁", "gu@zone.example", is_required=False),
        Person("王工", "wang@power.example"), Person("李雷", "li@fund.example"),
    )  # fmt: skip
    invitation = Invitation(**{**fields(INVITATION), "organizer": Person("李雷", "li@fund.example"), "people": people})
    found = carried(invitation, {"cheng@zone.example": 1, "gu@zone.example": 2}, {"302 会议室": 7}, NOW)
    draft = found.draft
    assert (draft.required_ids, draft.optional_ids, draft.outside, draft.attendees) == ((1,), (2,), (), "李雷、王工")
    assert (draft.room_id, draft.place, draft.minutes, draft.kind) == (7, "", 90, MeetingKind.TOPIC)
    assert (draft.origin_uid, draft.origin_sequence, draft.summary) == ("u1@example", 2, "请带图纸")
    assert ["不由本系统再发邀请" in remark for remark in found.remarks] == [True]


def fields(invitation):
    return {name: getattr(invitation, name) for name in invitation.__slots__}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"begins": NOW - timedelta(days=1), "ends": NOW}, "开始时间已过"),
        ({"description": "长" * 5000}, "只带了前 4000 个字符"),
        ({"remarks": ("读到的",)}, "读到的"),
    ],
)
def test_what_is_to_be_mended_is_said(more, words):
    found = carried(Invitation(**{**fields(INVITATION), **more}), {}, {}, NOW)
    assert any(words in remark for remark in found.remarks) and len(found.draft.summary) <= 4000


def test_an_address_is_no_place():
    online = Invitation(
        **{**fields(INVITATION), "place": "https://meeting.tencent.com/dm/a", "url": "https://meeting.tencent.com/dm/a"}
    )
    draft = carried(online, {}, {}, NOW).draft
    assert (draft.place, draft.online_url) == ("", "https://meeting.tencent.com/dm/a")


@pytest.mark.parametrize(
    ("sequence", "known", "changes", "cancelled", "wanted"),
    [
        (1, 2, ["时间"], False, News.OLDER), (1, 2, [], True, News.OLDER), (2, 2, [], False, News.SAME),
        (2, 2, ["时间"], False, News.CHANGED), (3, 2, ["时间"], False, News.CHANGED), (3, 2, [], False, News.SAME),
        (2, 2, [], True, News.CALLED_OFF), (3, 2, [], True, News.CALLED_OFF),
    ],
)  # fmt: skip
def test_what_is_news(sequence, known, changes, cancelled, wanted):
    invitation = Invitation(**{**fields(INVITATION), "sequence": sequence, "is_cancelled": cancelled})
    assert news(invitation, known, changes) is wanted


def test_a_later_version_changes_when_and_where_and_leaves_what_was_made_here():
    before = carried(INVITATION, {"gu@zone.example": 2}, {}, NOW).draft
    mine = before.__class__(
        **{**fields(before), "kind": MeetingKind.COORDINATION, "required_ids": (5,), "summary": "我方说明"}
    )
    later = Invitation(
        **{**fields(INVITATION), "sequence": 3, "begins": AT + timedelta(hours=1), "place": "", "description": ""}
    )
    found = updated(mine, carried(later, {}, {}, NOW).draft)
    assert (found.held_at, found.minutes, found.origin_sequence) == (AT + timedelta(hours=1), 30, 3)
    assert (found.kind, found.required_ids, found.summary, found.place) == (
        MeetingKind.COORDINATION, (5,), "我方说明", "302 会议室",
    )  # fmt: skip
