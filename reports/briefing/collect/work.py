"""问题与交办清单, and 招商活动与外出: action items, touchpoints in numbers, and the month's outings one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.choices import ActionState, ActivityKind, ActivityState
from crm.models import (
    ActionExtension,
    ActionItem,
    ActionStep,
    ActionSupport,
    Activity,
    ActivityPerson,
    ActivityProject,
    AgendaItem,
    Project,
    SupervisionLetter,
    Unit,
)
from crm.queries.action_items import deadline_as_of, helpers, notes_of
from crm.queries.totals import FIGURES
from crm.rules.action_items import number_words
from crm.rules.days import day_of, start_of
from crm.rules.workdays import overdue_days
from reports.briefing.collect.cards import Card
from reports.briefing.collect.month import Reading
from reports.briefing.facts import Assignment, Outing, Touch, TouchFigures

TOUCHES = {
    Touch.TRIP: "trip_count",
    Touch.VISIT: "visit_count",
    Touch.EVENT: "event_count",
    Touch.VIDEO: "video_meeting_count",
    Touch.MEETING: "coordination_meeting_count",
    Touch.SERVICE: "service_count",
}
LISTED = {
    ActivityKind.TRIP: Touch.TRIP,
    ActivityKind.VISIT: Touch.VISIT,
    ActivityKind.EVENT: Touch.EVENT,
    ActivityKind.VIDEO: Touch.VIDEO,
}

EVERY = Project.__table__.alias("every_project")  # deleted ones too: they are no less secret


def assignments(reading: Reading, closed: AbstractSet[int]) -> tuple[Assignment, ...]:
    """Action items open at the month's end or done in the month, the most overdue first; as they stood on its last day.

    The deadline, the unit, the state and the last word are those of that day: what was granted or said later is not in it.
    """
    last = reading.month.last
    deadline = deadline_as_of(last)
    found = reading.session.execute(
        select(ActionItem, deadline)
        .join(Project, Project.id == ActionItem.project_id)  # of living projects only
        .options(
            joinedload(ActionItem.meeting),
            joinedload(ActionItem.lead_unit),
            selectinload(ActionItem.supports).joinedload(ActionSupport.unit),
        )
        .where(
            ActionItem.assigned_on <= last,
            or_(ActionItem.done_on.is_(None), ActionItem.done_on >= reading.month.first),
        )
        .order_by(deadline, ActionItem.id)
    ).all()
    cards = reading.cards(item.project_id for item, _ in found)
    past = _past(reading, [item.id for item, _ in found])
    return tuple(_assignment(reading, item, due_on, cards, closed, past) for item, due_on in found)


def closed_meetings(reading: Reading) -> AbstractSet[int]:
    """Meetings that treated a secret project: their titles may name it, though an item speaks of another."""
    rows = select(AgendaItem.meeting_id).join(EVERY, EVERY.c.id == AgendaItem.project_id)
    return set(reading.session.scalars(rows.where(EVERY.c.is_secret.is_(True))))


@dataclass(frozen=True)
class Past:
    """What was so at the month's end, by item: the last word, the state, the unit, and what the remark says."""

    said: Mapping[int, str]
    states: Mapping[int, ActionState]
    units: Mapping[int, str]
    notes: Mapping[int, list[str]]


def _past(reading: Reading, ids: Sequence[int]) -> Past:
    """Four statements, whatever the number of items."""
    session, until = reading.session, start_of(reading.month.after)
    steps = (
        select(ActionStep.item_id, ActionStep.to_state, Unit.short_name)
        .outerjoin(Unit, Unit.id == ActionStep.unit_id)
        .where(ActionStep.item_id.in_(ids), ActionStep.at < until)
        .order_by(ActionStep.id)
    )
    states: dict[int, ActionState] = {}
    units: dict[int, str] = {}
    for item_id, state, unit in session.execute(steps):
        states[item_id] = state
        units[item_id] = unit or units.get(item_id, "")
    granted: dict[int, list[date]] = {}
    extensions = select(ActionExtension.item_id, ActionExtension.old_deadline_on).where(
        ActionExtension.item_id.in_(ids), ActionExtension.granted.is_(True), ActionExtension.decided_at < until
    )
    for item_id, old_on in session.execute(extensions.order_by(ActionExtension.number)):
        granted.setdefault(item_id, []).append(old_on)
    notes = {key: [f"延期{len(old)}次，原时限{old[0].isoformat()}"] for key, old in granted.items()}
    letters = select(SupervisionLetter.item_id, SupervisionLetter.year, SupervisionLetter.serial).where(
        SupervisionLetter.item_id.in_(ids), SupervisionLetter.at < until
    )
    for about_id, year, serial in session.execute(letters.order_by(SupervisionLetter.id)):
        if about_id is not None:
            notes.setdefault(about_id, []).append(number_words(year, serial))
    return Past(notes_of(session, ids, reading.month.last), states, units, notes)


