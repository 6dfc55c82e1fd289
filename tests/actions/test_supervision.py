"""Overdue items: leaders told once, and the next meeting's agenda."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.actions import reminders, supervision
from crm.actions.bookings import cancel
from crm.choices import ActionState, ActivityState, MeetingKind, MemberRole, Role
from crm.errors import Clash, NotAllowed
from crm.models import AgendaCarry, AgendaItem, Holiday, Meeting, Notice
from crm.queries import meetings as meeting_queries
from tests import factories as make

COMING = datetime(2022, 10, 24, 1, tzinfo=UTC)


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯减速器", lead=officer)


@pytest.fixture
def unit(session):
    return make.team(session, "资规局")


@pytest.fixture
def late(session, project, unit):
    return make.make_action(session, project, unit, date(2022, 10, 17), task="完成清表")


def coming(session, *projects, at=COMING, **more):
    """A meeting to come, of which those invited know."""
    return make.make_meeting(session, *projects, at=at, state=ActivityState.PLANNED, **more)


def told(session, user):
    rows = select(Notice.text).where(Notice.user_id == user.id).order_by(Notice.id)
    return [str(text) for text in session.scalars(rows)]


def agenda(session, meeting):
    rows = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.rank)
    return [(row.project_id, row.title) for row in session.scalars(rows)]


# --------------------------------------------------------------------------------------------------------------- reminders


def test_two_working_days_before_on_the_day_and_after(session, liaison, project, unit, now):
    session.add_all(Holiday(day=date(2022, 10, n), is_working=n > 7, name="国庆节") for n in range(1, 10))
    make.make_action(session, project, unit, date(2022, 10, 3), task="完成清表")  # due on 10-08
    found = {}
    for on in ("09-28", "09-29", "09-30", "10-07", "10-08", "10-09", "10-10", "10-11"):
        day = date(2022, *map(int, on.split("-")))
        reminders.remind(session, [liaison], day, now)
        found[on] = len(told(session, liaison))
    # Thursday and Friday are the two working days before the first one after the holiday
    assert found == {"09-28": 0, "09-29": 1, "09-30": 1, "10-07": 1, "10-08": 2, "10-09": 3, "10-10": 3, "10-11": 3}
    assert [text.rpartition("，")[2] for text in told(session, liaison)] == ["9 天后。", "今天。", "逾期 1 天。"]


def test_what_is_not_signed_for_is_asked_again(session, liaison, project, unit, now):
    make.make_action(
        session,
        project,
        unit,
        date(2022, 10, 31),
        task="完成清表",
        state=ActionState.ASSIGNED,
        assigned_on=date(2022, 10, 18),
    )
    reminders.remind(session, [liaison], date(2022, 10, 19), now)
    assert told(session, liaison) == []
    for day in (20, 21):
        reminders.remind(session, [liaison], date(2022, 10, day), now)
    assert told(session, liaison) == ["签收：完成清表：10月19日，逾期 1 天。"]


def test_the_leader_who_answers_for_it_is_told_once(session, leader, liaison, project, late, today, now):
    everybody = [leader.id, liaison.id]
    assert supervision.copy_leaders(session, everybody, date(2022, 10, 17), now) == {}
    assert supervision.copy_leaders(session, everybody, today, now) == {leader.id: 1}
    assert supervision.copy_leaders(session, everybody, today + timedelta(days=3), now) == {}
    assert told(session, leader) == ["资规局牵头的“完成清表”逾期 3 天。"]


def test_linked_before_chair_before_all(session, leader, project, unit, today, now):
    team = make.team(session, "招商一组")
    linked = make.make_user(session, "linked", "程二", Role.LEADER, team)
    chair = make.make_user(session, "chair", "程三", Role.LEADER, team)
    meeting = make.make_meeting(session, project, chair_id=chair.id)
    make.make_action(session, project, unit, date(2022, 10, 17), meeting_id=meeting.id)
    all_ids = [leader.id, linked.id, chair.id]
    assert supervision.copy_leaders(session, all_ids, today, now) == {chair.id: 1}
    make.make_member(session, project, linked, MemberRole.LEADER)
    assert supervision.copy_leaders(session, all_ids, today, now) == {linked.id: 1}


# --------------------------------------------------------------------------------------------------------------- the agenda


def test_an_overdue_item_comes_onto_the_next_meeting_once(session, project, unit, late, today, now):
    make.make_action(session, project, unit, date(2022, 10, 18), task="第二件")
    make.make_action(session, project, unit, today, task="今天到期")
    other = coming(session, at=COMING + timedelta(days=1), kind=MeetingKind.HUDDLE)
    for more in ({"is_draft": True}, {"kind": MeetingKind.TOPIC}, {"at": now - timedelta(days=1)}):
        coming(session, **{"at": COMING - timedelta(hours=3), **more})
    meeting = coming(session)
    before = meeting.version
    assert supervision.carry(session, today, now) == 2
    assert supervision.carry(session, today, now) == 0
    assert agenda(session, meeting) == [(project.id, supervision.POINT)] and agenda(session, other) == []
    assert [row.made_point for row in session.scalars(select(AgendaCarry).order_by(AgendaCarry.id))] == [True, False]
    assert meeting.version == before + 1  # who is changing the agenda is told


def test_a_project_on_the_agenda_is_not_put_there_twice(session, project, late, today, now):
    meeting = coming(session, project)
    assert supervision.carry(session, today, now) == 1
    assert [key for key, _title in agenda(session, meeting)] == [project.id]


def test_a_secret_project_is_left_to_people(session, officer, unit, today, now):
    """On the agenda it would close the meeting to those invited."""
    secret = make.make_project(session, "涉密", lead=officer, is_secret=True)
    make.make_action(session, secret, unit, date(2022, 10, 17))
    meeting = coming(session)
    assert supervision.carry(session, today, now) == 0 and agenda(session, meeting) == []


def test_what_was_taken_off_stays_off_until_the_meeting_after(
    session, acting, coordinator, liaison, project, late, today, now
):
    meeting = coming(session)
    supervision.carry(session, today, now)
    row = session.scalars(select(AgendaCarry)).one()
    with pytest.raises(NotAllowed):
        supervision.take_off(session, acting(liaison), row, now)
    supervision.take_off(session, acting(coordinator), row, now)
    assert agenda(session, meeting) == []
    with pytest.raises(Clash):
        supervision.take_off(session, acting(coordinator), row, now)
    following = coming(session, at=COMING + timedelta(days=7))
    assert supervision.carry(session, today, now) == 0
    after = COMING + timedelta(days=1)
    meeting.state = ActivityState.DONE
    assert supervision.carry(session, after.date(), after) == 1
    assert agenda(session, following) == [(project.id, supervision.POINT)]


def test_a_point_that_stood_there_stays(session, acting, coordinator, project, late, today, now):
    meeting = coming(session, project)
    supervision.carry(session, today, now)
    supervision.take_off(session, acting(coordinator), session.scalars(select(AgendaCarry)).one(), now)
    assert [key for key, _title in agenda(session, meeting)] == [project.id]


def test_of_a_meeting_called_off_it_comes_onto_the_next(session, acting, coordinator, project, late, today, now):
    meeting, following = coming(session), coming(session, at=COMING + timedelta(days=7))
    supervision.carry(session, today, now)
    session.commit()
    actor = acting(coordinator)
    found = session.scalars(meeting_queries.whole(actor).where(Meeting.id == meeting.id)).unique().one()
    cancel(session, actor, found, found.version, now)
    assert supervision.carry(session, today, now) == 1
    assert agenda(session, following) == [(project.id, supervision.POINT)]


def test_without_a_meeting_nothing_happens(session, late, today, now):
    assert supervision.carry(session, today, now) == 0
