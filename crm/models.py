"""The whole schema on one page: declarations only. No queries, no request, no serialisation.

Map of the tables, in reading order:

    people      unit, user, invitation, sign_in_attempt, audit_event
    reference   industry, area, exchange_rate, target, setting, holiday
    register    company, company_class_mark, contact, project, project_member, listing
    life-cycle  claim, stage_move, status_change, contract, money_entry, attachment
    work        activity, activity_project, activity_person, meeting, agenda_item, action_item
    months      annual_plan, monthly_report
    imports     import_batch, import_row, seed_line
    history     change

Two ideas carry the rest. A *claim* is one statement that somebody reports and somebody else verifies: every counted row (a
move to a counted stage, a contract, an arrival, a completion) points to its claim, and counts only while that claim is
verified. *History is rows*: moves, statuses, money and monthly reports are appended, never overwritten.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import (
    ActionState,
    ActivityKind,
    ActivityResult,
    ActivityState,
    BatchState,
    CapitalKind,
    ClaimKind,
    ClaimState,
    CompanyClass,
    ContractKind,
    Currency,
    EvidenceKind,
    Indicator,
    IndustryGroup,
    InvestmentForm,
    IssueClass,
    KeyList,
    LandUse,
    ListingClass,
    LossReason,
    MeetingKind,
    MemberRole,
    MoneyKind,
    Origin,
    ReportState,
    Role,
    RowDecision,
    RowResult,
    SourceChannel,
    Stage,
    Status,
    Theme,
    UnitKind,
)
from crm.columns import (
    Base,
    Code,
    Count,
    Day,
    Document,
    Flag,
    Instant,
    Key,
    LongText,
    Measure,
    Money,
    Ordinal,
    Rate,
    ShortText,
    Yuan,
    word,
)

# ---------------------------------------------------------------------------------------------------------------- people


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
    password_hash: Mapped[ShortText | None]
    session_epoch: Mapped[Count] = mapped_column(default=0)  # raised to end every open session of the person
    theme: Mapped[Theme] = mapped_column(word(Theme), default=Theme.AUTO)
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
    __table_args__ = (Index("ix_audit_event_at", "at"),)

    id: Mapped[Key]
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[Code]
    detail: Mapped[LongText] = mapped_column(default="")
    request_id: Mapped[Code] = mapped_column(default="")


# ------------------------------------------------------------------------------------------------------------- reference


class Industry(Base):
    """An industry of the 2+3+X system, or a sub-industry below one."""

    __tablename__ = "industry"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[ShortText] = mapped_column(unique=True)
    group: Mapped[IndustryGroup] = mapped_column(word(IndustryGroup))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"), index=True)
    rank: Mapped[Count] = mapped_column(default=0)


class Area(Base):
    """片区: a part of the zone where projects are built."""

    __tablename__ = "area"

    id: Mapped[Key]
    name: Mapped[ShortText] = mapped_column(unique=True)
    rank: Mapped[Count] = mapped_column(default=0)


class ExchangeRate(Base):
    """Yuan for one unit of a currency, from a day on until the next entry."""

    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("currency", "rate_on"),)

    id: Mapped[Key]
    currency: Mapped[Currency] = mapped_column(word(Currency))
    rate_on: Mapped[Day]
    rate: Mapped[Rate]
    source: Mapped[ShortText] = mapped_column(default="")


class Target(Base):
    """A figure the zone (or a unit) means to reach in a year; count, whole yuan or whole dollars by indicator."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("year", "indicator", "unit_id"),)

    id: Mapped[Key]
    year: Mapped[Count]
    indicator: Mapped[Indicator] = mapped_column(word(Indicator))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    value: Mapped[Money]


class Setting(Base):
    """One configured value; rules/settings.py holds the names, types and defaults."""

    __tablename__ = "setting"

    name: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[LongText]


