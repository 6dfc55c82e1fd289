"""Rooms: what must be said of one."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SEATS = 5_000


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """What somebody says of a room."""

    name: str
    capacity: int
    building: str = ""
    equipment: str = ""
    rank: int = 0
    is_active: bool = True


def problem(draft: RoomDraft) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if not draft.name:
        return "name", "请写会议室名称。"
    if not 1 <= draft.capacity <= MOST_SEATS:
        return "capacity", "可容纳人数应在 1 到 5000 之间。"
    return None
