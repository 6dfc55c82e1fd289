"""Booked meetings read for changing, answering and following up: one whole, its series, what a form begins with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActivityState
from crm.models import Attendee, Meeting, MeetingSeries, Room, User
from crm.policy import Act, Actor
from crm.rules.bookings import BookingDraft, Outsider, Point
from crm.rules.recurrence import Pattern


def changeable(session: Session, actor: Actor, meeting: Meeting) -> bool:
    """Whether the actor may change this booking."""
    mine = select(Meeting.id).where(Meeting.id == meeting.id, policy.rows(actor, Act.BOOK_MEETING, Meeting))
    return policy.can(actor, Act.BOOK_MEETING) and session.scalar(mine) is not None


def of_series(session: Session, series_id: int) -> Sequence[Meeting]:
    """Every time of a series that is not called off, in order, with those invited."""
    rows = (
        select(Meeting)
        .where(Meeting.series_id == series_id, Meeting.state != ActivityState.CANCELLED)
        .options(selectinload(Meeting.invited))
        .order_by(Meeting.held_at, Meeting.id)
    )
    return session.scalars(rows).all()


def find_attendee(session: Session, attendee_id: int) -> Attendee | None:
    """Somebody invited with the meeting, for the page behind the link in a mail."""
    rows = (
        select(Attendee)
        .where(Attendee.id == attendee_id)
        .options(joinedload(Attendee.meeting).joinedload(Meeting.chair), joinedload(Attendee.user))
    )
    return session.scalars(rows).one_or_none()


def draft_of(meeting: Meeting) -> BookingDraft:
    """A meeting (as `queries.meetings.whole` loads it) as a form begins with it; of a series without its rule."""
    needed = {meeting.chair_id, meeting.secretary_id}
    ours = [attendee for attendee in meeting.invited if attendee.user_id is not None and attendee.user_id not in needed]
    return BookingDraft(
        kind=meeting.kind,
        title=meeting.title,
        held_at=meeting.held_at,
        minutes=int((meeting.ends_at - meeting.held_at).total_seconds() // 60),
        room_id=meeting.room_id,
        place="" if meeting.room_id else meeting.place,
        online_url=meeting.online_url,
        chair_id=meeting.chair_id,
        secretary_id=meeting.secretary_id,
        required_ids=tuple(each.user_id for each in ours if each.user_id and each.is_required),
        optional_ids=tuple(each.user_id for each in ours if each.user_id and not each.is_required),
        outside=tuple(Outsider(each.name, each.unit, each.email) for each in meeting.invited if each.user_id is None),
        attendees=meeting.attendees,
        summary=meeting.summary,
        agenda=tuple(Point(item.project_id, item.title, item.length_minutes, item.notes) for item in meeting.agenda),
        reason=meeting.clash_reason,
    )


def pattern_of(series: MeetingSeries) -> Pattern:
    """The rule of a series."""
    weekdays = tuple(int(part) for part in series.weekdays.split(",") if part)
    return Pattern(
        series.repeat,
        series.first_on,
        series.every,
        weekdays,
        series.nth,
        series.off_days,
        until_on=series.until_on,
        times=series.times,
    )


def rooms(session: Session, or_room: int | None = None) -> Sequence[Room]:
    """The rooms in use, in their order; with `or_room` also that one, though it may be closed by now."""
    rows = select(Room).where(Room.is_active.is_(True) | (Room.id == (or_room or 0))).order_by(Room.rank, Room.id)
    return session.scalars(rows).all()


def names(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """The names of people, by their ids."""
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(user_ids))).all())
