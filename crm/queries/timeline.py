"""The timeline of a project: what was planned, and everything that happened, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from crm import policy
from crm.choices import ActionState, ActivityState, ClaimState, Labelled
from crm.models import (
    ActionItem,
    Activity,
    AgendaItem,
    Attachment,
    Claim,
    Meeting,
    MoneyEntry,
    StageMove,
    StatusChange,
    User,
)
from crm.policy import Act, Actor
from crm.queries import activities
from crm.queries.edits import edits

PAGE = 40


class Show(Labelled):
    """The parts of the timeline that can be shown alone."""

    ALL = "all", "全部"
    TALKS = "talks", "洽谈"
    MEETINGS = "meetings", "会议"
    ACTIONS = "actions", "交办"
    STAGES = "stages", "阶段与核定"
    FILES = "files", "附件"
    EDITS = "edits", "改动"


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `kind` says how the template shows `row`; `yuan` is what a claim is about."""

    at: datetime
    kind: str  # activity, meeting, action, move, status, claim, file, edit
    row: Any
    by: str | None = None
    yuan: int | None = None


def timeline(
    session: Session, actor: Actor, project_id: int, show: Show = Show.ALL, before: datetime | None = None
) -> tuple[list[Entry], datetime | None]:
    """(entries, where the older ones begin or None). The number of statements does not depend on the rows."""
    found: list[Entry] = []
    for entries in _SOURCES[show]:
        found.extend(entries(session, actor, project_id, before))
    found.sort(key=lambda entry: entry.at, reverse=True)
    page = found[:PAGE]
    return page, (page[-1].at if len(found) > PAGE else None)


def _newest(rows: Select[*tuple[Any, ...]], column: Any, before: datetime | None) -> Select[*tuple[Any, ...]]:
    rows = rows.order_by(None).order_by(column.desc()).limit(PAGE + 1)
    return rows.where(column < before) if before else rows


