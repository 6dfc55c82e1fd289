"""Rows of key projects: who stands on a list of the year, who started, who was to start and kept the month.

A project on several lists is one row of `key_projects` and several of `listings`: totals count it once (domain.md §10.6).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from crm.choices import Stage
from crm.models import AnnualPlan, Claim, Listing, Project, StageMove
from crm.queries.totals.basis import Basis, Verdict, claim_verdicts, judged, made, on_days, planned_yuan, shape
from crm.queries.totals.money import listed_in_year_of
from crm.queries.totals.sources import effective
from crm.rules.days import Period
from crm.rules.overlaps import BITS

Rows = Select[Any]
ON_TIME, LATE, MISSING = "on_time", "late", "missing"


def on_list(day: date) -> ColumnElement[bool]:
    """The listing stands on the day, on a list of the day's year."""
    return and_(Listing.year == day.year, Listing.from_on <= day, or_(Listing.to_on.is_(None), Listing.to_on > day))


def _is_double() -> ColumnElement[str]:
    return judged((Project.duplicate_of_id.is_not(None), Verdict.DUPLICATE))


def newest_plan(column: Any, year: int, *known: ColumnElement[bool]) -> ColumnElement[Any]:
    """A column of the newest plan Project has for the year, of those that satisfy `known`."""
    return (
        select(column)
        .where(AnnualPlan.project_id == Project.id, AnnualPlan.year == year, *known)
        .order_by(AnnualPlan.approved_at.desc(), AnnualPlan.id.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )


def _newest_plan(column: Any, basis: Basis, year: int) -> ColumnElement[Any]:
    return newest_plan(column, year, AnnualPlan.approved_at < basis.known_before)


def key_projects(basis: Basis, within: Period) -> Rows:
    """One row a project on any list on the last day, with its investment planned for the year."""
    mine = and_(Listing.project_id == Project.id, on_list(within.last))
    since = select(func.min(Listing.from_on)).where(mine).correlate(Project).scalar_subquery()
    return select(
        *shape(
            id=Project.id, project_id=Project.id, on=since, verdict=_is_double(),
            yuan=_newest_plan(AnnualPlan.planned_yuan, basis, within.last.year),
        )
    ).where(exists(select(Listing.id).where(mine)))  # fmt: skip


def plans_by_month(basis: Basis, within: Period) -> Select[*tuple[Any, ...]]:
    """(planned, the twelve amounts or None) of each of the key projects that count and have stated any plan by month."""
    year, rows = within.last.year, key_projects(basis, within).subquery("key")
    any_curve = exists(
        select(AnnualPlan.id).where(
            AnnualPlan.project_id == Project.id, AnnualPlan.year == year, AnnualPlan.month_yuan.is_not(None)
        )
    )
    return (
        select(rows.c.yuan, _newest_plan(AnnualPlan.month_yuan, basis, year))
        .join(Project, Project.id == rows.c.project_id)
        .where(rows.c.verdict == Verdict.COUNTED.value, any_curve)
    )


def listings(basis: Basis, within: Period) -> Rows:
    """One row a place on a list on the last day; `facet` the list."""
    return (
        select(
            *shape(
                id=Listing.id, project_id=Listing.project_id, on=Listing.from_on, facet=Listing.key_list,
                verdict=_is_double(), yuan=_newest_plan(AnnualPlan.planned_yuan, basis, within.last.year),
            )
        )
        .join(Project, Project.id == Listing.project_id)
        .where(on_list(within.last))
    )  # fmt: skip


def list_sets(basis: Basis, within: Period) -> Rows:
    """One row a project on any list on the last day, with its planned total; `facet` says which lists, all of them together
    (rules/overlaps.py), so that no project can be in two of the parts."""
    bit = case(*((Listing.key_list == key_list, bit) for key_list, bit in BITS.items()), else_=0)
    mine = (
        select(Listing.project_id, func.sum(bit).label("bits"), func.min(Listing.from_on).label("since"))
        .where(on_list(within.last))
        .group_by(Listing.project_id)
        .subquery("mine")
    )
    return select(
        *shape(
            id=Project.id, project_id=Project.id, on=mine.c.since, facet=cast(type_coerce(mine.c.bits, Integer), String),
            verdict=_is_double(), yuan=planned_yuan(basis),
        )
    ).join(mine, mine.c.project_id == Project.id)  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- starts


def _started_before(basis: Basis) -> ColumnElement[bool]:
    move, claim = aliased(StageMove), aliased(Claim)
    return exists(
        select(move.id)
        .outerjoin(claim, claim.id == move.claim_id)
        .where(
            move.project_id == StageMove.project_id,
            move.to_stage == Stage.STARTED,
            or_(move.moved_on < StageMove.moved_on, and_(move.moved_on == StageMove.moved_on, move.id < StageMove.id)),
            effective(move, claim, basis),
        )
    )


def _starts(basis: Basis, within: Period, **columns: Any) -> Rows:
    verdict = judged(
        (Project.duplicate_of_id.is_not(None), Verdict.DUPLICATE),
        (_started_before(basis), Verdict.REPEATED),
        *claim_verdicts(Claim, basis),
    )
    return (
        select(
            *shape(
                project_id=StageMove.project_id, claim_id=StageMove.claim_id, on=StageMove.moved_on, verdict=verdict,
                **columns,
            )
        )
        .join(Project, Project.id == StageMove.project_id)
        .join(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.to_stage == Stage.STARTED, on_days(StageMove.moved_on, within), made(Claim, basis))
    )  # fmt: skip


def key_starts(basis: Basis, within: Period) -> Rows:
    """One row a key project that started, counted once however many lists of that year it stands on."""
    return _starts(basis, within, id=StageMove.id).where(listed_in_year_of(StageMove.moved_on))


def list_starts(basis: Basis, within: Period) -> Rows:
    """One row a start and a list of its year; `facet` the list."""
    of_year = and_(
        Listing.project_id == StageMove.project_id,
        Listing.year == extract("year", StageMove.moved_on),
        or_(Listing.to_on.is_(None), Listing.to_on >= StageMove.moved_on),
    )
    return _starts(basis, within, id=Listing.id, facet=Listing.key_list).join(Listing, of_year)


def started_on(basis: Basis, until: date) -> ColumnElement[Any]:
    """The day Project started, as far as it is verified and not later than `until`."""
    claim = aliased(Claim, name="start_claim")
    return (
        select(func.min(StageMove.moved_on))
        .outerjoin(claim, claim.id == StageMove.claim_id)
        .where(
            StageMove.project_id == Project.id,
            StageMove.to_stage == Stage.STARTED,
            StageMove.moved_on <= until,
            effective(StageMove, claim, basis),
        )
        .correlate(Project)
        .scalar_subquery()
    )


def planned_start_on(basis: Basis, day: date) -> ColumnElement[date | None]:
    """The day Project is to start: by the year's plan, else by its list, else by its own record."""
    on_lists = (
        select(func.min(Listing.planned_start_on))
        .where(Listing.project_id == Project.id, on_list(day))
        .correlate(Project)
        .scalar_subquery()
    )
    planned = _newest_plan(AnnualPlan.planned_start_on, basis, day.year)
    return func.coalesce(planned, on_lists, Project.planned_start_on)


def _month_number(day: Any) -> ColumnElement[int]:
    return type_coerce(extract("year", day) * 12 + extract("month", day), Integer)


def planned_starts(basis: Basis, within: Period) -> Rows:
    """One row a key project that was to start in the period; `facet` says whether it kept its month (domain.md §11)."""
    due = (
        select(
            Project.id.label("id"),
            planned_start_on(basis, within.last).label("planned_on"),
            started_on(basis, within.last).label("started_on"),
        )
        .where(
            exists(select(Listing.id).where(Listing.project_id == Project.id, on_list(within.last))),
            Project.duplicate_of_id.is_(None),
        )
        .subquery("due")
    )
    kept = _month_number(due.c.started_on) <= _month_number(due.c.planned_on)
    facet = case((due.c.started_on.is_(None), MISSING), (kept, ON_TIME), else_=LATE)
    return select(
        *shape(id=due.c.id, project_id=due.c.id, on=due.c.planned_on, facet=type_coerce(facet, String), verdict=judged())
    ).where(on_days(due.c.planned_on, within))  # fmt: skip
