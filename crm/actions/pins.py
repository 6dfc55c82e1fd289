"""Pinning entries of a project's timeline: they stand on top for everybody who sees the project."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.choices import Word
from crm.errors import NotFound, RuleBroken
from crm.models import Pin, Project
from crm.policy import Act, Actor
from crm.queries import timeline

MOST_PINS = 5


def pin(session: Session, actor: Actor, project: Project, kind: str, row_id: int, now: datetime) -> None:
    """Put an entry on top; a project has five pins at most. Raises NotFound for an entry that the actor does not see."""
    policy.ensure(actor, Act.COMMENT, project)
    hold(session, project)
    if session.get(Pin, (project.id, kind, row_id)) is not None:
        return
    if timeline.find_entry(session, actor, project.id, kind, row_id) is None:
        raise NotFound
    if (session.scalar(select(func.count()).where(Pin.project_id == project.id)) or 0) >= MOST_PINS:
        raise RuleBroken(Word("一个项目最多置顶 %(n)d 条，请先取消一条。", n=MOST_PINS))
    session.add(Pin(project_id=project.id, kind=kind, row_id=row_id, pinned_at=now, pinned_by_id=actor.id))


def unpin(session: Session, actor: Actor, project: Project, kind: str, row_id: int) -> None:
    """Let the entry stand in its place again."""
    policy.ensure(actor, Act.COMMENT, project)
    found = session.get(Pin, (project.id, kind, row_id))
    if found is not None:
        session.delete(found)
