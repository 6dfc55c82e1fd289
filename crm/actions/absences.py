"""Who is away when: written down by oneself, or for somebody by those who may, and taken back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.bookings import NOT_INVITED
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Absence, User
from crm.policy import Act, Actor, Scope
from crm.queries import settings
from crm.rules import absences as rules
from crm.rules.absences import AbsenceDraft


def keep(session: Session, actor: Actor, draft: AbsenceDraft, today: date, now: datetime) -> Absence:
    """Write an absence down; from then on it stands in the way of meetings."""
    policy.ensure(actor, Act.SEE_MEETING)
    _ensure_may_keep(session, actor, draft.user_id)
    found = rules.problem(draft, today)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)
    begins, ends = rules.span(draft, settings.current(session).hours)
    absence = Absence(
        user_id=draft.user_id, kind=draft.kind, starts_at=begins, ends_at=ends, note=draft.note, entered_at=now,
        entered_by_id=actor.id,
    )  # fmt: skip
    session.add(absence)
    session.flush()
    return absence


def cancel(session: Session, actor: Actor, absence: Absence, now: datetime) -> None:
    """Take an absence back: he is here after all."""
    policy.ensure(actor, Act.SEE_MEETING)
    _ensure_may_keep(session, actor, absence.user_id)
    if absence.cancelled_at is not None:
        raise Clash("这条登记已经撤销。")
    absence.cancelled_at = now


def _ensure_may_keep(session: Session, actor: Actor, user_id: int) -> None:
    user = session.scalars(select(User).where(User.id == user_id, User.is_active.is_(True))).one_or_none()
    if user is None or user.role in NOT_INVITED:
        raise RuleBroken("没有找到这个人，请重新选择。", "user_id")
    if user.id == actor.id:
        return
    reach = policy.scope(actor, Act.KEEP_LEAVE)
    if reach is Scope.ALL or (reach is Scope.TEAM and user.unit_id in actor.unit_ids):
        return
    raise NotAllowed("只能登记自己的外出请假；本组的由组长，其他人的由统筹协调登记。")
