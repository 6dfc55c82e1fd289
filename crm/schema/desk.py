"""Each person's desk: saved views, what was visited and is followed, notices and what one wants to be told."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import NoticeKind
from crm.columns import Base, Code, Count, Flag, Instant, Key, LongText, Sentence, ShortText, word
from crm.schema.people import Unit, User


class SavedView(Base):
    """A list as somebody keeps it: the query of its address holds filters, order, columns and density, nothing else does."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner_id", "page", "name"),)

    id: Mapped[Key]
    page: Mapped[Code]  # the endpoint of the list
    name: Mapped[ShortText]
    query: Mapped[LongText]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)  # the unit it is shared with
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    version: Mapped[Count] = mapped_column(default=1)
    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}


class ViewMark(Base):
    """What a person does with a view: pins it in an order of his own, makes it the list's default."""

    __tablename__ = "view_mark"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_pinned: Mapped[Flag] = mapped_column(default=False)
    is_default: Mapped[Flag] = mapped_column(default=False)
    rank: Mapped[Count] = mapped_column(default=0)


class Visit(Base):
    """How often and when last a person opened a record: the palette offers recent and frequent ones first."""

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_user_last", "user_id", "last_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    times: Mapped[Count] = mapped_column(default=1)
    last_at: Mapped[Instant]


class Follow(Base):
    """A person wants to be told what happens to a project he is not named on."""

    __tablename__ = "follow"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True, index=True)
    since: Mapped[Instant]


class Notice(Base):
    """Something a person was told in the application; `key` makes the same thing told once.

    A notice on a project shows only while its reader may see the project.
    """

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_notice_user", "user_id", "read_at", "at"))

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    key: Mapped[ShortText]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    table_name: Mapped[Code] = mapped_column(default="")  # the row it leads to, where that is not the project
    row_id: Mapped[Count | None]
    text: Mapped[Sentence]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[Instant]
    read_at: Mapped[Instant | None]


class Subscription(Base):
    """What a person wants to be told of, and how many days ahead; only where it differs from the default."""

    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind), primary_key=True)
    is_on: Mapped[Flag] = mapped_column(default=True)
    in_digest: Mapped[Flag] = mapped_column(default=True)
    days: Mapped[Count | None]  # ahead of the day; None is the office's setting
