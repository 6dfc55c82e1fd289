"""Projects: which a person may see, one with everything its page shows, and which are perhaps the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import MemberRole, Role, Status
from crm.models import Change, Company, Industry, Project, ProjectMember, Unit, User
from crm.policy import Act, Actor
from crm.rules.names import loose_company_key, project_key

MOST_SIMILAR = 5


def visible_to(actor: Actor) -> Select[Project]:
    """The projects a person may see, with their members: what every action on one begins with."""
    return select(Project).where(policy.rows(actor, Act.SEE_PROJECT, Project)).options(selectinload(Project.members))


def whole(actor: Actor) -> Select[Project]:
    """One project with all its page shows of the project itself."""
    return visible_to(actor).options(
        joinedload(Project.company).options(selectinload(Company.class_marks), selectinload(Company.contacts)),
        joinedload(Project.unit),
        joinedload(Project.responsible_unit),
        joinedload(Project.industry),
        joinedload(Project.area),
        selectinload(Project.members).joinedload(ProjectMember.user),
        selectinload(Project.listings),
    )


def phases(session: Session, actor: Actor, project: Project) -> Sequence[Project]:
    """The project this one is a phase of, then its own phases; those the actor may see."""
    related = or_(Project.parent_id == project.id, Project.id == (project.parent_id or 0))
    return session.scalars(visible_to(actor).where(related).order_by(Project.id)).all()


def find_by_code(session: Session, actor: Actor, code: str) -> Project | None:
    """The visible project of a code."""
    return session.scalars(visible_to(actor).where(Project.code == code.strip())).one_or_none()


def last_change_id(session: Session, project_id: int) -> int:
    """How far the project's change log has got: a form keeps it to notice what others change meanwhile."""
    return session.scalars(
        select(func.coalesce(func.max(Change.id), 0)).where(Change.table_name == "project", Change.row_id == project_id)
    ).one()


def changes_since(session: Session, project_id: int, seen: int) -> Sequence[Change]:
    """What was changed of the project's own columns after a form was opened, oldest first."""
    return session.scalars(
        select(Change)
        .where(Change.table_name == "project", Change.row_id == project_id, Change.id > seen)
        .options(joinedload(Change.by))
        .order_by(Change.id)
    ).all()


# ------------------------------------------------------------------------------------------------------------ the choices


def officers(session: Session) -> Sequence[User]:
    """Who may lead or support a project, team by team."""
    return session.scalars(
        select(User)
        .join(Unit, Unit.id == User.unit_id)
        .where(User.role.in_((Role.OFFICER, Role.TEAM_LEAD)), User.is_active.is_(True))
        .options(joinedload(User.unit))
        .order_by(Unit.rank, Unit.id, User.id)
    ).all()


def industries(session: Session) -> Sequence[Industry]:
    """All industries in order; a sub-industry stands after its own."""
    return session.scalars(select(Industry).order_by(Industry.rank, Industry.id)).all()


# ----------------------------------------------------------------------------------------------------------- perhaps the same


@dataclass(frozen=True)
class Similar:
    """Projects that are perhaps the same: those the actor sees, and the teams of those he does not."""

    seen: Sequence[Project]
    elsewhere: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.seen or self.elsewhere)


def similar(session: Session, actor: Actor, name: str, company_name: str, besides: int = 0) -> Similar:
    """Registered projects with the same name, or of the same investor (domain.md §2.5, 4).

    Those of other teams are told by team only; secret ones that are not the actor's are told to nobody.
    """
    alike = [Project.name_key == project_key(name)]
    if company_name:
        alike.append(Project.company_id.in_(_same_companies(session, company_name)))
    rows = (
        select(Project)
        .where(or_(*alike), Project.id != besides, Project.status != Status.WITHDRAWN)
        .options(joinedload(Project.company), joinedload(Project.unit))
        .order_by(Project.id.desc())
        .limit(MOST_SIMILAR)
    )
    visible = policy.rows(actor, Act.SEE_PROJECT, Project)
    seen = session.scalars(rows.where(visible)).all()
    others = session.scalars(rows.where(~visible, Project.is_secret.is_(False))).all()
    return Similar(seen, sorted({project.unit.short_name for project in others}))


def _same_companies(session: Session, name: str) -> list[int]:
    """Companies whose trade name is the same, wherever they sit."""
    loose = loose_company_key(name)
    near = session.execute(
        select(Company.id, Company.name).where(Company.name_key.contains(loose, autoescape=True)).limit(50)
    )
    return [key for key, other in near if loose_company_key(other) == loose]


def lead_of(project: Project) -> User | None:
    """The person in charge; `project.members` and their users must be loaded."""
    return next((m.user for m in project.members if m.role is MemberRole.LEAD and m.to_on is None), None)
