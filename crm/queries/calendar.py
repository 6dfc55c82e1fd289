"""What stands in a calendar: meetings, receptions, trips and absences of some days; of one person, room or project, or of all.

A fixed number of statements. In a person's or a room's calendar what the reader may not know shows as taken time, without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, literal, or_, select, union
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import ActivityKind, ActivityState, DayPart, MeetingKind, Reply, Word
from crm.models import Activity, ActivityPerson, ActivityProject, AgendaItem, Attendee, Holiday, Meeting, User
from crm.policy import Act, Actor
from crm.queries import absences
from crm.queries.absences import Away
from crm.rules.bookings import LONGEST_MINUTES
from crm.rules.calendars import Event
from crm.rules.days import start_of
from crm.rules.engagements import LASTS, activity_span
from crm.rules.workdays import ONE_DAY

AROUND = timedelta(minutes=LONGEST_MINUTES)
# In a calendar of everybody: whom the zone receives and who travels. In one's own, all that takes one's time.
PUBLIC = (ActivityKind.VISIT, ActivityKind.TRIP, ActivityKind.EVENT)
TAKEN = Word("已有安排")


@dataclass(frozen=True)
class Scope:
    """Whose calendar it is; nothing said is everybody's, as far as the reader may see it."""

    person_id: int | None = None
    room_id: int | None = None
    project_id: int | None = None
    kind: MeetingKind | None = None

    @property
    def masks(self) -> bool:
        """Whether what the reader may not know is shown as taken time."""
        return self.person_id is not None or self.room_id is not None


@dataclass(frozen=True)
class Marked:
    """A day on which the working calendar differs from the week."""

    is_working: bool
    name: str


def events(session: Session, actor: Actor, scope: Scope, first: date, last: date) -> list[Event]:
    """Everything of these days, both included; three statements at most."""
    begins, ends = start_of(first), start_of(last + ONE_DAY)
    rows = _meetings(actor, literal(0), begins, ends, masked=scope.masks).where(*of_scope(scope))
    found = [_meeting(row) for row in session.execute(rows)]
    if scope.room_id is None and scope.kind is None:
        found += [event for _, event in _activities(session, _in_scope(actor, scope, begins, ends), begins, ends)]
    if scope.room_id is None and scope.project_id is None and scope.kind is None:
        people = None if scope.person_id is None else [scope.person_id]
        found += [_absence(away, actor) for away in absences.between(session, actor, begins, ends, people)]
    return found


def of_rooms(session: Session, actor: Actor, day: date) -> dict[int, list[Event]]:
    """A day of every room, by its key; one statement."""
    begins, ends = start_of(day), start_of(day + ONE_DAY)
    rows = _meetings(actor, Meeting.room_id, begins, ends, masked=True).where(Meeting.room_id.is_not(None))
    found: dict[int, list[Event]] = {}
    for row in session.execute(rows):
        found.setdefault(row[0], []).append(_meeting(row))
    return found


def of_people(session: Session, actor: Actor, day: date, user_ids: Collection[int]) -> dict[int, list[Event]]:
    """A day of several people side by side, by their keys; three statements whatever their number."""
    begins, ends = start_of(day), start_of(day + ONE_DAY)
    found: dict[int, list[Event]] = {key: [] for key in user_ids}
    parts = _parts(user_ids)
    rows = _meetings(actor, parts.c.user_id, begins, ends, masked=True).join(parts, parts.c.meeting_id == Meeting.id)
    for row in session.execute(rows):
        found[row[0]].append(_meeting(row))
    joined = _joined_by_some(user_ids)
    talks = _activity_rows(actor, joined.c.user_id, list(LASTS), begins, ends, masked=True)
    talks = talks.join(joined, joined.c.activity_id == Activity.id)
    for key, event in _activities(session, talks, begins, ends):
        found[key].append(event)
    for away in absences.between(session, actor, begins, ends, user_ids):
        found[away.absence.user_id].append(_absence(away, actor))
    return found


def holidays(session: Session, first: date, last: date) -> dict[date, Marked]:
    """The days off and the weekends worked; one statement."""
    rows = select(Holiday.day, Holiday.is_working, Holiday.name).where(Holiday.day.between(first, last))
    return {day: Marked(works, name) for day, works, name in session.execute(rows)}


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


# --------------------------------------------------------------------------------------------------------------- meetings


def takes_part(user_id: int) -> ColumnElement[bool]:
    """The person has a part in the meeting and has not said that he cannot come."""
    invited = exists(
        select(Attendee.id).where(
            Attendee.meeting_id == Meeting.id, Attendee.user_id == user_id, Attendee.response != Reply.DECLINED
        )
    )
    return or_(Meeting.chair_id == user_id, Meeting.secretary_id == user_id, invited)


def _parts(user_ids: Collection[int]) -> Any:
    """(meeting, person) for those of some people who have a part in it."""
    invited = select(Attendee.meeting_id.label("meeting_id"), Attendee.user_id.label("user_id")).where(
        Attendee.user_id.in_(user_ids), Attendee.response != Reply.DECLINED
    )
    heads = [
        select(Meeting.id, column).where(column.in_(user_ids)) for column in (Meeting.chair_id, Meeting.secretary_id)
    ]
    return union(invited, *heads).subquery()


