"""What became of a project's annual plans, for its timeline: plans stated and changed, and the days of their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from crm.choices import NodeDay
from crm.models import AnnualPlan, PlanNode, PlanNodeMove, User
from crm.policy import Actor
from crm.queries import compiled
from crm.queries.entries import PAGE, Entry, Span
from crm.queries.plans import of_project
from crm.rules.plans import Difference, differences

_DAYS = list(NodeDay)
_PROJECT: Any = bindparam("project_id", type_=Integer())


@dataclass(frozen=True, slots=True)
class Stated:
    """A year's plan as it was stated; `changes` says what the one before it said otherwise, None where it is the first."""

    plan: AnnualPlan
    changes: Sequence[Difference] | None

    @property
    def id(self) -> int:
        """The plan's key."""
        return self.plan.id


@dataclass(frozen=True, slots=True)
class Moved:
    """What somebody said of a node in one go: each of its days that moved, and why; `year` is its plan's."""

    node_id: int
    name: str
    year: int
    moves: Sequence[PlanNodeMove]

    @property
    def id(self) -> int:
        """The key of the first of the moves."""
        return self.moves[0].id

    @property
    def is_new(self) -> bool:
        """It came onto the plan for the first time, or again."""
        return any(move.day is NodeDay.PLANNED and move.old_on is None for move in self.moves)

    @property
    def is_off(self) -> bool:
        """It was taken off the plan."""
        return any(move.day is NodeDay.PLANNED and move.new_on is None for move in self.moves)


def plans(session: Session, _actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    """Every plan of the span beside the one it superseded; one statement. A project has a few a year."""
    versions = of_project(session, project_id)  # the newest of a year first
    for (plan, by), before in zip_longest(versions, versions[1:]):
        if span.holds(plan.approved_at):
            old = before[0] if before and before[0].year == plan.year else None
            yield Entry(plan.approved_at, "plan", Stated(plan, differences(old, plan) if old else None), by)


def nodes(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    """The moves of the days of nodes, those of one go as one; one statement."""
    values = {**span.values, "project_id": project_id}
    rows = compiled.entities(session, _moves, (span.shape,), values)
    for _, found in groupby(rows, key=_one_go):
        group = list(found)
        move, key, name, year, by = group[0]
        moves = sorted((row[0] for row in group), key=lambda one: _DAYS.index(one.day))
        yield Entry(move.at, "node", Moved(key, name, year, moves), by)


def _one_go(row: Any) -> tuple[datetime, int]:
    move, key, *_ = row
    return move.at, key


def _moves(span: Span) -> Select[*tuple[Any, ...]]:
    """Enough for a page of entries: in one go a node moves each of its days once at most."""
    rows: Select[*tuple[Any, ...]] = (
        select(PlanNodeMove, PlanNode.id, PlanNode.name, PlanNode.year, User.name)
        .join(PlanNode, PlanNode.id == PlanNodeMove.node_id)
        .outerjoin(User, User.id == PlanNodeMove.by_id)
        .where(PlanNode.project_id == _PROJECT)
    )
    return span.of(rows, PlanNodeMove.at, PlanNodeMove.id).limit(len(NodeDay) * (PAGE + 1))
