"""A ledger's row in the register's terms: no cells, no ids; texts, whole units of money, days. It is kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from crm.choices import (
    CapitalKind,
    CompanyClass,
    ContractKind,
    Currency,
    KeyList,
    ListingClass,
    Stage,
    Status,
)
from crm.rules.matching import Identity
from crm.rules.names import company_key, project_key


@dataclass(frozen=True, slots=True)
class Money:
    """A sure amount in whole units of a currency."""

    units: int
    currency: Currency = Currency.CNY

    @property
    def yuan(self) -> int | None:
        """The amount if it is in CNY."""
        return self.units if self.currency is Currency.CNY else None


@dataclass(frozen=True, slots=True)
class Dated:
    """A time as the ledger tells it, from `first` to `last`. `planned`: the cell or its column says so."""

    first: date
    last: date
    planned: bool = False

    @property
    def is_exact(self) -> bool:
        """Told to the day."""
        return self.first == self.last

    @property
    def words(self) -> str:
        """2022-03-15, 2022年3月, 2022年."""
        if self.is_exact:
            return self.first.isoformat()
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first.year}年{self.first.month}月"
        return f"{self.first.year}年" if self.first.year == self.last.year else f"{self.first.year}—{self.last.year}年"


@dataclass(frozen=True, slots=True)
class Entry:
    """One project as a row tells of it; empty, None or () for what the row does not say."""

    name: str = ""
    code: str = ""
    company: str = ""
    credit_code: str = ""
    company_classes: tuple[CompanyClass, ...] = ()
    origin: str = ""
    registered: Money | None = None
    capital_kind: CapitalKind | None = None
    industry: str = ""
    category: str = ""
    levels: tuple[KeyList, ...] = ()
    listing_class: ListingClass | None = None
    year: int | None = None
    location: str = ""
    land_mu: Decimal | None = None
    content: str = ""
    total: Money | None = None
    fixed: Money | None = None
    foreign: Money | None = None
    annual: Money | None = None
    annual_done: Money | None = None
    done: Money | None = None
    arrived: Money | None = None
    stage: Stage | None = None
    status: Status | None = None
    stage_words: str = ""
    contract_kind: ContractKind | None = None
    first_contact: Dated | None = None
    signed: Dated | None = None
    registered_on: Dated | None = None
    started: Dated | None = None
    finished: Dated | None = None
    producing: Dated | None = None
    annual_goal: str = ""
    progress: str = ""
    problems: str = ""
    next_plan: str = ""
    channel: str = ""
    responsible_unit: str = ""
    leader: str = ""
    officer: str = ""
    contact: str = ""
    phones: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """What the project is known by."""
        return Identity(
            name_key=project_key(self.name) if self.name else "",
            company_key=company_key(self.company) if self.company else "",
            credit_code=self.credit_code,
            code=self.code,
            total_yuan=self.total.yuan if self.total else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Only what the row says."""
        kept = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: _plain(value) for name, value in kept if value not in ("", None, ())}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Entry:
        """As it was kept."""
        return cls(**{name: _READERS.get(name, _as_is)(value) for name, value in kept.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return [value.units, value.currency.value]
    if isinstance(value, Dated):
        return [value.first.isoformat(), value.last.isoformat(), value.planned]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, Stage) else str(value) if isinstance(value, str) else value


def _as_is(value: Any) -> Any:
    return value


def _money(value: Any) -> Money:
    return Money(value[0], Currency.parse(value[1]))


def _dated(value: Any) -> Dated:
    return Dated(date.fromisoformat(value[0]), date.fromisoformat(value[1]), value[2])


_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("registered", "total", "fixed", "foreign", "annual", "annual_done", "done", "arrived"), _money),
    **dict.fromkeys(("first_contact", "signed", "registered_on", "started", "finished", "producing"), _dated),
    "company_classes": lambda values: tuple(CompanyClass.parse(value) for value in values),
    "levels": lambda values: tuple(KeyList.parse(value) for value in values),
    "phones": tuple,
    "capital_kind": CapitalKind.parse,
    "listing_class": ListingClass.parse,
    "contract_kind": ContractKind.parse,
    "status": Status.parse,
    "stage": Stage,  # type: ignore[dict-item]
    "land_mu": Decimal,
}
