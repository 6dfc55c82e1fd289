"""What time does with overdue items: their leaders are told once, and they come onto the next meeting's agenda.

Nobody acts here but for `take_off`: the daily jobs call these, and again does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.actions.action_items import title
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.choices import ActivityState, NoticeKind, Word
from crm.errors import Clash
from crm.models import ActionItem, AgendaCarry, AgendaItem, Meeting, Notice, Project
from crm.policy import Act, Actor
from crm.queries import action_items as queries
from crm.queries import settings
from crm.rules.action_items import CARRYING
from crm.rules.workdays import overdue_days

POINT = "逾期交办事项"  # what a point of the agenda is called that stands there only for them


def overdue(session: Session, today: date) -> Sequence[ActionItem]:
    """Every overdue item of a living project, with unit and project; one statement."""
    rows = (
        select(ActionItem)
        .join(Project, Project.id == ActionItem.project_id)
        .where(queries.is_late(today))
        .options(joinedload(ActionItem.lead_unit), joinedload(ActionItem.project))
        .order_by(ActionItem.deadline_on, ActionItem.id)
    )
    return session.scalars(rows).all()


def copy_leaders(session: Session, user_ids: Iterable[int], today: date, now: datetime) -> dict[int, int]:
    """Tell the leaders among some people of each overdue item they answer for, once a deadline; how many each was told.

    Linked to its project, else the chair of its meeting, else all who lead.
    """
    wanted, items = set(user_ids), overdue(session, today)
    if not items or not wanted:
        return {}
    linked = queries.leading(session, [item.project_id for item in items])
    chairs = queries.leading_chairs(session, [item.meeting_id for item in items if item.meeting_id])
    everybody = queries.all_leaders(session)
    notices = select(Notice.user_id, Notice.key).where(Notice.user_id.in_(wanted), Notice.kind == NoticeKind.ACTION)
    known = {(row.user_id, row.key) for row in session.execute(notices)}
    calendar, told = settings.calendar(session), dict.fromkeys(wanted, 0)
    for item in items:
        leaders = linked.get(item.project_id) or chairs.get(item.meeting_id or 0) or everybody
        key = f"action:{item.id}:copied:{item.deadline_on.isoformat()}"
        for user_id in leaders:
            if user_id in wanted and (user_id, key) not in known:
                days = overdue_days(item.deadline_on, today, calendar)
                said = {"unit": item.lead_unit.short_name, "task": title(item), "n": days}
                text = Word("%(unit)s牵头的“%(task)s”逾期 %(n)d 天。", **said)
                told[user_id] += tell(
                    session, [user_id], News(NoticeKind.ACTION, key, text, None, "action_item", item.id), now
                )
    return {user_id: count for user_id, count in told.items() if count}


# ------------------------------------------------------------------------------------------------------------ the agenda


def carry(session: Session, today: date, now: datetime) -> int:
    """Put overdue items onto the agenda of the next meeting that coordinates; returns how many.

    Each once a meeting: what was taken off stays off, and comes onto the one after where it is overdue still. One of a secret
    project is left to people: it would close the meeting to those invited.
    """
    meeting_id = session.scalar(
        select(Meeting.id)
        .where(
            Meeting.state == ActivityState.PLANNED,
            Meeting.is_draft.is_(False),
            Meeting.kind.in_(CARRYING),
            Meeting.held_at > now,
        )
        .order_by(Meeting.held_at, Meeting.id)
        .limit(1)
    )
    if meeting_id is None:
        return 0
    meeting = session.get(Meeting, meeting_id)
    assert meeting is not None  # found a moment ago; nobody purges
    hold(session, meeting)
    if meeting.state is not ActivityState.PLANNED or meeting.is_draft or meeting.held_at <= now:
        return 0  # called off or moved while this waited: the next run finds another
    waiting = select(AgendaCarry.item_id).join(Meeting, Meeting.id == AgendaCarry.meeting_id)
    there = set(session.scalars(waiting.where(Meeting.state == ActivityState.PLANNED, Meeting.held_at > now)))
    found = [item for item in overdue(session, today) if item.id not in there and not item.project.is_secret]
    if not found:
        return 0
    points = {
        point.project_id: point
        for point in session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id))
    }
    rank = max((point.rank for point in points.values()), default=0)
    for item in found:
        point = points.get(item.project_id)
        made = point is None
        if point is None:
            rank += 1
            point = points[item.project_id] = AgendaItem(
                meeting_id=meeting.id, project_id=item.project_id, rank=rank, title=POINT, issue_class=item.issue_class
            )
            session.add(point)
            session.flush()
        row = AgendaCarry(meeting_id=meeting.id, item_id=item.id, point_id=point.id, made_point=made, at=now)
        session.add(row)
    meeting.changed_at = now  # raises the version: who is changing the agenda is told of it
    session.flush()
    return len(found)


def take_off(session: Session, actor: Actor, row: AgendaCarry, now: datetime) -> None:
    """Take an item off an agenda that it came onto by itself, and the point that stood there for nothing else."""
    policy.ensure(actor, Act.OVERSEE_ACTION)
    meeting = session.get_one(Meeting, row.meeting_id)
    policy.ensure_row(session, actor, Act.SEE_MEETING, meeting)
    hold(session, meeting)
    session.refresh(row)
    if row.removed_at is not None:
        raise Clash("这件事刚被移出议程。")
    row.removed_at, row.removed_by_id = now, actor.id
    meeting.changed_at = now
    session.flush()
    point = session.get(AgendaItem, row.point_id) if row.point_id else None
    others = select(func.count(AgendaCarry.id)).where(
        AgendaCarry.point_id == row.point_id, AgendaCarry.removed_at.is_(None)
    )
    made = select(func.count(AgendaCarry.id)).where(
        AgendaCarry.point_id == row.point_id, AgendaCarry.made_point.is_(True)
    )
    if point is None or session.scalar(others) or not session.scalar(made):
        return
    if point.title == POINT and not (point.notes or point.situation or point.conclusion):
        session.delete(point)
        session.flush()
