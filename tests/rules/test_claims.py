"""What proves a claim."""

from __future__ import annotations

import pytest

from crm.choices import COUNTED_STAGES, ClaimKind, ClaimState, EvidenceKind
from crm.rules import claims as rules
from crm.rules.claims import CLAIM_FOR, evidence_problem


def test_every_counted_stage_has_its_claim():
    assert set(CLAIM_FOR) == COUNTED_STAGES


@pytest.mark.parametrize(
    ("kind", "attached", "says"),
    [
        (ClaimKind.SIGNING, [], "请上传合同扫描件，核定要以它为据。"),
        (ClaimKind.SIGNING, [EvidenceKind.PHOTO], "请上传合同扫描件，核定要以它为据。"),
        (ClaimKind.SIGNING, [EvidenceKind.PHOTO, EvidenceKind.CONTRACT], None),
        (ClaimKind.START, [], "请上传许可证件或现场照片，核定要以它为据。"),
        (ClaimKind.START, [EvidenceKind.PHOTO], None),
        (ClaimKind.START, [EvidenceKind.PERMIT], None),
        (ClaimKind.FINISH, [EvidenceKind.PHOTO], "请上传验收文件，核定要以它为据。"),
        (ClaimKind.ARRIVAL, [], "请上传银行回单或票据，核定要以它为据。"),
        (ClaimKind.COMPLETION, [], None),
        (ClaimKind.STATUS, [], None),
    ],
)
def test_evidence_problem(kind, attached, says):
    assert evidence_problem(kind, attached) == says


@pytest.mark.parametrize(
    ("kind", "attached", "missing"),
    [
        (ClaimKind.ARRIVAL, (), {EvidenceKind.BANK}),
        (ClaimKind.ARRIVAL, (EvidenceKind.PHOTO,), {EvidenceKind.BANK}),
        (ClaimKind.ARRIVAL, (EvidenceKind.BANK, EvidenceKind.PHOTO), set()),
        (ClaimKind.START, (EvidenceKind.PHOTO,), set()),
        (ClaimKind.START, (), {EvidenceKind.PERMIT, EvidenceKind.PHOTO}),
        (ClaimKind.COMPLETION, (), set()),
    ],
)
def test_one_of_the_kinds_is_enough(kind, attached, missing):
    assert set(rules.missing_evidence(kind, attached)) == missing


@pytest.mark.parametrize("state", list(ClaimState))
def test_a_reversed_claim_alone_takes_no_more_evidence(state):
    assert bool(rules.bind_problem(state)) is (state is ClaimState.REVERSED)
