"""Phases listed beside their project: 45 亿元, and under it 1.5, 13.5 and 30. Counted again they would double it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm.rules.ledger.model import RowReading, Source


def find_phases(rows: Sequence[RowReading], source: Source) -> dict[int, str]:
    """Positions of rows that split up the project above them, each with the reason.

    They follow a numbered project, have no number or a sub-number of its (3 -> 3.1, 3-2), are two or more, and their
    sure amounts add up to its own exactly.
    """
    found: dict[int, str] = {}
    for position, row in enumerate(rows):
        whole = row.total.yuan if row.is_project and row.total else None
        if whole and re.fullmatch(r"\d{1,4}", source.facts[position].serial):
            below = _below(position, rows, source)
            amounts = [total.yuan for later in below if (total := rows[later].total) and total.yuan]
            if len(below) >= 2 and len(amounts) == len(below) and sum(amounts) == whole:
                reason = f"与上下几行合起来等于“{row.name}”的总投资，是它的分期，没有另算"
                found.update(dict.fromkeys(below, reason))
    return found


def _below(position: int, rows: Sequence[RowReading], source: Source) -> list[int]:
    """The projects that follow without a number of their own."""
    parent = source.facts[position].serial
    below: list[int] = []
    for later in range(position + 1, len(rows)):
        serial = source.facts[later].serial
        unnumbered = not serial and source.style.serials
        if not rows[later].is_project or not (unnumbered or _is_sub_number(serial, parent)):
            break
        below.append(later)
    return below


def _is_sub_number(serial: str, parent: str) -> bool:
    """3.1, 3-2 or (3.1) of 3."""
    before, mark, after = serial.strip("()").replace("-", ".").partition(".")
    return before == parent and bool(mark) and after.isdecimal()
