"""Progress against plan, against the calendar and against last year (domain.md §4.3, §4.4).

Amounts are whole yuan, dollars or counts; shares and changes are exact fractions (0.775 is 31/40), rounded only when
printed. None means: cannot be said (no target, no base, zero to divide by) and is printed "—".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from crm.rules.figures import half_up

MONTHS = 12


def schedule_share(month: int, curve: Mapping[int, int | Decimal] | None = None) -> Fraction:
    """序时进度 at the end of month 1..12: n/12, or the project's own curve where it has one.

    `curve` maps a month to the cumulative percent of the year planned by its end ({3: 20, 12: 100}); a month it leaves
    out keeps the last stated percent before it, and before the first stated month nothing is due.
    """
    if not 1 <= month <= MONTHS:
        raise ValueError(f"{month} is not a month")
    if not curve:
        return Fraction(month, MONTHS)
    stated = [number for number in curve if number <= month]
    return Fraction(curve[max(stated)]) / 100 if stated else Fraction(0)


def share(part: int | Fraction | None, whole: int | None) -> Fraction | None:
    """part ÷ whole: 完成率 (done ÷ plan, actual ÷ target) and 占比; None without a whole or with nothing to divide by."""
    if part is None or not whole:
        return None
    return Fraction(part, whole)


def change(now: int | None, before: int | None) -> Fraction | None:
    """同比: (now − before) ÷ before; None when there is no base or the base is zero (not ∞, not 100 %)."""
    if now is None or not before:
        return None
    return Fraction(now - before, abs(before))


def deviation_points(done: int | None, plan: int | None, due: Fraction) -> Decimal | None:
    """较序时进度 in percentage points, rounded half up to one place: (done ÷ plan − due) × 100.

    Rounded here and not when printed, so that the lights judge the very figure the table shows.
    """
    completed = share(done, plan)
    return None if completed is None else half_up((completed - due) * 100, 1)
