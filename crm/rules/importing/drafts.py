"""The parts of what a row writes, and what a proposal rests on beside the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crm.choices import KeyList, ListingClass, MemberRole
from crm.rules.importing.directory import Directory
from crm.rules.importing.entry import Money
from crm.rules.importing.history import History
from crm.rules.importing.remarks import Note
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import CompanyStanding
from crm.rules.importing.sums import MoneyStep
from crm.rules.ledger.fields import Field


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after, in words; `old` is empty for what the register did not know."""

    field: Field
    old: str
    new: str


class ListingDraft(NamedTuple):
    """A project's place on an annual list."""

    key_list: KeyList
    year: int
    listing_class: ListingClass


class AnnualDraft(NamedTuple):
    """The plan of a year."""

    year: int
    planned_yuan: int
    goal: str


class MonthDraft(NamedTuple):
    """What is said of the ledger's month."""

    progress: str
    problem: str
    next_plan: str


class MemberDraft(NamedTuple):
    """A person's part in the project."""

    role: MemberRole
    user_id: int


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """The investor: `id` of the row found (then `values` fill its blanks), or None for a new one.

    `contact` is a name and a phone the investor lacks.
    """

    id: int | None
    name: str
    values: Mapping[str, Any]
    contact: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The reference data and the investors a row may name, by credit code and by name key."""

    settings: ImportSettings
    directory: Directory
    by_credit_code: Mapping[str, CompanyStanding] = field(default_factory=dict)
    by_name_key: Mapping[str, CompanyStanding] = field(default_factory=dict)


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything a row writes. `project`: columns of the project; the rest are rows beside it.

    `changes` says in words what becomes different; it is empty for a new project, and for a row that says nothing new.
    """

    project: Mapping[str, Any] = field(default_factory=dict)
    company: CompanyDraft | None = None
    plan: Money | None = None
    members: tuple[MemberDraft, ...] = ()
    listings: tuple[ListingDraft, ...] = ()
    history: History = NO_HISTORY
    money: tuple[MoneyStep, ...] = ()
    annual: AnnualDraft | None = None
    month: MonthDraft | None = None
    notes: tuple[Note, ...] = ()
    changes: tuple[Change, ...] = ()
