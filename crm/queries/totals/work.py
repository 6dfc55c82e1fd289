"""Rows of work: touchpoints, meetings, action items."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, or_, select

from crm.choices import ActivityState
from crm.models import ActionItem, Activity, Meeting, Project
from crm.queries.action_items import deadline_as_of
from crm.queries.totals.basis import Basis, Verdict, between, china_day, judged, on_days, shape
from crm.rules.days import Period

Rows = Select[Any]


def activities(basis: Basis, within: Period) -> Rows:
    """One row a touchpoint, however many projects it touches; `facet` its kind."""
    verdict = judged(
        (Activity.state == ActivityState.CANCELLED, Verdict.CANCELLED),
        (Activity.state == ActivityState.PLANNED, Verdict.PLANNED),
    )
    return select(
        *shape(
            id=Activity.id, on=china_day(Activity.happened_at), facet=Activity.kind, verdict=verdict,
            people=Activity.their_count,
        )
    ).where(between(Activity.happened_at, within), Activity.entered_at < basis.known_before)  # fmt: skip


def meetings(basis: Basis, within: Period) -> Rows:
    """One row a meeting; `facet` its kind."""
    verdict = judged(
        (Meeting.state == ActivityState.CANCELLED, Verdict.CANCELLED),
        (Meeting.state == ActivityState.PLANNED, Verdict.PLANNED),
    )
    return select(
        *shape(id=Meeting.id, on=china_day(Meeting.held_at), facet=Meeting.kind, verdict=verdict)
    ).where(between(Meeting.held_at, within), Meeting.entered_at < basis.known_before)  # fmt: skip


def _items(on: Any, facet: Any = None) -> Rows:
    return select(
        *shape(id=ActionItem.id, project_id=ActionItem.project_id, on=on, facet=facet, verdict=judged())
    ).join(Project, Project.id == ActionItem.project_id)  # of living projects only  # fmt: skip


def assigned(basis: Basis, within: Period) -> Rows:
    """One row an action item, on the day it was handed out; `facet` the class of its problem."""
    return _items(ActionItem.assigned_on, ActionItem.issue_class).where(on_days(ActionItem.assigned_on, within))


def settled(basis: Basis, within: Period) -> Rows:
    """One row an action item, on the day it was done; `facet` the class of its problem."""
    return _items(ActionItem.done_on, ActionItem.issue_class).where(on_days(ActionItem.done_on, within))


OVERDUE, IN_HAND = "overdue", "in_hand"


def open_items(basis: Basis, within: Period) -> Rows:
    """One row an action item open on the last day, on its deadline; `facet` says whether that has passed.

    A deadline on a day off is due on the next day worked; it is the one that held on that last day.
    """
    deadline = deadline_as_of(within.last)
    late = case((deadline <= basis.calendar.overdue_from(within.last), OVERDUE), else_=IN_HAND)
    return _items(deadline, late).where(
        ActionItem.assigned_on <= within.last,
        or_(ActionItem.done_on.is_(None), ActionItem.done_on > within.last),
    )
