"""Whose project it is: collisions and their rulings, the public pool, transfers, merges (domain.md §2.5)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import CollisionOutcome, CollisionState, PoolMove, TransferState
from crm.columns import Base, Code, Count, Day, Document, Instant, Key, LongText, ShortText, word
from crm.schema.people import Unit, User
from crm.schema.register import Project


class Collision(Base):
    """撞单: two registrations of what may be one project; who was first and who keeps it is ruled, and appealed once.

    While it is open the later registration counts nowhere: its `duplicate_of_id` names the earlier one.
    """

    __tablename__ = "collision"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        Index("ix_collision_state", "state", "opened_at"),
        CheckConstraint("first_id <> second_id", name="two_projects"),
    )

    id: Mapped[Key]
    first_id: Mapped[int] = mapped_column(ForeignKey("project.id"))  # registered earlier
    second_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    state: Mapped[CollisionState] = mapped_column(word(CollisionState), default=CollisionState.OPEN)
    percent: Mapped[Count]
    reasons: Mapped[ShortText]  # why they look alike, as rules/matching.py says it
    plea: Mapped[LongText] = mapped_column(default="")  # what the later side says for itself
    reply: Mapped[LongText] = mapped_column(default="")  # and what the earlier side says
    opened_at: Mapped[Instant]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    appealed_at: Mapped[Instant | None]
    appealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    appeal: Mapped[LongText] = mapped_column(default="")
    version: Mapped[Count] = mapped_column(default=1)
    first: Mapped[Project] = relationship(lazy="raise_on_sql", foreign_keys=[first_id])
    second: Mapped[Project] = relationship(lazy="raise_on_sql", foreign_keys=[second_id])
    rulings: Mapped[list[Ruling]] = relationship(back_populates="collision", lazy="raise", order_by="Ruling.instance")
    __mapper_args__ = {"version_id_col": version}


class Ruling(Base):
    """A decision of a collision: the first one, or the one on appeal. Never overwritten."""

    __tablename__ = "ruling"
    __table_args__ = (
        UniqueConstraint("collision_id", "instance"),
        CheckConstraint("instance in (1, 2)", name="one_appeal"),
    )

    id: Mapped[Key]
    collision_id: Mapped[int] = mapped_column(ForeignKey("collision.id"))
    instance: Mapped[Count]
    outcome: Mapped[CollisionOutcome] = mapped_column(word(CollisionOutcome))
    first_percent: Mapped[Count]  # the first side's share of the credit, of 100
    reason: Mapped[LongText]
    decided_at: Mapped[Instant]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    undo: Mapped[Document | None]  # what it changed, so that an appeal can change it back
    collision: Mapped[Collision] = relationship(back_populates="rulings", lazy="raise_on_sql")
    decided_by: Mapped[User] = relationship(lazy="raise_on_sql")


class PoolEvent(Base):
    """A project fell or was given into the public pool, or was picked from it."""

    __tablename__ = "pool_event"
    __table_args__ = (
        Index("ix_pool_event_project", "project_id", "at"),
        Index("ix_pool_event_by", "by_id", "move", "at"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    move: Mapped[PoolMove] = mapped_column(word(PoolMove))
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # nobody: the protection ran out
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # who was in charge before
    reason: Mapped[LongText] = mapped_column(default="")


class Transfer(Base):
    """流转: a project is offered to another team or person, who takes it or refuses within some days."""

    __tablename__ = "transfer"
    __table_args__ = (
        Index("ix_transfer_project", "project_id", "proposed_at"),
        Index("ix_transfer_state", "state", "due_on"),
        Index(
            "uq_transfer_open",
            "project_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        CheckConstraint("from_percent between 0 and 100", name="share_is_percent"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # who was in charge
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    to_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id"), index=True
    )  # nobody yet: the team lead names one
    state: Mapped[TransferState] = mapped_column(word(TransferState), default=TransferState.PROPOSED)
    reason: Mapped[LongText]
    from_percent: Mapped[Count]  # 首谈's share of the credit, of 100
    proposed_at: Mapped[Instant]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[Day]
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[LongText] = mapped_column(default="")
    version: Mapped[Count] = mapped_column(default=1)
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    from_unit: Mapped[Unit] = relationship(lazy="raise_on_sql", foreign_keys=[from_unit_id])
    to_unit: Mapped[Unit] = relationship(lazy="raise_on_sql", foreign_keys=[to_unit_id])
    from_user: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[from_user_id])
    to_user: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[to_user_id])
    proposed_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[proposed_by_id])
    __mapper_args__ = {"version_id_col": version}


class Merge(Base):
    """One row was merged into another of its kind; what was moved is kept, so that it can be undone."""

    __tablename__ = "merge"
    __table_args__ = (
        Index("ix_merge_kept", "table_name", "kept_id"),
        Index("ix_merge_gone", "table_name", "gone_id"),
        Index("ix_merge_merged", "merged_at", "id"),
    )

    id: Mapped[Key]
    table_name: Mapped[Code]  # project or company
    kept_id: Mapped[Count]
    gone_id: Mapped[Count]
    reason: Mapped[LongText] = mapped_column(default="")
    undo: Mapped[Document]  # what was moved, taken, added and written: actions/repointing.py
    merged_at: Mapped[Instant]
    merged_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    merged_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[merged_by_id])
