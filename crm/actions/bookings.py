"""Meetings booked, moved and called off, alone or as a series: a room never holds two, nobody is double booked unknowingly.

Check and booking are one: rooms and people are held (`locking.hold_time`) before their calendars are read, so that of two who
want the same hour in the same second the later one finds the earlier one's meeting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm import policy
from crm.actions import invitations
from crm.actions.locking import hold, hold_all, hold_time
from crm.actions.versions import ensure_fresh
from crm.choices import ActivityState, Reach, Reply, Role, Word, listed
from crm.errors import Clash, RuleBroken
from crm.models import AgendaItem, Attendee, Meeting, MeetingSeries, Minutes, Project, Room, User
from crm.policy import Act, Actor
from crm.queries import settings
from crm.queries.bookings import pattern_of
from crm.queries.engagements import engagements
from crm.queries.meetings import visible_projects
from crm.rules import bookings as rules
from crm.rules import engagements as time_rules
from crm.rules.bookings import BookingDraft, Point
from crm.rules.days import day_of
from crm.rules.engagements import Degree, Span
from crm.rules.recurrence import Occurrence, Pattern, course
from crm.rules.workdays import ONE_DAY

NOT_INVITED = (Role.ADMIN, Role.AUDITOR)  # they look after the system and the books, they do not sit in meetings


class DoubleBooked(Clash):
    """The time is taken; `found` says by what, each with the time that was wanted. `field` is where to mend it."""

    def __init__(self, message: str, found: Sequence[tuple[Span, time_rules.Clash]], field: str) -> None:
        super().__init__(message)
        self.found = found
        self.field = field


@dataclass(frozen=True)
class Booked:
    """What was booked or called off, in order of time; `left` counts times of a series that were changed alone and stay."""

    meetings: list[Meeting]
    left: int = 0
    cancelled: int = 0

    @property
    def first(self) -> Meeting:
        """The first of them."""
        return self.meetings[0]


# ----------------------------------------------------------------------------------------------------------------- booking


def book(session: Session, actor: Actor, draft: BookingDraft, now: datetime) -> Booked:
    """A draft of a meeting, or of every time of a series: it holds room and people, and nobody is told yet.

    Raises RuleBroken for what is missing, DoubleBooked for a room that is taken, and for a person that is, unless somebody who
    may double book says why.
    """
    policy.ensure(actor, Act.BOOK_MEETING)
    _check(session, actor, draft, now)
    times = _times(session, draft)
    _take(session, actor, draft, [_span(draft, begins) for _, begins in times], ())
    series = _new_series(session, actor, draft.pattern, now) if draft.pattern else None
    made = []
    for occurrence, begins in times:
        meeting = _blank(actor, now)
        meeting.series, meeting.series_on = series, occurrence.ruled_on if series else None
        _fill(session, meeting, _at(draft, begins))
        made.append(meeting)
    _set_agenda(session, actor, made[0], draft.agenda)
    made[0].origin_uid, made[0].origin_sequence = draft.origin_uid, draft.origin_sequence
    session.add_all(made)
    session.flush()
    return Booked(made)


def _blank(actor: Actor, now: datetime) -> Meeting:
    return Meeting(
        state=ActivityState.PLANNED, is_draft=True, entered_at=now, changed_at=now, entered_by_id=actor.id, agenda=[],
        invited=[],
    )  # fmt: skip


def _at(draft: BookingDraft, begins: datetime) -> BookingDraft:
    return replace(draft, held_at=begins)


def _span(draft: BookingDraft, begins: datetime, building: str = "") -> Span:
    return Span(begins, begins + timedelta(minutes=draft.minutes), building)


def _times(session: Session, draft: BookingDraft) -> list[tuple[Occurrence, datetime]]:
    """Every time of the draft, in order."""
    if draft.pattern is None:
        day = day_of(draft.held_at)
        return [(Occurrence(day, day), draft.held_at)]
    found = course(draft.pattern, settings.calendar(session))
    if not found.times:
        raise RuleBroken("这样排一次也开不成：每次都在放假日，请改星期几或放假时的办法。", "repeat")
    return [(occurrence, rules.time_of(occurrence, draft)) for occurrence in found.times]


def _new_series(session: Session, actor: Actor, pattern: Pattern, now: datetime) -> MeetingSeries:
    series = MeetingSeries(created_at=now, created_by_id=actor.id)
    _set_rule(series, pattern)
    session.add(series)
    session.flush()
    return series


def _set_rule(series: MeetingSeries, pattern: Pattern) -> None:
    for name in ("repeat", "every", "nth", "off_days", "first_on", "until_on", "times"):
        setattr(series, name, getattr(pattern, name))
    series.weekdays = ",".join(map(str, pattern.on_weekdays))


# ---------------------------------------------------------------------------------------------------------- what is checked


def _check(session: Session, actor: Actor, draft: BookingDraft, now: datetime) -> None:
    found = rules.problem(draft, now)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)
    _check_projects(session, actor, draft)
    _check_people(session, draft)


def _check_projects(session: Session, actor: Actor, draft: BookingDraft) -> None:
    """Those on the agenda are the actor's to bring there, and what is secret is brought before those who may know of it."""
    wanted = {point.project_id for point in draft.agenda if point.project_id is not None}
    rows = select(Project).options(selectinload(Project.members)).where(Project.id.in_(wanted))
    projects = [row for row in session.scalars(rows) if policy.allows(actor, Act.SEE_PROJECT, row)]
    if len(projects) != len(wanted):
        raise RuleBroken("没有找到这个项目，请重新选择。", "agenda")
    for project in projects:
        if not policy.allows(actor, Act.BOOK_MEETING, project):
            values = {"name": project.name, "who": policy.holders(Act.HOLD_MEETING)}
            raise RuleBroken(Word("“%(name)s”不是你名下或本组的项目，请由%(who)s安排。", **values), "agenda")
    for project in projects:
        if project.is_secret:
            ensure_in_the_know(session, project, draft.people_ids)


