"""Meetings: rooms, series, meetings with those invited and their agenda, and who is away when."""

from __future__ import annotations

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import (
    AbsenceKind,
    ActivityState,
    FeedKind,
    IssueClass,
    MailKind,
    MeetingKind,
    MinutesDeed,
    MinutesState,
    OffDay,
    Presence,
    Repeat,
    Reply,
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
    ShortText,
    Trashable,
    trash_index,
    word,
)
from crm.schema.people import User
from crm.schema.register import Project


class Room(Base):
    """A room that is booked: it never holds two meetings at once. One given up is closed, never deleted."""

    __tablename__ = "room"
    __table_args__ = (CheckConstraint("capacity > 0", name="holds_somebody"),)

    id: Mapped[Key]
    name: Mapped[ShortText] = mapped_column(unique=True)
    building: Mapped[ShortText] = mapped_column(default="")  # between rooms of one building nobody travels
    capacity: Mapped[Count]
    equipment: Mapped[ShortText] = mapped_column(default="")
    is_active: Mapped[Flag] = mapped_column(default=True)
    rank: Mapped[Count] = mapped_column(default=0)


class MeetingSeries(Base):
    """How a meeting repeats. Each occurrence is a meeting of its own, which keeps the day the rule gave it (ADR 16)."""

    __tablename__ = "meeting_series"

    id: Mapped[Key]
    repeat: Mapped[Repeat] = mapped_column(word(Repeat))
    every: Mapped[Count] = mapped_column(default=1)
    weekdays: Mapped[Code] = mapped_column(default="")  # "0,2": Monday and Wednesday
    nth: Mapped[Count] = mapped_column(default=1)  # of the month; -1 is the last
    off_days: Mapped[OffDay] = mapped_column(word(OffDay), default=OffDay.AFTER)
    first_on: Mapped[Day]
    until_on: Mapped[Day | None]
    times: Mapped[Count | None]
    created_at: Mapped[Instant]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Meeting(Trashable, Base):
    """A coordination meeting over one or several projects (domain.md §3.6): booked, held, or called off.

    A draft holds its room and its people, but nobody was told of it. `told` is what those invited know of it.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_kind", "kind", "held_at"),
        Index("ix_meeting_held", "held_at", "ends_at"),
        Index("ix_meeting_room", "room_id", "held_at"),
        Index("ix_meeting_series", "series_id", "series_on"),
        CheckConstraint("ends_at > held_at", name="ends_after_it_begins"),
        trash_index("meeting"),
    )

    id: Mapped[Key]
    kind: Mapped[MeetingKind] = mapped_column(word(MeetingKind))
    state: Mapped[ActivityState] = mapped_column(word(ActivityState), default=ActivityState.DONE)
    is_draft: Mapped[Flag] = mapped_column(default=False)
    title: Mapped[ShortText]
    held_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    place: Mapped[ShortText] = mapped_column(default="")  # the name of the room, or where it is without one
    online_url: Mapped[LongText] = mapped_column(default="")
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    secretary_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    attendees: Mapped[LongText] = mapped_column(default="")  # in words: units, and whoever has no row below
    minutes_number: Mapped[ShortText] = mapped_column(default="")
    minutes_state: Mapped[MinutesState] = mapped_column(word(MinutesState), default=MinutesState.DRAFT)
    summary: Mapped[LongText] = mapped_column(default="")
    copies_to: Mapped[LongText] = mapped_column(default="")  # 抄送 of its minutes
    series_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_series.id"))
    series_on: Mapped[Day | None]  # the day the rule of its series gave
    is_exception: Mapped[Flag] = mapped_column(default=False)  # changed alone: changes of the series pass it by
    clash_reason: Mapped[ShortText] = mapped_column(default="")  # why somebody is double booked all the same
    sequence: Mapped[Count] = mapped_column(default=0)  # SEQUENCE of RFC 5545: raised by each change of when and where
    told: Mapped[Document | None]
    told_at: Mapped[Instant | None]  # when those invited were first told of the change under way
    told_times: Mapped[Count] = mapped_column(default=0)
    origin_uid: Mapped[ShortText] = mapped_column(default="", index=True)  # UID of the invitation it was read from
    origin_sequence: Mapped[Count] = mapped_column(default=0)
    changed_at: Mapped[Instant | None]
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[Count] = mapped_column(default=1)
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    series: Mapped[MeetingSeries | None] = relationship(lazy="raise_on_sql")
    chair: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[chair_id])
    secretary: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[secretary_id])
    invited: Mapped[list[Attendee]] = relationship(
        back_populates="meeting", lazy="raise", order_by="Attendee.id", cascade="all, delete-orphan"
    )
    agenda: Mapped[list[AgendaItem]] = relationship(
        back_populates="meeting", lazy="raise", order_by="AgendaItem.rank", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}


class Attendee(Base):
    """Somebody invited: one of ours (chair and secretary too), or a person from outside by name, unit and address."""

    __tablename__ = "attendee"
    __table_args__ = (UniqueConstraint("meeting_id", "user_id"), Index("ix_attendee_user", "user_id", "meeting_id"))

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    name: Mapped[ShortText] = mapped_column(default="")  # of a person from outside
    unit: Mapped[ShortText] = mapped_column(default="")
    email: Mapped[ShortText] = mapped_column(default="")
    is_required: Mapped[Flag] = mapped_column(default=True)
    response: Mapped[Reply] = mapped_column(word(Reply), default=Reply.NONE)
    responded_at: Mapped[Instant | None]
    note: Mapped[ShortText] = mapped_column(default="")  # what was said with the answer
    presence: Mapped[Presence | None] = mapped_column(word(Presence))
    stand_in: Mapped[ShortText] = mapped_column(default="")  # who came in his place
    meeting: Mapped[Meeting] = relationship(back_populates="invited", lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql")


class AgendaItem(Base):
    """A point of a meeting's agenda, mostly a project: how long it takes, what was found and decided.

    What is left unfinished goes on to one later meeting, and only once: that one's item names it in `carried_from_id`.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        Index("ix_agenda_item_project", "project_id"),
        Index("ix_agenda_item_carried", "carried_from_id", unique=True),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    rank: Mapped[Count] = mapped_column(default=0)
    title: Mapped[ShortText] = mapped_column(default="")
    length_minutes: Mapped[Count | None]
    notes: Mapped[LongText] = mapped_column(default="")  # written before the meeting
    issue_class: Mapped[IssueClass] = mapped_column(word(IssueClass), default=IssueClass.OTHER)
    situation: Mapped[LongText] = mapped_column(default="")
    conclusion: Mapped[LongText] = mapped_column(default="")
    is_deferred: Mapped[Flag] = mapped_column(default=False)  # 移交下次, whatever was concluded so far
    carried_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("agenda_item.id")
    )  # left unfinished by an earlier one
    version: Mapped[Count] = mapped_column(default=1)
    meeting: Mapped[Meeting] = relationship(back_populates="agenda", lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}


