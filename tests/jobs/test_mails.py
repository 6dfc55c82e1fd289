"""Mails about meetings: one a person and change, at most once, to nobody who may not know; answered by the link."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import icalendars
from crm.actions import bookings, invitations
from crm.actions import mails as actions
from crm.app import create_app
from crm.choices import ActivityState, JobKind, MeetingKind, Reach, Repeat, Reply
from crm.clock import Clock
from crm.config import Smtp
from crm.extensions import db
from crm.jobs.running import run_next
from crm.jobs.work import House
from crm.jobs.workers import plan_mails
from crm.models import Attendee, Job, Meeting, Notice, OutgoingMail
from crm.queries import meetings
from crm.queries.bookings import draft_of
from crm.rules import mails as rules
from crm.rules.bookings import BookingDraft, Outsider, Point
from crm.rules.days import day_of
from crm.rules.mails import MOST_ATTEMPTS, SENDING, Link
from crm.rules.recurrence import Pattern
from tests import factories as make
from tests.conftest import NOW, signed_in
from tests.mailbox import mailbox

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)
GU, WANG = "gu@zone.example", "wang@power.example"


class At(Clock):
    """A clock that a test sets."""

    at = NOW

    def now(self):
        """The instant of the test."""
        return type(self).at


@pytest.fixture(autouse=True)
def _noon():
    At.at = NOW
    yield
    At.at = NOW


@pytest.fixture
def box():
    """The mail server."""
    with mailbox() as server:
        yield server


@pytest.fixture
def house(app, session, box):
    """Where mails are sent from."""
    config = replace(
        app.extensions["crm_config"],
        smtp=Smtp("127.0.0.1", box.port, "crm@zone.example"),
        public_url="https://crm.example",
    )
    with app.app_context():
        return House(db.engine, config, At())


@pytest.fixture
def send(session, house):
    """Send what is due some minutes from now: what the job said, "" where there was none."""

    def go(minutes=0, where=house):
        session.commit()
        At.at = NOW + timedelta(minutes=minutes)
        session.query(Job).delete()
        session.commit()
        if not plan_mails(where):
            return ""
        assert run_next(where)
        session.expire_all()
        return session.scalar(select(Job.sentence))

    return go


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


@pytest.fixture
def draft(session, project, officer, leader, coordinator):
    officer.email, coordinator.email = GU, "xu@zone.example"
    invitations.with_mails(session)
    return BookingDraft(
        MeetingKind.COORDINATION, "用地,协调会", AT, 60, place="石桥片区", chair_id=leader.id, required_ids=(officer.id,),
        outside=(Outsider("王工", "供电公司", WANG), Outsider("李处", "资规局")), agenda=(Point(project.id, "电力增容", 30),),
        summary="请带图纸",
    )  # fmt: skip


@pytest.fixture
def chair(acting, coordinator):
    return acting(coordinator)


@pytest.fixture
def change(session, chair):
    """Change a meeting as its page would."""

    def go(key, minutes, **more):
        session.commit()
        session.expire_all()
        row = session.scalars(meetings.whole(chair).where(Meeting.id == key)).unique().one()
        bookings.change(
            session, chair, row, replace(draft_of(row), **more), row.version, NOW + timedelta(minutes=minutes)
        )
        session.commit()

    return go


@pytest.fixture
def cancel(session, chair):
    def go(key, minutes, reach=Reach.THIS):
        session.commit()
        session.expire_all()
        row = session.scalars(meetings.whole(chair).where(Meeting.id == key)).unique().one()
        bookings.cancel(session, chair, row, row.version, NOW + timedelta(minutes=minutes), reach)
        session.commit()

    return go


@pytest.fixture
def asked(session, chair, draft, now):
    """The meeting, announced."""
    made = bookings.book(session, chair, draft, now)
    invitations.announce(session, chair, made.meetings, now)
    session.commit()
    return made.first


def event(message):
    """The event of a mail's calendar data, which stands beside the text and as a file."""
    (beside,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    (attached,) = [part for part in message.walk() if part.get_content_type() == "application/ics"]
    assert attached.get_filename() == "meeting.ics" and attached.get_payload(decode=True) == beside.get_payload(
        decode=True
    )
    calendar = Calendar.from_ical(beside.get_payload(decode=True))
    assert beside.get_param("method") == str(calendar["method"])
    return str(calendar["method"]), calendar.walk("VEVENT")


def text(message):
    return message.get_body(("plain",)).get_content()


# ------------------------------------------------------------------------------------------------------------ what they say


def test_an_invitation_says_all_and_carries_its_calendar(session, send, box, asked):
    assert send() == "发出 2 封邮件。" and sorted(address for address, _ in box.taken) == [GU, WANG]
    (ours,), (theirs,) = box.to(GU), box.to(WANG)
    assert ours["subject"] == "会议通知：用地,协调会（10月21日 14:00—15:00）"
    assert (
        ours["from"].addresses[0].addr_spec == "crm@zone.example" and ours["to"].addresses[0].display_name == "顾清宁"
    )
    assert ours["reply-to"].addresses[0].addr_spec == "xu@zone.example" and ours["auto-submitted"] == "auto-generated"
    said = text(ours)
    assert (
        "请你参加协调会“用地,协调会”。" in said
        and "1. 澜芯精密减速器：电力增容（30 分钟）" in said
        and "请带图纸" in said
    )
    assert f"https://crm.example/meetings/{asked.id}" in said and "?r=accepted" in said and "?r=declined" in said
    # Who is from outside is told what he is invited to, not what the zone works on.
    assert (
        "澜芯" not in theirs.as_string() + text(theirs)
        and "/meetings/" not in text(theirs)
        and "请带图纸" in text(theirs)
    )
    method, (found,) = event(ours)
    assert method == "REQUEST" and str(found["uid"]) == icalendars.uid_of(asked.id, asked.entered_at)
    assert str(found["organizer"]) == "mailto:xu@zone.example" and str(found["attendee"]) == f"mailto:{GU}"
    assert found["attendee"].params["RSVP"] == "TRUE" and found["dtstart"].dt == AT
    assert WANG not in ours.as_string() and GU not in theirs.as_string()
    assert send(1) == ""  # once


def test_several_edits_make_one_mail_and_the_last_word_counts(session, send, box, asked, change):
    send()
    change(asked.id, 1, held_at=AT + timedelta(hours=1))
    change(asked.id, 2, held_at=AT + timedelta(hours=2))
    change(asked.id, 3, place="")
    assert send(9) == "" and send(11) == "发出 2 封邮件。"
    (_, changed) = box.to(GU)
    assert changed["subject"] == "会议变更：用地,协调会（10月21日 16:00—17:00）"
    assert "时间由 10月21日 14:00—15:00 改到 10月21日 16:00—17:00；地点由“石桥片区”改到“未定”" in text(changed)
    method, (found,) = event(changed)
    assert method == "REQUEST" and found["sequence"] == 3 and found["dtstart"].dt == AT + timedelta(hours=2)
    assert str(event(box.to(GU)[0])[1][0]["uid"]) == str(found["uid"])
    assert len({message["message-id"] for _, message in box.taken}) == 4


def test_what_is_called_off_is_told_at_once(session, send, box, asked, cancel):
    send()
    cancel(asked.id, 1)
    assert send(2) == "发出 2 封邮件。"
    off = box.to(GU)[1]
    assert off["subject"].startswith("会议取消：用地,协调会（") and "已取消。" in text(off) and "?r=" not in text(off)
    method, (found,) = event(off)
    assert method == "CANCEL" and str(found["status"]) == "CANCELLED" and found["sequence"] == 1


def test_who_is_invited_no_more_is_told_so(session, send, box, asked, change, draft):
    send()
    change(asked.id, 1, required_ids=(), outside=draft.outside[:1])
    send(12)
    gone = box.to(GU)[1]
    assert "不再需要你参加" in text(gone) and event(gone)[0] == "CANCEL" and len(box.to(WANG)) == 1


def test_a_series_is_one_mail_with_every_time(session, send, box, chair, draft, now):
    made = bookings.book(session, chair, replace(draft, pattern=Pattern(Repeat.WEEKLY, day_of(AT), times=3)), now)
    invitations.announce(session, chair, made.meetings, now)
    assert send() == "发出 2 封邮件。"
    method, events = event(box.to(GU)[0])
    assert method == "PUBLISH" and len({str(each["uid"]) for each in events}) == 3 and "attendee" not in events[0]


# --------------------------------------------------------------------------------------------------------- to nobody else


def test_a_secret_meeting_is_no_mail(session, send, box, asked, project, officer, acting):
    """Somebody invited is not named on what has become secret since: nothing; who is, is told when and where to look."""
    project.is_secret, project.name = True, "绝密甲"
    assert send() == "发出 2 封邮件。"
    for message in (*box.to(GU), *box.to(WANG)):
        whole = message.as_string() + text(message) + str(event(message)[1][0])
        assert "绝密甲" not in whole and "用地" not in whole and "会议（涉密，登录后查看）" in message["subject"]
    box.taken.clear()
    session.query(OutgoingMail).update({"sent_at": None, "attempts": 0})
    session.execute(project.__table__.metadata.tables["project_member"].delete())
    assert send(1) == "发出 1 封邮件。" and not box.to(GU)
    assert session.scalar(select(OutgoingMail.error).where(OutgoingMail.to_address == GU)).startswith("不用再发")


@pytest.mark.parametrize("how", ["over", "deleted", "left"])
def test_what_nobody_needs_any_more_is_not_sent(session, send, box, asked, officer, how):
    if how == "left":
        officer.is_active = False
    if how == "deleted":
        session.get(Meeting, asked.id).deleted_at = NOW
    assert send(3 * 24 * 60 if how == "over" else 0) == f"发出 {1 if how == 'left' else 0} 封邮件。"
    assert not box.to(GU) and send(4 * 24 * 60) == ""


def test_without_a_server_nothing_is_queued(app, session, chair, draft, house, now):
    session.info.clear()
    made = bookings.book(session, chair, draft, now)
    invitations.announce(session, chair, made.meetings, now)
    session.commit()
    assert session.query(OutgoingMail).count() == 0 and session.query(Notice).count() > 0
    assert not plan_mails(replace(house, config=app.extensions["crm_config"]))


def test_the_server_of_the_application_decides_what_is_queued(app, session, coordinator, house):
    form = {
        "title": "会", "kind": "topic", "held_on": "2022-10-21", "begins": "14:00", "minutes": "60", "announce": "1",
        "outside": f"王工 供电公司 {WANG}",
    }  # fmt: skip
    other = create_app(house.config)
    session.commit()
    for served, queued, begins in ((app, 0, "14:00"), (other, 1, "16:00")):
        client = signed_in(served, coordinator)
        session.rollback()  # on SQLite a session that has read holds the writer's lock
        answer = client.post("/meetings/plan", data={**form, "begins": begins})
        assert answer.status_code == 303
        assert session.query(OutgoingMail).count() == queued
        session.rollback()
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


# ------------------------------------------------------------------------------------------------------------- at most once


def test_a_server_away_costs_no_attempt_and_all_is_sent_later(session, send, box, house, asked):
    away = replace(house, config=replace(house.config, smtp=Smtp("127.0.0.1", 9, "crm@zone.example")))
    for minute in range(0, 60, 6):
        assert "连不上" in send(minute, away)
    assert set(session.scalars(select(OutgoingMail.attempts))) == {0} and not box.taken
    assert send(66) == "发出 2 封邮件。"


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(session, send, box, asked):
    box.answers = {GU: "451 later", WANG: "550 nobody"}
    assert send() == "发出 0 封邮件。"
    rows = {row.to_address: row for row in session.scalars(select(OutgoingMail))}
    assert (rows[GU].attempts, rows[GU].error) == (1, "451 later") and rows[WANG].attempts == MOST_ATTEMPTS
    box.answers = {}
    assert send(1) == "" and send(3) == "发出 1 封邮件。" and box.tries.count(WANG) == 1


def test_after_so_many_attempts_it_is_given_up(session, send, box, asked):
    box.answers = {GU: "451 later"}
    minutes = 0
    for _ in range(2 * MOST_ATTEMPTS):
        send(minutes)
        minutes += 200
    assert box.tries.count(GU) == MOST_ATTEMPTS
    assert session.scalar(select(OutgoingMail.sent_at).where(OutgoingMail.to_address == GU)) is None


@pytest.mark.parametrize("answers", [{"END": ""}, {"DATA": "451 busy"}])
def test_a_line_that_breaks_with_the_text_under_way_sends_nothing_twice(session, send, box, asked, answers):
    box.answers = answers
    send()
    box.answers = {}
    for minutes in (10, 20, 200):
        send(minutes)
    assert [len(box.to(address)) for address in (GU, WANG)] == [1, 1]


def test_a_worker_that_dies_while_sending_sends_nothing_twice(session, send, box, house, asked, monkeypatch):
    def dies(_mail):
        raise SystemExit  # as a process that is killed: what follows the handing over does not happen

    with monkeypatch.context() as patched:
        patched.setattr(actions, "sent", dies)
        session.commit()
        assert plan_mails(house)
        with pytest.raises(SystemExit):
            run_next(house)
    assert [len(box.to(address)) for address in (GU, WANG)] == [1, 0]
    assert session.scalar(select(OutgoingMail.error).where(OutgoingMail.to_address == GU)) == SENDING
    assert send(10) == "发出 1 封邮件。"
    assert [len(box.to(address)) for address in (GU, WANG)] == [1, 1]


def test_a_worker_that_is_to_go_puts_the_mail_at_hand_back(session, send, box, house, asked, monkeypatch):
    going = threading.Event()
    going.set()
    session.commit()
    assert plan_mails(house) and run_next(house, going)
    assert not box.taken and set(session.scalars(select(OutgoingMail.sent_at))) == {None}
    assert send(10) == "发出 2 封邮件。"


def test_two_workers_share_what_is_due(session, house, asked):
    session.commit()
    with Session(house.engine) as one:
        first = actions.take(one, NOW)
        one.commit()
    with Session(house.engine) as other:
        second, third = actions.take(other, NOW), actions.take(other, NOW)
        other.commit()
    assert first is not None and second is not None and third is None


def test_the_message_id_is_the_same_at_each_attempt():
    letter = rules.Letter(7, "顾", GU, "会议\r\n通知", ["一"], b"BEGIN:VCALENDAR\r\n", "REQUEST", "meeting-1-ab")
    ids = {rules.message(letter, "云湖", "crm@zone.example", NOW + timedelta(hours=n))["message-id"] for n in range(3)}
    assert ids == {"<mail-7.meeting-1-ab@zone.example>"}
    assert rules.message(letter, "云\n湖", "crm@zone.example", NOW)["subject"] == "会议 通知"


def test_one_job_a_minute_is_asked_for(session, house, asked):
    assert plan_mails(house)
    session.query(Job).filter(Job.kind != JobKind.MAIL).delete()
    assert session.query(Job).count() == 1


# -------------------------------------------------------------------------------------------------------- answers by a link


@pytest.fixture
def link(app, session, send, box, asked):
    """The path of the link in a person's mail."""

    def of(address, response="accepted"):
        if not box.taken:
            send()
        return re.search(rf"https://crm\.example(/answer/\S+\?r={response})", text(box.to(address)[-1]))[1]

    return of


def replies(session):
    session.expire_all()
    return {row.name or row.user_id: row.response for row in session.scalars(select(Attendee))}


def answer(client, path, **form):
    page = client.get(path)
    sequence = re.search(r'name="sequence"[^>]*value="(\d+)"', page.text)[1]
    return client.post(path, data={"sequence": sequence, **form})


def test_looking_at_a_link_answers_nothing_the_button_does(session, client_for, link, officer, coordinator):
    path = link(WANG, "declined")
    stranger = client_for(None)
    page = stranger.get(path)
    assert page.status_code == 200 and "用地,协调会" in page.text and "澜芯" not in page.text
    assert "按上面的按钮才算答复" in page.text and set(replies(session).values()) == {Reply.NONE}
    assert stranger.head(path).status_code == 200 and set(replies(session).values()) == {Reply.NONE}
    assert "已答复：不能参加" in answer(stranger, path, response="declined", note="出差").text
    assert replies(session)["王工"] is Reply.DECLINED
    assert (
        "已答复：参加" in answer(stranger, path, response="accepted").text
        and replies(session)["王工"] is Reply.ACCEPTED
    )
    assert answer(stranger, link(GU), response="tentative").status_code == 200
    assert replies(session)[officer.id] is Reply.TENTATIVE


@pytest.mark.parametrize(
    "form", [{}, {"response": "none"}, {"response": "perhaps"}, {"response": "accepted", "note": "长" * 300}]
)
def test_an_answer_that_is_none_is_refused(session, client_for, link, form):
    assert answer(client_for(None), link(WANG), **form).status_code == 422
    assert replies(session)["王工"] is Reply.NONE


def test_a_changed_meeting_is_answered_knowingly(session, client_for, link, asked, change):
    path, stranger = link(WANG), client_for(None)
    page = stranger.get(path).text
    change(asked.id, 1, held_at=AT + timedelta(hours=1))
    late = stranger.post(path, data={"sequence": "0", "response": "accepted"})
    assert late.status_code == 409 and "会议安排刚有变动" in late.text and "15:00—16:00" in late.text
    assert replies(session)["王工"] is Reply.NONE and "邮件发出后会议有变动" not in page
    assert "邮件发出后会议有变动" in stranger.get(path).text
    assert answer(stranger, path, response="accepted").status_code == 200 and replies(session)["王工"] is Reply.ACCEPTED


@pytest.mark.parametrize("how", ["off", "deleted", "left", "address", "removed", "secret"])
def test_a_link_ends_with_what_it_is_for(session, client_for, link, asked, cancel, change, officer, project, how):
    path, stranger = link(GU), client_for(None)
    if how == "off":
        cancel(asked.id, 1)
        page = stranger.get(path)
        assert "已经取消或已经开过" in page.text and 'name="response"' not in page.text
        assert stranger.post(path, data={"sequence": "1", "response": "accepted"}).status_code == 422
        return
    if how == "deleted":
        session.get(Meeting, asked.id).deleted_at = NOW
    if how == "left":
        officer.is_active = False
    if how == "address":
        officer.email = "other@zone.example"
    if how == "removed":
        change(asked.id, 1, required_ids=())
    if how == "secret":
        project.is_secret = True
        session.execute(project.__table__.metadata.tables["project_member"].delete())
    assert stranger.get(path).status_code == 404 == stranger.post(path, data={"response": "accepted"}).status_code


def test_a_link_is_for_one_purpose_one_meeting_one_person_and_a_time():
    until = NOW + timedelta(hours=1)
    token = rules.sign("k" * 40, Link(3, 2), 12, GU, until)
    found = rules.attendee_of("k" * 40, token, NOW)
    assert found is not None and found[0] == Link(3, 2)
    assert rules.is_bound(found[1], 12, GU.upper()) and not rules.is_bound(found[1], 13, GU)
    assert not rules.is_bound(found[1], 12, WANG)
    assert rules.attendee_of("k" * 40, token, until) is None and rules.attendee_of("x" * 40, token, NOW) is None
    for wrong in ("", "x", token[:-2], f"{token}x", "绝密", "W10.x"):
        assert rules.attendee_of("k" * 40, wrong, NOW) is None


def test_a_calendar_that_was_mailed_is_known_when_it_is_uploaded(session, client_for, box, link, asked, coordinator):
    link(GU)
    data = next(part for part in box.to(GU)[0].walk() if part.get_content_type() == "application/ics").get_payload(
        decode=True
    )
    page = client_for(coordinator).post("/meetings/import", data={"file": (io.BytesIO(data), "meeting.ics")})
    assert "会议就在这里，不用导入" in page.text and session.get(Meeting, asked.id).state is ActivityState.PLANNED