def ensure_in_the_know(
    session: Session, project: Project, people_ids: Collection[int], field: str = "required_ids"
) -> None:
    """Raise RuleBroken (at `field`) if one of these people may not know of a secret project (`members` loaded)."""
    named = {member.user_id for member in project.members if member.to_on is None}
    others = session.scalars(
        select(User.name).where(User.id.in_(set(people_ids) - named), User.role != Role.LEADER).order_by(User.id)
    ).all()
    if others:
        sentence = Word(
            "“%(name)s”是涉密项目，%(people)s不在知悉范围：请先列为知悉人，或不邀请、不上议程。",
            name=project.name, people=listed(others[:5]),
        )  # fmt: skip
        raise RuleBroken(sentence, field)


def _check_people(session: Session, draft: BookingDraft) -> None:
    known = set(
        session.scalars(
            select(User.id).where(
                User.id.in_(draft.people_ids), User.is_active.is_(True), User.role.not_in(NOT_INVITED)
            )
        )
    )
    for field, ids in (
        ("chair_id", {draft.chair_id}), ("secretary_id", {draft.secretary_id}), ("required_ids", set(draft.required_ids)),
        ("optional_ids", set(draft.optional_ids)),
    ):  # fmt: skip
        if ids - {None} - known:
            raise RuleBroken("有人已停用或不能参会，请重新选择。", field)


def _take(session: Session, actor: Actor, draft: BookingDraft, spans: Sequence[Span], but: Collection[int]) -> None:
    """Hold room and people and see that their time is free; raises DoubleBooked where it is not."""
    room_ids = [draft.room_id] if draft.room_id is not None else []
    rooms = hold_time(session, room_ids, draft.people_ids)
    if room_ids and not any(room.is_active for room in rooms):
        raise RuleBroken("这间会议室不在用，请换一间。", "room_id")
    found = against(session, actor, draft, spans, but)
    in_the_way = [(span, clash) for span, clash in found if clash.holder.is_room]
    if in_the_way:
        name = rooms[0].name
        raise DoubleBooked(
            Word("“%(room)s”在 %(when)s 已被占用，请换时间或会议室。", room=name, when=_when(in_the_way)),
            in_the_way,
            "room_id",
        )
    needed = draft.needed_ids
    hard = [(span, clash) for span, clash in found if clash.degree is Degree.HARD and clash.holder.id in needed]
    if hard and not (draft.reason and policy.can(actor, Act.DOUBLE_BOOK)):
        raise DoubleBooked(_people_sentence(session, actor, hard), hard, "reason")


