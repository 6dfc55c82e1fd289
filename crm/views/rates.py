"""考核指标: the rates of the year to a month, each with its numerator and denominator as links to their rows."""

from __future__ import annotations

from typing import Any

from flask import Response

from crm import policy
from crm.policy import Act
from crm.queries.totals import Figure
from crm.queries.totals.rates import Lapsed, Rated, lapsed, rated
from crm.rules.days import Month
from crm.rules.figures import percent, printed
from crm.views import months, web
from crm.views.figures import Cell, address, amount, totals_of
from crm.views.pivot import views

__all__ = ["views"]


@views.get("/rates")
@web.elsewhere
def rates() -> Response:
    """Every rate and how long the steps take, from January to the month."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    totals = totals_of(months.asked())
    month = totals.month
    return web.page(
        "figures/rates.html",
        month=month,
        months=months.offered(month),
        as_of=totals.basis.as_of,
        rates=[_rate(found, month) for found in rated(totals)],
        lapses=[_lapse(found, month) for found in lapsed(totals)],
    )


def _rate(found: Rated, month: Month) -> dict[str, Any]:
    share = found.share
    return {
        "rate": found.rate,
        "done": _cell(found.rate.done, found.done, month),
        "of": _cell(found.rate.of, found.of, month),
        "share": percent(share),
        "bar": None if share is None else min(100.0, float(share * 100)),
    }


def _cell(figure: Figure, value: int, month: Month) -> Cell:
    return Cell(amount(figure, value), address(figure.key, month) if value else "")


def _lapse(found: Lapsed, month: Month) -> dict[str, Any]:
    return {
        "lapse": found.lapse,
        "days": printed(found.median_days),
        "of": Cell(printed(found.count), address(found.lapse.figure.key, month) if found.count else ""),
    }
