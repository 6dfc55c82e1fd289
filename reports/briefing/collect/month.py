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

STAGES = {str(int(stage)): stage for stage in Stage}


class Counted(NamedTuple):
    """A row that counts, as its source shapes it: `facet` parts the source, money is in whole yuan and dollars."""

    id: int
    project_id: int
    on: date
    facet: str
    counts: int
    yuan: int | None
    fixed_yuan: int | None
    usd: int | None
    people: int | None


def rows_of(
    totals: Totals, source: Source, period: Period, *verdicts: Verdict, stage: Stage | None = None
) -> Sequence[Counted]:
    """The rows of a source with these verdicts (counted ones, if none is named), in order of day; one statement.

    `stage`: of a source whose facets are stages, only this one.
    """
    only = () if stage is None else (frozenset({str(int(stage))}),)
    rows = source.rows(totals.basis, period, *only).subquery(source.name)
    wanted = [verdict.value for verdict in verdicts or (Verdict.COUNTED,)]
    columns = (rows.c[name] for name in Counted._fields)
    found = select(*columns).where(rows.c.verdict.in_(wanted)).order_by(rows.c.on, rows.c.id)
    return [Counted._make(row) for row in totals.session.execute(found)]


class Reading:
    """A month being read; what several parts need is asked once."""

    def __init__(self, session: Session, totals: Totals) -> None:
        self.session, self.totals, self.month = session, totals, totals.month
        self.so_far = Period(EPOCH, totals.month.last)
        self._arrived: dict[Stage, Mapping[int, date]] = {}

    def rows(self, source: Source, period: Period, *verdicts: Verdict) -> Sequence[Counted]:
        """See rows_of."""
        return rows_of(self.totals, source, period, *verdicts)

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
            rows = rows_of(self.totals, MOVES, self.so_far, stage=stage)
            self._arrived[stage] = {row.project_id: row.on for row in rows}
        return self._arrived[stage]

    @cached_property
    def contracts(self) -> Sequence[Counted]:
        """Every contract that counts, up to the month's end."""
        return self.rows(CONTRACTS, self.so_far)

    @cached_property
    def completed(self) -> Sequence[Counted]:
        """Every verified completion up to the month's end, also of years in which the project stood on no list."""
        return self.rows(COMPLETIONS, self.so_far, Verdict.COUNTED, Verdict.NOT_LISTED)

    def completed_yuan(self, project_id: int, period: Period) -> int:
        """What a project completed in the period."""
        return sum(row.yuan or 0 for row in self.completed if row.project_id == project_id and row.on in period)

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
