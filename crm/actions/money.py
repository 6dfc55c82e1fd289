"""Money entries: appended, in the currency they were stated in, with the rate of their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from crm.choices import Currency, MoneyKind, Word
from crm.errors import RuleBroken
from crm.models import Claim, Contract, MoneyEntry, Project
from crm.policy import Actor
from crm.queries.rates import find_rate
from crm.rules import checks
from crm.rules.money import in_yuan


@dataclass(frozen=True)
class Amount:
    """Whole units of a currency; `rate` (yuan for one unit) only where a person states another than the one on record."""

    units: int
    currency: Currency = Currency.CNY
    rate: Decimal | None = None


@dataclass(frozen=True)
class Valued:
    """An amount with the rate it is converted at; `rate_on` is the day of the rate, None for yuan."""

    units: int
    currency: Currency
    rate: Decimal
    rate_on: date | None
    yuan: int


def value(session: Session, amount: Amount, on: date, confirmed: bool = False) -> Valued:
    """The amount in yuan at the stated rate, or else at the one on record for the day.

    Raises RuleBroken(field "rate") where neither is known, or where the stated one is a tenth off and not confirmed.
    """
    if amount.currency is Currency.CNY:
        return Valued(amount.units, amount.currency, Decimal(1), None, amount.units)
    known = find_rate(session, amount.currency, on)
    if amount.rate is None and known is None:
        raise RuleBroken(
            Word("%(day)s 没有登记%(currency)s汇率，请填写。", day=on, currency=amount.currency.label), "rate"
        )
    if amount.rate is None and known is not None:
        return Valued(amount.units, amount.currency, known.rate, known.rate_on, in_yuan(amount.units, known.rate))
    rate = amount.rate or Decimal(0)
    if rate <= 0:
        raise RuleBroken("汇率要大于 0。", "rate")
    doubt = checks.rate_doubt(rate, known.rate if known else None)
    if doubt and not confirmed:
        raise RuleBroken(doubt, "rate")
    on_record = known is not None and known.rate == rate
    return Valued(
        amount.units, amount.currency, rate, known.rate_on if known and on_record else on, in_yuan(amount.units, rate)
    )


def enter(
    session: Session,
    actor: Actor,
    project: Project,
    kind: MoneyKind,
    valued: Valued,
    happened_on: date,
    now: datetime,
    note: str = "",
    claim: Claim | None = None,
    contract: Contract | None = None,
) -> MoneyEntry:
    """Append an entry; the caller has asked the policy."""
    entry = MoneyEntry(
        project_id=project.id,
        kind=kind,
        amount=valued.units,
        currency=valued.currency,
        rate=valued.rate,
        rate_on=valued.rate_on,
        amount_yuan=valued.yuan,
        happened_on=happened_on,
        note=note,
        contract_id=contract.id if contract else None,
        claim_id=claim.id if claim else None,
        entered_at=now,
        entered_by_id=actor.id,
    )
    session.add(entry)
    return entry
