"""The register: companies, contacts, projects, their people and lists."""

from __future__ import annotations

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import (
    CapitalKind,
    CompanyClass,
    InvestmentForm,
    KeyList,
    LandUse,
    ListingClass,
    MemberRole,
    Origin,
    SourceChannel,
    Stage,
    Status,
)
from crm.columns import (
    Base,
    Code,
    Count,
    Day,
    Flag,
    Instant,
    Key,
    LongText,
    Measure,
    Money,
    Ordinal,
    ShortText,
    Trashable,
    Yuan,
    trash_index,
    word,
)
from crm.schema.people import Unit, User
from crm.schema.reference import Area, Industry


class Company(Trashable, Base):
    """An investor, known by its credit code and its normalised name."""

    __tablename__ = "company"
    __table_args__ = (Index("ix_company_name_key", "name_key"), trash_index("company"))

    id: Mapped[Key]
    name: Mapped[ShortText]
    name_key: Mapped[ShortText]  # rules/names.py: width, brackets, spaces and legal suffix taken away
    short_name: Mapped[ShortText] = mapped_column(default="")
    credit_code: Mapped[Code | None] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    origin: Mapped[Origin | None] = mapped_column(word(Origin))
    country: Mapped[ShortText] = mapped_column(default="")
    province: Mapped[ShortText] = mapped_column(default="")
    city: Mapped[ShortText] = mapped_column(default="")
    registered_yuan: Mapped[Yuan | None]
    intro: Mapped[LongText] = mapped_column(default="")
    is_demo: Mapped[Flag] = mapped_column(default=False)
    created_at: Mapped[Instant]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    parent: Mapped[Company | None] = relationship(remote_side="Company.id", lazy="raise_on_sql")
    class_marks: Mapped[list[CompanyClassMark]] = relationship(
        back_populates="company", lazy="raise", cascade="all, delete-orphan"
    )
    contacts: Mapped[list[Contact]] = relationship(back_populates="company", lazy="raise", order_by="Contact.id")
    __mapper_args__ = {"version_id_col": version}


class CompanyClassMark(Base):
    """A company bears a class (500强, 上市 ...)."""

    __tablename__ = "company_class_mark"

    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), primary_key=True)
    company_class: Mapped[CompanyClass] = mapped_column(word(CompanyClass), primary_key=True)
    company: Mapped[Company] = relationship(back_populates="class_marks", lazy="raise_on_sql")


class Contact(Trashable, Base):
    """A person at a company. The zone owns the contact, not the officer who met him (domain.md §7, 14)."""

    __tablename__ = "contact"
    __table_args__ = (trash_index("contact"),)

    id: Mapped[Key]
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), index=True)
    name: Mapped[ShortText]
    title: Mapped[ShortText] = mapped_column(default="")
    phone: Mapped[ShortText] = mapped_column(default="")
    email: Mapped[ShortText] = mapped_column(default="")
    note: Mapped[LongText] = mapped_column(default="")
    is_active: Mapped[Flag] = mapped_column(default=True)
    created_at: Mapped[Instant]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    company: Mapped[Company] = relationship(back_populates="contacts", lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}


