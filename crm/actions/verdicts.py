"""Verifying, giving back and reversing: what the reporter cannot do, and what makes a claim count or stop counting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import rollups
from crm.actions.following import tell_followers
from crm.actions.locking import hold
from crm.choices import ClaimKind, ClaimState, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Attachment, Claim, StageMove, StatusChange, User
from crm.policy import Act, Actor
from crm.queries import claims as queries
from crm.rules.claims import CLAIMED_STAGES
from crm.rules.days import day_of


def verify(session: Session, actor: Actor, claim: Claim, now: datetime, seen_files: int | None = None) -> None:
    """Let a claim count from now on: its stage move or status takes effect. `seen_files` is how many files proved it when
    the verifier looked.

    Raises NotAllowed for one's own claim, Clash when somebody else has decided in between, the same already counts, or
    the evidence changed.
    """
    policy.ensure(actor, Act.VERIFY, claim.project)
    _hold(session, claim)
    if claim.reported_by_id == actor.id:
        raise NotAllowed("不能核定自己提交的内容，请由另一位综合统计核定。")
    _ensure_state(session, claim, ClaimState.REPORTED)
    _refuse_double(session, claim)
    _refuse_changed_evidence(session, claim, seen_files)
    claim.state, claim.verified_by_id, claim.verified_at = ClaimState.VERIFIED, actor.id, now
    _settle(session, claim)
    words = Word(
        "“%(project)s”的%(kind)s已由%(who)s核定。", project=claim.project.name, kind=claim.kind.label, who=actor.name
    )
    tell_followers(session, claim.project, f"verified:{claim.id}", words, now, actor.id)


def verify_batch(session: Session, actor: Actor, batch_id: int, now: datetime) -> tuple[int, int]:
    """Verify what one import reported, project by project: (verified, left over because something stands against it)."""
    policy.ensure(actor, Act.VERIFY)
    verified = left = 0
    for claim in queries.waiting_of_batch(session, actor, batch_id):
        try:
            verify(session, actor, claim, now)
        except (Clash, NotAllowed):  # both are raised before anything is written
            left += 1
        else:
            verified += 1
    return verified, left


def give_back(session: Session, actor: Actor, claim: Claim, reason: str, now: datetime) -> None:
    """Return a claim to its reporter, who corrects it and reports anew."""
    policy.ensure(actor, Act.VERIFY, claim.project)
    _hold(session, claim)
    _ensure_state(session, claim, ClaimState.REPORTED)
    if not reason:
        raise RuleBroken("请写明退回原因，报送人照此修改。", "reason")
    claim.state, claim.returned_by_id, claim.returned_at, claim.reason = ClaimState.RETURNED, actor.id, now, reason


def reverse(session: Session, actor: Actor, claim: Claim, reason: str, now: datetime) -> None:
    """Stop a verified claim from counting from now on; what was issued before keeps it. The stage goes back with it."""
    policy.ensure(actor, Act.REVERSE, claim.project)
    _hold(session, claim)
    _ensure_state(session, claim, ClaimState.VERIFIED)
    if not reason:
        raise RuleBroken("请写明作废原因。", "reason")
    claim.state, claim.reversed_by_id, claim.reversed_at, claim.reason = ClaimState.REVERSED, actor.id, now, reason
    _settle(session, claim)


def _hold(session: Session, claim: Claim) -> None:
    """The project first, then the claim: in the same order as reporting, so that no two wait for each other."""
    hold(session, claim.project)
    hold(session, claim)


def _ensure_state(session: Session, claim: Claim, wanted: ClaimState) -> None:
    if claim.state is wanted:
        return
    by_id, at = {
        ClaimState.VERIFIED: (claim.verified_by_id, claim.verified_at),
        ClaimState.RETURNED: (claim.returned_by_id, claim.returned_at),
        ClaimState.REVERSED: (claim.reversed_by_id, claim.reversed_at),
    }.get(claim.state, (claim.reported_by_id, claim.reported_at))
    who = session.scalar(select(User.name).where(User.id == by_id)) or Word("台账导入")
    said = {"kind": claim.kind.label, "who": who, "state": claim.state.label}
    if at is None:
        raise Clash(Word("这条%(kind)s记录已由%(who)s处理，现在%(state)s，请刷新后再看。", **said))
    raise Clash(Word("这条%(kind)s记录已由%(who)s于 %(at)s 处理，现在%(state)s，请刷新后再看。", at=day_of(at), **said))


def _refuse_double(session: Session, claim: Claim) -> None:
    """A counted stage is reached once: a second claim of the kind is given back, not verified."""
    other = select(Claim.id).where(
        Claim.project_id == claim.project_id,
        Claim.kind == claim.kind,
        Claim.state == ClaimState.VERIFIED,
        Claim.id != claim.id,
    )
    if claim.kind in CLAIMED_STAGES and session.scalar(other.limit(1)):
        sentence = "这个项目的“%(kind)s”已有一条核定，不能再核定一条；请退回这一条，或先作废那一条。"
        raise Clash(Word(sentence, kind=claim.kind.label))


def _refuse_changed_evidence(session: Session, claim: Claim, seen_files: int | None) -> None:
    count = session.scalar(select(func.count(Attachment.id)).where(Attachment.claim_id == claim.id)) or 0
    if seen_files is not None and count != seen_files:
        sentence = "凭证刚有变化：你看到 %(n)d 个，现在 %(now)d 个。请刷新核对后再核定。"
        raise Clash(Word(sentence, n=seen_files, now=count))


def _settle(session: Session, claim: Claim) -> None:
    """Bring the project's stage or status in line; for a log that holds nothing else, to where it stood before."""
    if claim.kind in CLAIMED_STAGES:
        move = session.scalars(select(StageMove).where(StageMove.claim_id == claim.id)).one_or_none()
        before = (move.from_stage, move.moved_on) if move and move.from_stage is not None else None
        rollups.settle_stage(session, claim.project, before)
    if claim.kind is ClaimKind.STATUS:
        change = session.scalars(select(StatusChange).where(StatusChange.claim_id == claim.id)).one()
        rollups.settle_status(session, claim.project, change.from_status)