def _when(found: Sequence[tuple[Span, time_rules.Clash]]) -> str:
    return rules.when(found[0][0].starts_at, found[0][0].ends_at)


def _people_sentence(session: Session, actor: Actor, hard: Sequence[tuple[Span, time_rules.Clash]]) -> Word:
    ids = {clash.holder.id for _, clash in hard}
    names = session.scalars(select(User.name).where(User.id.in_(ids)).order_by(User.id)).all()
    values = {"people": listed(names[:5]), "when": _when(hard)}
    if policy.can(actor, Act.DOUBLE_BOOK):
        return Word("%(people)s在 %(when)s 已有安排；确需同时安排的，请写明理由。", **values)
    holders = policy.holders(Act.DOUBLE_BOOK)
    return Word(
        "%(people)s在 %(when)s 已有安排，请换时间或换人；确需同时安排的，由%(who)s说明理由后办理。",
        who=holders,
        **values,
    )


def against(
    session: Session, actor: Actor, draft: BookingDraft, spans: Sequence[Span], but: Collection[int] = ()
) -> list[tuple[Span, time_rules.Clash]]:
    """What stands against the draft's people and room at these times; the page asks the same while somebody types."""
    travel = settings.current(session).travel
    building = building_of(session, draft)
    asked = [Span(span.starts_at, span.ends_at, building) for span in spans]
    first = min(span.starts_at for span in asked) - travel
    last = max(span.ends_at for span in asked) + travel
    rooms = [draft.room_id] if draft.room_id is not None else []
    taken = engagements(session, actor, draft.people_ids, rooms, first, last, but)
    return [(span, clash) for span, found in time_rules.clashes_of(asked, taken, travel) for clash in found]


def building_of(session: Session, draft: BookingDraft) -> str:
    """Where one has to be for it: the building of the room, else the place; nowhere for a meeting held only online."""
    if draft.room_id is None:
        return draft.place
    room = session.get(Room, draft.room_id)
    return (room.building or room.name) if room else draft.place


# --------------------------------------------------------------------------------------------------------------- filling in

_PLAIN = (
    "kind", "title", "held_at", "ends_at", "room_id", "online_url", "chair_id", "secretary_id", "attendees", "summary",
)  # fmt: skip


def _fill(session: Session, meeting: Meeting, draft: BookingDraft) -> None:
    """Everything but the agenda."""
    for name in _PLAIN:
        setattr(meeting, name, getattr(draft, name))
    room = session.get(Room, draft.room_id) if draft.room_id is not None else None
    meeting.place = room.name if room else draft.place
    meeting.clash_reason = draft.reason
    _invite(meeting, draft)


def _invite(meeting: Meeting, draft: BookingDraft) -> None:
    """Those invited; who stays keeps his row, and with it his answer."""
    ours = {attendee.user_id: attendee for attendee in meeting.invited if attendee.user_id is not None}
    others = {
        (attendee.name, attendee.unit, attendee.email): attendee
        for attendee in meeting.invited
        if attendee.user_id is None
    }
    needed, invited = draft.needed_ids, []
    for user_id in dict.fromkeys((*sorted(needed), *draft.optional_ids)):
        attendee = ours.get(user_id) or Attendee(user_id=user_id)
        attendee.is_required = user_id in needed
        invited.append(attendee)
    for person in dict.fromkeys(draft.outside):
        key = (person.name, person.unit, person.email)
        invited.append(others.get(key) or Attendee(name=person.name, unit=person.unit, email=person.email))
    meeting.invited = invited


