"""Companies and contacts read: those a person may see, found by what is typed, and what belongs to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import CompanyClass, Origin
from crm.models import Company, CompanyClassMark, Contact, Project
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.rules import credit_code
from crm.rules.names import company_key
from crm.trash import WITH_DELETED


def visible_to(actor: Actor) -> Select[Company]:
    """Every company the actor may see, with its classes; the newest first."""
    return (
        select(Company)
        .where(policy.rows(actor, Act.SEE_COMPANY, Company))
        .options(selectinload(Company.class_marks))
        .order_by(Company.created_at.desc(), Company.id.desc())
    )


NEWEST = (Key(Company.created_at, datetime, descending=True), Key(Company.id, int, descending=True))


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and "" mean everything. `place` is a province or a country."""

    words: str = ""
    origin: Origin | None = None
    company_class: CompanyClass | None = None
    place: str = ""


def matching(actor: Actor, filters: Filters) -> Select[Company]:
    """The companies of a list."""
    rows = visible_to(actor)
    if filters.words:
        rows = rows.where(containing(filters.words))
    if filters.origin:
        rows = rows.where(Company.origin == filters.origin)
    if filters.place:
        rows = rows.where(or_(Company.province == filters.place, Company.country == filters.place))
    if filters.company_class:
        marked = CompanyClassMark.company_class == filters.company_class
        rows = rows.where(exists().where(CompanyClassMark.company_id == Company.id, marked))
    return rows


def containing(words: str) -> ColumnElement[bool]:
    """The words stand in the name, the short name or the credit code."""
    texts = (Company.name, Company.short_name, Company.credit_code)
    return or_(*(text.icontains(words, autoescape=True) for text in texts))


def named(session: Session, actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    """(id, name) of the visible companies that a typed name, short name or credit code means; an exact name wins."""
    meant = or_(
        Company.name == text,
        Company.short_name == text,
        Company.credit_code == credit_code.normal(text),
        Company.name_key == company_key(text),
    )
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)
    rows = session.execute(select(Company.id, Company.name).where(meant, visible).order_by(Company.id).limit(20)).all()
    found = [(key, name) for key, name in rows]
    exact = [pair for pair in found if pair[1] == text]
    return exact[:1] or found


def is_buried_code(session: Session, code: str) -> bool:
    """A deleted company has this credit code: it keeps it, and may come back with it."""
    buried = select(Company.id).where(Company.credit_code == code, Company.deleted_at.is_not(None))
    return session.scalar(buried.execution_options(**WITH_DELETED)) is not None


def suggestions(session: Session, actor: Actor) -> Sequence[str]:
    """Names to offer while somebody types; the newest, and not more than a browser likes to list."""
    rows = select(Company.name).where(policy.rows(actor, Act.SEE_COMPANY, Company))
    return session.scalars(rows.order_by(Company.id.desc()).limit(300)).all()


@dataclass(frozen=True)
class Counts:
    """How many projects the actor may see and how many people we know at a company."""

    projects: int = 0
    contacts: int = 0


def counts(session: Session, actor: Actor, company_ids: Iterable[int]) -> Mapping[int, Counts]:
    """The counts of some companies, in two statements."""
    ids = list(company_ids)
    projects = _counted(session, policy.project_rows(actor, Act.SEE_PROJECT), Project, ids)
    contacts = _counted(session, Contact.is_active.is_(True), Contact, ids)
    return {key: Counts(projects.get(key, 0), contacts.get(key, 0)) for key in ids}


def _counted(
    session: Session, condition: ColumnElement[bool], model: type[Project] | type[Contact], ids: list[int]
) -> dict[int | None, int]:
    rows = select(model.company_id, func.count()).where(condition, model.company_id.in_(ids)).group_by(model.company_id)
    return dict(session.execute(rows).all())


def of_group(actor: Actor, company: Company) -> Select[Company]:
    """The company's group and its subsidiaries, as far as the actor may see them."""
    related = or_(Company.id == company.parent_id, Company.parent_id == company.id)
    return visible_to(actor).where(related).order_by(None).order_by(Company.id)


def contacts_of(company_id: int) -> Select[Contact]:
    """The people at a company, those who left last."""
    return select(Contact).where(Contact.company_id == company_id).order_by(Contact.is_active.desc(), Contact.id)


def contact_of(actor: Actor, company_id: int, contact_id: int) -> Select[Contact]:
    """One person at a visible company."""
    visible = policy.rows(actor, Act.SEE_COMPANY, Contact)
    return (
        select(Contact)
        .where(Contact.id == contact_id, Contact.company_id == company_id, visible)
        .options(joinedload(Contact.company))
    )


def may(session: Session, actor: Actor, act: Act, company_id: int) -> bool:
    """Whether the actor may do it on this company: edit it, or see its people's phones."""
    found = select(Company.id).where(Company.id == company_id, policy.rows(actor, act, Company))
    return session.scalar(found) is not None


def projects_of(actor: Actor, company_id: int) -> Select[Project]:
    """The company's projects that the actor may see, the newest first."""
    return (
        select(Project)
        .where(Project.company_id == company_id, policy.project_rows(actor, Act.SEE_PROJECT))
        .order_by(Project.registered_at.desc(), Project.id.desc())
    )


def places(session: Session, actor: Actor) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """(provinces, cities, countries) that visible companies come from."""
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)

    def distinct(column: Any) -> Sequence[str]:
        rows = select(column).where(visible, column != "").group_by(column).order_by(func.count().desc(), column)
        return session.scalars(rows.limit(200)).all()

    return distinct(Company.province), distinct(Company.city), distinct(Company.country)
