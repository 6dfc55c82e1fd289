"""A light set by hand for a month, or taken back; who answers for a project is told of it, and of a light that is not green.

What is computed stays beside it. A month whose briefing is checked is closed, as it is to its reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.choices import Light, NoticeKind, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import LightOverride, Project, User
from crm.policy import Act, Actor
from crm.queries import lights as queries
from crm.queries import monthly, settings
from crm.queries.lights import Lit
from crm.rules import lights as rules
from crm.rules.days import Month

SHORT = (Light.YELLOW, Light.ORANGE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The light somebody sets, why, and what he saw when he did (Lit.token)."""

    light: Light | None
    reason: str
    seen: str


def set_light(
    session: Session, actor: Actor, project: Project, month: Month, wanted: Wanted, today: date, now: datetime
) -> LightOverride:
    """Set the light of a project for a month (`project.members` loaded); what was set before ends.

    A graver one by who holds the right, a milder one by leaders alone. Raises Clash when the light has changed since it was
    shown, RuleBroken for a closed month.
    """
    policy.ensure(actor, Act.SET_LIGHT, project)
    found = _found(session, project, month, wanted.seen, today)
    thresholds = settings.current(session).thresholds
    problem = rules.override_problem(wanted.light, found.verdict.light, found.light, wanted.reason, thresholds)
    if problem:
        raise RuleBroken(problem[1], problem[0])
    assert wanted.light is not None  # a rule asked for it
    _ensure_may(actor, project, found, rules.is_graver(wanted.light, found.light))
    if found.override is not None:
        _end(session, actor, found.override, now)
    row = LightOverride(
        project_id=project.id, month=month.first, system_light=found.verdict.light, light=wanted.light,
        reason=wanted.reason, at=now, by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {"project": project.name, "month": month.label, "words": rules.both(row.system_light, row.light)}
    text = Word("“%(project)s”%(month)s亮灯调整：%(words)s，%(reason)s", reason=row.reason[:80], **said)
    _tell(session, actor, project, f"light:override:{row.id}", text, now)
    return row


def withdraw(
    session: Session, actor: Actor, project: Project, month: Month, seen: str, today: date, now: datetime
) -> None:
    """Take back what was set by hand: who set it his own, leaders anybody's; the computed light holds again."""
    policy.ensure(actor, Act.SET_LIGHT, project)
    found = _found(session, project, month, seen, today)
    if found.override is None:
        raise Clash("这个月没有人工调整，请刷新后再看。")
    if found.override.by_id != actor.id and not policy.allows(actor, Act.LOWER_LIGHT, project):
        raise NotAllowed("人工调整由调整人本人或领导撤销。")
    _end(session, actor, found.override, now)
    session.flush()
    text = Word("“%(project)s”%(month)s的亮灯调整已撤销。", project=project.name, month=month.label)
    _tell(session, actor, project, f"light:override:{found.override.id}:ended", text, now)


def _found(session: Session, project: Project, month: Month, seen: str, today: date) -> Lit:
    """The project held and its light read anew; raises for a closed month, one without it, and one that has changed."""
    hold(session, project)
    lock = monthly.lock_of(session, month)
    if lock is not None:
        said = {"month": month.label, "state": lock.state.label}
        raise RuleBroken(Word("%(month)s的简报%(state)s，这个月的亮灯不能再改。", **said))
    values = settings.current(session)
    basis = settings.basis(session, today, values)
    found = queries.lit(session, basis, [project.id], month, values.thresholds).get(project.id, [None])[-1]
    if found is None:
        raise RuleBroken(Word("项目%(month)s末不在重点清单上，没有亮灯。", month=month.label))
    if found.token != seen:
        raise Clash("这个月的亮灯刚有变化（数据更新或别人作了调整），请看新的结果再定。")
    return found


def _ensure_may(actor: Actor, project: Project, found: Lit, graver: bool) -> None:
    """A milder light than the one shown, or another in the place of what a leader has lowered, is for leaders."""
    if policy.allows(actor, Act.LOWER_LIGHT, project):
        return
    who = policy.holders(Act.LOWER_LIGHT)
    if not graver:
        raise NotAllowed(Word("只能调重；调轻由%(who)s说明理由后调整。", who=who))
    made = found.override
    if made is not None and rules.is_graver(made.system_light, made.light):
        raise NotAllowed(Word("这个月的亮灯已由%(who)s调轻，要改请由%(who)s办理。", who=who))


def _end(session: Session, actor: Actor, row: LightOverride, now: datetime) -> None:
    row.ended_at, row.ended_by_id = now, actor.id
    session.flush()


def _tell(session: Session, actor: Actor, project: Project, key: str, text: str, now: datetime) -> None:
    if project.lead_id is not None:
        tell(session, [project.lead_id], News(NoticeKind.LIGHT, key, text, project.id), now, actor.id)


def tell_lit(session: Session, month: Month, lit: Iterable[tuple[int, Light, str]], now: datetime) -> int:
    """Tell who leads a project that it bears yellow, orange or red in an issued month: (project, light, why in words).

    Yellow and orange ask for a written plan of its unit; about a red one a letter may follow.
    """
    rows = {key: (light, why) for key, light, why in lit if light in rules.BEHIND}
    found = select(Project).join(User, User.id == Project.lead_id)
    found = found.where(Project.id.in_(rows), User.is_active.is_(True)).order_by(Project.id)
    told = 0
    for project in session.scalars(found):
        light, why = rows[project.id]
        said = {"project": project.name, "month": month.label, "light": light.label, "why": why}
        asked = (
            Word("“%(project)s”%(month)s亮%(light)s灯：%(why)s。请报责任单位的书面整改计划。", **said)
            if light in SHORT
            else Word("“%(project)s”%(month)s亮%(light)s灯：%(why)s。请抓紧赶工，等候督办函。", **said)
        )
        news = News(NoticeKind.LIGHT, f"light:{month}:{project.id}", asked, project.id)
        told += tell(session, [project.lead_id] if project.lead_id else [], news, now)
    return told
