"""Meetings recorded, and the items they hand out worked off: taken, reported, verified or given back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.versions import ensure_fresh
from crm.choices import ActionState, ActivityState, MinutesState, Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import ActionItem, AgendaItem, Attendee, Meeting, Minutes, Unit, User
from crm.policy import Act, Actor
from crm.queries.meetings import visible_projects
from crm.rules import meetings as rules
from crm.rules.meetings import ActionDraft, AgendaDraft, MeetingDraft, Step


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


# ----------------------------------------------------------------------------------------------------------- action items


def assign(
    session: Session, actor: Actor, meeting: Meeting, draft: ActionDraft, today: date, now: datetime
) -> ActionItem:
    """Hand something out at a meeting."""
    policy.ensure(actor, Act.HOLD_MEETING)
    _check_action(session, actor, draft, today)
    item = ActionItem(meeting_id=meeting.id, assigned_on=today, entered_at=now, state=ActionState.ASSIGNED)
    _fill_action(item, draft)
    session.add(item)
    session.flush()
    return item


def change(session: Session, actor: Actor, item: ActionItem, draft: ActionDraft, version: int | None) -> None:
    """Correct an item or move its deadline; the history keeps what it was. Raises Clash as `edit` does."""
    policy.ensure(actor, Act.HOLD_MEETING)
    ensure_fresh(session, item, version)
    _check_action(session, actor, draft, item.assigned_on)
    _fill_action(item, draft)
    session.flush()


def _check_action(session: Session, actor: Actor, draft: ActionDraft, assigned_on: date) -> None:
    _raise(rules.action_problem(draft, assigned_on))
    _ensure_visible(session, actor, [draft.project_id], "project_id")
    if session.get(Unit, draft.lead_unit_id) is None:
        raise RuleBroken("没有找到这个单位，请重新选择。", "lead_unit_id")
    known = select(User.id).where(User.id == draft.person_id, User.is_active.is_(True))
    if draft.person_id is not None and session.scalar(known) is None:
        raise RuleBroken("没有找到这个人，请重新选择。", "person_id")


def _fill_action(item: ActionItem, draft: ActionDraft) -> None:
    for name in (
        "project_id", "problem", "task", "lead_unit_id", "deadline_on", "issue_class", "support_units", "person_id",
    ):  # fmt: skip
        setattr(item, name, getattr(draft, name))


def work(
    session: Session, actor: Actor, item: ActionItem, step: Step, note: str, version: int | None, today: date
) -> None:
    """Take one step with an item; the note is added to its progress with day and name, nothing is overwritten.

    The unit it was handed to takes, reports and finishes it; those who hold meetings verify or give it back. It is done, and
    counts as done, on the day it is verified.
    """
    policy.ensure(actor, Act.HOLD_MEETING if step in rules.CHECKS else Act.WORK_ACTION)
    policy.ensure_row(session, actor, Act.SEE_ACTION, item)
    _ensure_theirs(actor, item, step)
    ensure_fresh(session, item, version)
    _raise(rules.step_problem(item.state, step, note))
    item.state = rules.after(item.state, step)
    item.done_on = today if item.state is ActionState.DONE else None
    if note:
        line = f"{today.isoformat()} {actor.name}（{step.label}）：{note}"
        item.progress = f"{item.progress}\n{line}" if item.progress else line
    session.flush()


def _ensure_theirs(actor: Actor, item: ActionItem, step: Step) -> None:
    handed = rules.is_handed_to(item.lead_unit_id, item.person_id, actor.unit_ids, actor.id)
    if step not in rules.CHECKS and not handed and not policy.can(actor, Act.HOLD_MEETING):
        raise NotAllowed("这件事由牵头单位办理，你可以查看进展。")
