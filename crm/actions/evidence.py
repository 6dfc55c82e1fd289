"""Binding files to the figure they prove: before it is verified in both directions, afterwards only added."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import files
from crm.actions.files import Upload
from crm.actions.locking import hold
from crm.choices import Word
from crm.errors import Clash, RuleBroken
from crm.models import Attachment, Claim
from crm.policy import Act, Actor
from crm.rules import claims as rules
from crm.rules.trash import file_problem


def add(session: Session, actor: Actor, claim: Claim, upload: Upload, folder: Path, now: datetime) -> Attachment:
    """Keep a new file with the claim; raises RuleBroken for a claim that was reversed or a file that is not accepted."""
    policy.ensure(actor, Act.ATTACH, claim.project)
    _hold_open(session, claim)
    return files.attach(session, actor, claim.project, upload, folder, now, claim)


def bind(session: Session, actor: Actor, claim: Claim, file: Attachment) -> None:
    """Let a file that lies with the project prove the claim; raises Clash when it proves another one meanwhile."""
    policy.ensure(actor, Act.ATTACH, claim.project)
    _hold_open(session, claim)
    hold(session, file)
    if file.project_id != claim.project_id:
        raise RuleBroken("只能选用本项目的附件。", "bound")
    if file.claim_id not in (None, claim.id):
        raise Clash(Word("附件“%(name)s”刚被用作另一条记录的凭证，请刷新后再选。", name=file.filename))
    file.claim_id = claim.id
    session.flush()


def unbind(session: Session, actor: Actor, claim: Claim, file: Attachment) -> None:
    """The file proves something else; it stays with the project. Raises RuleBroken once the claim was verified."""
    policy.ensure(actor, Act.ATTACH, claim.project)
    hold(session, claim.project)
    hold(session, claim)
    hold(session, file)
    problem = file_problem(claim.state)
    if problem:
        raise RuleBroken(problem)
    if file.claim_id == claim.id:
        file.claim_id = None
    session.flush()


def _hold_open(session: Session, claim: Claim) -> None:
    """In the order of reporting and verifying: the project first."""
    hold(session, claim.project)
    hold(session, claim)
    problem = rules.bind_problem(claim.state)
    if problem:
        raise RuleBroken(problem, "file")
