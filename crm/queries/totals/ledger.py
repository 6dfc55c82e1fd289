"""未计入台账: what was reported of each figure and is left out of it, by reason, for the month and the year to date.

The same verdicts that make the figures (basis.py) make this ledger, so figure and ledger never contradict each other; each line
opens its rows under its figure (/figures/<key>?reason=).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crm.choices import Word
from crm.queries.totals.basis import Verdict
from crm.queries.totals.evaluate import NOTHING, LeftOut, Totals
from crm.queries.totals.registry import FIGURES, Figure

# What is told, under the words of the matrix; the figure of money has the rows of its count and those that only add money.
LEDGER: Mapping[str, Word] = {
    "lead_total_yuan": Word("新增线索"),
    "negotiation_new_total_yuan": Word("新增在谈"),
    "signed_total_yuan": Word("签约"),
    "registered_total_yuan": Word("注册落户"),
    "started_total_yuan": Word("开工"),
    "finished_total_yuan": Word("竣工"),
    "producing_total_yuan": Word("投产"),
    "arrived_yuan": Word("到位资金"),
    "arrived_usd": Word("实际使用外资"),
    "completed_yuan": Word("重点项目投资"),
}
WITHOUT_AMOUNT = (Verdict.OTHER_CURRENCY,)  # several currencies are never one sum


@dataclass(frozen=True, slots=True)
class Line:
    """Why something is left out of a figure: how many rows and how much, in the month and from January on."""

    figure: Figure
    name: str
    verdict: Verdict
    month: LeftOut
    year: LeftOut

    @property
    def has_amount(self) -> bool:
        """Whether its rows add up to anything."""
        return self.verdict not in WITHOUT_AMOUNT


def ledger(totals: Totals) -> list[Line]:
    """Every line with rows, in the order of the matrix; no statement that the figures do not ask anyway."""
    return list(_lines(totals))


def _lines(totals: Totals) -> Iterator[Line]:
    for key, name in LEDGER.items():
        figure = FIGURES[key]
        month, year = (totals.left_out(figure, period) for period in (totals.in_month, totals.in_year))
        for verdict in Verdict:
            if verdict in year:
                yield Line(figure, name, verdict, month.get(verdict, NOTHING), year[verdict])
