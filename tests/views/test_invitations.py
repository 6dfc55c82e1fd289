"""Somebody else's invitation uploaded: a draft, the change of a draft, or a sentence that says why not."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.choices import ActivityState, Repeat
from crm.models import Meeting, MeetingSeries
from tests import factories as make
from tests.test_icalendars import file

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)
ADDRESS = "/meetings/import"


def upload(client, data, **more):
    return client.post(ADDRESS, data={"file": (io.BytesIO(data), "invite.ics"), **more})


def fields(page):
    """What the form would send as it stands."""
    form = page[page.index('id="plan-form"') :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or "checked" in tag):
            found.setdefault(unescape(name[1]), []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = [unescape(text).strip()]
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.findall(r'<option selected value="([^"]*)"', options)
    found.pop("csrf_token", None)
    return found


def send(client, page, **more):
    """Send the form where it says, as it stands."""
    action = re.search(r'id="plan-form" method="post" action="([^"]+)"', page)[1]
    return client.post(action, data={**fields(page), **more})


def kept(session):
    session.rollback()
    rows = select(Meeting).options(selectinload(Meeting.invited), selectinload(Meeting.agenda)).order_by(Meeting.id)
    return session.scalars(rows).all()


@pytest.fixture
def client(session, client_for, coordinator, officer):
    officer.email = "Gu@zone.example"
    make.make_room(session)
    return client_for(coordinator)


@pytest.fixture
def invited(client):
    """An invitation read and kept as a draft."""
    page = upload(client, file(LOCATION="302 会议室", SEQUENCE="2")).text
    assert send(client, page).status_code == 303


def test_an_invitation_becomes_a_draft(session, client, officer):
    data = file(
        "ORGANIZER;CN=李雷:mailto:li@fund.example", "ATTENDEE;CN=顾:mailto:gu@ZONE.example", "DESCRIPTION:请带图纸\\n两份",
        DTSTART=";TZID=America/New_York:20221021T020000", DTEND=";TZID=America/New_York:20221021T033000", LOCATION="302 会议室",
        SEQUENCE="1666249200",
    )  # fmt: skip
    page = upload(client, data)
    assert page.status_code == 200 and "从邀请带入" in page.text and not kept(session)
    answer = send(client, page.text)
    assert answer.status_code == 303, answer.text
    (meeting,) = kept(session)
    assert (meeting.title, meeting.held_at, meeting.ends_at) == ("对接会", AT, AT + timedelta(minutes=90))
    assert (meeting.origin_uid, meeting.origin_sequence, meeting.place) == ("u1@example", 1666249200, "302 会议室")
    assert meeting.is_draft and meeting.attendees == "李雷" and meeting.summary == "请带图纸\r\n两份".replace("\r", "")
    assert [each.user_id for each in meeting.invited] == [officer.id]


def test_a_repetition_that_is_ours_too_becomes_a_series(session, client):
    page = upload(client, file(RRULE="FREQ=WEEKLY;COUNT=3")).text
    assert "重复规则已带入：每周五" in page
    assert send(client, page).status_code == 303
    assert [meeting.held_at for meeting in kept(session)] == [AT + timedelta(weeks=week) for week in range(3)]
    assert session.scalar(select(MeetingSeries.repeat)) is Repeat.WEEKLY
    assert [meeting.origin_uid for meeting in kept(session)] == ["u1@example", "", ""]


def test_a_later_version_proposes_the_change(session, client, invited):
    (before,) = kept(session)
    page = upload(
        client, file(DTSTART=":20221021T080000Z", DTEND=":20221021T090000Z", SEQUENCE="3", SUMMARY="对接会（改）")
    )
    assert page.status_code == 200
    assert (
        "时间由 10月21日 14:00—15:00 改到 10月21日 16:00—17:00" in page.text and "名称改为“对接会（改）”" in page.text
    )
    assert kept(session)[0].held_at == AT  # only proposed
    assert send(client, page.text).status_code == 303
    (after,) = kept(session)
    assert (after.id, after.held_at, after.title, after.place) == (
        before.id,
        AT + timedelta(hours=2),
        "对接会（改）",
        "302 会议室",
    )
    assert after.origin_sequence == 3


@pytest.mark.parametrize(
    ("properties", "method", "words"),
    [
        (
            {"SEQUENCE": "1", "DTSTART": ":20221021T080000Z", "DTEND": ""},
            "REQUEST",
            "比已登记的旧（版本 1，已登记版本 2）",
        ),
        ({"SEQUENCE": "1"}, "CANCEL", "比已登记的旧"),
        ({"SEQUENCE": "2", "LOCATION": "302 会议室"}, "REQUEST", "已经登记过，时间、地点、名称都没有变"),
        ({"SEQUENCE": "3"}, "CANCEL", "对方取消了这次会议，这里还排着"),
    ],
)
def test_what_is_no_change_is_said(session, client, invited, properties, method, words):
    page = upload(client, file(method=method, **properties))
    assert page.status_code == 200 and words in page.text and "对接会</a>" in page.text
    assert [meeting.held_at for meeting in kept(session)] == [AT]


def test_a_cancellation_is_carried_out_by_hand(session, client, invited):
    page = upload(client, file(method="CANCEL", SEQUENCE="3")).text
    (meeting,) = kept(session)
    assert f'action="/meetings/{meeting.id}/cancel"' in page
    assert client.post(f"/meetings/{meeting.id}/cancel", data={"version": meeting.version}).status_code == 303
    assert kept(session)[0].state is ActivityState.CANCELLED
    assert "这里也已经取消" in upload(client, file(method="CANCEL", SEQUENCE="3")).text
    assert "没有登记过，不用办理" in upload(client, file(method="CANCEL", UID="other")).text


def test_of_several_meetings_one_is_chosen(session, client):
    two = file().replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:u2\r\nSUMMARY:<b>\r\nDTSTART:20221022T060000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    page = upload(client, two)
    assert page.status_code == 200 and "有 2 个会议" in page.text and "&lt;b&gt;" in page.text
    packed = re.search(r'name="kept"[^>]*value="([^"]+)"', page.text)[1]
    chosen = client.post(ADDRESS, data={"kept": packed, "chosen": "1"}).text
    assert fields(chosen)["held_on"] == ["2022-10-22"]
    for wrong in ("2", "-1", "x", "9999"):
        assert "有 2 个会议" in client.post(ADDRESS, data={"kept": packed, "chosen": wrong}).text
    assert client.post(ADDRESS, data={"kept": "%%%", "chosen": "0"}).status_code == 422


def test_what_is_no_invitation_is_refused_in_words(client):
    for data, words in (
        (b"x", "不是日历邀请"),
        (file(method="REPLY"), "对邀请的答复"),
        (b"BEGIN:VCALENDAR\r\nx", "已损坏"),
    ):
        answer = upload(client, data)
        assert answer.status_code == 422 and words in answer.text
    assert "请选择邀请文件" in client.post(ADDRESS, data={}).text


def test_all_day_and_past_are_said(session, client):
    page = upload(client, file(DTSTART=";VALUE=DATE:20221018", DTEND="")).text
    assert "原日程是全天" in page and "开始时间已过" in page
    assert send(client, page).status_code == 422 and not kept(session)


def test_our_own_invitations_come_home(session, client, client_for, officer, other_officer):
    project = make.make_project(session, "澜芯", lead=officer)
    meeting = make.make_meeting(session, project, at=AT, state=ActivityState.PLANNED)
    data = client.get(f"/meetings/{meeting.id}.ics").data
    assert "会议就在这里，不用导入" in upload(client, data).text
    page = upload(client_for(other_officer), data).text
    assert "这次会议你看不到" in page and "用地与能耗协调会" not in page


def test_who_books_no_meetings_imports_none(session, client, client_for, liaison, officer, invited):
    assert client_for(liaison).get(ADDRESS).status_code == 403
    page = upload(
        client_for(officer), file(SEQUENCE="3")
    ).text  # another's draft is not his to change: it is new to him
    assert "从邀请带入" in page and 'action="/meetings/plan"' in page
