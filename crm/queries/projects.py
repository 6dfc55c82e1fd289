"""Projects: which a person may see, one with everything its page shows, and which are perhaps the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Select, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from crm import policy
from crm.choices import MemberRole, Role
from crm.models import Area, Company, CompanyClassMark, Contact, Industry, Listing, Project, ProjectMember, Unit, User
from crm.policy import Act, Actor
from crm.queries import compiled


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


def find_whole(session: Session, actor: Actor, project_id: int, there: Collection[str]) -> Project | None:
    """As `whole`, the visible project of a key; of what hangs on it only what is there at all (queries/presence.py) is asked."""
    asked = {*there, "member"}
    values = {**compiled.values_of(actor), "project_id": project_id}
    found = compiled.entities(session, _whole, (compiled.reader(actor),), values).scalars().one_or_none()
    if found is None:
        return None
    # Statements of their own: a selectinload makes its statement anew each time, which takes longer than its answer.
    values = {"project_id": project_id, "company_id": found.company_id}
    for kind, (collection, rows) in _COLLECTIONS.items():
        owner: Any = found if collection.class_ is Project else found.company
        if owner is not None:
            some = compiled.entities(session, rows, (), values).scalars().all() if kind in asked else []
            set_committed_value(owner, collection.key, some)
    return found


@compiled.by_key
def _whole(actor: Actor) -> Select[Project]:
    parts = (Project.company, Project.unit, Project.responsible_unit, Project.industry, Project.area)
    return (
        select(Project)
        .where(policy.rows(actor, Act.SEE_PROJECT, Project), Project.id == bindparam("project_id", type_=Integer()))
        .options(*(joinedload(part) for part in parts))
    )


@compiled.by_key
def _members() -> Select[ProjectMember]:
    rows = select(ProjectMember).where(ProjectMember.project_id == bindparam("project_id", type_=Integer()))
    return rows.options(joinedload(ProjectMember.user).load_only(User.name)).order_by(ProjectMember.id)


@compiled.by_key
def _listings() -> Select[Listing]:
    return select(Listing).where(Listing.project_id == bindparam("project_id", type_=Integer())).order_by(Listing.id)


@compiled.by_key
def _contacts() -> Select[Contact]:
    return select(Contact).where(Contact.company_id == bindparam("company_id", type_=Integer())).order_by(Contact.id)


@compiled.by_key
def _marks() -> Select[CompanyClassMark]:
    rows = select(CompanyClassMark).where(CompanyClassMark.company_id == bindparam("company_id", type_=Integer()))
    return rows.order_by(CompanyClassMark.company_class)


# Of the project or its company, by the kinds of queries/presence.py; people there always are.
_COLLECTIONS: Mapping[str, tuple[Any, Callable[[], Select[Any]]]] = {
    "member": (Project.members, _members),
    "listing": (Project.listings, _listings),
    "contact": (Company.contacts, _contacts),
    "mark": (Company.class_marks, _marks),
}


def phases(session: Session, actor: Actor, project: Project) -> Sequence[Project]:
    """The project this one is a phase of, then its own phases; those the actor may see."""
    related = or_(Project.parent_id == project.id, Project.id == (project.parent_id or 0))
    return session.scalars(visible_to(actor).where(related).order_by(Project.id)).all()


def find_by_code(session: Session, actor: Actor, code: str) -> Project | None:
    """The visible project of a code."""
    return session.scalars(visible_to(actor).where(Project.code == code.strip())).one_or_none()


# ------------------------------------------------------------------------------------------------------------ the choices


def offered(session: Session) -> Mapping[str, Sequence[tuple[int, str]]]:
    """(id, words) of what the forms of a project offer, in order: `industry`, `area`, `lead` with his team. One statement."""
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in ("industry", "area", "lead")}
    for kind, key, name, unit, *_rank in compiled.rows(session, _offered, (), {}):
        found[kind].append((key, f"{name} · {unit}" if unit else name))
    return found


@compiled.by_key
def _offered() -> Select[*tuple[Any, ...]]:
    nothing, none = literal(""), literal(0)
    parts = union_all(
        select(
            literal("industry").label("kind"), Industry.id, Industry.name, nothing.label("unit"),
            Industry.rank.label("rank"), none.label("unit_id"),
        ),
        select(literal("area"), Area.id, Area.name, nothing, Area.rank, none),
        select(literal("lead"), User.id, User.name, Unit.short_name, Unit.rank, Unit.id)
        .join(Unit, Unit.id == User.unit_id)
        .where(User.role.in_((Role.OFFICER, Role.TEAM_LEAD)), User.is_active.is_(True)),
    ).subquery()  # fmt: skip
    return select(parts).order_by(parts.c.kind, parts.c.rank, parts.c.unit_id, parts.c.id)


def officers(session: Session) -> Sequence[User]:
    """Who may lead or support a project, team by team."""
    return session.scalars(
        select(User)
        .join(Unit, Unit.id == User.unit_id)
        .where(User.role.in_((Role.OFFICER, Role.TEAM_LEAD)), User.is_active.is_(True))
        .options(joinedload(User.unit))
        .order_by(Unit.rank, Unit.id, User.id)
    ).all()


def teams(session: Session) -> Sequence[Unit]:
    """The units that projects belong to, in order."""
    return session.scalars(
        select(Unit)
        .where(Unit.id.in_(select(User.unit_id).where(User.role == Role.OFFICER)))
        .order_by(Unit.rank, Unit.id)
    ).all()


def industries(session: Session) -> Sequence[Industry]:
    """All industries in order; a sub-industry stands after its own."""
    return session.scalars(select(Industry).order_by(Industry.rank, Industry.id)).all()


def lead_of(project: Project) -> User | None:
    """The person in charge; `project.members` and their users must be loaded."""
    return next((m.user for m in project.members if m.role is MemberRole.LEAD and m.to_on is None), None)
