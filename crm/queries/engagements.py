"""When people and rooms are taken: meetings, touchpoints and absences together, in one statement.

What takes the time is named only where the reader may know of it; that it is taken he may always know, or nobody could plan.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, null, select, type_coerce
from sqlalchemy import union_all as united
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import AbsenceKind, ActivityKind, ActivityState, Reply, Word
from crm.columns import UtcInstant
from crm.models import Absence, Activity, ActivityPerson, Attendee, Meeting, Room
from crm.policy import Act, Actor
from crm.rules.bookings import LONGEST_MINUTES
from crm.rules.engagements import LASTS, Engagement, Holder, Source, Span, activity_span

_LONGEST = timedelta(minutes=LONGEST_MINUTES)
_LONGEST_ACTIVITY = max(LASTS.values())


def engagements(
    session: Session,
    actor: Actor,
    people_ids: Collection[int],
    room_ids: Collection[int],
    first: datetime,
    last: datetime,
    but: Collection[int] = (),
) -> list[Engagement]:
    """What takes the time of these people and rooms between two instants, by time; meetings in `but` left out."""
    parts = [*_of_people(actor, people_ids, first, last, but)] if people_ids else []
    if room_ids:
        parts.append(_of_rooms(actor, room_ids, first, last, but))
    if not parts:
        return []
    found: dict[tuple[Holder, Source, int], Engagement] = {}
    for row in session.execute(united(*parts)):
        made = _engagement(row)
        if made is not None and made.span.ends_at > first and made.span.starts_at < last:
            found[made.holder, made.source, made.row_id] = made
    return sorted(found.values(), key=lambda each: (each.span.starts_at, each.span.ends_at, each.row_id))


def _engagement(row: Any) -> Engagement | None:
    is_room, holder_id, source, row_id, starts_at, ends_at, kind, title, place, seen = row
    holder, source = Holder(bool(is_room), holder_id), Source(source)
    if source is Source.ACTIVITY:
        activity = ActivityKind.parse(kind)
        span = activity_span(activity, starts_at, place)
        if span is None:
            return None
        what = Word("%(kind)s：%(title)s", kind=activity.label, title=title) if title else activity.label
        return Engagement(holder, span, source, row_id, what if seen else "")
    if source is Source.ABSENCE:
        what = AbsenceKind.parse(kind).label
        if title:
            what = Word("%(kind)s：%(title)s", kind=what, title=title)
        return Engagement(holder, Span(starts_at, ends_at), source, row_id, what if seen else Word("不在"))
    return Engagement(holder, Span(starts_at, ends_at, place), source, row_id, title if seen else "")


def _columns(is_room: bool, holder: Any, source: Source, row_id: Any, *more: Any) -> list[Any]:
    return [literal(int(is_room)), holder, literal(source.value), row_id, *more]


def _seen(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _meetings(
    actor: Actor, is_room: bool, holder: Any, first: datetime, last: datetime, but: Collection[int]
) -> Select[Any]:
    """Meetings that are held or were; a called off one takes no time. Where one has to be is the building of the room."""
    where = func.coalesce(func.nullif(Room.building, ""), Meeting.place)
    columns = _columns(
        is_room, holder, Source.MEETING, Meeting.id, Meeting.held_at, Meeting.ends_at, literal(""), Meeting.title, where,
        _seen(policy.rows(actor, Act.SEE_MEETING, Meeting)),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Meeting)
        .outerjoin(Room, Room.id == Meeting.room_id)
        .where(
            Meeting.state != ActivityState.CANCELLED,
            Meeting.deleted_at.is_(None),
            Meeting.held_at > first - _LONGEST,
            Meeting.held_at < last,
            Meeting.ends_at > first,
            Meeting.id.not_in(but),
        )
    )


def _of_rooms(
    actor: Actor, room_ids: Collection[int], first: datetime, last: datetime, but: Collection[int]
) -> Select[Any]:
    return _meetings(actor, True, Meeting.room_id, first, last, but).where(Meeting.room_id.in_(room_ids))


def _of_people(
    actor: Actor, people_ids: Collection[int], first: datetime, last: datetime, but: Collection[int]
) -> list[Select[Any]]:
    """One part for each way in which somebody is bound."""
    invited = (
        _meetings(actor, False, Attendee.user_id, first, last, but)
        .join(Attendee, Attendee.meeting_id == Meeting.id)
        .where(Attendee.user_id.in_(people_ids), Attendee.response != Reply.DECLINED)
    )
    heads = [
        _meetings(actor, False, column, first, last, but).where(column.in_(people_ids))
        for column in (Meeting.chair_id, Meeting.secretary_id)
    ]
    took_part = (
        _activities(actor, ActivityPerson.user_id, first, last)
        .join(ActivityPerson, ActivityPerson.activity_id == Activity.id)
        .where(ActivityPerson.user_id.in_(people_ids))
    )
    nobody_named = ~exists(select(ActivityPerson.user_id).where(ActivityPerson.activity_id == Activity.id))
    alone = _activities(actor, Activity.entered_by_id, first, last).where(
        Activity.entered_by_id.in_(people_ids), nobody_named
    )
    return [invited, *heads, took_part, alone, _absences(actor, people_ids, first, last)]


def _activities(actor: Actor, holder: Any, first: datetime, last: datetime) -> Select[Any]:
    columns = _columns(
        False, holder, Source.ACTIVITY, Activity.id, Activity.happened_at, type_coerce(null(), UtcInstant), Activity.kind,
        Activity.title, Activity.place, _seen(policy.rows(actor, Act.SEE_PROJECT, Activity)),
    )  # fmt: skip
    return select(*columns).where(
        Activity.state != ActivityState.CANCELLED,
        Activity.deleted_at.is_(None),
        Activity.kind.in_(list(LASTS)),
        Activity.happened_at > first - _LONGEST_ACTIVITY,
        Activity.happened_at < last + _LONGEST_ACTIVITY,  # a trip begins with the day, before its hour
    )


def _absences(actor: Actor, people_ids: Collection[int], first: datetime, last: datetime) -> Select[Any]:
    columns = _columns(
        False, Absence.user_id, Source.ABSENCE, Absence.id, Absence.starts_at, Absence.ends_at, Absence.kind, Absence.note,
        literal(""), _seen(policy.rows(actor, Act.SEE_LEAVE, Absence)),
    )  # fmt: skip
    return select(*columns).where(
        Absence.user_id.in_(people_ids),
        Absence.cancelled_at.is_(None),
        Absence.starts_at < last,
        Absence.ends_at > first,
    )
