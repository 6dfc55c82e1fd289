"""What a claim brings about and what proves it (domain.md §2.2, §2.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crm.choices import ClaimKind, EvidenceKind, Stage

CLAIMED_STAGES: Mapping[ClaimKind, Stage] = {
    ClaimKind.SIGNING: Stage.SIGNED,
    ClaimKind.START: Stage.STARTED,
    ClaimKind.FINISH: Stage.FINISHED,
    ClaimKind.PRODUCTION: Stage.PRODUCING,
}
CLAIM_FOR: Mapping[Stage, ClaimKind] = {stage: kind for kind, stage in CLAIMED_STAGES.items()}

# Any one of these proves a claim (domain.md §2.3, last line; §1.1 到位资金).
EVIDENCE: Mapping[ClaimKind, tuple[EvidenceKind, ...]] = {
    ClaimKind.SIGNING: (EvidenceKind.CONTRACT,),
    ClaimKind.START: (EvidenceKind.PERMIT, EvidenceKind.PHOTO),
    ClaimKind.FINISH: (EvidenceKind.ACCEPTANCE,),
    ClaimKind.PRODUCTION: (EvidenceKind.PRODUCTION,),
    ClaimKind.CONTRACT: (EvidenceKind.CONTRACT,),
    ClaimKind.ARRIVAL: (EvidenceKind.BANK,),
}


def evidence_problem(kind: ClaimKind, attached: Collection[EvidenceKind]) -> str | None:
    """Why a claim cannot be reported yet for want of evidence, or None."""
    wanted = EVIDENCE.get(kind, ())
    if not wanted or set(wanted) & set(attached):
        return None
    return f"请上传{'或'.join(item.label for item in wanted)}，核定要以它为据。"
