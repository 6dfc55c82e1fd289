"""The counts in the frame of every page: two statements, each count stops at a hundred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, false, func, literal, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState, ClaimState
from crm.models import ActionItem, Activity, Claim, Collision, Notice, SupervisionLetter
from crm.policy import Act, Actor
from crm.queries import activities, collisions, compiled, notices
from crm.queries.action_items import asks_plan_of, is_late
from crm.queries.day import actions_of
from crm.rules.days import start_of

STOP = 100


@dataclass(frozen=True)
class Counts:
    """What is unread, what was agreed for a day that has passed (catch-up plans asked for by letter too), action items past
    their deadline, claims to verify, collisions to rule."""

    unread: int = 0
    late: int = 0
    late_actions: int = 0
    waiting: int = 0
    collisions: int = 0


def words(count: int) -> str:
    """As a badge shows it: 7, 99+."""
    return str(count) if count < STOP else f"{STOP - 1}+"


def counts(session: Session, actor: Actor, today: date) -> Counts:
    """Everything the frame shows; two statements.

    The first asks, without anybody's rights, where there is anything to count at all. Only that is counted by what the reader
    may see: conditions that PostgreSQL needs longer to plan than to answer.
    """
    reader, values = compiled.reader(actor), compiled.values_of(actor)
    there = compiled.rows(session, _anything, (reader, today), values)[0]
    asked = tuple(bool(each) for each in there)
    found = compiled.rows(session, _counted, (reader, today, asked), values)[0] if any(asked) else (0,) * len(asked)
    unread, promised, planned, letters, late_actions, waiting, to_rule = found
    return Counts(unread, min(STOP, promised + planned + letters + late_actions), late_actions, waiting, to_rule)


@dataclass(frozen=True)
class _Count:
    """Rows to count, none for who has nothing to do with them: as they lie there, and the condition under which one shows."""

    rows: Select[Any] | None
    seen: Callable[[], Any]


def _all(actor: Actor, today: date) -> tuple[_Count, ...]:
    """In the order of `Counts`, what is late in its four parts."""
    open_actions = select(ActionItem.id).where(actions_of(actor), is_late(today))
    reported = select(Claim.id).where(Claim.state == ClaimState.REPORTED)
    return (
        _Count(
            select(Notice.id).where(Notice.user_id == actor.id, Notice.read_at.is_(None)),
            lambda: and_(*notices.seen(actor)),
        ),
        _Count(_follow_ups(actor, today), lambda: policy.rows(actor, Act.SEE_PROJECT, Activity)),
        _Count(_plans(actor, today), lambda: policy.rows(actor, Act.SEE_PROJECT, Activity)),
        _Count(
            select(SupervisionLetter.id).where(asks_plan_of(actor, today), SupervisionLetter.answer_by_on < today),
            lambda: policy.rows(actor, Act.SEE_ACTION, SupervisionLetter),
        ),
        _Count(
            open_actions if policy.can(actor, Act.WORK_ACTION) else None,
            lambda: policy.rows(actor, Act.SEE_ACTION, ActionItem),
        ),
        _Count(reported if policy.can(actor, Act.SEE_QUEUE) else None, lambda: policy.rows(actor, Act.VERIFY, Claim)),
        _Count(
            collisions.waiting() if policy.can(actor, Act.ARBITRATE) else None,
            lambda: Collision.id.in_(collisions.to_rule(actor)),
        ),
    )


def _anything(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return select(*(false() if each.rows is None else each.rows.exists() for each in _all(actor, today)))


def _counted(actor: Actor, today: date, asked: tuple[bool, ...]) -> Select[*tuple[Any, ...]]:
    counts = zip(_all(actor, today), asked, strict=True)
    return select(*(_capped(each) if wanted else literal(0) for each, wanted in counts))


def _capped(each: _Count) -> Any:
    assert each.rows is not None
    return select(func.count()).select_from(each.rows.where(each.seen()).limit(STOP).subquery()).scalar_subquery()


def _follow_ups(actor: Actor, today: date) -> Select[int]:
    return select(Activity.id).where(
        activities.is_open_follow_up(), activities.owned_by(actor.id), Activity.next_on < today
    )


def _plans(actor: Actor, today: date) -> Select[int]:
    return select(Activity.id).where(
        Activity.state == ActivityState.PLANNED,
        Activity.happened_at < start_of(today),
        activities.taken_part_by(actor.id),
    )
