"""Meetings as other programs' calendars show them, and the secret addresses where they fetch them.

What leaves the application leaves its sign-in behind, so less is said than on the pages: what the reader may not see is taken
time without a word; of a meeting over a secret project (涉密) even who may see it is told no more than when and in which room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActivityState, FeedKind, Role
from crm.icalendars import Entry, uid_of
from crm.models import AgendaItem, Attendee, Feed, Meeting, Project, Room, User
from crm.policy import Act, Actor
from crm.queries.calendar import AROUND, TAKEN, Scope, of_scope
from crm.queries.meetings import visible_projects
from crm.rules.days import start_of
from crm.rules.invitations import Person
from crm.rules.workdays import ONE_DAY

BEFORE, AFTER = timedelta(days=180), timedelta(days=2 * 366)  # what a feed shows around today
REMINDED = timedelta(minutes=15)
CLOSED = "会议（涉密，登录后查看）"

Link = Callable[[int], str]  # the address of a meeting's page, by its key


@dataclass(frozen=True)
class Sight:
    """A meeting as far as somebody may know it."""

    meeting: Meeting
    is_seen: bool
    is_secret: bool  # whoever sees it


def _sighted(session: Session, rows: Select[tuple[Meeting, int, int]]) -> list[Sight]:
    found: Sequence[Any] = session.execute(rows).unique().all()
    return [Sight(meeting, bool(seen), bool(secret)) for meeting, seen, secret in found]


# -------------------------------------------------------------------------------------------------------------- the meetings


def window(today: date) -> tuple[date, date]:
    """The first and the last day that a feed shows."""
    return today - BEFORE, today + AFTER


def entries(
    session: Session, actor: Actor, scope: Scope, first: date, last: date, link: Link | None = None
) -> list[Entry]:
    """The meetings of some days, both included, in order of time, by the actor's rights; five statements at most.

    Drafts only for those who prepare them. In a person's or a room's calendar what the actor may not know is taken time.
    """
    rows = _sights(actor, first, last, masked=scope.masks).where(*of_scope(scope))
    sights = _sighted(session, rows)
    return _entries(session, actor, sights, link, alarm=scope.person_id == actor.id)


def entry(session: Session, actor: Actor, meeting_id: int, link: Link | None = None) -> Entry | None:
    """One meeting, or None where the actor may not see it."""
    rows = _whole(actor).where(Meeting.id == meeting_id, policy.rows(actor, Act.SEE_MEETING, Meeting))
    sights = _sighted(session, rows)
    return next(iter(_entries(session, actor, sights, link, alarm=True)), None)


def mailed(session: Session, meeting_id: int) -> Meeting | None:
    """A meeting that a mail is about, whoever may see it; none that was deleted."""
    rows = _whole(bystander()).where(Meeting.id == meeting_id)
    return next((sight.meeting for sight in _sighted(session, rows)), None)


def series_mailed(session: Session, meeting: Meeting, now: datetime) -> list[Meeting]:
    """The times of a meeting's series that are not over and were told of, those called off too."""
    rows = _whole(bystander()).where(
        Meeting.series_id == meeting.series_id, Meeting.ends_at > now, Meeting.is_draft.is_(False)
    )
    return [sight.meeting for sight in _sighted(session, rows)]


def entry_for(session: Session, meeting: Meeting, reader: Actor | None, link: Link | None) -> Entry | None:
    """What a mail says of a meeting: to somebody of ours by his rights, None where he may not see it; to who is from outside
    (no `reader`) without the agenda and without our page."""
    if reader is not None:
        return entry(session, reader, meeting.id, link)
    rows = _whole(bystander()).where(Meeting.id == meeting.id)
    sights = [replace(sight, is_seen=True) for sight in _sighted(session, rows)]
    found = _entries(session, bystander(), sights, None, alarm=True, is_outside=True)
    return next(iter(found), None)


def _whole(actor: Actor) -> Select[tuple[Meeting, int, int]]:
    # The bare tables: a deleted secret project keeps what it closed.
    items, projects = AgendaItem.__table__, Project.__table__
    secret = exists(
        select(items.c.id)
        .join(projects, projects.c.id == items.c.project_id)
        .where(items.c.meeting_id == Meeting.id, projects.c.is_secret.is_(True))
        .correlate(Meeting)
    )
    seen = policy.rows(actor, Act.SEE_MEETING, Meeting)
    return (
        select(Meeting, case((seen, 1), else_=0), case((secret, 1), else_=0))
        .options(
            joinedload(Meeting.room),
            joinedload(Meeting.chair),
            joinedload(Meeting.secretary),
            selectinload(Meeting.agenda).joinedload(AgendaItem.project),
            selectinload(Meeting.invited).joinedload(Attendee.user),
        )
        .order_by(Meeting.held_at, Meeting.id)
    )


