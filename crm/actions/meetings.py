"""Meetings recorded and corrected; what they hand out is assigned in action_items.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.action_items import assign
from crm.actions.versions import ensure_fresh
from crm.choices import ActivityState
from crm.errors import RuleBroken
from crm.models import AgendaItem, Attendee, Meeting
from crm.policy import Act, Actor
from crm.queries.meetings import visible_projects
from crm.rules import meetings as rules
from crm.rules.meetings import MeetingDraft

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
    ensure_fresh(session, meeting, version)
    _check(session, actor, draft, now)
    _fill(meeting, draft)
    session.flush()


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


def _fill(meeting: Meeting, draft: MeetingDraft) -> None:
    meeting.state, meeting.is_draft = ActivityState.DONE, False
    for name in _PLAIN:
        setattr(meeting, name, getattr(draft, name))
    if draft.chair_id is not None and draft.chair_id not in {attendee.user_id for attendee in meeting.invited}:
        meeting.invited.append(Attendee(user_id=draft.chair_id))
    kept = {(item.project_id, item.title if item.project_id is None else ""): item for item in meeting.agenda}
    agenda = []
    for rank, wanted in enumerate(draft.agenda, 1):
        key = (wanted.project_id, wanted.title if wanted.project_id is None else "")
        item = kept.pop(key, None) or AgendaItem(project_id=wanted.project_id)
        item.rank, item.issue_class, item.title = rank, wanted.issue_class, wanted.title
        item.situation, item.conclusion = wanted.situation, wanted.conclusion
        agenda.append(item)
    meeting.agenda = agenda
