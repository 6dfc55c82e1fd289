"""Names to rows: the industries, areas, units, people and exchange rates that a ledger speaks of in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from rapidfuzz import fuzz, process

from crm.choices import Currency, SourceChannel, UnitKind
from crm.rules.importing.entry import Money
from crm.rules.importing.remarks import Note, tell, warn
from crm.rules.ledger.fields import Field
from crm.rules.money import in_yuan
from crm.rules.names import plain

_SEPARATORS = re.compile(r"[、，,;；/\s]+")
_NEAR_PERCENT = 60


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit of the tree."""

    id: int
    name: str
    short_name: str
    kind: UnitKind


@dataclass(frozen=True, slots=True)
class PersonRef:
    """An active account."""

    id: int
    name: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class RateRef:
    """Yuan for one unit, and since when."""

    rate: Decimal
    rate_on: date


@dataclass(frozen=True)
class Directory:
    """Everything that has a name. `industries` and `areas`: name -> id; `parents`: a sub-industry -> its industry."""

    industries: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[int, int] = field(default_factory=dict)
    areas: Mapping[str, int] = field(default_factory=dict)
    units: tuple[UnitRef, ...] = ()
    people: tuple[PersonRef, ...] = ()
    rates: Mapping[Currency, RateRef] = field(default_factory=dict)

    @cached_property
    def _names(self) -> Mapping[str, Mapping[int, str]]:
        return {
            "industry": {key: name for name, key in self.industries.items()},
            "area": {key: name for name, key in self.areas.items()},
            "unit": {unit.id: unit.name for unit in self.units},
            "person": {person.id: person.name for person in self.people},
        }

    @cached_property
    def _unit_names(self) -> Mapping[str, UnitRef]:
        named = {plain(unit.short_name): unit for unit in self.units}
        return {**named, **{plain(unit.name): unit for unit in self.units}}

    @cached_property
    def _plain_industries(self) -> Mapping[str, str]:
        return {plain(name): name for name in self.industries}

    @cached_property
    def _by_person(self) -> Mapping[str, list[PersonRef]]:
        found: dict[str, list[PersonRef]] = {}
        for person in self.people:
            found.setdefault(person.name, []).append(person)
        return found

    def name_of(self, kind: str, id_: int | None) -> str:
        """The name behind an id ("industry", "area", "unit", "person"), for showing what changes; empty for none."""
        return "" if id_ is None else self._names[kind].get(id_, "")

    def industry(self, text: str) -> tuple[int | None, Note | None]:
        """By its name; or the one whose name the text holds, which is said."""
        if not text:
            return None, None
        if text in self.industries:
            return self.industries[text], None
        asked = plain(text)
        near = [name for key, name in self._plain_industries.items() if key in asked or (asked and asked in key)]
        if near:
            name = max(near, key=len)
            return self.industries[name], tell(Field.INDUSTRY, f"归入“{name}”", "industry_near")
        like = process.extractOne(text, list(self.industries), scorer=fuzz.ratio, score_cutoff=_NEAR_PERCENT)
        offer = f"，是否“{like[0]}”" if like else ""
        return None, warn(Field.INDUSTRY, f"“{_short(text)}”不在产业目录里，没有写入{offer}", "no_industry")

    def area(self, text: str) -> int | None:
        """The area a place lies in, if the text says so."""
        return next(
            (key for name, key in self.areas.items() if name in text or name.removesuffix("片区") in text), None
        )

    def unit(self, text: str) -> tuple[UnitRef | None, Note | None]:
        """By name or short name; else none, which is said."""
        if not text:
            return None, None
        found = self._unit_names.get(plain(text))
        if found is not None:
            return found, None
        held = [unit for unit in self.units if unit.short_name in text or unit.name in text]
        if held:
            return max(held, key=lambda unit: len(unit.short_name)), None
        return None, tell(Field.RESPONSIBLE_UNIT, f"没有叫“{_short(text)}”的单位，不写入", "no_unit")

    def persons(self, text: str, where: Field) -> tuple[tuple[PersonRef, ...], tuple[Note, ...]]:
        """The people a cell names, each found by a name that only one account bears; who is not found is said."""
        found, notes = [], []
        for name in filter(None, _SEPARATORS.split(text)):
            same = self._by_person.get(name, [])
            if len(same) == 1:
                found.append(same[0])
            elif same:
                notes.append(warn(where, f"有 {len(same)} 个叫“{name}”的账号，没有写入，请在项目里指定"))
            else:
                notes.append(warn(where, f"没有叫“{_short(name)}”的账号，没有写入"))
        return tuple(dict.fromkeys(found)), tuple(notes)

    def yuan(self, money: Money | None, where: Field) -> tuple[int | None, Note | None]:
        """An amount in whole yuan at the rate on record; None (and why) where there is no rate."""
        if money is None:
            return None, None
        if money.currency is Currency.CNY:
            return money.units, None
        rate = self.rates.get(money.currency)
        if rate is None:
            words = f"没有登记{money.currency.label}汇率，金额没有写入；登记汇率后重新检查"
            return None, warn(where, words, "no_rate")
        return in_yuan(money.units, rate.rate), None


def channel(text: str) -> SourceChannel | None:
    """A source channel by its label."""
    return next((member for member in SourceChannel if plain(member.label) in plain(text)), None) if text else None


def _short(text: str) -> str:
    return text if len(text) <= 16 else text[:15] + "…"
