"""入统: the statistician records that a started project stands in the statistics, and withdraws what was wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.errors import Clash, RuleBroken
from crm.models import FaiEntry, Project
from crm.policy import Act, Actor
from crm.queries import fai as queries
from crm.queries import settings
from crm.rules import fai as rules
from crm.rules.days import day_of
from crm.rules.fai import FaiDraft


def record(session: Session, actor: Actor, project: Project, draft: FaiDraft, now: datetime) -> FaiEntry:
    """Record the day and the code; raises RuleBroken (with the field), Clash when the project stands there already."""
    policy.ensure(actor, Act.VERIFY, project)
    hold(session, project)
    if session.scalars(queries.standing(project.id)).first():
        raise Clash("项目已登记入统，请刷新后再看；要改先撤销原来的登记。")
    basis = settings.basis(session, day_of(now))
    wrong = rules.problem(draft, queries.started_on(session, project.id, basis), day_of(now))
    if wrong:
        raise RuleBroken(wrong[1], wrong[0])
    if queries.has_code(session, draft.code, project.id):
        raise RuleBroken("统计代码已用于另一个项目，请核对。", "code")  # not which: it may be one that nobody here sees
    entry = FaiEntry(
        project_id=project.id, entered_on=draft.entered_on, code=draft.code, recorded_at=now, recorded_by_id=actor.id
    )
    session.add(entry)
    session.flush()
    return entry


def withdraw(session: Session, actor: Actor, project: Project, entry: FaiEntry, reason: str, now: datetime) -> None:
    """Take an entry back, with the reason; the row stays, and figures known before keep it."""
    policy.ensure(actor, Act.VERIFY, project)
    hold(session, project)
    session.refresh(entry)
    if entry.project_id != project.id or entry.withdrawn_at is not None:
        raise Clash("这条入统登记已撤销，请刷新后再看。")
    if not reason:
        raise RuleBroken("请写明撤销原因。", "reason")
    entry.withdrawn_at, entry.withdrawn_by_id, entry.reason = now, actor.id, reason
    session.flush()
