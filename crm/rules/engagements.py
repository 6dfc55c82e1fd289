"""When people and rooms are taken: clashes of a time with what they have already, and times at which all are free.

A clash is hard where two times overlap, tight where somebody must travel and has less time than the office allows for it. Being
away (a leave, a trip) counts like a meeting. Everything here is a sweep over sorted intervals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from crm.choices import ActivityKind, Word
from crm.errors import RuleBroken
from crm.rules.days import at, day_of, local, start_of
from crm.rules.workdays import ONE_DAY, Calendar

# How long a touchpoint takes those who take part; what is done in passing takes nobody's time. A trip takes the whole day.
LASTS: dict[ActivityKind, timedelta] = {
    ActivityKind.TALK: timedelta(minutes=60),
    ActivityKind.VIDEO: timedelta(minutes=60),
    ActivityKind.VISIT: timedelta(minutes=120),
    ActivityKind.SERVICE: timedelta(minutes=90),
    ActivityKind.EVENT: timedelta(minutes=180),
    ActivityKind.TRIP: timedelta(days=1),
}


class Source(Enum):
    """Where an engagement comes from."""

    MEETING = "meeting"
    ACTIVITY = "activity"
    ABSENCE = "absence"


class Degree(Enum):
    """How bad a clash is."""

    HARD = "hard"
    TIGHT = "tight"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose time it is: a person's or a room's."""

    is_room: bool
    id: int


@dataclass(frozen=True, slots=True)
class Span:
    """A time at a place. `building` is where one has to be; "" where that is not known, or nowhere (online)."""

    starts_at: datetime
    ends_at: datetime
    building: str = ""


@dataclass(frozen=True, slots=True)
class Engagement:
    """A time that is taken; `what` is "" where the reader may not know of it."""

    holder: Holder
    span: Span
    source: Source
    row_id: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """An engagement that stands against a time; `gap_minutes` is what remains for the way in a tight one."""

    degree: Degree
    engagement: Engagement
    gap_minutes: int = 0

    @property
    def holder(self) -> Holder:
        """Whose clash it is."""
        return self.engagement.holder


def activity_span(kind: ActivityKind, happened_at: datetime, place: str) -> Span | None:
    """The time a touchpoint takes, or None; a trip lasts from morning to midnight in China."""
    lasts = LASTS.get(kind)
    if lasts is None:
        return None
    if kind is ActivityKind.TRIP:
        day = day_of(happened_at)
        return Span(start_of(day), start_of(day + ONE_DAY), place)
    return Span(happened_at, happened_at + lasts, "" if kind is ActivityKind.VIDEO else place)


def clashes(wanted: Span, engagements: Iterable[Engagement], travel: timedelta) -> list[Clash]:
    """What stands against a time, the hard ones first, then by time. Rooms do not travel."""
    found = [clash for engagement in engagements if (clash := _clash(wanted, engagement, travel))]
    return sorted(
        found, key=lambda clash: (clash.degree is Degree.TIGHT, clash.engagement.span.starts_at, clash.holder.id)
    )


def clashes_of(
    spans: Sequence[Span], engagements: Iterable[Engagement], travel: timedelta
) -> list[tuple[Span, list[Clash]]]:
    """As `clashes`, for many times at once: each is held only against what lies on its own days."""
    by_day: defaultdict[date, list[Engagement]] = defaultdict(list)
    for engagement in engagements:
        for day in _days(engagement.span, timedelta(0)):
            by_day[day].append(engagement)
    return [(span, clashes(span, _near(span, by_day, travel), travel)) for span in spans]


def _near(span: Span, by_day: Mapping[date, list[Engagement]], travel: timedelta) -> list[Engagement]:
    return list(dict.fromkeys(each for day in _days(span, travel) for each in by_day.get(day, ())))


def _days(span: Span, around: timedelta) -> Iterator[date]:
    day, last = (span.starts_at - around).astimezone(UTC).date(), (span.ends_at + around).astimezone(UTC).date()
    while day <= last:
        yield day
        day += ONE_DAY


