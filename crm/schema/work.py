"""The daily work: touchpoints with investors, and what is said of a project."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import ActivityKind, ActivityResult, ActivityState
from crm.columns import Base, Code, Count, Day, Instant, Key, LongText, ShortText, Trashable, trash_index, word
from crm.schema.people import User
from crm.schema.register import Company, Project


class Activity(Trashable, Base):
    """A touchpoint with an investor: a talk, a video meeting, a trip, a visit, a call (domain.md §3)."""

    __tablename__ = "activity"
    __table_args__ = (
        trash_index("activity"),
        Index("ix_activity_happened", "happened_at"),
        Index("ix_activity_kind", "kind", "happened_at"),
        Index("ix_activity_next", "next_owner_id", "next_on"),
        Index("ix_activity_entered", "entered_by_id", "next_on"),
        Index("ix_activity_state", "state", "happened_at"),
    )

    id: Mapped[Key]
    kind: Mapped[ActivityKind] = mapped_column(word(ActivityKind))
    state: Mapped[ActivityState] = mapped_column(word(ActivityState), default=ActivityState.DONE)
    happened_at: Mapped[Instant]
    title: Mapped[ShortText] = mapped_column(default="")
    place: Mapped[ShortText] = mapped_column(default="")
    city: Mapped[ShortText] = mapped_column(default="")  # the city visited, for trips
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    our_side: Mapped[ShortText] = mapped_column(default="")
    their_side: Mapped[ShortText] = mapped_column(default="")
    their_count: Mapped[Count | None]
    summary: Mapped[LongText]
    demands: Mapped[LongText] = mapped_column(default="")
    commitments: Mapped[LongText] = mapped_column(default="")
    result: Mapped[ActivityResult | None] = mapped_column(word(ActivityResult))
    next_step: Mapped[ShortText] = mapped_column(default="")
    next_on: Mapped[Day | None]
    next_owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    next_done_at: Mapped[Instant | None]
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    version: Mapped[Count] = mapped_column(default=1)
    company: Mapped[Company | None] = relationship(lazy="raise_on_sql")
    entered_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[entered_by_id])
    project_links: Mapped[list[ActivityProject]] = relationship(
        back_populates="activity", lazy="raise", cascade="all, delete-orphan"
    )
    people: Mapped[list[ActivityPerson]] = relationship(
        back_populates="activity", lazy="raise", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}


class ActivityProject(Base):
    """An activity touches a project; a trip or a visit may touch several."""

    __tablename__ = "activity_project"
    __table_args__ = (Index("ix_activity_project_project", "project_id", "activity_id"),)

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    activity: Mapped[Activity] = relationship(back_populates="project_links", lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")


class ActivityPerson(Base):
    """One of our own people took part in an activity."""

    __tablename__ = "activity_person"
    __table_args__ = (Index("ix_activity_person_user", "user_id"),)

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    activity: Mapped[Activity] = relationship(back_populates="people", lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Comment(Trashable, Base):
    """A remark on a project's timeline; it may quote an entry, name people (@) and carry files."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_project", "project_id", "written_at"), trash_index("comment"))

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    written_at: Mapped[Instant]
    edited_at: Mapped[Instant | None]
    body: Mapped[LongText]
    quote: Mapped[LongText] = mapped_column(default="")
    quoted_kind: Mapped[Code] = mapped_column(default="")  # the timeline entry quoted: its kind and the key of its row
    quoted_id: Mapped[Count | None]
    version: Mapped[Count] = mapped_column(default=1)
    author: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])
    mentions: Mapped[list[Mention]] = relationship(back_populates="comment", lazy="raise", cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}


class Mention(Base):
    """A comment names a person, who is told."""

    __tablename__ = "mention"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    comment: Mapped[Comment] = relationship(back_populates="mentions", lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Pin(Base):
    """An entry of a project's timeline that stands on top: its kind and the key of its row."""

    __tablename__ = "pin"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pinned_at: Mapped[Instant]
    pinned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
