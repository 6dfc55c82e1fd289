"""Following a project, and telling its followers what happens to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.notices import News, tell
from crm.choices import NoticeKind
from crm.models import Follow, Project
from crm.policy import Act, Actor
from crm.queries import audience


def follow(session: Session, actor: Actor, project: Project, now: datetime) -> None:
    """From now on the actor hears what happens to the project; following it twice changes nothing."""
    policy.ensure(actor, Act.SEE_PROJECT, project)
    if not audience.is_followed(session, actor, project.id):
        session.add(Follow(user_id=actor.id, project_id=project.id, since=now))
        session.flush()


def unfollow(session: Session, actor: Actor, project: Project) -> None:
    """The actor hears no more of the project."""
    policy.ensure(actor, Act.SEE_PROJECT, project)
    session.execute(delete(Follow).where(Follow.user_id == actor.id, Follow.project_id == project.id))


def tell_followers(
    session: Session,
    project: Project,
    key: str,
    text: str,
    now: datetime,
    by_id: int,
    besides: frozenset[int] = frozenset(),
) -> None:
    """Leave the news (a Chinese sentence) with the project's followers who may still see it, save those in `besides`.

    `key` names the occasion; `project.members` must be loaded.
    """
    people = set(audience.followers(session, project)) - besides
    tell(session, people, News(NoticeKind.FOLLOWED, key, text, project.id), now, by_id)
