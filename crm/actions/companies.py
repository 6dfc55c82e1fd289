"""Companies and the people at them: registered once, corrected, left; the zone owns them, not the officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold, hold_register
from crm.actions.two_editors import Answers, merge
from crm.choices import CompanyClass, Word
from crm.errors import RuleBroken
from crm.models import Company, CompanyClassMark, Contact
from crm.policy import Act, Actor
from crm.queries.companies import is_buried_code
from crm.rules import companies as rules
from crm.rules.companies import BURIED_CODE, CompanyDraft, ContactDraft
from crm.rules.names import company_key
from crm.rules.two_editors import both


class Duplicate(RuleBroken):
    """The company is in the register already; `company_id` says which, where the actor may see it."""

    def __init__(self, message: str, field: str, company_id: int | None) -> None:
        super().__init__(message, field)
        self.company_id = company_id


def create(session: Session, actor: Actor, draft: CompanyDraft, now: datetime) -> Company:
    """A new company; raises Duplicate for a known credit code or name, RuleBroken for what cannot be right."""
    policy.ensure(actor, Act.EDIT_COMPANY)
    hold_register(session)
    company = Company(created_at=now, created_by_id=actor.id, class_marks=[])
    _check(session, actor, draft, company)
    _fill(company, draft)
    session.add(company)
    session.flush()
    return company


def edit(
    session: Session,
    actor: Actor,
    company: Company,
    draft: CompanyDraft,
    seen: int,
    answers: Answers | None = None,
    shown: frozenset[CompanyClass] | None = None,
) -> None:
    """Correct a company; `seen` is how far its change log had got when the form opened, `shown` the classes ticked then.

    What others changed since and this person left alone stays theirs. Raises EditClash where both changed the same column and
    `answers` do not say whose value stands.
    """
    policy.ensure_row(session, actor, Act.EDIT_COMPANY, company)
    hold_register(session)
    hold(session, company)
    session.refresh(company, ["class_marks"])
    if draft.parent_id is None and _has_hidden_group(session, actor, company):
        draft = replace(draft, parent_id=company.parent_id)  # who cannot see it cannot have meant to take it away
    draft = _merged(session, company, draft, seen, answers or Answers(), shown)
    _check(session, actor, draft, company)
    _fill(company, draft)
    session.flush()


def _merged(
    session: Session,
    company: Company,
    draft: CompanyDraft,
    seen: int,
    answers: Answers,
    shown: frozenset[CompanyClass] | None,
) -> CompanyDraft:
    """The draft with what others have changed meanwhile."""
    standing = {name: getattr(company, name) for name in _PLAIN}
    values = merge(session, company, {name: getattr(draft, name) for name in _PLAIN}, seen, answers)
    there = frozenset(mark.company_class for mark in company.class_marks)
    classes = draft.classes if shown is None else both(shown, there, draft.classes)
    return replace(draft, **{**standing, **values, "classes": classes})


def _has_hidden_group(session: Session, actor: Actor, company: Company) -> bool:
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)
    group = session.scalar(select(Company.id).where(Company.id == (company.parent_id or 0), visible))
    return company.parent_id is not None and group is None


def _check(session: Session, actor: Actor, draft: CompanyDraft, company: Company) -> None:
    found = rules.problem(draft, company.credit_code)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)
    if company.id is not None and draft.parent_id is not None:
        below = select(Company.id, Company.parent_id).where(Company.parent_id.is_not(None))
        parents = dict(session.execute(below).all())
        if rules.is_own_group(company.id, draft.parent_id, parents):
            raise RuleBroken("集团不能是企业自己或它的下属企业。", "parent")
    _ensure_new(session, actor, draft, company.id)


def _ensure_new(session: Session, actor: Actor, draft: CompanyDraft, own_id: int | None) -> None:
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)
    others = select(Company.id, Company.name, visible).where(Company.id != (own_id or 0)).order_by(Company.id).limit(1)
    if draft.credit_code:
        same = session.execute(others.where(Company.credit_code == draft.credit_code)).one_or_none()
        if same:
            raise _code_taken(*same)
        if is_buried_code(session, draft.credit_code):
            raise RuleBroken(BURIED_CODE, "credit_code")
    # Two companies of one name are one company, unless their codes say otherwise.
    one_code = Company.credit_code.is_(None) if draft.credit_code else true()
    named = others.where(Company.name_key == company_key(draft.name), one_code, visible)
    same = session.execute(named).one_or_none()
    if same:
        raise Duplicate(Word("库中已有“%(name)s”，请在那一家上补充，不要重复登记。", name=same[1]), "name", same[0])


def _code_taken(company_id: int, name: str, visible: bool) -> Duplicate:
    if visible:
        return Duplicate(
            Word("这个信用代码已登记在“%(name)s”名下，请在那一家上补充。", name=name), "credit_code", company_id
        )
    return Duplicate("这个信用代码已在库中，但不在你的可见范围，请联系综合统计核对。", "credit_code", None)


_PLAIN = (
    "name", "short_name", "credit_code", "parent_id", "origin", "country", "province", "city", "registered_yuan", "intro",
)  # fmt: skip


def _fill(company: Company, draft: CompanyDraft) -> None:
    for name in _PLAIN:
        setattr(company, name, getattr(draft, name))
    company.name_key = company_key(draft.name)
    marks = {mark.company_class: mark for mark in company.class_marks}
    company.class_marks = [marks.get(found) or CompanyClassMark(company_class=found) for found in sorted(draft.classes)]


def add_contact(session: Session, actor: Actor, company: Company, draft: ContactDraft, now: datetime) -> Contact:
    """A person at a company."""
    policy.ensure_row(session, actor, Act.EDIT_COMPANY, company)
    _check_contact(draft)
    contact = Contact(company_id=company.id, created_at=now, created_by_id=actor.id)
    _fill_contact(contact, draft)
    session.add(contact)
    session.flush()
    return contact


def edit_contact(
    session: Session, actor: Actor, contact: Contact, draft: ContactDraft, seen: int, answers: Answers | None = None
) -> None:
    """Correct a person (`company` loaded), two editors as in `edit`. Raises EditClash where somebody has to choose."""
    policy.ensure_row(session, actor, Act.EDIT_COMPANY, contact.company)
    hold(session, contact)
    standing = {name: getattr(contact, name) for name in _PERSONAL}
    values = {name: getattr(draft, name) for name in _PERSONAL}
    draft = replace(draft, **{**standing, **merge(session, contact, values, seen, answers or Answers())})
    _check_contact(draft)
    _fill_contact(contact, draft)
    session.flush()


def set_contact_active(session: Session, actor: Actor, contact: Contact, active: bool) -> None:
    """The person left the company, or is back (`company` loaded)."""
    policy.ensure_row(session, actor, Act.EDIT_COMPANY, contact.company)
    contact.is_active = active


def _check_contact(draft: ContactDraft) -> None:
    found = rules.contact_problem(draft)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)


_PERSONAL = ("name", "title", "phone", "email", "note")


def _fill_contact(contact: Contact, draft: ContactDraft) -> None:
    for name in _PERSONAL:
        setattr(contact, name, getattr(draft, name))
