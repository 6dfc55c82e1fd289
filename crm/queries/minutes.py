"""The minutes of a meeting read: who may do what with them, the paper as it stands, its editions and its way.

And what lies beside each point while it is discussed: how the project stands, and what an earlier meeting said of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload, undefer

from crm import policy
from crm.choices import ActivityState, MinutesState
from crm.models import (
    ActionItem,
    ActionSupport,
    Activity,
    ActivityProject,
    AgendaItem,
    Attendee,
    Change,
    Meeting,
    Minutes,
    MinutesStep,
    Project,
    Unit,
    User,
)
from crm.policy import Act, Actor
from crm.queries.action_items import helpers, is_open
from crm.queries.action_items import visible_to as actions_visible_to
from crm.queries.meetings import visible_projects
from crm.queries.project_filters import ProjectFilter, View, matching
from crm.queries.project_rows import Row, shown
from crm.rules.days import local, start_of
from crm.rules.minutes import Errand, Paper, Person, Point, is_unfinished, title_of
from crm.trash import WITH_DELETED

MOST_EARLIER = 8  # links of a chain that are shown; a point that goes on for longer has a story of its own
MOST_TARGETS = 30

# ------------------------------------------------------------------------------------------------------------------ rights


@dataclass(frozen=True)
class Rights:
    """What the reader may do with the minutes of one meeting."""

    write: bool
    confirm: bool
    issue: bool


def rights(session: Session, actor: Actor, meeting: Meeting) -> Rights:
    """All three in one statement; none is asked for who has none at all."""
    acts = (Act.WRITE_MINUTES, Act.CONFIRM_MINUTES, Act.ISSUE_MINUTES)
    if not any(policy.can(actor, act) for act in acts):
        return Rights(False, False, False)
    conditions = (policy.rows(actor, act, Meeting) for act in acts)
    found = session.execute(select(*conditions).select_from(Meeting).where(Meeting.id == meeting.id)).one_or_none()
    return Rights(*map(bool, found)) if found else Rights(False, False, False)


def readable(session: Session, actor: Actor, keys: Collection[int]) -> frozenset[int]:
    """Those of some points of a paper (by their keys) that the actor may read, as their projects are now; two statements."""
    items = select(AgendaItem.id, AgendaItem.project_id).where(AgendaItem.id.in_([key for key in keys if key > 0]))
    handed = select(-ActionItem.id, ActionItem.project_id).where(ActionItem.id.in_([-key for key in keys if key < 0]))
    of_point = dict(session.execute(items.union_all(handed)).all())
    seen = visible_projects(session, actor, of_point.values())
    return frozenset(key for key, project_id in of_point.items() if project_id is None or project_id in seen)


WAITED_DAYS = 14  # minutes that nobody has begun to write by then are not asked for any more


def waiting_for(actor: Actor, today: date) -> Select[Meeting]:
    """Meetings whose minutes wait for the actor: to be written by its secretary (who made it, where it has none), to be
    confirmed by its chair, to be issued by who may. Those given a number on paper wait for nobody."""
    writes = or_(
        Meeting.secretary_id == actor.id, and_(Meeting.secretary_id.is_(None), Meeting.entered_by_id == actor.id)
    )
    lately = and_(Meeting.held_at >= start_of(today - timedelta(days=WAITED_DAYS)), Meeting.held_at < start_of(today))
    issued = exists().where(Minutes.meeting_id == Meeting.id, Minutes.issued_at.is_not(None))
    unwritten = and_(
        Meeting.minutes_state == MinutesState.DRAFT, writes, lately, or_(Meeting.minutes_number == "", issued)
    )
    sent = and_(Meeting.minutes_state == MinutesState.SENT, Meeting.chair_id == actor.id)
    confirmed = Meeting.minutes_state == MinutesState.CONFIRMED
    turns = [unwritten, sent, confirmed] if policy.can(actor, Act.ISSUE_MINUTES) else [unwritten, sent]
    return (
        select(Meeting)
        .where(
            Meeting.state != ActivityState.CANCELLED,
            Meeting.is_draft.is_(False),
            or_(*turns),
            policy.rows(actor, Act.SEE_MEETING, Meeting),
        )
        .options(joinedload(Meeting.chair))
        .order_by(Meeting.held_at, Meeting.id)
    )


# ------------------------------------------------------------------------------------------------ editions and their way


def editions(session: Session, meeting_id: int) -> Sequence[Minutes]:
    """Every edition, the newest first, without its text."""
    rows = (
        select(Minutes)
        .where(Minutes.meeting_id == meeting_id)
        .options(joinedload(Minutes.sent_by), joinedload(Minutes.confirmed_by), joinedload(Minutes.issued_by))
        .order_by(Minutes.edition.desc())
    )
    return session.scalars(rows).all()


def with_text(session: Session, meeting_id: int, edition: int) -> Minutes | None:
    """One edition with its text."""
    rows = select(Minutes).where(Minutes.meeting_id == meeting_id, Minutes.edition == edition)
    return session.scalars(rows.options(undefer(Minutes.facts))).one_or_none()


def whole_again(session: Session, meeting: Meeting) -> Meeting:
    """A meeting read anew with everything its paper says, whoever asks."""
    living = Meeting.agenda.and_(or_(AgendaItem.project_id.is_(None), AgendaItem.project.has()))
    rows = (
        select(Meeting)
        .where(Meeting.id == meeting.id)
        .options(
            joinedload(Meeting.chair),
            joinedload(Meeting.secretary),
            selectinload(living).joinedload(AgendaItem.project),
            selectinload(Meeting.invited).joinedload(Attendee.user).joinedload(User.unit),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(rows).unique().one()


def name_of(session: Session, user_id: int | None) -> str:
    """A person's name; nothing for nobody."""
    return session.scalar(select(User.name).where(User.id == (user_id or 0))) or ""


