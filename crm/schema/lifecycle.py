"""The life-cycle: claims and everything that counts once its claim is verified."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import (
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    EvidenceKind,
    LossReason,
    MoneyKind,
    Stage,
    Status,
)
from crm.columns import (
    Base,
    Code,
    Count,
    Day,
    Instant,
    Key,
    LongText,
    Money,
    Ordinal,
    Rate,
    ShortText,
    Trashable,
    Yuan,
    trash_index,
    word,
)
from crm.schema.people import User
from crm.schema.register import Project


class Claim(Base):
    """One statement about a project that somebody reports and somebody else verifies before it counts.

    A claim brought by an import has a batch instead of a reporter: the ledger's file is then its evidence.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_project", "project_id", "kind"),
        Index("ix_claim_state", "state", "reported_at", "id"),
        Index("ix_claim_kind", "state", "kind", "reported_at", "id"),
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
    __table_args__ = (
        Index("ix_contract_project", "project_id"),
        Index("ix_contract_signed", "kind", "signed_on"),
        Index("ix_contract_day", "signed_on"),
    )

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


class Attachment(Trashable, Base):
    """A file bound to what it proves; its bytes lie in the data folder under their digest (crm/storage.py)."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_project", "project_id"), trash_index("attachment"))

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(word(EvidenceKind))
    filename: Mapped[ShortText]
    media_type: Mapped[ShortText]
    size_bytes: Mapped[Count]
    digest: Mapped[Code]  # SHA-256 of the bytes, hexadecimal
    uploaded_at: Mapped[Instant]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
