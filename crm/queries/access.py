"""Who can see what, and why: a person's rights act by act, and the people a project is open to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import Role, Word
from crm.models import Project, ProjectMember, Unit, User
from crm.policy import Act, Actor, Scope
from crm.queries.people import everybody

MOST_NAMED = 50
SCOPES = {
    Scope.OWN: Word("本人参与的项目"),
    Scope.TEAM: Word("本单位及下属单位的项目，和本人参与的项目"),
    Scope.ALL: Word("全部"),
}


@dataclass(frozen=True)
class Right:
    """An act and how far it reaches, in words."""

    act: Act
    scope: Scope

    @property
    def name(self) -> Word:
        """What the act is called."""
        return Word(self.act.value)

    @property
    def words(self) -> Word:
        """How far it reaches."""
        return SCOPES[self.scope]


@dataclass(frozen=True)
class Reach:
    """What a person may do and see. `projects` are those he is named on that the reader may see too."""

    rights: Sequence[Right]
    refused: Sequence[Word]
    units: Sequence[str]
    named_count: int
    secret_count: int
    projects: Sequence[Project]


def reach(session: Session, reader: Actor, person: Actor) -> Reach:
    """A person's merged rights, as the reader may know them; four statements."""
    rights = [Right(act, found) for act in Act if (found := policy.scope(person, act)) is not Scope.NONE]
    named, secret = session.execute(
        _named(person.id).with_only_columns(
            func.count(Project.id.distinct()), func.count(Project.id.distinct()).filter(Project.is_secret.is_(True))
        )
    ).one()
    seen = select(Project).where(
        Project.id.in_(_named(person.id).with_only_columns(Project.id)), policy.project_rows(reader, Act.SEE_PROJECT)
    )
    return Reach(
        rights=rights,
        refused=[Word(act.value) for act in Act if policy.scope(person, act) is Scope.NONE],
        units=session.scalars(
            select(Unit.name).where(Unit.id.in_(person.unit_ids)).order_by(Unit.rank, Unit.id)
        ).all(),
        named_count=named,
        secret_count=secret,
        projects=session.scalars(seen.order_by(Project.id.desc()).limit(MOST_NAMED)).all(),
    )  # fmt: skip


def _named(user_id: int) -> Select[Project]:
    return (
        select(Project)
        .join(ProjectMember, ProjectMember.project_id == Project.id)
        .where(ProjectMember.user_id == user_id, ProjectMember.to_on.is_(None))
    )


@dataclass(frozen=True)
class Audience:
    """Who sees a project and why: the people named, those of its units, the roles that see all."""

    named: Sequence[tuple[str, str]]
    team: Sequence[str]
    roles: Sequence[str]
    leaders: Sequence[str]


def audience(session: Session, project: Project) -> Audience:
    """Who sees a project; of a secret one only the people named and the leaders. Three statements at most."""
    members = session.scalars(
        select(ProjectMember)
        .where(ProjectMember.project_id == project.id, ProjectMember.to_on.is_(None))
        .options(joinedload(ProjectMember.user))
        .order_by(ProjectMember.id)
    ).all()
    named = [(member.user.name, member.role.label) for member in members]
    if project.is_secret:
        leaders = everybody().where(User.role == Role.LEADER, User.is_active.is_(True))
        return Audience(named, (), (), [user.name for user in session.scalars(leaders)])
    roles = [role for role in Role if _scope(role) is Scope.ALL]
    return Audience(named, _of_team(session, project), [role.label for role in roles], ())


def _scope(role: Role) -> Scope:
    return policy.scope(Actor(0, "", role, 0), Act.SEE_PROJECT)


def _of_team(session: Session, project: Project) -> Sequence[str]:
    """Those who see it because it belongs to their unit, or to one below theirs."""
    above: list[int] = []
    parent: int | None = project.unit_id
    units = dict(session.execute(select(Unit.id, Unit.parent_id)).all())
    while parent is not None:
        above.append(parent)
        parent = units.get(parent)
    reaching = [role for role in Role if _scope(role) is Scope.TEAM]
    people = everybody().where(User.unit_id.in_(above), User.role.in_(reaching), User.is_active.is_(True))
    return [user.name for user in session.scalars(people)]
