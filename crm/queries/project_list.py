"""The list of projects: a page of rows in some order, and the totals over the whole filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session

from crm.choices import (
    CapitalKind,
    ClaimState,
    CompanyClass,
    ContractKind,
    Light,
    MemberRole,
    MoneyKind,
    Stage,
    Status,
    Word,
)
from crm.models import (
    Area,
    Claim,
    Company,
    CompanyClassMark,
    Contract,
    Industry,
    MoneyEntry,
    Project,
    ProjectMember,
    Unit,
    User,
)
from crm.rules import lifecycle, lights
from crm.rules.grades import grade
from crm.rules.lifecycle import Stay

MOST_EXPORTED = 20_000


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
    lead: str | None
    unit: str
    area: str | None
    last_contact_on: date | None
    planned_start_on: date | None
    registered_at: datetime
    is_secret: bool
    is_fortune_500: bool
    duplicate_of_id: int | None

    @property
    def origin(self) -> str:
        """Where the investor comes from: the country, or the province."""
        return self.country or self.province or ""

    @property
    def grade(self) -> str:
        """A to D."""
        return grade(self.total_yuan, self.foreign_usd, self.is_fortune_500)

    def stay(self, today: date) -> Stay:
        """How long it has been in its stage, with the light."""
        return lifecycle.stay(self.stage, self.stage_since_on, today, self.status)

    def is_idle(self, today: date) -> bool:
        """Whether nobody has been in touch for too long."""
        return lifecycle.is_idle(self.stage, self.status, self.last_contact_on, self.stage_since_on, today)

    def alarm(self, today: date) -> Alarm | None:
        """The gravest of what should worry its people: a late start, too long a stay, nobody in touch."""
        if self.status is not Status.ACTIVE:
            return None
        signed = Stage.SIGNED <= self.stage < Stage.STARTED
        overdue = lights.start_overdue_days(self.planned_start_on, None, today) if signed else 0
        stay = self.stay(today)
        found = (
            Alarm(lights.ageing_light(overdue), Word("开工超期 %(days)d 天", days=overdue)),
            Alarm(stay.light, Word("停留超期") if stay.light is Light.RED else Word("停留将满")),
            Alarm(Light.YELLOW if self.is_idle(today) else Light.NONE, Word("久未联系")),
        )
        ranked = [alarm for light in (Light.RED, Light.YELLOW) for alarm in found if alarm.light is light]
        return ranked[0] if ranked else None


@dataclass(frozen=True)
class Totals:
    """Over the whole filter: foreign capital and arrivals stand apart from the total, never added in."""

    count: int
    total_yuan: int
    foreign_usd: int
    arrived_yuan: int
    without_total: int


def _foreign_usd() -> ColumnElement[int | None]:
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


def _lead_name() -> ColumnElement[str | None]:
    return (
        select(func.min(User.name))
        .join(ProjectMember, ProjectMember.user_id == User.id)
        .where(
            ProjectMember.project_id == Project.id,
            ProjectMember.role == MemberRole.LEAD,
            ProjectMember.to_on.is_(None),
        )
        .correlate(Project)
        .scalar_subquery()
    )


def _fortune_500() -> ColumnElement[bool]:
    return exists(
        select(CompanyClassMark.company_id).where(
            CompanyClassMark.company_id == Project.company_id,
            CompanyClassMark.company_class == CompanyClass.FORTUNE_500,
        )
    )


SORTS: Mapping[str, tuple[Any, ...]] = {
    "total": (Project.total_yuan,),
    "name": (Project.name,),
    "stage": (Project.stage, Project.stage_since_on),
    "since": (Project.stage_since_on,),
    "contact": (Project.last_contact_on,),
    "registered": (Project.registered_at,),
}
DEFAULT_SORT = "-total"


def _order(sort: str) -> list[Any]:
    """ "-total" is descending; unknown keys fall back to the default; blanks come last either way."""
    if sort.removeprefix("-") not in SORTS:
        sort = DEFAULT_SORT
    columns = SORTS[sort.removeprefix("-")]
    # 停留: the longest stay began first.
    descending = sort.startswith("-") != (sort.removeprefix("-") == "since")
    ordered = [column.desc() if descending else column.asc() for column in columns]
    return [*(column.nulls_last() for column in ordered), Project.id.desc()]


def _shown(rows: Select[int], sort: str) -> Select[*tuple[Any, ...]]:
    return (
        rows.join(Unit, Unit.id == Project.unit_id)
        .outerjoin(Area, Area.id == Project.area_id)
        .with_only_columns(
            Project.id, Project.code, Project.name, Company.name, Project.stage, Project.stage_since_on,
            Project.status, Project.capital_kind, Industry.name, Company.country, Company.province, Project.total_yuan,
            _foreign_usd(), _lead_name(), Unit.short_name, Area.name, Project.last_contact_on,
            Project.planned_start_on, Project.registered_at, Project.is_secret, _fortune_500(),
            Project.duplicate_of_id,
        )
        .order_by(*_order(sort))
    )  # fmt: skip


def page_of(session: Session, rows: Select[int], sort: str, offset: int, size: int) -> list[Row]:
    """One page of the list; one statement."""
    return [Row._make(row) for row in session.execute(_shown(rows, sort).limit(size).offset(offset))]


def every(session: Session, rows: Select[int], sort: str) -> list[Row]:
    """The whole list, for export; it stops at MOST_EXPORTED."""
    return [Row._make(row) for row in session.execute(_shown(rows, sort).limit(MOST_EXPORTED))]


def _arrived(project_ids: Any) -> Select[int, int]:
    return (
        select(MoneyEntry.project_id, func.sum(MoneyEntry.amount_yuan))
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(
            MoneyEntry.kind == MoneyKind.ARRIVED,
            Claim.state == ClaimState.VERIFIED,
            MoneyEntry.project_id.in_(project_ids),
        )
        .group_by(MoneyEntry.project_id)
    )


def arrived_yuan(session: Session, project_ids: Sequence[int]) -> dict[int, int]:
    """Verified arrivals of each of these projects; one statement."""
    return {key: int(total) for key, total in session.execute(_arrived(project_ids))}


def totals(session: Session, rows: Select[int]) -> Totals:
    """Over the whole filter; one statement."""
    found = rows.with_only_columns(
        Project.id, Project.total_yuan.label("total_yuan"), _foreign_usd().label("foreign_usd")
    ).subquery()
    arrivals = _arrived(select(found.c.id)).subquery()
    arrived = select(func.coalesce(func.sum(arrivals.c[1]), 0)).scalar_subquery()
    count, total, foreign, with_total, sum_arrived = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(found.c.total_yuan), 0),
            func.coalesce(func.sum(found.c.foreign_usd), 0),
            func.count(found.c.total_yuan),
            arrived,
        )
    ).one()
    return Totals(count, int(total), int(foreign), int(sum_arrived), count - with_total)
