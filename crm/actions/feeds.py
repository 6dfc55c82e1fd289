"""Secret addresses of calendars: made, shown once, given up. Only the digest of a token is kept, as of a password."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold_person
from crm.actions.people import digest_of, note
from crm.choices import FeedKind, Word
from crm.errors import RuleBroken
from crm.models import Feed, Project, Room, SignInAttempt
from crm.policy import Act, Actor
from crm.queries import feeds as queries
from crm.queries import people
from crm.rules import sign_in

MOST = 20
STRANGER = "feed:"  # no login is called so: failures of signing in are counted apart


def make(
    session: Session, actor: Actor, kind: FeedKind, room_id: int | None, project_id: int | None, now: datetime
) -> tuple[Feed, str]:
    """A new address and its token, which nobody can show again. Raises RuleBroken for what the actor cannot have shown."""
    policy.ensure(actor, Act.SEE_MEETING)
    hold_person(session, actor.id)
    if _count(session, actor) >= MOST:
        raise RuleBroken(Word("每人最多 %(most)d 个订阅地址，请先撤销不用的。", most=MOST))
    feed = Feed(owner_id=actor.id, kind=kind, created_at=now)
    match kind:
        case FeedKind.PERSON:
            feed.person_id = actor.id
        case FeedKind.ROOM:
            feed.room = session.scalar(queries.rooms().where(Room.id == (room_id or 0)))
            if feed.room is None:
                raise RuleBroken("请选择会议室。", "room_id")
        case FeedKind.PROJECT:
            feed.project = session.scalar(queries.open_project(actor).where(Project.id == (project_id or 0)))
            if feed.project is None:
                raise RuleBroken("请写一个你能看到的项目；涉密项目不能订阅。", "project")
    token = secrets.token_urlsafe(32)
    feed.token_digest = digest_of(token)
    session.add(feed)
    session.flush()
    note(session, actor.id, "feed", queries.name_of(feed, actor), now)
    return feed, token


def _count(session: Session, actor: Actor) -> int:
    mine = select(func.count()).where(Feed.owner_id == actor.id, Feed.revoked_at.is_(None))
    return session.scalar(mine) or 0


def revoke(session: Session, actor: Actor, feed: Feed, now: datetime) -> None:
    """Give an address of one's own up (`queries.feeds.of_owner`): from now on it answers as if it had never been."""
    feed.revoked_at = now
    note(session, actor.id, "feed_revoked", queries.name_of(feed, actor), now)


def is_throttled(session: Session, address: str, now: datetime) -> bool:
    """Whether a client has asked for too many addresses that there are not; who knows a right one is always answered."""
    _login, failures = people.failures_since(session, STRANGER, _counted(address), now - sign_in.WINDOW)
    return failures >= sign_in.ADDRESS_FAILURES


def note_stranger(session: Session, address: str, now: datetime) -> None:
    """Count an address that there is not."""
    session.add(SignInAttempt(login=STRANGER, address=_counted(address), at=now, succeeded=False))


def _counted(address: str) -> str:
    return f"{STRANGER}{address}"[:64]
