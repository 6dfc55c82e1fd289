"""The public pool: projects fall or are given into it, and are picked from it; who was in charge stays in the history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from crm import policy
from crm.actions import rollups
from crm.actions.locking import hold, hold_person
from crm.actions.notices import News, tell
from crm.choices import MemberRole, NoticeKind, PoolMove, Word
from crm.errors import Clash, NotFound, RuleBroken
from crm.models import PoolEvent, Project, ProjectMember
from crm.policy import Act, Actor
from crm.queries import pool as queries
from crm.queries.transfers import deciders, lead_of
from crm.rules import pool as rules
from crm.rules.days import day_of, local
from crm.rules.pool import PickLimits


def release(session: Session, actor: Actor, project: Project, reason: str, now: datetime) -> None:
    """Give a project into the pool (`members` loaded); raises RuleBroken where it does not belong there."""
    policy.ensure(actor, Act.TRANSFER, project)
    hold(session, project)
    if not reason:
        raise RuleBroken("请写明释放原因，留作记录。", "reason")
    problem = rules.release_problem(queries.releasable(session, project))
    if problem:
        raise RuleBroken(problem)
    holder = _let_go(session, project, PoolMove.RELEASED, actor.id, reason, now)
    people = {*deciders(session, project.unit_id, is_secret=False), *([holder] if holder else [])}
    text = Word("%(who)s把“%(project)s”释放到公共池：%(reason)s", who=actor.name, project=project.name, reason=reason)
    news = News(NoticeKind.TRANSFER, f"released:{project.id}:{now.isoformat()}", text, project_id=project.id)
    tell(session, people, news, now, actor.id)


def expire(session: Session, today: date, now: datetime, most: int = 200) -> int:
    """Let projects whose protection has run out fall into the pool, `most` at once; returns how many fell.

    Asked again for each one under its lock, so that running it twice, or beside somebody who logs a talk, does no harm.
    """
    fallen = 0
    for key in session.scalars(queries.lapsed(today).limit(most)).all():
        project = session.scalars(_with_members(key)).one()
        hold(session, project)
        if session.scalar(queries.lapsed(today).where(Project.id == key)) is not None:
            _fall(session, project, now)
            fallen += 1
    return fallen


def _fall(session: Session, project: Project, now: datetime) -> None:
    holder = _let_go(session, project, PoolMove.EXPIRED, None, "", now)
    people = {*deciders(session, project.unit_id, is_secret=False), *([holder] if holder else [])}
    text = Word("“%(project)s”保护期已满，没有新的联系，已进入公共池。", project=project.name)
    key = f"expired:{project.id}:{project.protected_until_on}"
    tell(session, people, News(NoticeKind.PROTECTION, key, text, project_id=project.id), now)


def _let_go(
    session: Session, project: Project, move: PoolMove, by_id: int | None, reason: str, now: datetime
) -> int | None:
    """Into the pool: whoever was in charge is so until today. Returns who that was."""
    lead = lead_of(project)
    if lead:
        lead.to_on = day_of(now)
    project.pooled_at = now
    holder = lead.user_id if lead else None
    session.add(PoolEvent(project_id=project.id, move=move, at=now, by_id=by_id, holder_id=holder, reason=reason))
    session.flush()
    return holder


def pick(session: Session, actor: Actor, project_id: int, limits: PickLimits, now: datetime) -> Project:
    """Take a project out of the pool: its lead, in one's own team, with its protection begun anew.

    Raises NotFound for what never lay there, Clash with the name of whoever was faster, RuleBroken for the limits.
    """
    policy.ensure(actor, Act.PICK)
    hold_person(session, actor.id)
    project = session.scalars(_with_members(project_id)).one_or_none()
    if project is None or project.is_secret:
        raise NotFound
    hold(session, project)
    if session.scalar(select(Project.id).where(Project.id == project_id, queries.in_pool())) is None:
        raise _missed(session, project)
    picker = queries.picker(session, actor.id, project.id, day_of(now))
    problem = rules.pick_problem(picker, limits, day_of(now))
    if problem:
        raise RuleBroken(problem)
    _take(session, actor, project, now)
    return project


def _missed(session: Session, project: Project) -> Clash | NotFound:
    found = queries.last_pick(session, project.id)
    if found is None:
        return NotFound("这个项目不在公共池，可能刚被收回；请刷新后再看。")
    name, at = found[0], local(found[1])
    when = {"month": at.month, "day": at.day, "clock": f"{at:%H:%M}"}
    return Clash(Word("慢了一步：%(name)s %(month)d月%(day)d日 %(clock)s 已领取这个项目。", name=name, **when))


def _take(session: Session, actor: Actor, project: Project, now: datetime) -> None:
    today, before = day_of(now), _holder_of(session, project.id)
    project.pooled_at, project.unit_id = None, actor.unit_id
    project.members.append(ProjectMember(user_id=actor.id, role=MemberRole.LEAD, from_on=today))
    session.add(PoolEvent(project_id=project.id, move=PoolMove.PICKED, at=now, by_id=actor.id, holder_id=before))
    session.flush()
    rollups.settle_protection(session, [project.id], now)  # being picked renews it
    if before:
        text = Word("你曾主办的项目（%(code)s）已由%(who)s从公共池领取。", code=project.code, who=actor.name)
        news = News(NoticeKind.TRANSFER, f"picked:{project.id}:{now.isoformat()}", text)
        tell(session, [before], news, now, actor.id)


def _holder_of(session: Session, project_id: int) -> int | None:
    """Who was in charge when it went into the pool."""
    rows = select(PoolEvent.holder_id).where(PoolEvent.project_id == project_id, PoolEvent.move != PoolMove.PICKED)
    return session.scalars(rows.order_by(PoolEvent.at.desc(), PoolEvent.id.desc()).limit(1)).first()


def _with_members(project_id: int) -> Select[Project]:
    return select(Project).where(Project.id == project_id).options(selectinload(Project.members))
