"""The office's settings, targets, rates and calendar, as the pages and the figures read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.choices import Role, UnitKind
from crm.models import AuditEvent, ExchangeRate, Holiday, Setting, Target, Unit, User
from crm.queries import compiled
from crm.queries.keyset import Key
from crm.queries.totals.basis import Basis
from crm.rules.limits import Limits
from crm.rules.settings import Settings, from_texts
from crm.rules.targets import Aim
from crm.rules.workdays import Calendar


def stored(session: Session) -> dict[str, str]:
    """The texts that differ from the defaults, by name."""
    session.flush()  # a statement that is compiled once does not do it
    return {row.name: row.value for row in compiled.rows(session, _stored, (), {})}


@compiled.by_key
def _stored() -> Select[str, str]:
    return select(Setting.name, Setting.value)


def current(session: Session) -> Settings:
    """The settings in force; one statement."""
    return from_texts(stored(session))


def limits(session: Session) -> Limits:
    """How long things may rest, as the office has it; one statement."""
    return current(session).limits


def basis(session: Session, as_of: date, values: Settings | None = None) -> Basis:
    """What counts as of a day, by the office's switches and calendar; `values` where the caller has them already."""
    values = values or current(session)
    return Basis(as_of, values.counts_relocations, calendar(session))


def units_with_targets() -> Select[Unit]:
    """The zone and its teams: whoever may have a target."""
    return select(Unit).where(Unit.kind.in_((UnitKind.ZONE, UnitKind.TEAM))).order_by(Unit.rank, Unit.id)


def targets(session: Session, year: int) -> dict[Aim, Target]:
    """Every target of a year."""
    rows = session.scalars(select(Target).where(Target.year == year))
    return {Aim(row.unit_id, row.indicator, row.officer_id): row for row in rows}


def officers(session: Session, unit_id: int, year: int) -> Sequence[User]:
    """Who of a team may have targets: its officers and leads, and whoever has one there in the year."""
    set_already = select(Target.officer_id).where(Target.year == year, Target.unit_id == unit_id)
    of_team = (User.unit_id == unit_id) & User.is_active.is_(True) & User.role.in_((Role.OFFICER, Role.TEAM_LEAD))
    rows = select(User).where(of_team | User.id.in_(set_already.where(Target.officer_id.is_not(None))))
    return session.scalars(rows.order_by(User.role != Role.TEAM_LEAD, User.id)).all()


def rates() -> Select[ExchangeRate]:
    """Exchange rates, in the order of RATES."""
    return select(ExchangeRate)


RATES = (
    Key(ExchangeRate.rate_on, date, descending=True),
    Key(ExchangeRate.id, int, descending=True),
)  # the newest first


def holidays(year: int) -> Select[Holiday]:
    """The days of a year on which the working calendar differs from the week."""
    within = Holiday.day.between(date(year, 1, 1), date(year, 12, 31))
    return select(Holiday).where(within).order_by(Holiday.day)


def calendar(session: Session) -> Calendar:
    """The working calendar; one statement."""
    return Calendar({row.day: row.is_working for row in session.execute(select(Holiday.day, Holiday.is_working))})


KEPT = ("setting", "target", "rate", "holiday")  # kinds of audit events that this page tells


def target_changes(year: int, limit: int = 10) -> Select[AuditEvent, str]:
    """Who changed which target of a year, the newest first."""
    return changes(limit).where(AuditEvent.kind == "target", AuditEvent.detail.startswith(f"{year}年"))


def changes(limit: int = 50) -> Select[AuditEvent, str]:
    """Who (None: the system) changed which setting, target, rate or day, the newest first."""
    return (
        select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.by_id)
        .where(AuditEvent.kind.in_(KEPT))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
