"""Attachments: files bound to a project, and to the claim or the activity they prove, or the comment they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy, storage
from crm.choices import EvidenceKind
from crm.errors import RuleBroken
from crm.models import Attachment, Claim, Project
from crm.policy import Act, Actor
from crm.rules import files


@dataclass(frozen=True)
class Upload:
    """A file as it came in; `field` is the form field to which a refusal belongs."""

    filename: str
    data: bytes
    kind: EvidenceKind
    field: str = "file"


def attach(
    session: Session,
    actor: Actor,
    project: Project,
    upload: Upload,
    folder: Path,
    now: datetime,
    claim: Claim | None = None,
    activity_id: int | None = None,
    comment_id: int | None = None,
) -> Attachment:
    """Keep a file with the project; raises RuleBroken for a kind, size or content that is not accepted."""
    policy.ensure(actor, Act.ATTACH, project)
    name = files.clean_name(upload.filename)
    problem = files.file_problem(name, len(upload.data), upload.data[:16])
    if problem:
        raise RuleBroken(problem, upload.field)
    kept = Attachment(
        project_id=project.id,
        claim_id=claim.id if claim else None,
        activity_id=activity_id,
        comment_id=comment_id,
        kind=upload.kind,
        filename=name,
        media_type=files.media_type(name),
        size_bytes=len(upload.data),
        digest=storage.store(folder, upload.data),
        uploaded_at=now,
        uploaded_by_id=actor.id,
    )
    session.add(kept)
    return kept


def carry_over(session: Session, old: Claim, new: Claim) -> None:
    """The corrected claim rests on the evidence of the one it replaces; the old one keeps its own."""
    for file in session.scalars(select(Attachment).where(Attachment.claim_id == old.id).order_by(Attachment.id)):
        values = {
            column.key: getattr(file, column.key) for column in Attachment.__table__.columns if column.key != "id"
        }
        session.add(Attachment(**{**values, "claim_id": new.id}))
