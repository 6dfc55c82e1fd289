"""What reached each stage, by month: the figures 新增线索, 进入研判 … 达产 in one shape, for the totals that are kept.

A row is what one project adds to a stage on a day; it counts exactly where the figure of the stage counts it. Relocations are
among them whatever the office's switch says and are told by their column, so that the switch is asked when the rows are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from crm.choices import Labelled, Stage
from crm.columns import UtcInstant
from crm.models import Project
from crm.queries import compiled
from crm.queries.totals import sources
from crm.queries.totals.basis import EPOCH, Basis, Verdict, month_of
from crm.queries.totals.registry import FIGURES, Figure
from crm.rules.days import Period

EVER = Period(EPOCH, date(2999, 12, 31))
AS_OF: Any = bindparam("as_of", type_=Date())
KNOWN_BEFORE: Any = bindparam("known_before", type_=UtcInstant())
PROJECTS: Any = bindparam("project_ids", expanding=True, type_=Integer())
MOVED = frozenset(str(int(stage)) for stage in Stage if stage not in (Stage.LEAD, Stage.SIGNED))


class BoundBasis(Basis):
    """A basis whose day is a value of the statement (queries/compiled.py)."""

    @property
    def known_before(self) -> Any:
        """The place of the first instant that is not known any more."""
        return KNOWN_BEFORE


BOUND = BoundBasis(AS_OF, counts_relocations=True)


def values_of(basis: Basis) -> dict[str, Any]:
    """The values of BOUND."""
    return {"as_of": basis.as_of, "known_before": basis.known_before}


class Measure(Labelled):
    """What is added up; the value names the column."""

    YUAN = "yuan", "总投资"
    FIXED = "fixed_yuan", "固定资产投资"
    USD = "usd", "外资"
    COUNT = "counts", "个数"


_PREFIX = {
    Stage.LEAD: "lead",
    Stage.SCREENING: "screened",
    Stage.NEGOTIATION: "negotiation_new",
    Stage.REVIEW: "reviewed",
    Stage.SIGNED: "signed",
    Stage.REGISTERED: "registered",
    Stage.PREPARATION: "preparation",
    Stage.STARTED: "started",
    Stage.FINISHED: "finished",
    Stage.PRODUCING: "producing",
    Stage.FULL_CAPACITY: "full_capacity",
}
_SUFFIX = {
    Measure.YUAN: "total_yuan",
    Measure.FIXED: "fixed_yuan",
    Measure.USD: "foreign_usd",
    Measure.COUNT: "count",
}
FIGURE: Mapping[tuple[Stage, Measure], Figure] = {
    (stage, measure): FIGURES[f"{prefix}_{suffix}"]
    for stage, prefix in _PREFIX.items()
    for measure, suffix in _SUFFIX.items()
}


class Share(NamedTuple):
    """What one project adds to a stage in a month."""

    project_id: int
    stage: Stage
    month: date
    unit_id: int
    industry_id: int
    is_secret: bool
    is_relocation: bool
    counts: int
    yuan: int
    fixed_yuan: int
    usd: int


STAGES: Mapping[int, Stage] = {int(stage): stage for stage in Stage}
KEYS = Share._fields[:7]
SUMS = Share._fields[7:]


def rows(basis: Basis, within: Period, *conditions: ColumnElement[bool]) -> Any:
    """A table of what every project added on every day, as far as it counts; the conditions speak of Project."""
    basis = basis if basis.counts_relocations else replace(basis, counts_relocations=True)
    living = (Project.deleted_at.is_(None), *conditions)  # said here too, for statements that no session sees
    return union_all(
        _part(sources.leads(basis, within).where(*living), Stage.LEAD),
        _part(sources.moves(basis, within, MOVED).where(*living)),
        _part(sources.contracts(basis, within).where(*living), Stage.SIGNED),
    ).subquery("reached")


def _part(judged: Select[*tuple[Any, ...]], stage: Stage | None = None) -> Select[*tuple[Any, ...]]:
    """The rows of a source that count, in the one shape; without a stage, each row's facet is its number."""
    beside = (
        Project.unit_id.label("unit_id"),
        func.coalesce(Project.industry_id, 0).label("industry_id"),
        Project.is_secret.label("is_secret"),
        Project.is_relocation.label("is_relocation"),
    )
    found = judged.add_columns(*beside).subquery()
    reached = cast(found.c.facet, Integer) if stage is None else literal(int(stage), Integer)
    keys = (found.c[column.name] for column in beside)
    sums = (func.coalesce(found.c[name], 0).label(name) for name in SUMS)
    return select(
        found.c.project_id,
        reached.label("stage"),
        type_coerce(month_of(found.c.on), Date).label("month"),
        *keys,
        *sums,
    ).where(found.c.verdict == Verdict.COUNTED.value)


def shares(basis: Basis, within: Period, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """One row a project, stage and month."""
    table = rows(basis, within, *conditions)
    keys = [table.c[name] for name in KEYS]
    return select(*keys, *(func.sum(table.c[name]).label(name) for name in SUMS)).group_by(*keys)


def shares_of(session: Session, basis: Basis, project_ids: Collection[int]) -> list[Share]:
    """The shares of some projects by their rows, as of the basis; one statement."""
    found = compiled.rows(session, _of_some, (), {**values_of(basis), "project_ids": list(project_ids)})
    return [Share(row[0], STAGES[row[1]], *row[2:7], *map(int, row[7:])) for row in found]


def _of_some() -> Select[*tuple[Any, ...]]:
    return shares(BOUND, EVER, Project.id.in_(PROJECTS))
