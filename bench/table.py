"""The results as tables: what was measured beside the marks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.measuring import Measured

MEMORY_MARK_MIB, FIRST_LOAD_MARK_KB, LIST_HTML_MARK_KB = 180, 200, 12
RATIO_MARK = 1.5


@dataclass(frozen=True)
class Weight:
    """What is measured once: memory after the load, and what a browser fetches the first time."""

    memory_bytes: int
    background_bytes: int | None  # of the process that does background work
    first_load_bytes: int
    list_html_bytes: int | None


def number(value: float | None) -> str:
    """Three figures of a number, more of a large one."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def verdict(value: float | None, mark: float | None) -> str:
    """Whether a mark is met; nothing where there is none."""
    if value is None or mark is None:
        return ""
    return "met" if value <= mark else f"{value / mark:.1f}x"


HEADS = ("operation", "mark", "CPU ms", "app", "pg", "verdict", "floor", "ratio", "SQL", "requests",
         "p50", "p95", "per s", "p50 (8)", "p95 (8)", "per s (8)", "kB", "kB gzip")  # fmt: skip


def line(found: Measured) -> tuple[str, ...]:
    """The cells of an operation."""
    alone, together = found.alone, found.together
    return (
        found.name, number(found.mark) if found.mark else "", number(found.spent.both), number(found.spent.application),
        number(found.spent.database), verdict(found.spent.both, found.mark),
        number(found.floor.both) if found.floor else "–", number(found.ratio), str(found.statements), str(found.requests),
        number(alone.p50), number(alone.p95), number(alone.per_second),
        number(together.p50), number(together.p95), number(together.per_second),
        number(found.raw_bytes / 1000), number(found.packed_bytes / 1000),
    )  # fmt: skip


def weights(weight: Weight) -> list[tuple[str, ...]]:
    """The lines of what is measured once."""
    html, background = weight.list_html_bytes, weight.background_bytes
    values = (
        ("server memory after the load (PSS, without PostgreSQL), MiB", MEMORY_MARK_MIB, weight.memory_bytes / 1024**2),
        ("the worker for background work beside it (PSS), MiB", None, background / 1024**2 if background else None),
        ("first load, JS + CSS, gzip, kB", FIRST_LOAD_MARK_KB, weight.first_load_bytes / 1000),
        ("list page HTML, gzip, kB", LIST_HTML_MARK_KB, html / 1000 if html else None),
    )
    return [(name, str(mark or ""), number(value), verdict(value, mark)) for name, mark, value in values]


WEIGHT_HEADS = ("", "mark", "measured", "verdict")


def growth(small: Sequence[Measured], large: Sequence[Measured]) -> list[tuple[str, ...]]:
    """What each operation costs in the larger register, as a multiple of the smaller."""
    before = {found.key: found for found in small}
    lines: list[tuple[str, ...]] = []
    for found in large:
        if old := before.get(found.key):
            ratio = found.spent.both / old.spent.both if old.spent.both else None
            cells = (
                found.name,
                number(old.spent.both),
                number(found.spent.both),
                number(ratio),
                verdict(ratio, RATIO_MARK),
            )
            lines.append(cells)
    return lines


GROWTH_HEADS = ("operation", "CPU ms, small", "CPU ms, large", "times", "verdict (1.5)")


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table for a page."""
    rows = [heads, ["---"] + ["---:"] * (len(heads) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def plain(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table for a terminal."""
    rows = [tuple(heads), *map(tuple, lines)]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(heads))]
    return "\n".join(
        "  ".join(
            _padded(cell, width, place > 0) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, is_right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if is_right else text + blank
