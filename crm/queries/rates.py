"""Exchange rates on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.choices import Currency
from crm.models import ExchangeRate


def find_rate(session: Session, currency: Currency, on: date) -> ExchangeRate | None:
    """The rate in force on a day: the newest entry not after it; None where there is none, and for yuan."""
    return session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.currency == currency, ExchangeRate.rate_on <= on)
        .order_by(ExchangeRate.rate_on.desc())
        .limit(1)
    ).one_or_none()


def rates_in_force(session: Session, on: date) -> Sequence[ExchangeRate]:
    """One rate a currency, as of a day: what a form shows beside its field."""
    newest = (
        select(ExchangeRate.currency, func.max(ExchangeRate.rate_on).label("rate_on"))
        .where(ExchangeRate.rate_on <= on)
        .group_by(ExchangeRate.currency)
        .subquery()
    )
    return session.scalars(
        select(ExchangeRate)
        .join(
            newest,
            (newest.c.currency == ExchangeRate.currency) & (newest.c.rate_on == ExchangeRate.rate_on),
        )
        .order_by(ExchangeRate.currency)
    ).all()
