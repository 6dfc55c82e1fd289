"""Meetings held, who came to them, and what was decided for each project in the month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from crm.choices import ActivityState, MeetingKind, Presence
from crm.models import AgendaItem, Attendee, Meeting, Project
from crm.rules.days import Period, day_of, start_of
from crm.rules.workdays import ONE_DAY
from reports.briefing.collect.month import Reading
from reports.briefing.facts import Decision, Held


def held(reading: Reading) -> tuple[Held, ...]:
    """Each kind that was held this year: how often, and of the month who was to come and who came, where it was written down.

    The rows are those of `coordination_meeting_count` (queries/totals/work.py), of every kind.
    """
    month, year = (_by_kind(reading, within) for within in (reading.totals.in_month, reading.totals.in_year))
    there = _presence(reading)
    return tuple(
        Held(kind, month[kind], year[kind], there[kind, True] + there[kind, False], there[kind, True])
        for kind in MeetingKind
        if year[kind]
    )


def _held_in(reading: Reading, within: Period) -> tuple[object, ...]:
    return (
        Meeting.state == ActivityState.DONE,
        Meeting.held_at >= start_of(within.first),
        Meeting.held_at < start_of(within.last + ONE_DAY),
        Meeting.entered_at < reading.totals.basis.known_before,
    )


def _by_kind(reading: Reading, within: Period) -> Counter[MeetingKind]:
    rows = select(Meeting.kind, func.count(Meeting.id)).where(*_held_in(reading, within)).group_by(Meeting.kind)  # type: ignore[arg-type]
    return Counter({row[0]: row[1] for row in reading.session.execute(rows)})


def _presence(reading: Reading) -> Counter[tuple[MeetingKind, bool]]:
    """(kind, came) of those whose presence was written down; who sent somebody came."""
    rows = (
        select(Meeting.kind, Attendee.presence, func.count(Attendee.id))
        .join(Attendee, Attendee.meeting_id == Meeting.id)
        .where(*_held_in(reading, reading.totals.in_month), Attendee.presence.is_not(None))  # type: ignore[arg-type]
        .group_by(Meeting.kind, Attendee.presence)
    )
    found: Counter[tuple[MeetingKind, bool]] = Counter()
    for kind, presence, count in reading.session.execute(rows):
        found[kind, presence is not Presence.ABSENT] += count
    return found


def decisions(reading: Reading, closed: AbstractSet[int]) -> tuple[Decision, ...]:
    """What the month's meetings decided, by project; of secret projects nothing, of meetings that treated one no title."""
    found = reading.session.scalars(
        select(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(Project, Project.id == AgendaItem.project_id)
        .where(
            *_held_in(reading, reading.totals.in_month),  # type: ignore[arg-type]
            AgendaItem.conclusion != "",
            Project.is_secret.is_(False),
        )
        .options(joinedload(AgendaItem.meeting), joinedload(AgendaItem.project))
        .order_by(Meeting.held_at, Meeting.id, AgendaItem.rank, AgendaItem.id)
    ).all()
    return tuple(
        Decision(
            project=point.project.name,
            met_on=day_of(point.meeting.held_at),
            text=point.conclusion,
            project_id=point.project_id,
            meeting="" if point.meeting_id in closed else point.meeting.title,
            kind=point.issue_class,
        )
        for point in found
        if point.project is not None
    )
