"""What a project has before it, and how much of each kind hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState
from crm.models import ActionItem, Activity, AgendaItem, Attachment, Comment, Meeting
from crm.policy import Act, Actor
from crm.queries import activities, compiled, presence
from crm.queries.action_items import is_late, passed_values
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


def ahead(session: Session, actor: Actor, project_id: int, there: Collection[str] = presence.KINDS) -> Ahead:
    """The next few of each, of what is there at all (queries/presence.py)."""
    talks = activities.on_timeline(actor, project_id).order_by(None)
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
    session: Session, actor: Actor, project_id: int, today: date, there: Collection[str] = presence.KINDS
) -> Counts:
    """One statement over what is there at all (queries/presence.py)."""
    shape = (compiled.reader(actor), frozenset(there))
    values = compiled.values_of(actor) | {"project_id": project_id} | passed_values(today)
    return Counts(*compiled.rows(session, _counts, shape, values)[0])


_PROJECT: Any = bindparam("project_id", type_=Integer())


def _counts(actor: Actor, there: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """The columns of Counts."""
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
    comments = select(func.count(Comment.id)).where(Comment.project_id == _PROJECT)
    files = select(func.count(Attachment.id)).where(Attachment.project_id == _PROJECT)
    asked = {
        "activity": (talks,),
        "meeting": (meetings,),
        "action": (items, late),
        "comment": (comments,),
        "file": (files,),
    }
    return select(
        *(part.scalar_subquery() if kind in there else literal(0) for kind, parts in asked.items() for part in parts)
    )
