"""Ruling a collision: what follows is done in the same transaction and kept, so that an appeal can change it back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import merging
from crm.actions.collisions import tell_side
from crm.actions.locking import hold, hold_all
from crm.choices import CollisionOutcome, CollisionState, MemberRole, Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import Claim, Collision, Merge, Project, ProjectMember, Ruling
from crm.policy import Act, Actor
from crm.queries import collisions as queries
from crm.queries.claims import LIVE
from crm.rules.collisions import WHOLE, Decision, after, first_percent, problem
from crm.rules.days import day_of

Undo = dict[str, Any]


def ensure_judge(session: Session, actor: Actor, case: Collision) -> None:
    """Raise NotAllowed unless the actor may rule this case now: the right, no part in it, no part in the first ruling."""
    policy.ensure(actor, Act.ARBITRATE)
    for side in (case.first, case.second):
        policy.ensure(actor, Act.ARBITRATE, side)
    if queries.is_party(session, actor, case):
        raise NotAllowed("你参与过其中一方的项目，是这一撞单的当事人，请由其他裁定人裁定。")
    if case.state is CollisionState.APPEALED and any(ruling.decided_by_id == actor.id for ruling in case.rulings):
        raise NotAllowed("申诉由另一位裁定人终裁，第一次裁定的人不能再裁。")


def rule(session: Session, actor: Actor, case: Collision, decision: Decision, now: datetime) -> Ruling:
    """Decide a case that waits (both projects with their members, and the rulings, loaded).

    Raises RuleBroken for what cannot be decided so, NotAllowed for a party.
    """
    ensure_judge(session, actor, case)
    hold(session, case)
    following = after(case.state)
    if following is None:
        raise RuleBroken("这一撞单没有在等待裁定，请刷新后再看。", "outcome")
    if found := problem(decision):
        raise RuleBroken(found[1], found[0])
    hold_all(session, case.first, case.second)
    if case.rulings:
        case = _take_back(session, actor, case, case.rulings[-1], now)
    ruling = Ruling(
        instance=len(case.rulings) + 1, outcome=decision.outcome, first_percent=first_percent(decision),
        reason=decision.reason, decided_at=now, decided_by_id=actor.id, undo=_carry_out(session, actor, case, decision, now),
    )  # fmt: skip
    case.rulings.append(ruling)
    case.state = following
    session.flush()
    _tell(session, actor, case, ruling, now)
    return ruling


def _tell(session: Session, actor: Actor, case: Collision, ruling: Ruling, now: datetime) -> None:
    for side in (case.first, case.second):
        said = {"name": side.name, "outcome": ruling.outcome.label}
        final = ruling.instance > 1
        text = (
            Word("“%(name)s”的撞单终裁：%(outcome)s。", **said)
            if final
            else Word("“%(name)s”的撞单裁定：%(outcome)s。", **said)
        )
        tell_side(session, case, side, text, f"ruled{ruling.instance}", now, actor)


# ---------------------------------------------------------------------------------------------------------- what follows


def _carry_out(session: Session, actor: Actor, case: Collision, decision: Decision, now: datetime) -> Undo:
    """Do what the outcome says; returns what stood there before."""
    undo: Undo = {"projects": {}, "shares": {}, "added": [], "merge": None}
    first, second = case.first, case.second
    match decision.outcome:
        case CollisionOutcome.FIRST:
            _point(undo, second, first.id)
        case CollisionOutcome.SECOND:
            _ensure_uncounted(session, first)
            _point(undo, second, None)
            _point(undo, first, second.id)
        case CollisionOutcome.SHARED:
            _point(undo, second, first.id)
            _share(session, undo, first, second, first_percent(decision), day_of(now))
        case CollisionOutcome.MERGED:
            undo["merge"] = _merge(session, actor, first, second, decision.reason, now)
        case CollisionOutcome.APART:
            _point(undo, second, None)
    return undo


def _point(undo: Undo, project: Project, duplicate_of_id: int | None) -> None:
    undo["projects"][str(project.id)] = project.duplicate_of_id
    project.duplicate_of_id = duplicate_of_id


def _ensure_uncounted(session: Session, project: Project) -> None:
    """What is reported or verified of a project must not stop counting by a ruling: figures of past months would change."""
    if session.scalar(select(Claim.id).where(Claim.project_id == project.id, Claim.state.in_(LIVE)).limit(1)):
        raise RuleBroken("先报方的项目已有报送或核定的数据，不能改归后报方；请裁定共享或归先报方。", "outcome")


def _merge(session: Session, actor: Actor, first: Project, second: Project, reason: str, now: datetime) -> int:
    try:
        return merging.merge_projects(session, actor, first, second, reason, now, act=Act.ARBITRATE).id
    except RuleBroken as refusal:
        raise RuleBroken(refusal.message, "outcome") from refusal


def _share(session: Session, undo: Undo, first: Project, second: Project, percent: int, today: date) -> None:
    """The credit is split on the earlier record; who leads the later one supports it from today on."""
    lead, other = _lead(first), _lead(second)
    if lead is not None:
        _set_share(undo, lead, percent)
    if other is None:
        return
    member = next((m for m in first.members if m.user_id == other.user_id and m.to_on is None and m is not lead), None)
    if member is None:
        member = ProjectMember(user_id=other.user_id, role=MemberRole.SUPPORT, from_on=today)
        first.members.append(member)
        session.flush()
        undo["added"].append(member.id)
    _set_share(undo, member, WHOLE - percent)


def _lead(project: Project) -> ProjectMember | None:
    """Who is in charge, else who reported it first."""
    current = [member for member in project.members if member.to_on is None]
    parts = (MemberRole.LEAD, MemberRole.FIRST_REPORTER)
    return next((member for part in parts for member in current if member.role is part), None)


def _set_share(undo: Undo, member: ProjectMember, percent: int) -> None:
    undo["shares"][str(member.id)] = member.share_percent
    member.share_percent = percent


# -------------------------------------------------------------------------------------------------------------- and back


def _take_back(session: Session, actor: Actor, case: Collision, ruling: Ruling, now: datetime) -> Collision:
    """Put back what a ruling changed; who was named by it leaves with it. Returns the case, read anew."""
    undo = ruling.undo or {}
    if merge := session.get(Merge, undo.get("merge") or 0):
        merging.undo(session, actor, merge, now, Act.ARBITRATE)
        anew = queries.visible_to(actor).where(Collision.id == case.id)
        return session.scalars(anew.execution_options(populate_existing=True)).unique().one()
    for project in (case.first, case.second):
        if str(project.id) in undo.get("projects", {}):
            project.duplicate_of_id = undo["projects"][str(project.id)]
    members = {str(member.id): member for project in (case.first, case.second) for member in project.members}
    for key, percent in undo.get("shares", {}).items():
        if key in members:
            members[key].share_percent = percent
    for key in undo.get("added", ()):
        member = members.get(str(key))
        if member is not None and member.to_on is None:
            member.to_on = member.from_on
    session.flush()
    return case