class Holiday(Base):
    """A day on which the working calendar differs from the week: a holiday, or a weekend worked."""

    __tablename__ = "holiday"

    day: Mapped[Day] = mapped_column(primary_key=True)
    is_working: Mapped[Flag]
    name: Mapped[ShortText]


# -------------------------------------------------------------------------------------------------------------- register


class Company(Base):
    """An investor, known by its credit code and its normalised name."""

    __tablename__ = "company"
    __table_args__ = (Index("ix_company_name_key", "name_key"),)

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


class Contact(Base):
    """A person at a company. The zone owns the contact, not the officer who met him (domain.md §7, 14)."""

    __tablename__ = "contact"

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


class Project(Base):
    """An investment project, from the first hint on.

    `stage` and `status` are where it stands now; figures never read them but the moves and changes below. `total_yuan`,
    `last_contact_on` and `stage_since_on` are roll-ups kept by the actions (actions/rollups.py rebuilds them).
    """

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_name_key", "name_key"),
        Index("ix_project_stage_total", "stage", "total_yuan"),
        Index("ix_project_unit_stage", "unit_id", "stage"),
        Index("ix_project_registered", "registered_at", "id"),
        Index("ix_project_total", "total_yuan", "id"),
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


# ------------------------------------------------------------------------------------------------------------ life-cycle


class Claim(Base):
    """One statement about a project that somebody reports and somebody else verifies before it counts.

    A claim brought by an import has a batch instead of a reporter: the ledger's file is then its evidence.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_project", "project_id", "kind"),
        Index("ix_claim_state", "state", "reported_at"),
        CheckConstraint("verified_by_id IS NULL OR verified_by_id <> reported_by_id", name="verifier_is_not_reporter"),
        CheckConstraint("reported_by_id IS NOT NULL OR batch_id IS NOT NULL", name="reporter_or_batch"),
        CheckConstraint("state <> 'verified' OR verified_at IS NOT NULL", name="verified_has_instant"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[ClaimKind] = mapped_column(word(ClaimKind))
    state: Mapped[ClaimState] = mapped_column(word(ClaimState), default=ClaimState.DRAFT)
    happened_on: Mapped[Day]
    note: Mapped[LongText] = mapped_column(default="")
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    reported_at: Mapped[Instant | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verified_at: Mapped[Instant | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    returned_at: Mapped[Instant | None]
    reversed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reversed_at: Mapped[Instant | None]
    reason: Mapped[LongText] = mapped_column(default="")  # why it was returned or reversed
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("claim.id"), unique=True
    )  # the one given back, corrected here
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    version: Mapped[Count] = mapped_column(default=1)
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    reported_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[reported_by_id])
    verified_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[verified_by_id])
    __mapper_args__ = {"version_id_col": version}


class StageMove(Base):
    """A project moved from one stage to another on a day. A move to a counted stage counts while its claim is verified."""

    __tablename__ = "stage_move"
    __table_args__ = (
        Index("ix_stage_move_project", "project_id", "moved_on", "id"),
        Index("ix_stage_move_stage", "to_stage", "moved_on"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    from_stage: Mapped[Stage | None] = mapped_column(Ordinal(Stage))
    to_stage: Mapped[Stage] = mapped_column(Ordinal(Stage))
    moved_on: Mapped[Day]
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    reason: Mapped[LongText] = mapped_column(default="")
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    claim: Mapped[Claim | None] = relationship(lazy="raise_on_sql")


class StatusChange(Base):
    """A project was paused, lost, withdrawn or taken up again. Withdrawal counts once its claim is verified."""

    __tablename__ = "status_change"
    __table_args__ = (Index("ix_status_change_project", "project_id", "changed_on", "id"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    from_status: Mapped[Status] = mapped_column(word(Status))
    to_status: Mapped[Status] = mapped_column(word(Status))
    changed_on: Mapped[Day]
    reason_class: Mapped[LossReason | None] = mapped_column(word(LossReason))
    reason: Mapped[LongText] = mapped_column(default="")
    lost_to: Mapped[ShortText] = mapped_column(default="")
    review_on: Mapped[Day | None]
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claim: Mapped[Claim | None] = relationship(lazy="raise_on_sql")


class Contract(Base):
    """A contract with what it promises. Its amounts are money entries; a supplement's are deltas (domain.md §10.8)."""

    __tablename__ = "contract"
    __table_args__ = (Index("ix_contract_project", "project_id"), Index("ix_contract_signed", "kind", "signed_on"))

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[ContractKind] = mapped_column(word(ContractKind))
    number: Mapped[ShortText] = mapped_column(default="")
    signed_on: Mapped[Day]
    parties: Mapped[ShortText] = mapped_column(default="")
    fixed_yuan: Mapped[Yuan | None]
    foreign_usd: Mapped[Money | None]  # 合同外资, whole dollars
    promised_start_on: Mapped[Day | None]
    promised_finish_on: Mapped[Day | None]
    promised_production_on: Mapped[Day | None]
    valid_until_on: Mapped[Day | None]
    note: Mapped[LongText] = mapped_column(default="")
    converted_from_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)  # 协议转合同
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claim: Mapped[Claim] = relationship(lazy="raise_on_sql")


