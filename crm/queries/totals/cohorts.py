"""Rows of cohorts: those who set out in a period, each with how far it has come by the period's end (domain.md §6.1).

A rate over a cohort asks the same rows twice, all of them and those that came far enough, so it lies between 0 and 100 %
and never mixes the leads of one year with the signings of another. Every function is a `Source.rows`, as in sources.py.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, exists, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm.choices import ContractKind, Stage
from crm.models import Claim, Contract, FaiEntry, Project, StageMove
from crm.queries.totals.basis import EPOCH, Basis, Verdict, on_days, verified
from crm.queries.totals.listed import LATE, MISSING, ON_TIME, key_projects, started_on
from crm.queries.totals.money import arrivals, foreign_arrivals
from crm.queries.totals.sources import agreements, contracts, effective, furthest, moves, stands_in_fai
from crm.rules.days import Period

Rows = Select[Any]
TURNED, UNTURNED = "turned", "unturned"
STARTED, UNSTARTED = "started", "unstarted"
INCLUDED, NOT_INCLUDED = "included", "not_included"


def _with(rows: Any, **columns: Any) -> list[Any]:
    """The columns of a source's rows (basis.shape), some of them replaced."""
    return [columns[column.name].label(column.name) if column.name in columns else column for column in rows.c]


def _reached(rows: Any, basis: Basis, within: Period) -> Rows:
    """Rows of projects, `facet` the number of the furthest stage each came to by the end of the period."""
    far = furthest(basis, within)
    facet = cast(func.coalesce(far.c.stage, int(Stage.LEAD)), String)
    return select(*_with(rows, facet=facet)).outerjoin(far, far.c.project_id == rows.c.project_id)


def talks(basis: Basis, within: Period) -> Rows:
    """One row a project that came to 在谈 for the first time in the period; `facet` the furthest stage it came to."""
    entered = moves(basis, within, frozenset({str(int(Stage.NEGOTIATION))})).subquery("entered")
    return _reached(entered, basis, within)


def _first_formal(basis: Basis, within: Period) -> Any:
    """The rows of contracts that make the signings of the period."""
    signed = contracts(basis, within).subquery("signed")
    return select(signed).where(signed.c.facet == ContractKind.FORMAL.value).subquery("signings")


def signings(basis: Basis, within: Period) -> Rows:
    """One row a first formal contract of the period; `facet` the furthest stage its project came to."""
    return _reached(_first_formal(basis, within), basis, within)


def included(basis: Basis, within: Period) -> Rows:
    """One row a project that started in the period; `facet` says whether it stood in the statistics by the period's end."""
    begun = moves(basis, within, frozenset({str(int(Stage.STARTED))})).subquery("begun")
    entry = aliased(FaiEntry, name="entry")
    there = exists(
        select(entry.id).where(
            entry.project_id == begun.c.project_id, entry.entered_on <= within.last, stands_in_fai(entry, basis)
        )
    )
    return select(*_with(begun, facet=type_coerce(case((there, INCLUDED), else_=NOT_INCLUDED), String)))


def frameworks(basis: Basis, within: Period) -> Rows:
    """One row a framework agreement or letter of intent; `facet` says whether a formal contract followed by the period's end."""
    rows = agreements(basis, within).subquery("agreed")
    formal, claim = aliased(Contract, name="formal"), aliased(Claim, name="formal_claim")
    turned = exists(
        select(formal.id)
        .join(claim, claim.id == formal.claim_id)
        .where(
            formal.project_id == rows.c.project_id,
            formal.kind == ContractKind.FORMAL,
            formal.signed_on >= rows.c.on,
            formal.signed_on <= within.last,
            verified(claim, basis),
        )
    )
    return select(*_with(rows, facet=type_coerce(case((turned, TURNED), else_=UNTURNED), String)))


# ------------------------------------------------------------------------------------------------ what contracts promised


def _promised(basis: Basis, within: Period, due_on: InstrumentedAttribute[Any], *stages: Stage) -> Rows:
    """One row a signed project whose contract promised something for a day of the period, on that day; `facet` says whether
    it came to one of the stages by that day, later (but by the period's end), or not. Lost projects stay due."""
    signed = _first_formal(basis, Period(EPOCH, within.last))
    move, claim = aliased(StageMove, name="arrival"), aliased(Claim, name="arrival_claim")
    came_on = (
        select(func.min(move.moved_on))
        .outerjoin(claim, claim.id == move.claim_id)
        .where(
            move.project_id == signed.c.project_id,
            move.to_stage.in_(stages),
            move.moved_on <= within.last,
            effective(move, claim, basis),
        )
        .correlate(signed)
        .scalar_subquery()
    )
    facet = case((came_on.is_(None), MISSING), (came_on <= due_on, ON_TIME), else_=LATE)
    return (
        select(*_with(signed, on=due_on, facet=type_coerce(facet, String)))
        .join(Contract, Contract.id == signed.c.id)
        .where(on_days(due_on, within))
    )


def promised_starts(basis: Basis, within: Period) -> Rows:
    """履约: registered or started by the day the contract promised for the start."""
    return _promised(basis, within, Contract.promised_start_on, Stage.REGISTERED, Stage.STARTED)


def promised_finishes(basis: Basis, within: Period) -> Rows:
    """竣工 by the day the contract promised."""
    return _promised(basis, within, Contract.promised_finish_on, Stage.FINISHED)


def promised_productions(basis: Basis, within: Period) -> Rows:
    """投产 by the day the contract promised."""
    return _promised(basis, within, Contract.promised_production_on, Stage.PRODUCING)


# --------------------------------------------------------------------------------------------------- money, key projects


def _of_signings(rows: Any, basis: Basis, within: Period) -> Rows:
    """Of rows of money those that belong to a project signed in the period."""
    signed = _first_formal(basis, within)
    of_them = select(signed.c.project_id).where(signed.c.verdict == Verdict.COUNTED.value)
    return select(rows).where(rows.c.project_id.in_(of_them))


def arrived(basis: Basis, within: Period) -> Rows:
    """Yuan that arrived by the period's end for projects signed in it."""
    return _of_signings(arrivals(basis, Period(EPOCH, within.last)).subquery("arrivals"), basis, within)


def arrived_foreign(basis: Basis, within: Period) -> Rows:
    """Foreign currency that arrived by the period's end for projects signed in it; only dollars add up."""
    return _of_signings(foreign_arrivals(basis, Period(EPOCH, within.last)).subquery("arrivals"), basis, within)


def listed_standing(basis: Basis, within: Period) -> Rows:
    """One row a project on any annual list on the last day; `facet` says whether it has started."""
    listed = key_projects(basis, within).subquery("listed")
    begun = select(started_on(basis, within.last)).where(Project.id == listed.c.project_id).scalar_subquery()
    facet: ColumnElement[str] = type_coerce(case((begun.is_(None), UNSTARTED), else_=STARTED), String)
    return select(*_with(listed, facet=facet))
