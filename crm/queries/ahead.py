"""What a project has before it, and how much of each kind hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActionState, ActivityState
from crm.models import ActionItem, Activity, AgendaItem, Meeting
from crm.policy import Act, Actor
from crm.queries import activities, compiled, presence
from crm.queries.entries import Item, agenda

MOST = 5


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
    talks = activities.on_timeline(actor, project_id, "shared" in there).order_by(None)
    planned = talks.where(Activity.state == ActivityState.PLANNED).order_by(Activity.happened_at).limit(MOST)
    promised = talks.where(activities.is_open_follow_up()).order_by(Activity.next_on, Activity.id).limit(MOST)
    meetings = (
        agenda(actor, project_id).where(Meeting.state == ActivityState.PLANNED).order_by(Meeting.held_at).limit(MOST)
    )
    return Ahead(
        session.scalars(planned).all() if "planned" in there else (),
        session.scalars(promised).all() if "promised" in there else (),
        session.scalars(meetings).all() if "meeting" in there else (),
    )


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
    values = compiled.values_of(actor) | {"project_id": project_id, "today": today}
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
    late = items.where(ActionItem.deadline_on < bindparam("today", type_=Date()), ActionItem.state != ActionState.DONE)
    parts = {"activity": (talks,), "meeting": (meetings,), "action": (items, late)}
    return select(*(part.scalar_subquery() if kind in asked else literal(0) for kind in _ASKED for part in parts[kind]))
