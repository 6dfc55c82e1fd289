"""What a row of the briefing may say of its project. The workbook circulates, so a secret project is masked for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from crm.choices import CapitalKind, IndustryGroup, MemberRole, Origin, SourceChannel
from crm.formats import masked_phone, number
from crm.models import Area, Company, Contact, Industry, Project, ProjectMember, Unit, User

UNNAMED = "涉密项目"


@dataclass(frozen=True, slots=True)
class Card:
    """The project's own facts; "" and None for what is not known or not to be said."""

    project_id: int | None
    name: str
    capital: CapitalKind
    investor: str = ""
    profile: str = ""
    origin: str = ""
    industry: str = ""
    industry_group: IndustryGroup = IndustryGroup.OTHER
    area: str = ""
    site: str = ""
    content: str = ""
    total_yuan: int | None = None
    fixed_yuan: int | None = None
    foreign_usd: int | None = None
    registered_yuan: int | None = None
    planned_start_on: date | None = None
    planned_finish_on: date | None = None
    planned_production_on: date | None = None
    expected_sign_on: date | None = None
    confidence_percent: int | None = None
    judgement: str = ""
    channel: SourceChannel | None = None
    last_contact_on: date | None = None
    unit: str = ""
    team: str = ""  # whose project it is, where another unit answers for it
    officer: str = ""
    leader: str = ""
    contact: str = ""
    phone: str = ""
    code: str = ""
    is_secret: bool = False


def masked(card: Card, alias: str) -> Card:
    """Only that there is such a project, its stage and its money; neither who nor what nor where."""
    return replace(
        card, project_id=None, name=alias or UNNAMED, investor="", profile="", origin="", area="", site="", content="",
        judgement="", contact="", phone="", code="", is_secret=True,
    )  # fmt: skip


def _site(land_mu: Any, plant_m2: Any) -> str:
    said = [f"{number(land_mu)}亩" if land_mu else "", f"载体{number(plant_m2)}㎡" if plant_m2 else ""]
    return "、".join(part for part in said if part)


def read_cards(session: Session, ids: frozenset[int]) -> Mapping[int, Card]:
    """A card for each project; two statements, whatever their number."""
    people = _people(session, ids)
    return {row.id: _card(row, people.get(row.id, {})) for row in session.execute(_projects(ids))}


def _projects(ids: frozenset[int]) -> Any:
    root = aliased(Industry, name="root")
    team = aliased(Unit, name="team")
    contact = select(func.min(Contact.id)).where(Contact.company_id == Company.id, Contact.is_active.is_(True))
    place = case(
        (Company.origin == Origin.FOREIGN, Company.country),
        else_=func.coalesce(func.nullif(Company.city, ""), Company.province),
    )
    return (
        select(
            Project.id, Project.code, Project.name, Project.alias, Project.is_secret, Project.capital_kind, Project.content,
            Project.total_yuan, Project.fixed_yuan, Project.foreign_usd, Project.land_mu, Project.plant_m2, Project.site,
            Project.planned_start_on, Project.planned_finish_on, Project.planned_production_on, Project.expected_sign_on,
            Project.confidence_percent, Project.judgement, Project.source_channel, Project.last_contact_on,
            Company.name.label("investor"), Company.intro, Company.registered_yuan, place.label("origin"),
            func.coalesce(root.name, Industry.name).label("industry"),
            func.coalesce(root.group, Industry.group).label("industry_group"),
            Area.name.label("area"), Unit.short_name.label("unit"), team.short_name.label("team"),
            Contact.name.label("contact"), Contact.title.label("contact_title"), Contact.phone,
        )
        .join(Unit, Unit.id == func.coalesce(Project.responsible_unit_id, Project.unit_id))
        .join(team, team.id == Project.unit_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(Industry, Industry.id == Project.industry_id)
        .outerjoin(root, root.id == Industry.parent_id)
        .outerjoin(Area, Area.id == Project.area_id)
        .outerjoin(Contact, Contact.id == contact.correlate(Company).scalar_subquery())
        .where(Project.id.in_(ids))
    )  # fmt: skip


def _people(session: Session, ids: frozenset[int]) -> dict[int, dict[MemberRole, str]]:
    found: dict[int, dict[MemberRole, str]] = {}
    rows = session.execute(
        select(ProjectMember.project_id, ProjectMember.role, User.name)
        .join(User, User.id == ProjectMember.user_id)
        .where(ProjectMember.project_id.in_(ids), ProjectMember.to_on.is_(None))
        .order_by(ProjectMember.id)
    )
    for project_id, role, name in rows:
        found.setdefault(project_id, {}).setdefault(role, name)
    return found


def _card(row: Any, people: Mapping[MemberRole, str]) -> Card:
    card = Card(
        project_id=row.id,
        name=row.name,
        capital=row.capital_kind,
        investor=row.investor or "",
        profile=row.intro or "",
        origin=(row.origin or "").removesuffix("市").removesuffix("省"),
        industry=row.industry or "",
        industry_group=row.industry_group or IndustryGroup.OTHER,
        area=row.area or "",
        site=_site(row.land_mu, row.plant_m2),
        content=row.content,
        total_yuan=row.total_yuan,
        fixed_yuan=row.fixed_yuan,
        foreign_usd=row.foreign_usd,
        registered_yuan=row.registered_yuan,
        planned_start_on=row.planned_start_on,
        planned_finish_on=row.planned_finish_on,
        planned_production_on=row.planned_production_on,
        expected_sign_on=row.expected_sign_on,
        confidence_percent=row.confidence_percent,
        judgement=row.judgement,
        channel=row.source_channel,
        last_contact_on=row.last_contact_on,
        unit=row.unit,
        team=row.team,
        officer=people.get(MemberRole.LEAD, ""),
        leader=people.get(MemberRole.LEADER, ""),
        contact=f"{row.contact}{row.contact_title}" if row.contact else "",
        phone=masked_phone(row.phone or ""),
        code=row.code,
    )
    return masked(card, row.alias) if row.is_secret else card