def _clash(wanted: Span, engagement: Engagement, travel: timedelta) -> Clash | None:
    taken = engagement.span
    if wanted.starts_at < taken.ends_at and taken.starts_at < wanted.ends_at:
        return Clash(Degree.HARD, engagement)
    if engagement.holder.is_room or not _apart(wanted, taken):
        return None
    gap = max(wanted.starts_at - taken.ends_at, taken.starts_at - wanted.ends_at)
    return Clash(Degree.TIGHT, engagement, int(gap.total_seconds() // 60)) if gap < travel else None


def _apart(one: Span, other: Span) -> bool:
    """Whether one has to go from here to there; where a place is not known nobody is sent on a way."""
    return bool(one.building and other.building) and one.building != other.building


# ------------------------------------------------------------------------------------------------------------- free times

STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hours:
    """When offices work, as spans of a day in order."""

    spans: tuple[tuple[time, time], ...]


def read_hours(text: str, field: str = "") -> Hours:
    """From “08:30-12:00，13:30-17:30”; raises RuleBroken for what is no such text."""
    spans: list[tuple[time, time]] = []
    for part in filter(None, (part.strip() for part in text.replace("，", ",").replace("；", ",").split(","))):
        try:
            first, last = (time.fromisoformat(clock.strip().zfill(5)) for clock in part.replace("—", "-").split("-"))
        except ValueError as error:
            sentence = Word("“%(typed)s”不是时段，请写成“08:30-12:00，13:30-17:30”。", typed=part)
            raise RuleBroken(sentence, field) from error
        if not first < last or (spans and first < spans[-1][1]):
            sentence = Word("工作时段要由早到晚，不重叠：“%(typed)s”。", typed=part)
            raise RuleBroken(sentence, field)
        spans.append((first, last))
    if not spans:
        raise RuleBroken(Word("请写工作时段，例如“08:30-12:00，13:30-17:30”。"), field)
    return Hours(tuple(spans))


def windows(first: date, last: date, hours: Hours, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """The working hours of the working days, in order."""
    day = first
    while day <= last:
        if calendar.is_working(day):
            for begins, ends in hours.spans:
                yield at(day, begins), at(day, ends)
        day += ONE_DAY


def merged(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same times without overlaps, in order."""
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What times are asked for: how long, not before which instant, how many at most, where, with how long a way."""

    length: timedelta
    not_before: datetime
    most: int = 6
    building: str = ""
    travel: timedelta = timedelta(0)


def free_times(
    engagements: Collection[Engagement], within: Sequence[tuple[datetime, datetime]], asked: Asked
) -> list[datetime]:
    """Instants at which everybody is free for the whole length, with time for the way: the first of each half day, in order.

    Where too few half days have one, more of the same half days follow, so that there is something to choose from.
    """
    busy = merged(_taken(engagement.span, engagement.holder.is_room, asked) for engagement in engagements)
    found = [list(_an_hour_apart(_starts(gaps, asked))) for gaps in _gaps(within, busy, asked.not_before)]
    first = [starts[0] for starts in found if starts][: asked.most]
    more = [start for starts in found for start in starts[1:]]
    return sorted([*first, *more[: asked.most - len(first)]])


def _taken(span: Span, is_room: bool, asked: Asked) -> tuple[datetime, datetime]:
    way = asked.travel if not is_room and _apart(span, Span(span.starts_at, span.ends_at, asked.building)) else STEP * 0
    return span.starts_at - way, span.ends_at + way


def _gaps(
    within: Sequence[tuple[datetime, datetime]], busy: Sequence[tuple[datetime, datetime]], not_before: datetime
) -> Iterator[list[tuple[datetime, datetime]]]:
    """What each window leaves free. Both lists are in order, so that one pass over both is enough."""
    at_busy = 0
    for opens, closes in within:
        begins = max(opens, not_before)
        while at_busy < len(busy) and busy[at_busy][1] <= opens:
            at_busy += 1
        gaps, here = [], at_busy
        while here < len(busy) and busy[here][0] < closes:
            if begins < busy[here][0]:
                gaps.append((begins, busy[here][0]))
            begins = max(begins, busy[here][1])
            here += 1
        if begins < closes:
            gaps.append((begins, closes))
        yield gaps


def _starts(gaps: Iterable[tuple[datetime, datetime]], asked: Asked) -> Iterator[datetime]:
    """Starts on the half hour that fit into a gap."""
    for begins, ends in gaps:
        start = _rounded_up(begins)
        while start + asked.length <= ends:
            yield start
            start += STEP


def _an_hour_apart(starts: Iterable[datetime]) -> Iterator[datetime]:
    last: datetime | None = None
    for start in starts:
        if last is None or start >= last + 2 * STEP:
            yield start
            last = start


def _rounded_up(instant: datetime) -> datetime:
    clock = local(instant)
    over = (clock.minute % 30) * 60 + clock.second + clock.microsecond / 1e6
    return instant if over == 0 else instant + STEP - timedelta(seconds=over)


def next_half_hour(now: datetime) -> datetime:
    """The default start of what is planned: the next half hour on the clock."""
    return _rounded_up(now + timedelta(minutes=1))
