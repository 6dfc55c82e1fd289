"""“谁能看到什么”: one's own rights, anybody's for the administrator, a project's readers for who may change its team."""

from __future__ import annotations

import pytest

from crm.choices import MemberRole
from tests import factories as make


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, "公开的项目", officer)
    session.commit()
    return row


@pytest.mark.parametrize(
    "login", ["officer", "team_lead", "statistician", "agent", "liaison", "leader", "admin", "auditor"]
)
def test_everybody_reads_his_own_rights(session, client_for, login):
    answer = client_for(make.person(session, login)).get("/me/access")
    assert answer.status_code == 200 and "我能看到什么" in answer.text


def test_an_administrator_reads_rights_and_numbers_but_no_names(session, client_for, admin, officer, project):
    make.make_project(session, "绝密的项目", officer, is_secret=True)
    page = client_for(admin).get(f"/users/{officer.id}/access").text
    assert "登记线索" in page and "参与的项目 1 个" in page and "另有涉密项目 1 个" in page
    assert "公开的项目" not in page and "绝密的项目" not in page


def test_ones_own_page_names_ones_projects(session, client_for, officer, project):
    make.make_project(session, "绝密的项目", officer, is_secret=True)
    page = client_for(officer).get("/me/access").text
    assert "公开的项目" in page and "绝密的项目" in page


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "leader", "auditor"])
def test_others_are_the_administrators_business(session, client_for, login, other_officer):
    assert client_for(make.person(session, login)).get(f"/users/{other_officer.id}/access").status_code == 403


def test_a_projects_readers_are_told_to_who_may_change_its_team(client_for, officer, team_lead, other_officer, project):
    page = client_for(team_lead).get(f"/projects/{project.id}/access").text
    assert officer.name in page and other_officer.name not in page and "综合统计" in page
    assert client_for(officer).get(f"/projects/{project.id}/access").status_code == 403


def test_of_a_secret_one_only_the_named_and_leaders(session, client_for, officer, team_lead, leader, statistician):
    secret = make.make_project(session, lead=officer, is_secret=True)
    address = f"/projects/{secret.id}/access"
    assert client_for(team_lead).get(address).status_code == 404
    make.make_member(session, secret, team_lead, MemberRole.READER)
    page = client_for(team_lead).get(address).text
    assert officer.name in page and leader.name in page and "因角色可看全部项目" not in page
