"""Correcting a claim that was given back, and taking up a draft again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.actions import files
from crm.actions.locking import hold
from crm.choices import ClaimState, Word
from crm.errors import Clash, RuleBroken
from crm.models import Attachment, Claim, Contract, MoneyEntry, StageMove, StatusChange


def replace(session: Session, old: Claim | None, new: Claim) -> None:
    """Take the place of a claim given back (it stays, with its evidence) or of a draft (it goes)."""
    if old is None:
        return
    hold(session, old)
    if old.project_id != new.project_id or old.kind is not new.kind:
        raise RuleBroken("这条记录不属于这个项目，请从项目页重新提交。")
    if old.state is ClaimState.RETURNED:
        if session.scalar(select(Claim.id).where(Claim.replaces_id == old.id)):
            raise Clash("这条退回的记录已经改过并重新提交了，请看项目页最新的一条。")
        new.replaces_id = old.id
        files.carry_over(session, old, new)
    elif old.state is ClaimState.DRAFT:
        _discard(session, old, new)
    else:
        raise Clash(Word("这条记录现在%(state)s，不能再改。", state=old.state.label))


def _discard(session: Session, old: Claim, new: Claim) -> None:
    for file in session.scalars(select(Attachment).where(Attachment.claim_id == old.id)):
        file.claim_id = new.id
    session.flush()
    for model in (MoneyEntry, StageMove, StatusChange, Contract):
        session.execute(delete(model).where(model.claim_id == old.id))
    session.delete(old)
    session.flush()
