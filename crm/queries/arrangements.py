"""How the next step of each project is arranged, asked of the database: rules/board.py in SQL, and the steps themselves.

What is open is a promised contact, a planned touchpoint or an action item, as far as the actor may see them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, case, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState, Stage, Status
from crm.models import ActionItem, Activity, ActivityProject, Project
from crm.policy import Act, Actor
from crm.queries import settings
from crm.queries.action_items import is_open, passed_by
from crm.queries.activities import is_open_follow_up
from crm.rules.board import Arrangement
from crm.rules.days import day_of, start_of
from crm.rules.limits import Limits

_LATE, _TODAY, _AHEAD = range(3)  # when the next open thing of a project is due


def _when(column: Any, today: Any, tomorrow: Any) -> ColumnElement[int]:
    return case((column < today, _LATE), (column < tomorrow, _TODAY), else_=_AHEAD)


def due_of(actor: Actor, today: date) -> FromClause:
    """(project, when the earliest of its open follow-ups, plans and action items that the actor may see is due)."""
    tomorrow = today + timedelta(days=1)
    seen = policy.rows(actor, Act.SEE_PROJECT, Activity)
    linked = select(ActivityProject.project_id.label("project_id")).join(
        Activity, Activity.id == ActivityProject.activity_id
    )
    promised = linked.add_columns(_when(Activity.next_on, today, tomorrow).label("due")).where(
        is_open_follow_up(), seen
    )
    planned = linked.add_columns(
        _when(Activity.happened_at, start_of(today), start_of(tomorrow)).label("due")
    ).where(Activity.state == ActivityState.PLANNED, seen)  # fmt: skip
    due_on = case(
        (ActionItem.deadline_on <= passed_by(today), _LATE), (ActionItem.deadline_on <= today, _TODAY), else_=_AHEAD
    )
    handed = select(ActionItem.project_id, due_on.label("due")).where(
        is_open(), policy.rows(actor, Act.SEE_ACTION, ActionItem)
    )
    things = union_all(promised, planned, handed).subquery()
    return select(things.c.project_id, func.min(things.c.due).label("due")).group_by(things.c.project_id).subquery()


def over(today: date, limits: Limits) -> ColumnElement[bool]:
    """The twin of `is_over`."""
    stays = [_past(stage, Project.stage_since_on, days, today) for stage, days in limits.stay_days.items()]
    return and_(Project.status == Status.ACTIVE, or_(false(), *stays))


def _idle(today: date, limits: Limits) -> ColumnElement[bool]:
    contact = func.coalesce(Project.last_contact_on, Project.stage_since_on)
    return or_(false(), *(_past(stage, contact, days, today) for stage, days in limits.idle_days.items()))


def _past(stage: Stage, since: Any, days: int, today: date) -> ColumnElement[bool]:
    return and_(Project.stage == stage, since < today - timedelta(days=days))


def arranged(due: FromClause, today: date, limits: Limits) -> ColumnElement[str]:
    """The twin of `arrangement`: the value of its word."""
    return case(
        (Project.status != Status.ACTIVE, Arrangement.NONE.value),
        (or_(due.c.due == _LATE, over(today, limits), _idle(today, limits)), Arrangement.LATE.value),
        (due.c.due == _TODAY, Arrangement.TODAY.value),
        (due.c.due == _AHEAD, Arrangement.PLANNED.value),
        else_=Arrangement.NONE.value,
    )


# ------------------------------------------------------------------------------------------------------------ the steps


class Step(NamedTuple):
    """The next open thing of a project: when it is due and what it is."""

    on: date
    words: str


def next_steps(session: Session, actor: Actor, project_ids: Collection[int]) -> Mapping[int, Step]:
    """The earliest open thing of each of these projects that the actor may see; three statements."""
    seen = policy.rows(actor, Act.SEE_PROJECT, Activity)
    linked = (
        select(Activity, ActivityProject.project_id)
        .join(ActivityProject, ActivityProject.activity_id == Activity.id)
        .where(ActivityProject.project_id.in_(project_ids), seen)
        .where(or_(is_open_follow_up(), Activity.state == ActivityState.PLANNED))
    )
    found: dict[int, Step] = {}

    def keep(project_id: int, step: Step) -> None:
        if project_id not in found or step.on < found[project_id].on:
            found[project_id] = step

    for row, project_id in session.execute(linked.order_by(Activity.id)):
        keep(project_id, _step(row))
    handed = select(ActionItem).where(
        ActionItem.project_id.in_(project_ids), is_open(), policy.rows(actor, Act.SEE_ACTION, ActionItem)
    )
    calendar = settings.calendar(session)
    for item in session.scalars(handed.order_by(ActionItem.id)):
        keep(item.project_id, Step(calendar.next_working(item.deadline_on), item.task or item.problem))
    return found


def _step(row: Activity) -> Step:
    if row.state is ActivityState.PLANNED:
        return Step(day_of(row.happened_at), row.title or row.kind.label)
    assert row.next_on is not None  # is_open_follow_up only finds those with a day
    return Step(row.next_on, row.next_step or row.kind.label)