def _talks(session: Session, actor: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    rows = activities.of_project(actor, project_id).where(Activity.state == ActivityState.DONE)
    for activity in session.scalars(_newest(rows, Activity.happened_at, before)).unique():
        by = activity.entered_by.name if activity.entered_by else None
        yield Entry(activity.happened_at, "activity", activity, by)


def _meetings(session: Session, actor: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    rows = _agenda(actor, project_id).where(Meeting.state == ActivityState.DONE)
    for item in session.scalars(_newest(rows, Meeting.held_at, before)):
        yield Entry(item.meeting.held_at, "meeting", item)


# Under a name of its own: the policy's conditions on meetings speak of agenda items too.
_Item = aliased(AgendaItem)


def _agenda(actor: Actor, project_id: int) -> Select[AgendaItem]:
    return (
        select(_Item)
        .join(Meeting, Meeting.id == _Item.meeting_id)
        .where(_Item.project_id == project_id, policy.rows(actor, Act.SEE_MEETING, Meeting))
        .options(contains_eager(_Item.meeting))
    )


def _actions(session: Session, actor: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    rows = (
        select(ActionItem)
        .where(ActionItem.project_id == project_id, policy.rows(actor, Act.SEE_ACTION, ActionItem))
        .options(joinedload(ActionItem.lead_unit), joinedload(ActionItem.person))
    )
    for item in session.scalars(_newest(rows, ActionItem.entered_at, before)):
        yield Entry(item.entered_at, "action", item)


def _moves(session: Session, _: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    """Free moves and changes of status; those that are claimed show as their claims."""
    for kind, model in (("move", StageMove), ("status", StatusChange)):
        rows: Select[*tuple[Any, ...]] = (
            select(model, User.name)
            .outerjoin(User, User.id == model.recorded_by_id)
            .where(model.project_id == project_id, model.claim_id.is_(None))
        )
        for row, by in session.execute(_newest(rows, model.recorded_at, before)):
            yield Entry(row.recorded_at, kind, row, by)


def _claims(session: Session, _: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    """One entry a claim, at the last thing that became of it; drafts are nobody's business yet."""
    at = func.coalesce(Claim.reversed_at, Claim.returned_at, Claim.verified_at, Claim.reported_at)
    by_id = func.coalesce(Claim.reversed_by_id, Claim.returned_by_id, Claim.verified_by_id, Claim.reported_by_id)
    rows: Select[*tuple[Any, ...]] = (
        select(Claim, at, User.name, MoneyEntry.amount_yuan)
        .outerjoin(User, User.id == by_id)
        .outerjoin(MoneyEntry, MoneyEntry.claim_id == Claim.id)
        .where(Claim.project_id == project_id, Claim.state != ClaimState.DRAFT)
        .options(joinedload(Claim.reported_by))
    )
    for claim, when, by, yuan in session.execute(_newest(rows, at, before)):
        yield Entry(when, "claim", claim, by, yuan)


def _files(session: Session, _: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    return _attached(session, before, Attachment.project_id == project_id)


def _loose_files(session: Session, _: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    """Files that stand for themselves; those that prove something are found with it."""
    return _attached(session, before, Attachment.project_id == project_id, Attachment.claim_id.is_(None))


def _attached(session: Session, before: datetime | None, *conditions: ColumnElement[bool]) -> Iterator[Entry]:
    rows: Select[*tuple[Any, ...]] = (
        select(Attachment, User.name).outerjoin(User, User.id == Attachment.uploaded_by_id).where(*conditions)
    )
    for file, by in session.execute(_newest(rows, Attachment.uploaded_at, before)):
        yield Entry(file.uploaded_at, "file", file, by)


def _edits(session: Session, actor: Actor, project_id: int, before: datetime | None) -> Iterator[Entry]:
    for edit in edits(session, actor, project_id, PAGE + 1, before):
        yield Entry(edit.at, "edit", edit, edit.by)


_Source = Callable[[Session, Actor, int, datetime | None], Iterator[Entry]]
_SOURCES: Mapping[Show, tuple[_Source, ...]] = {
    Show.ALL: (_talks, _meetings, _actions, _moves, _claims, _loose_files, _edits),
    Show.TALKS: (_talks,),
    Show.MEETINGS: (_meetings,),
    Show.ACTIONS: (_actions,),
    Show.STAGES: (_moves, _claims),
    Show.FILES: (_files,),
    Show.EDITS: (_edits,),
}


# ------------------------------------------------------------------------------------------------------- ahead, and how many


@dataclass(frozen=True)
class Ahead:
    """What is planned: touchpoints and meetings to come, contacts promised, and what is late."""

    activities: Sequence[Activity]
    follow_ups: Sequence[Activity]
    meetings: Sequence[AgendaItem]

    def __bool__(self) -> bool:
        return bool(self.activities or self.follow_ups or self.meetings)


def ahead(session: Session, actor: Actor, project_id: int) -> Ahead:
    """The next few of each."""
    talks = activities.of_project(actor, project_id).order_by(None)
    planned = talks.where(Activity.state == ActivityState.PLANNED).order_by(Activity.happened_at).limit(5)
    promised = talks.where(activities.is_open_follow_up()).order_by(Activity.next_on, Activity.id).limit(5)
    meetings = (
        _agenda(actor, project_id).where(Meeting.state == ActivityState.PLANNED).order_by(Meeting.held_at).limit(5)
    )
    return Ahead(
        session.scalars(planned).unique().all(),
        session.scalars(promised).unique().all(),
        session.scalars(meetings).all(),
    )


@dataclass(frozen=True)
class Counts:
    """How much of each hangs on the project, as far as the actor may see it."""

    talks: int
    meetings: int
    actions: int
    late_actions: int
    files: int


def counts(session: Session, actor: Actor, project_id: int, today: date) -> Counts:
    """One statement."""
    talks = select(func.count(Activity.id)).where(
        activities.touching(project_id),
        Activity.state == ActivityState.DONE,
        policy.rows(actor, Act.SEE_PROJECT, Activity),
    )
    meetings = _agenda(actor, project_id).with_only_columns(func.count(_Item.id))
    items = select(func.count(ActionItem.id)).where(
        ActionItem.project_id == project_id, policy.rows(actor, Act.SEE_ACTION, ActionItem)
    )
    late = items.where(ActionItem.deadline_on < today, ActionItem.state != ActionState.DONE)
    files = select(func.count(Attachment.id)).where(Attachment.project_id == project_id)
    found = session.execute(select(*(part.scalar_subquery() for part in (talks, meetings, items, late, files)))).one()
    return Counts(*found)