def of_scope(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """The conditions on Meeting that make a calendar somebody's."""
    if scope.person_id is not None:
        yield takes_part(scope.person_id)
    if scope.room_id is not None:
        yield Meeting.room_id == scope.room_id
    if scope.project_id is not None:
        on_agenda = select(AgendaItem.meeting_id).where(AgendaItem.project_id == scope.project_id)
        yield Meeting.id.in_(on_agenda)
    if scope.kind is not None:
        yield Meeting.kind == scope.kind


def _meetings(actor: Actor, holder: Any, begins: datetime, ends: datetime, *, masked: bool) -> Select[Any]:
    chair = aliased(User)
    seen = policy.rows(actor, Act.SEE_MEETING, Meeting)
    rows = (
        select(
            holder, Meeting.id, Meeting.kind, Meeting.title, Meeting.held_at, Meeting.ends_at, Meeting.place, chair.name,
            Meeting.is_draft, Meeting.state, _flag(seen), _flag(takes_part(actor.id)),
            _flag(policy.rows(actor, Act.BOOK_MEETING, Meeting)),
        )
        .select_from(Meeting)
        .outerjoin(chair, chair.id == Meeting.chair_id)
        .where(
            Meeting.state != ActivityState.CANCELLED,
            Meeting.held_at > begins - AROUND,
            Meeting.held_at < ends,
            Meeting.ends_at > begins,
        )
    )  # fmt: skip
    return rows if masked else rows.where(seen)


def _meeting(row: Any) -> Event:
    _holder, key, kind, title, held_at, ends_at, place, chair, draft, state, seen, mine, changes = row
    if not seen:
        return Event("masked", TAKEN, "", held_at, ends_at, key)
    movable = bool(changes) and state is ActivityState.PLANNED
    return Event(
        kind.value, kind.label, title, held_at, ends_at, key, place=place, who=chair or "", is_mine=bool(mine), is_draft=draft,
        may_move=movable,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- touchpoints and absences


def _in_scope(actor: Actor, scope: Scope, begins: datetime, ends: datetime) -> Select[Any]:
    own = scope.masks or scope.project_id is not None
    kinds = list(LASTS) if own else list(PUBLIC)
    rows = _activity_rows(actor, literal(0), kinds, begins, ends, masked=scope.masks)
    if scope.person_id is not None:
        rows = rows.where(_joined_by(scope.person_id))
    if scope.project_id is not None:
        touching = select(ActivityProject.activity_id).where(ActivityProject.project_id == scope.project_id)
        rows = rows.where(Activity.id.in_(touching))
    return rows


def _activity_rows(
    actor: Actor, holder: Any, kinds: Collection[ActivityKind], begins: datetime, ends: datetime, *, masked: bool
) -> Select[Any]:
    seen = policy.rows(actor, Act.SEE_PROJECT, Activity)
    rows = (
        select(
            holder, Activity.id, Activity.kind, Activity.title, Activity.happened_at, Activity.place, Activity.city, _flag(seen),
            _flag(_joined_by(actor.id)),
        )
        .select_from(Activity)
        .where(
            Activity.state != ActivityState.CANCELLED,
            Activity.kind.in_(kinds),
            Activity.happened_at > begins - ONE_DAY,
            Activity.happened_at < ends + ONE_DAY,
        )
    )  # fmt: skip
    return rows if masked else rows.where(seen)


def _joined_by(user_id: int) -> ColumnElement[bool]:
    """He took part; where nobody is named, who wrote it down."""
    people = select(ActivityPerson.user_id).where(ActivityPerson.activity_id == Activity.id)
    alone = ~exists(people) & (Activity.entered_by_id == user_id)
    return or_(exists(people.where(ActivityPerson.user_id == user_id)), alone)


def _joined_by_some(user_ids: Collection[int]) -> Any:
    """(touchpoint, person) for those of some people who took part."""
    named = select(ActivityPerson.activity_id.label("activity_id"), ActivityPerson.user_id.label("user_id"))
    nobody = ~exists(select(ActivityPerson.user_id).where(ActivityPerson.activity_id == Activity.id))
    alone = select(Activity.id, Activity.entered_by_id).where(Activity.entered_by_id.in_(user_ids), nobody)
    return union(named.where(ActivityPerson.user_id.in_(user_ids)), alone).subquery()


def _activities(session: Session, rows: Select[Any], begins: datetime, ends: datetime) -> Iterator[tuple[int, Event]]:
    for holder, key, kind, title, happened_at, place, city, seen, mine in session.execute(rows):
        span = activity_span(kind, happened_at, place)
        if span is None or span.ends_at <= begins or span.starts_at >= ends:
            continue
        whole = kind is ActivityKind.TRIP
        if not seen:
            yield holder, Event("masked", TAKEN, "", span.starts_at, span.ends_at, key, "activity", all_day=whole)
            continue
        yield holder, Event(
            kind.value, kind.label, title or kind.label, span.starts_at, span.ends_at, key, "activity", place=city or place,
            is_mine=bool(mine), all_day=whole,
        )  # fmt: skip


def _absence(away: Away, actor: Actor) -> Event:
    row = away.absence
    title = Word("%(name)s %(why)s", name=row.user.name, why=away.why)
    return Event(
        "away", Word("外出请假"), title, row.starts_at, row.ends_at, row.id, "absence", is_mine=row.user_id == actor.id,
        all_day=away.part is DayPart.WHOLE,
    )  # fmt: skip
