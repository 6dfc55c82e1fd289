"""Rooms kept: a new one, a changed one, one that is closed. What was booked in it stays booked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.people import note
from crm.errors import RuleBroken
from crm.models import Room
from crm.policy import Act, Actor
from crm.rules import rooms as rules
from crm.rules.rooms import RoomDraft


def keep(session: Session, actor: Actor, room: Room | None, draft: RoomDraft, now: datetime) -> Room:
    """A new room, or what is said of one from now on; meetings of before keep the name they were held under."""
    policy.ensure(actor, Act.MANAGE_ROOMS)
    found = rules.problem(draft)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)
    namesake = select(Room.id).where(Room.name == draft.name, Room.id != (room.id if room else 0))
    if session.scalar(namesake) is not None:
        raise RuleBroken("已有同名的会议室，请换一个名称。", "name")
    if room is None:
        room = Room()
        session.add(room)
    for name in ("name", "capacity", "building", "equipment", "rank", "is_active"):
        setattr(room, name, getattr(draft, name))
    session.flush()
    words = f"{room.name}：{room.building or '—'}，{room.capacity} 人，{'在用' if room.is_active else '停用'}"
    note(session, actor.id, "room", words, now)
    return room
