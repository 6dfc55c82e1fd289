"""One search over projects, companies, people and touchpoints; nobody finds what he may not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.models import Activity, Company, Contact, Project
from crm.policy import Act, Actor
from crm.queries import activities, companies

T = TypeVar("T")
MOST = 8
SHORTEST_PHONE = 4


@dataclass(frozen=True)
class Found(Generic[T]):
    """The first few rows of a kind, and whether there are more."""

    rows: Sequence[T]
    more: bool


@dataclass(frozen=True)
class Results:
    """What a query found, by kind."""

    projects: Found[Project]
    companies: Found[Company]
    contacts: Found[Contact]
    activities: Found[Activity]

    def __bool__(self) -> bool:
        return any(kind.rows for kind in (self.projects, self.companies, self.contacts, self.activities))


def search(session: Session, actor: Actor, words: Sequence[str]) -> Results:
    """Rows in which every word stands somewhere; six statements whatever is found."""

    def found(rows: Select[Any], condition: Any) -> Found[Any]:
        every = rows.where(and_(*(condition(word) for word in words))).limit(MOST + 1)
        some = session.scalars(every).unique().all()
        return Found(some[:MOST], len(some) > MOST)

    return Results(
        found(_projects(actor), _in_project),
        found(companies.visible_to(actor), companies.containing),
        found(_contacts(actor), lambda word: _in_contact(actor, word)),
        found(activities.visible_to(actor), activities.containing),
    )


def _projects(actor: Actor) -> Select[Project]:
    return (
        select(Project)
        .where(policy.project_rows(actor, Act.SEE_PROJECT))
        .options(joinedload(Project.company))
        .order_by(Project.last_contact_on.desc().nulls_last(), Project.id.desc())
    )


def _in_project(word: str) -> ColumnElement[bool]:
    texts = (Project.name, Project.alias, Project.code)
    invested = exists().where(Company.id == Project.company_id, companies.containing(word))
    return or_(invested, *(text.icontains(word, autoescape=True) for text in texts))


def _contacts(actor: Actor) -> Select[Contact]:
    return (
        select(Contact)
        .where(policy.rows(actor, Act.SEE_COMPANY, Contact), Contact.is_active.is_(True))
        .options(joinedload(Contact.company))
        .order_by(Contact.id.desc())
    )


def _in_contact(actor: Actor, word: str) -> ColumnElement[bool]:
    """By name and title; by phone only where the actor may see it, else a search would tell it digit by digit."""
    named = or_(Contact.name.icontains(word, autoescape=True), Contact.title.icontains(word, autoescape=True))
    if not (word.isdigit() and len(word) >= SHORTEST_PHONE):
        return named
    seen = policy.rows(actor, Act.SEE_PHONE, Contact)
    return or_(named, and_(seen, Contact.phone.contains(word, autoescape=True)))
