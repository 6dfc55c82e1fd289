"""Foreign money in yuan: one function, handed the rate (house.md §5)."""

from __future__ import annotations

from decimal import Decimal

from crm.rules.figures import half_up


def in_yuan(units: int, rate: Decimal) -> int:
    """Whole units of a currency at `rate` yuan each, as whole yuan, half up."""
    return int(half_up(units * rate, 0))
