"""Every figure by its key: those of the matrix, those that only rates speak of, those of lists and what they share."""

from __future__ import annotations

from crm.queries.totals.overlaps import OF_LISTS
from crm.queries.totals.rates import OF_RATES
from crm.queries.totals.registry import FIGURES, Figure


def find_figure(key: str) -> Figure | None:
    """The figure of a key; None for an unknown one."""
    return FIGURES.get(key) or OF_RATES.get(key) or OF_LISTS.get(key)
