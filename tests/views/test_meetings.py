"""Meetings and what they hand out, as people meet them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.choices import ActivityState, MeetingKind
from crm.models import Meeting
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


def meeting_form(project, **more):
    return {
        "title": "用地协调会",
        "kind": "coordination",
        "state": "done",
        "held_at": "2022-10-19T14:00",
        "agenda-0-project": f"{project.name} · {project.code}",
        "agenda-0-issue_class": "land",
        "agenda-0-conclusion": "10月底前完成清表",
        "agenda-1-project": "",
        **more,
    }


def kept(session):
    session.rollback()
    return session.scalars(select(Meeting).options(selectinload(Meeting.agenda))).one()


def test_a_meeting_is_recorded_with_its_agenda(client_for, coordinator, session, project):
    answer = client_for(coordinator).post("/meetings/new", data=meeting_form(project))
    assert answer.status_code == 303
    meeting = kept(session)
    assert meeting.held_at == datetime(2022, 10, 19, 6, tzinfo=UTC)
    assert [(item.project_id, item.conclusion) for item in meeting.agenda] == [(project.id, "10月底前完成清表")]
    page = client_for(coordinator).get(answer.headers["Location"]).text
    assert "澜芯精密减速器" in page and "10月底前完成清表" in page and "还没有交办事项" in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": ""}, "这一项必填"),
        ({"agenda-0-project": "查无此项"}, "没有找到“查无此项”"),
        ({"agenda-0-project": ""}, "请写是哪个项目"),
        ({"agenda-1-project": "澜芯"}, "出现了两次"),
        ({"held_at": "2022-10-25T14:00"}, "会议还没开"),
        ({"held_at": "明天"}, "不是时间"),
    ],
)
def test_what_is_wrong_is_said_and_the_typed_kept(client_for, coordinator, session, project, more, words):
    answer = client_for(coordinator).post("/meetings/new", data=meeting_form(project, summary="小结还在", **more))
    assert answer.status_code == 422 and words in answer.text and "小结还在" in answer.text
    assert not session.scalars(select(Meeting)).all()


def test_more_rows_without_losing_the_typed(client_for, coordinator, session, project):
    answer = client_for(coordinator).post("/meetings/new", data=meeting_form(project, more="1"))
    assert answer.status_code == 200 and "10月底前完成清表" in answer.text and "agenda-4-project" in answer.text
    assert not session.scalars(select(Meeting)).all()


def test_two_projects_of_like_names_are_asked_apart(client_for, coordinator, session, officer, project):
    make.make_project(session, "澜芯二期", lead=officer)
    answer = client_for(coordinator).post("/meetings/new", data=meeting_form(project, **{"agenda-0-project": "澜芯"}))
    assert answer.status_code == 422 and "有 2 个" in answer.text


def test_editing_and_clashing(client_for, coordinator, session, project):
    client = client_for(coordinator)
    client.post("/meetings/new", data=meeting_form(project))
    meeting = kept(session)
    address = f"/meetings/{meeting.id}/edit"
    assert "澜芯精密减速器 · " in client.get(address).text
    data = meeting_form(project, version="1")
    assert client.post(address, data={**data, "title": "先改"}).status_code == 303
    answer = client.post(address, data={**data, "title": "后改"})
    assert answer.status_code == 409 and 'value="后改"' in answer.text and "许若彤" in answer.text
    assert client.post(address, data={**data, "title": "后改", "version": "2"}).status_code == 303
    client.post(f"/meetings/{meeting.id}/cancel", data={"version": "3"})
    assert kept(session).state is ActivityState.CANCELLED
    assert "还没有会议" in client.get("/meetings").text


def test_what_one_may_not_see_is_not_named(client_for, officer, other_officer, coordinator, session, project):
    theirs = make.make_project(session, "二组演示项目", lead=other_officer)
    hidden = make.make_project(session, "涉密演示项目", lead=other_officer, is_secret=True)
    open_ = make.make_meeting(session, project, theirs, title="公开协调会")
    closed = make.make_meeting(session, project, hidden, title="涉密协调会")
    secret_item = make.make_action(session, hidden, make.team(session), task="涉密交办")
    client = client_for(officer)
    page = client.get(f"/meetings/{open_.id}").text
    assert "二组演示项目" not in page and "另有 1 个项目不在你的可见范围" in page
    listing = client.get("/meetings").text
    assert "公开协调会" in listing and "涉密协调会" not in listing and "二组演示项目" not in listing
    assert client.get(f"/meetings/{closed.id}").status_code == 404
    assert client_for(coordinator).get(f"/meetings/{closed.id}/edit").status_code == 404
    assert client.get(f"/meetings/actions/{secret_item.id}").status_code == 404
    assert "涉密交办" not in client.get("/meetings/actions?show=all").text


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"coordination", "huddle"}),
        ("kind=huddle", {"huddle"}),
        ("from=2022-10-01", {"huddle"}),
        ("q=碰头", {"huddle"}),
        ("q=%25", set()),
        ("state=planned", set()),
        ("kind=x&from=y&page=z", {"coordination", "huddle"}),
    ],
)
def test_the_list_is_narrowed_by_its_address(client_for, coordinator, session, project, query, seen):
    made = {
        "coordination": make.make_meeting(session, project),
        "huddle": make.make_meeting(
            session, kind=MeetingKind.HUDDLE, title="周碰头会", at=datetime(2022, 10, 8, 1, tzinfo=UTC)
        ),
    }
    page = client_for(coordinator).get(f"/meetings?{query}").text
    assert {name for name, row in made.items() if f'href="/meetings/{row.id}"' in page} == seen


@pytest.mark.parametrize("address", ["/meetings", "/meetings/actions"])
def test_statements_do_not_grow_with_the_rows(
    client_for, coordinator, officer, session, project, count_queries, address
):
    client, unit = client_for(coordinator), make.team(session, "资规局")
    make.make_action(session, project, unit, meeting_id=make.make_meeting(session, project).id)
    client.get(address)
    with count_queries() as few:
        client.get(address)
    for _ in range(20):
        other = make.make_project(session, lead=officer)
        make.make_action(session, other, unit, meeting_id=make.make_meeting(session, project, other).id)
    session.commit()
    with count_queries() as many:
        client.get(address)
    assert len(many) == len(few)
