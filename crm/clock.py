"""The clock that views, commands and jobs look at; everything below them is handed `today` and `now`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from crm.rules.days import at, day_of, local


@dataclass(frozen=True)
class Clock:
    """The real time, or the real time of day on a fixed day (demo and tests)."""

    fixed_on: date | None = None

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        real = datetime.now(UTC)
        if self.fixed_on is None:
            return real
        return at(self.fixed_on, local(real).time())

    def today(self) -> date:
        """The present day in China."""
        return day_of(self.now())