def invited_ids(session: Session, meeting_id: int) -> Sequence[int]:
    """Those of ours who were invited."""
    rows = select(Attendee.user_id).where(Attendee.meeting_id == meeting_id, Attendee.user_id.is_not(None))
    return [key for key in session.scalars(rows) if key is not None]


def last_changes(session: Session, item_ids: Collection[int]) -> Mapping[int, int]:
    """The last change of each of some points; those that were never changed are not among them."""
    rows = select(Change.row_id, func.max(Change.id)).where(
        Change.table_name == AgendaItem.__tablename__, Change.row_id.in_(item_ids)
    )
    return dict(session.execute(rows.group_by(Change.row_id)).all())


def steps(session: Session, meeting_id: int) -> Sequence[MinutesStep]:
    """What was done with the minutes, the last first."""
    rows = select(MinutesStep).where(MinutesStep.meeting_id == meeting_id).options(joinedload(MinutesStep.by))
    return session.scalars(rows.order_by(MinutesStep.id.desc())).all()


# ---------------------------------------------------------------------------------------------------------------- the paper


def paper_of(session: Session, meeting: Meeting, office: str) -> Paper:
    """The paper as the meeting stands now (`queries.meetings.whole` loads it), for nobody in particular; one statement."""
    handed = _errands(session, meeting)
    points = [
        Point(
            key=item.id,
            number=number,
            title=title_of(item.project.name if item.project else "", item.title),
            problem=item.issue_class.value if item.project_id is not None else "",
            situation=item.situation or item.notes,
            conclusion=item.conclusion,
            is_deferred=item.is_deferred,
            errands=handed.pop(item.project_id or 0, ("", ()))[1],
        )
        for number, item in enumerate(meeting.agenda, 1)
    ]
    others = [
        Point(-errands[0].key, number, name, errands=errands)
        for number, (name, errands) in enumerate(handed.values(), len(points) + 1)
    ]
    begins, ends = local(meeting.held_at), local(meeting.ends_at)
    return Paper(
        office=office,
        title=meeting.title,
        kind=str.__str__(meeting.kind.label),
        begins=begins.isoformat(timespec="minutes"),
        ends=ends.isoformat(timespec="minutes"),
        place=meeting.place or ("线上" if meeting.online_url else ""),
        chair=meeting.chair.name if meeting.chair else "",
        secretary=meeting.secretary.name if meeting.secretary else "",
        people=tuple(
            Person(
                each.user.name if each.user else each.name,
                each.user.unit.short_name if each.user else each.unit,
                each.presence.value if each.presence else "",
                each.stand_in,
            )
            for each in meeting.invited
        ),
        others=meeting.attendees,
        summary=meeting.summary,
        points=(*points, *others),
        copies_to=meeting.copies_to,
    )


