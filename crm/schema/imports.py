"""Imports: uploaded ledgers and their rows; the lines of seed_data."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import BatchState, RowDecision, RowResult
from crm.columns import Base, Code, Count, Document, Instant, Key, LongText, ShortText, word
from crm.schema.people import User


class ImportBatch(Base):
    """One uploaded ledger on its way into the register; the file itself lies in the data folder."""

    __tablename__ = "import_batch"
    __table_args__ = (
        Index("ix_import_batch_uploaded", "uploaded_at", "id"),
        Index("ix_import_batch_by", "uploaded_by_id", "uploaded_at", "id"),
    )

    id: Mapped[Key]
    state: Mapped[BatchState] = mapped_column(word(BatchState), default=BatchState.UPLOADED)
    filename: Mapped[ShortText]
    size_bytes: Mapped[Count]
    digest: Mapped[Code]
    options: Mapped[Document]  # sheets, header rows, unit, mapping, key and mode, as chosen
    counts: Mapped[Document]  # what the preview found and what applying did
    uploaded_at: Mapped[Instant]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    applied_at: Mapped[Instant | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    rolled_back_at: Mapped[Instant | None]
    rolled_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    uploaded_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[uploaded_by_id])
    __mapper_args__ = {"version_id_col": version}


class ImportRow(Base):
    """One physical row of a ledger: what was read, what was corrected, what was decided, and what came of it."""

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("batch_id", "sheet", "row_number"),)

    id: Mapped[Key]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    sheet: Mapped[ShortText]
    row_number: Mapped[Count]
    corrections: Mapped[Document]  # {field: the text typed in place of the cell}
    content: Mapped[Document]  # the row as read: values, raw cells and findings
    severity: Mapped[Code] = mapped_column(default="")  # "", "warning" or "error": the worst finding
    decision: Mapped[RowDecision] = mapped_column(word(RowDecision))
    match_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    match_percent: Mapped[Count | None]
    result: Mapped[RowResult | None] = mapped_column(word(RowResult))
    result_note: Mapped[LongText] = mapped_column(default="")
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    undo: Mapped[Document | None]  # what applying wrote: rows made, old values and versions, to take it back whole


class SeedLine(Base):
    """A line of a seed_data file as it was last applied, and the rows it became.

    A line that has not changed since is never applied again, so what people changed or removed stays so (crm/seeding).
    """

    __tablename__ = "seed_line"

    file: Mapped[Code] = mapped_column(primary_key=True)
    key: Mapped[Code] = mapped_column(primary_key=True)
    cells: Mapped[Document]  # {column head: text}
    made: Mapped[Document]  # {part of the line: id of its row}
