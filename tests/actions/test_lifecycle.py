"""Moving on, skipping, moving back; pausing, losing and taking up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.actions import lifecycle as actions
from crm.choices import LossReason, Stage, Status
from crm.errors import NotAllowed, RuleBroken
from crm.models import AnnualPlan, Change, Project, StageMove, StatusChange
from crm.rules.statuses import StatusDraft
from tests import factories as make
from tests.actions.ready import loaded, make_ready

TODAY = date(2022, 10, 20)


def at(session, officer, stage: Stage) -> Project:
    return make_ready(session, officer, stage)


@pytest.mark.parametrize(
    ("stage", "to", "login"),
    [
        (Stage.LEAD, Stage.SCREENING, "officer"),
        (Stage.LEAD, Stage.SCREENING, "team_lead"),
        (Stage.SCREENING, Stage.NEGOTIATION, "team_lead"),
        (Stage.NEGOTIATION, Stage.REVIEW, "officer"),
        (Stage.SIGNED, Stage.REGISTERED, "officer"),
        (Stage.SIGNED, Stage.REGISTERED, "agent"),
    ],
)
def test_one_step_on_when_nothing_is_missing(session, acting, officer, stage, to, login, now):
    project = at(session, officer, stage)
    move = actions.move(session, acting(make.person(session, login)), project, to, "", now)
    assert (move.from_stage, move.to_stage, move.moved_on, move.claim_id) == (stage, to, TODAY, None)
    assert (project.stage, project.stage_since_on) == (to, TODAY)


@pytest.mark.parametrize(
    ("stage", "to", "login"),
    [
        (Stage.SCREENING, Stage.NEGOTIATION, "officer"),  # 研判 is for the team lead to conclude
        (Stage.LEAD, Stage.SCREENING, "other_officer"),
        (Stage.LEAD, Stage.SCREENING, "leader"),
        (Stage.LEAD, Stage.SCREENING, "statistician"),
        (Stage.LEAD, Stage.NEGOTIATION, "officer"),  # a skip
        (Stage.PRODUCING, Stage.FULL_CAPACITY, "officer"),
    ],
)
def test_who_may_not(session, acting, officer, stage, to, login, now):
    with pytest.raises(NotAllowed):
        actions.move(session, acting(make.person(session, login)), at(session, officer, stage), to, "x", now)


def test_the_refusal_lists_what_is_missing(session, acting, officer, now):
    project = make.make_project(session, lead=officer, stage=Stage.NEGOTIATION, industry_id=None)
    with pytest.raises(RuleBroken, match=r"距“评审”还差 \d+ 项：填写投资方、补齐投资方来源地"):
        actions.move(session, acting(officer), loaded(session, project), Stage.REVIEW, "", now)


def test_a_skip_needs_the_right_and_a_reason(session, acting, officer, team_lead, now):
    project = at(session, officer, Stage.LEAD)
    with pytest.raises(RuleBroken) as refusal:
        actions.move(session, acting(team_lead), project, Stage.NEGOTIATION, "", now)
    assert refusal.value.field == "reason"
    move = actions.move(session, acting(team_lead), project, Stage.NEGOTIATION, "区领导直接交办", now)
    assert (move.from_stage, move.to_stage, move.reason) == (Stage.LEAD, Stage.NEGOTIATION, "区领导直接交办")


@pytest.mark.parametrize(
    ("stage", "to"),
    [(Stage.REVIEW, Stage.SIGNED), (Stage.REVIEW, Stage.REGISTERED), (Stage.NEGOTIATION, Stage.PREPARATION)],
)
def test_counted_stages_are_reported_never_moved_to(session, acting, officer, team_lead, stage, to, now):
    with pytest.raises(RuleBroken, match="“签约”要先提交并经核定"):
        actions.move(session, acting(team_lead), at(session, officer, stage), to, "赶进度", now)


def test_verified_arrival_and_annual_plan_open_the_later_stages(session, acting, officer, now):
    project = at(session, officer, Stage.REGISTERED)
    with pytest.raises(RuleBroken, match="报送一笔到位资金并经核定"):
        actions.move(session, acting(officer), project, Stage.PREPARATION, "", now)
    claim = make.make_claim(session, project, make.ClaimKind.ARRIVAL)
    make.make_money(session, project, make.MoneyKind.ARRIVED, 10_000_000, TODAY, claim)
    actions.move(session, acting(officer), project, Stage.PREPARATION, "", now)
    assert project.stage is Stage.PREPARATION
    assert session.scalars(select(AnnualPlan.id)).all() == []


def test_full_capacity_is_concluded_by_the_statistician(session, acting, officer, statistician, now):
    project = at(session, officer, Stage.PRODUCING)
    claim = make.make_claim(session, project, make.ClaimKind.ARRIVAL)
    for kind in (make.MoneyKind.ARRIVED, make.MoneyKind.COMPLETED):
        make.make_money(session, project, kind, 10_000_000, TODAY, claim)
    with pytest.raises(RuleBroken, match="履约结论"):
        actions.move(session, acting(statistician), project, Stage.FULL_CAPACITY, "", now)
    assert actions.move(session, acting(statistician), project, Stage.FULL_CAPACITY, "承诺指标全部达到", now)


def test_back_needs_the_right_a_reason_and_nothing_verified_above(session, acting, officer, team_lead, now):
    project = at(session, officer, Stage.REVIEW)
    with pytest.raises(NotAllowed):
        actions.move_back(session, acting(officer), project, Stage.NEGOTIATION, "方案重做", now)
    with pytest.raises(RuleBroken):
        actions.move_back(session, acting(team_lead), project, Stage.NEGOTIATION, "", now)
    actions.move_back(session, acting(team_lead), project, Stage.NEGOTIATION, "方案重做", now)
    assert project.stage is Stage.NEGOTIATION
    make.sign(session, project)
    with pytest.raises(RuleBroken, match="先作废这条核定"):
        actions.move_back(session, acting(team_lead), project, Stage.NEGOTIATION, "方案重做", now)


def test_the_log_keeps_every_move_and_history_names_the_person(session, acting, officer, team_lead, now):
    project = at(session, officer, Stage.NEGOTIATION)
    actions.move(session, acting(officer), project, Stage.REVIEW, "", now)
    actions.move_back(session, acting(team_lead), project, Stage.NEGOTIATION, "材料不全", now + timedelta(days=2))
    moves = session.scalars(select(StageMove).order_by(StageMove.id)).all()
    assert [(move.from_stage, move.to_stage, move.recorded_by_id) for move in moves] == [
        (Stage.NEGOTIATION, Stage.REVIEW, officer.id),
        (Stage.REVIEW, Stage.NEGOTIATION, team_lead.id),
    ]
    assert session.scalars(select(Change.new).where(Change.column_name == "stage").order_by(Change.id)).all() == [
        "3",
        "2",
    ]


PAUSE = StatusDraft(Status.PAUSED, TODAY, LossReason.LAND, "等地", review_on=date(2022, 12, 1))
LOSE = StatusDraft(
    Status.LOST, TODAY, LossReason.ELSEWHERE, "地价更低", lost_to="邻市高新区", review_on=date(2022, 12, 1)
)


def test_pausing_keeps_the_review_day_and_stops_the_moves(session, acting, officer, now):
    project = at(session, officer, Stage.NEGOTIATION)
    actions.change_status(session, acting(officer), project, PAUSE, now)
    assert (project.status, project.review_on, project.stage) == (Status.PAUSED, date(2022, 12, 1), Stage.NEGOTIATION)
    with pytest.raises(RuleBroken, match="请先恢复推进"):
        actions.move(session, acting(officer), project, Stage.REVIEW, "", now)
    resumed = StatusDraft(Status.ACTIVE, TODAY, reason="地块落实")
    actions.change_status(session, acting(officer), project, resumed, now + timedelta(minutes=1))
    assert (project.status, project.review_on) == (Status.ACTIVE, None)


def test_a_loss_keeps_where_it_went(session, acting, officer, now):
    project = at(session, officer, Stage.NEGOTIATION)
    actions.change_status(session, acting(officer), project, LOSE, now)
    change = session.scalars(select(StatusChange)).one()
    assert (project.status, change.lost_to, change.review_on) == (Status.LOST, "邻市高新区", None)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(PAUSE, review_on=None), "review_on"),
        (replace(LOSE, lost_to=""), "lost_to"),
        (replace(LOSE, changed_on=date(2022, 10, 21)), "changed_on"),
    ],
)
def test_what_a_change_of_status_must_say(session, acting, officer, draft, field, now):
    with pytest.raises(RuleBroken) as refusal:
        actions.change_status(session, acting(officer), at(session, officer, Stage.NEGOTIATION), draft, now)
    assert refusal.value.field == field


@pytest.mark.parametrize("login", ["other_officer", "statistician", "leader", "agent"])
def test_who_may_not_change_the_status(session, acting, officer, login, now):
    with pytest.raises(NotAllowed):
        project = at(session, officer, Stage.NEGOTIATION)
        actions.change_status(session, acting(make.person(session, login)), project, PAUSE, now)
