"""What projects add to the figures of stages, kept: so that amounts by stage and month need no walk over all projects.

`queries/totals/reached.py` defines it, `actions/stage_totals.py` keeps it, `crm/stale.py` notes what is to be kept anew.
"""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.choices import Stage
from crm.columns import Base, Count, Day, Flag, Key, Money, Ordinal, Yuan


class StageShare(Base):
    """What one project adds to a stage in a month, and what decides who may see it and which filter meets it.

    No foreign key: a project that is gone leaves its share until it is taken off the totals.
    """

    __tablename__ = "stage_share"
    __table_args__ = (
        Index(
            "ix_stage_share_secret",
            "project_id",
            postgresql_where=text("is_secret IS true"),
            sqlite_where=text("is_secret IS 1"),
        ),
    )

    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[Stage] = mapped_column(Ordinal(Stage), primary_key=True)
    month: Mapped[Day] = mapped_column(primary_key=True)  # its first day
    unit_id: Mapped[Count]
    industry_id: Mapped[Count]  # 0 for none
    is_secret: Mapped[Flag]
    is_relocation: Mapped[Flag]
    counts: Mapped[Count]
    yuan: Mapped[Yuan]
    fixed_yuan: Mapped[Yuan]
    usd: Mapped[Money]


class StageTotal(Base):
    """What all projects alike add to a stage in a month: the sum of their shares."""

    __tablename__ = "stage_total"

    month: Mapped[Day] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(Ordinal(Stage), primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    industry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_secret: Mapped[Flag] = mapped_column(primary_key=True)
    is_relocation: Mapped[Flag] = mapped_column(primary_key=True)
    rows: Mapped[Count]  # shares in it: without any it is gone
    counts: Mapped[Count]
    yuan: Mapped[Yuan]
    fixed_yuan: Mapped[Yuan]
    usd: Mapped[Money]


class StaleProject(Base):
    """A project whose shares are not what its rows say: since a change, or from a day on which something dated ahead counts."""

    __tablename__ = "stale_project"

    id: Mapped[Key]
    project_id: Mapped[Count]
    due_on: Mapped[Day | None]
