"""The investor named with a project: found by credit code or name, or made; blanks are filled, nothing is overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import kept
from crm.choices import Origin
from crm.errors import RuleBroken
from crm.models import Company, Contact
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.queries.companies import is_buried_code
from crm.rules import companies as rules
from crm.rules.companies import BURIED_CODE, CompanyDraft, ContactDraft
from crm.rules.names import company_key


@dataclass(frozen=True)
class Investor:
    """What is known of an investor when a project is registered; `name` may be empty while the lead is only a hint."""

    name: str = ""
    credit_code: str | None = None
    origin: Origin | None = None
    country: str = ""
    province: str = ""
    city: str = ""
    contact_name: str = ""
    contact_title: str = ""
    contact_phone: str = ""


def find_or_make(session: Session, actor: Actor, investor: Investor, now: datetime) -> Company | None:
    """The company of this credit code, else of this name, else a new one (not yet written); None without a name.

    Nobody deletes one that is known meanwhile.

    The caller has asked the policy: naming an investor is part of registering a project. Raises RuleBroken with the field
    of the registering form for what cannot be right.
    """
    if not investor.name:
        return None
    _check(investor)
    known = _find(session, actor, investor)
    company = known or _make(session, actor, investor, now)
    investor = _without_taken_code(session, investor, company)
    for name in ("credit_code", "origin", "country", "province", "city"):
        if not getattr(company, name) and getattr(investor, name):
            setattr(company, name, getattr(investor, name))
    if known:
        session.flush()
    if investor.contact_name and not (known and _has_contact(session, company, investor.contact_name)):
        _add_contact(session, actor, company, investor, now)
    return company


def _without_taken_code(session: Session, investor: Investor, company: Company) -> Investor:
    """A code that stands at a company which must not be told of is left out here; the case that opens keeps it."""
    if not investor.credit_code:
        return investor
    taken = select(Company.id).where(Company.credit_code == investor.credit_code, Company.id != (company.id or 0))
    with session.no_autoflush:
        return replace(investor, credit_code=None) if session.scalar(taken) else investor


def _check(investor: Investor) -> None:
    company = CompanyDraft(
        investor.name,
        credit_code=investor.credit_code,
        origin=investor.origin,
        country=investor.country,
        province=investor.province,
    )
    found = rules.problem(company)
    if found:
        raise RuleBroken(found[1], {"name": "company"}.get(found[0], found[0]))
    if not investor.contact_name:
        return
    found = rules.contact_problem(ContactDraft(investor.contact_name, phone=investor.contact_phone))
    if found:
        raise RuleBroken(found[1], f"contact_{found[0]}")


def _find(session: Session, actor: Actor, investor: Investor) -> Company | None:
    """A company known only by secret projects is found neither by its code nor by its name: its people would be shown with it."""
    values = {**compiled.values_of(actor), "code": investor.credit_code, "key": company_key(investor.name)}
    if investor.credit_code:
        found = compiled.entities(session, _of_code, (compiled.reader(actor),), values).one_or_none()
        if found and found[1]:
            return found[0]
        if is_buried_code(session, investor.credit_code):
            raise RuleBroken(BURIED_CODE, "credit_code")
    named = compiled.entities(session, _of_name, (compiled.reader(actor), bool(investor.credit_code)), values)
    return named.scalars().one_or_none()


@compiled.by_key
def _of_code(actor: Actor) -> Select[Company, bool]:
    """The company of a code, and whether it is the actor's to see."""
    same = select(Company, policy.rows(actor, Act.SEE_COMPANY, Company))
    return kept(same.where(Company.credit_code == bindparam("code", type_=String())), Company)


@compiled.by_key
def _of_name(actor: Actor, has_code: bool) -> Select[Company]:
    """The first company of a name's key that is the actor's to see; a namesake with another code is another company."""
    same_name = Company.name_key == bindparam("key", type_=String())
    named = select(Company).where(same_name, policy.rows(actor, Act.SEE_COMPANY, Company)).order_by(Company.id)
    return kept((named.where(Company.credit_code.is_(None)) if has_code else named).limit(1), Company)


def _make(session: Session, actor: Actor, investor: Investor, now: datetime) -> Company:
    company = Company(
        name=investor.name, name_key=company_key(investor.name), created_at=now, created_by_id=actor.id
    )  # fmt: skip
    session.add(company)
    return company


def _has_contact(session: Session, company: Company, name: str) -> bool:
    known = select(Contact.id).where(Contact.company_id == company.id, Contact.name == name)
    return session.scalar(known.limit(1)) is not None


def _add_contact(session: Session, actor: Actor, company: Company, investor: Investor, now: datetime) -> None:
    session.add(
        Contact(
            company=company,
            name=investor.contact_name,
            title=investor.contact_title,
            phone=investor.contact_phone,
            created_at=now,
            created_by_id=actor.id,
        )
    )
