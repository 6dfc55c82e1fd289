"""Progress against plan, against the calendar and against last year (domain.md §4.3, §4.4).

Amounts are whole yuan, dollars or counts; shares and changes are exact fractions (0.775 is 31/40), rounded only when
printed. None means: cannot be said (no target, no base, zero to divide by) and is printed "—".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from crm.rules.figures import half_up

MONTHS = 12


def schedule_share(month: int, month_yuan: Sequence[int] | None = None) -> Fraction:
    """序时进度 at the end of month 1..12: n/12, or exactly what the project's own plan by month, if it has one, comes to."""
    if not 1 <= month <= MONTHS:
        raise ValueError(f"{month} is not a month")
    if not month_yuan or not sum(month_yuan):
        return Fraction(month, MONTHS)
    return Fraction(sum(month_yuan[:month]), sum(month_yuan))


def joint_share(parts: Iterable[tuple[int | None, Fraction]]) -> Fraction | None:
    """序时进度 of several plans together, from (planned, its own share): what each was to have done by its own schedule, added
    up, of what all plan. None where nothing is planned."""
    planned, due = 0, Fraction(0)
    for yuan, of_it in parts:
        planned += yuan or 0
        due += (yuan or 0) * of_it
    return due / planned if planned else None


def joint_due(month: int, planned_yuan: int, curves: Iterable[tuple[int, Sequence[int]]]) -> Fraction:
    """The same at the end of a month, of all that is planned: `curves` are those of it with a plan by month (planned, twelve)."""
    own = [(yuan, schedule_share(month, curve)) for yuan, curve in curves]
    rest = planned_yuan - sum(yuan for yuan, _ in own)
    usual = schedule_share(month)
    found = joint_share([(rest, usual), *own])
    return usual if found is None else found


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
