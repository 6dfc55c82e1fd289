"""The rows that make the figures of two years, each once: what an issued month explains itself by, and is compared by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select

from crm.choices import ContractKind, Stage
from crm.models import Project
from crm.queries.totals import registry
from crm.queries.totals.registry import Source
from crm.rules.days import Period
from reports.briefing.collect.cards import UNNAMED
from reports.briefing.collect.month import Counted, Reading
from reports.briefing.facts import Entry, Flow, Named


def _at(flows: dict[Stage, Flow]) -> dict[str, Flow]:
    return {str(int(stage)): flow for stage, flow in flows.items()}


# Each source with the flow its facets add to; "" is every facet.
FLOWS: tuple[tuple[Source, dict[str, Flow]], ...] = (
    (registry.LEADS, {"": Flow.LEAD}),
    (
        registry.MOVES,
        _at({Stage.SCREENING: Flow.SCREENED, Stage.NEGOTIATION: Flow.NEGOTIATION, Stage.REGISTERED: Flow.REGISTERED}),
    ),
    (
        registry.MILESTONES,
        _at({Stage.STARTED: Flow.STARTED, Stage.FINISHED: Flow.FINISHED, Stage.PRODUCING: Flow.PRODUCING}),
    ),
    (
        registry.CONTRACTS,
        {ContractKind.FORMAL.value: Flow.SIGNED, ContractKind.SUPPLEMENT.value: Flow.SUPPLEMENT},
    ),
    (registry.AGREEMENTS, {"": Flow.FRAMEWORK}),
    (registry.LOSSES, {"": Flow.LOST}),
    (registry.ARRIVALS, {"": Flow.ARRIVED}),
    (registry.FOREIGN_ARRIVALS, {"": Flow.ARRIVED_USD}),
    (registry.COMPLETIONS, {"": Flow.COMPLETED}),
)
READ_WHOLE = (registry.CONTRACTS, registry.COMPLETIONS)  # other parts of the briefing need all of them anyway
SOURCES = {source.name: source for source, _ in FLOWS}


def entries(reading: Reading, since: date) -> tuple[Entry, ...]:
    """Every row that counts from a day to the month's end; a statement a source."""
    within = Period(since, reading.month.last)
    made = [
        _entry(source, flow, row)
        for source, flows in FLOWS
        for row in _rows(reading, source, flows, within)
        if row.on in within and (flow := flows.get("") or flows.get(row.facet))
    ]
    order = list(Flow)
    return tuple(sorted(made, key=lambda entry: (order.index(entry.flow), entry.on, entry.key)))


def _rows(reading: Reading, source: Source, flows: Mapping[str, Flow], within: Period) -> Sequence[Counted]:
    period = reading.so_far if source in READ_WHOLE else within
    return reading.rows(source, period, facets=frozenset(flows) if source.narrows else None)


def _entry(source: Source, flow: Flow, row: Counted) -> Entry:
    return Entry(f"{source.name}:{row.id}", flow, row.project_id, row.on, row.counts, row.yuan, row.fixed_yuan, row.usd)


def of_two_years(found: Iterable[Entry], reading: Reading) -> tuple[Entry, ...]:
    """Those of the year to date and of last year's same months."""
    year, last = reading.totals.in_year, reading.totals.in_last_year
    return tuple(entry for entry in found if entry.on in year or entry.on in last)


def named(reading: Reading, found: Sequence[Entry]) -> tuple[Named, ...]:
    """The projects of the entries, secret ones under their alias; one statement."""
    ids = {entry.subject for entry in found}
    rows = reading.session.execute(
        select(Project.id, Project.name, Project.alias, Project.is_secret)
        .where(Project.id.in_(ids))
        .order_by(Project.id)
    )
    return tuple(
        Named(row.id, row.alias or UNNAMED) if row.is_secret else Named(row.id, row.name, row.id) for row in rows
    )
