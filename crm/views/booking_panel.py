"""What stands beside the form of a meeting while it is typed: clashes, free times, the sum of the agenda, what a series comes to.

The page and the fragment that htmx asks for are the same value; the same query and rule decide when the form is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm import policy
from crm.actions import bookings as actions
from crm.choices import Word
from crm.models import Room, User
from crm.policy import Act
from crm.queries import settings
from crm.queries.engagements import engagements
from crm.rules import recurrence
from crm.rules.bookings import BookingDraft, time_of, when
from crm.rules.days import day_of, local, start_of
from crm.rules.engagements import Asked, Clash, Degree, Engagement, Span, free_times, windows
from crm.rules.workdays import ONE_DAY, Calendar
from crm.views import web

HORIZON = timedelta(days=28)
MOST_SHOWN = 8


@dataclass(frozen=True)
class Line:
    """A clash in words: whose, when, what, and of a tight one how long the way may take."""

    who: str
    when: str
    what: str
    gap_minutes: int | None = None


@dataclass(frozen=True)
class Row:
    """A person's or the room's day: what is taken of it, as shares of the hours shown."""

    name: str
    taken: Sequence[tuple[float, float, str]]  # where it begins and how long it is, of 100; in words


@dataclass(frozen=True)
class Strip:
    """The day at a glance."""

    rows: Sequence[Row]
    begins: float
    length: float
    hours: Sequence[int]  # at equal distances


@dataclass(frozen=True)
class Panel:
    """Everything beside the form."""

    ends_at: datetime | None = None
    agenda_minutes: int = 0
    minutes: int = 0
    people: int = 0
    capacity: int | None = None
    blocks: Sequence[Line] = ()
    persons: Sequence[Line] = ()
    warns: Sequence[Line] = ()
    more: int = 0
    may_double: bool = False
    free: Sequence[datetime] = ()
    caption: Sequence[str] = ()
    strip: Strip | None = None

    @property
    def overrun(self) -> int:
        """How many minutes the agenda is longer than the meeting."""
        return max(0, self.agenda_minutes - self.minutes)

    @property
    def is_crowded(self) -> bool:
        """More people than the room holds."""
        return self.capacity is not None and self.people > self.capacity


def panel(
    draft: BookingDraft | None, agenda_minutes: int, people: Sequence[User], rooms: Sequence[Room], but: Sequence[int]
) -> Panel:
    """The panel for what is typed; `but` are the meetings that are being changed. A fixed number of statements."""
    if draft is None or draft.minutes <= 0:
        return Panel()
    session, actor = web.session(), web.actor()
    calendar = settings.calendar(session)
    names = {user.id: user.name for user in people}
    room = next((room for room in rooms if room.id == draft.room_id), None)
    times, caption = _times(draft, calendar)
    found = actions.against(session, actor, draft, times, but) if times else []
    day = _day(draft, but)
    return Panel(
        ends_at=draft.ends_at,
        agenda_minutes=agenda_minutes,
        minutes=draft.minutes,
        people=len(draft.people_ids) + len(draft.outside),
        capacity=room.capacity if room else None,
        caption=caption,
        may_double=policy.can(actor, Act.DOUBLE_BOOK),
        free=_free(draft, calendar, but) if draft.needed_ids or room else (),
        strip=_strip(draft, day, names, room),
        **_lines(draft, found, names, room),  # type: ignore[arg-type]
    )


def _times(draft: BookingDraft, calendar: Calendar) -> tuple[list[Span], Sequence[str]]:
    alone = [Span(draft.held_at, draft.ends_at)]
    if draft.pattern is None:
        return alone, ()
    wrong = recurrence.problem(draft.pattern)
    if wrong:
        return alone, [wrong[1]]
    course = recurrence.course(draft.pattern, calendar)
    begins = [time_of(occurrence, draft) for occurrence in course.times]
    length = timedelta(minutes=draft.minutes)
    return [Span(time, time + length) for time in begins], recurrence.caption(draft.pattern, course, calendar)


def _lines(
    draft: BookingDraft, found: Sequence[tuple[Span, Clash]], names: Mapping[int, str], room: Room | None
) -> dict[str, object]:
    """What blocks (the room), what needs a reason (those who are needed), what warns."""
    blocks, persons, warns = [], [], []
    for _, clash in found:
        if clash.holder.is_room:
            blocks.append(_line(clash, room.name if room else ""))
        elif clash.degree is Degree.HARD and clash.holder.id in draft.needed_ids:
            persons.append(_line(clash, names.get(clash.holder.id, "")))
        else:
            warns.append(_line(clash, names.get(clash.holder.id, "")))
    shown = [part[:MOST_SHOWN] for part in (blocks, persons, warns)]
    more = sum(map(len, (blocks, persons, warns))) - sum(map(len, shown))
    return {"blocks": shown[0], "persons": shown[1], "warns": shown[2], "more": more}


def _line(clash: Clash, who: str) -> Line:
    span = clash.engagement.span
    what = clash.engagement.what or Word("该时段已有安排")
    return Line(
        who, when(span.starts_at, span.ends_at), what, clash.gap_minutes if clash.degree is Degree.TIGHT else None
    )


def _free(draft: BookingDraft, calendar: Calendar, but: Sequence[int]) -> Sequence[datetime]:
    """Times at which all who are needed, and the room, are free: from now on, four weeks from the day that is typed."""
    session, values, now = web.session(), web.settings(), web.now()
    first = max(start_of(day_of(draft.held_at)), now)
    rooms = [draft.room_id] if draft.room_id is not None else []
    taken = engagements(session, web.actor(), draft.needed_ids, rooms, first, first + HORIZON, but)
    within = list(windows(day_of(first), day_of(first + HORIZON), values.hours, calendar))
    building = actions.building_of(session, draft)
    asked = Asked(timedelta(minutes=draft.minutes), first, 6, building, values.travel)
    return free_times(taken, within, asked)


# ------------------------------------------------------------------------------------------------------ the day at a glance

FROM_HOUR, TO_HOUR = 8, 20


def _day(draft: BookingDraft, but: Sequence[int]) -> Sequence[Engagement]:
    day = day_of(draft.held_at)
    rooms = [draft.room_id] if draft.room_id is not None else []
    begins, ends = start_of(day), start_of(day + ONE_DAY)
    return engagements(web.session(), web.actor(), draft.people_ids, rooms, begins, ends, but)


def _strip(draft: BookingDraft, day: Sequence[Engagement], names: Mapping[int, str], room: Room | None) -> Strip | None:
    holders = [(False, key, name) for key, name in names.items() if key in draft.needed_ids]
    if room is not None:
        holders.append((True, room.id, room.name))
    if not holders:
        return None
    on = day_of(draft.held_at)
    begins = start_of(on) + timedelta(hours=FROM_HOUR)
    whole = timedelta(hours=TO_HOUR - FROM_HOUR)

    def share(instant: datetime) -> float:
        return max(0.0, min(100.0, round((instant - begins) / whole * 100, 2)))

    rows = []
    for is_room, key, name in holders:
        taken = []
        for each in day:
            if (each.holder.is_room, each.holder.id) == (is_room, key):
                first, last = share(each.span.starts_at), share(each.span.ends_at)
                clock = f"{local(each.span.starts_at):%H:%M}—{local(each.span.ends_at):%H:%M}"
                taken.append((first, round(last - first, 2), f"{clock} {each.what or Word('已有安排')}"))
        rows.append(Row(name, taken))
    first, last = share(draft.held_at), share(draft.ends_at)
    return Strip(rows, first, round(last - first, 2), range(FROM_HOUR, TO_HOUR, 2))
