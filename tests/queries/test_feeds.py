"""Meetings in other programs' calendars: who sees what, what is only taken time, a whole year out and back without loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from crm import icalendars, seeding
from crm.actions import bookings, invitations
from crm.choices import ActivityState, MeetingKind, MemberRole, Repeat, Reply
from crm.columns import Base
from crm.models import AgendaItem, Attendee, Meeting
from crm.queries import bookings as booking_queries
from crm.queries import feeds, meetings
from crm.queries.calendar import Scope
from crm.queries.people import actor_of, get_by_login
from crm.rules.bookings import BookingDraft, Outsider, Point
from crm.rules.days import CHINA, day_of
from crm.rules.recurrence import Pattern
from tests import factories as make

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)
FIRST, LAST = date(2022, 10, 1), date(2022, 12, 31)


@pytest.fixture
def room(session):
    return make.make_room(session)


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


def shown(session, actor, scope):
    session.flush()
    session.expire_all()
    return feeds.entries(session, actor, scope, FIRST, LAST, lambda key: f"https://crm.example/meetings/{key}")


def titles(session, actor, scope):
    return [entry.title for entry in shown(session, actor, scope)]


def test_a_meeting_says_who_about_what_and_where_to(session, acting, officer, leader, coordinator, project, room):
    coordinator.email = "xu@zone.example"
    hidden = make.make_project(session, "别组项目", make.person(session, "other_officer"))
    meeting = make.make_meeting(
        session, project, hidden, at=AT, chair_id=leader.id, entered_by_id=coordinator.id, state=ActivityState.PLANNED,
        room_id=room.id, place=room.name, online_url="https://meeting.tencent.com/dm/a", summary="请带图纸", attendees="供电公司",
    )  # fmt: skip
    make.invite(session, meeting, officer, response=Reply.ACCEPTED, responded_at=AT)
    session.add(Attendee(meeting_id=meeting.id, name="王工", unit="供电公司", email="wang@power.example"))
    (entry,) = shown(session, acting(officer), Scope(person_id=officer.id))
    assert entry.description == (
        "类型：协调会\n主持：程望山\n参会：顾清宁、王工 供电公司\n其他参会单位：供电公司\n议程：\n1. 澜芯精密减速器\n"
        "另有 1 个项目不在你的可见范围。\n说明：请带图纸\n线上会议：https://meeting.tencent.com/dm/a\n"
        f"详情：https://crm.example/meetings/{meeting.id}"
    )
    assert (entry.place, entry.status, entry.sequence) == ("302 会议室", "CONFIRMED", 0)
    assert entry.organizer.address == "xu@zone.example" and entry.alarm == timedelta(minutes=15)
    assert [(each.name, each.address, each.is_chair) for each in entry.people] == [
        ("程望山", "", True), ("顾清宁", "", False), ("王工", "", False),
    ]  # fmt: skip
    assert b"wang@power" not in icalendars.write([entry])


def test_only_ones_own_meetings_and_those_declined_are_not(session, acting, officer, agent, project):
    mine, refused = (make.make_meeting(session, project, at=AT, title=words) for words in ("我的", "不去的"))
    make.make_meeting(session, project, at=AT, title="别人的")
    make.invite(session, mine, officer)
    make.invite(session, refused, officer, response=Reply.DECLINED)
    assert titles(session, acting(officer), Scope(person_id=officer.id)) == ["我的"]
    assert titles(session, acting(officer), Scope(project_id=project.id)) == ["我的", "不去的", "别人的"]
    assert titles(session, acting(agent), Scope(project_id=project.id)) == []


def test_a_secret_meeting_is_told_to_nobody(session, acting, leader, officer, statistician, coordinator, room, project):
    secret = make.make_project(session, "绝密甲项目", leader, is_secret=True)
    meeting = make.make_meeting(
        session, secret, at=AT, title="绝密甲会", place="绝密甲地", room_id=room.id, summary="绝密甲事"
    )
    make.invite(session, meeting, leader, officer)
    mixed = make.make_meeting(session, project, secret, at=AT + timedelta(hours=2), title="绝密甲同会", room_id=room.id)
    make.invite(session, mixed, officer)
    for person in (officer, statistician, coordinator):
        assert titles(session, acting(person), Scope(room_id=room.id)) == ["已有安排", "已有安排"]
        assert titles(session, acting(person), Scope(project_id=project.id)) == []
    taken = shown(session, acting(officer), Scope(person_id=officer.id))
    assert [entry.title for entry in taken] == ["已有安排", "已有安排"] and not any(
        entry.description for entry in taken
    )
    assert titles(session, feeds.bystander(), Scope(room_id=room.id)) == ["已有安排", "已有安排"]
    # Who may see it is told when and in which room: a calendar lies on telephones and in clouds.
    own = shown(session, acting(leader), Scope(person_id=leader.id))
    assert [(entry.title, entry.place) for entry in own] == [("会议（涉密，登录后查看）", "302 会议室")]
    for actor in (acting(leader), acting(officer), feeds.bystander()):
        for scope in (Scope(), Scope(person_id=actor.id), Scope(room_id=room.id), Scope(project_id=secret.id)):
            assert "绝密甲" not in icalendars.write(shown(session, actor, scope)).decode()
    secret.deleted_at = AT  # what it closed stays closed
    for actor in (acting(leader), acting(officer)):
        assert "绝密甲" not in icalendars.write(shown(session, actor, Scope(room_id=room.id))).decode()


def test_a_project_that_becomes_secret_is_open_to_no_feed(session, acting, officer, leader, project):
    assert session.scalar(feeds.open_project(acting(officer))) is project
    make.make_member(session, project, leader, MemberRole.SUPPORT)
    project.is_secret = True
    assert session.scalar(feeds.open_project(acting(officer))) is None
    assert session.scalar(feeds.open_project(acting(leader))) is None


def test_a_draft_is_tentative_and_for_who_prepares_it(session, acting, coordinator, officer, leader, project, room):
    draft = BookingDraft(
        MeetingKind.COORDINATION, "草稿会", AT, 60, room_id=room.id, chair_id=leader.id, required_ids=(officer.id,),
        agenda=(Point(project.id),), outside=(Outsider("王工", "供电公司", "wang@power.example"),),
    )  # fmt: skip
    bookings.book(session, acting(coordinator), draft, AT - timedelta(days=3))
    (entry,) = shown(session, acting(coordinator), Scope(project_id=project.id))
    assert entry.status == "TENTATIVE" and "草稿" in entry.description and not entry.is_asking
    assert titles(session, acting(officer), Scope(project_id=project.id)) == []
    assert titles(session, acting(officer), Scope(person_id=officer.id)) == ["已有安排"]


def test_a_change_raises_the_sequence_and_a_cancellation_says_so(session, acting, coordinator, officer, project, now):
    chair, mine = acting(coordinator), Scope(project_id=project.id)
    draft = BookingDraft(
        MeetingKind.COORDINATION, "用地协调会", AT, 60, required_ids=(officer.id,), agenda=(Point(project.id),)
    )
    made = bookings.book(session, chair, draft, now)
    invitations.announce(session, chair, made.meetings, now)
    first = shown(session, acting(officer), mine)[0]

    def whole():
        session.commit()
        session.expire_all()
        return session.scalars(meetings.whole(chair).where(Meeting.id == made.first.id)).unique().one()

    bookings.change(session, chair, whole(), replace(draft, held_at=AT + timedelta(hours=1)), whole().version, now)
    second = shown(session, acting(officer), mine)[0]
    bookings.cancel(session, chair, whole(), whole().version, now + timedelta(minutes=1))
    third = shown(session, acting(officer), mine)[0]
    assert first.uid == second.uid == third.uid
    assert [entry.sequence for entry in (first, second, third)] == [0, 1, 2]
    assert [entry.status for entry in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert third.title == "已取消：用地协调会" and third.begins == AT + timedelta(hours=1)
    assert first.changed_at <= second.changed_at < third.changed_at


def test_a_series_is_so_many_events_each_changed_alone(session, acting, coordinator, officer, project, now):
    """Moved by holidays, changed alone, called off alone: no client has to work a rule out."""
    chair = acting(coordinator)
    draft = BookingDraft(
        MeetingKind.HUDDLE, "周碰头会", AT, 60, required_ids=(officer.id,), agenda=(Point(project.id),),
        pattern=Pattern(Repeat.WEEKLY, day_of(AT), times=4),
    )  # fmt: skip
    made = bookings.book(session, chair, draft, now)
    invitations.announce(session, chair, made.meetings, now)
    second = made.meetings[1].id
    session.commit()
    session.expire_all()
    row = session.scalars(meetings.whole(chair).where(Meeting.id == second)).unique().one()
    moved = replace(booking_queries.draft_of(row), held_at=row.held_at + timedelta(days=1), pattern=None)
    bookings.change(session, chair, row, moved, row.version, now)
    found = shown(session, acting(officer), Scope(person_id=officer.id))
    assert len({entry.uid for entry in found}) == 4 and b"RRULE" not in icalendars.write(found)
    assert [f"{day_of(entry.begins):%m-%d}" for entry in found] == ["10-21", "10-29", "11-04", "11-11"]
    assert [entry.sequence for entry in found] == [0, 1, 0, 0]


def test_the_number_of_statements_does_not_grow(session, acting, officer, leader, project, room, count_queries):
    def counted():
        session.commit()
        session.expire_all()
        actor = acting(officer)
        with count_queries() as statements:
            feeds.entries(session, actor, Scope(room_id=room.id), FIRST, LAST)
        return len(statements)

    def more(count):
        for number in range(count):
            meeting = make.make_meeting(
                session, project, at=AT + timedelta(hours=number), room_id=room.id, entered_by_id=leader.id
            )
            make.invite(session, meeting, officer, leader)

    more(1)
    few = counted()
    more(12)
    assert counted() == few <= 6


# ----------------------------------------------------------------------------------------------------------- a whole year


@pytest.fixture
def demo(session, now):
    """The demo years instead of the cast."""
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    seeding.load(session, now)
    session.commit()


@pytest.mark.slow
def test_a_year_goes_out_and_comes_back_without_loss(session, demo):
    """Written by us, read by the library and by us: the rows again, for whoever sees all of them."""
    actor = actor_of(session, get_by_login(session, "xuruotong"))
    first, last = date(2021, 1, 1), date(2021, 12, 31)
    found = feeds.entries(session, actor, Scope(), first, last)
    data = icalendars.write(found, name="2021 年的会议")
    secret = {entry.uid for entry in found if entry.is_private}
    rows = (
        select(Meeting)
        .options(
            selectinload(Meeting.invited).joinedload(Attendee.user),
            selectinload(Meeting.agenda).joinedload(AgendaItem.project),
        )
        .order_by(Meeting.held_at, Meeting.id)
    )
    wanted = {
        icalendars.uid_of(row.id, row.entered_at): row
        for row in session.scalars(rows)
        if day_of(row.held_at).year == 2021 and not (row.is_draft and row.state is ActivityState.CANCELLED)
    }
    events = {str(event["uid"]): event for event in Calendar.from_ical(data).walk("VEVENT")}
    assert len(events) > 100 and events.keys() == {entry.uid for entry in found} <= wanted.keys()
    again = {meeting.uid: meeting for meeting in icalendars.read(data, 1000).meetings}
    for uid in events.keys() - secret:
        row, event, back = wanted[uid], events[uid], again[uid]
        assert (event["dtstart"].dt, event["dtend"].dt) == (row.held_at, row.ends_at)
        assert event["dtstart"].params["TZID"] == CHINA.key
        title = str(event["summary"]).removeprefix("已取消：")
        assert (title, str(event.get("location", "")), event["sequence"]) == (row.title, row.place, row.sequence)
        assert str(event["status"]) == ("CANCELLED" if row.state is ActivityState.CANCELLED else "CONFIRMED")
        people = event.get("attendee", [])
        people = people if isinstance(people, list) else [people]
        names = {attendee.user.name if attendee.user else attendee.name for attendee in row.invited}
        assert names <= {each.params["CN"] for each in people}
        assert all(item.project.name in str(event["description"]) for item in row.agenda if item.project)
        assert not row.summary or " ".join(row.summary.split()) in " ".join(str(event["description"]).split())
        assert (back.begins, back.ends, back.title, back.place) == (
            row.held_at, row.ends_at, str(event["summary"]), row.place,
        )  # fmt: skip
    assert icalendars.write(found, name="2021 年的会议") == data == Calendar.from_ical(data).to_ical()
