"""Figures of a month, in few statements: one a source, whatever number of figures and spans are asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.choices import ActivityKind, Indicator, UnitKind
from crm.models import Activity, Target, Unit
from crm.queries.briefings import issued_figures
from crm.queries.totals.basis import Basis, Verdict
from crm.queries.totals.listed import plans_by_month
from crm.queries.totals.registry import FIGURES, Figure, Source, asked
from crm.queries.totals.work import activities
from crm.rules.days import Month, Period
from crm.rules.schedule import change, deviation_points, joint_due, schedule_share, share

MEASURES = ("counts", "yuan", "fixed_yuan", "usd", "people")


class Tally(NamedTuple):
    """Rows of a source that fell on one day, in one facet, with one verdict: how many, and their sums."""

    on: date
    facet: str
    verdict: str
    rows: int
    counts: int
    yuan: int
    fixed_yuan: int
    usd: int
    people: int


class LeftOut(NamedTuple):
    """Rows left out of a figure for one reason: how many, and what they would have added to it."""

    rows: int
    amount: int


NOTHING = LeftOut(0, 0)


def tallies(session: Session, source: Source, basis: Basis, within: Period) -> list[Tally]:
    """One statement: all that figures take from the source, over the period. A state has no days: it lies on the last one."""
    only = (asked(source),) if source.narrows else ()
    rows = source.rows(basis, within, *only).subquery(source.name)
    keys = (rows.c.facet, rows.c.verdict) if source.at_end else (rows.c.on, rows.c.facet, rows.c.verdict)
    sums = (func.coalesce(func.sum(rows.c[name]), 0) for name in MEASURES)
    found = session.execute(select(*keys, func.count(), *sums).group_by(*keys))
    days = (within.last,) if source.at_end else ()
    return [Tally(*days, *row[: len(keys)], *map(int, row[len(keys) :])) for row in found]


@dataclass(frozen=True, slots=True)
class Spans:
    """A figure over the month, the year to date and last year's same span, in its unit: a number, whole yuan or dollars."""

    totals: Totals
    figure: Figure

    @property
    def month(self) -> int:
        """The month; of a state, its end."""
        state = self.figure.source.at_end
        return self.totals.over(self.figure, self.totals.in_year if state else self.totals.in_month)

    @property
    def year(self) -> int:
        """January to the month."""
        return self.totals.over(self.figure, self.totals.in_year)

    @property
    def last_year(self) -> int:
        """The same months a year before: as their briefing states it where it was issued, else by the rows."""
        stated = self.totals.issued_last_year.get(self.figure.key)
        return self.by_rows_last_year if stated is None else stated

    @property
    def by_rows_last_year(self) -> int:
        """The same months a year before, by what the rows say now."""
        return self.totals.over(self.figure, self.totals.in_last_year)

    @property
    def pending(self) -> int:
        """Reported in the year to date, not verified: counted nowhere, shown beside."""
        return self.totals.over(self.figure, self.totals.in_year, Verdict.PENDING)

    @property
    def pending_rows(self) -> int:
        """How many reports `pending` makes."""
        return self.totals.rows(self.figure, self.totals.in_year, Verdict.PENDING)

    @property
    def target(self) -> int | None:
        """The zone's target of the year, else the sum of the plans where the figure has them; None for neither."""
        indicator, plan = self.figure.indicator, self.figure.plan
        target = self.totals.targets.get(indicator) if indicator else None
        return self.totals[plan].year or None if target is None and plan else target

    @property
    def change(self) -> Fraction | None:
        """同比; None without a base."""
        return change(self.year, self.last_year)

    @property
    def completion(self) -> Fraction | None:
        """完成率; None without a target."""
        return share(self.year, self.target)

    @property
    def deviation(self) -> Decimal | None:
        """较序时进度, percentage points; None without a target."""
        return deviation_points(self.year, self.target, self.due_share)

    @property
    def due_share(self) -> Fraction:
        """序时进度: n ÷ 12; where the plans stand in for a target, what each was to have done by its own schedule."""
        plan, indicator = self.figure.plan, self.figure.indicator
        if not plan or (indicator and indicator in self.totals.targets):
            return schedule_share(self.totals.month.number)
        return self.totals.planned_share(self.totals[plan].year)


