"""What is due: late is red, today is yellow, the future is green, everywhere alike (ui/design.md §1.5, peers.md §7.17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from crm.choices import Light, Word

AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """How a day stands to today: the light and its words."""

    light: Light
    words: str

    @property
    def late(self) -> bool:
        """Whether it is behind us."""
        return self.light is Light.RED


def due(on: date, today: date) -> Due:
    """逾期 3 天, 今天, 明天, 3 天后."""
    days = (on - today).days
    if days < 0:
        return Due(Light.RED, Word("逾期 %(n)d 天", n=-days))
    if days == 0:
        return Due(Light.YELLOW, Word("今天"))
    return Due(Light.GREEN, Word("明天") if days == 1 else Word("%(n)d 天后", n=days))


def nearby(today: date) -> date:
    """The last day that “接下来 7 天” covers."""
    return today + AHEAD
