"""Views of the project list: kept, changed, shared, pinned, opened by default; nobody sees more by them than by himself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm.models import SavedView, ViewMark
from tests import factories as make

QUERY = "stage=negotiation&sort=name"


@pytest.fixture
def view(session, officer):
    """A view of the officer's, shared with his team."""
    kept = SavedView(
        page="projects.index", name="在谈", query=QUERY, owner_id=officer.id, unit_id=officer.unit_id, created_at=make.NOW,
        updated_at=make.NOW,
    )  # fmt: skip
    make.add(session, kept)
    session.commit()
    return kept


def test_the_list_is_kept_as_it_is_and_only_what_it_knows(session, client_for, officer):
    data = {"name": "大项目", "query": "stage=signed&evil=1&sort=-total&view=all&v=9&after=xx"}
    answer = client_for(officer).post("/views", data=data)
    kept = session.scalars(select(SavedView)).one()
    assert (kept.name, kept.query, kept.owner_id) == ("大项目", "stage=signed&sort=-total", officer.id)
    assert answer.status_code == 303 and answer.headers["Location"] == f"/projects?v={kept.id}&stage=signed&sort=-total"


@pytest.mark.parametrize(
    ("name", "words"), [("", "请给视图起个名字"), ("长" * 41, "最多 40 个字符"), ("在谈", "已有名为“在谈”的视图")]
)
def test_a_refused_name_is_said_and_nothing_is_lost(client_for, officer, view, name, words):
    answer = client_for(officer).post("/views", data={"name": name, "query": QUERY})
    assert answer.status_code == 422 and words in answer.text
    assert 'value="stage=negotiation&amp;sort=name"' in answer.text


def test_unsaved_changes_are_told(client_for, officer, view):
    client = client_for(officer)
    same = client.get(f"/projects?v={view.id}&sort=name&stage=negotiation").text
    assert "有未保存的改动" not in same
    changed = client.get(f"/projects?v={view.id}&stage=negotiation").text
    assert "有未保存的改动" in changed and "还原" in changed and "保存改动" in changed
    answer = client.post(f"/views/{view.id}/save", data={"query": "stage=negotiation", "version": view.version})
    assert answer.status_code == 303
    assert "有未保存的改动" not in client.get(f"/projects?v={view.id}&stage=negotiation").text


def test_two_who_change_a_shared_view_are_told(session, client_for, officer, team_lead, view):
    version = view.version
    client_for(team_lead).post(f"/views/{view.id}/save", data={"query": "stage=signed", "version": version})
    answer = client_for(officer).post(f"/views/{view.id}/save", data={"query": "stage=lead", "version": version})
    assert answer.status_code == 409 and "仍按我的改动保存" in answer.text and 'value="stage=lead"' in answer.text
    assert session.get(SavedView, view.id).query == "stage=signed"


@pytest.mark.parametrize(("login", "sees", "saves"), [
    ("officer", True, True), ("team_lead", True, True), ("other_officer", False, False), ("leader", False, False),
])  # fmt: skip
def test_who_sees_and_saves_a_shared_view(session, client_for, view, login, sees, saves):
    client = client_for(make.person(session, login))
    assert ("在谈</a>" in client.get("/views").text) is sees
    answer = client.post(f"/views/{view.id}/save", data={"query": "stage=lead", "version": view.version})
    assert (answer.status_code == 303) is saves
    assert (answer.status_code == 404) is not sees


def test_a_view_of_a_unit_above_reaches_those_below_who_do_not_change_it(
    session, client_for, other_officer, statistician, view
):
    view.owner_id, view.unit_id = statistician.id, statistician.unit_id
    client = client_for(other_officer)
    assert "在谈</a>" in client.get("/views").text
    assert client.post(f"/views/{view.id}/save", data={"query": "", "version": view.version}).status_code == 403


def test_a_shared_view_runs_with_its_readers_rights(session, client_for, officer, team_lead, other_officer, view):
    make.make_project(session, "别组在谈项目", lead=other_officer)
    make.make_project(session, "涉密在谈项目", lead=officer, is_secret=True)
    session.commit()
    address = f"/projects?v={view.id}&{QUERY}"
    assert "涉密在谈项目" in client_for(officer).get(address).text
    assert "别组在谈项目" not in client_for(officer).get(address).text
    lead = client_for(team_lead).get(address).text
    assert "别组在谈项目" in lead and "涉密在谈项目" not in lead


def test_the_default_view_opens_a_bare_list_and_only_one_is_default(session, client_for, officer, view):
    client = client_for(officer)
    assert client.get("/projects").status_code == 200
    client.post(f"/views/{view.id}/mark/default")
    answer = client.get("/projects")
    assert (
        answer.status_code == 302 and answer.headers["Location"] == f"/projects?v={view.id}&stage=negotiation&sort=name"
    )
    assert client.get("/projects?view=all").status_code == 200
    client.post("/views", data={"name": "另一个", "query": "stage=lead"})
    other = session.scalars(select(SavedView).where(SavedView.name == "另一个")).one()
    client.post(f"/views/{other.id}/mark/default")
    defaults = session.scalars(select(ViewMark.view_id).where(ViewMark.is_default.is_(True))).all()
    assert defaults == [other.id]


