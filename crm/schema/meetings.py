"""Meetings: rooms, series, meetings with those invited and their agenda, and who is away when."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.choices import (
    AbsenceKind,
    ActivityState,
    FeedKind,
    IssueClass,
    MailKind,
    MeetingKind,
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
    meeting: Mapped[Meeting] = relationship(back_populates="invited", lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql")


class AgendaItem(Base):
    """A point of a meeting's agenda, mostly a project: how long it takes, what was found and decided."""

    __tablename__ = "agenda_item"
    __table_args__ = (Index("ix_agenda_item_project", "project_id"),)

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
    carried_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("agenda_item.id")
    )  # left unfinished by an earlier one
    meeting: Mapped[Meeting] = relationship(back_populates="agenda", lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")


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