def _errands(session: Session, meeting: Meeting) -> dict[int, tuple[str, tuple[Errand, ...]]]:
    """What the meeting handed out: by project, its name and the errands."""
    rows = (
        select(ActionItem)
        .join(Project, Project.id == ActionItem.project_id)
        .where(ActionItem.meeting_id == meeting.id)
        .options(
            joinedload(ActionItem.project),
            joinedload(ActionItem.lead_unit),
            joinedload(ActionItem.person),
            selectinload(ActionItem.supports).joinedload(ActionSupport.unit),
        )
        .order_by(ActionItem.id)
    )
    found: dict[int, tuple[str, tuple[Errand, ...]]] = {}
    for item in session.scalars(rows):
        errand = Errand(
            key=item.id,
            task=item.task or item.problem,
            lead=item.lead_unit.short_name,
            support=helpers(item),
            person=item.person.name if item.person else "",
            deadline=item.deadline_on.isoformat(),
        )
        _name, before = found.get(item.project_id, ("", ()))
        found[item.project_id] = (item.project.name, (*before, errand))
    return found


def copies_proposed(session: Session, meeting: Meeting) -> str:
    """Who gets the minutes if nobody says otherwise: those invited by their units, and the units that were handed something."""
    lead = select(Unit.short_name).join(ActionItem, ActionItem.lead_unit_id == Unit.id)
    handed = session.scalars(lead.where(ActionItem.meeting_id == meeting.id).order_by(ActionItem.id)).all()
    invited = [each.user.unit.short_name if each.user else each.unit for each in meeting.invited]
    return "、".join(dict.fromkeys(name for name in (*invited, *handed) if name))


# ---------------------------------------------------------------------------------------------------------- beside a point


@dataclass
class Situation:
    """How a project stands, as far as the reader may see: its row of the list, the last talk, what is still to be done."""

    row: Row
    last: Activity | None = None
    open_items: list[ActionItem] = field(default_factory=list)


