"""Which projects a list holds: the quick views and the filters, as conditions on Project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, exists, func, select, true
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import (
    CapitalKind,
    ClaimState,
    ContractKind,
    KeyList,
    Labelled,
    SourceChannel,
    Stage,
    Status,
)
from crm.models import Claim, Company, Contract, Listing, Project, ProjectMember
from crm.policy import Act, Actor
from crm.queries import compiled, finding
from crm.queries.keyset import MOST_COUNTED
from crm.queries.project_conditions import any_of, in_industries
from crm.rules.days import Month
from crm.rules.list_filters import Condition
from crm.rules.search import words_of

IN_REGISTER = (Status.ACTIVE, Status.PAUSED)


class View(Labelled):
    """The quick views over the list."""

    ALL = "all", "全部在库"
    MINE = "mine", "我的项目"
    KEY = "key", "重点项目"
    SIGNED = "signed", "本月签约"
    UNSTARTED = "unstarted", "已签约未开工"
    STOPPED = "stopped", "暂缓与流失"
    EVERY = "every", "全部记录"


@dataclass(frozen=True)
class ProjectFilter:
    """What the list is narrowed to; None and "" mean everything."""

    view: View = View.ALL
    words: str | finding.Flags = ""
    stage: Stage | None = None
    industry_id: int | None = None
    capital_kind: CapitalKind | None = None
    lead_id: int | None = None
    unit_id: int | None = None
    area_id: int | None = None
    source_channel: SourceChannel | None = None
    key_list: KeyList | None = None
    status: Status | None = None
    signed_in: Month | None = None
    least_yuan: int | None = None
    groups: tuple[tuple[Condition, ...], ...] = ()

    def shape(self) -> ProjectFilter:
        """What of it decides the text of a statement: rows, amounts and words are places of values (queries/compiled.py)."""
        places = {name: place for name, place in PLACES.items() if getattr(self, name) is not None}
        return replace(self, words=finding.project_flags(words_of(str(self.words))) or "", **places)

    def values(self) -> dict[str, Any]:
        """The values of its shape."""
        words = words_of(str(self.words))
        return {name: getattr(self, name) for name in PLACES} | (finding.project_values(words) if words else {})


PLACES: Mapping[str, Any] = {
    "industry_id": bindparam("industry_id", type_=Integer()),
    "lead_id": bindparam("lead_id", type_=Integer()),
    "unit_id": bindparam("unit_id", type_=Integer()),
    "area_id": bindparam("area_id", type_=Integer()),
    "least_yuan": bindparam("least_yuan", type_=BigInteger()),
}


def _member(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    # By the keys of the few, not by asking every project: the index begins with the person.
    return Project.id.in_(select(ProjectMember.project_id).where(ProjectMember.to_on.is_(None), *conditions))


def _listed(year: int, *lists: KeyList) -> ColumnElement[bool]:
    wanted = [Listing.key_list.in_(lists)] if lists else []
    return Project.id.in_(select(Listing.project_id).where(Listing.year == year, *wanted))


def _signed_in(month: Month) -> ColumnElement[bool]:
    """The first formal contract, verified, was signed in the month: one in it, and none before it."""
    earlier, its_claim = aliased(Contract), aliased(Claim)
    before = (
        select(earlier.id)
        .join(its_claim, its_claim.id == earlier.claim_id)
        .where(
            earlier.project_id == Contract.project_id,
            earlier.kind == ContractKind.FORMAL,
            earlier.signed_on < month.first,
            its_claim.state == ClaimState.VERIFIED,
        )
    )
    signed = (
        select(Contract.project_id)
        .join(Claim, Claim.id == Contract.claim_id)
        .where(
            Contract.kind == ContractKind.FORMAL,
            Contract.signed_on.between(month.first, month.last),
            Claim.state == ClaimState.VERIFIED,
            ~exists(before),
        )
    )
    return Project.id.in_(signed)


def _containing(words: str | finding.Flags) -> ColumnElement[bool]:
    asked = words_of(words) if isinstance(words, str) else words
    return finding.project_condition(asked) if asked else true()


def _in_view(view: View, actor: Actor, today: date) -> list[ColumnElement[bool]]:
    in_register: list[ColumnElement[bool]] = [Project.status.in_(IN_REGISTER), Project.duplicate_of_id.is_(None)]
    conditions: dict[View, list[ColumnElement[bool]]] = {
        View.ALL: in_register,
        View.MINE: [*in_register, _member(ProjectMember.user_id == actor.id)],
        View.KEY: [*in_register, _listed(today.year)],
        View.SIGNED: [_signed_in(Month.of(today)), Project.duplicate_of_id.is_(None)],
        View.UNSTARTED: [*in_register, Project.stage >= Stage.SIGNED, Project.stage < Stage.STARTED],
        View.STOPPED: [Project.status.in_((Status.PAUSED, Status.LOST))],
        View.EVERY: [],
    }
    return conditions[view]


_SIMPLE: Mapping[str, Callable[[Any, date], ColumnElement[bool]]] = {
    "words": lambda value, _: _containing(value),
    "stage": lambda value, _: Project.stage == value,
    "industry_id": lambda value, _: in_industries([value]),
    "capital_kind": lambda value, _: Project.capital_kind == value,
    "lead_id": lambda value, _: Project.lead_id == value,
    "unit_id": lambda value, _: Project.unit_id == value,
    "area_id": lambda value, _: Project.area_id == value,
    "source_channel": lambda value, _: Project.source_channel == value,
    "key_list": lambda value, today: _listed(today.year, value),
    "status": lambda value, _: Project.status == value,
    "signed_in": lambda value, _: _signed_in(value),
    "least_yuan": lambda value, _: Project.total_yuan >= value,
}


def _is_set(value: Any) -> bool:
    return compiled.is_bound(value) or value not in (None, "")


def matching(actor: Actor, wanted: ProjectFilter, today: date, act: Act = Act.SEE_PROJECT) -> Select[int]:
    """The ids of the projects of a list, joined to their company; a status asked for widens the view to it."""
    view = View.EVERY if wanted.status and wanted.view is View.ALL else wanted.view
    given = ((name, getattr(wanted, name)) for name in _SIMPLE)
    return (
        select(Project.id)
        .outerjoin(Company, Company.id == Project.company_id)
        .where(
            policy.project_rows(actor, act, walked=True),
            *_in_view(view, actor, today),
            *(_SIMPLE[name](value, today) for name, value in given if _is_set(value)),
            *any_of(wanted.groups, today),
        )
    )


def view_counts(session: Session, actor: Actor, today: date) -> dict[View, int]:
    """How many each quick view holds, stopping at MOST_COUNTED; one statement."""
    counts = compiled.rows(session, _view_counts, (compiled.reader(actor), today), compiled.values_of(actor))
    return dict(zip(View, counts[0], strict=True))


def _view_counts(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    some = (matching(actor, ProjectFilter(view), today).limit(MOST_COUNTED + 1).subquery() for view in View)
    return select(*(select(func.count()).select_from(part).scalar_subquery() for part in some))
