"""What the gate of the life-cycle judges: which requirements of rules/lifecycle.py a project meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from crm.choices import ActivityState, CapitalKind, ClaimState, MemberRole, MoneyKind, Stage
from crm.models import (
    Activity,
    ActivityProject,
    AnnualPlan,
    Claim,
    Company,
    Contact,
    Listing,
    MoneyEntry,
    Project,
    ProjectMember,
    StageMove,
)
from crm.policy import Act
from crm.queries import compiled
from crm.rules.lifecycle import PROJECT_FIELDS, Facts, Way

# Who may take a project which way (domain.md §2.2, column "who may move it on").
ACT_FOR = {
    Way.STEP: Act.MOVE_STAGE,
    Way.SCREEN: Act.SCREEN,
    Way.CLAIM: Act.REPORT,
    Way.CONCLUDE: Act.VERIFY,
    Way.SKIP: Act.MOVE_BACK,
    Way.BACK: Act.MOVE_BACK,
}


_PROJECT: Any = bindparam("project_id", type_=Integer())
_COMPANY: Any = bindparam("company_id", type_=Integer())
_IS_KEY, _IMPORTED_TO = "is key", "imported to"


def _member(role: MemberRole) -> ColumnElement[bool]:
    return exists(
        select(ProjectMember.id).where(
            ProjectMember.project_id == _PROJECT, ProjectMember.role == role, ProjectMember.to_on.is_(None)
        )
    )


def _verified_money(kind: MoneyKind) -> ColumnElement[bool]:
    return exists(
        select(MoneyEntry.id)
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.project_id == _PROJECT, MoneyEntry.kind == kind, Claim.state == ClaimState.VERIFIED)
    )


def _negotiated() -> ColumnElement[bool]:
    return exists(
        select(Activity.id)
        .join(ActivityProject, ActivityProject.activity_id == Activity.id)
        .where(ActivityProject.project_id == _PROJECT, Activity.state == ActivityState.DONE)
    )


def _given_elsewhere(company_id: Any) -> dict[str, ColumnElement[bool]]:
    """Each requirement that other tables meet, as a condition on the project of `project_id` and its company."""
    company = select(Company.id).where(Company.id == company_id)
    return {
        "origin": exists(company.where(or_(Company.country != "", Company.province != ""))),
        "credit_code": exists(company.where(Company.credit_code.is_not(None))),
        "company_code": exists(company.where(Company.credit_code.is_not(None))),
        "registered_yuan": exists(company.where(Company.registered_yuan.is_not(None))),
        "contact": exists(select(Contact.id).where(Contact.company_id == company_id, Contact.is_active.is_(True))),
        "lead": _member(MemberRole.LEAD),
        "leader": _member(MemberRole.LEADER),
        "agent": _member(MemberRole.AGENT),
        "negotiation": _negotiated(),
        "arrival": _verified_money(MoneyKind.ARRIVED),
        "completion": _verified_money(MoneyKind.COMPLETED),
        "annual_plan": exists(select(AnnualPlan.id).where(AnnualPlan.project_id == _PROJECT)),
    }


def _own_fields(project: Project) -> Iterator[str]:
    """The columns of the project that are filled; a zero is an answer."""
    return (name for name in PROJECT_FIELDS if getattr(project, name) not in (None, ""))


def columns(company_id: Any) -> list[ColumnElement[Any]]:
    """Whether each of `_given_elsewhere` holds, whether the project is listed, how far its ledger brought it, by names."""
    is_key = exists(select(Listing.id).where(Listing.project_id == _PROJECT, Listing.to_on.is_(None)))
    imported_at = (
        select(func.max(StageMove.to_stage))
        .where(StageMove.project_id == _PROJECT, StageMove.batch_id.is_not(None))
        .scalar_subquery()
    )
    conditions = [condition.label(name) for name, condition in _given_elsewhere(company_id).items()]
    return [*conditions, is_key.label(_IS_KEY), imported_at.label(_IMPORTED_TO)]


@compiled.by_key
def _facts() -> Select[*tuple[Any, ...]]:
    return select(*columns(_COMPANY)).select_from(select(literal(1)).subquery())


def facts_of(session: Session, project: Project) -> Facts:
    """What the gate judges of a project, in one statement."""
    session.flush()  # a statement that is compiled once does not do it
    found = compiled.rows(session, _facts, (), {"project_id": project.id, "company_id": project.company_id})[0]
    return facts(project, dict(found._mapping))


def facts(project: Project, found: Mapping[str, Any]) -> Facts:
    """The same of the values of `columns`."""
    met = {name for name, value in found.items() if value} - {_IS_KEY, _IMPORTED_TO}
    exempt = found[_IMPORTED_TO]
    return Facts(
        stage=project.stage,
        status=project.status,
        given=frozenset(met.union(_own_fields(project))),
        land_use=project.land_use,
        is_foreign=project.capital_kind is CapitalKind.FOREIGN,
        is_key=bool(found[_IS_KEY]),
        exempt_to=None if exempt is None else Stage(exempt),  # type: ignore[call-arg]
    )