def test_pinning_copying_renaming_deleting(session, client_for, officer, team_lead, view):
    client = client_for(team_lead)
    client.post(f"/views/{view.id}/mark/pin")
    assert "ti-pin" in client.get("/projects").text
    client.post(f"/views/{view.id}/copy")
    copied = session.scalars(select(SavedView).where(SavedView.owner_id == team_lead.id)).one()
    assert (copied.name, copied.query, copied.unit_id) == ("在谈 副本", QUERY, None)
    assert client.post(f"/views/{view.id}/delete").status_code == 403
    assert client.post(f"/views/{copied.id}", data={"name": "我的在谈", "unit_id": ""}).status_code == 303
    assert client_for(officer).get(f"/views/{copied.id}").status_code == 404
    assert client_for(officer).post(f"/views/{view.id}/delete").status_code == 303
    assert session.scalars(select(SavedView.name)).all() == ["我的在谈"]
    assert client.post(f"/views/{copied.id}/mark/nonsense").status_code == 404


def test_a_view_is_copied_as_often_as_one_likes(session, client_for, team_lead, view, monkeypatch):
    client = client_for(team_lead)
    for _ in range(2):
        assert client.post(f"/views/{view.id}/copy").status_code == 303
    own = select(SavedView).where(SavedView.owner_id == team_lead.id).order_by(SavedView.id)
    second = session.scalars(own).all()[1]
    client.post(f"/views/{second.id}/copy")
    assert [found.name for found in session.scalars(own)] == ["在谈 副本", "在谈 副本 2", "在谈 副本 3"]
    second.name = "长" * 40
    client.post(f"/views/{second.id}/copy")
    assert session.scalars(own).all()[-1].name == "长" * 28 + " 副本"
    monkeypatch.setattr("crm.actions.views.MOST_VIEWS", 4)
    answer = client.post(f"/views/{view.id}/copy", follow_redirects=True)
    assert answer.request.path == "/views" and "每人最多保存 4 个视图" in answer.text


def test_a_view_is_not_shared_with_a_foreign_unit(client_for, officer, other_officer):
    answer = client_for(officer).post("/views", data={"name": "甲", "query": "", "unit_id": other_officer.unit_id})
    assert answer.status_code == 422


def test_a_bare_address_of_the_builder_becomes_the_lists(client_for, officer):
    client = client_for(officer)
    answer = client.get("/projects?builder=1&view=mine&g1=1&f1=stage&o1=is&v1=signed&v1=lead&new2=total&after=zz")
    assert answer.headers["Location"] == "/projects?view=mine&c=1:stage:is:signed,lead&c=2:total::"
    dropped = client.get("/projects?builder=1&g1=1&f1=name&o1=has&v1=甲&g2=1&f2=total&o2=ge&v2=3&drop=1").headers[
        "Location"
    ]
    assert dropped == "/projects?c=1:total:ge:3"
    page = client.get("/projects?c=1:total:ge:abc").text
    assert "没看懂这个值" in page and 'value="abc"' in page


def test_from_a_project_to_the_next_one_in_the_list(session, client_for, officer, other_officer):
    made = [make.make_project(session, f"序{n}", lead=officer, total_yuan=(9 - n) * 10**8) for n in range(3)]
    make.make_project(session, "密", lead=other_officer, is_secret=True, unit_id=officer.unit_id, total_yuan=8 * 10**8)
    session.commit()
    client, first, middle, last = client_for(officer), *(project.id for project in made)
    page = client.get(f"/projects/{middle}?view=all&sort=-total").text
    assert f'rel="prev" href="/projects/{first}?view=all&amp;sort=-total"' in page
    assert f'rel="next" href="/projects/{last}?view=all&amp;sort=-total"' in page
    assert 'rel="next" href="/projects/' not in client.get(f"/projects/{last}?view=all").text
    assert "neighbours" not in client.get(f"/projects/{middle}").text
    assert 'rel="prev"' not in client.get(f"/projects/{middle}?view=stopped").text


def test_the_choosers_form_becomes_an_address(client_for, officer):
    query = "chooser=1&col-name=1&at-name=2&col-total=1&at-total=1&width-total=n&density=compact&sort1=-total&sort2=name&sort3="
    answer = client_for(officer).get(f"/projects?{query}")
    assert answer.headers["Location"] == "/projects?density=compact&cols=total~n,name&sort=-total,name"
    page = client_for(officer).get("/projects?cols=total~n,name,nonsense&density=compact").text
    assert "density-compact" in page or "还没有项目" in page
