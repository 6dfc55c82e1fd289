"""Handing over on the page: what there is, to whom, and what may not be seen there."""

from __future__ import annotations

import pytest

from crm.choices import MemberRole, Role
from crm.models import ProjectMember
from tests import factories as make


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, "要交接的项目", officer)
    session.commit()
    return row


@pytest.fixture
def heir(session):
    user = make.make_user(session, "heir", "接班人", Role.OFFICER, make.team(session))
    session.commit()
    return user


def test_a_team_lead_hands_over_project_by_project(session, client_for, team_lead, officer, project, heir):
    client, address = client_for(team_lead), f"/users/{officer.id}/hand-over"
    page = client.get(address).text
    assert "要交接的项目" in page and "主办的项目" in page and "同时停用账号" not in page
    assert client.post(address, data={}).status_code == 422
    data = {"receiver": team_lead.id, f"project-{project.id}": heir.id}
    assert client.post(address, data=data).status_code == 303
    lead = session.query(ProjectMember).filter_by(project_id=project.id, role=MemberRole.LEAD, to_on=None).one()
    assert lead.user_id == heir.id


def test_an_administrator_sees_numbers_and_no_names(client_for, admin, officer, project, heir):
    page = client_for(admin).get(f"/users/{officer.id}/hand-over").text
    assert "共 1 项" in page and "同时停用账号" in page and "要交接的项目" not in page


def test_beyond_ones_reach_there_is_nobody(client_for, team_lead, officer, other_officer):
    assert client_for(team_lead).get(f"/users/{other_officer.id}/hand-over").status_code == 404
    assert client_for(officer).get("/handover").status_code == 403
    people = client_for(team_lead).get("/handover").text
    assert officer.name in people and other_officer.name not in people
