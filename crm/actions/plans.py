"""A key project's year: its plan, the nodes on it, and what becomes of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.versions import ensure_fresh
from crm.choices import NodeDay
from crm.errors import RuleBroken
from crm.models import AnnualPlan, PlanNode, PlanNodeMove, Project
from crm.policy import Act, Actor
from crm.queries import plans as queries
from crm.rules import plans as rules
from crm.rules.days import day_of
from crm.rules.plans import Found, NodeDraft, NodeReport, PlanDraft


def _refuse(problem: Found | None) -> None:
    if problem:
        raise RuleBroken(problem[1], problem[0])


def plan_year(session: Session, actor: Actor, project: Project, draft: PlanDraft, now: datetime) -> AnnualPlan:
    """State a year's plan; an earlier one of the year stays and is superseded, with the reason."""
    policy.ensure(actor, Act.LIST_PROJECT, project)
    hold(session, project)
    current = queries.in_force(session, [project.id], draft.year).get(project.id)
    _refuse(rules.plan_problem(draft, project.total_yuan, current, day_of(now)))
    plan = AnnualPlan(
        project_id=project.id,
        year=draft.year,
        planned_yuan=draft.planned_yuan,
        goal=draft.goal,
        planned_start_on=draft.planned_start_on,
        planned_finish_on=draft.planned_finish_on,
        planned_production_on=draft.planned_production_on,
        month_yuan=list(draft.month_yuan) if draft.month_yuan is not None else None,
        reason=draft.reason,
        approved_at=now,
        approved_by_id=actor.id,
    )
    session.add(plan)
    session.flush()
    return plan


def add_node(session: Session, actor: Actor, project: Project, draft: NodeDraft, now: datetime) -> PlanNode:
    """Put a node on the plan of a year."""
    policy.ensure(actor, Act.LIST_PROJECT, project)
    hold(session, project)
    of_year = (PlanNode.project_id == project.id, PlanNode.year == draft.year, PlanNode.planned_on.is_not(None))
    names = session.scalars(select(PlanNode.name).where(*of_year)).all()
    _refuse(rules.node_problem(draft, names, day_of(now)))
    node = PlanNode(project_id=project.id, year=draft.year, name=draft.name)
    session.add(node)
    session.flush()
    _move(session, actor, node, NodeDay.PLANNED, draft.planned_on, "", now)
    return node


def replan_node(
    session: Session, actor: Actor, project: Project, node: PlanNode, planned_on: date | None, reason: str,
    version: int | None, now: datetime,
) -> None:  # fmt: skip
    """Plan a node for another day, or (None) take it off the plan; both need a reason."""
    policy.ensure(actor, Act.LIST_PROJECT, project)
    hold(session, node)
    ensure_fresh(session, node, version)
    if planned_on:
        _refuse(rules.day_problem(planned_on, node.year))
    if not reason:
        raise RuleBroken("调整计划日期、移出计划都要写明原因。", "reason")
    _move(session, actor, node, NodeDay.PLANNED, planned_on, reason, now)


def report_node(
    session: Session, actor: Actor, project: Project, node: PlanNode, report: NodeReport, version: int | None,
    now: datetime,
) -> None:  # fmt: skip
    """Say when a node is expected, or that it was reached. A report: what counts is the verified move of the project."""
    policy.ensure(actor, Act.REPORT_NODE, project)
    hold(session, node)
    ensure_fresh(session, node, version)
    if node.planned_on is None:
        raise RuleBroken("这个节点已移出计划。")
    _refuse(rules.report_problem(report, node.planned_on, day_of(now)))
    _move(session, actor, node, NodeDay.FORECAST, report.forecast_on, report.note, now)
    _move(session, actor, node, NodeDay.ACTUAL, report.actual_on, report.note, now)
    node.note = report.note


def _move(
    session: Session, actor: Actor, node: PlanNode, which: NodeDay, new_on: date | None, reason: str, now: datetime
) -> None:
    """Set one of a node's days and keep what it was; nothing where it stays."""
    name = f"{which.value}_on"
    old_on = getattr(node, name)
    if old_on == new_on:
        return
    setattr(node, name, new_on)
    session.add(
        PlanNodeMove(node_id=node.id, day=which, old_on=old_on, new_on=new_on, reason=reason, at=now, by_id=actor.id)
    )