class Totals:
    """The figures of a month on a basis. A source is asked when a figure of it is wanted first, and never twice.

    >>> totals = Totals(session, Basis(as_of=today), Month(2022, 9))
    >>> totals["signed_count"].year
    """

    def __init__(self, session: Session, basis: Basis, month: Month) -> None:
        self.session, self.basis, self.month = session, basis, month
        self.in_month, self.in_year = Period.month(month), Period.year_to(month)
        self.in_last_year = self.in_year.last_year()
        self._found: dict[tuple[str, Period], list[Tally]] = {}

    def __getitem__(self, key: str) -> Spans:
        """The figure over its spans; raises KeyError for an unknown key."""
        return Spans(self, FIGURES[key])

    def over(self, figure: Figure, period: Period, verdict: Verdict = Verdict.COUNTED) -> int:
        """The figure over any days of this year or last year up to the month."""
        return sum(getattr(tally, figure.measure) for tally in self._select(figure, period, verdict))

    def rows(self, figure: Figure, period: Period, verdict: Verdict = Verdict.COUNTED) -> int:
        """How many rows of the figure have the verdict."""
        return sum(tally.rows for tally in self._select(figure, period, verdict))

    def people(self, figure: Figure, period: Period) -> int:
        """How many people the rows of the figure brought (人次)."""
        return sum(tally.people for tally in self._select(figure, period, Verdict.COUNTED))

    def left_out(self, figure: Figure, period: Period) -> Mapping[Verdict, LeftOut]:
        """What speaks of the figure and does not count, by its reason; the same rows that its page lists as 未计入."""
        found: dict[Verdict, LeftOut] = {}
        for tally in self._tallies(figure.source, period):
            verdict = Verdict.parse(tally.verdict)
            belongs = figure.takes(tally.facet) or verdict is Verdict.FRAMEWORK
            if verdict is not Verdict.COUNTED and belongs and tally.on in period:
                rows, amount = found.get(verdict, NOTHING)
                found[verdict] = LeftOut(rows + tally.rows, amount + getattr(tally, figure.measure))
        return found

    def by_facet(self, source: Source, period: Period) -> Mapping[str, tuple[int, int]]:
        """Of the rows that count, how many and how much (whole yuan) bear each facet."""
        found: dict[str, tuple[int, int]] = {}
        for tally in self._tallies(source, period):
            if tally.verdict == Verdict.COUNTED and tally.on in period:
                counts, yuan = found.get(tally.facet, (0, 0))
                found[tally.facet] = (counts + tally.counts, yuan + tally.yuan)
        return found

    def by_month(self, key: str, year: int) -> list[int]:
        """The figure in each month of the year up to this month's number; the year is this one or the last."""
        months = (Month(year, number) for number in range(1, self.month.number + 1))
        return [self.over(FIGURES[key], Period.month(month)) for month in months]

    def _select(self, figure: Figure, period: Period, verdict: Verdict) -> Iterable[Tally]:
        return (
            tally
            for tally in self._tallies(figure.source, period)
            if tally.verdict == verdict and figure.takes(tally.facet) and tally.on in period
        )

    def _tallies(self, source: Source, period: Period) -> list[Tally]:
        """Events are asked once for the two years at stake, a state for its own period."""
        asked = period if source.at_end else Period(self.in_last_year.first, self.month.last)
        if (source.name, asked) not in self._found:
            self._found[source.name, asked] = tallies(self.session, source, self.basis, asked)
        return self._found[source.name, asked]

    @cached_property
    def targets(self) -> Mapping[Indicator, int]:
        """The whole zone's targets of the year; one statement."""
        rows = self.session.execute(
            select(Target.indicator, Target.value)
            .join(Unit, Unit.id == Target.unit_id)
            .where(Target.year == self.month.year, Target.officer_id.is_(None), Unit.kind == UnitKind.ZONE)
        )
        return {row.indicator: row.value for row in rows}

    def planned_share(self, planned_yuan: int) -> Fraction:
        """序时进度 of the key projects together, which plan `planned_yuan` for the year."""
        return joint_due(self.month.number, planned_yuan, self._curves)

    @cached_property
    def _curves(self) -> Sequence[tuple[int, Sequence[int]]]:
        """Of the key projects with a plan by month: the year's and the twelve; one statement."""
        rows = self.session.execute(plans_by_month(self.basis, self.in_year))
        return [(row[0], row[1]) for row in rows if row[1]]

    @cached_property
    def issued_last_year(self) -> Mapping[str, int]:
        """What the briefing of last year's month states, where it was issued (domain.md §4.3); one statement."""
        return issued_figures(self.session, self.month.last_year())

    @cached_property
    def trip_cities(self) -> tuple[str, ...]:
        """The cities visited in the year to date, the most visited first, without 市; one statement."""
        rows = activities(self.basis, self.in_year).subquery("activities")
        found = self.session.execute(
            select(Activity.city, func.count())
            .join(rows, rows.c.id == Activity.id)
            .where(rows.c.facet == ActivityKind.TRIP, rows.c.verdict == Verdict.COUNTED, Activity.city != "")
            .group_by(Activity.city)
        )
        visits: dict[str, int] = defaultdict(int)
        for city, count in found:
            visits[city.strip().removesuffix("市")] += count
        return tuple(sorted(visits, key=lambda city: (-visits[city], city)))
