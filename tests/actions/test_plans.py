"""A key project's year: what is stated stays, what is changed says why, and nodes keep where their days came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from crm.actions import plans as actions
from crm.choices import NodeDay, Stage
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import AnnualPlan, PlanNode, PlanNodeMove
from crm.queries import plans as queries
from crm.rules.plans import NodeDraft, NodeReport, PlanDraft
from tests import factories as make
from tests.actions.ready import loaded, make_ready

MONTHS = (*(0,) * 6, 6_000_000, 15_600_000, 26_400_000, 24_000_000, 24_000_000, 24_000_000)
PLAN = PlanDraft(2022, 120_000_000, "主体封顶", month_yuan=MONTHS)
NODE = NodeDraft(2022, "主体封顶", date(2022, 11, 20))


@pytest.fixture
def project(session, officer):
    return loaded(session, make_ready(session, officer, Stage.PREPARATION))


def moves(session):
    rows = session.scalars(select(PlanNodeMove).order_by(PlanNodeMove.id))
    return [(row.day, row.old_on, row.new_on, row.reason) for row in rows]


def test_a_plan_is_kept_by_month_and_a_revision_supersedes_it(session, acting, statistician, project, now):
    first = actions.plan_year(session, acting(statistician), project, PLAN, now)
    assert (first.month_yuan, first.approved_by_id) == (list(MONTHS), statistician.id)
    with pytest.raises(RuleBroken) as refusal:
        actions.plan_year(session, acting(statistician), project, replace(PLAN, month_yuan=None), now)
    assert refusal.value.field == "reason"
    revised = replace(PLAN, planned_yuan=90_000_000, month_yuan=None, reason="供地推迟")
    actions.plan_year(session, acting(statistician), project, revised, now)
    session.expire_all()
    assert queries.in_force(session, [project.id], 2022)[project.id].planned_yuan == 90_000_000
    assert [plan.month_yuan for plan in session.scalars(select(AnnualPlan).order_by(AnnualPlan.id))] == [
        list(MONTHS),
        None,
    ]


@pytest.mark.parametrize("login", ["officer", "team_lead", "leader", "auditor", "coordinator", "agent"])
def test_who_may_not_plan(session, acting, project, login, now):
    actor = acting(make.person(session, login))
    with pytest.raises(NotAllowed):
        actions.plan_year(session, actor, project, PLAN, now)
    with pytest.raises(NotAllowed):
        actions.add_node(session, actor, project, NODE, now)


def test_a_nodes_planned_day_moves_with_a_reason(session, acting, statistician, project, now):
    actor = acting(statistician)
    node = actions.add_node(session, actor, project, NODE, now)
    with pytest.raises(RuleBroken, match="已有节点"):
        actions.add_node(session, actor, project, NODE, now)
    with pytest.raises(RuleBroken) as refusal:
        actions.replan_node(session, actor, project, node, date(2022, 12, 5), "", node.version, now)
    assert refusal.value.field == "reason"
    with pytest.raises(RuleBroken, match="当年"):
        actions.replan_node(session, actor, project, node, date(2023, 1, 5), "雨季", node.version, now)
    actions.replan_node(session, actor, project, node, date(2022, 12, 5), "雨季", node.version, now)
    session.flush()
    actions.replan_node(session, actor, project, node, None, "并入竣工验收", node.version, now)
    session.flush()
    assert moves(session) == [
        (NodeDay.PLANNED, None, date(2022, 11, 20), ""), (NodeDay.PLANNED, date(2022, 11, 20), date(2022, 12, 5), "雨季"),
        (NodeDay.PLANNED, date(2022, 12, 5), None, "并入竣工验收"),
    ]  # fmt: skip
    assert queries.nodes(session, [project.id], 2022) == []
    with pytest.raises(RuleBroken, match="已移出计划"):
        actions.report_node(session, actor, project, node, NodeReport(), node.version, now)
    actions.add_node(session, actor, project, NODE, now)  # its name is free again


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "agent"])
def test_who_answers_for_it_reports_forecast_and_actual(session, acting, statistician, project, login, now):
    node = actions.add_node(session, acting(statistician), project, NODE, now)
    actor = acting(make.person(session, login))
    late = NodeReport(date(2022, 12, 2), None, "钢结构到货推迟")
    actions.report_node(session, actor, project, node, late, node.version, now)
    session.flush()
    actions.report_node(session, actor, project, node, late, node.version, now)  # nothing moved: no move
    done = NodeReport(date(2022, 12, 2), date(2022, 10, 19), "")
    session.flush()
    actions.report_node(session, actor, project, node, done, node.version, now)
    assert moves(session)[1:] == [
        (NodeDay.FORECAST, None, date(2022, 12, 2), "钢结构到货推迟"), (NodeDay.ACTUAL, None, date(2022, 10, 19), ""),
    ]  # fmt: skip
    assert session.scalars(select(PlanNodeMove.by_id).order_by(PlanNodeMove.id.desc())).first() == actor.id
    assert project.stage is Stage.PREPARATION  # a report moves nothing


@pytest.mark.parametrize("login", ["other_officer", "leader", "auditor", "liaison", "coordinator", "admin"])
def test_who_may_not_report(session, acting, project, login, now):
    node = make.make_node(session, project)
    with pytest.raises(NotAllowed):
        actions.report_node(
            session, acting(make.person(session, login)), project, node, NodeReport(), node.version, now
        )


def test_two_at_once(session, acting, statistician, officer, project, now):
    node = make.make_node(session, project)
    seen = node.version
    actions.report_node(session, acting(officer), project, node, NodeReport(date(2022, 11, 18)), seen, now)
    session.flush()
    with pytest.raises(Clash):
        actions.replan_node(session, acting(statistician), project, node, date(2022, 11, 25), "雨季", seen, now)
    assert session.get(PlanNode, node.id).planned_on == date(2022, 11, 20)


def test_nodes_as_of_an_instant_follow_their_moves(session, acting, statistician, officer, project):
    january, october = datetime(2022, 1, 20, tzinfo=UTC), datetime(2022, 10, 12, tzinfo=UTC)
    node = actions.add_node(session, acting(statistician), project, NODE, january)
    late = NodeReport(date(2022, 12, 2), None, "钢结构到货推迟")
    actions.report_node(session, acting(officer), project, node, late, node.version, october)
    session.flush()
    for before, forecast in (
        (datetime(2022, 10, 1, tzinfo=UTC), None),
        (datetime(2022, 11, 1, tzinfo=UTC), late.forecast_on),
    ):
        (then,) = queries.nodes_as_of(session, [project.id], {2022}, before)
        assert (then.name, then.days.planned_on, then.days.forecast_on) == ("主体封顶", date(2022, 11, 20), forecast)
    assert queries.nodes_as_of(session, [project.id], {2022}, january) == []