def situations(session: Session, actor: Actor, project_ids: Iterable[int], today: date) -> Mapping[int, Situation]:
    """Of each of some visible projects; three statements."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    rows = matching(actor, ProjectFilter(View.EVERY), today).where(Project.id.in_(wanted)).order_by(None)
    found = {row.id: Situation(row) for row in map(Row._make, session.execute(shown(rows)))}
    for project_id, activity in _last_talks(session, actor, found):
        found[project_id].last = activity
    items = actions_visible_to(actor).where(ActionItem.project_id.in_(found), is_open())
    for item in session.scalars(items):
        found[item.project_id].open_items.append(item)
    return found


def _last_talks(session: Session, actor: Actor, project_ids: Collection[int]) -> Iterable[tuple[int, Activity]]:
    place = func.row_number().over(
        partition_by=ActivityProject.project_id, order_by=(Activity.happened_at.desc(), Activity.id.desc())
    )
    ranked = (
        select(ActivityProject.project_id, Activity.id.label("activity_id"), place.label("place"))
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(
            ActivityProject.project_id.in_(project_ids),
            Activity.state == ActivityState.DONE,
            policy.rows(actor, Act.SEE_PROJECT, Activity),
        )
        .subquery()
    )
    rows = select(ranked.c.project_id, Activity).join(Activity, Activity.id == ranked.c.activity_id)
    return [(key, activity) for key, activity in session.execute(rows.where(ranked.c.place == 1))]


@dataclass(frozen=True)
class Earlier:
    """What an earlier meeting said of a point that came from it."""

    item: AgendaItem
    meeting_id: int
    title: str
    held_at: datetime


def earlier(session: Session, actor: Actor, items: Iterable[AgendaItem]) -> Mapping[int, list[Earlier]]:
    """上次会议情况: the chain behind each of some points, the last meeting first, as far as the actor may see its links.

    One statement: the chains are walked by the database.
    """
    begun = {item.id: item.carried_from_id for item in items if item.carried_from_id is not None}
    if not begun:
        return {}
    first = select(AgendaItem.id, AgendaItem.carried_from_id).where(AgendaItem.id.in_(set(begun.values())))
    chain = first.cte("chain", recursive=True)
    before = aliased(AgendaItem)
    chain = chain.union(select(before.id, before.carried_from_id).where(before.id == chain.c.carried_from_id))
    item = aliased(AgendaItem)
    rows = (
        select(item, Meeting.id, Meeting.title, Meeting.held_at)
        .join(Meeting, Meeting.id == item.meeting_id)
        .where(item.id.in_(select(chain.c.id)), policy.rows(actor, Act.SEE_MEETING, Meeting))
    )
    links = {one.id: Earlier(one, key, title, held_at) for one, key, title, held_at in session.execute(rows)}
    seen = visible_projects(session, actor, [link.item.project_id for link in links.values()])
    found: dict[int, list[Earlier]] = {}
    for key, came_from in begun.items():
        at: int | None = came_from
        chained: list[Earlier] = []
        while at is not None and at in links and len(chained) < MOST_EARLIER:
            link = links[at]
            if link.item.project_id is None or link.item.project_id in seen:
                chained.append(link)
            at = link.item.carried_from_id
        found[key] = chained
    return found


def went_to(session: Session, actor: Actor, item_ids: Collection[int]) -> Mapping[int, Meeting | None]:
    """Where each of some points went on: the meeting, or None for one that the actor may not see. Points that are free to go
    on (or go on again, their meeting having been called off or deleted) are not among them."""
    if not item_ids:
        return {}
    rows = (
        select(AgendaItem.carried_from_id, Meeting)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.carried_from_id.in_(item_ids), Meeting.state != ActivityState.CANCELLED)
    )
    found = {key: meeting for key, meeting in session.execute(rows) if key is not None}
    mine = select(Meeting.id).where(
        Meeting.id.in_([meeting.id for meeting in found.values()]), policy.rows(actor, Act.SEE_MEETING, Meeting)
    )
    seen = set(session.scalars(mine)) if found else set()
    return {key: meeting if meeting.id in seen else None for key, meeting in found.items()}


def unfinished(session: Session, actor: Actor, meeting: Meeting) -> list[int]:
    """The keys of the points of a meeting (its agenda loaded) that go on and have not yet, as far as the actor may see."""
    gone_on = went_to(session, actor, [item.id for item in meeting.agenda])
    seen = visible_projects(session, actor, [item.project_id for item in meeting.agenda])
    return [
        item.id
        for item in meeting.agenda
        if is_unfinished(item.conclusion, item.is_deferred)
        and item.id not in gone_on
        and (item.project_id is None or item.project_id in seen)
    ]


def successor(session: Session, item_id: int) -> tuple[AgendaItem, Meeting] | None:
    """The point that came from another, with its meeting, deleted ones too."""
    rows = (
        select(AgendaItem, Meeting)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.carried_from_id == item_id)
        .execution_options(**WITH_DELETED)
    )
    found = session.execute(rows).one_or_none()
    return (found[0], found[1]) if found else None


def targets(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> list[Meeting]:
    """The meetings that unfinished points can go on to: the next one of the series first, then those the actor plans."""
    rows = (
        select(Meeting)
        .where(
            Meeting.state == ActivityState.PLANNED,
            Meeting.held_at > now,
            Meeting.id != meeting.id,
            policy.rows(actor, Act.BOOK_MEETING, Meeting),
        )
        .order_by(Meeting.held_at, Meeting.id)
        .limit(MOST_TARGETS)
    )
    found = list(session.scalars(rows))
    if meeting.series_id is None:
        return found
    next_one = session.scalars(rows.where(Meeting.series_id == meeting.series_id).limit(1)).one_or_none()
    return [next_one, *(each for each in found if each is not next_one)] if next_one else found