class MoneyEntry(Base):
    """One money fact: appended, never overwritten. Foreign money keeps its currency and the rate of its day."""

    __tablename__ = "money_entry"
    __table_args__ = (
        Index("ix_money_entry_project", "project_id", "kind", "happened_on"),
        Index("ix_money_entry_kind", "kind", "happened_on"),
        CheckConstraint("kind = 'plan' OR claim_id IS NOT NULL", name="counted_money_has_claim"),
        CheckConstraint("currency <> 'CNY' OR amount = amount_yuan", name="yuan_is_yuan"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[MoneyKind] = mapped_column(word(MoneyKind))
    amount: Mapped[Money]  # whole units of the currency; a supplement may be negative
    currency: Mapped[Currency] = mapped_column(word(Currency), default=Currency.CNY)
    rate: Mapped[Rate]
    rate_on: Mapped[Day | None]
    amount_yuan: Mapped[Yuan]
    happened_on: Mapped[Day]
    note: Mapped[LongText] = mapped_column(default="")
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    claim: Mapped[Claim | None] = relationship(lazy="raise_on_sql")
    contract: Mapped[Contract | None] = relationship(lazy="raise_on_sql")


class Attachment(Base):
    """A file bound to what it proves; its bytes lie in the data folder under their digest (crm/storage.py)."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_project", "project_id"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(word(EvidenceKind))
    filename: Mapped[ShortText]
    media_type: Mapped[ShortText]
    size_bytes: Mapped[Count]
    digest: Mapped[Code]  # SHA-256 of the bytes, hexadecimal
    uploaded_at: Mapped[Instant]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


# ------------------------------------------------------------------------------------------------------------------ work


class Activity(Base):
    """A touchpoint with an investor: a talk, a video meeting, a trip, a visit, a call (domain.md §3)."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_happened", "happened_at"),
        Index("ix_activity_kind", "kind", "happened_at"),
        Index("ix_activity_next", "next_owner_id", "next_on"),
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


class Meeting(Base):
    """A coordination meeting over one or several projects (domain.md §3.6)."""

    __tablename__ = "meeting"
    __table_args__ = (Index("ix_meeting_kind", "kind", "held_at"),)

    id: Mapped[Key]
    kind: Mapped[MeetingKind] = mapped_column(word(MeetingKind))
    state: Mapped[ActivityState] = mapped_column(word(ActivityState), default=ActivityState.DONE)
    title: Mapped[ShortText]
    held_at: Mapped[Instant]
    place: Mapped[ShortText] = mapped_column(default="")
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    attendees: Mapped[LongText] = mapped_column(default="")
    minutes_number: Mapped[ShortText] = mapped_column(default="")
    summary: Mapped[LongText] = mapped_column(default="")
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    chair: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[chair_id])
    agenda: Mapped[list[AgendaItem]] = relationship(
        back_populates="meeting", lazy="raise", order_by="AgendaItem.rank", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}


