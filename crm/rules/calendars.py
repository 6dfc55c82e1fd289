"""The calendar as it is drawn: which days it shows, and where each event stands in its day. Days are China's.

A day is a grid of quarter hours down and twelve columns across; events that overlap share the width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.choices import Span
from crm.rules.days import Month, day_of, local, start_of
from crm.rules.recurrence import days_between
from crm.rules.workdays import ONE_DAY

QUARTER = timedelta(minutes=15)
COLUMNS = 12
FIRST_HOUR, LAST_HOUR = 8, 18
AGENDA_DAYS = 30


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the calendar. `kind` gives its colour, `label` says it; one without `title` is not the reader's to know."""

    kind: str
    label: str
    title: str
    begins: datetime
    ends: datetime
    row_id: int = 0
    source: str = "meeting"
    place: str = ""
    who: str = ""
    is_mine: bool = False
    is_draft: bool = False
    may_move: bool = False
    all_day: bool = False

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.ends - self.begins).total_seconds() // 60)

    @property
    def days(self) -> Sequence[date]:
        """The days in China on which it is; one that ends at midnight is not on the next."""
        return list(days_between(day_of(self.begins), day_of(self.ends - timedelta(microseconds=1))))


@dataclass(frozen=True, slots=True)
class Placed:
    """An event in a day's grid: its first quarter hour and how many, its first column and how many, all from 1."""

    event: Event
    row: int
    rows: int
    column: int
    columns: int


# ---------------------------------------------------------------------------------------------------------- which days


def shown(span: Span, on: date) -> tuple[date, date]:
    """The first and the last day: whole weeks of a month, a week from Monday, a day, or a month from here on."""
    match span:
        case Span.MONTH:
            month = Month.of(on)
            return _monday(month.first), _monday(month.last) + timedelta(days=6)
        case Span.WEEK:
            return _monday(on), _monday(on) + timedelta(days=6)
        case Span.DAY:
            return on, on
        case _:
            return on, on + timedelta(days=AGENDA_DAYS - 1)


def turned(span: Span, on: date, by: int) -> date:
    """The day to go to, one page on or back; a day that a month does not have becomes its last."""
    if span is Span.MONTH:
        month = Month.of(on).shifted(by)
        return min(month.last, date(month.year, month.number, 1) + timedelta(days=on.day - 1))
    return on + by * timedelta(days={Span.WEEK: 7, Span.DAY: 1}.get(span, AGENDA_DAYS))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def by_day(events: Iterable[Event], first: date, last: date) -> dict[date, list[Event]]:
    """The events of each day in order; one over midnight stands on both."""
    found: dict[date, list[Event]] = {day: [] for day in days_between(first, last)}
    for event in sorted(events, key=lambda event: (not event.all_day, event.begins, event.ends, event.row_id)):
        for day in event.days:
            if day in found:
                found[day].append(event)
    return found


# -------------------------------------------------------------------------------------------------------- where it stands


def hours(days: Iterable[Sequence[Event]]) -> tuple[int, int]:
    """The first hour shown and the one at which the grid ends: the office's day, wider where something lies outside."""
    first, last = FIRST_HOUR, LAST_HOUR
    for event in (event for day in days for event in day if not event.all_day):
        begins, ends = local(event.begins), local(event.ends)
        first = min(first, begins.hour)
        last = max(last, ends.hour + (ends.minute > 0))
        if begins.date() != ends.date():  # over midnight: the end of one day, the beginning of the next
            first, last = (0, 24) if ends.time() != ends.time().min else (first, 24)
    return first, last


def laid(events: Iterable[Event], day: date, first_hour: int) -> list[Placed]:
    """Where each event of a day stands in its grid; those of the whole day are shown above it."""
    begins = start_of(day)
    pieces = []
    for event in events:
        if event.all_day:
            continue
        first = max(event.begins, begins) - begins
        last = min(event.ends, begins + ONE_DAY) - begins
        row = int(first / QUARTER) - first_hour * 4
        rows = max(2, -(-int(last.total_seconds()) // int(QUARTER.total_seconds())) - first_hour * 4 - row)
        pieces.append((row, row + rows, event))
    placed: list[Placed] = []
    for group in _groups(sorted(pieces, key=lambda piece: (piece[0], -piece[1], piece[2].row_id))):
        placed += _side_by_side(group)
    return placed


Piece = tuple[int, int, Event]


def _groups(pieces: Sequence[Piece]) -> Iterable[list[Piece]]:
    """Events that touch each other, directly or through others, share the width."""
    group: list[Piece] = []
    until = 0
    for piece in pieces:
        if group and piece[0] >= until:
            yield group
            group = []
        until = max(until, piece[1]) if group else piece[1]
        group.append(piece)
    if group:
        yield group


def _side_by_side(group: Sequence[Piece]) -> Iterable[Placed]:
    ends: list[int] = []  # of each lane, where its last event ends
    lanes = []
    for first, last, _ in group:
        lane = next((lane for lane, end in enumerate(ends) if end <= first), len(ends))
        if lane == len(ends):
            ends.append(last)
        else:
            ends[lane] = last
        lanes.append(lane)
    count = next(size for size in (1, 2, 3, 4, 6, COLUMNS) if size >= min(len(ends), COLUMNS))
    width = COLUMNS // count
    for (first, last, event), lane in zip(group, lanes, strict=True):
        yield Placed(event, first + 1, last - first, min(lane, count - 1) * width + 1, width)
