"""Who is who: users, their units, and the actor that the policy asks about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from crm.choices import Role, Theme
from crm.db import KEEPS_PLANS, keep_plans
from crm.errors import NotFound
from crm.models import Invitation, SignInAttempt, Unit, User
from crm.policy import Actor
from crm.queries import compiled


def unit_ids_below(session: Session, unit_id: int) -> frozenset[int]:
    """The unit and every unit below it."""
    tree = select(Unit.id).where(Unit.id == unit_id).cte("tree", recursive=True)
    child = aliased(Unit)
    tree = tree.union_all(select(child.id).where(child.parent_id == tree.c.id))
    return frozenset(session.scalars(select(tree.c.id)))


def actor_of(session: Session, user: User) -> Actor:
    """The actor a signed-in user is: one statement for the units."""
    return Actor(user.id, user.name, user.role, user.unit_id, unit_ids_below(session, user.unit_id))


def find_user(session: Session, user_id: int) -> User | None:
    """An active user with the unit loaded, or None."""
    found = select(User).options(joinedload(User.unit)).where(User.id == user_id, User.is_active.is_(True))
    return session.scalars(found).one_or_none()


class Account(NamedTuple):
    """An active account as every request needs it: whose session it is, and how he wants his pages."""

    id: int
    name: str
    role: Role
    unit_id: int
    session_epoch: int
    is_demo: bool
    single_keys: bool
    theme: Theme


def find_account(session: Session, user_id: int, keeps_plans: bool = False) -> tuple[Account, Actor] | None:
    """An active account and the actor it is, or None; one statement, asked by every request.

    `keeps_plans`: what the request asks from then on finds rows by their keys (crm/db.py).
    """
    keeps_plans = keeps_plans and session.get_bind().dialect.name == "postgresql"
    found = compiled.rows(session, _account, (keeps_plans,), {"user_id": user_id})
    if not found:
        return None
    account = Account._make(found[0][: len(Account._fields)])
    unit_ids = frozenset(row.unit_below for row in found)
    return account, Actor(account.id, account.name, account.role, account.unit_id, unit_ids)


def _account(keeps_plans: bool) -> Select[*tuple[Any, ...]]:
    """The columns of Account with each of the units from the person's own down, a row a unit."""
    mine = User.id == bindparam("user_id", type_=Integer())
    tree = select(Unit.id).join(User, User.unit_id == Unit.id).where(mine).cte("tree", recursive=True)
    child = aliased(Unit)
    tree = tree.union_all(select(child.id).where(child.parent_id == tree.c.id))
    columns = [getattr(User, name) for name in Account._fields]
    rows = select(*columns, tree.c.id.label("unit_below")).join(tree, true()).where(mine, User.is_active.is_(True))
    return rows.add_columns(keep_plans()).execution_options(**KEEPS_PLANS) if keeps_plans else rows


def find_by_login(session: Session, login: str) -> User | None:
    """The active user of a login; logins are kept in lower case."""
    found = select(User).where(User.login == login.strip().lower(), User.is_active.is_(True))
    return session.scalars(found).one_or_none()


def get_by_login(session: Session, login: str) -> User:
    """The active user of a login; raises NotFound."""
    user = find_by_login(session, login)
    if user is None:
        raise NotFound(f"没有登录名为“{login}”的在用账号。")
    return user


def everybody() -> Select[User]:
    """All users with their units, in the order of the tree."""
    return select(User).join(Unit).options(joinedload(User.unit)).order_by(Unit.rank, Unit.id, User.id)


def demo_cast(session: Session) -> Sequence[User]:
    """The demo accounts that the sign-in page offers as buttons, in order of role."""
    users = session.scalars(everybody().where(User.is_demo.is_(True), User.is_active.is_(True))).all()
    order = list(Role)
    return sorted(users, key=lambda user: (order.index(user.role), user.id))


def people_of(session: Session, roles: Sequence[Role]) -> Sequence[User]:
    """Active users of these roles, for select fields."""
    return session.scalars(everybody().where(User.role.in_(roles), User.is_active.is_(True))).all()


def failures_since(session: Session, login: str, address: str, since: datetime) -> tuple[int, int]:
    """(failed attempts for the login, from the address) since an instant; a success clears the login's count."""
    last_success = (
        select(func.max(SignInAttempt.at))
        .where(SignInAttempt.login == login, SignInAttempt.succeeded.is_(True))
        .scalar_subquery()
    )
    failed = select(func.count()).where(SignInAttempt.succeeded.is_(False), SignInAttempt.at >= since)
    by_login = failed.where(SignInAttempt.login == login, func.coalesce(SignInAttempt.at > last_success, True))
    by_address = failed.where(SignInAttempt.address == address)
    return session.scalar(by_login) or 0, session.scalar(by_address) or 0


def find_invitation(session: Session, digest: str, now: datetime) -> Invitation | None:
    """An unused invitation that has not expired."""
    return session.scalars(
        select(Invitation).where(
            Invitation.token_digest == digest, Invitation.used_at.is_(None), Invitation.expires_at > now
        )
    ).one_or_none()
