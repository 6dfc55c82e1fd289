"""未计入台账: what was reported of each figure and does not count, by reason; each line opens its rows."""

from __future__ import annotations

from typing import Any

from flask import Response

from crm import policy
from crm.policy import Act
from crm.queries.totals.evaluate import LeftOut
from crm.queries.totals.ledger import Line, ledger
from crm.rules.days import Month
from crm.rules.figures import DASH, printed
from crm.views import months, web
from crm.views.figures import Cell, address, amount, totals_of
from crm.views.rates import views

__all__ = ["views"]


@views.get("/left-out")
@web.elsewhere
def left_out() -> Response:
    """Every figure's lines, for the month and the year to date."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    totals = totals_of(months.asked())
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in ledger(totals):
        groups.setdefault(line.name, []).append(_line(line, totals.month))
    return web.page(
        "figures/left_out.html",
        month=totals.month,
        months=months.offered(totals.month),
        as_of=totals.basis.as_of,
        groups=groups,
    )


def _line(line: Line, month: Month) -> dict[str, Any]:
    return {
        "verdict": line.verdict,
        "unit": line.figure.unit,
        "month": _cells(line, line.month, month, "month"),
        "year": _cells(line, line.year, month, "year"),
    }


def _cells(line: Line, found: LeftOut, month: Month, span: str) -> tuple[Cell, str]:
    if not found.rows:
        return Cell(printed(0)), ""
    url = address(line.figure.key, month, span, reason=line.verdict.value) + "#left-out"
    return Cell(printed(found.rows), url), amount(line.figure, found.amount) if line.has_amount else DASH
