"""Stages and statuses, as people meet them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.choices import ClaimState, Stage, Status
from crm.models import Claim, Project, StageMove, StatusChange
from tests import factories as make
from tests.actions.ready import make_ready


def fresh(session, project_id):
    session.expire_all()
    return session.get(Project, project_id)


def test_the_gates_button_moves_the_project(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    client, key = client_for(officer), project.id
    assert client.post(f"/projects/{key}/stage/review").status_code == 303
    assert fresh(session, key).stage is Stage.REVIEW


def test_what_is_missing_is_said_and_nothing_moves(session, client_for, officer):
    project = make.make_project(session, lead=officer)
    answer = client_for(officer).post(f"/projects/{project.id}/stage/review")
    assert answer.status_code == 422
    assert "距“评审”还差" in answer.text
    assert fresh(session, project.id).stage is Stage.NEGOTIATION


@pytest.mark.parametrize("slug", [stage.slug for stage in Stage])
@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "leader", "auditor"])
def test_every_arrow_asks_and_never_moves(session, client_for, officer, slug, login):
    project = make_ready(session, officer)
    make.sign(session, project, state=ClaimState.REPORTED)
    answer = client_for(make.person(session, login)).get(f"/projects/{project.id}/stage/{slug}")
    assert answer.status_code == 200
    assert fresh(session, project.id).stage is Stage.REVIEW


def test_an_unknown_stage_or_status_is_not_found(session, client_for, officer):
    project = make_ready(session, officer)
    client = client_for(officer)
    assert client.get(f"/projects/{project.id}/stage/nowhere").status_code == 404
    assert client.get(f"/projects/{project.id}/status/nothing").status_code == 404


def test_a_skip_by_the_team_lead_is_kept_with_its_reason(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.LEAD)
    client, address = client_for(team_lead), f"/projects/{project.id}/stage/negotiation"
    assert client_for(officer).post(address, data={"reason": "x"}).status_code == 403
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.post(address, data={"reason": "区领导直接交办"}).status_code == 303
    assert session.scalars(select(StageMove.reason)).all() == ["区领导直接交办"]


def test_moving_back(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.REVIEW)
    client, address = client_for(team_lead), f"/projects/{project.id}/back"
    assert client.get(address).status_code == 200
    assert client.post(address, data={"to_stage": "2", "reason": ""}).status_code == 422
    assert client.post(address, data={"to_stage": "9", "reason": "x"}).status_code == 422
    assert client.post(address, data={"to_stage": "2", "reason": "方案重做"}).status_code == 303
    assert fresh(session, project.id).stage is Stage.NEGOTIATION
    make.sign(session, fresh(session, project.id), on=date(2022, 10, 1))
    assert "先作废那条核定" in client.get(address).text


@pytest.mark.parametrize(
    ("word", "data", "status", "field"),
    [
        ("paused", {"reason_class": "land", "review_on": "2022-12-01"}, Status.PAUSED, None),
        ("paused", {"reason_class": "land"}, Status.ACTIVE, "review_on"),
        ("paused", {"review_on": "2022-12-01"}, Status.ACTIVE, "reason_class"),
        ("lost", {"reason_class": "elsewhere", "reason": "地价", "lost_to": "邻市"}, Status.LOST, None),
        ("lost", {"reason_class": "elsewhere", "reason": "地价"}, Status.ACTIVE, "lost_to"),
        ("lost", {"reason_class": "money"}, Status.ACTIVE, "reason"),
        ("withdrawn", {"reason_class": "other", "reason": "重复"}, Status.ACTIVE, None),
        ("withdrawn", {"reason_class": "other"}, Status.ACTIVE, "reason"),
    ],
)
def test_leaving_the_stage(session, client_for, officer, word, data, status, field):
    project = make_ready(session, officer)
    client, address = client_for(officer), f"/projects/{project.id}/status/{word}"
    assert client.get(address).status_code == 200
    answer = client.post(address, data={"changed_on": "2022-10-20", **data})
    assert answer.status_code == (422 if field else 303)
    if field:
        assert f'id="{field}-error"' in answer.text
    assert fresh(session, project.id).status is status
    assert len(session.scalars(select(StatusChange)).all()) == (0 if field else 1)


def test_a_paused_project_says_why_and_is_taken_up_again(session, client_for, officer):
    project = make_ready(session, officer)
    client, key = client_for(officer), project.id
    data = {"changed_on": "2022-10-01", "reason_class": "land", "reason": "等地块", "review_on": "2022-12-01"}
    client.post(f"/projects/{key}/status/paused", data=data)
    page = client.get(f"/projects/{key}").text
    assert "项目已暂缓" in page and "等地块" in page and "复核日期 12月1日" in page
    assert client.get(f"/projects/{key}/status/paused").status_code == 409
    assert client.post(f"/projects/{key}/status/active", data={"changed_on": "2022-10-20"}).status_code == 303
    assert fresh(session, key).status is Status.ACTIVE


def test_a_withdrawal_waits_for_its_verifier(session, client_for, officer, statistician):
    project = make_ready(session, officer)
    key = project.id
    data = {"changed_on": "2022-10-20", "reason_class": "other", "reason": "重复录入"}
    client_for(officer).post(f"/projects/{key}/status/withdrawn", data=data)
    assert "已申请退库，等待核定：重复录入" in client_for(officer).get(f"/projects/{key}").text
    claim = session.scalars(select(Claim)).one()
    assert client_for(statistician).post(f"/claims/{claim.id}/verify").status_code == 303
    assert fresh(session, key).status is Status.WITHDRAWN
    assert "要恢复，由综合统计作废这条退库核定" in client_for(officer).get(f"/projects/{key}").text
