"""Background work: what was asked for, how far it is, and what came of it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.choices import JobKind, JobState
from crm.columns import Base, Bytes, Code, Count, Document, Flag, Instant, Key, LongText, ShortText, word

_OPEN = text("state IN ('waiting', 'running')")


class Job(Base):
    """A piece of work done outside a request. The row is the queue, the lock and the record of it (ADR 11).

    Whoever works on it writes his `lease` and renews `beat_at`; where that has grown old, somebody else takes the job and the
    first one can no longer conclude it. `key` makes a job once: an open one while it is open, a daily one for good.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_open", "not_before", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_job_owner", "owner_id", "id"),
        Index("ix_job_row", "table_name", "row_id"),
    )

    id: Mapped[Key]
    kind: Mapped[JobKind] = mapped_column(word(JobKind))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # nobody's where it is done by itself
    key: Mapped[ShortText | None] = mapped_column(unique=True)
    arguments: Mapped[Document]
    detail: Mapped[LongText] = mapped_column(default="")  # what it is about, as its owner reads it
    table_name: Mapped[Code] = mapped_column(default="")  # the row it works on, where there is one
    row_id: Mapped[Count | None]
    is_fresh: Mapped[Flag] = mapped_column(default=False)  # its owner had just written something: no replica will do
    state: Mapped[JobState] = mapped_column(word(JobState), default=JobState.WAITING)
    not_before: Mapped[Instant]  # by the real clock, like beat_at: nobody reads them, workers compare them
    lease: Mapped[Code] = mapped_column(default="")
    beat_at: Mapped[Instant | None]
    attempts: Mapped[Count] = mapped_column(default=0)
    done: Mapped[Count] = mapped_column(default=0)
    total: Mapped[Count] = mapped_column(default=0)
    sentence: Mapped[LongText] = mapped_column(default="")  # where it stands, what came of it, or why nothing did
    digest: Mapped[Code] = mapped_column(default="")  # of the result, in the folder of results
    filename: Mapped[ShortText] = mapped_column(default="")
    media_type: Mapped[ShortText] = mapped_column(default="")
    size_bytes: Mapped[Count] = mapped_column(default=0)
    rights: Mapped[Document | None]  # the owner's role and units when the result was made
    project_ids: Mapped[Bytes | None] = mapped_column(deferred=True)  # the projects in it (rules/jobs.py packs them)
    expires_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