def _assignment(
    reading: Reading, item: ActionItem, due_on: date, cards: Mapping[int, Card], closed: AbstractSet[int], past: Past
) -> Assignment:
    card, last = cards[item.project_id], reading.month.last
    calendar = reading.totals.basis.calendar
    done_on = item.done_on if item.done_on and item.done_on <= last else None
    notes = past.notes.get(item.id, [])
    return Assignment(
        action_item_id=None if card.is_secret else item.id,
        project=card.name,
        problem="" if card.is_secret else item.problem,
        kind=item.issue_class,
        due_on=due_on,
        meeting=item.meeting.title if item.meeting and not (card.is_secret or item.meeting.id in closed) else "",
        met_on=day_of(item.meeting.held_at) if item.meeting else item.assigned_on,
        lead_unit=past.units.get(item.id) or item.lead_unit.short_name,
        support_units="" if card.is_secret else helpers(item),
        progress="" if card.is_secret else past.said.get(item.id, ""),
        done_on=done_on,
        overdue_days=0 if done_on else overdue_days(due_on, last, calendar),
        note="；".join(notes),
        late_days=overdue_days(due_on, done_on, calendar) if done_on else 0,
        state=ActionState.DONE if done_on else past.states.get(item.id, item.state),
    )


def touches(reading: Reading) -> tuple[TouchFigures, ...]:
    """Every kind in numbers: batches and, where they were counted, people."""
    return tuple(_touch(reading, touch, key) for touch, key in TOUCHES.items())


def _touch(reading: Reading, touch: Touch, key: str) -> TouchFigures:
    totals, figure, spans = reading.totals, FIGURES[key], reading.totals[key]
    people = touch is not Touch.MEETING
    return TouchFigures(
        touch,
        month_count=spans.month,
        month_people=totals.people(figure, totals.in_month) if people else None,
        year_count=spans.year,
        year_people=totals.people(figure, totals.in_year) if people else None,
    )


def outings(reading: Reading) -> tuple[Outing, ...]:
    """The month's trips, visits, events and video meetings; one that touches a secret project is counted but not told."""
    secret = (
        select(ActivityProject.activity_id)
        .join(EVERY, EVERY.c.id == ActivityProject.project_id)
        .where(EVERY.c.is_secret.is_(True))
    )
    found = reading.session.scalars(
        select(Activity)
        .options(
            joinedload(Activity.company),
            joinedload(Activity.entered_by),
            selectinload(Activity.people).joinedload(ActivityPerson.user),
            selectinload(Activity.project_links.and_(ActivityProject.project.has())).joinedload(
                ActivityProject.project
            ),
        )
        .where(
            Activity.kind.in_(LISTED),
            Activity.state == ActivityState.DONE,
            Activity.happened_at >= start_of(reading.month.first),
            Activity.happened_at < start_of(reading.month.after),
            Activity.entered_at < reading.totals.basis.known_before,
            Activity.id.not_in(secret),
            ~_of_secret_company(),
        )
        .order_by(Activity.happened_at, Activity.id)
    ).all()
    units = {unit.id: unit.short_name for unit in reading.session.scalars(select(Unit))}
    return tuple(_outing(activity, units) for activity in found)


def _of_secret_company() -> ColumnElement[bool]:
    """The company met is known by secret projects only."""
    projects = select(EVERY.c.id).where(EVERY.c.company_id == Activity.company_id)
    told = projects.where(EVERY.c.is_secret.is_(False), EVERY.c.deleted_at.is_(None))
    return exists(projects.where(EVERY.c.is_secret.is_(True))) & ~exists(told)


def _outing(activity: Activity, units: Mapping[int, str]) -> Outing:
    on = day_of(activity.happened_at)
    names = [link.project.name for link in activity.project_links]
    ours = [person.user.name for person in activity.people]
    return Outing(
        touch=LISTED[activity.kind],
        name=activity.title or (activity.company.name if activity.company else "、".join(names)) or activity.kind.label,
        first_on=on,
        last_on=on,
        activity_id=activity.id,
        place=activity.city or activity.place,
        leader=ours[0] if ours else activity.entered_by.name if activity.entered_by else "",
        people=activity.their_count,
        companies=1 if activity.company else None,
        content=activity.summary,
        follow_up=activity.next_step,
        unit=units.get(activity.unit_id or 0, ""),
    )