class Minutes(Base):
    """An edition of a meeting's minutes, from when it is sent to the chair; one that comes back is taken away again.

    `facts` are what the chair reads (JSON as rules/minutes.py writes it); issuing adds number and day, and from then on the row
    never changes: crm/guards.py and a trigger see to it. A correction is a later edition under the same number.
    """

    __tablename__ = "minutes"
    __table_args__ = (
        UniqueConstraint("meeting_id", "edition"),
        UniqueConstraint("year", "number", "edition"),
        CheckConstraint(
            "issued_at IS NULL OR (number IS NOT NULL AND year IS NOT NULL AND digest <> '' AND confirmed_at IS NOT NULL)",
            name="issued_is_whole",
        ),
        CheckConstraint("edition = 1 OR reason <> ''", name="correction_has_reason"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    edition: Mapped[Count] = mapped_column(default=1)
    reason: Mapped[LongText] = mapped_column(default="")  # of a correction
    facts: Mapped[LongText] = mapped_column(deferred=True)
    sent_at: Mapped[Instant]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[Instant | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    year: Mapped[Count | None]  # of the day of issue in China: minutes are numbered within it
    number: Mapped[Count | None]
    issued_on: Mapped[Day | None]
    issued_at: Mapped[Instant | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    digest: Mapped[Code] = mapped_column(default="")  # SHA-256 of the facts as issued, hexadecimal
    sent_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[sent_by_id])
    confirmed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[confirmed_by_id])
    issued_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[issued_by_id])


class MinutesStep(Base):
    """What was done with a meeting's minutes, by whom and why; rows are only ever added."""

    __tablename__ = "minutes_step"
    __table_args__ = (Index("ix_minutes_step_meeting", "meeting_id", "id"),)

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    edition: Mapped[Count]
    deed: Mapped[MinutesDeed] = mapped_column(word(MinutesDeed))
    reason: Mapped[LongText] = mapped_column(default="")
    at: Mapped[Instant]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="raise_on_sql")


class Absence(Base):
    """Somebody of ours is away: a trip, a leave. Why is his own business and that of a few (policy.Act.SEE_LEAVE)."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_user", "user_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[AbsenceKind] = mapped_column(word(AbsenceKind))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    note: Mapped[ShortText] = mapped_column(default="")
    entered_at: Mapped[Instant]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    cancelled_at: Mapped[Instant | None]
    user: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])


class Feed(Base):
    """A secret address that shows a calendar to the owner's own program, by the owner's rights; only its digest is kept."""

    __tablename__ = "feed"

    id: Mapped[Key]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[FeedKind] = mapped_column(word(FeedKind))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    token_digest: Mapped[Code] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    person: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")


class OutgoingMail(Base):
    """A mail about a meeting that is to be sent once its changes have settled; what it says is made when it goes out."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_due", "sent_at", "due_at"),)

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id", ondelete="SET NULL"), index=True)
    kind: Mapped[MailKind] = mapped_column(word(MailKind))
    of_series: Mapped[Flag] = mapped_column(default=False)  # it speaks of every time still to come
    to_name: Mapped[ShortText]
    to_address: Mapped[ShortText]
    due_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    attempts: Mapped[Count] = mapped_column(default=0)
    error: Mapped[ShortText] = mapped_column(default="")
    meeting: Mapped[Meeting] = relationship(lazy="raise_on_sql")
    attendee: Mapped[Attendee | None] = relationship(lazy="raise_on_sql")


# Minutes that were issued do not change, whoever writes to the table. Written out once more in migration 0011.
ISSUED_IS_FIXED = {
    "sqlite": (
        "CREATE TRIGGER minutes_fixed BEFORE UPDATE ON minutes WHEN old.issued_at IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'issued minutes never change'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION minutes_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'issued minutes never change'; END $$",
        "CREATE TRIGGER minutes_fixed BEFORE UPDATE ON minutes FOR EACH ROW WHEN (old.issued_at IS NOT NULL) "
        "EXECUTE FUNCTION minutes_fixed()",
    ),
}


def _for(dialect: str, occasion: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(Minutes.__table__, occasion, ddl.execute_if(dialect=dialect))


for _dialect, _statements in ISSUED_IS_FIXED.items():
    for _statement in _statements:
        _for(_dialect, "after_create", _statement)
_for("postgresql", "after_drop", "DROP FUNCTION IF EXISTS minutes_fixed()")