def _set_agenda(session: Session, actor: Actor, meeting: Meeting, points: Iterable[Point]) -> None:
    """The points in order; what was written on one is kept with it, and so are projects that the actor cannot see."""
    kept = {_known_by(item.project_id, item.title): item for item in meeting.agenda}
    seen = visible_projects(session, actor, [item.project_id for item in meeting.agenda])
    unseen = [item for item in meeting.agenda if item.project_id is not None and item.project_id not in seen]
    agenda = []
    for rank, point in enumerate(points, 1):
        item = kept.pop(_known_by(point.project_id, point.title), None) or AgendaItem(project_id=point.project_id)
        item.rank, item.title = rank, point.title
        item.length_minutes, item.notes = point.length_minutes, point.notes
        agenda.append(item)
    written = [item for item in kept.values() if item not in unseen and (item.situation or item.conclusion)]
    for rank, item in enumerate((*written, *unseen), len(agenda) + 1):
        item.rank = rank
    meeting.agenda = [*agenda, *written, *unseen]


def _known_by(project_id: int | None, title: str) -> tuple[int | None, str]:
    return (project_id, "" if project_id is not None else title)


# ------------------------------------------------------------------------------------------------- changing and calling off


def change(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    draft: BookingDraft,
    version: int | None,
    now: datetime,
    reach: Reach = Reach.THIS,
) -> Booked:
    """Change a booked meeting (as `queries.meetings.whole` loads it), bring a called off one back, or change its series.

    Of a series, times that were changed alone or are over stay as they are; the agenda is each time's own. Those invited are
    told of what changed, several changes within a short time as one. Raises as `book` does, and Clash for a stale `version`.
    """
    ensure_may_change(session, actor, meeting)
    alone = meeting.series is None or reach is Reach.THIS
    rows = _held(session, meeting, version, now, Reach.THIS if alone else reach)
    if meeting.state is ActivityState.DONE:
        raise RuleBroken("会议已经开过，请用“修改”更正记录。")
    _check(session, actor, draft, now)
    if draft.origin_uid and draft.origin_uid == meeting.origin_uid:
        meeting.origin_sequence = max(meeting.origin_sequence, draft.origin_sequence)
    if alone:
        return _change_one(session, actor, meeting, replace(draft, pattern=None), now)
    return _change_series(session, actor, meeting, rows, draft, now, reach)


