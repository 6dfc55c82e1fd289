"""Many projects at one go: each judged by itself, nothing half done, nothing found that one may not see."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm.choices import MemberRole
from crm.models import Follow, Project, ProjectMember
from tests import factories as make


@pytest.fixture
def some(session, officer, other_officer):
    """Two of the officer's, one of his team that is not his to edit, one of another team, one secret."""
    made = {
        "one": make.make_project(session, "甲项目", lead=officer),
        "two": make.make_project(session, "乙项目", lead=officer),
        "team": make.make_project(session, "丙项目"),
        "theirs": make.make_project(session, "丁项目", lead=other_officer),
        "secret": make.make_project(session, "密项目", is_secret=True),
    }
    session.commit()
    return made


def ids(some, *names):
    return "&".join(f"ids={some[name].id}" for name in names)


def test_each_is_judged_by_itself(session, client_for, officer, some):
    area = make.make_area(session)
    session.commit()
    query = ids(some, *some)
    page = client_for(officer).get(f"/projects/bulk?{query}").text
    assert "选中 3 个" in page
    answer = client_for(officer).post(f"/projects/bulk?{query}", data={"area_id": area.id})
    assert answer.status_code == 200 and "改了 2 个" in answer.text and "没有改的 1 个" in answer.text
    assert "丙项目" in answer.text and "你的权限不含“修改项目”" in answer.text
    assert "丁项目" not in answer.text and "密项目" not in answer.text
    changed = session.scalars(select(Project.name).where(Project.area_id == area.id).order_by(Project.id)).all()
    assert changed == ["甲项目", "乙项目"]


def test_everything_of_the_filter(session, client_for, officer, some):
    answer = client_for(officer).post("/projects/bulk?all=1&q=乙", data={"source_channel": "fair"})
    assert "改了 1 个" in answer.text
    assert session.scalars(select(Project.name).where(Project.source_channel.is_not(None))).all() == ["乙项目"]


def test_the_lead_is_put_in_charge_by_who_may(session, client_for, officer, other_officer, team_lead, some):
    data = {"lead": other_officer.id}
    assert client_for(officer).post(f"/projects/bulk?{ids(some, 'one')}", data=data).status_code == 422
    answer = client_for(team_lead).post(f"/projects/bulk?{ids(some, 'one', 'theirs')}", data=data)
    assert "改了 1 个" in answer.text and "没有改的 1 个" in answer.text
    now = select(ProjectMember.user_id).where(
        ProjectMember.project_id == some["one"].id, ProjectMember.role == MemberRole.LEAD, ProjectMember.to_on.is_(None)
    )
    assert session.scalars(now).all() == [other_officer.id]


def test_the_team_is_given_by_who_may(session, client_for, officer, other_officer, team_lead, some):
    data = {"unit": other_officer.unit_id}
    assert client_for(officer).post(f"/projects/bulk?{ids(some, 'one')}", data=data).status_code == 422
    answer = client_for(team_lead).post(f"/projects/bulk?{ids(some, 'one', 'two', 'theirs')}", data=data)
    assert "改了 2 个" in answer.text and "没有改的 1 个" in answer.text
    units = select(Project.unit_id).where(Project.id.in_([some["one"].id, some["two"].id]))
    assert set(session.scalars(units)) == {other_officer.unit_id}


def test_all_of_a_project_or_nothing(session, client_for, officer, team_lead, other_officer, some):
    data = {"follow": "y", "planned_start_on": "2022-12-01"}
    client_for(officer).post(f"/projects/bulk?{ids(some, 'one', 'team')}", data=data)
    assert session.scalars(select(Follow.project_id)).all() == [some["one"].id]


@pytest.mark.parametrize(("query", "data", "words"), [
    ("all=1", {}, "请至少选一项"), ("ids=x&ids=999999", {"follow": "y"}, "没有选中项目"),
    ("all=1", {"planned_start_on": "明天"}, "不是日期"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(client_for, officer, some, query, data, words):
    answer = client_for(officer).post(f"/projects/bulk?{query}", data=data)
    assert answer.status_code == 422 and words in answer.text


def test_there_is_a_most(client_for, officer, some, monkeypatch):
    monkeypatch.setattr("crm.views.project_bulk.MOST_AT_ONCE", 1)
    answer = client_for(officer).post("/projects/bulk?all=1", data={"follow": "y"})
    assert answer.status_code == 422 and "一次最多处理 1 个" in answer.text


@pytest.mark.parametrize("login", ["statistician", "leader", "auditor", "agent"])
def test_readers_do_not(session, client_for, some, login):
    assert client_for(make.person(session, login)).get("/projects/bulk?all=1").status_code == 403
