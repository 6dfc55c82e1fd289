"""Who works on a project, and who alone may know of it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.actions import teams as actions
from crm.choices import MemberRole
from crm.errors import NotAllowed, RuleBroken
from crm.models import Project, ProjectMember
from crm.policy import Act, rows
from tests import factories as make
from tests.actions.ready import loaded

TODAY = date(2022, 10, 20)
LEAD, SUPPORT, AGENT = MemberRole.LEAD, MemberRole.SUPPORT, MemberRole.AGENT


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, lead=officer)
    make.make_member(session, row, officer, MemberRole.FIRST_REPORTER)
    session.commit()
    return loaded(session, row)


def members(session):
    found = session.scalars(select(ProjectMember).order_by(ProjectMember.id))
    return [(member.role, member.user_id, member.from_on, member.to_on) for member in found]


def test_who_leaves_ends_today_and_who_comes_begins_today(
    session, acting, officer, other_officer, agent, team_lead, project
):
    people = {LEAD: [other_officer.id], SUPPORT: [officer.id], AGENT: [agent.id]}
    actions.set_team(session, acting(team_lead), project, people, None, TODAY)
    began = date(2022, 2, 1)
    assert set(members(session)) == {
        (LEAD, officer.id, began, TODAY),
        (MemberRole.FIRST_REPORTER, officer.id, began, None),
        (LEAD, other_officer.id, TODAY, None),
        (SUPPORT, officer.id, TODAY, None),
        (AGENT, agent.id, TODAY, None),
    }


def test_the_same_team_changes_nothing(session, acting, officer, team_lead, project):
    before = members(session)
    actions.set_team(session, acting(team_lead), project, {LEAD: [officer.id]}, None, TODAY)
    assert members(session) == before


def test_handing_a_project_to_another_team(session, acting, other_officer, team_lead, project):
    actions.set_team(session, acting(team_lead), project, {LEAD: [other_officer.id]}, other_officer.unit_id, TODAY)
    assert project.unit_id == other_officer.unit_id


@pytest.mark.parametrize(("people", "field"), [({}, "lead"), ({LEAD: [1, 2]}, "lead")])
def test_one_person_leads(session, acting, team_lead, project, people, field):
    with pytest.raises(RuleBroken) as refusal:
        actions.set_team(session, acting(team_lead), project, people, None, TODAY)
    assert refusal.value.field == field


@pytest.mark.parametrize("login", ["officer", "statistician", "leader", "agent"])
def test_who_may_not_change_the_team(session, acting, officer, project, login):
    with pytest.raises(NotAllowed):
        actions.set_team(session, acting(make.person(session, login)), project, {LEAD: [officer.id]}, None, TODAY)


def test_closing_a_project_hides_it_from_all_but_its_people(
    session, acting, officer, team_lead, statistician, project, now
):
    with pytest.raises(RuleBroken, match="代号"):
        actions.set_secret(session, acting(team_lead), project, True, "", now)
    actions.set_secret(session, acting(team_lead), project, True, "七号项目", now)

    def sees(user):
        return session.scalar(select(Project.id).where(rows(acting(user), Act.SEE_PROJECT, Project)))

    assert sees(officer) and sees(make.person(session, "leader"))
    assert sees(team_lead), "who closes it knows of it"
    assert not sees(statistician)
    actions.set_secret(session, acting(team_lead), loaded(session, project), False, "", now)
    assert sees(statistician)
    assert project.alias == "七号项目"


def test_a_leader_closes_without_being_named(session, acting, leader, project, now):
    before = len(members(session))
    actions.set_secret(session, acting(leader), project, True, "七号项目", now)
    assert len(members(session)) == before


def test_an_officer_does_not_decide_on_secrecy(session, acting, officer, project, now):
    with pytest.raises(NotAllowed):
        actions.set_secret(session, acting(officer), project, True, "七号项目", now)
