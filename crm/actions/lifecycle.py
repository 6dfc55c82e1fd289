"""Moving a project through the stages that are not claimed, moving it back, and changing whether it is pursued."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import claims, rollups
from crm.actions.following import tell_followers
from crm.actions.locking import hold
from crm.choices import ClaimKind, ClaimState, Stage, Status, Word
from crm.errors import RuleBroken
from crm.models import Claim, Project, StageMove, StatusChange
from crm.policy import Act, Actor
from crm.queries.claims import verified_stages
from crm.queries.gate import ACT_FOR, facts_of
from crm.rules import lifecycle
from crm.rules.days import day_of
from crm.rules.lifecycle import Way
from crm.rules.statuses import StatusDraft, status_problem


def move(session: Session, actor: Actor, project: Project, to: Stage, reason: str, now: datetime) -> StageMove:
    """Take the project on: one stage freely when nothing is missing, several by a special right and a reason.

    Counted stages are not moved to but reported (actions/claims.py). Raises RuleBroken with what is missing.
    """
    policy.ensure(actor, ACT_FOR.get(lifecycle.way(project.stage, to), Act.MOVE_STAGE), project)
    hold(session, project)
    problem = lifecycle.forward_problem(facts_of(session, project), to, reason) or _counted_between(
        session, project, to
    )
    if problem:
        raise RuleBroken(problem, "reason" if lifecycle.way(project.stage, to) in (Way.SKIP, Way.CONCLUDE) else None)
    return _record(session, actor, project, to, reason, now)


def _counted_between(session: Session, project: Project, to: Stage) -> str | None:
    """Counted stages are never passed over silently: they are reported and verified."""
    verified = verified_stages(session, project.id)
    for stage in Stage:
        if project.stage < stage <= to and stage.counted and stage not in verified:
            return Word("“%(stage)s”要先提交并经核定，不能直接推进过去。", stage=stage.label)
    return None


def move_back(session: Session, actor: Actor, project: Project, to: Stage, reason: str, now: datetime) -> StageMove:
    """Take the project back, by a special right and with a reason; verified stages are reversed first."""
    policy.ensure(actor, Act.MOVE_BACK, project)
    hold(session, project)
    problem = lifecycle.back_problem(project.stage, to, reason, verified_stages(session, project.id))
    if problem:
        raise RuleBroken(problem, "reason" if not reason else "to_stage")
    return _record(session, actor, project, to, reason, now)


def _record(session: Session, actor: Actor, project: Project, to: Stage, reason: str, now: datetime) -> StageMove:
    before = project.stage
    row = StageMove(
        project_id=project.id,
        from_stage=before,
        to_stage=to,
        moved_on=day_of(now),
        reason=reason,
        recorded_at=now,
        recorded_by_id=actor.id,
    )
    session.add(row)
    project.stage, project.stage_since_on = to, row.moved_on
    session.flush()
    words = Word(
        "%(who)s 把“%(project)s”从%(before)s改到%(to)s。",
        who=actor.name, project=project.name, before=before.label, to=to.label,
    )  # fmt: skip
    tell_followers(session, project, f"move:{row.id}", words, now, actor.id)
    return row


def change_status(session: Session, actor: Actor, project: Project, draft: StatusDraft, now: datetime) -> StatusChange:
    """Pause, lose or take up again at once; a withdrawal (退库) is a claim that somebody else verifies."""
    policy.ensure(actor, Act.CHANGE_STATUS, project)
    hold(session, project)
    problem = status_problem(project.status, draft, day_of(now))
    if problem:
        raise RuleBroken(problem[1], problem[0])
    claim = _withdrawal(session, actor, project, draft, now) if draft.to_status is Status.WITHDRAWN else None
    change = StatusChange(
        project_id=project.id,
        from_status=project.status,
        to_status=draft.to_status,
        changed_on=draft.changed_on,
        reason_class=draft.reason_class,
        reason=draft.reason,
        lost_to=draft.lost_to if draft.to_status is Status.LOST else "",
        review_on=draft.review_on if draft.to_status is Status.PAUSED else None,
        claim_id=claim.id if claim else None,
        recorded_at=now,
        recorded_by_id=actor.id,
    )
    session.add(change)
    if claim is None:
        rollups.settle_status(session, project)
        words = Word(
            "%(who)s 把“%(project)s”的状态改为%(to)s。",
            who=actor.name, project=project.name, to=draft.to_status.label,
        )  # fmt: skip
        tell_followers(session, project, f"status:{change.id}", words, now, actor.id)
    return change


def _withdrawal(session: Session, actor: Actor, project: Project, draft: StatusDraft, now: datetime) -> Claim:
    claims.refuse_second(session, project, ClaimKind.STATUS)
    claim = Claim(
        project=project,
        kind=ClaimKind.STATUS,
        state=ClaimState.REPORTED,
        happened_on=draft.changed_on,
        note=draft.reason,
        reported_by_id=actor.id,
        reported_at=now,
    )
    session.add(claim)
    session.flush()
    return claim