class Project(Trashable, Base):
    """An investment project, from the first hint on.

    `stage` and `status` are where it stands now; figures never read them but the moves and changes below. `total_yuan`,
    `last_contact_on`, `protected_until_on` and `stage_since_on` are roll-ups kept by the actions (actions/rollups.py
    rebuilds them). `lead_id` repeats who leads by `project_member`; the database keeps it (LEAD_KEPT below), because lists are
    filtered by it and nobody else may write it.
    """

    __tablename__ = "project"
    __table_args__ = (
        trash_index("project"),
        Index("ix_project_name_key", "name_key"),
        # The highest code of a year (actions/codes.py); Alembic cannot see an index over an expression on SQLite.
        Index("ix_project_serial", text("length(code)"), "code").ddl_if(dialect="postgresql"),
        Index("ix_project_unit_stage", "unit_id", "stage"),
        Index("ix_project_registered", "registered_at", "id"),
        Index("ix_project_total", "total_yuan", "id"),
        # What lists are narrowed to most, each in the list's default order.
        Index("ix_project_stage_size", "stage", "total_yuan", "id"),
        Index("ix_project_lead", "lead_id", "stage", "total_yuan", "id"),
        Index("ix_project_protected", "protected_until_on"),
        Index("ix_project_pooled", "pooled_at"),
        Index("ix_project_status", "status"),
        Index("ix_project_name", "name", "id"),
        Index("ix_project_since", "stage_since_on", "id"),
        Index("ix_project_stage_since", "stage", "stage_since_on", "id"),
        Index("ix_project_contact", "last_contact_on", "id"),
        Index(
            "ix_project_secret",
            "company_id",
            postgresql_where=text("is_secret IS true"),
            sqlite_where=text("is_secret IS 1"),
        ),
        CheckConstraint("total_yuan IS NULL OR total_yuan >= 0", name="total_not_negative"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[ShortText]
    name_key: Mapped[ShortText]
    alias: Mapped[ShortText] = mapped_column(
        default=""
    )  # shown instead of the name where a secret project must be named
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("project.id"), index=True
    )  # a phase stands below its project
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    capital_kind: Mapped[CapitalKind] = mapped_column(word(CapitalKind))
    industry_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    site: Mapped[ShortText] = mapped_column(default="")
    source_channel: Mapped[SourceChannel | None] = mapped_column(word(SourceChannel))
    source_note: Mapped[ShortText] = mapped_column(default="")
    investment_form: Mapped[InvestmentForm | None] = mapped_column(word(InvestmentForm))
    content: Mapped[LongText] = mapped_column(default="")
    stage: Mapped[Stage] = mapped_column(Ordinal(Stage), default=Stage.LEAD)
    stage_since_on: Mapped[Day]
    status: Mapped[Status] = mapped_column(word(Status), default=Status.ACTIVE)
    review_on: Mapped[Day | None]  # when a paused project is looked at again
    needs_experts: Mapped[Flag] = mapped_column(default=False)  # 研判 takes longer
    fed_back_on: Mapped[Day | None]  # when whoever introduced the lead was told
    total_yuan: Mapped[Yuan | None]
    fixed_yuan: Mapped[Yuan | None]
    equipment_yuan: Mapped[Yuan | None]
    foreign_usd: Mapped[
        Money | None
    ]  # whole dollars of foreign capital the investor speaks of; contracts hold what counts
    output_yuan: Mapped[Yuan | None]
    tax_yuan: Mapped[Yuan | None]
    jobs_count: Mapped[Count | None]
    energy_tce: Mapped[Measure | None]
    land_use: Mapped[LandUse | None] = mapped_column(word(LandUse))
    land_mu: Mapped[Measure | None]
    plant_m2: Mapped[Measure | None]
    competitors: Mapped[ShortText] = mapped_column(default="")
    judgement: Mapped[LongText] = mapped_column(default="")  # 研判: industry, market, technology, environment, energy
    decision: Mapped[LongText] = mapped_column(default="")  # 评审: meeting number and what it decided
    expected_sign_on: Mapped[Day | None]
    planned_start_on: Mapped[Day | None]
    planned_finish_on: Mapped[Day | None]
    planned_production_on: Mapped[Day | None]
    confidence_percent: Mapped[Count | None]
    is_secret: Mapped[Flag] = mapped_column(default=False)
    is_relocation: Mapped[Flag] = mapped_column(default=False)  # 市内平移: not counted as new
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    responsible_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    last_contact_on: Mapped[Day | None]
    protected_until_on: Mapped[Day | None]  # the first reporter's right; renewed by contacts alone (actions/rollups.py)
    pooled_at: Mapped[Instant | None]  # since when it lies in the public pool
    registered_at: Mapped[Instant]  # the server's clock, never edited: first report counts (domain.md §2.5)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    is_demo: Mapped[Flag] = mapped_column(default=False)
    version: Mapped[Count] = mapped_column(default=1)
    company: Mapped[Company | None] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql", foreign_keys=[unit_id])
    responsible_unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql", foreign_keys=[responsible_unit_id])
    industry: Mapped[Industry | None] = relationship(lazy="raise_on_sql")
    area: Mapped[Area | None] = relationship(lazy="raise_on_sql")
    members: Mapped[list[ProjectMember]] = relationship(
        back_populates="project", lazy="raise", order_by="ProjectMember.id"
    )
    listings: Mapped[list[Listing]] = relationship(back_populates="project", lazy="raise", order_by="Listing.id")
    __mapper_args__ = {"version_id_col": version}


class ProjectMember(Base):
    """A person's part in a project, from a day to a day; who may see a secret project stands here too."""

    __tablename__ = "project_member"
    __table_args__ = (
        Index("ix_project_member_user", "user_id", "project_id"),
        Index("ix_project_member_project", "project_id", "role"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[MemberRole] = mapped_column(word(MemberRole))
    share_percent: Mapped[Count | None]
    from_on: Mapped[Day]
    to_on: Mapped[Day | None]
    project: Mapped[Project] = relationship(back_populates="members", lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


def _lead_of(row: str) -> str:
    """Brings the lead of the project of a changed row up to date."""
    lead = (
        f"SELECT min(user_id) FROM project_member WHERE project_id = {row}.project_id "  # noqa: S608 - old or new
        "AND role = 'lead' AND to_on IS NULL"
    )
    return f"UPDATE project SET lead_id = ({lead}) WHERE id = {row}.project_id"  # noqa: S608


LEAD_KEPT = {  # written out once more in the migration that brought it, which must not change when this does
    "sqlite": tuple(
        f"CREATE TRIGGER project_member_lead_{occasion} AFTER {occasion.upper()} ON project_member BEGIN "
        f"{'; '.join(_lead_of(row) for row in changed)}; END"
        for occasion, changed in (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",)))
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION keep_project_lead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_lead_of('old')}; END IF; IF TG_OP <> 'DELETE' THEN {_lead_of('new')}; END IF; "
        "RETURN NULL; END $$",
        "CREATE TRIGGER project_member_lead AFTER INSERT OR UPDATE OR DELETE ON project_member "
        "FOR EACH ROW EXECUTE FUNCTION keep_project_lead()",
    ),
}
for _dialect, _statements in LEAD_KEPT.items():
    for _statement in _statements:
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(ProjectMember.__table__, "after_create", _ddl.execute_if(dialect=_dialect))


class Listing(Base):
    """A project stands on an annual list; totals count it once however many lists it stands on."""

    __tablename__ = "listing"
    __table_args__ = (UniqueConstraint("project_id", "key_list", "year"), Index("ix_listing_year", "year", "key_list"))

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    key_list: Mapped[KeyList] = mapped_column(word(KeyList))
    year: Mapped[Count]
    listing_class: Mapped[ListingClass] = mapped_column(word(ListingClass))
    batch_label: Mapped[ShortText] = mapped_column(default="")  # e.g. 2022年第三季度
    planned_start_on: Mapped[Day | None]
    from_on: Mapped[Day]
    to_on: Mapped[Day | None]
    project: Mapped[Project] = relationship(back_populates="listings", lazy="raise_on_sql")


class FaiEntry(Base):
    """入统: a started project is taken into the official statistics of fixed-asset investment, on a day, under a code.

    A wrong entry is withdrawn with its reason and stays; a project has one that stands at most.
    """

    __tablename__ = "fai_entry"
    __table_args__ = (
        Index("ix_fai_entry_project", "project_id"),
        Index("ix_fai_entry_day", "entered_on", "id"),
        Index(
            "uq_fai_entry_standing",
            "project_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
            sqlite_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    entered_on: Mapped[Day]
    code: Mapped[Code]  # the project's code in the statistics system
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[Instant | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[LongText] = mapped_column(default="")  # why it was withdrawn
