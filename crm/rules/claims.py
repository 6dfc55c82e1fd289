"""What a claim brings about and what proves it (domain.md §2.2, §2.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crm.choices import ClaimKind, ClaimState, EvidenceKind, Stage, Word, either

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


def missing_evidence(kind: ClaimKind, attached: Collection[EvidenceKind]) -> tuple[EvidenceKind, ...]:
    """The kinds of which one is still needed to prove a claim; nothing once there is one of them."""
    wanted = EVIDENCE.get(kind, ())
    return () if set(wanted) & set(attached) else wanted


def bind_problem(state: ClaimState) -> str | None:
    """Why a claim takes no more evidence, or None."""
    return "这条记录已作废，不再补充凭证。" if state is ClaimState.REVERSED else None


def evidence_problem(kind: ClaimKind, attached: Collection[EvidenceKind]) -> str | None:
    """Why a claim cannot be reported yet for want of evidence, or None."""
    wanted = missing_evidence(kind, attached)
    if not wanted:
        return None
    return Word("请上传%(kinds)s，核定要以它为据。", kinds=either(item.label for item in wanted))
