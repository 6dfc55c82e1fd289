"""People: units, users, invitations, sign-ins, and what was done that changes no business row."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import Role, Theme, UnitKind
from crm.columns import Base, Code, Count, Flag, Instant, Key, LongText, ShortText, word


class Unit(Base):
    """A node of the tree of units: the zone, its bureaus, their teams, and the departments that help."""

    __tablename__ = "unit"

    id: Mapped[Key]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[UnitKind] = mapped_column(word(UnitKind))
    name: Mapped[ShortText] = mapped_column(unique=True)
    short_name: Mapped[ShortText]
    rank: Mapped[Count] = mapped_column(default=0)


class User(Base):
    """A person who signs in. A leaver is deactivated, never deleted: rows keep pointing here."""

    __tablename__ = "user"

    id: Mapped[Key]
    login: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[ShortText]
    title: Mapped[ShortText] = mapped_column(default="")
    role: Mapped[Role] = mapped_column(word(Role))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    phone: Mapped[ShortText] = mapped_column(default="")
    email: Mapped[ShortText] = mapped_column(default="")  # where invitations go
    password_hash: Mapped[ShortText | None]
    session_epoch: Mapped[Count] = mapped_column(default=0)  # raised to end every open session of the person
    theme: Mapped[Theme] = mapped_column(word(Theme), default=Theme.AUTO)
    single_keys: Mapped[Flag] = mapped_column(default=True)  # keys without Ctrl do something (WCAG 2.1.4: may be off)
    is_active: Mapped[Flag] = mapped_column(default=True)
    is_demo: Mapped[Flag] = mapped_column(default=False)
    created_at: Mapped[Instant]
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class Invitation(Base):
    """A one-time link by which a person sets a password; only its digest is kept."""

    __tablename__ = "invitation"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_digest: Mapped[Code] = mapped_column(unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class SignInAttempt(Base):
    """One attempt to sign in; the throttle counts failures here, so it holds over all processes."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_login_at", "login", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )

    id: Mapped[Key]
    login: Mapped[Code]
    address: Mapped[Code]
    at: Mapped[Instant]
    succeeded: Mapped[Flag]


class AuditEvent(Base):
    """What somebody did that changes no business row: signed in, exported, downloaded, was invited."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_at", "at", "id"),
        Index("ix_audit_event_by", "by_id", "at", "id"),
        Index("ix_audit_event_kind", "kind", "at", "id"),
    )

    id: Mapped[Key]
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[Code]
    detail: Mapped[LongText] = mapped_column(default="")
    request_id: Mapped[Code] = mapped_column(default="")