def ensure_may_change(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Who holds meetings, who made it, who keeps its minutes."""
    policy.ensure(actor, Act.BOOK_MEETING)
    policy.ensure_row(session, actor, Act.BOOK_MEETING, meeting)


def _held(
    session: Session, meeting: Meeting, version: int | None, now: datetime, reach: Reach, *, exceptions: bool = False
) -> list[Meeting]:
    """Hold what is changed: the meeting, or its series and the times that are reached. Raises Clash for a stale version."""
    if meeting.series is None or reach is Reach.THIS:
        hold(session, meeting)
        rows = [meeting]
    else:
        hold(session, meeting.series)  # first, so that two who change one series wait for each other here
        rows = _times_of_series(session, meeting, reach, now, exceptions)
    ensure_fresh(session, meeting, version)
    return rows


def _change_one(session: Session, actor: Actor, meeting: Meeting, draft: BookingDraft, now: datetime) -> Booked:
    _take(session, actor, draft, [_span(draft, draft.held_at)], [meeting.id])
    _rewrite(session, actor, meeting, draft, now, alone=meeting.series_id is not None)
    _set_agenda(session, actor, meeting, draft.agenda)
    session.flush()
    return Booked([meeting])


def _rewrite(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    draft: BookingDraft,
    now: datetime,
    *,
    alone: bool,
    quiet: bool = False,
) -> None:
    """Write the draft into a meeting that stands, and have those invited told; `quiet` where somebody else tells."""
    before = invitations.standing(meeting)
    meeting.state = ActivityState.PLANNED
    _fill(session, meeting, draft)
    meeting.is_exception = meeting.is_exception or alone
    _after_change(session, actor, meeting, before, now, quiet=quiet)


def _after_change(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    before: invitations.Standing,
    now: datetime,
    *,
    quiet: bool = False,
) -> None:
    meeting.changed_at = now
    session.flush()
    moved = any(before.known[name] != rules.known(meeting)[name] for name in ("held_at", "ends_at"))
    if moved:
        for attendee in meeting.invited:
            attendee.response, attendee.responded_at = Reply.NONE, None
    if not meeting.is_draft and before.known != rules.known(meeting):
        meeting.sequence += 1
    if not quiet:
        invitations.tell_change(session, actor, meeting, before, now)


def cancel(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    version: int | None,
    now: datetime,
    reach: Reach = Reach.THIS,
) -> Booked:
    """Call a meeting off, or the times of its series that are still to come; room and people are free again.

    One that was recorded by mistake is taken back the same way: the row stays and counts no more.
    """
    ensure_may_change(session, actor, meeting)
    gone = _held(session, meeting, version, now, reach, exceptions=True)
    if meeting.state is ActivityState.CANCELLED:
        raise Clash("这次会议已经取消。")
    if meeting.state is ActivityState.DONE:
        policy.ensure(actor, Act.HOLD_MEETING)  # what was held counts; taking it back is for those who record it
        _ensure_no_minutes(session, meeting)
    meeting.is_exception = meeting.series_id is not None and reach is Reach.THIS
    for each in gone:
        _call_off(session, actor, each, now, quiet=len(gone) > 1)
    if len(gone) > 1:
        invitations.tell_series(session, actor, gone, now)
    session.flush()
    return Booked(gone)


def _ensure_no_minutes(session: Session, meeting: Meeting) -> None:
    if session.scalar(select(Minutes.id).where(Minutes.meeting_id == meeting.id).limit(1)) is not None:
        raise RuleBroken("会议纪要已送确认或已印发，不能取消这次会议；还没有印发的，先撤回纪要。")


def _call_off(session: Session, actor: Actor, meeting: Meeting, now: datetime, *, quiet: bool) -> None:
    before = invitations.standing(meeting)
    meeting.state = ActivityState.CANCELLED
    _after_change(session, actor, meeting, before, now, quiet=quiet)


# ------------------------------------------------------------------------------------------------------------------ series


def _times_of_series(
    session: Session, meeting: Meeting, reach: Reach, now: datetime, exceptions: bool
) -> list[Meeting]:
    """The times still to come that a change reaches, with the one it was made on; held, in order of time."""
    rows = (
        select(Meeting)
        .where(Meeting.series_id == meeting.series_id, Meeting.state == ActivityState.PLANNED, Meeting.held_at >= now)
        .options(selectinload(Meeting.invited), selectinload(Meeting.agenda))
    )
    if reach is Reach.FOLLOWING:
        rows = rows.where(Meeting.series_on >= meeting.series_on)
    found = {row for row in session.scalars(rows) if exceptions or not row.is_exception}
    hold_all(session, *{*found, meeting})
    still = {row for row in found if row.state is ActivityState.PLANNED and row.deleted_at is None}
    return sorted({*still, meeting}, key=lambda row: (row.held_at, row.id))


def _change_series(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    rows: list[Meeting],
    draft: BookingDraft,
    now: datetime,
    reach: Reach,
) -> Booked:
    """Lay the rule anew from here on: times that keep their day stay, the others move in order, too many are called off."""
    assert meeting.series is not None and meeting.series_on is not None
    pattern = _continued(meeting, draft, rows)
    alone = _exceptions(session, meeting, rows)
    laid = _times(session, replace(draft, pattern=pattern))
    times = [(occurrence, begins) for occurrence, begins in laid if begins >= now and occurrence.ruled_on not in alone]
    if not times:
        raise RuleBroken("这样改，以后一次也开不成；要停开，请用“取消会议”。", "until_on")
    _take(session, actor, draft, [_span(draft, begins) for _, begins in times], [row.id for row in rows])
    series = _series_for(session, actor, meeting, pattern, reach, now)
    kept = _paired(rows, times)
    result = []
    for occurrence, begins in times:
        row = kept.get(occurrence)
        wanted = _at(draft, begins)
        if row is None:
            row = _blank(actor, now)
            row.is_draft = meeting.is_draft
            _fill(session, row, wanted)
            session.add(row)
        else:
            _rewrite(session, actor, row, wanted, now, alone=False, quiet=True)
        row.series, row.series_on = series, occurrence.ruled_on
        result.append(row)
    surplus = [row for row in rows if row not in result]
    for row in surplus:
        _call_off(session, actor, row, now, quiet=True)
    _set_agenda(session, actor, meeting if meeting in result else result[0], draft.agenda)
    session.flush()
    invitations.tell_series(session, actor, [*result, *surplus], now)
    return Booked(result, len(alone), len(surplus))


def _continued(meeting: Meeting, draft: BookingDraft, rows: Sequence[Meeting]) -> Pattern:
    """The rule the form states (without one that of before, to its last day), from the first time that is reached.

    Another day for the meeting that is open takes the days of the week along, unless others were chosen.
    """
    assert meeting.series is not None
    before = pattern_of(meeting.series)
    days = [row.series_on for row in rows if row.series_on is not None]
    pattern = draft.pattern or replace(before, until_on=max(days), times=None)
    shift = day_of(draft.held_at) - day_of(meeting.held_at)
    weekdays = pattern.on_weekdays
    if shift and weekdays == before.on_weekdays:
        weekdays = tuple(sorted((weekday + shift.days) % 7 for weekday in weekdays))
    return replace(pattern, first_on=min(days) + shift, weekdays=weekdays)


def _exceptions(session: Session, meeting: Meeting, rows: Sequence[Meeting]) -> frozenset[object]:
    """The days of the rule for which a time stands that was changed, or called off, alone."""
    others = select(Meeting.series_on).where(
        Meeting.series_id == meeting.series_id,
        Meeting.id.not_in([row.id for row in rows]),
        Meeting.is_exception.is_(True),
    )
    return frozenset(session.scalars(others))


def _series_for(
    session: Session, actor: Actor, meeting: Meeting, pattern: Pattern, reach: Reach, now: datetime
) -> MeetingSeries:
    """The series itself, or a new one for what follows where its rule differs from what was before."""
    series = meeting.series
    assert series is not None
    before = pattern_of(series)
    same = replace(before, first_on=pattern.first_on, until_on=pattern.until_on, times=pattern.times)
    if reach is Reach.ALL or same == replace(pattern, weekdays=pattern.on_weekdays):
        _set_rule(series, replace(pattern, first_on=min(before.first_on, pattern.first_on)))
        return series
    assert meeting.series_on is not None
    series.until_on, series.times = meeting.series_on - ONE_DAY, None
    return _new_series(session, actor, pattern, now)


def _paired(rows: Sequence[Meeting], times: Sequence[tuple[Occurrence, datetime]]) -> dict[Occurrence, Meeting]:
    """Which row becomes which time: those that keep their day first, the rest in order."""
    by_day = {row.series_on: row for row in rows}
    kept = {occurrence: by_day[occurrence.ruled_on] for occurrence, _ in times if occurrence.ruled_on in by_day}
    used = {row.id for row in kept.values()}
    rest = iter([row for row in rows if row.id not in used])
    for occurrence, _ in times:
        if occurrence not in kept and (row := next(rest, None)) is not None:
            kept[occurrence] = row
    return kept


# ------------------------------------------------------------------------------------------------------ out of the trash


def give_up_room(session: Session, meeting: Meeting) -> None:
    """A meeting that comes back from the trash leaves its room to whoever has booked it meanwhile; the place is still said."""
    if meeting.room_id is None or meeting.state is not ActivityState.PLANNED:
        return
    hold_time(session, [meeting.room_id], [])
    taken = select(Meeting.id).where(
        Meeting.room_id == meeting.room_id,
        Meeting.id != meeting.id,
        Meeting.state != ActivityState.CANCELLED,
        Meeting.held_at < meeting.ends_at,
        Meeting.ends_at > meeting.held_at,
    )
    if session.scalar(taken.limit(1)) is not None:
        meeting.room_id = None
