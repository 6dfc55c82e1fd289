"""Accounts: signing in, inviting, setting a password, changing and ending an account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold, hold_person
from crm.choices import Role, Theme, UnitKind, Word
from crm.errors import Clash, NotAllowed, NotFound, RuleBroken
from crm.models import AuditEvent, Invitation, SignInAttempt, Unit, User
from crm.policy import Act, Actor
from crm.queries import people
from crm.rules import sign_in

INVITATION_LIFE = timedelta(days=7)
_hasher = PasswordHasher()
_NO_ACCOUNT = _hasher.hash(
    secrets.token_hex(16)
)  # verified for unknown logins, so that they take as long as known ones


class SignInRefused(RuleBroken):
    """The attempt failed; it is recorded and must be committed all the same."""


def note(session: Session, by_id: int | None, kind: str, detail: str, now: datetime) -> None:
    """Keep in the log what somebody did that changes no business row."""
    session.add(AuditEvent(at=now, by_id=by_id, kind=kind, detail=detail))


def sign_in_with_password(session: Session, login: str, password: str, address: str, now: datetime) -> User:
    """The user of a login and password.

    Raises SignInRefused (record it: the caller commits) for a wrong pair or too many failures; the two wrongs read alike.
    """
    login = login.strip().lower()[:64]
    failures = people.failures_since(session, login, address, now - sign_in.WINDOW)
    if sign_in.is_throttled(*failures):
        minutes = int(sign_in.WINDOW.total_seconds() // 60)
        raise SignInRefused(f"登录尝试过多，请 {minutes} 分钟后再试，或请管理员重新发送设置密码的链接。", "password")
    user = people.find_by_login(session, login)
    right = _matches(user.password_hash if user and user.password_hash else _NO_ACCOUNT, password)
    if user is None or not user.password_hash or not right:
        session.add(SignInAttempt(login=login, address=address, at=now, succeeded=False))
        raise SignInRefused("登录名或密码不对，请核对后再试。", "password")
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return record_sign_in(session, user, address, now)


def record_sign_in(session: Session, user: User, address: str, now: datetime) -> User:
    """Write a success, by password or (in the demo) by button."""
    session.add(SignInAttempt(login=user.login, address=address, at=now, succeeded=True))
    note(session, user.id, "sign_in", address, now)
    return user


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def digest_of(token: str) -> str:
    """What is kept of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_user(
    session: Session,
    actor: Actor,
    login: str,
    name: str,
    title: str,
    role: Role,
    unit_id: int,
    now: datetime,
    email: str = "",
) -> User:
    """A new account without a password; raises Clash for a taken login, NotFound for an unknown unit."""
    policy.ensure(actor, Act.MANAGE_USERS)
    user = _new_user(session, login, name, title, role, unit_id, now)
    user.email = email
    return user


def _new_user(session: Session, login: str, name: str, title: str, role: Role, unit_id: int, now: datetime) -> User:
    login = login.strip().lower()
    if session.scalar(select(User.id).where(User.login == login)):
        raise Clash(Word("登录名“%(login)s”已有人使用，请换一个。", login=login))
    if session.get(Unit, unit_id) is None:
        raise NotFound("没有找到这个单位。")
    user = User(login=login, name=name, title=title, role=role, unit_id=unit_id, created_at=now)
    session.add(user)
    session.flush()
    return user


def change_user(
    session: Session,
    actor: Actor,
    user: User,
    name: str,
    title: str,
    role: Role,
    unit_id: int,
    email: str | None = None,
) -> None:
    """Change what an account is (`email` None leaves it); its open sessions end when the role or unit changes."""
    policy.ensure(actor, Act.MANAGE_USERS)
    _hold_both(session, actor, user)
    if user.id == actor.id and role is not Role.ADMIN:
        raise RuleBroken("不能取消自己的管理员角色，请由另一位管理员办理。", "role")
    if (user.role, user.unit_id) != (role, unit_id):
        user.session_epoch += 1
    user.name, user.title, user.role, user.unit_id = name, title, role, unit_id
    if email is not None:
        user.email = email


def set_active(session: Session, actor: Actor, user: User, active: bool) -> None:
    """End or reopen an account; ending it ends its open sessions."""
    policy.ensure(actor, Act.MANAGE_USERS)
    _hold_both(session, actor, user)
    if user.id == actor.id:
        raise RuleBroken("不能停用自己的账号，请由另一位管理员办理。")
    user.is_active = active
    user.session_epoch += 1


def _hold_both(session: Session, actor: Actor, user: User) -> None:
    """Of two administrators who end each other's accounts at the same moment, the second finds that he is none any more."""
    me = session.get_one(User, actor.id)
    for person in sorted({me, user}, key=lambda person: person.id):
        hold_person(session, person.id)
        session.refresh(person, ["role", "unit_id", "is_active", "session_epoch"])
    if not (me.is_active and me.role is Role.ADMIN):
        raise NotAllowed("你的管理员账号刚被停用或改了角色，这次没有改动。")


def invite(session: Session, actor: Actor, user: User, now: datetime) -> str:
    """A token for a one-time link by which the user sets a password; earlier links of the user stop working."""
    policy.ensure(actor, Act.MANAGE_USERS)
    return _invite(session, user, actor.id, now)


def _invite(session: Session, user: User, by_id: int | None, now: datetime) -> str:
    earlier = select(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
    for invitation in session.scalars(earlier):
        invitation.expires_at = now
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            user_id=user.id,
            token_digest=digest_of(token),
            created_by_id=by_id,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
    )
    note(session, by_id, "invite", user.login, now)
    return token


def accept_invitation(session: Session, token: str, password: str, now: datetime) -> User:
    """Set the password by a one-time link; raises NotFound for a used or old link, RuleBroken for a weak password."""
    invitation = people.find_invitation(session, digest_of(token), now)
    user = people.find_user(session, invitation.user_id) if invitation else None
    if invitation is not None:
        hold(session, invitation)
    if invitation is None or invitation.used_at is not None or user is None:
        raise NotFound("这个链接已经用过或已过期，请管理员重新发送。")
    problem = sign_in.password_problem(password, user.login, user.name)
    if problem:
        raise RuleBroken(problem, "password")
    invitation.used_at = now
    user.password_hash = _hasher.hash(password)
    user.session_epoch += 1
    return user


def choose_theme(session: Session, user: User, theme: Theme) -> None:
    """A person's own choice of colours."""
    user.theme = theme


def choose_single_keys(session: Session, user: User, on: bool) -> None:
    """Whether keys without Ctrl do something for this person."""
    user.single_keys = on


def first_admin(session: Session, login: str, name: str, zone_name: str, now: datetime) -> str:
    """Make the first account (and the zone's unit, if there is none) and return its invitation token.

    Raises Clash when an administrator exists: further accounts are made by invitation.
    """
    if session.scalar(select(User.id).where(User.role == Role.ADMIN, User.is_active.is_(True))):
        raise Clash("已经有管理员账号；请由管理员在“用户与权限”里邀请其他人。")
    zone = session.scalar(select(Unit).where(Unit.kind == UnitKind.ZONE))
    if zone is None:
        zone = Unit(kind=UnitKind.ZONE, name=zone_name, short_name=zone_name)
        session.add(zone)
        session.flush()
    user = _new_user(session, login, name, "系统管理员", Role.ADMIN, zone.id, now)
    return _invite(session, user, None, now)
