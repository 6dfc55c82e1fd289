"""交办事项: what was handed to whom, each step with it, extensions asked, files, letters, and the agendas it came onto."""

from __future__ import annotations

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import ActionSource, ActionState, ActionStepKind, IssueClass, Priority, Rating
from crm.columns import Base, Code, Count, Day, Flag, Instant, Key, LongText, ShortText, word
from crm.schema.meetings import AgendaItem, Meeting
from crm.schema.people import Unit, User
from crm.schema.register import Project


class ActionItem(Base):
    """What was handed to a unit, by when, and how it stands; the state is what its last step says (domain.md §3.6)."""

    __tablename__ = "action_item"
    __table_args__ = (
        Index("ix_action_item_project", "project_id"),
        Index("ix_action_item_unit", "lead_unit_id", "state"),
        Index("ix_action_item_deadline", "state", "deadline_on"),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done_on_a_day"),
        CheckConstraint("rating IS NULL OR state = 'done'", name="rated_when_done"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    source: Mapped[ActionSource] = mapped_column(word(ActionSource), default=ActionSource.MEETING)
    priority: Mapped[Priority] = mapped_column(word(Priority), default=Priority.NORMAL)
    issue_class: Mapped[IssueClass] = mapped_column(word(IssueClass), default=IssueClass.OTHER)
    problem: Mapped[LongText]
    task: Mapped[LongText] = mapped_column(default="")
    lead_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    support_units: Mapped[ShortText] = mapped_column(default="")  # in words: those that have no row below
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    assigned_on: Mapped[Day]
    handed_on: Mapped[Day]  # when it came to the unit that has it now
    deadline_on: Mapped[Day]  # the one that holds; those before it stand in action_extension
    state: Mapped[ActionState] = mapped_column(word(ActionState), default=ActionState.ASSIGNED)
    done_on: Mapped[Day | None]
    rating: Mapped[Rating | None] = mapped_column(word(Rating))
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    meeting: Mapped[Meeting | None] = relationship(lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    lead_unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    person: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    supports: Mapped[list[ActionSupport]] = relationship(
        back_populates="item", lazy="raise_on_sql", order_by="ActionSupport.unit_id", cascade="all, delete-orphan"
    )
    steps: Mapped[list[ActionStep]] = relationship(
        back_populates="item", lazy="raise_on_sql", order_by="ActionStep.id", viewonly=True
    )
    extensions: Mapped[list[ActionExtension]] = relationship(
        back_populates="item", lazy="raise_on_sql", order_by="ActionExtension.number", viewonly=True
    )
    __mapper_args__ = {"version_id_col": version}


class ActionSupport(Base):
    """A unit that helps the one an item was handed to."""

    __tablename__ = "action_support"
    __table_args__ = (Index("ix_action_support_unit", "unit_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("action_item.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    item: Mapped[ActionItem] = relationship(back_populates="supports", lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class ActionStep(Base):
    """One step with an item: from which state to which, who, when, and what was said. Written once, never changed."""

    __tablename__ = "action_step"
    __table_args__ = (
        Index("ix_action_step_item", "item_id", "id"),
        CheckConstraint("(from_state IS NULL) = (kind IN ('assign', 'record'))", name="begins_once"),
        CheckConstraint(
            "CASE kind"
            " WHEN 'assign' THEN to_state = 'assigned'"
            " WHEN 'record' THEN to_state IS NOT NULL"
            " WHEN 'accept' THEN from_state = 'assigned' AND to_state = 'doing'"
            " WHEN 'report' THEN from_state IN ('doing', 'returned') AND to_state = 'doing'"
            " WHEN 'note' THEN from_state <> 'done' AND to_state = from_state"
            " WHEN 'finish' THEN from_state IN ('doing', 'returned') AND to_state = 'checking'"
            " WHEN 'verify' THEN from_state = 'checking' AND to_state = 'done'"
            " WHEN 'return' THEN from_state = 'checking' AND to_state = 'returned'"
            " WHEN 'hand_over' THEN from_state IN ('assigned', 'doing', 'returned') AND to_state = 'assigned'"
            " ELSE false END",
            name="goes_its_way",
        ),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("action_item.id"))
    kind: Mapped[ActionStepKind] = mapped_column(word(ActionStepKind))
    from_state: Mapped[ActionState | None] = mapped_column(word(ActionState))
    to_state: Mapped[ActionState] = mapped_column(word(ActionState))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # to whom it was handed
    note: Mapped[LongText] = mapped_column(default="")
    at: Mapped[Instant]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    item: Mapped[ActionItem] = relationship(back_populates="steps", lazy="raise_on_sql")
    by: Mapped[User | None] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    files: Mapped[list[ActionFile]] = relationship(lazy="raise_on_sql", order_by="ActionFile.id", viewonly=True)


class ActionExtension(Base):
    """More time asked for an item, and what became of it; the deadline of before is kept."""

    __tablename__ = "action_extension"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        Index(
            "ix_action_extension_open",
            "item_id",
            unique=True,
            sqlite_where=text("granted IS NULL"),
            postgresql_where=text("granted IS NULL"),
        ),
        CheckConstraint("wanted_on > old_deadline_on", name="is_later"),
        CheckConstraint("(granted IS NULL) = (decided_at IS NULL)", name="decided_at_a_time"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="decided_by_another"),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("action_item.id"))
    number: Mapped[Count]  # the first, the second
    old_deadline_on: Mapped[Day]
    wanted_on: Mapped[Day]
    reason: Mapped[LongText]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    granted: Mapped[Flag | None]
    decision: Mapped[LongText] = mapped_column(default="")  # why
    decided_at: Mapped[Instant | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    item: Mapped[ActionItem] = relationship(back_populates="extensions", lazy="raise_on_sql")
    asked_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])


class ActionFile(Base):
    """A file that came with a step and proves what it says; its bytes lie in the data folder under their digest."""

    __tablename__ = "action_file"

    id: Mapped[Key]
    step_id: Mapped[int] = mapped_column(ForeignKey("action_step.id"), index=True)
    filename: Mapped[ShortText]
    media_type: Mapped[ShortText]
    size_bytes: Mapped[Count]
    digest: Mapped[Code]  # SHA-256 of the bytes, hexadecimal
    uploaded_at: Mapped[Instant]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    step: Mapped[ActionStep] = relationship(lazy="raise_on_sql")


class SupervisionLetter(Base):
    """督办函: an overdue item, or a project's red light, put to a unit in writing under a number that is given once.

    What it said stays; what came in answer is added. `cause` says of a light why it is red.
    """

    __tablename__ = "supervision_letter"
    __table_args__ = (
        UniqueConstraint("year", "serial"),
        Index("ix_supervision_letter_project", "project_id", "month"),
        Index(
            "ix_supervision_letter_waiting",
            "unit_id",
            "answer_by_on",
            sqlite_where=text("answered_on IS NULL"),
            postgresql_where=text("answered_on IS NULL"),
        ),
        CheckConstraint("(item_id IS NULL) <> (project_id IS NULL)", name="is_about_one_thing"),
        CheckConstraint("(project_id IS NULL) = (month IS NULL)", name="light_of_a_month"),
        CheckConstraint(
            "item_id IS NULL OR (deadline_on IS NOT NULL AND late_days IS NOT NULL)", name="item_has_a_deadline"
        ),
        CheckConstraint("(answered_on IS NULL) = (answered_by_id IS NULL)", name="answer_was_entered"),
    )

    id: Mapped[Key]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("action_item.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))  # whose light is red
    month: Mapped[Day | None]  # in which month: its first day
    cause: Mapped[LongText] = mapped_column(default="")
    year: Mapped[Count]
    serial: Mapped[Count]
    issued_on: Mapped[Day]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # to whom
    deadline_on: Mapped[Day | None]  # the item's, which was missed
    late_days: Mapped[Count | None]  # working days past it
    answer_by_on: Mapped[Day]  # of a light: by when the plan is wanted
    at: Mapped[Instant]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_on: Mapped[Day | None]
    answer: Mapped[LongText] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who entered it
    item: Mapped[ActionItem | None] = relationship(lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])
    answered_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[answered_by_id])


class AgendaCarry(Base):
    """An overdue item that was put onto a meeting's agenda by itself: once a meeting, also when it was taken off again."""

    __tablename__ = "agenda_carry"
    __table_args__ = (UniqueConstraint("meeting_id", "item_id"),)

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("action_item.id"), index=True)
    point_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"), index=True)
    made_point: Mapped[Flag]  # the project was not on the agenda before
    at: Mapped[Instant]
    removed_at: Mapped[Instant | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    meeting: Mapped[Meeting] = relationship(lazy="raise_on_sql")
    item: Mapped[ActionItem] = relationship(lazy="raise_on_sql")
    point: Mapped[AgendaItem | None] = relationship(lazy="raise_on_sql")


# The database keeps the history of an item whole, whoever writes: a step follows the one before, the state is what the last one
# says, nobody verifies what he reported himself, and no step is changed. Written out once more in migration 0012.
_LAST = "(SELECT to_state FROM action_step WHERE item_id = {row}.{key} ORDER BY id DESC LIMIT 1)"
_REPORTER = "(SELECT by_id FROM action_step WHERE item_id = new.item_id AND kind = 'finish' ORDER BY id DESC LIMIT 1)"
HISTORY_IS_ROWS = {
    "sqlite": (
        "CREATE TRIGGER action_step_follows BEFORE INSERT ON action_step "
        f"WHEN new.from_state IS NOT {_LAST.format(row='new', key='item_id')} "
        "BEGIN SELECT RAISE(ABORT, 'a step follows the one before'); END",
        "CREATE TRIGGER action_step_by_another BEFORE INSERT ON action_step "
        f"WHEN new.kind = 'verify' AND new.by_id = {_REPORTER} "
        "BEGIN SELECT RAISE(ABORT, 'nobody verifies what he reported'); END",
        "CREATE TRIGGER action_step_fixed BEFORE UPDATE ON action_step "
        "BEGIN SELECT RAISE(ABORT, 'a step never changes'); END",
        "CREATE TRIGGER action_item_state BEFORE UPDATE OF state ON action_item "
        f"WHEN new.state IS NOT old.state AND new.state IS NOT {_LAST.format(row='new', key='id')} "
        "BEGIN SELECT RAISE(ABORT, 'the state is what the last step says'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION action_step_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF new.from_state IS DISTINCT FROM {_LAST.format(row='new', key='item_id')} THEN "
        "RAISE EXCEPTION 'a step follows the one before'; END IF; "
        f"IF new.kind = 'verify' AND new.by_id = {_REPORTER} THEN "
        "RAISE EXCEPTION 'nobody verifies what he reported'; END IF; RETURN new; END $$",
        "CREATE OR REPLACE FUNCTION action_step_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a step never changes'; END $$",
        "CREATE OR REPLACE FUNCTION action_item_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF new.state IS DISTINCT FROM {_LAST.format(row='new', key='id')} THEN "
        "RAISE EXCEPTION 'the state is what the last step says'; END IF; RETURN new; END $$",
        "CREATE TRIGGER action_step_follows BEFORE INSERT ON action_step FOR EACH ROW "
        "EXECUTE FUNCTION action_step_follows()",
        "CREATE TRIGGER action_step_fixed BEFORE UPDATE ON action_step FOR EACH ROW "
        "EXECUTE FUNCTION action_step_fixed()",
        "CREATE TRIGGER action_item_state BEFORE UPDATE OF state ON action_item FOR EACH ROW "
        "WHEN (new.state IS DISTINCT FROM old.state) EXECUTE FUNCTION action_item_state()",
    ),
}


def _for(dialect: str, occasion: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(ActionStep.__table__, occasion, ddl.execute_if(dialect=dialect))


for _dialect, _statements in HISTORY_IS_ROWS.items():
    for _statement in _statements:
        _for(_dialect, "after_create", _statement)
for _name in ("action_step_follows", "action_step_fixed"):
    _for("postgresql", "after_drop", f"DROP FUNCTION IF EXISTS {_name}()")
event.listen(
    ActionItem.__table__,
    "after_drop",
    DDL("DROP FUNCTION IF EXISTS action_item_state()").execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
)
