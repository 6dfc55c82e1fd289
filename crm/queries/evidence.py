"""Which figures lack what should prove them, and which files could (rules/claims.EVIDENCE)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ClaimState
from crm.models import Attachment, Claim
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.rules.claims import EVIDENCE

MOST_COUNTED = 1_000
OFFERED = 50


def lacking() -> ColumnElement[bool]:
    """The claim should be proved by a file and is by none of the right kind; a ledger is evidence itself."""
    proofs = select(Attachment.id).where(Attachment.claim_id == Claim.id).correlate(Claim)
    unproved = (
        and_(Claim.kind == kind, ~exists(proofs.where(Attachment.kind.in_(kinds)))) for kind, kinds in EVIDENCE.items()
    )
    return and_(Claim.batch_id.is_(None), or_(*unproved))


def proof_count() -> Any:
    """How many files prove the claim."""
    return select(func.count(Attachment.id)).where(Attachment.claim_id == Claim.id).correlate(Claim).scalar_subquery()


def lacking_of(session: Session, project_id: int) -> Collection[int]:
    """The verified claims of a project that lack their evidence."""
    return frozenset(key for (key,) in compiled.rows(session, _lacking_of, (), {"project_id": project_id}))


@compiled.by_key
def _lacking_of() -> Select[int]:
    project_id: Any = bindparam("project_id", type_=Integer())
    return select(Claim.id).where(Claim.project_id == project_id, Claim.state == ClaimState.VERIFIED, lacking())


def count_lacking(session: Session, actor: Actor) -> int:
    """How many verified figures lack their evidence, as far as the actor may see them; counting stops at MOST_COUNTED."""
    rows = select(Claim.id).where(
        Claim.state == ClaimState.VERIFIED, lacking(), policy.rows(actor, Act.SEE_QUEUE, Claim)
    )
    return session.scalar(select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery())) or 0


def free_files(session: Session, project_id: int) -> Sequence[Attachment]:
    """Files of the project that prove nothing yet, the newest first: what can be bound to a claim."""
    return session.scalars(
        select(Attachment)
        .where(Attachment.project_id == project_id, Attachment.claim_id.is_(None))
        .order_by(Attachment.id.desc())
        .limit(OFFERED)
    ).all()
