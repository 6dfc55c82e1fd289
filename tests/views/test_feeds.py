"""Secret addresses of calendars as people and their programs meet them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm import icalendars
from crm.choices import ActivityState, MemberRole
from crm.models import Feed, ProjectMember, SignInAttempt
from crm.rules.sign_in import ADDRESS_FAILURES
from tests import factories as make

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)


@pytest.fixture
def room(session):
    return make.make_room(session)


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


@pytest.fixture
def meeting(session, project, officer, room):
    meeting = make.make_meeting(
        session, project, at=AT, state=ActivityState.PLANNED, room_id=room.id, place=room.name, chair_id=officer.id
    )
    make.invite(session, meeting, officer)
    return meeting


@pytest.fixture
def subscribe(client_for):
    """Make an address: its path."""

    def made(user, **form):
        page = client_for(user).post("/meetings/feeds", data={"kind": "person", **form})
        assert page.status_code == 200, page.text
        found = re.search(r'value="http://localhost(/feeds/[\w-]{40,}\.ics)"', page.text)[1]
        assert f"webcal://localhost{found}" in page.text
        return found

    return made


def titles(answer):
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return re.findall(r"SUMMARY:(.*?)\r\n", answer.text)


def test_an_address_is_shown_once_and_only_its_digest_is_kept(session, client_for, subscribe, officer, meeting):
    path = subscribe(officer)
    token = path.split("/")[-1].removesuffix(".ics")
    (feed,) = session.scalars(select(Feed))
    assert token not in str(vars(feed)) and len(feed.token_digest) == 64
    page = client_for(officer).get("/meetings/feeds").text
    assert token not in page and "顾清宁的会议" in page
    assert titles(client_for(None).get(path)) == ["用地与能耗协调会"]


def test_each_kind_shows_its_own(session, client_for, subscribe, officer, leader, project, room, meeting):
    make.make_meeting(session, at=AT, title="没有项目的会", room_id=room.id)
    stranger = client_for(None)
    assert titles(stranger.get(subscribe(officer, kind="room", room_id=room.id))) == ["用地与能耗协调会", "已有安排"]
    assert titles(stranger.get(subscribe(officer, kind="project", project=project.code))) == ["用地与能耗协调会"]
    assert titles(stranger.get(subscribe(leader))) == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "room"}, "请选择会议室"),
        ({"kind": "room", "room_id": "99"}, "有 1 处要改"),
        ({"kind": "project"}, "请写一个你能看到的项目"),
        ({"kind": "project", "project": "查无此项"}, "没有找到“查无此项”"),
        ({"kind": "project", "project": "绝密甲"}, "没有找到“绝密甲”"),
        ({"kind": "everything"}, "有 1 处要改"),
    ],
)
def test_what_cannot_be_shown_is_refused(session, client_for, officer, leader, form, words):
    make.make_project(session, "绝密甲", leader, is_secret=True)
    answer = client_for(officer).post("/meetings/feeds", data={"kind": "person", **form})
    assert answer.status_code == 422 and words in answer.text
    assert session.scalar(select(Feed)) is None


def test_a_secret_project_is_no_feed_even_for_who_is_named(session, client_for, leader):
    make.make_project(session, "绝密甲", leader, code="YH-绝密", is_secret=True)
    answer = client_for(leader).post("/meetings/feeds", data={"kind": "project", "project": "YH-绝密"})
    assert answer.status_code == 422 and "涉密项目不能订阅" in answer.text


def test_a_revoked_address_answers_as_one_that_never_was(
    session, client_for, subscribe, officer, other_officer, meeting
):
    path = subscribe(officer)
    feed_id = session.scalar(select(Feed.id))
    assert client_for(other_officer).post(f"/meetings/feeds/{feed_id}/revoke").status_code == 404
    assert client_for(None).get(path).status_code == 200
    assert client_for(officer).post(f"/meetings/feeds/{feed_id}/revoke").status_code == 303
    gone, never = client_for(None).get(path), client_for(None).get("/feeds/nobody.ics")
    assert gone.status_code == never.status_code == 404
    assert client_for(officer).post(f"/meetings/feeds/{feed_id}/revoke").status_code == 404
    assert "还没有订阅地址" in client_for(officer).get("/meetings/feeds").text


def test_the_owners_rights_of_the_moment_are_asked(
    session, client_for, subscribe, officer, leader, project, room, meeting
):
    mine, of_project = subscribe(officer), subscribe(officer, kind="project", project=project.code)
    stranger = client_for(None)
    project.is_secret = True  # he is named on it still: he sees it, its calendar is closed
    assert stranger.get(of_project).status_code == 404
    assert titles(stranger.get(mine)) == ["会议（涉密，登录后查看）"]
    session.query(ProjectMember).update({"to_on": date(2022, 10, 1)})
    assert titles(stranger.get(mine)) == ["已有安排"]
    project.is_secret = False
    assert stranger.get(of_project).status_code == 200
    project.unit_id = make.team(session, "招商二组").id
    assert stranger.get(of_project).status_code == 404
    make.make_member(session, project, officer, MemberRole.SUPPORT)
    assert stranger.get(of_project).status_code == 200
    officer.is_active = False
    assert {stranger.get(path).status_code for path in (mine, of_project)} == {404}


def test_a_role_that_sees_no_meetings_has_no_feed(session, client_for, subscribe, officer, admin, meeting):
    path = subscribe(officer)
    officer.role = admin.role
    assert client_for(None).get(path).status_code == 404
    assert client_for(admin).post("/meetings/feeds", data={"kind": "person"}).status_code == 403


def test_who_has_these_bytes_gets_304_until_something_changes(
    session, client_for, subscribe, officer, room, project, meeting
):
    path = subscribe(officer)
    stranger = client_for(None)
    first = stranger.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Last-Modified"] == "Fri, 21 Oct 2022 06:00:00 GMT"
    again = stranger.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304 and not again.data and again.headers["ETag"] == tag
    assert stranger.get(path).data == first.data
    later = {"If-Modified-Since": "Sat, 22 Oct 2022 06:00:00 GMT"}
    meeting.deleted_at = AT  # leaves no later instant behind
    gone = stranger.get(path, headers={**later, "If-None-Match": tag})
    assert gone.status_code == 200 and titles(gone) == [] and gone.headers["ETag"] != tag
    assert stranger.get(path, headers=later).status_code == 200
    assert stranger.head(path).status_code == 200


def test_a_feed_costs_the_same_whatever_is_in_it(session, client_for, subscribe, officer, project, room, count_queries):
    path = subscribe(officer, kind="room", room_id=room.id)

    def cost():
        with count_queries() as statements:
            assert client_for(None).get(path).status_code == 200
        return len(statements)

    for number in range(2):
        make.invite(
            session, make.make_meeting(session, project, at=AT + timedelta(hours=number), room_id=room.id), officer
        )
    few = cost()
    for number in range(10):
        make.invite(
            session, make.make_meeting(session, project, at=AT + timedelta(days=number), room_id=room.id), officer
        )
    assert cost() == few <= 9


def test_who_guesses_addresses_is_told_to_wait_and_who_knows_one_is_not(
    session, client_for, subscribe, officer, meeting
):
    path, stranger = subscribe(officer), client_for(None)
    for number in range(ADDRESS_FAILURES):
        assert stranger.get(f"/feeds/guess{number}.ics").status_code == 404
    refused = stranger.get("/feeds/guess.ics")
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "900"
    assert stranger.get(path).status_code == 200
    assert session.query(SignInAttempt).count() == ADDRESS_FAILURES  # who is refused writes nothing any more
    answer = stranger.post("/sign-in", data={"login": "officer", "password": "x" * 12})
    assert "登录名或密码不对" in answer.text  # signing in is counted apart


def test_as_many_as_anybody_needs(client_for, officer):
    client = client_for(officer)
    for _ in range(20):
        assert client.post("/meetings/feeds", data={"kind": "person"}).status_code == 200
    answer = client.post("/meetings/feeds", data={"kind": "person"})
    assert answer.status_code == 422 and "最多 20 个订阅地址" in answer.text


def test_one_meeting_as_a_file(session, client_for, officer, other_officer, meeting):
    client = client_for(officer)
    answer = client.get(f"/meetings/{meeting.id}.ics")
    assert answer.headers["Content-Disposition"].startswith("attachment") and "METHOD:PUBLISH" in answer.text
    (found,) = icalendars.read(answer.data).meetings
    assert (found.title, found.begins) == ("用地与能耗协调会", AT)
    assert f'href="/meetings/{meeting.id}.ics"' in client.get(f"/meetings/{meeting.id}").text
    assert client_for(other_officer).get(f"/meetings/{meeting.id}.ics").status_code == 404
    meeting.state = ActivityState.CANCELLED
    off = client.get(f"/meetings/{meeting.id}.ics").text
    assert "METHOD:CANCEL" in off and "STATUS:CANCELLED" in off
