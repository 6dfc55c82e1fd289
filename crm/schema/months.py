"""Months: annual plans and monthly reports of key projects, and the briefing that leadership signs."""

from __future__ import annotations

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import BriefingSection, BriefingState, IssueClass, Light, NodeDay, ReportState
from crm.columns import Amounts, Base, Code, Count, Day, Document, Flag, Instant, Key, LongText, ShortText, Yuan, word
from crm.schema.lifecycle import Claim
from crm.schema.people import User
from crm.schema.register import Project


class AnnualPlan(Base):
    """What a key project means to do in a year; a later plan of the same year supersedes an earlier one and says why.

    `month_yuan`, where there is one, is twelve amounts that add up to `planned_yuan`: 序时进度 follows them, else n/12.
    """

    __tablename__ = "annual_plan"
    __table_args__ = (Index("ix_annual_plan_project", "project_id", "year"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    year: Mapped[Count]
    planned_yuan: Mapped[Yuan]
    goal: Mapped[LongText] = mapped_column(default="")
    planned_start_on: Mapped[Day | None]
    planned_finish_on: Mapped[Day | None]
    planned_production_on: Mapped[Day | None]
    month_yuan: Mapped[Amounts | None]
    reason: Mapped[LongText] = mapped_column(default="")
    approved_at: Mapped[Instant]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class PlanNode(Base):
    """节点: something a key project means to have reached by a day of a year, whichever plan of the year is in force.

    Its days are what the newest `PlanNodeMove` of each says; without a planned day it has been taken off the plan. The actual
    day is what the responsible person says: a start or a finish counts by its verified move alone.
    """

    __tablename__ = "plan_node"
    __table_args__ = (Index("ix_plan_node_project", "project_id", "year"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    year: Mapped[Count]
    name: Mapped[ShortText]
    planned_on: Mapped[Day | None]
    forecast_on: Mapped[Day | None]
    actual_on: Mapped[Day | None]
    note: Mapped[LongText] = mapped_column(default="")
    version: Mapped[Count] = mapped_column(default=1)
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}


class PlanNodeMove(Base):
    """One day of a node was set, moved or (no new day) taken back: by whom, when and why. Never changes."""

    __tablename__ = "plan_node_move"

    id: Mapped[Key]
    node_id: Mapped[int] = mapped_column(ForeignKey("plan_node.id"), index=True)
    day: Mapped[NodeDay] = mapped_column(word(NodeDay))
    old_on: Mapped[Day | None]
    new_on: Mapped[Day | None]
    reason: Mapped[LongText] = mapped_column(default="")
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class MonthlyReport(Base):
    """What the responsible person says of a key project in a month: filled, checked by the team lead, verified.

    `completed_yuan` is what was typed; it counts by the completion claim made from it when the team lead has checked it.
    """

    __tablename__ = "monthly_report"
    __table_args__ = (
        UniqueConstraint("project_id", "month"),
        Index("ix_monthly_report_month", "month", "state"),
        CheckConstraint("percent IS NULL OR (percent >= 0 AND percent <= 100)", name="percent_is_one"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    month: Mapped[Day]  # the first day of the month
    state: Mapped[ReportState] = mapped_column(word(ReportState), default=ReportState.DRAFT)
    completed_yuan: Mapped[Yuan | None]
    is_confirmed: Mapped[Flag] = mapped_column(default=False)  # an amount that was doubted is meant
    percent: Mapped[Count | None]  # 形象进度 of the whole project
    progress: Mapped[LongText] = mapped_column(default="")
    problem: Mapped[LongText] = mapped_column(default="")
    issue_class: Mapped[IssueClass | None] = mapped_column(word(IssueClass))
    request: Mapped[LongText] = mapped_column(default="")
    next_plan: Mapped[LongText] = mapped_column(default="")
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reported_at: Mapped[Instant | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[Instant | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verified_at: Mapped[Instant | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    returned_at: Mapped[Instant | None]
    reason: Mapped[LongText] = mapped_column(default="")  # why it was given back
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    version: Mapped[Count] = mapped_column(default=1)
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    claim: Mapped[Claim | None] = relationship(lazy="raise_on_sql")
    reported_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[reported_by_id])
    __mapper_args__ = {"version_id_col": version}


class BriefingLayout(Base):
    """A version of the briefing's layout: how it differs from the default. The newest is in force; none ever changes."""

    __tablename__ = "briefing_layout"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Key]
    number: Mapped[Count]  # 1, 2, 3 ... without a gap
    changes: Mapped[Document]  # as reports/briefing/changes.py reads it; {}: the default
    note: Mapped[ShortText] = mapped_column(default="")
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(lazy="raise_on_sql")


class BriefingTemplate(Base):
    """A version of the office's own workbook to fill in; its bytes lie in the data folder. The newest is in force, one without
    bytes says that none is; none ever changes."""

    __tablename__ = "briefing_template"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Key]
    number: Mapped[Count]
    filename: Mapped[ShortText] = mapped_column(default="")
    digest: Mapped[Code] = mapped_column(default="")
    size_bytes: Mapped[Count] = mapped_column(default=0)
    note: Mapped[ShortText] = mapped_column(default="")
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(lazy="raise_on_sql")


class BriefingIssue(Base):
    """The briefing of a month on its way to being issued; a month without a row is a draft nobody has touched.

    Checking freezes `facts` (JSON as reports/briefing/codec.py writes it) and keeps to the layout and the template of that
    moment; issuing adds the number of the year, the signature and the bytes, which lie in the data folder under `digest`. What
    is issued never changes: crm/guards.py and a trigger see to it.
    """

    __tablename__ = "briefing_issue"
    __table_args__ = (
        UniqueConstraint("month"),
        UniqueConstraint("year", "number"),
        CheckConstraint("state = 'draft' OR (facts <> '' AND checked_by_id IS NOT NULL)", name="checked_has_facts"),
        CheckConstraint(
            "state <> 'issued' OR (number IS NOT NULL AND digest <> '' AND signer_id IS NOT NULL AND issued_on IS NOT NULL)",
            name="issued_is_whole",
        ),
        CheckConstraint("signer_id IS NULL OR signer_id <> checked_by_id", name="signer_is_not_checker"),
    )

    id: Mapped[Key]
    month: Mapped[Day]  # the first day of the month
    year: Mapped[Count]  # of the month: issues are numbered within it
    state: Mapped[BriefingState] = mapped_column(word(BriefingState), default=BriefingState.DRAFT)
    facts: Mapped[LongText] = mapped_column(default="", deferred=True)
    figures: Mapped[Document | None]  # {figure: its sum from January on}, what next year's 上年同期 takes
    checked_at: Mapped[Instant | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    number: Mapped[Count | None]  # 第×期
    total_number: Mapped[Count | None]  # 总第×期
    issued_on: Mapped[Day | None]
    issued_at: Mapped[Instant | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who pressed the button
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who signed
    digest: Mapped[Code] = mapped_column(default="")  # SHA-256 of the bytes, hexadecimal
    size_bytes: Mapped[Count] = mapped_column(default=0)
    layout_id: Mapped[int | None] = mapped_column(ForeignKey("briefing_layout.id"))  # None: the default
    template_id: Mapped[int | None] = mapped_column(ForeignKey("briefing_template.id"))
    version: Mapped[Count] = mapped_column(default=1)
    layout: Mapped[BriefingLayout | None] = relationship(lazy="raise_on_sql")
    template: Mapped[BriefingTemplate | None] = relationship(lazy="raise_on_sql")
    checked_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[checked_by_id])
    issued_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[issued_by_id])
    signer: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[signer_id])
    __mapper_args__ = {"version_id_col": version}


class BriefingRemark(Base):
    """A paragraph somebody typed for a section of a month's overview; the generated ones stay beside it."""

    __tablename__ = "briefing_remark"
    __table_args__ = (UniqueConstraint("month", "section"),)

    id: Mapped[Key]
    month: Mapped[Day]
    section: Mapped[BriefingSection] = mapped_column(word(BriefingSection))
    text: Mapped[LongText]
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class LightOverride(Base):
    """A light that a person set for a project and a month, beside what was computed; the next one, or nobody, ends it.

    Appended and ended, never changed: who set which light when and why stays.
    """

    __tablename__ = "light_override"
    __table_args__ = (
        Index("ix_light_override_project", "project_id", "month"),
        Index(
            "ix_light_override_open",
            "project_id",
            "month",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        CheckConstraint("light <> system_light AND light <> 'none'", name="says_another_light"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    month: Mapped[Day]  # the first day of the month
    system_light: Mapped[Light] = mapped_column(word(Light))  # as computed when it was set
    light: Mapped[Light] = mapped_column(word(Light))
    reason: Mapped[LongText]
    at: Mapped[Instant]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[Instant | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])
    ended_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[ended_by_id])


# What is issued does not change, whoever writes to the table. Written out once more in migration 0007.
ISSUED_IS_FIXED = {
    "sqlite": (
        "CREATE TRIGGER briefing_issue_fixed BEFORE UPDATE ON briefing_issue WHEN old.state = 'issued' "
        "BEGIN SELECT RAISE(ABORT, 'an issued briefing never changes'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION briefing_issue_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'an issued briefing never changes'; END $$",
        "CREATE TRIGGER briefing_issue_fixed BEFORE UPDATE ON briefing_issue FOR EACH ROW WHEN (old.state = 'issued') "
        "EXECUTE FUNCTION briefing_issue_fixed()",
    ),
}


def _for(dialect: str, occasion: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(BriefingIssue.__table__, occasion, ddl.execute_if(dialect=dialect))


for _dialect, _statements in ISSUED_IS_FIXED.items():
    for _statement in _statements:
        _for(_dialect, "after_create", _statement)
_for("postgresql", "after_drop", "DROP FUNCTION IF EXISTS briefing_issue_fixed()")
