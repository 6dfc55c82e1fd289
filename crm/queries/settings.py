"""The office's settings, targets, rates and calendar, as the pages and the figures read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.choices import UnitKind
from crm.models import Change, ExchangeRate, Holiday, Setting, Target, Unit, User
from crm.queries.totals.basis import Basis
from crm.rules.settings import Settings, from_texts


def stored(session: Session) -> dict[str, str]:
    """The texts that differ from the defaults, by name."""
    return {row.name: row.value for row in session.scalars(select(Setting))}


def current(session: Session) -> Settings:
    """The settings in force; one statement."""
    return from_texts(stored(session))


def basis(session: Session, as_of: date) -> Basis:
    """What counts as of a day, by the office's switches; one statement."""
    return Basis(as_of, current(session).counts_relocations)


def units_with_targets() -> Select[Unit]:
    """The zone and its teams: whoever may have a target."""
    return select(Unit).where(Unit.kind.in_((UnitKind.ZONE, UnitKind.TEAM))).order_by(Unit.rank, Unit.id)


def targets(session: Session, year: int) -> Sequence[Target]:
    """Every target of a year."""
    return session.scalars(select(Target).where(Target.year == year)).all()


def rates(limit: int = 60) -> Select[ExchangeRate]:
    """Exchange rates, the newest first."""
    return select(ExchangeRate).order_by(ExchangeRate.rate_on.desc(), ExchangeRate.currency).limit(limit)


def holidays(year: int) -> Select[Holiday]:
    """The days of a year on which the working calendar differs from the week."""
    within = Holiday.day.between(date(year, 1, 1), date(year, 12, 31))
    return select(Holiday).where(within).order_by(Holiday.day)


def changes(limit: int = 50) -> Select[Change, str]:
    """Who (None: the system) changed which setting or target, the newest first."""
    return (
        select(Change, User.name)
        .outerjoin(User, User.id == Change.by_id)
        .where(Change.table_name.in_((Setting.__tablename__, Target.__tablename__)))
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(limit)
    )
