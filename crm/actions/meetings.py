"""Meetings recorded and corrected; what they hand out is assigned in action_items.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.action_items import assign
from crm.actions.locking import hold
from crm.actions.versions import ensure_fresh
from crm.choices import ActivityState, MinutesState, Word
from crm.errors import RuleBroken
from crm.models import AgendaItem, Attendee, Meeting, Minutes
from crm.policy import Act, Actor
from crm.queries.meetings import visible_projects
from crm.rules import meetings as rules
from crm.rules.meetings import AgendaDraft, MeetingDraft

__all__ = ["assign", "edit", "record"]


def record(session: Session, actor: Actor, draft: MeetingDraft, now: datetime) -> Meeting:
    """A meeting with its agenda; raises RuleBroken for what is missing, or a project the actor may not see."""
    policy.ensure(actor, Act.HOLD_MEETING)
    _check(session, actor, draft, now)
    meeting = Meeting(entered_at=now, entered_by_id=actor.id, agenda=[], invited=[])
    _fill(meeting, draft)
    session.add(meeting)
    session.flush()
    return meeting


def edit(
    session: Session, actor: Actor, meeting: Meeting, draft: MeetingDraft, version: int | None, now: datetime
) -> None:
    """Correct a meeting (`agenda`, `invited` loaded), or write down how a booked one went.

    Raises Clash when it was changed since `version` was shown.
    """
    policy.ensure(actor, Act.HOLD_MEETING)
    hold(session, meeting)
    ensure_fresh(session, meeting, version)
    if meeting.minutes_state is not MinutesState.DRAFT:
        state = meeting.minutes_state.label
        raise RuleBroken(Word("纪要%(state)s，会议记录不能再改；要改请先撤回或退回，已印发的请办理更正。", state=state))
    _check(session, actor, draft, now)
    _ensure_nothing_lost(session, meeting, draft)
    issued = select(Minutes.id).where(Minutes.meeting_id == meeting.id, Minutes.issued_at.is_not(None)).limit(1)
    _fill(meeting, draft, is_issued=session.scalar(issued) is not None)
    session.flush()


def _ensure_nothing_lost(session: Session, meeting: Meeting, draft: MeetingDraft) -> None:
    """What is written at a point, or went on to another meeting, is not taken off the agenda with it."""
    wanted = {_known_by(item) for item in draft.agenda}
    gone = [item for item in meeting.agenda if _known_by(item) not in wanted]
    went_on = select(AgendaItem.carried_from_id).where(AgendaItem.carried_from_id.in_([item.id for item in gone]))
    kept = set(session.scalars(went_on)) if gone else set()
    for item in gone:
        if item.situation or item.conclusion or item.id in kept:
            name = item.project.name if item.project else item.title
            raise RuleBroken(Word("“%(name)s”已有记录或已移交下次，不能从议程里去掉。", name=name), "agenda")


def _check(session: Session, actor: Actor, draft: MeetingDraft, now: datetime) -> None:
    _raise(rules.problem(draft, now))
    _ensure_visible(session, actor, [item.project_id for item in draft.agenda if item.project_id is not None], "agenda")


def _ensure_visible(session: Session, actor: Actor, project_ids: Iterable[int], field: str) -> None:
    wanted = set(project_ids)
    if visible_projects(session, actor, wanted) != wanted:
        raise RuleBroken("没有找到这个项目，请重新选择。", field)


def _raise(found: tuple[str, str] | None) -> None:
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)


_PLAIN = ("kind", "title", "held_at", "ends_at", "place", "chair_id", "attendees", "minutes_number", "summary")


def _known_by(item: AgendaItem | AgendaDraft) -> tuple[int | None, str]:
    return (item.project_id, item.title if item.project_id is None else "")


def _fill(meeting: Meeting, draft: MeetingDraft, *, is_issued: bool = False) -> None:
    """What was decided is said of new points only: of the others it is written at the point itself (actions/minutes.py)."""
    meeting.state, meeting.is_draft = ActivityState.DONE, False
    for name in _PLAIN:
        if name != "minutes_number" or not is_issued:  # a number given here is not typed over
            setattr(meeting, name, getattr(draft, name))
    if draft.chair_id is not None and draft.chair_id not in {attendee.user_id for attendee in meeting.invited}:
        meeting.invited.append(Attendee(user_id=draft.chair_id))
    kept = {_known_by(item): item for item in meeting.agenda}
    agenda = []
    for rank, wanted in enumerate(draft.agenda, 1):
        item = kept.pop(_known_by(wanted), None) or AgendaItem(
            project_id=wanted.project_id, issue_class=wanted.issue_class, situation=wanted.situation,
            conclusion=wanted.conclusion,
        )  # fmt: skip
        item.rank, item.title = rank, wanted.title
        agenda.append(item)
    meeting.agenda = agenda
