"""What the gate of the life-cycle judges: which requirements of rules/lifecycle.py a project meets."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
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


def _member(project: Project, role: MemberRole) -> ColumnElement[bool]:
    return exists(
        select(ProjectMember.id).where(
            ProjectMember.project_id == project.id, ProjectMember.role == role, ProjectMember.to_on.is_(None)
        )
    )


def _verified_money(project: Project, kind: MoneyKind) -> ColumnElement[bool]:
    return exists(
        select(MoneyEntry.id)
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.project_id == project.id, MoneyEntry.kind == kind, Claim.state == ClaimState.VERIFIED)
    )


def _negotiated(project: Project) -> ColumnElement[bool]:
    return exists(
        select(Activity.id)
        .join(ActivityProject, ActivityProject.activity_id == Activity.id)
        .where(ActivityProject.project_id == project.id, Activity.state == ActivityState.DONE)
    )


def _given_elsewhere(project: Project) -> dict[str, ColumnElement[bool]]:
    """Each requirement that other tables meet, as a condition."""
    company = select(Company.id).where(Company.id == project.company_id)
    return {
        "origin": exists(company.where(or_(Company.country != "", Company.province != ""))),
        "credit_code": exists(company.where(Company.credit_code.is_not(None))),
        "company_code": exists(company.where(Company.credit_code.is_not(None))),
        "registered_yuan": exists(company.where(Company.registered_yuan.is_not(None))),
        "contact": exists(
            select(Contact.id).where(Contact.company_id == project.company_id, Contact.is_active.is_(True))
        ),
        "lead": _member(project, MemberRole.LEAD),
        "leader": _member(project, MemberRole.LEADER),
        "agent": _member(project, MemberRole.AGENT),
        "negotiation": _negotiated(project),
        "arrival": _verified_money(project, MoneyKind.ARRIVED),
        "completion": _verified_money(project, MoneyKind.COMPLETED),
        "annual_plan": exists(select(AnnualPlan.id).where(AnnualPlan.project_id == project.id)),
    }


def _own_fields(project: Project) -> Iterator[str]:
    """The columns of the project that are filled; a zero is an answer."""
    return (name for name in PROJECT_FIELDS if getattr(project, name) not in (None, ""))


def facts_of(session: Session, project: Project) -> Facts:
    """What the gate judges of a project, in one statement."""
    elsewhere = _given_elsewhere(project)
    is_key = exists(select(Listing.id).where(Listing.project_id == project.id, Listing.to_on.is_(None)))
    imported_at = (
        select(func.max(StageMove.to_stage))
        .where(StageMove.project_id == project.id, StageMove.batch_id.is_not(None))
        .scalar_subquery()
    )
    found = session.execute(
        select(*(condition.label(name) for name, condition in elsewhere.items()), is_key, imported_at)
        .select_from(select(literal(1)).subquery())
    ).one()  # fmt: skip
    met = {name for name, value in zip(elsewhere, found, strict=False) if value}
    exempt = found[-1]
    return Facts(
        stage=project.stage,
        status=project.status,
        given=frozenset(met.union(_own_fields(project))),
        land_use=project.land_use,
        is_foreign=project.capital_kind is CapitalKind.FOREIGN,
        is_key=bool(found[-2]),
        exempt_to=None if exempt is None else Stage(exempt),  # type: ignore[call-arg]
    )
