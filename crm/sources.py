"""What is searched of each kind of row, and what a hit shows: one declaration a kind, over plain tables (deleted rows too)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Row, Select, and_, select

from crm.choices import Found
from crm.columns import Base
from crm.models import Activity, AgendaItem, Company, Contact, Meeting, Project
from crm.rules.days import day_of
from crm.rules.search import entry_id, fold, searched, sounds, tokens

LONGEST = 200  # of a title and a hint


@dataclass(frozen=True)
class Shown:
    """What a row gives to the index: what a hit shows, what is searched, and the names that are also found by sound."""

    title: str
    hint: str
    texts: tuple[str, ...]
    names: tuple[str, ...]
    page_id: int
    phone: str = ""


@dataclass(frozen=True)
class Watched:
    """A change of one of the columns of a table concerns the rows whose `column` holds the key of the changed row."""

    table: str
    names: frozenset[str]
    column: str = "id"


@dataclass(frozen=True)
class Source:
    """A kind: its rows as a statement (`is_living` says whether one can be found), and what each gives."""

    kind: Found
    model: type[Base]
    rows: Select[Any]
    shown: Callable[[Row[Any]], Shown]
    watched: tuple[Watched, ...]

    @property
    def table(self) -> FromClause:
        """The table of its rows."""
        return self.model.__table__

    def entry(self, row: Row[Any]) -> dict[str, Any]:
        """The values of the row's SearchEntry."""
        shown = self.shown(row)
        text, heard = searched(*shown.texts), sounds(*shown.names)
        phone = fold(shown.phone)
        return {
            "id": entry_id(self.kind, row.id), "kind": self.kind.value, "row_id": row.id, "page_id": shown.page_id,
            "title": shown.title[:LONGEST], "hint": shown.hint[:LONGEST], "phone": phone, "text": text, "sounds": heard,
            "tokens": tokens(self.kind, text, heard, phone),
        }  # fmt: skip


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _watched(model: type[Base], names: str, column: str = "id") -> Watched:
    return Watched(model.__tablename__, frozenset(names.split()), column)


_project, _company, _contact = Project.__table__.c, Company.__table__.c, Contact.__table__.c
_activity, _meeting, _item = Activity.__table__.c, Meeting.__table__.c, AgendaItem.__table__.c


def _of_project(row: Row[Any]) -> Shown:
    names = (row.name, row.alias, row.investor or "", row.investor_short or "")
    hint = _joined(row.code, row.investor_short or row.investor)
    return Shown(row.name, hint, (*names, row.code, row.credit_code or ""), names, row.id)


def _of_company(row: Row[Any]) -> Shown:
    texts = (row.name, row.short_name, row.credit_code or "")
    return Shown(row.name, _joined(row.short_name, row.credit_code), texts, texts[:2], row.id)


def _of_contact(row: Row[Any]) -> Shown:
    hint = _joined(row.title, row.company)
    return Shown(row.name, hint, (row.name, row.title), (row.name,), row.company_id, row.phone)


def _of_activity(row: Row[Any]) -> Shown:
    title = row.title or " ".join(row.summary.split())[:60]
    texts = (row.title, row.summary, row.demands, row.place, row.their_side)
    return Shown(title, _joined(day_of(row.happened_at).isoformat(), row.place), texts, (row.title,), row.id)


def _of_meeting(row: Row[Any]) -> Shown:
    hint = _joined(day_of(row.held_at).isoformat(), row.place)
    return Shown(row.title, hint, (row.title, row.summary, row.place), (row.title,), row.id)


def _of_item(row: Row[Any]) -> Shown:
    hint = day_of(row.held_at).isoformat()
    return Shown(row.title, hint, (row.situation, row.conclusion), (), row.meeting_id)


SOURCES: tuple[Source, ...] = (
    Source(
        Found.PROJECT,
        Project,
        select(
            _project.id, _project.name, _project.alias, _project.code, _company.name.label("investor"),
            _company.short_name.label("investor_short"), _company.credit_code, _project.deleted_at.is_(None).label("is_living"),
        ).outerjoin_from(
            Project.__table__,
            Company.__table__,
            and_(_company.id == _project.company_id, _company.deleted_at.is_(None)),
        ),
        _of_project,
        (
            _watched(Project, "name alias code company_id deleted_at"),
            _watched(Company, "name short_name credit_code deleted_at", "company_id"),
        ),
    ),
    Source(
        Found.COMPANY,
        Company,
        select(
            _company.id, _company.name, _company.short_name, _company.credit_code,
            _company.deleted_at.is_(None).label("is_living"),
        ),
        _of_company,
        (_watched(Company, "name short_name credit_code deleted_at"),),
    ),
    Source(
        Found.CONTACT,
        Contact,
        select(
            _contact.id, _contact.name, _contact.title, _contact.phone, _contact.company_id, _company.name.label("company"),
            and_(_contact.deleted_at.is_(None), _contact.is_active, _company.deleted_at.is_(None)).label("is_living"),
        ).join_from(Contact.__table__, Company.__table__, _company.id == _contact.company_id),
        _of_contact,
        (
            _watched(Contact, "name title phone company_id is_active deleted_at"),
            _watched(Company, "name deleted_at", "company_id"),
        ),
    ),
    Source(
        Found.ACTIVITY,
        Activity,
        select(
            _activity.id, _activity.title, _activity.summary, _activity.demands, _activity.place, _activity.their_side,
            _activity.happened_at, _activity.deleted_at.is_(None).label("is_living"),
        ),
        _of_activity,
        (_watched(Activity, "title summary demands place their_side happened_at deleted_at"),),
    ),
    Source(
        Found.MEETING,
        Meeting,
        select(
            _meeting.id, _meeting.title, _meeting.summary, _meeting.place, _meeting.held_at,
            _meeting.deleted_at.is_(None).label("is_living"),
        ),
        _of_meeting,
        (_watched(Meeting, "title summary place held_at deleted_at"),),
    ),
    Source(
        Found.AGENDA,
        AgendaItem,
        select(
            _item.id, _item.meeting_id, _item.situation, _item.conclusion, _meeting.title, _meeting.held_at,
            _meeting.deleted_at.is_(None).label("is_living"),
        ).join_from(AgendaItem.__table__, Meeting.__table__, _meeting.id == _item.meeting_id),
        _of_item,
        (
            _watched(AgendaItem, "situation conclusion meeting_id"),
            _watched(Meeting, "title held_at deleted_at", "meeting_id"),
        ),
    ),
)  # fmt: skip
