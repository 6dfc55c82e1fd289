"""A row of the project list: its values, what should worry its people, and the SELECT that reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, exists, false, func, null, select

from crm.choices import (
    CapitalKind,
    ClaimState,
    CompanyClass,
    ContractKind,
    InvestmentForm,
    Light,
    MoneyKind,
    SourceChannel,
    Stage,
    Status,
    Word,
)
from crm.models import Area, Claim, Company, CompanyClassMark, Contract, Industry, MoneyEntry, Project, Unit, User
from crm.rules import lights
from crm.rules.grades import grade
from crm.rules.limits import DEFAULT, Limits, Stay, is_idle, stay


class Alarm(NamedTuple):
    """A light and what it is for."""

    light: Light
    words: str


class Row(NamedTuple):
    """A project in the list; money in whole yuan, foreign capital in whole dollars."""

    id: int
    code: str
    name: str
    company: str | None
    stage: Stage
    stage_since_on: date
    status: Status
    capital_kind: CapitalKind
    industry: str | None
    country: str | None
    province: str | None
    total_yuan: int | None
    foreign_usd: int | None
    arrived_yuan: int | None
    lead: str | None
    unit: str
    area: str | None
    last_contact_on: date | None
    planned_start_on: date | None
    registered_at: datetime
    is_secret: bool
    is_fortune_500: bool
    duplicate_of_id: int | None
    fixed_yuan: int | None
    source_channel: SourceChannel | None
    investment_form: InvestmentForm | None
    expected_sign_on: date | None
    planned_finish_on: date | None
    protected_until_on: date | None
    site: str
    jobs_count: int | None
    confidence_percent: int | None
    may_edit: bool

    @property
    def origin(self) -> str:
        """Where the investor comes from: the country, or the province."""
        return self.country or self.province or ""

    @property
    def grade(self) -> str:
        """A to D."""
        return grade(self.total_yuan, self.foreign_usd, self.is_fortune_500)

    def stay(self, today: date, limits: Limits = DEFAULT) -> Stay:
        """How long it has been in its stage, with the light."""
        return stay(self.stage, self.stage_since_on, today, self.status, limits)

    def is_idle(self, today: date, limits: Limits = DEFAULT) -> bool:
        """Whether nobody has been in touch for too long."""
        return is_idle(self.stage, self.status, self.last_contact_on, self.stage_since_on, today, limits)

    def alarm(self, today: date, limits: Limits = DEFAULT) -> Alarm | None:
        """The gravest of what should worry its people: a late start, too long a stay, nobody in touch."""
        if self.status is not Status.ACTIVE:
            return None
        signed = Stage.SIGNED <= self.stage < Stage.STARTED
        overdue = lights.start_overdue_days(self.planned_start_on, None, today) if signed else 0
        stayed = self.stay(today, limits)
        found = (
            Alarm(lights.ageing_light(overdue), Word("开工超期 %(days)d 天", days=overdue)),
            Alarm(stayed.light, Word("停留超期") if stayed.light is Light.RED else Word("停留将满")),
            Alarm(Light.YELLOW if self.is_idle(today, limits) else Light.NONE, Word("久未联系")),
        )
        ranked = [alarm for light in (Light.RED, Light.YELLOW) for alarm in found if alarm.light is light]
        return ranked[0] if ranked else None


def foreign_usd() -> ColumnElement[int | None]:
    """What the verified contracts say, else what the investor speaks of; only asked of foreign projects."""
    contracted = (
        select(func.sum(Contract.foreign_usd))
        .join(Claim, Claim.id == Contract.claim_id)
        .where(
            Contract.project_id == Project.id,
            Contract.kind.in_((ContractKind.FORMAL, ContractKind.SUPPLEMENT)),
            Claim.state == ClaimState.VERIFIED,
        )
        .correlate(Project)
        .scalar_subquery()
    )
    return case((Project.capital_kind == CapitalKind.FOREIGN, func.coalesce(contracted, Project.foreign_usd)))


def verified_arrivals() -> tuple[ColumnElement[bool], ...]:
    """Which entries of money, beside their claims, are arrivals that count."""
    return MoneyEntry.kind == MoneyKind.ARRIVED, Claim.state == ClaimState.VERIFIED


def arrived_yuan() -> ColumnElement[int | None]:
    """Verified arrivals; none where nothing arrived."""
    arrived = (
        select(func.sum(MoneyEntry.amount_yuan))
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.project_id == Project.id, *verified_arrivals())
        .correlate(Project)
        .scalar_subquery()
    )
    return cast(arrived, BigInteger)  # PostgreSQL adds whole numbers up to a decimal


def looked_up(column: Any, key: Any) -> ColumnElement[Any]:
    """A value of the row that a key of the project names: looked up for each row shown.

    A join says the same, but PostgreSQL weighs the orders of joins anew for every page, which takes longer than the page's rows.
    """
    return select(column).where(column.class_.id == key).correlate(Project).scalar_subquery()


def is_fortune_500() -> ColumnElement[bool]:
    """The investor is a 世界500强, which makes any project an A."""
    return exists(
        select(CompanyClassMark.company_id).where(
            CompanyClassMark.company_id == Project.company_id,
            CompanyClassMark.company_class == CompanyClass.FORTUNE_500,
        )
    )


# What each value of a row is read from; `may_edit` is the reader's.
_SOURCES: Mapping[str, Any] = {
    "id": Project.id,
    "code": Project.code,
    "name": Project.name,
    "company": Company.name,
    "stage": Project.stage,
    "stage_since_on": Project.stage_since_on,
    "status": Project.status,
    "capital_kind": Project.capital_kind,
    "industry": looked_up(Industry.name, Project.industry_id),
    "country": Company.country,
    "province": Company.province,
    "total_yuan": Project.total_yuan,
    "foreign_usd": foreign_usd(),
    "arrived_yuan": arrived_yuan(),
    "lead": looked_up(User.name, Project.lead_id),
    "unit": looked_up(Unit.short_name, Project.unit_id),
    "area": looked_up(Area.name, Project.area_id),
    "last_contact_on": Project.last_contact_on,
    "planned_start_on": Project.planned_start_on,
    "registered_at": Project.registered_at,
    "is_secret": Project.is_secret,
    "is_fortune_500": is_fortune_500(),
    "duplicate_of_id": Project.duplicate_of_id,
    "fixed_yuan": Project.fixed_yuan,
    "source_channel": Project.source_channel,
    "investment_form": Project.investment_form,
    "expected_sign_on": Project.expected_sign_on,
    "planned_finish_on": Project.planned_finish_on,
    "protected_until_on": Project.protected_until_on,
    "site": Project.site,
    "jobs_count": Project.jobs_count,
    "confidence_percent": Project.confidence_percent,
    "may_edit": false(),
}


def shown(
    rows: Select[int], editable: ColumnElement[bool] | None = None, only: Collection[str] | None = None
) -> Select[*tuple[Any, ...]]:
    """The columns of `Row`, in its order, for ids that are joined to their company.

    `editable` is the condition under which the reader may change a row; none for readers who change nothing here. Of a
    long list `only` some values are read: the others are None.
    """
    sources = {name: column if only is None or name in only else null() for name, column in _SOURCES.items()}
    if editable is not None:
        sources["may_edit"] = editable
    return rows.with_only_columns(*(sources[name] for name in Row._fields))
