"""The working calendar: weekdays, but for holidays and the weekends worked in exchange (domain.md §10.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """`exceptions` maps a day to whether it is worked, where that differs from the week."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether offices are open."""
        return self.exceptions.get(day, day.weekday() < 5)

    def next_working(self, day: date) -> date:
        """The day itself if it is worked, else the first one after it that is."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def after(self, day: date, days: int) -> date:
        """The so many-th working day after a day: what is due within n working days is due on it."""
        for _ in range(days):
            day = self.next_working(day + ONE_DAY)
        return day

    def before(self, day: date, days: int) -> date:
        """The so many-th working day before a day."""
        for _ in range(days):
            day -= ONE_DAY
            while not self.is_working(day):
                day -= ONE_DAY
        return day

    def overdue_from(self, cut_off_on: date) -> date:
        """The latest deadline that has passed by a day: the last day worked before it."""
        day = cut_off_on - ONE_DAY
        while not self.is_working(day):
            day -= ONE_DAY
        return day


def overdue_days(deadline_on: date, cut_off_on: date, calendar: Calendar) -> int:
    """Calendar days past the deadline; one that falls on a day off is due on the next working day."""
    return max(0, (cut_off_on - calendar.next_working(deadline_on)).days)


def working_days_past(deadline_on: date, today: date, calendar: Calendar) -> int:
    """Working days past the deadline, today included: 0 on the day it is due, 1 on the next day worked."""
    day, found = calendar.next_working(deadline_on), 0
    while day < today:
        day += ONE_DAY
        found += calendar.is_working(day)
    return found