class AgendaItem(Base):
    """A project on a meeting's agenda, with what was found and decided."""

    __tablename__ = "agenda_item"
    __table_args__ = (Index("ix_agenda_item_project", "project_id"),)

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    rank: Mapped[Count] = mapped_column(default=0)
    issue_class: Mapped[IssueClass] = mapped_column(word(IssueClass), default=IssueClass.OTHER)
    situation: Mapped[LongText] = mapped_column(default="")
    conclusion: Mapped[LongText] = mapped_column(default="")
    meeting: Mapped[Meeting] = relationship(back_populates="agenda", lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")


class ActionItem(Base):
    """交办事项: what a meeting handed to a unit, by when, and how it stands."""

    __tablename__ = "action_item"
    __table_args__ = (
        Index("ix_action_item_project", "project_id"),
        Index("ix_action_item_unit", "lead_unit_id", "state"),
        Index("ix_action_item_deadline", "state", "deadline_on"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    issue_class: Mapped[IssueClass] = mapped_column(word(IssueClass), default=IssueClass.OTHER)
    problem: Mapped[LongText]
    task: Mapped[LongText] = mapped_column(default="")
    lead_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    support_units: Mapped[ShortText] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    assigned_on: Mapped[Day]
    deadline_on: Mapped[Day]
    state: Mapped[ActionState] = mapped_column(word(ActionState), default=ActionState.ASSIGNED)
    progress: Mapped[LongText] = mapped_column(default="")
    done_on: Mapped[Day | None]
    entered_at: Mapped[Instant]
    version: Mapped[Count] = mapped_column(default=1)
    meeting: Mapped[Meeting | None] = relationship(lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    lead_unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    person: Mapped[User | None] = relationship(lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}


# ---------------------------------------------------------------------------------------------------------------- months


class AnnualPlan(Base):
    """What a key project means to do in a year; a later plan of the same year supersedes an earlier one and says why."""

    __tablename__ = "annual_plan"
    __table_args__ = (Index("ix_annual_plan_project", "project_id", "year"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    year: Mapped[Count]
    planned_yuan: Mapped[Yuan]
    goal: Mapped[LongText] = mapped_column(default="")
    planned_start_on: Mapped[Day | None]
    month_shares: Mapped[Document | None]  # {"1": 5, ... "12": 100}: cumulative percent of the year, if not n/12
    reason: Mapped[LongText] = mapped_column(default="")
    approved_at: Mapped[Instant]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class MonthlyReport(Base):
    """What the responsible person says of a key project in a month; its money is a completion claim beside it."""

    __tablename__ = "monthly_report"
    __table_args__ = (UniqueConstraint("project_id", "month"),)

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    month: Mapped[Day]  # the first day of the month
    state: Mapped[ReportState] = mapped_column(word(ReportState), default=ReportState.DRAFT)
    progress: Mapped[LongText] = mapped_column(default="")
    problem: Mapped[LongText] = mapped_column(default="")
    issue_class: Mapped[IssueClass | None] = mapped_column(word(IssueClass))
    request: Mapped[LongText] = mapped_column(default="")
    next_plan: Mapped[LongText] = mapped_column(default="")
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reported_at: Mapped[Instant | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verified_at: Mapped[Instant | None]
    version: Mapped[Count] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


# --------------------------------------------------------------------------------------------------------------- imports


class ImportBatch(Base):
    """One uploaded ledger on its way into the register; the file itself lies in the data folder."""

    __tablename__ = "import_batch"

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


# --------------------------------------------------------------------------------------------------------------- history


class Change(Base):
    """A column of a row changed: from what to what, by whom, when (crm/history.py writes it)."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_row", "table_name", "row_id", "at"),
        Index("ix_change_project", "project_id", "at"),
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
