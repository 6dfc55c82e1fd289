"""A project with everything the gate asks for, and the evidence that claims need."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.actions.drafts import ContractDraft, Report
from crm.actions.files import Upload
from crm.actions.money import Amount
from crm.choices import ContractKind, EvidenceKind, LandUse, MemberRole, SourceChannel, Stage
from crm.models import Project
from tests import factories as make

PDF = b"%PDF-1.4 demo"
YI = 10**8


def make_ready(session: Session, lead, stage: Stage = Stage.REVIEW, **more) -> Project:
    """A project at `stage` that lacks nothing before 签约, and nothing after it but what is verified money."""
    company = make.make_company(session, credit_code=f"91310000DEMO{session.query(Project).count():06d}")
    company.registered_yuan = YI
    make.make_contact(session, company)
    values = {
        "company_id": company.id,
        "industry_id": make.make_industry(session, name=f"智能制造{company.id}").id,
        "area_id": make.make_area(session, name=f"石桥片区{company.id}").id,
        "source_channel": SourceChannel.CHAIN,
        "judgement": "方向相符",
        "content": "建设减速器生产线",
        "fixed_yuan": 2 * YI,
        "equipment_yuan": YI,
        "output_yuan": 5 * YI,
        "tax_yuan": 20_000_000,
        "jobs_count": 300,
        "energy_tce": Decimal(1200),
        "land_use": LandUse.NEW_LAND,
        "land_mu": Decimal(86),
        "expected_sign_on": date(2022, 11, 1),
        "competitors": "无",
        "decision": "招商会〔2022〕9号，同意",
        "planned_start_on": date(2022, 12, 1),
        "stage": stage,
    }
    project = make.make_project(session, lead=lead, **{**values, **more})
    make.make_member(session, project, make.person(session, "leader"), MemberRole.LEADER)
    make.make_member(session, project, make.person(session, "agent"), MemberRole.AGENT)
    make.make_activity(session, project, by=lead)
    session.commit()
    return loaded(session, project)


def loaded(session: Session, project: Project) -> Project:
    """The project as a view fetches it: with its members."""
    rows = select(Project).where(Project.id == project.id).options(selectinload(Project.members))
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def report(folder, kind: EvidenceKind | None = EvidenceKind.CONTRACT, **more) -> Report:
    """A report with one PDF that proves it."""
    evidence = [Upload("扫描件.pdf", PDF, kind)] if kind else []
    return Report(folder=folder, evidence=evidence, **more)


SIGNING = ContractDraft(
    kind=ContractKind.FORMAL,
    signed_on=date(2022, 10, 12),
    amount=Amount(3 * YI),
    number="YH-HT-2022-031",
    fixed_yuan=2 * YI,
    promised_start_on=date(2022, 12, 1),
)
