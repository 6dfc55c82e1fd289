"""The register as an import sees it: what every project is known by, and what is held of the ones it touches. Set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ClaimState, ContractKind, MemberRole, MoneyKind, Stage
from crm.models import (
    AnnualPlan,
    Area,
    Claim,
    Company,
    Contact,
    Contract,
    Industry,
    Listing,
    MoneyEntry,
    MonthlyReport,
    Project,
    ProjectMember,
    StageMove,
    Unit,
    User,
)
from crm.policy import Act, Actor
from crm.queries.rates import rates_in_force
from crm.rules.days import Month
from crm.rules.importing.columns import COLUMN_FIELD
from crm.rules.importing.directory import Directory, PersonRef, RateRef, UnitRef
from crm.rules.importing.entry import Money
from crm.rules.importing.standing import CompanyStanding, Reached, Standing
from crm.rules.matching import Identity, Known

T = TypeVar("T")

LIVE = (ClaimState.REPORTED, ClaimState.VERIFIED)
AT_ONCE = 1_000  # ids in one IN (...)


@dataclass(frozen=True, slots=True)
class Registered:
    """A project as matching knows it, and what the importer may do with it."""

    known: Known
    visible: bool
    editable: bool


def registered(session: Session, actor: Actor) -> list[Registered]:
    """Every project of the register, also those the importer may not see: they are matched, never told. One statement.

    Whoever may bring verified history may update what he sees; everybody else what he may edit.
    """
    edit = Act.SEE_PROJECT if policy.can(actor, Act.IMPORT_VERIFIED) else Act.EDIT_PROJECT
    rows = (
        select(
            Project.id, Project.code, Project.name_key, Project.total_yuan,
            func.coalesce(Company.name_key, ""), func.coalesce(Company.credit_code, ""),
            case((policy.project_rows(actor, Act.SEE_PROJECT), 1), else_=0),
            case((policy.project_rows(actor, edit), 1), else_=0),
        )
        .outerjoin(Company, Company.id == Project.company_id)
        .where(Project.duplicate_of_id.is_(None))
        .order_by(Project.id)
    )  # fmt: skip
    return [
        Registered(Known(key, Identity(name_key, company, credit, code, yuan)), bool(seen), bool(editable))
        for key, code, name_key, yuan, company, credit, seen, editable in session.execute(rows)
    ]


def taken_codes(session: Session, codes: Collection[str]) -> frozenset[str]:
    """Which of these codes some project bears, merged ones included."""
    return frozenset(
        code for some in _batches(codes) for code in session.scalars(select(Project.code).where(Project.code.in_(some)))
    )


def directory(session: Session, as_of: date) -> Directory:
    """Everything that has a name, in six statements."""
    parts = select(Industry.id, Industry.parent_id).where(Industry.parent_id.is_not(None))
    people = select(User.id, User.name, User.unit_id).where(User.is_active.is_(True)).order_by(User.id)
    units = select(Unit.id, Unit.name, Unit.short_name, Unit.kind).order_by(Unit.rank, Unit.id)
    return Directory(
        industries=dict(session.execute(select(Industry.name, Industry.id)).all()),
        parents={key: parent for key, parent in session.execute(parts) if parent is not None},
        areas=dict(session.execute(select(Area.name, Area.id)).all()),
        units=tuple(UnitRef(*row) for row in session.execute(units)),
        people=tuple(PersonRef(*row) for row in session.execute(people)),
        rates={rate.currency: RateRef(rate.rate, rate.rate_on) for rate in rates_in_force(session, as_of)},
    )


# ----------------------------------------------------------------------------------------------------------- investors


def investors(
    session: Session, actor: Actor, name_keys: Collection[str], credit_codes: Collection[str]
) -> tuple[dict[str, CompanyStanding], dict[str, CompanyStanding]]:
    """The investors of these credit codes and of these name keys: two dictionaries. Of several by one name, the oldest."""
    by_code = _companies(session, actor, ((Company.credit_code.in_(some)) for some in _batches(credit_codes)))
    by_key = _companies(session, actor, ((Company.name_key.in_(some)) for some in _batches(name_keys)))
    codes = {str(company.values["credit_code"]): company for _, company in by_code}
    keys: dict[str, CompanyStanding] = {}
    for key, company in by_key:
        keys.setdefault(key, company)
    return codes, keys


def _companies(session: Session, actor: Actor, conditions: Iterable[Any]) -> list[tuple[str, CompanyStanding]]:
    seen = case((policy.rows(actor, Act.SEE_COMPANY, Company), 1), else_=0)
    found = [
        (company, bool(visible))
        for condition in conditions
        for company, visible in session.execute(select(Company, seen).where(condition).order_by(Company.id))
    ]
    contacts = _contacts(session, [company.id for company, _ in found])
    return [(company.name_key, _company(company, contacts, visible)) for company, visible in found]


def _company(company: Company, contacts: Mapping[int, Mapping[str, str]], visible: bool) -> CompanyStanding:
    columns = ("credit_code", "registered_yuan", "origin", "country", "province", "city")
    values = {name: getattr(company, name) for name in columns}
    return CompanyStanding(company.id, company.name, values, contacts.get(company.id, {}), visible)


def _contacts(session: Session, company_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    columns = select(Contact.company_id, Contact.name, Contact.phone)
    for key, name, phone in _of(session, columns, Contact.company_id, company_ids):
        found[key][name] = phone
    return found


# ---------------------------------------------------------------------------------------------- what is held of a project


def standings(session: Session, actor: Actor, ids: Collection[int], as_of: date) -> dict[int, Standing]:
    """What the register holds of these projects; ten statements a thousand projects."""
    wanted = sorted(ids)
    projects = [
        row for some in _batches(wanted) for row in session.scalars(select(Project).where(Project.id.in_(some)))
    ]
    company_ids = sorted({project.company_id for project in projects if project.company_id is not None})
    companies = {
        company.id: company
        for _, company in _companies(session, actor, (Company.id.in_(some) for some in _batches(company_ids)))
    }
    parts = _Parts(session, wanted, as_of)
    return {
        project.id: Standing(
            id=project.id,
            version=project.version,
            code=project.code,
            name=project.name,
            stage=project.stage,
            status=project.status,
            values={column: getattr(project, column) for column in COLUMN_FIELD},
            company=companies.get(project.company_id or 0),
            plan=parts.plans.get(project.id, (None, None))[0],
            plan_on=parts.plans.get(project.id, (None, None))[1],
            members=parts.members.get(project.id, {}),
            listings=frozenset(parts.listings.get(project.id, ())),
            reached=parts.reached.get(project.id, {}),
            agreements=frozenset(parts.agreements.get(project.id, ())),
            arrived_yuan=parts.arrived.get(project.id, 0),
            completed=parts.completed.get(project.id, {}),
            annual=parts.annual.get(project.id, {}),
            has_month=project.id in parts.months,
        )
        for project in projects
    }


class _Parts:
    """The rows beside the projects, gathered by project."""

    def __init__(self, session: Session, ids: Sequence[int], as_of: date) -> None:
        self.members: dict[int, dict[tuple[MemberRole, int], str]] = defaultdict(dict)
        self.listings: dict[int, list[Any]] = defaultdict(list)
        self.reached: dict[int, dict[Stage, Reached]] = defaultdict(dict)
        self.agreements: dict[int, list[ContractKind]] = defaultdict(list)
        self.arrived: dict[int, int] = defaultdict(int)
        self.completed: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.annual: dict[int, dict[int, tuple[int, str]]] = defaultdict(dict)
        self.plans: dict[int, tuple[Money | None, date | None]] = {}
        self._read_people(session, ids)
        self._read_life(session, ids)
        self._read_money(session, ids)
        self._read_months(session, ids, as_of)

    def _read_people(self, session: Session, ids: Sequence[int]) -> None:
        columns = (
            select(ProjectMember.project_id, ProjectMember.role, ProjectMember.user_id, User.name)
            .join(User, User.id == ProjectMember.user_id)
            .where(ProjectMember.to_on.is_(None))
        )
        for key, role, user_id, name in _of(session, columns, ProjectMember.project_id, ids):
            self.members[key][role, user_id] = name
        listed = select(Listing.project_id, Listing.key_list, Listing.year)
        for key, key_list, year in _of(session, listed, Listing.project_id, ids):
            self.listings[key].append((key_list, year))

    def _read_life(self, session: Session, ids: Sequence[int]) -> None:
        moves = (
            select(StageMove.project_id, StageMove.to_stage, StageMove.moved_on, Claim.state)
            .outerjoin(Claim, Claim.id == StageMove.claim_id)
            .where(or_(StageMove.claim_id.is_(None), Claim.state.in_(LIVE)))
            .order_by(StageMove.moved_on, StageMove.id)
        )
        for key, stage, on, state in _of(session, moves, StageMove.project_id, ids):
            self.reached[key].setdefault(stage, Reached(on, state is ClaimState.REPORTED))
        agreed = (
            select(Contract.project_id, Contract.kind)
            .join(Claim, Claim.id == Contract.claim_id)
            .where(Claim.state.in_(LIVE))
        )
        for key, kind in _of(session, agreed, Contract.project_id, ids):
            self.agreements[key].append(kind)

    def _read_money(self, session: Session, ids: Sequence[int]) -> None:
        plans = (
            select(MoneyEntry.project_id, MoneyEntry.amount, MoneyEntry.currency, MoneyEntry.happened_on)
            .where(MoneyEntry.kind == MoneyKind.PLAN)
            .order_by(MoneyEntry.happened_on, MoneyEntry.id)
        )
        self.plans = {
            key: (Money(amount, currency), on)
            for key, amount, currency, on in _of(session, plans, MoneyEntry.project_id, ids)
        }
        sums = (
            select(MoneyEntry.project_id, MoneyEntry.kind, MoneyEntry.happened_on, MoneyEntry.amount_yuan)
            .join(Claim, Claim.id == MoneyEntry.claim_id)
            .where(MoneyEntry.kind.in_((MoneyKind.ARRIVED, MoneyKind.COMPLETED)), Claim.state.in_(LIVE))
        )
        for key, kind, on, yuan in _of(session, sums, MoneyEntry.project_id, ids):
            if kind is MoneyKind.ARRIVED:
                self.arrived[key] += yuan
            else:
                self.completed[key][on.year] += yuan

    def _read_months(self, session: Session, ids: Sequence[int], as_of: date) -> None:
        plans = select(AnnualPlan.project_id, AnnualPlan.year, AnnualPlan.planned_yuan, AnnualPlan.goal).order_by(
            AnnualPlan.approved_at, AnnualPlan.id
        )
        for key, year, planned_yuan, goal in _of(session, plans, AnnualPlan.project_id, ids):
            self.annual[key][year] = planned_yuan, goal
        filed = select(MonthlyReport.project_id).where(MonthlyReport.month == Month.of(as_of).first)
        self.months = {key for (key,) in _of(session, filed, MonthlyReport.project_id, ids)}


def _of(session: Session, rows: Select[*tuple[Any, ...]], column: Any, ids: Sequence[int]) -> Iterator[Any]:
    for some in _batches(ids):
        yield from session.execute(rows.where(column.in_(some)))


def _batches(values: Collection[T]) -> Iterator[list[T]]:
    held = list(values)
    return (held[place : place + AT_ONCE] for place in range(0, len(held), AT_ONCE))
