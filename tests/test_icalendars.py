"""Calendar data written and read: escaping, folding, midnight, summer time, and what files of others hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from crm import icalendars
from crm.choices import Reply
from crm.errors import RuleBroken
from crm.icalendars import Entry
from crm.rules.days import CHINA, day_of
from crm.rules.invitations import Person

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)
ENTRY = Entry("u-1", "用地协调会", AT, AT + timedelta(hours=1), AT, AT)
PRINTABLE = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufffe\uffff"), max_size=120
)
LINES = st.lists(PRINTABLE, max_size=4).map(lambda lines: "\n".join(lines).strip())


def parsed(data):
    """The only event of a calendar, as the library reads it."""
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return event


def plain(text):
    return " ".join(text.split())


# ----------------------------------------------------------------------------------------------------------------- writing


@given(title=PRINTABLE.map(plain), place=PRINTABLE.map(plain), description=LINES, name=PRINTABLE.map(plain))
@settings(max_examples=200, deadline=None)
def test_every_text_comes_back_and_no_line_is_longer_than_75_octets(title, place, description, name):
    data = icalendars.write([replace(ENTRY, title=title, place=place, description=description)], name=name)
    event = parsed(data)
    assert plain(str(event["summary"])) == title
    assert plain(str(event.get("location", ""))) == place
    assert str(event.get("description", "")).split() == description.split()
    assert [line.strip() for line in str(event.get("description", "")).split("\n")] == [
        line.strip() for line in description.split("\n")
    ]
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")  # no character is cut
        assert b"\n" not in line and b"\r" not in line


@given(
    people=st.lists(
        st.builds(Person, PRINTABLE.map(plain).filter(bool), st.just(""), st.uuids().map(str), st.sampled_from(Reply)),
        max_size=6,
    )
)
@settings(max_examples=100, deadline=None)
def test_people_come_back_with_their_names_and_answers(people):
    written = parsed(icalendars.write([replace(ENTRY, people=tuple(people), is_asking=True)]))
    found = written.get("attendee", [])
    found = found if isinstance(found, list) else [found]
    assert [each.params["CN"] for each in found] == [
        person.name.replace('"', "'").replace("\\", "/").replace("^", "＾") for person in people
    ]
    assert [each.params["RSVP"] == "TRUE" for each in found] == [person.reply is Reply.NONE for person in people]
    assert len(set(map(str, found))) == len(people)  # nobody without an address is taken for another


@given(
    begins=st.integers(8, 10**6).map(
        lambda hours: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=17)
    ),
    minutes=st.integers(5, 1440),
)
@settings(max_examples=200, deadline=None)
def test_instants_come_back_whatever_their_year(begins, minutes):
    entry = replace(ENTRY, begins=begins, ends=begins + timedelta(minutes=minutes))
    (found,) = icalendars.read(icalendars.write([entry])).meetings
    assert found.begins == begins


def test_escapes_are_those_of_the_standard():
    text = icalendars.write([replace(ENTRY, title="甲,乙;丙\\丁", description="一\n二")]).decode()
    assert "SUMMARY:甲\\,乙\\;丙\\\\丁\r\n" in text and "DESCRIPTION:一\\n二\r\n" in text


def test_control_characters_and_returns_do_not_break_a_line():
    text = icalendars.write([replace(ENTRY, title="甲\r\nATTACH:x\x00\x1f", place="乙\u0085丙")]).decode()
    assert "SUMMARY:甲 ATTACH:x\r\n" in text and "\nATTACH" not in text and "LOCATION:乙丙\r\n" in text


def test_a_meeting_past_midnight_stays_on_its_day_in_china():
    begins = datetime(2022, 10, 20, 16, 30, tzinfo=UTC)  # 00:30 of the 21st
    data = icalendars.write([replace(ENTRY, begins=begins, ends=begins + timedelta(hours=1))])
    assert b"DTSTART;TZID=Asia/Shanghai:20221021T003000\r\n" in data
    assert data.count(b"BEGIN:VTIMEZONE") == 1 and b"TZID:Asia/Shanghai\r\n" in data
    assert data.count(b"BEGIN:STANDARD") == 1 and b"DAYLIGHT" not in data
    assert parsed(data)["dtstart"].dt.utcoffset() == timedelta(hours=8)


def test_in_the_years_of_summer_time_the_clock_is_utc():
    begins = datetime(1988, 7, 1, 6, 0, tzinfo=UTC)
    data = icalendars.write([replace(ENTRY, begins=begins, ends=begins + timedelta(hours=1))])
    assert b"DTSTART:19880701T060000Z\r\n" in data


def test_a_reminder_who_is_asked_and_where_it_is_online():
    people = (
        Person("程望山", "cheng@zone.example", is_chair=True, reply=Reply.ACCEPTED),
        Person("顾清宁", "gu@zone.example", is_required=False), Person("王工", key="attendee:3", reply=Reply.DECLINED),
    )  # fmt: skip
    event = parsed(
        icalendars.write(
            [replace(ENTRY, url="https://meeting.tencent.com/dm/a;b,c", people=people, is_asking=True, organizer=people[0],
                     alarm=timedelta(minutes=15), category="协调会")]
        )
    )  # fmt: skip
    roles = [
        (str(each), each.params["ROLE"], each.params["PARTSTAT"], each.params["RSVP"]) for each in event["attendee"]
    ]
    assert roles[:2] == [
        ("mailto:cheng@zone.example", "CHAIR", "ACCEPTED", "FALSE"),
        ("mailto:gu@zone.example", "OPT-PARTICIPANT", "NEEDS-ACTION", "TRUE"),
    ]
    assert roles[2][0].startswith("urn:uuid:") and roles[2][1:] == ("REQ-PARTICIPANT", "DECLINED", "FALSE")
    assert str(event["organizer"]) == "mailto:cheng@zone.example" and event["organizer"].params["CN"] == "程望山"
    assert str(event["conference"]) == str(event["url"]) == "https://meeting.tencent.com/dm/a;b,c"
    (alarm,) = event.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(minutes=-15) and str(alarm["action"]) == "DISPLAY"


def test_what_is_called_off_takes_no_time_and_reminds_nobody():
    off = replace(ENTRY, status="CANCELLED", sequence=3, alarm=timedelta(minutes=15))
    data = icalendars.write([off], method=icalendars.CANCEL)
    event = parsed(data)
    assert b"METHOD:CANCEL\r\n" in data and str(event["status"]) == "CANCELLED" and event["sequence"] == 3
    assert str(event["transp"]) == "TRANSPARENT" and not event.walk("VALARM")


def test_who_is_published_to_is_asked_nothing():
    data = icalendars.write([replace(ENTRY, people=(Person("顾清宁", "gu@zone.example"),))], method=icalendars.PUBLISH)
    assert "attendee" not in parsed(data)


def test_uids_are_for_good_and_nobody_elses():
    uid = icalendars.uid_of(12, AT)
    assert uid == icalendars.uid_of(12, AT.astimezone(CHINA)) and uid.startswith("meeting-12-")
    assert icalendars.own_id(uid) == 12 and icalendars.own_id("abc@google.com") is None
    assert len({icalendars.uid_of(key, AT + timedelta(seconds=n)) for key in range(5) for n in range(5)}) == 25


# ----------------------------------------------------------------------------------------------------------------- reading


def file(*lines, method="REQUEST", **properties):
    """An invitation as others send it."""
    values = {
        "UID": "u1@example",
        "SUMMARY": "对接会",
        "DTSTART": ":20221021T060000Z",
        "DTEND": ":20221021T070000Z",
        **properties,
    }
    event = [f"{name}{value if value[:1] in (':', ';') else f':{value}'}" for name, value in values.items() if value]
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x", *([f"METHOD:{method}"] if method else []), "BEGIN:VEVENT"]
    return "\r\n".join([*head, *event, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def one(data):
    (found,) = icalendars.read(data).meetings
    return found


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        (";TZID=America/New_York:20221104T090000", "2022-11-04 13:00"),  # still summer time
        (";TZID=America/New_York:20221107T090000", "2022-11-07 14:00"),  # a weekend later it is not
        (";TZID=Europe/Berlin:20230324T150000", "2023-03-24 14:00"),
        (";TZID=Europe/Berlin:20230327T150000", "2023-03-27 13:00"),
        (";TZID=Pacific Standard Time:20221104T160000", "2022-11-04 23:00"),  # a name of Windows
        (";TZID=China Standard Time:20221021T003000", "2022-10-20 16:30"),
        (";TZID=Asia/Shanghai:20221021T003000", "2022-10-20 16:30"),
        (":20221021T060000Z", "2022-10-21 06:00"),
        (":20221021T140000", "2022-10-21 06:00"),  # a clock without a zone is China's
        (";TZID=America/New_York:20221106T013000", "2022-11-06 05:30"),  # the hour that comes twice: the first
        (";TZID=America/New_York:20230312T023000", "2023-03-12 07:30"),  # the hour that never comes
    ],
)
def test_any_zone_is_converted_with_its_summer_time(start, utc):
    found = one(file(DTSTART=start, DTEND="", DURATION="PT1H"))
    assert f"{found.begins:%Y-%m-%d %H:%M}" == utc and found.ends - found.begins == timedelta(hours=1)
    assert found.begins.tzinfo is UTC and not found.remarks


def test_a_zone_that_the_file_defines_itself_is_understood():
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:自定义\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT"
    )
    data = file(DTSTART=";TZID=自定义:20221021T113000", DTEND="", DURATION="PT30M").decode()
    assert one(data.replace("BEGIN:VEVENT", zone, 1).encode()).begins == AT


@pytest.mark.parametrize(
    ("properties", "words", "minutes"),
    [
        ({"DTSTART": ";TZID=某地:20221021T140000", "DTEND": ";TZID=某地:20221021T150000"}, "时区“某地”认不出来", 60),
        ({"DTEND": ""}, "没有写结束时间", 60),
        ({"DTEND": ":20221021T050000Z"}, "没有写结束时间", 60),
        ({"DTEND": ":20221023T050000Z"}, "超过 24 小时", 1440),
        ({"DTSTART": ";VALUE=DATE:20221021", "DTEND": ";VALUE=DATE:20221022"}, "全天", 60),
    ],
)
def test_what_was_made_of_what_is_not_as_it_is_here_is_said(properties, words, minutes):
    found = one(file(**properties))
    assert [words in remark for remark in found.remarks] == [True]
    assert found.ends - found.begins == timedelta(minutes=minutes) and str(day_of(found.begins)) == "2022-10-21"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "不是日历邀请"),
        (b"PK\x03\x04 a workbook", "不是日历邀请"),
        ("姓名,电话".encode(), "不是日历邀请"),
        (b"BEGIN:VCALENDAR\r\nfoo", "不完整或已损坏"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "没有会议"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "只有待办"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n", "只有忙闲"),
        (file(DTSTART=":once"), "没有写开始时间"),
        (file(DTSTART=":00010101T000000Z"), "没有写开始时间"),
        (file(method="REPLY"), "对邀请的答复"),
        (file(method="COUNTER"), "另一个提议"),
        (b"BEGIN:VCALENDAR" + b" " * icalendars.LARGEST_BYTES, "超过 1 MB"),
        (file().replace(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nDTSTART:20221021T060000Z\r\nEND:VEVENT\r\n" * 200 + b"END:VCALENDAR"),
         "有 201 个日程"),
    ],
)  # fmt: skip
def test_what_is_no_invitation_is_said_in_words(data, words):
    with pytest.raises(RuleBroken, match=words) as refused:
        icalendars.read(data)
    assert refused.value.field == "file"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_are_a_fault(noise):
    for data in (noise, b"BEGIN:VCALENDAR\r\n" + noise, file(noise.decode("latin-1"))):
        try:
            icalendars.read(data)
        except RuleBroken as refusal:
            assert refusal.message


@given(
    st.sampled_from(
        ["DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RDATE", "SEQUENCE", "ATTENDEE", "ORGANIZER", "STATUS", "UID"]
    ),
    st.text(max_size=40),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_no_value_is_a_fault(name, value):
    try:
        found = icalendars.read(file(**{"DTEND": "", name: f":{value}"}))
    except RuleBroken as refusal:
        assert refusal.message
    else:
        assert all(meeting.begins < meeting.ends for meeting in found.meetings)


def test_a_whole_invitation():
    found = one(
        file(
            "ORGANIZER;CN=Li Lei:MAILTO:Li.Lei@fund.example",
            'ATTENDEE;CN="顾清宁, 招商一组";ROLE=OPT-PARTICIPANT:mailto:gu@zone.example',
            "ATTENDEE;CUTYPE=ROOM;CN=302:mailto:room@zone.example",
            "DESCRIPTION:第一行\\n第二行\\, 加入：https://meeting.tencent.com/dm/abc",
            "LOCATION:腾讯会议", "SEQUENCE:4", "STATUS:CONFIRMED",
        )
    )  # fmt: skip
    assert (found.uid, found.sequence, found.place, found.url) == (
        "u1@example", 4, "腾讯会议", "https://meeting.tencent.com/dm/abc",
    )  # fmt: skip
    assert found.organizer == Person("Li Lei", "li.lei@fund.example")
    assert found.people == (Person("顾清宁, 招商一组", "gu@zone.example", is_required=False),)
    assert found.description == "第一行\n第二行, 加入：https://meeting.tencent.com/dm/abc" and not found.is_cancelled


def test_old_chinese_programs_write_gb18030():
    assert one(file().decode().encode("gb18030")).title == "对接会"


def test_a_cancellation_is_known_by_method_or_status():
    assert one(file(method="CANCEL")).is_cancelled and one(file(method="", STATUS="CANCELLED")).is_cancelled


def test_a_repetition_is_read_with_what_its_clock_does():
    steady = one(file("EXDATE:20221028T060000Z,20221104T060000Z", RRULE="FREQ=WEEKLY;BYDAY=FR;COUNT=6")).repetition
    assert steady.parts["FREQ"] == ("WEEKLY",) and steady.is_steady and steady.left_out == 2
    shifting = one(file(DTSTART=";TZID=America/New_York:20221021T090000", DTEND="", RRULE="FREQ=DAILY")).repetition
    assert not shifting.is_steady
