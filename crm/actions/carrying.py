"""What a meeting left unfinished goes on to another one, with its notes, and only once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm import policy
from crm.actions.bookings import ensure_in_the_know
from crm.actions.locking import hold, hold_all
from crm.choices import ActivityState, Word
from crm.errors import Clash, RuleBroken
from crm.models import AgendaItem, Attendee, Meeting, Project
from crm.policy import Act, Actor
from crm.queries import minutes as queries
from crm.queries.meetings import visible_projects
from crm.rules.minutes import is_unfinished


def carry(
    session: Session, actor: Actor, meeting: Meeting, item_ids: Collection[int], target: Meeting, now: datetime
) -> int:
    """Put unfinished points of a meeting on the agenda of another that is still to come; how many.

    A point whose later meeting was called off or deleted may go on anew. A project that is already on the other agenda is not
    put there twice: its point there takes over the notes. Raises Clash for a point that has gone on, RuleBroken for one that
    is finished or that those of the other meeting may not know of.
    """
    policy.ensure(actor, Act.WRITE_MINUTES)
    policy.ensure_row(session, actor, Act.WRITE_MINUTES, meeting)
    policy.ensure_row(session, actor, Act.BOOK_MEETING, target)
    if target.id == meeting.id:
        raise RuleBroken("请选另一次会议。", "target")
    hold_all(session, meeting, target)
    if target.state is not ActivityState.PLANNED or target.held_at <= now or target.deleted_at is not None:
        raise RuleBroken("请选一次还没有开的会议。", "target")
    if meeting.state is not ActivityState.DONE:
        raise RuleBroken("会议还没有开，没有要移交的议题。")
    rows = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.id.in_(item_ids))
    items = session.scalars(rows.order_by(AgendaItem.rank, AgendaItem.id)).all()
    seen = visible_projects(session, actor, [item.project_id for item in items])
    items = [item for item in items if item.project_id is None or item.project_id in seen]
    if not items:
        raise RuleBroken("请至少选一项要移交的议题。", "items")
    for item in items:
        hold(session, item)
        _carry_one(session, item, target)
    session.flush()
    return len(items)


def _carry_one(session: Session, item: AgendaItem, target: Meeting) -> None:
    if not is_unfinished(item.conclusion, item.is_deferred):
        raise RuleBroken(Word("“%(what)s”已有议定，没有标为移交下次。", what=_name(session, item)), "items")
    _free(session, item)
    _ensure_known(session, item, target)
    there = session.scalars(
        select(AgendaItem).where(AgendaItem.meeting_id == target.id).order_by(AgendaItem.rank, AgendaItem.id)
    ).all()
    same = next((each for each in there if item.project_id is not None and each.project_id == item.project_id), None)
    if same is None:
        session.add(
            AgendaItem(
                meeting_id=target.id, project_id=item.project_id, title=item.title, notes=item.notes,
                issue_class=item.issue_class, length_minutes=item.length_minutes, carried_from_id=item.id,
                rank=max((each.rank for each in there), default=0) + 1,
            )
        )  # fmt: skip
    elif same.carried_from_id is None:
        same.carried_from_id = item.id
        if item.notes and item.notes not in same.notes:
            same.notes = f"{same.notes}\n{item.notes}" if same.notes else item.notes
    else:
        raise RuleBroken(
            Word("“%(what)s”在那次会议上已有从别的会议移交来的同一项目。", what=_name(session, item)), "items"
        )
    session.flush()


def _free(session: Session, item: AgendaItem) -> None:
    """Raise Clash for a point that has gone on; one whose later meeting is not held after all is free again."""
    gone_on = queries.successor(session, item.id)
    if gone_on is None:
        return
    there, later = gone_on
    if later.deleted_at is None and later.state is not ActivityState.CANCELLED:
        raise Clash(Word("“%(what)s”已经移交到下次会议，不再重复移交。", what=_name(session, item)))
    there.carried_from_id = None
    session.flush()


def _ensure_known(session: Session, item: AgendaItem, target: Meeting) -> None:
    """What is secret is brought before those who may know of it."""
    rows = select(Project).where(Project.id == (item.project_id or 0)).options(selectinload(Project.members))
    project = session.scalars(rows).one_or_none()
    if project is None or not project.is_secret:
        return
    invited = session.scalars(select(Attendee.user_id).where(Attendee.meeting_id == target.id)).all()
    people = {key for key in (*invited, target.chair_id, target.secretary_id) if key is not None}
    ensure_in_the_know(session, project, people, "items")


def _name(session: Session, item: AgendaItem) -> str:
    found = session.scalar(select(Project.name).where(Project.id == (item.project_id or 0)))
    return found or item.title
