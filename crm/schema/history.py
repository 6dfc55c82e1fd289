"""History: every column that changed."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.columns import Base, Code, Count, Instant, Key, LongText
from crm.schema.people import User


class Change(Base):
    """A column of a row changed: from what to what, by whom, when (crm/history.py writes it)."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_row", "table_name", "row_id", "at"),
        Index("ix_change_project", "project_id", "at"),
        Index("ix_change_at", "at", "id"),
        Index("ix_change_by", "by_id", "at", "id"),
        Index("ix_change_table", "table_name", "at", "id"),
    )

    id: Mapped[Key]
    table_name: Mapped[Code]
    row_id: Mapped[Count]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    column_name: Mapped[Code]
    old: Mapped[LongText | None]
    new: Mapped[LongText | None]
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    request_id: Mapped[Code] = mapped_column(default="")
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    by: Mapped[User | None] = relationship(lazy="raise_on_sql")
