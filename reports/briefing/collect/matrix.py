"""The figures of the summary: the matrix of lines and spans, the year by month, the slices, what waits for verification."""

from __future__ import annotations

from crm.choices import Indicator
from crm.queries import settings
from crm.queries.totals import FIGURES, Spans, Unit
from crm.queries.totals.converted import converted
from crm.queries.totals.ledger import ledger
from crm.queries.totals.overlaps import overlaps
from crm.queries.totals.slices import Dimension, slices
from crm.rules.overlaps import ListSet
from reports.briefing.collect.month import Reading
from reports.briefing.facts import (
    Converted,
    LeftOut,
    Line,
    LineFigures,
    Measure,
    MonthSigned,
    RateUsed,
    Slice,
    TeamFigures,
    Total,
    Unverified,
)

# The figures of each line: how many, and their money where the line has any.
KEYS: dict[Line, dict[str, str]] = {
    Line.LEAD: {"count": "lead_count", "total_yuan": "lead_total_yuan"},
    Line.SCREENED: {"count": "screened_count", "total_yuan": "screened_total_yuan"},
    Line.SIGNED: {
        "count": "signed_count",
        "total_yuan": "signed_total_yuan",
        "foreign_usd": "signed_foreign_usd",
        "fixed_yuan": "signed_fixed_yuan",
        "arrived_yuan": "arrived_yuan",
    },
    Line.WITHDRAWN: {"count": "signed_lost_count", "total_yuan": "signed_lost_yuan"},
    **{
        line: {measure: f"{key}_{measure}" for measure in ("count", "total_yuan", "foreign_usd", "fixed_yuan")}
        for line, key in (
            (Line.NEGOTIATION, "negotiation_new"),
            (Line.REGISTERED, "registered"),
            (Line.STARTED, "started"),
            (Line.FINISHED, "finished"),
            (Line.PRODUCING, "producing"),
        )
    },
}
WAITING = {
    "signed_count": ("签约", "signed_total_yuan"),
    "started_count": ("开工", None),
    "finished_count": ("竣工", None),
    "producing_count": ("投产", None),
    "arrived_yuan": ("到位资金", "arrived_yuan"),
    "completed_yuan": ("完成投资", "completed_yuan"),
}


def measure(spans: Spans) -> Measure:
    """A figure in its four spans."""
    return Measure(spans.month, spans.year, spans.last_year, spans.target)


def totals(reading: Reading) -> tuple[Total, ...]:
    """Every figure of the totals but the cohorts, which tell of leads and not of the month."""
    found = (reading.totals[key] for key in FIGURES if not key.startswith("cohort_"))
    return tuple(
        Total(spans.figure.key, None, spans.year)
        if spans.figure.source.at_end
        else Total(spans.figure.key, spans.month, spans.year, spans.last_year, spans.target)
        for spans in found
    )


def lines(reading: Reading) -> tuple[LineFigures, ...]:
    """Every line of the matrix, in the order of `Line`."""
    return tuple(
        LineFigures(line, **{name: measure(reading.totals[key]) for name, key in KEYS[line].items()}) for line in Line
    )


def months(reading: Reading) -> tuple[MonthSigned, ...]:
    """Signings month by month, January to the month."""
    year = reading.month.year
    counts, sums = (reading.totals.by_month(key, year) for key in ("signed_count", "signed_total_yuan"))
    return tuple(MonthSigned(number, *pair) for number, pair in enumerate(zip(counts, sums, strict=True), 1))


def _slices(reading: Reading, dimension: Dimension) -> list[Slice]:
    totals = reading.totals
    found = slices(
        reading.session, FIGURES["signed_total_yuan"], dimension, totals.basis, totals.in_year, totals.in_month
    )
    return [Slice(part.name, part.count, part.yuan, part.usd) for part in found]


def parts(reading: Reading, dimension: str) -> tuple[Slice, ...]:
    """The year's signings by industry, origin, capital or area, the largest first."""
    return tuple(_slices(reading, Dimension(dimension)))


def teams(reading: Reading) -> tuple[TeamFigures, ...]:
    """The year's signings by team against the teams' own targets; a team without signings stands there with zero."""
    signed = {part.label: part for part in _slices(reading, Dimension.TEAM)}
    names = {unit.id: unit.short_name for unit in reading.session.scalars(settings.units_with_targets())}
    targets = {
        (names[aim.unit_id], aim.indicator): target.value
        for aim, target in settings.targets(reading.session, reading.month.year).items()
        if aim.unit_id in names and aim.officer_id is None
    }
    wanted = {name for name, indicator in targets if indicator in (Indicator.SIGNED_COUNT, Indicator.SIGNED_YUAN)}
    in_order = [*signed, *sorted(name for name in wanted if name not in signed and name in _team_names(reading))]
    return tuple(
        TeamFigures(
            label=name,
            count=signed[name].count if name in signed else 0,
            total_yuan=signed[name].total_yuan if name in signed else 0,
            target_count=targets.get((name, Indicator.SIGNED_COUNT)),
            target_yuan=targets.get((name, Indicator.SIGNED_YUAN)),
        )
        for name in in_order
    )


def _team_names(reading: Reading) -> set[str]:
    units = reading.session.scalars(settings.units_with_targets())
    return {unit.short_name for unit in units if unit.parent_id is not None}


def list_sets(reading: Reading) -> tuple[ListSet, ...]:
    """Key projects by the exact lists they stand on."""
    return overlaps(reading.totals).sets


def left_out(reading: Reading) -> tuple[LeftOut, ...]:
    """The ledger of what does not count, from January on."""
    return tuple(
        LeftOut(
            label=line.name,
            reason=line.verdict.label,
            count=line.year.rows,
            amount=line.year.amount if line.has_amount else None,
            is_usd=line.figure.unit is Unit.USD,
            month_count=line.month.rows,
        )
        for line in ledger(reading.totals)
    )


def foreign(reading: Reading) -> tuple[Converted, ...]:
    """Foreign money of the year beside its worth in yuan."""
    return tuple(
        Converted(
            label=line.figure.name,
            currency=line.currency,
            amount=line.amount,
            yuan=line.yuan,
            unconverted=line.unconverted,
            rates=tuple(RateUsed(line.currency, used.rate.normalize(), used.rate_on) for used in line.rates),
        )
        for line in converted(reading.totals)
    )


def unverified(reading: Reading) -> tuple[Unverified, ...]:
    """What was reported for the year so far and waits to be verified."""
    found = []
    for key, (label, money) in WAITING.items():
        spans = reading.totals[key]
        if spans.pending_rows:
            found.append(Unverified(label, spans.pending_rows, reading.totals[money].pending if money else None))
    return tuple(found)
