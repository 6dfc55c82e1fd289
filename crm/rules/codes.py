"""Project codes such as YH-2022-0117: the zone's prefix, the year of registration, a serial (domain.md §2.2)."""

from __future__ import annotations

from collections.abc import Iterable

DEFAULT_PREFIX = "YH"
DIGITS = 4


def code(prefix: str, year: int, serial: int) -> str:
    """The code; a serial past 9999 grows a digit."""
    return f"{prefix}-{year}-{serial:0{DIGITS}d}"


def stem(prefix: str, year: int) -> str:
    """What all codes of a year begin with."""
    return f"{prefix}-{year}-"


def next_codes(prefix: str, year: int, taken: Iterable[str], count: int = 1) -> list[str]:
    """So many codes after the highest one taken; codes that a ledger brought in another shape are no obstacle."""
    start = stem(prefix, year)
    rests = (text.removeprefix(start) for text in taken if text.startswith(start))
    highest = max((int(rest) for rest in rests if rest.isascii() and rest.isdigit()), default=0)
    return [code(prefix, year, highest + step) for step in range(1, count + 1)]
