"""What the register holds of a project, as far as an import compares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crm.choices import ContractKind, KeyList, MemberRole, Stage, Status
from crm.rules.importing.entry import Money


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage the log has, since when; `waits` while its claim is reported and not yet verified."""

    on: date
    waits: bool = False


@dataclass(frozen=True, slots=True)
class CompanyStanding:
    """The investor's row; `open_to_actor` where the importer may see it and so fill its blanks."""

    id: int
    name: str
    values: Mapping[str, Any]
    contacts: Mapping[str, str] = field(default_factory=dict)  # {name: phone}
    open_to_actor: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """A project of the register. `values`: its columns; `arrived_yuan`, `completed`: what is verified or waits to be."""

    id: int
    version: int
    code: str
    name: str
    stage: Stage
    status: Status
    values: Mapping[str, Any]
    company: CompanyStanding | None = None
    plan: Money | None = None
    plan_on: date | None = None
    members: Mapping[tuple[MemberRole, int], str] = field(default_factory=dict)
    listings: frozenset[tuple[KeyList, int]] = frozenset()
    reached: Mapping[Stage, Reached] = field(default_factory=dict)
    agreements: frozenset[ContractKind] = frozenset()
    arrived_yuan: int = 0
    completed: Mapping[int, int] = field(default_factory=dict)
    annual: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    has_month: bool = False

    def leads(self) -> tuple[tuple[int, str], ...]:
        """(id, name) of whoever leads it."""
        return tuple((user_id, name) for (role, user_id), name in self.members.items() if role is MemberRole.LEAD)
