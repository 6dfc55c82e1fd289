"""Who may see a project: whom one may name in a comment, and which followers may hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.models import Follow, Project, Unit, User
from crm.policy import Act, Actor
from crm.queries.people import everybody
from crm.rules.mentions import Named


def people_to_name(session: Session, project: Project) -> list[Named]:
    """Everybody with an account in use, and whether they may see the project; `project.members` must be loaded."""
    users = session.scalars(everybody().where(User.is_active.is_(True))).all()
    seeing = {user.id for user in who_may_see(session, project, users)}
    return [Named(user.id, user.name, user.unit.short_name, user.id in seeing) for user in users]


def followers(session: Session, project: Project) -> list[int]:
    """The ids of those who follow the project and may (still) see it."""
    rows = select(User).join(Follow, Follow.user_id == User.id).where(Follow.project_id == project.id)
    users = session.scalars(rows.where(User.is_active.is_(True))).all()
    return [user.id for user in who_may_see(session, project, users)]


def who_may_see(session: Session, project: Project, users: Iterable[User]) -> list[User]:
    """Those of the users whom the policy lets see the project: one statement, whoever is asked about; none for nobody."""
    asked = list(users)
    if not asked:
        return []
    above = _units_above(session, project.unit_id)

    def actor(user: User) -> Actor:
        inside = frozenset({project.unit_id}) if user.unit_id in above else frozenset()
        return Actor(user.id, user.name, user.role, user.unit_id, inside)

    return [user for user in asked if policy.allows(actor(user), Act.SEE_PROJECT, project)]


def is_followed(session: Session, actor: Actor, project_id: int) -> bool:
    """Whether the actor follows the project."""
    return session.get(Follow, (actor.id, project_id)) is not None


def _units_above(session: Session, unit_id: int) -> Sequence[int]:
    """The unit and every unit above it: whose people have it among the units below theirs."""
    tree = select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte("above", recursive=True)
    tree = tree.union_all(select(Unit.id, Unit.parent_id).where(Unit.id == tree.c.parent_id))
    return session.scalars(select(tree.c.id)).all()
