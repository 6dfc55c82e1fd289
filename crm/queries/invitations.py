"""What is here of somebody else's invitation: the meeting read from it before, those of ours whom it names, the rooms."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.models import Meeting, Room, User
from crm.policy import Act, Actor
from crm.queries.people import everybody


def known_id(session: Session, actor: Actor, uid: str) -> int | None:
    """The key of the newest meeting read from this invitation that the actor may change; none for an invitation without UID."""
    if not uid:
        return None
    mine = policy.rows(actor, Act.BOOK_MEETING, Meeting)
    rows = select(Meeting.id).where(Meeting.origin_uid == uid, mine).order_by(Meeting.id.desc())
    return session.scalar(rows.limit(1))


def entered_of(session: Session, meeting_id: int) -> Meeting | None:
    """The meeting of a key, whoever may see it: only to tell whether a UID is one of ours."""
    return session.get(Meeting, meeting_id)


def ours(session: Session, addresses: Collection[str], but: Collection[object]) -> dict[str, int]:
    """The ids of people at work here by their mail addresses in lower case; not those of the roles `but`."""
    wanted = {address.lower() for address in addresses if address}
    rows = everybody().where(func.lower(User.email).in_(wanted), User.is_active.is_(True), User.role.not_in(but))
    return {user.email.lower(): user.id for user in session.scalars(rows)}


def rooms(session: Session) -> dict[str, int]:
    """The rooms in use by name."""
    return {room.name: room.id for room in session.scalars(select(Room).where(Room.is_active.is_(True)))}
