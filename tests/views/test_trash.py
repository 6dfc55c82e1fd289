"""Deleting from a page: what is linked stands first, then one click away and one click back."""

from __future__ import annotations

import re

import pytest

from crm.choices import ClaimKind
from crm.models import Comment
from tests import factories as make


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, "退出的项目", officer)
    make.make_activity(session, row)
    session.commit()
    return row


def test_deleting_lists_what_goes_along_and_offers_the_way_back(session, client_for, officer, project):
    client = client_for(officer)
    page = client.get(f"/projects/{project.id}/delete").text
    assert "随之隐藏" in page and "洽谈记录 <b>1</b>" in page
    answer = client.post(f"/projects/{project.id}/delete", follow_redirects=True)
    assert "已删除项目“退出的项目”" in answer.text
    undo = re.search(r'action="(/trash/projects/\d+/restore)"', answer.text)[1]
    assert client.get(f"/projects/{project.id}").status_code == 404
    back = client.post(undo, follow_redirects=True)
    assert "已恢复项目" in back.text and back.request.path == f"/projects/{project.id}"


def test_what_cannot_go_says_why_and_has_no_button(session, client_for, officer, project):
    make.make_claim(session, project, ClaimKind.ARRIVAL)
    page = client_for(officer).get(f"/projects/{project.id}/delete").text
    assert "申请退库" in page and "删除这个项目" not in page
    answer = client_for(officer).post(f"/projects/{project.id}/delete")
    assert answer.status_code == 422 and "申请退库" in answer.text


def test_the_trash_is_narrowed_by_kind_and_person(client_for, officer, team_lead, project):
    client_for(team_lead).post(f"/projects/{project.id}/delete")
    client = client_for(officer)
    assert "退出的项目" in client.get("/trash").text
    assert "退出的项目" in client.get(f"/trash?kind=project&person={team_lead.id}").text
    for narrowed in ("kind=company", f"person={officer.id}"):
        assert "退出的项目" not in client.get(f"/trash?{narrowed}").text


def test_what_cannot_come_back_is_said_and_the_rest_comes(session, client_for, statistician, project):
    company = make.make_company(session, "先走的公司")
    project.company_id = company.id
    client = client_for(statistician)
    client.post(f"/projects/{project.id}/delete")
    client.post(f"/companies/{company.id}/delete")
    answer = client.post("/trash/restore", data={"row": [f"project-{project.id}", "x", "project-999"]})
    assert answer.status_code == 404  # what is not there is not there
    answer = client.post("/trash/restore", data={"row": [f"project-{project.id}"]}, follow_redirects=True)
    assert "请先恢复企业" in answer.text
    both = [f"project-{project.id}", f"company-{company.id}"]
    assert "已恢复 2 条" in client.post("/trash/restore", data={"row": both}, follow_redirects=True).text


def test_the_trash_costs_the_same_for_one_and_for_many(session, client_for, statistician, count_queries, acting, now):
    client = client_for(statistician)
    client.post(f"/projects/{make.make_project(session).id}/delete")
    with count_queries() as one:
        client.get("/trash")
    for _ in range(5):
        client.post(f"/projects/{make.make_project(session).id}/delete")
    with count_queries() as many:
        assert client.get("/trash").text.count('name="row"') == 6
    assert len(one) == len(many)


def test_who_deletes_only_comments_finds_them_in_the_trash(session, client_for, coordinator, officer, project):
    client = client_for(coordinator)
    client.post(f"/projects/{project.id}/comments/new", data={"body": "先不要约"})
    key = session.query(Comment).one().id
    answer = client.post(f"/comments/{key}/delete", follow_redirects=True)
    assert "评论已删除" in answer.text and f'action="/trash/comments/{key}/restore"' in answer.text
    assert 'href="/trash"' in client.get("/me").text
    page = client.get("/trash").text
    assert "先不要约" in page and "退出的项目" in page and "?kind=" not in page
    assert "先不要约" not in client_for(officer).get("/trash").text
    assert client_for(officer).post(f"/trash/comments/{key}/restore").status_code == 404
    back = client.post(f"/trash/comments/{key}/restore", follow_redirects=True)
    assert "已恢复评论" in back.text and back.request.path == f"/projects/{project.id}" and "先不要约" in back.text


def test_who_may_not_comment_has_no_trash(client_for, auditor):
    answer = client_for(auditor).get("/trash")
    assert answer.status_code == 403 and "删除与恢复" in answer.text
