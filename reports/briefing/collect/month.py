"""What every part of the collector reads with: the session, the month's totals, judged rows, and the cards of projects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.choices import Stage
from crm.models import MonthlyReport
from crm.queries.totals import Totals, Verdict
from crm.queries.totals.basis import EPOCH
from crm.queries.totals.registry import COMPLETIONS, CONTRACTS, MOVES, STANDING, Source
from crm.rules.days import Period
from reports.briefing.collect.cards import Card, read_cards

Facets = frozenset[str] | None
STAGES = {str(int(stage)): stage for stage in Stage}


class Counted(NamedTuple):
    """A row as its source shapes it: `facet` parts the source, money is in whole yuan and dollars."""

    id: int
    project_id: int
    on: date
    facet: str
    verdict: str
    counts: int
    yuan: int | None
    fixed_yuan: int | None
    usd: int | None
    people: int | None


def rows_of(totals: Totals, source: Source, period: Period, facets: Facets = None) -> Sequence[Counted]:
    """The rows of a source with every verdict, in order of day; one statement. `facets`: of a source that narrows, only these."""
    only = () if facets is None else (facets,)
    rows = source.rows(totals.basis, period, *only).subquery(source.name)
    columns = (rows.c[name] for name in Counted._fields)
    return [Counted._make(row) for row in totals.session.execute(select(*columns).order_by(rows.c.on, rows.c.id))]


class Reading:
    """A month being read; what several parts need is asked once.

    `beside`: another reading of the same day, whose rows serve here too.
    """

    def __init__(self, session: Session, totals: Totals, beside: Reading | None = None) -> None:
        self.session, self.totals, self.month = session, totals, totals.month
        self.so_far = Period(EPOCH, totals.month.last)
        self._arrived: dict[Stage, Mapping[int, date]] = {}
        self._read: dict[tuple[str, Facets], tuple[Period, Sequence[Counted]]] = beside._read if beside else {}

    def rows(self, source: Source, period: Period, *verdicts: Verdict, facets: Facets = None) -> Sequence[Counted]:
        """The rows of a source with these verdicts (counted ones, if none is named), in order of day; see rows_of.

        What happened on days is read once over the longest period asked; a state is read for each day anew.
        """
        wanted = frozenset(verdict.value for verdict in verdicts or (Verdict.COUNTED,))
        if source.at_end:
            return [row for row in rows_of(self.totals, source, period, facets) if row.verdict in wanted]
        known, rows = self._read.get((source.name, facets), (None, ()))
        if known is None or period.first < known.first or period.last > known.last:
            rows = rows_of(self.totals, source, period, facets)
            self._read[source.name, facets] = (period, rows)
        return [row for row in rows if row.verdict in wanted and row.on in period]

    def cards(self, project_ids: Iterable[int]) -> Mapping[int, Card]:
        """What may be said of these projects; two statements."""
        return read_cards(self.session, frozenset(project_ids))

    @cached_property
    def standing(self) -> Sequence[Counted]:
        """Every project that goes on, where it stood at the month's end and what it was then planned to cost."""
        return self.rows(STANDING, self.so_far)

    @cached_property
    def stages(self) -> Mapping[int, tuple[Stage, date]]:
        """Where every project that goes on stood at the month's end, and since when."""
        return {row.project_id: (STAGES[row.facet], row.on) for row in self.standing}

    def arrived_at(self, stage: Stage) -> Mapping[int, date]:
        """The day each project first came to the stage, up to the month's end."""
        if stage not in self._arrived:
            rows = self.rows(MOVES, self.so_far, facets=frozenset({str(int(stage))}))
            self._arrived[stage] = {row.project_id: row.on for row in rows}
        return self._arrived[stage]

    @cached_property
    def contracts(self) -> Sequence[Counted]:
        """Every contract that counts, up to the month's end."""
        return self.rows(CONTRACTS, self.so_far)

    @cached_property
    def completed(self) -> Mapping[int, Sequence[Counted]]:
        """Every verified completion by project up to the month's end, also of years in which it stood on no list."""
        found: dict[int, list[Counted]] = {}
        for row in self.rows(COMPLETIONS, self.so_far, Verdict.COUNTED, Verdict.NOT_LISTED):
            found.setdefault(row.project_id, []).append(row)
        return found

    def completed_yuan(self, project_id: int, period: Period) -> int:
        """What a project completed in the period."""
        return sum(row.yuan or 0 for row in self.completed.get(project_id, ()) if row.on in period)

    @cached_property
    def reports(self) -> Mapping[int, MonthlyReport]:
        """The month's reports by project."""
        of_month = select(MonthlyReport).where(MonthlyReport.month == self.month.first)
        return {report.project_id: report for report in self.session.scalars(of_month)}

    @cached_property
    def latest_words(self) -> Mapping[int, MonthlyReport]:
        """The newest report of each project up to the month."""
        newest = (
            select(MonthlyReport.project_id, func.max(MonthlyReport.month).label("month"))
            .where(MonthlyReport.month <= self.month.first)
            .group_by(MonthlyReport.project_id)
            .subquery()
        )
        found = select(MonthlyReport).join(
            newest,
            (newest.c.project_id == MonthlyReport.project_id) & (newest.c.month == MonthlyReport.month),
        )
        return {report.project_id: report for report in self.session.scalars(found)}
