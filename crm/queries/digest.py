"""A person's digest of a day as data: what is late, for today, ahead, and what happened to the projects he follows.

The page, the command and whoever will send it by mail read the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState, NoticeKind, Word, listed
from crm.models import Activity, ActivityProject, Follow, Project, StageMove, StatusChange
from crm.policy import Act, Actor
from crm.queries.day import Measure, day_for
from crm.rules.days import start_of
from crm.rules.reminders import NOTICE_OF, Wish, Wishes
from crm.rules.today import Day, Todo

MOST = 50


@dataclass(frozen=True)
class Event:
    """Something that happened to a followed project."""

    project_id: int
    project: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Digest:
    """One person's day; `followed` is what happened the day before."""

    on: date
    name: str
    day: Day
    followed: tuple[Event, ...]

    @property
    def is_empty(self) -> bool:
        """There is nothing to tell."""
        return self.day.is_free and not self.followed

    @property
    def summary(self) -> str:
        """逾期 3 项，停滞与超限 1 项，今天 2 项，接下来 7 天 4 项，关注项目动态 1 条."""
        parts = (
            Word("逾期 %(n)d 项", n=len(self.day.missed)),
            Word("停滞与超限 %(n)d 项", n=len(self.day.stale)),
            Word("今天 %(n)d 项", n=len(self.day.today)),
            Word("接下来 7 天 %(n)d 项", n=len(self.day.ahead)),
            Word("关注项目动态 %(n)d 条", n=len(self.followed)),
        )
        there = (self.day.missed, self.day.stale, self.day.today, self.day.ahead, self.followed)
        said = [words for words, found in zip(parts, there, strict=True) if found]
        return listed(said, Word("，")) if said else Word("没有要办的事")


def digest(session: Session, actor: Actor, by: Measure, wishes: Wishes) -> Digest:
    """The digest of the measure's day, of the kinds the person wants in it; a fixed number of statements."""
    found = day_for(session, actor, by)
    parts = (tuple(todo for todo in todos if _wanted(todo, wishes)) for todos in (found.late, found.today, found.ahead))
    wants_news = wishes.get(NoticeKind.FOLLOWED, Wish()).in_digest
    events = _followed(session, actor, by.today - timedelta(days=1)) if wants_news else ()
    followed = sorted(events, key=lambda event: event.at)
    return Digest(by.today, actor.name, Day(*parts), tuple(followed))


def _wanted(todo: Todo, wishes: Wishes) -> bool:
    kind = NOTICE_OF.get(todo.kind)
    return kind is None or wishes.get(kind, Wish()).in_digest


def _followed(session: Session, actor: Actor, on: date) -> Iterator[Event]:
    """What was written down on a day about the projects the actor follows and may still see."""
    follows = select(Follow.project_id).where(Follow.user_id == actor.id)
    mine = Project.id.in_(follows) & policy.project_rows(actor, Act.SEE_PROJECT)
    for project_id, name, at, kind, title in session.execute(_within(_talks(actor), Activity.entered_at, on, mine)):
        yield Event(project_id, name, at, f"{kind.label}：{title}" if title else kind.label)
    moves = select(Project.id, Project.name, StageMove.recorded_at, StageMove.to_stage).join(
        StageMove, StageMove.project_id == Project.id
    )
    for project_id, name, at, stage in session.execute(_within(moves, StageMove.recorded_at, on, mine)):
        yield Event(project_id, name, at, f"进入“{stage.label}”")
    changes = select(Project.id, Project.name, StatusChange.recorded_at, StatusChange.to_status).join(
        StatusChange, StatusChange.project_id == Project.id
    )
    for project_id, name, at, status in session.execute(_within(changes, StatusChange.recorded_at, on, mine)):
        yield Event(project_id, name, at, f"状态改为“{status.label}”")


def _talks(actor: Actor) -> Any:
    return (
        select(Project.id, Project.name, Activity.entered_at, Activity.kind, Activity.title)
        .join(ActivityProject, ActivityProject.project_id == Project.id)
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(Activity.state == ActivityState.DONE, policy.rows(actor, Act.SEE_PROJECT, Activity))
    )


def _within(rows: Any, instant: Any, on: date, mine: Any) -> Any:
    return rows.where(mine, instant >= start_of(on), instant < start_of(on + timedelta(days=1))).limit(MOST)


# ----------------------------------------------------------------------------------------------------- for other programs


def document(found: Digest) -> dict[str, Any]:
    """The digest by stable keys, for JSON."""
    return {
        "person": found.name,
        "on": found.on.isoformat(),
        "late": _items(found.day.late),
        "today": _items(found.day.today),
        "ahead": _items(found.day.ahead),
        "followed": [
            {"project_id": event.project_id, "project": event.project, "at": event.at.isoformat(), "what": event.words}
            for event in found.followed
        ],
    }


def _items(todos: Sequence[Todo]) -> list[dict[str, Any]]:
    return [
        {
            "kind": todo.kind.value,
            "row_id": todo.row.id,
            "on": todo.on.isoformat(),
            "at": todo.at.isoformat() if todo.at else None,
            "what": str(todo.what),
            "project_id": todo.project[0] if todo.project else None,
            "project": todo.project[1] if todo.project else None,
        }
        for todo in todos
    ]
