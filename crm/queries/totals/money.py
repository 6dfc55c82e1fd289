"""Rows of money: what arrived in yuan, what arrived in foreign currency, what key projects completed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, extract, or_, select

from crm.choices import Currency, MoneyKind
from crm.models import Claim, Listing, MoneyEntry, Project
from crm.queries.totals.basis import Basis, Verdict, claim_verdicts, judged, made, on_days, project_verdicts, shape
from crm.rules.days import Period

Rows = Select[Any]


def _entries(basis: Basis, within: Period, kind: MoneyKind, verdict: Any, **columns: Any) -> Rows:
    return (
        select(
            *shape(
                id=MoneyEntry.id, project_id=MoneyEntry.project_id, claim_id=MoneyEntry.claim_id,
                on=MoneyEntry.happened_on, facet=MoneyEntry.currency, verdict=verdict, **columns,
            )
        )
        .join(Project, Project.id == MoneyEntry.project_id)
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.kind == kind, on_days(MoneyEntry.happened_on, within), made(Claim, basis))
    )  # fmt: skip


def arrivals(basis: Basis, within: Period) -> Rows:
    """One row an arrival in yuan; foreign money is never added to it (domain.md §1.1)."""
    verdict = judged(*project_verdicts(basis), *claim_verdicts(Claim, basis))
    rows = _entries(basis, within, MoneyKind.ARRIVED, verdict, yuan=MoneyEntry.amount)
    return rows.where(MoneyEntry.currency == Currency.CNY)


def foreign_arrivals(basis: Basis, within: Period) -> Rows:
    """One row an arrival in foreign currency; only dollars add up, others stand beside until somebody converts them."""
    is_dollars = MoneyEntry.currency == Currency.USD
    verdict = judged(*project_verdicts(basis), *claim_verdicts(Claim, basis), (~is_dollars, Verdict.OTHER_CURRENCY))
    rows = _entries(basis, within, MoneyKind.ARRIVED, verdict, usd=case((is_dollars, MoneyEntry.amount)))
    return rows.where(MoneyEntry.currency != Currency.CNY)


def listed_in_year_of(day: Any) -> ColumnElement[bool]:
    """Project stood on an annual list of the day's year, on that day."""
    return exists(
        select(Listing.id).where(
            Listing.project_id == Project.id,
            Listing.year == extract("year", day),
            or_(Listing.to_on.is_(None), Listing.to_on >= day),
        )
    )


def completions(basis: Basis, within: Period) -> Rows:
    """One row a statement of investment completed; it counts for projects on the lists of its year."""
    verdict = judged(
        (Project.duplicate_of_id.is_not(None), Verdict.DUPLICATE),
        (~listed_in_year_of(MoneyEntry.happened_on), Verdict.NOT_LISTED),
        *claim_verdicts(Claim, basis),
    )
    return _entries(basis, within, MoneyKind.COMPLETED, verdict, yuan=MoneyEntry.amount_yuan)
