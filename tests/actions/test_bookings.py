"""Meetings booked, moved and called off: rooms never double, people only knowingly, those invited told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.actions import bookings as actions
from crm.actions import invitations
from crm.actions import trash as bin_
from crm.choices import ActivityKind, ActivityState, MeetingKind, Reach, Repeat, Reply
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Holiday, MeetingSeries, Notice, OutgoingMail
from crm.models import Meeting as Row
from crm.queries import bookings as queries
from crm.queries import meetings, notices
from crm.queries.engagements import engagements
from crm.rules.bookings import BookingDraft, Outsider, Point
from crm.rules.days import day_of
from crm.rules.recurrence import Pattern
from tests import factories as make

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)  # Friday, two in the afternoon in China


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


@pytest.fixture
def room(session):
    return make.make_room(session)


@pytest.fixture
def chair(acting, coordinator):
    """Who holds meetings."""
    return acting(coordinator)


@pytest.fixture
def draft(project, room, leader, officer):
    return BookingDraft(
        MeetingKind.COORDINATION, "用地协调会", AT, 60, room_id=room.id, chair_id=leader.id, required_ids=(officer.id,),
        agenda=(Point(project.id, "电力增容", 30), Point(None, "上次交办", 10)),
    )  # fmt: skip


def whole(session, actor, key):
    session.commit()
    session.expire_all()
    return session.scalars(meetings.whole(actor).where(Row.id == key)).unique().one()


def asked(session, actor, draft, now):
    """A meeting booked and announced, as a fresh reader finds it."""
    made = actions.book(session, actor, draft, now)
    invitations.announce(session, actor, made.meetings, now)
    return whole(session, actor, made.first.id)


def told(session, user):
    """What a person finds in his notices about meetings, the oldest first."""
    session.flush()
    return [row.text for row in session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id))]


# ----------------------------------------------------------------------------------------------------------------- booking


def test_a_draft_holds_its_time_and_tells_nobody(session, chair, leader, officer, draft, now, acting):
    meeting = whole(session, chair, actions.book(session, chair, draft, now).first.id)
    assert meeting.is_draft and meeting.place == "302 会议室" and meeting.ends_at == AT + timedelta(hours=1)
    assert {each.user_id for each in meeting.invited} == {leader.id, officer.id}
    assert [(item.project_id is not None, item.title, item.length_minutes) for item in meeting.agenda] == [
        (True, "电力增容", 30), (False, "上次交办", 10),
    ]  # fmt: skip
    assert told(session, leader) == []
    assert session.scalar(meetings.visible_to(acting(officer)).where(Row.id == meeting.id)) is None
    assert invitations.announce(session, chair, [meeting], now) == 2
    assert told(session, officer) == ["许若彤请你参加协调会“用地协调会”：10月21日 14:00—15:00，302 会议室。"]
    assert session.scalar(meetings.visible_to(acting(officer)).where(Row.id == meeting.id)) is not None
    with pytest.raises(Clash):
        invitations.announce(session, chair, [meeting], now)


def test_a_room_never_doubles_whatever_the_reason(session, chair, draft, now, statistician):
    actions.book(session, chair, draft, now)
    other = replace(draft, chair_id=statistician.id, required_ids=(), reason="急", agenda=())
    with pytest.raises(actions.DoubleBooked) as refusal:
        actions.book(session, chair, other, now)
    assert refusal.value.field == "room_id" and "302 会议室" in refusal.value.message
    actions.book(session, chair, replace(other, held_at=draft.ends_at), now)  # one after the other


def test_a_person_is_double_booked_only_with_a_reason_and_the_right(
    session, chair, acting, team_lead, officer, leader, draft, now
):
    actions.book(session, chair, draft, now)
    other = replace(draft, room_id=None, place="302", agenda=())
    with pytest.raises(actions.DoubleBooked) as refusal:
        actions.book(session, chair, other, now)
    assert refusal.value.field == "reason" and "程望山" in refusal.value.message and "写明理由" in refusal.value.message
    with pytest.raises(actions.DoubleBooked) as refusal:
        actions.book(session, acting(team_lead), replace(other, reason="急"), now)
    assert "由统筹协调" in refusal.value.message
    kept = actions.book(session, chair, replace(other, reason="市里临时来访"), now).first
    assert kept.clash_reason == "市里临时来访"
    free = replace(other, required_ids=(), chair_id=None, optional_ids=(officer.id, leader.id))
    actions.book(session, acting(team_lead), free, now)  # those who need not come stand in nobody's way


@pytest.mark.parametrize("what", ["trip", "leave", "visit", "declined", "called off", "call"])
def test_being_away_counts(session, chair, acting, officer, leader, project, draft, now, what):
    only = replace(draft, room_id=None, chair_id=None, agenda=())
    match what:
        case "trip":
            make.make_activity(session, project, kind=ActivityKind.TRIP, at=AT - timedelta(hours=5), people=(officer,))
        case "leave":
            make.make_absence(session, officer, AT - timedelta(days=1), AT + timedelta(minutes=1))
        case "visit":
            make.make_activity(session, project, kind=ActivityKind.VISIT, at=AT - timedelta(minutes=90), by=officer)
        case "declined":
            make.invite(session, make.make_meeting(session, at=AT), officer, response=Reply.DECLINED)
        case "called off":
            make.invite(session, make.make_meeting(session, at=AT, state=ActivityState.CANCELLED), officer)
        case "call":
            make.make_activity(session, project, kind=ActivityKind.CALL, at=AT, by=officer)
    if what in ("trip", "leave", "visit"):
        with pytest.raises(actions.DoubleBooked):
            actions.book(session, chair, only, now)
    else:
        actions.book(session, chair, only, now)


def test_who_may_book_what(session, acting, officer, other_officer, team_lead, liaison, auditor, project, draft, now):
    alone = replace(draft, room_id=None, chair_id=None, required_ids=(), place="石桥")
    actions.book(session, acting(officer), alone, now)
    actions.book(session, acting(team_lead), alone, now)
    with pytest.raises(RuleBroken) as refusal:
        actions.book(session, acting(other_officer), alone, now)
    assert refusal.value.field == "agenda"
    for user in (liaison, auditor):
        with pytest.raises(NotAllowed):
            actions.book(session, acting(user), alone, now)


def test_what_is_secret_is_brought_before_those_in_the_know(session, acting, officer, leader, statistician, draft, now):
    hidden = make.make_project(session, "涉密演示项目", lead=officer, is_secret=True)
    actor = acting(officer)
    secret = replace(draft, agenda=(Point(hidden.id),))
    with pytest.raises(RuleBroken) as refusal:
        actions.book(session, actor, replace(secret, optional_ids=(statistician.id,)), now)
    assert refusal.value.field == "required_ids" and "方致远" in refusal.value.message
    actions.book(session, actor, secret, now)  # the leader may know of all, the officer is named
    taken = engagements(session, acting(statistician), [officer.id], [], AT, AT + timedelta(hours=1))
    assert [each.what for each in taken] == [""]  # that he has no time is all a stranger learns


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"chair_id": 99_999}, "chair_id"), ({"optional_ids": (99_999,)}, "optional_ids"), ({"room_id": 99_999}, "room_id")],
)  # fmt: skip
def test_unknown_people_and_rooms_are_refused(session, chair, draft, now, changes, field):
    with pytest.raises(RuleBroken) as refusal:
        actions.book(session, chair, replace(draft, **changes), now)
    assert refusal.value.field == field


def test_an_administrator_sits_in_no_meeting(session, chair, admin, draft, now):
    with pytest.raises(RuleBroken):
        actions.book(session, chair, replace(draft, required_ids=(admin.id,)), now)


@pytest.mark.parametrize("shared", ["room and leader", "leader"])
def test_eight_at_once_make_exactly_one(session, chair, draft, now, shared):
    wanted = replace(draft, agenda=()) if "room" in shared else replace(draft, room_id=None, place="302", agenda=())
    bind, start = session.get_bind(), Barrier(8, timeout=60)
    session.commit()

    def attempt(n):
        with Session(bind) as own:
            start.wait()
            try:
                actions.book(own, chair, replace(wanted, title=f"第 {n} 个"), now)
                own.commit()
            except actions.DoubleBooked:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1
    assert session.scalar(select(func.count(Row.id))) == 1


# ------------------------------------------------------------------------------------------------------ changes are told once


def test_several_changes_in_a_short_time_are_one_notice(session, chair, acting, officer, leader, draft, now):
    meeting = asked(session, chair, draft, now)
    later, place = replace(draft, held_at=AT + timedelta(hours=1)), replace(draft, room_id=None, place="石桥片区")
    make.invite(session, meeting, make.person(session, "agent"))
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, later, meeting.version, now + timedelta(minutes=1))
    meeting = whole(session, chair, meeting.id)
    assert told(session, officer)[1:] == [
        "协调会“用地协调会”有变：时间由 10月21日 14:00—15:00 改到 10月21日 15:00—16:00。"
    ]
    both = replace(later, room_id=None, place=place.place)
    actions.change(session, chair, meeting, both, meeting.version, now + timedelta(minutes=5))
    meeting = whole(session, chair, meeting.id)
    assert told(session, officer)[1:] == [
        "协调会“用地协调会”有变：时间由 10月21日 14:00—15:00 改到 10月21日 15:00—16:00；"
        "地点由“302 会议室”改到“石桥片区”。"
    ]
    actions.change(session, chair, meeting, draft, meeting.version, now + timedelta(minutes=8))
    assert len(told(session, officer)) == 1  # taken back: nothing has changed
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, later, meeting.version, now + timedelta(minutes=30))
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, both, meeting.version, now + timedelta(minutes=50))
    assert len(told(session, officer)) == 3 and "时间由" not in told(session, officer)[2]
    assert meeting.sequence == 5


def test_a_new_time_asks_for_a_new_answer(session, chair, acting, officer, draft, now):
    meeting = asked(session, chair, draft, now)
    invitations.answer(session, acting(officer), meeting, Reply.ACCEPTED, "", now)
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, replace(draft, title="改名"), meeting.version, now)
    assert {each.response for each in meeting.invited if each.user_id == officer.id} == {Reply.ACCEPTED}
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, replace(draft, minutes=90), meeting.version, now)
    assert {each.response for each in meeting.invited if each.user_id == officer.id} == {Reply.NONE}


def test_who_comes_in_and_who_goes_is_told(session, chair, acting, officer, agent, draft, now):
    meeting = asked(session, chair, draft, now)
    swapped = replace(draft, required_ids=(agent.id,))
    actions.change(session, chair, meeting, swapped, meeting.version, now)
    assert "请你参加" in told(session, agent)[0]
    assert told(session, officer) == []  # he had not yet read that he was asked
    session.execute(select(Notice))
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, draft, meeting.version, now + timedelta(minutes=20))
    assert told(session, agent)[-1] == "协调会“用地协调会”（10月21日 14:00—15:00）不再需要你参加。"
    seen = session.scalars(notices.of(acting(agent))).all()
    assert [notice.text for notice in seen] == [told(session, agent)[-1]]  # the meeting is no more his to see


def test_a_meeting_called_off_frees_the_room_and_tells(session, chair, officer, draft, now):
    meeting = asked(session, chair, draft, now)
    actions.cancel(session, chair, meeting, meeting.version, now)
    assert told(session, officer)[-1] == "协调会“用地协调会”有变：会议取消。" and meeting.sequence == 1
    other = actions.book(session, chair, replace(draft, title="另一个会"), now).first
    meeting = whole(session, chair, meeting.id)
    with pytest.raises(actions.DoubleBooked):
        actions.change(session, chair, meeting, draft, meeting.version, now)
    other = whole(session, chair, other.id)
    actions.cancel(session, chair, other, other.version, now)
    meeting = whole(session, chair, meeting.id)
    actions.change(session, chair, meeting, draft, meeting.version, now)
    assert meeting.state is ActivityState.PLANNED
    assert "会议取消" not in "".join(told(session, officer))  # within the time: as if nothing had been


def test_a_stale_page_changes_nothing(session, chair, draft, now):
    meeting = asked(session, chair, draft, now)
    shown = meeting.version
    actions.change(session, chair, meeting, replace(draft, title="先改"), shown, now)
    session.commit()
    with pytest.raises(Clash):
        actions.change(session, chair, meeting, replace(draft, title="后改"), shown, now)


def test_only_who_prepares_it_changes_it(session, chair, acting, officer, statistician, team_lead, draft, now):
    meeting = asked(session, chair, draft, now)
    for user in (officer, statistician, team_lead):
        with pytest.raises(NotAllowed):
            actions.cancel(session, acting(user), meeting, meeting.version, now)
    keeps = replace(draft, secretary_id=officer.id, required_ids=())
    actions.change(session, chair, meeting, keeps, meeting.version, now)
    meeting = whole(session, acting(officer), meeting.id)
    actions.cancel(session, acting(officer), meeting, meeting.version, now)


def test_who_cannot_come_is_told_to_those_who_prepare(session, chair, acting, officer, coordinator, agent, draft, now):
    meeting = asked(session, chair, draft, now)
    invitations.answer(session, acting(officer), meeting, Reply.DECLINED, "出差", now)
    assert told(session, coordinator) == ["顾清宁答复“用地协调会”（10月21日 14:00—15:00）：不能参加：出差。"]
    invitations.answer(session, acting(officer), meeting, Reply.ACCEPTED, "", now)
    assert told(session, coordinator) == []
    with pytest.raises(NotAllowed):
        invitations.answer(session, acting(agent), meeting, Reply.ACCEPTED, "", now)
    with pytest.raises(RuleBroken):
        invitations.answer(session, acting(officer), meeting, Reply.DECLINED, "", AT + timedelta(days=1))


def test_mails_wait_for_changes_to_settle(session, chair, officer, leader, draft, now):
    invitations.with_mails(session)
    officer.email = "gu@zone.example"
    outside = replace(draft, outside=(Outsider("王工", "供电公司", "wang@power.example"), Outsider("李处", "资规局")))
    meeting = asked(session, chair, outside, now)

    def waiting():
        session.flush()
        rows = session.scalars(select(OutgoingMail).where(OutgoingMail.sent_at.is_(None)).order_by(OutgoingMail.id))
        return [(row.to_address, row.kind.value, (row.due_at - now) // timedelta(minutes=1)) for row in rows]

    assert waiting() == [("gu@zone.example", "invitation", 0), ("wang@power.example", "invitation", 0)]
    later = replace(outside, held_at=AT + timedelta(hours=1))
    actions.change(session, chair, meeting, later, meeting.version, now)
    assert len(waiting()) == 2  # what goes out says the new time anyway
    session.query(OutgoingMail).update({"sent_at": now})
    for minutes, wanted in ((1, outside), (2, later), (3, replace(later, title="改名"))):
        meeting = whole(session, chair, meeting.id)
        actions.change(session, chair, meeting, wanted, meeting.version, now + timedelta(minutes=minutes))
    assert waiting() == [("gu@zone.example", "change", 10), ("wang@power.example", "change", 10)]
    meeting = whole(session, chair, meeting.id)
    actions.cancel(session, chair, meeting, meeting.version, now + timedelta(minutes=4))
    assert waiting() == [("gu@zone.example", "cancellation", 4), ("wang@power.example", "cancellation", 4)]


# ------------------------------------------------------------------------------------------------------------------ series


@pytest.fixture
def weekly(session, draft):
    """Every Friday for six weeks; the second one is a holiday."""
    session.add(Holiday(day=date(2022, 10, 28), is_working=False, name="演示假日"))
    return replace(
        draft, kind=MeetingKind.HUDDLE, title="周碰头会", pattern=Pattern(Repeat.WEEKLY, day_of(AT), times=6)
    )


def days(session, only=ActivityState.PLANNED):
    session.flush()
    rows = session.scalars(select(Row).where(Row.state == only).order_by(Row.held_at))
    return [f"{day_of(row.held_at):%m-%d}" for row in rows]


def test_a_series_books_every_time_and_tells_once(session, chair, officer, weekly, now):
    made = actions.book(session, chair, weekly, now)
    assert days(session) == ["10-21", "10-31", "11-04", "11-11", "11-18", "11-25"]
    assert [len(meeting.agenda) for meeting in made.meetings] == [2, 0, 0, 0, 0, 0]
    invitations.announce(session, chair, made.meetings, now)
    assert told(session, officer) == ["许若彤请你参加碰头会“周碰头会”：10月21日 14:00—15:00，302 会议室，共 6 次。"]


def test_one_time_that_is_taken_stops_the_whole_series(session, chair, draft, weekly, now):
    actions.book(session, chair, replace(draft, held_at=AT + timedelta(days=28)), now)
    with pytest.raises(actions.DoubleBooked) as refusal:
        actions.book(session, chair, weekly, now)
    assert "11月18日" in refusal.value.message and days(session) == ["11-18"]


def test_changing_one_following_and_all(session, chair, officer, weekly, now):
    made = actions.book(session, chair, weekly, now)
    invitations.announce(session, chair, made.meetings, now)
    keys = [meeting.id for meeting in made.meetings]

    def alter(key, reach, **changes):
        meeting = whole(session, chair, key)
        wanted = replace(queries.draft_of(meeting), **changes)
        done = actions.change(session, chair, meeting, wanted, meeting.version, now, reach)
        session.commit()
        return done

    alone = session.get(Row, keys[3])
    alter(keys[3], Reach.THIS, held_at=alone.held_at + timedelta(days=3))
    assert days(session)[3] == "11-14"
    done = alter(keys[2], Reach.FOLLOWING, title="周例会", minutes=90)
    assert done.left == 1 and done.cancelled == 0
    titles = [session.get(Row, key).title for key in keys]
    assert titles == ["周碰头会", "周碰头会", "周例会", "周碰头会", "周例会", "周例会"]
    assert session.scalar(select(func.count(MeetingSeries.id))) == 1
    shifted = session.get(Row, keys[4]).held_at - timedelta(days=1)
    alter(keys[4], Reach.FOLLOWING, held_at=shifted)  # Thursdays from here on: a series of its own
    assert days(session) == ["10-21", "10-31", "11-04", "11-14", "11-17", "11-24"]
    assert session.scalar(select(func.count(MeetingSeries.id))) == 2
    first = whole(session, chair, keys[0])
    rule = replace(queries.pattern_of(first.series), until_on=date(2022, 11, 4), times=None)
    alter(keys[0], Reach.ALL, held_at=AT + timedelta(hours=1), pattern=rule)
    assert [row.held_at.hour for row in session.scalars(select(Row).order_by(Row.held_at).limit(3))] == [7, 7, 7]
    assert len(told(session, officer)) == 5 and "各次有变" in told(session, officer)[-1]


def test_a_longer_rule_makes_more_and_a_shorter_one_calls_off(session, chair, weekly, now):
    made = actions.book(session, chair, weekly, now)
    meeting = whole(session, chair, made.first.id)
    rule = queries.pattern_of(meeting.series)
    longer = replace(queries.draft_of(meeting), pattern=replace(rule, times=None, until_on=date(2022, 12, 9)))
    assert len(actions.change(session, chair, meeting, longer, meeting.version, now, Reach.ALL).meetings) == 8
    meeting = whole(session, chair, made.first.id)
    shorter = replace(longer, pattern=replace(rule, times=None, until_on=date(2022, 11, 11)))
    done = actions.change(session, chair, meeting, shorter, meeting.version, now, Reach.ALL)
    assert (len(done.meetings), done.cancelled) == (4, 4)
    assert days(session) == ["10-21", "10-31", "11-04", "11-11"]


def test_a_time_called_off_alone_stays_off(session, chair, weekly, now):
    made = actions.book(session, chair, weekly, now)
    second = whole(session, chair, made.meetings[2].id)
    actions.cancel(session, chair, second, second.version, now)
    meeting = whole(session, chair, made.first.id)
    wanted = replace(queries.draft_of(meeting), minutes=30)
    actions.change(session, chair, meeting, wanted, meeting.version, now, Reach.ALL)
    assert days(session) == ["10-21", "10-31", "11-11", "11-18", "11-25"]
    last = whole(session, chair, made.meetings[4].id)
    assert len(actions.cancel(session, chair, last, last.version, now, Reach.FOLLOWING).meetings) == 2
    assert days(session) == ["10-21", "10-31", "11-11"]


def test_what_is_over_is_not_changed_with_its_series(session, chair, weekly, now):
    made = actions.book(session, chair, weekly, now)
    later = made.meetings[1].held_at + timedelta(hours=2)
    meeting = whole(session, chair, made.meetings[3].id)
    wanted = replace(queries.draft_of(meeting), title="新名")
    actions.change(session, chair, meeting, wanted, meeting.version, later, Reach.ALL)
    titles = [session.get(Row, each.id).title for each in made.meetings]
    assert titles == ["周碰头会", "周碰头会", "新名", "新名", "新名", "新名"]


# ------------------------------------------------------------------------------------------------------------- the trash


def test_who_comes_back_from_the_trash_leaves_the_room_to_the_others(session, chair, acting, statistician, draft, now):
    first = actions.book(session, chair, replace(draft, agenda=()), now).first
    first.is_draft = False
    session.flush()
    bin_.delete(session, acting(statistician), first, now)
    actions.book(session, chair, replace(draft, title="另一个会"), now)
    bin_.restore(session, acting(statistician), first, now)
    assert first.room_id is None and first.place == "302 会议室"


def test_the_calendars_of_many_are_one_statement(
    session, chair, leader, officer, agent, room, draft, now, count_queries
):
    for n in range(3):
        actions.book(session, chair, replace(draft, held_at=AT + timedelta(hours=2 * n), agenda=()), now)
    make.make_absence(session, agent, AT, AT + timedelta(days=2))
    people, rooms = [leader.id, officer.id, agent.id], [room.id]
    with count_queries() as statements:
        found = engagements(session, chair, people, rooms, AT, AT + timedelta(days=28))
    assert len(statements) == 1 and len(found) == 3 * 3 + 1
