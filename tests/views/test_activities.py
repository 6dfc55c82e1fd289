"""The quick log, the list and the page of a touchpoint, as people meet them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.choices import ActivityKind, ActivityState
from crm.models import Activity
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


def quick(project, **more):
    return {
        "project_ids": str(project.id),
        "kind": "talk",
        "summary": "对方确认首期用地 86 亩。",
        "next_on": "2022-10-27",
        **more,
    }


def kept(session):
    session.rollback()
    return session.scalars(select(Activity)).one()


def test_four_fields_are_enough(client_for, officer, session, project, now):
    answer = client_for(officer).post("/activities/new", data=quick(project, next="/projects"))
    assert answer.status_code == 303 and answer.headers["Location"] == "/projects"
    activity = kept(session)
    assert (activity.kind, activity.state, activity.next_on) == (
        ActivityKind.TALK,
        ActivityState.DONE,
        date(2022, 10, 27),
    )
    assert activity.entered_by_id == officer.id and abs(activity.happened_at - now) < timedelta(days=1)


def test_it_never_leads_out_of_the_house(client_for, officer, session, project):
    answer = client_for(officer).post("/activities/new", data=quick(project, next="https://example.com/"))
    assert answer.headers["Location"] == f"/activities/{kept(session).id}"


def test_a_wrong_field_keeps_what_was_typed(client_for, officer, session, project):
    answer = client_for(officer).post("/activities/new", data=quick(project, next_on=""))
    assert answer.status_code == 422
    assert "“澜芯精密减速器”在谈，请定下次联系日期。" in answer.text
    assert "对方确认首期用地 86 亩。" in answer.text and 'href="#next_on"' in answer.text
    assert not session.scalars(select(Activity)).all()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"summary": ""}, "请写谈了什么。"),
        ({"kind": "trip"}, "外出拜访请写城市"),
        ({"kind": "visit"}, "来访接待请写来访人数"),
        ({"project_ids": ""}, "请选择项目"),
        ({"project_ids": "987654"}, "没有找到这个项目"),
        ({"kind": "dance"}, "有 1 处要改"),
        ({"happened_at": "2022-10-99T10:00"}, "不是时间"),
        ({"happened_at": "2022-11-01T10:00"}, "时间不能晚于现在"),
        ({"next_on": "2022-02-31"}, "不是日期"),
        ({"company": "查无此家"}, "没有找到“查无此家”"),
        ({"their_count": "x"}, "有 1 处要改"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client_for, officer, project, more, words):
    answer = client_for(officer).post("/activities/new", data=quick(project, **more))
    assert answer.status_code == 422 and words in answer.text


def test_more_fields_open_without_losing_the_typed(client_for, officer, session, project):
    answer = client_for(officer).post("/activities/new", data=quick(project, next_on="", detail="1"))
    assert answer.status_code == 200 and "对方确认首期用地 86 亩。" in answer.text
    assert 'name="demands"' in answer.text and "请定下次联系日期" not in answer.text
    assert 'name="demands"' not in client_for(officer).get("/activities/new").text
    assert not session.scalars(select(Activity)).all()


def test_the_last_project_is_offered_first(client_for, officer, session, project):
    other = make.make_project(session, "更近联系的项目", lead=officer, last_contact_on=date(2022, 10, 19))
    make.make_activity(session, project, by=officer)
    page = client_for(officer).get("/activities/new").text
    assert f'<option selected value="{project.id}">' in page and f'value="{other.id}"' in page
    page = client_for(officer).get(f"/activities/new?project={other.id}").text
    assert f'<option selected value="{other.id}">' in page


def test_where_one_came_from_is_gone_back_to(client_for, officer, project):
    page = client_for(officer).get("/activities/new", headers={"Referer": "http://localhost/companies?page=2"}).text
    assert 'name="next" value="/companies?page=2"' in page
    page = client_for(officer).get("/activities/new", headers={"Referer": "http://elsewhere.example/x"}).text
    assert 'name="next" value=""' in page


@pytest.mark.parametrize(
    ("login", "status"), [("liaison", 403), ("statistician", 403), ("leader", 200), ("agent", 200)]
)
def test_who_may_log(client_for, session, login, status):
    assert client_for(make.person(session, login)).get("/activities/new").status_code == status


def test_projects_are_searched_by_what_is_typed(client_for, officer, other_officer, session, project):
    make.make_project(session, "澜芯二期", lead=other_officer)
    found = client_for(officer).get("/activities/projects?q=澜芯").json
    assert [row["value"] for row in found] == [str(project.id)]
    assert client_for(officer).get("/activities/projects?q=%25").json == []


def test_a_follow_up_is_had_and_the_next_one_agreed(client_for, officer, session, project, now):
    promise = make.make_activity(session, project, by=officer, next_on=date(2022, 10, 18), next_step="送测算口径")
    page = client_for(officer).get(f"/activities/new?follow={promise.id}")
    assert "送测算口径" in page.text
    client_for(officer).post("/activities/new", data=quick(project, follow=str(promise.id)))
    session.rollback()
    assert session.get(Activity, promise.id).next_done_at is not None
    assert len(session.scalars(select(Activity)).all()) == 2


def test_settling_and_opening_again(client_for, officer, session, project):
    promise = make.make_activity(session, project, by=officer, next_on=date(2022, 10, 18))
    client = client_for(officer)
    answer = client.post(f"/activities/{promise.id}/complete", data={"next": "/today"})
    assert answer.headers["Location"] == "/today"
    session.rollback()
    assert session.get(Activity, promise.id).next_done_at is not None
    client.post(f"/activities/{promise.id}/reopen")
    session.rollback()
    assert session.get(Activity, promise.id).next_done_at is None


def test_a_plan_is_made_and_written_up(client_for, officer, session, project):
    plan = {"state": "planned", "kind": "visit", "title": "看地块", "happened_at": "2022-10-25T09:30"}
    client = client_for(officer)
    client.post("/activities/new", data={"project_ids": str(project.id), **plan})
    activity = kept(session)
    assert activity.state is ActivityState.PLANNED and activity.happened_at == datetime(2022, 10, 25, 1, 30, tzinfo=UTC)
    page = client.get(f"/activities/{activity.id}/edit?done=1").text
    assert "写纪要" in page
    done = quick(project, kind="visit", state="done", their_count="5", happened_at="2022-10-19T09:30", seen="0")
    assert client.post(f"/activities/{activity.id}/edit", data=done).status_code == 303
    assert kept(session).state is ActivityState.DONE


def test_two_editors_do_not_overwrite_each_other_unseen(client_for, officer, team_lead, session, project):
    activity = make.make_activity(session, project, by=officer)
    first, second = client_for(officer), client_for(team_lead)
    data = quick(project, state="done", seen="0", happened_at="2022-09-20T14:00")
    address = f"/activities/{activity.id}/edit"
    assert first.post(address, data={**data, "summary": "先改"}).status_code == 303
    answer = second.post(address, data={**data, "summary": "后改"})
    assert answer.status_code == 409 and "顾清宁" in answer.text and "后改" in answer.text
    told = answer.text.split('name="told" value="')[1].split('"')[0]
    chosen = {**data, "summary": "后改", "told": told, "keep-summary": "mine"}
    assert second.post(address, data=chosen).status_code == 303
    page = first.get(f"/activities/{activity.id}").text
    assert "后改" in page and "先改" in page and "改动" in page


def test_a_cancelled_record_leaves_the_list_and_can_come_back(client_for, officer, session, project):
    activity = make.make_activity(session, project, by=officer)
    client = client_for(officer)
    client.post(f"/activities/{activity.id}/cancel", data={"version": "1"})
    assert "还没有洽谈记录" in client.get("/activities").text
    assert f"/activities/{activity.id}" in client.get("/activities?state=cancelled").text
    assert client.post(f"/activities/{activity.id}/cancel", data={"version": "1"}).status_code == 409


def test_what_one_may_not_see_is_not_there(client_for, other_officer, officer, session, project):
    hidden = make.make_project(session, "涉密演示项目", lead=officer, is_secret=True)
    activity = make.make_activity(session, hidden, by=officer)
    client = client_for(other_officer)
    for address in (
        f"/activities/{activity.id}",
        f"/activities/{activity.id}/edit",
        f"/activities?project={hidden.id}",
    ):
        assert client.get(address).status_code == 404
    assert client.post(f"/activities/{activity.id}/complete").status_code == 404
    assert "涉密演示项目" not in client.get("/activities").text


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"talk", "video", "trip"}),
        ("kind=video", {"video"}),
        ("city=上海", {"trip"}),
        ("from=2022-09-01&to=2022-09-30", {"talk"}),
        ("from=nonsense&kind=nonsense&person=x&page=-1", {"talk", "video", "trip"}),
        ("q=供地", {"talk", "video"}),
        ("q=%25", set()),
        ("page=99", {"talk", "video", "trip"}),
    ],
)
def test_the_list_is_narrowed_by_its_address(client_for, officer, session, project, query, seen):
    made = {
        "talk": make.make_activity(session, project, by=officer),
        "video": make.make_activity(
            session, project, by=officer, kind=ActivityKind.VIDEO, at=datetime(2022, 10, 1, 1, tzinfo=UTC)
        ),
        "trip": make.make_activity(
            session, project, by=officer, kind=ActivityKind.TRIP, city="上海", summary="拜访总部",
            at=datetime(2022, 8, 31, 17, tzinfo=UTC) - timedelta(hours=2),
        ),
    }  # fmt: skip
    page = client_for(officer).get(f"/activities?{query}").text
    assert {name for name, row in made.items() if f'/activities/{row.id}"' in page} == seen


def test_the_totals_are_of_the_whole_list(client_for, officer, session, project):
    for number in range(55):
        make.make_activity(session, project, by=officer, kind=ActivityKind.VISIT, their_count=number % 3 + 1)
    page = client_for(officer).get("/activities?kind=visit").text
    assert "55 批 109 人次" in page and "共 55 条" in page
    assert 'href="/activities?kind=visit&amp;after=' in page


def test_statements_do_not_grow_with_the_rows(client_for, officer, session, project, count_queries):
    client = client_for(officer)
    make.make_activity(session, project, by=officer)
    client.get("/activities")
    with count_queries() as few:
        client.get("/activities")
    for _ in range(30):
        make.make_activity(session, project, make.make_project(session, lead=officer), by=officer)
    with count_queries() as many:
        client.get("/activities")
    assert len(many) == len(few)