def _sights(actor: Actor, first: date, last: date, *, masked: bool) -> Select[tuple[Meeting, int, int]]:
    begins, ends = start_of(first), start_of(last + ONE_DAY)
    rows = _whole(actor).where(
        Meeting.held_at > begins - AROUND,
        Meeting.held_at < ends,
        Meeting.ends_at > begins,
        or_(Meeting.state != ActivityState.CANCELLED, Meeting.is_draft.is_(False)),
    )
    if masked:  # time that is free again, and what is only thought of, is no taken time for others
        seen = policy.rows(actor, Act.SEE_MEETING, Meeting)
        return rows.where(or_(seen, Meeting.state != ActivityState.CANCELLED))
    return rows.where(policy.rows(actor, Act.SEE_MEETING, Meeting))


def _entries(
    session: Session, actor: Actor, sights: Sequence[Sight], link: Link | None, *, alarm: bool, is_outside: bool = False
) -> list[Entry]:
    meetings = [sight.meeting for sight in sights if sight.is_seen]
    seen = visible_projects(session, actor, [item.project_id for meeting in meetings for item in meeting.agenda])
    makers = _makers(session, {meeting.entered_by_id for meeting in meetings})
    return [_entry(sight, seen, makers, link, alarm=alarm, is_outside=is_outside) for sight in sights]


def _makers(session: Session, ids: Collection[int | None]) -> dict[int, Person]:
    rows = select(User.id, User.name, User.email).where(User.id.in_({key for key in ids if key is not None}))
    return {key: Person(name, email, f"user:{key}") for key, name, email in session.execute(rows)}


def _entry(
    sight: Sight,
    seen: Collection[int],
    makers: dict[int, Person],
    link: Link | None,
    *,
    alarm: bool,
    is_outside: bool,
) -> Entry:
    meeting = sight.meeting
    changed_at = max([meeting.changed_at or meeting.entered_at, *_answered(meeting)])
    planned = meeting.state is ActivityState.PLANNED
    taken = Entry(
        uid=uid_of(meeting.id, meeting.entered_at), title=str(TAKEN), begins=meeting.held_at, ends=meeting.ends_at,
        made_at=meeting.entered_at, changed_at=changed_at, sequence=meeting.sequence, status=status_of(meeting),
        alarm=REMINDED if alarm and planned else None, is_private=True,
    )  # fmt: skip
    if not sight.is_seen:
        return taken
    off = (
        "已取消：" if meeting.state is ActivityState.CANCELLED else ""
    )  # in words, for programs that do not know STATUS
    address = link(meeting.id) if link else ""
    if sight.is_secret:
        room = meeting.room.name if meeting.room else ""
        said = f"详情：{address}" if address else ""
        return replace(taken, title=f"{off}{CLOSED}", place=room, link=address, description=said)
    return replace(
        taken, title=f"{off}{meeting.title}", place=meeting.place, url=meeting.online_url, link=address,
        description=described(meeting, None if is_outside else seen, address), category=meeting.kind.label,
        organizer=_organizer(meeting, makers),
        people=tuple(_people(meeting)), is_asking=planned and not meeting.is_draft, is_private=False,
    )  # fmt: skip


def status_of(meeting: Meeting) -> str:
    """STATUS: called off, a draft, or on."""
    if meeting.state is ActivityState.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if meeting.is_draft else "CONFIRMED"


def _answered(meeting: Meeting) -> Iterable[datetime]:
    return (attendee.responded_at for attendee in meeting.invited if attendee.responded_at is not None)


def _organizer(meeting: Meeting, makers: dict[int, Person]) -> Person | None:
    """Who arranged it, else who keeps its minutes or chairs it."""
    if meeting.entered_by_id in makers:
        return makers[meeting.entered_by_id]
    head = meeting.secretary or meeting.chair
    return Person(head.name, head.email, f"user:{head.id}") if head else None


def _people(meeting: Meeting) -> Iterable[Person]:
    """Those invited, and the chair in any case. The addresses of people from outside are theirs: they go into no calendar."""
    invited = {attendee.user_id for attendee in meeting.invited}
    if meeting.chair is not None and meeting.chair_id not in invited:
        yield Person(meeting.chair.name, meeting.chair.email, f"user:{meeting.chair_id}", is_chair=True)
    for attendee in meeting.invited:
        user = attendee.user
        key = f"user:{user.id}" if user else f"attendee:{attendee.id}"
        name, address = (user.name, user.email) if user else (attendee.name, "")
        chairs = user is not None and user.id == meeting.chair_id
        yield Person(name, address, key, attendee.response, attendee.is_required, chairs)


