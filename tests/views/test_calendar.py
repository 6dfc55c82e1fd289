"""The calendar, rooms and absences as people meet them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.choices import ActivityKind, ActivityState, MeetingKind, Role
from crm.models import Absence, Holiday, Meeting, Notice, Room
from tests import factories as make

AT = datetime(2022, 10, 20, 6, 0, tzinfo=UTC)  # Thursday, two in the afternoon in China
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


@pytest.fixture
def room(session):
    return make.make_room(session)


@pytest.fixture
def meeting(session, project, room, leader, officer, coordinator):
    made = make.make_meeting(
        session, project, at=AT, title="用地协调会", state=ActivityState.PLANNED, room_id=room.id, place=room.name,
        chair_id=leader.id, entered_by_id=coordinator.id,
    )  # fmt: skip
    make.invite(session, made, officer)
    return made


@pytest.mark.parametrize("view", ["month", "week", "day", "agenda"])
def test_every_span_shows_meetings_receptions_trips_and_holidays(session, client_for, officer, project, meeting, view):
    make.make_activity(session, project, kind=ActivityKind.VISIT, at=AT - timedelta(hours=4), title="来访考察")
    make.make_activity(
        session, project, kind=ActivityKind.TRIP, at=AT - timedelta(hours=5), title="赴长沙拜访", city="长沙"
    )
    make.make_activity(session, project, kind=ActivityKind.CALL, at=AT, title="电话沟通")
    make.make_absence(session, officer, AT - timedelta(days=1), AT + timedelta(days=1), note="探亲")
    session.add(Holiday(day=date(2022, 10, 20), is_working=False, name="演示假日"))
    page = client_for(officer).get(f"/meetings/calendar?view={view}").text
    for words in ("用地协调会", "来访考察", "赴长沙拜访", "演示假日", "休假：探亲"):
        assert words in page, words
    assert "电话沟通" not in page and 'class="ev ev-coordination ev-mine' in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"用地协调会", "碰头会", "来访考察"}),
        ("who=me", {"用地协调会", "来访考察"}),
        ("who={leader}", {"用地协调会"}),
        ("room={room}", {"用地协调会"}),
        ("project={project}", {"用地协调会", "来访考察"}),
        ("p=澜芯", {"用地协调会", "来访考察"}),
        ("kind=huddle", {"碰头会"}),
        ("who=x&room=y&project=&kind=z&view=w&on=never", {"用地协调会", "碰头会", "来访考察"}),
        ("on=2022-11-20", set()),
    ],
)
def test_by_person_leader_room_project_and_kind(
    session, client_for, officer, leader, project, room, meeting, query, seen
):
    other = make.make_project(session, "另一个演示项目", lead=officer)
    make.make_meeting(session, other, kind=MeetingKind.HUDDLE, at=AT + timedelta(days=1), title="周例碰头")
    make.make_activity(
        session, project, kind=ActivityKind.VISIT, at=AT - timedelta(hours=4), title="来访考察", by=officer
    )
    address = query.format(leader=leader.id, room=room.id, project=project.id)
    page = client_for(officer).get(f"/meetings/calendar?{address}").text
    names = {"用地协调会": "用地协调会", "碰头会": "周例碰头", "来访考察": "来访考察"}
    assert {key for key, words in names.items() if f">{words}<" in page} == seen


def test_a_day_by_rooms_and_by_leaders(session, client_for, coordinator, meeting):
    make.make_room(session, "报告厅", 180)
    client = client_for(coordinator)
    rooms = client.get("/meetings/calendar?view=day&each=rooms").text
    assert "报告厅" in rooms and "用地协调会" in rooms and "r25 s4" in rooms
    leaders = client.get("/meetings/calendar?view=day&each=leaders").text
    assert "程望山" in leaders and "用地协调会" in leaders


def test_what_one_may_not_know_is_taken_time(session, client_for, officer, other_officer, leader, room):
    hidden = make.make_project(session, "涉密演示项目", lead=other_officer, is_secret=True)
    make.make_meeting(
        session, hidden, at=AT, title="涉密协调会", state=ActivityState.PLANNED, chair_id=leader.id, room_id=room.id
    )
    make.make_activity(
        session,
        hidden,
        kind=ActivityKind.VISIT,
        at=AT + timedelta(hours=2),
        title="涉密来访",
        people=(leader,),
        by=other_officer,
    )
    make.make_absence(session, leader, AT + timedelta(days=1), AT + timedelta(days=2), note="体检")
    client = client_for(officer)
    for query in (f"who={leader.id}", f"room={room.id}", "view=day&each=rooms", "view=day&each=leaders"):
        page = client.get(f"/meetings/calendar?{query}").text
        assert "已有安排" in page and "涉密" not in page and "体检" not in page, query
    everybody = client.get("/meetings/calendar").text
    assert "已有安排" not in everybody and "程望山 不在" in everybody and "体检" not in everybody
    assert "体检" in client_for(leader).get("/meetings/calendar").text


def test_half_past_midnight_in_china_stays_on_its_day(session, client_for, coordinator):
    make.make_meeting(session, at=datetime(2022, 10, 19, 16, 30, tzinfo=UTC), title="凌晨抢险会")
    page = client_for(coordinator).get("/meetings/calendar?view=day&on=2022-10-20").text
    assert "00:30—01:30" in page and "凌晨抢险会" in page
    assert "凌晨抢险会" not in client_for(coordinator).get("/meetings/calendar?view=day&on=2022-10-19").text


@pytest.mark.parametrize("query", ["view=month", "view=week", "view=day&each=leaders", "view=day&each=rooms"])
def test_the_calendar_asks_a_fixed_number_of_questions(
    session, client_for, coordinator, officer, leader, project, room, meeting, count_queries, query
):
    client = client_for(coordinator)

    def asked():
        with count_queries() as statements:
            assert client.get(f"/meetings/calendar?{query}").status_code == 200
        return len(statements)

    asked()
    few = asked()
    for n in range(5):
        more = make.make_user(session, f"more{n}", f"多一人{n}", Role.LEADER, make.team(session))
        row = make.make_meeting(session, project, at=AT + timedelta(hours=n), chair_id=more.id, room_id=room.id)
        make.invite(session, row, officer, leader)
        make.make_activity(
            session, project, kind=ActivityKind.VISIT, at=AT + timedelta(hours=n), people=(more, officer)
        )
        make.make_absence(session, more, AT, AT + timedelta(days=1))
    assert asked() == few


# ----------------------------------------------------------------------------------------------------- to another time


def version_of(session, meeting):
    session.rollback()
    return session.scalar(select(Meeting.version).where(Meeting.id == meeting.id))


def test_a_meeting_is_taken_to_another_time(session, client_for, coordinator, officer, meeting):
    client, address = client_for(coordinator), f"/meetings/{meeting.id}/move"
    dialog = client.get(f"{address}?to=2022-10-21T09:30", headers=HTMX).text
    assert (
        "<html" not in dialog
        and 'value="2022-10-21"' in dialog
        and "改到 10月21日 09:30" in dialog
        and "通知 1 位" in dialog
    )
    assert 'value="14:00"' in client.get(f"{address}?to=2022-10-24").text  # a day of the month: at the same hour
    data = {"held_on": "2022-10-21", "begins": "09:30", "minutes": "60", "version": str(version_of(session, meeting))}
    answer = client.post(address, data=data, headers=HTMX)
    assert answer.status_code == 204 and "calendar-moved" in answer.headers["HX-Trigger"]
    assert session.get(Meeting, meeting.id).held_at == datetime(2022, 10, 21, 1, 30, tzinfo=UTC)
    assert "时间由 10月20日 14:00—15:00 改到 10月21日 09:30—10:30" in session.scalar(
        select(Notice.text).where(Notice.user_id == officer.id)
    )
    assert client.post(address, data=data, headers=HTMX).status_code == 409  # somebody has moved it
    data |= {
        "version": str(version_of(session, meeting)),
        "held_on": "2022-10-25",
        "back": "/meetings/calendar?view=month",
    }
    answer = client.post(address, data=data)
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/meetings/calendar?view=month")


def test_a_taken_time_is_refused_with_what_stands_there(session, client_for, coordinator, leader, room, meeting):
    make.make_meeting(
        session,
        at=AT + timedelta(days=1),
        title="先订的会",
        state=ActivityState.PLANNED,
        room_id=room.id,
        chair_id=leader.id,
    )
    client, address = client_for(coordinator), f"/meetings/{meeting.id}/move"
    dialog = client.get(f"{address}?to=2022-10-21", headers=HTMX).text
    assert "会议室已被占用" in dialog and "先订的会" in dialog and "再看这个时间" in dialog
    data = {"held_on": "2022-10-21", "begins": "14:00", "minutes": "60", "version": str(version_of(session, meeting))}
    answer = client.post(address, data=data, headers=HTMX)
    assert answer.status_code == 409 and "已被占用" in answer.text
    past = client.post(address, data={**data, "held_on": "2022-10-19"}, headers=HTMX)
    assert past.status_code == 422 and "开始时间已过" in past.text
    assert client.post(address, data={**data, "held_on": "x"}, headers=HTMX).status_code == 422


def test_only_who_prepares_it_moves_it(session, client_for, officer, statistician, meeting):
    for user in (officer, statistician):
        assert client_for(user).get(f"/meetings/{meeting.id}/move").status_code == 403
        assert "data-move" not in client_for(user).get("/meetings/calendar").text


# ---------------------------------------------------------------------------------------------------- rooms and absences


def test_rooms_are_kept_by_the_coordinator(session, client_for, coordinator, officer, room):
    client = client_for(coordinator)
    data = {"name": "报告厅", "capacity": "180", "building": "行政中心", "is_active": "y"}
    assert client.post("/meetings/rooms", data=data).status_code == 303
    for wrong in ({"name": ""}, {"capacity": "0"}, {"capacity": "许多"}, {"name": "302 会议室"}):
        assert client.post("/meetings/rooms", data={**data, **wrong}).status_code == 422
    assert (
        client.post(f"/meetings/rooms/{room.id}", data={**data, "name": "302 会议室", "is_active": ""}).status_code
        == 303
    )
    session.rollback()
    kept = {row.name: (row.capacity, row.is_active) for row in session.scalars(select(Room))}
    assert kept == {"报告厅": (180, True), "302 会议室": (180, False)}
    assert "停用" in client.get("/meetings/rooms").text and "302 会议室（" not in client.get("/meetings/plan").text
    assert client_for(officer).get("/meetings/rooms").status_code == 200
    assert client_for(officer).post("/meetings/rooms", data=data).status_code == 403
    assert client_for(officer).get(f"/meetings/rooms/{room.id}").status_code == 403


def test_an_absence_is_written_down_and_taken_back(session, client_for, officer, coordinator, meeting):
    client = client_for(officer)
    data = {
        "user_id": str(officer.id),
        "kind": "trip",
        "first_on": "2022-10-20",
        "last_on": "",
        "part": "afternoon",
        "note": "长沙",
    }
    answer = client.post("/meetings/absences", data=data, follow_redirects=True)
    assert "已登记外出请假" in answer.text and "这段时间已有 1 场会议" in answer.text and "出差：长沙" in answer.text
    session.rollback()
    row = session.scalars(select(Absence)).one()
    assert (row.starts_at, row.ends_at) == (
        datetime(2022, 10, 20, 5, 30, tzinfo=UTC), datetime(2022, 10, 20, 16, 0, tzinfo=UTC),
    )  # fmt: skip
    assert client.post(f"/meetings/absences/{row.id}/cancel").status_code == 303
    assert client.post(f"/meetings/absences/{row.id}/cancel").status_code == 404
    assert "没有人登记" in client_for(coordinator).get("/meetings/absences").text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"first_on": ""}, "这一项必填"),
        ({"last_on": "2022-10-19"}, "最后一天早于第一天"),
        ({"first_on": "2022-10-10", "last_on": "2022-10-11"}, "已经过去"),
        ({"last_on": "2022-10-21", "part": "morning"}, "只用于同一天"),
        ({"last_on": "2024-10-21"}, "超过一年"),
    ],
)
def test_what_is_wrong_with_an_absence(session, client_for, officer, more, words):
    data = {"user_id": str(officer.id), "kind": "leave", "first_on": "2022-10-20", "part": "whole"}
    answer = client_for(officer).post("/meetings/absences", data={**data, **more})
    assert answer.status_code == 422 and words in answer.text and not session.scalars(select(Absence)).all()


def test_for_whom_one_may_write_it_down(session, client_for, officer, other_officer, team_lead, coordinator):
    data = {"kind": "leave", "first_on": "2022-10-21", "part": "whole"}

    def keep(by, whom):
        return client_for(by).post("/meetings/absences", data={**data, "user_id": str(whom.id)}).status_code

    assert (keep(team_lead, officer), keep(coordinator, other_officer)) == (303, 303)
    assert (keep(officer, team_lead), keep(team_lead, other_officer)) == (422, 422)  # not among those offered
    rows = session.scalars(select(Absence).order_by(Absence.id)).all()
    assert client_for(officer).post(f"/meetings/absences/{rows[0].id}/cancel").status_code == 303
    assert client_for(team_lead).post(f"/meetings/absences/{rows[1].id}/cancel").status_code == 404
