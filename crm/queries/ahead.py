"""What a project has before it, and how much of each kind hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Integer, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState
from crm.models import ActionItem, Activity, AgendaItem, Meeting
from crm.policy import Act, Actor
from crm.queries import activities, compiled, presence
from crm.queries.action_items import is_late, passed_values
from crm.queries.entries import Item, agenda

MOST = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Ahead:
    """What is planned: touchpoints and meetings to come, contacts promised, and what is late."""

    activities: Sequence[Activity]
    follow_ups: Sequence[Activity]
    meetings: Sequence[AgendaItem]

    def __bool__(self) -> bool:
        return bool(self.activities or self.follow_ups or self.meetings)


def ahead(session: Session, actor: Actor, project_id: int, there: Collection[str] = presence.EVERYTHING) -> Ahead:
    """The next few of each, of what is there at all (queries/presence.py)."""
    values = {**compiled.values_of(actor), "project_id": project_id}
    shape = (compiled.reader(actor), "shared" in there)

    def some(kind: str, make: Callable[..., Select[T]]) -> Sequence[T]:
        return compiled.entities(session, make, shape, values).scalars().all() if kind in there else ()

    return Ahead(some("planned", _planned), some("promised", _promised), some("meeting", _meetings))


@compiled.by_key
def _planned(actor: Actor, is_shared: bool) -> Select[Activity]:
    rows = activities.on_timeline(actor, _PROJECT, is_shared).order_by(None)
    return rows.where(Activity.state == ActivityState.PLANNED).order_by(Activity.happened_at).limit(MOST)


@compiled.by_key
def _promised(actor: Actor, is_shared: bool) -> Select[Activity]:
    rows = activities.on_timeline(actor, _PROJECT, is_shared).order_by(None)
    return rows.where(activities.is_open_follow_up()).order_by(Activity.next_on, Activity.id).limit(MOST)


def _meetings(actor: Actor, _is_shared: bool) -> Select[AgendaItem]:
    rows = agenda(actor, _PROJECT).where(Meeting.state == ActivityState.PLANNED)
    return rows.order_by(Meeting.held_at).limit(MOST)


@dataclass(frozen=True)
class Counts:
    """How much of each hangs on the project, as far as the actor may see it."""

    talks: int
    meetings: int
    actions: int
    late_actions: int
    comments: int
    files: int


def counts(
    session: Session, actor: Actor, project_id: int, today: date, there: Mapping[str, int] | None = None
) -> Counts:
    """What hangs on a project the actor may see, by what is there at all (queries/presence.py).

    Comments and files show with the project, and so do touchpoints that hang on nothing more: counting them is no question
    of rights. For the others one statement.
    """
    there = presence.there(session, actor.id, project_id) if there is None else there
    asked = frozenset(kind for kind in _ASKED if kind in there and (kind != "activity" or "shared" in there))
    values = compiled.values_of(actor) | {"project_id": project_id} | passed_values(today)
    found = compiled.rows(session, _counts, (compiled.reader(actor), asked), values)[0] if asked else (0,) * 4
    talks, meetings, actions, late_actions = found
    if "activity" not in asked:
        talks = there.get("activity", 0)
    return Counts(talks, meetings, actions, late_actions, there.get("comment", 0), there.get("file", 0))


_PROJECT: Any = bindparam("project_id", type_=Integer())
_ASKED = ("activity", "meeting", "action")


def _counts(actor: Actor, asked: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Talks, meetings, action items and late ones, as far as the actor may see them; 0 for what is not asked."""
    talks = select(func.count(Activity.id)).where(
        activities.touching(_PROJECT),
        Activity.state == ActivityState.DONE,
        policy.rows(actor, Act.SEE_PROJECT, Activity),
    )
    meetings = agenda(actor, _PROJECT).with_only_columns(func.count(Item.id))
    items = select(func.count(ActionItem.id)).where(
        ActionItem.project_id == _PROJECT, policy.rows(actor, Act.SEE_ACTION, ActionItem)
    )
    late = items.where(is_late(None))
    parts = {"activity": (talks,), "meeting": (meetings,), "action": (items, late)}
    return select(*(part.scalar_subquery() if kind in asked else literal(0) for kind in _ASKED for part in parts[kind]))