def described(meeting: Meeting, seen: Collection[int] | None, address: str = "") -> str:
    """What a calendar says beneath title, time and place: who, about what (projects in `seen` only), where to.

    Without `seen` nothing of the agenda.
    """
    lines = [f"类型：{meeting.kind.label}" + ("（草稿，还没有通知）" if meeting.is_draft else "")]
    lines += [
        f"{word}：{user.name}"
        for word, user in (("主持", meeting.chair), ("记录", meeting.secretary))
        if user is not None
    ]
    heads = {meeting.chair_id, meeting.secretary_id}
    names = [
        attendee.user.name if attendee.user else " ".join(filter(None, (attendee.name, attendee.unit)))
        for attendee in meeting.invited
        if attendee.user_id is None or attendee.user_id not in heads
    ]
    if names:
        lines.append(f"参会：{'、'.join(names)}")
    if meeting.attendees:
        lines.append(f"其他参会单位：{meeting.attendees}")
    if seen is not None:
        lines += _agenda(meeting, seen)
    if meeting.summary:
        lines.append(f"说明：{meeting.summary}")
    if meeting.online_url:
        lines.append(f"线上会议：{meeting.online_url}")
    if address:
        lines.append(f"详情：{address}")
    return "\n".join(lines)


def _agenda(meeting: Meeting, seen: Collection[int]) -> Iterable[str]:
    shown = [item for item in meeting.agenda if item.project_id is None or item.project_id in seen]
    if shown:
        yield "议程："
    for number, item in enumerate(shown, 1):
        about = "：".join(filter(None, (item.project.name if item.project else "", item.title)))
        yield f"{number}. {about}" + (f"（{item.length_minutes} 分钟）" if item.length_minutes else "")
    if hidden := len(meeting.agenda) - len(shown):
        yield f"另有 {hidden} 个项目不在你的可见范围。"


# ------------------------------------------------------------------------------------------------------------- the addresses


def of_owner(actor: Actor) -> Select[Feed]:
    """The actor's own addresses that still answer, the newest first, with what they show."""
    return (
        select(Feed)
        .where(Feed.owner_id == actor.id, Feed.revoked_at.is_(None))
        .options(joinedload(Feed.room), joinedload(Feed.project))
        .order_by(Feed.id.desc())
    )


def find(session: Session, digest: str) -> Feed | None:
    """The address of a token's digest, unless it was revoked."""
    rows = (
        select(Feed)
        .where(Feed.token_digest == digest, Feed.revoked_at.is_(None))
        .options(joinedload(Feed.room), joinedload(Feed.project))
    )
    return session.scalars(rows).one_or_none()


def scope_of(session: Session, owner: Actor, feed: Feed) -> Scope | None:
    """What an address shows by its owner's rights of this moment; None where they do not reach it any more."""
    if not policy.can(owner, Act.SEE_MEETING):
        return None
    match feed.kind:
        case FeedKind.PERSON:
            return Scope(person_id=owner.id) if feed.person_id == owner.id else None
        case FeedKind.ROOM:
            return Scope(room_id=feed.room_id) if feed.room is not None else None
        case _:
            found = session.scalar(open_project(owner).where(Project.id == feed.project_id))
            return Scope(project_id=found.id) if found is not None else None


def open_project(actor: Actor) -> Select[Project]:
    """The projects whose meetings the actor may have shown elsewhere: those he sees, but no secret one."""
    return select(Project).where(policy.project_rows(actor, Act.SEE_PROJECT), Project.is_secret.is_(False))


def name_of(feed: Feed, owner: Actor) -> str:
    """What the calendar is called: 顾清宁的会议, 302 会议室, a project's name."""
    match feed.kind:
        case FeedKind.ROOM:
            return feed.room.name if feed.room else ""
        case FeedKind.PROJECT:
            return f"{feed.project.name}的会议" if feed.project else ""
        case _:
            return f"{owner.name}的会议"


def rooms() -> Select[Room]:
    """The rooms whose calendar may be shown."""
    return select(Room).where(Room.is_active.is_(True)).order_by(Room.rank, Room.id)


def bystander() -> Actor:
    """Whoever has no name: he sees what is no secret, as one does who may see all and is named nowhere."""
    return Actor(0, "", Role.AUDITOR, 0)
