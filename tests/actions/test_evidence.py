"""Files bound to the figure they prove: both ways before it is verified, only added afterwards."""

from __future__ import annotations

import pytest

from crm.actions import evidence as actions
from crm.actions import verdicts
from crm.actions.files import Upload
from crm.choices import ClaimKind, ClaimState, EvidenceKind
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Attachment
from crm.queries import evidence
from crm.queries.claims import QueueFilter, QueueRow, queue
from tests import factories as make
from tests.actions.ready import PDF, loaded


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, lead=officer)
    session.commit()
    return loaded(session, row)


def claim_of(session, project, state=ClaimState.REPORTED, **more):
    return make.make_claim(session, project, ClaimKind.ARRIVAL, state=state, **more)


def file_of(session, project, kind=EvidenceKind.BANK, **more):
    values = {"filename": "回单.pdf", "media_type": "application/pdf", "size_bytes": 3, "digest": "0" * 64}
    return make.add(session, Attachment(project_id=project.id, kind=kind, uploaded_at=make.NOW, **{**values, **more}))


def test_a_file_of_the_project_proves_a_claim_and_is_let_go_again(session, acting, officer, project):
    claim, file = claim_of(session, project), file_of(session, project)
    assert list(evidence.free_files(session, project.id)) == [file]
    actions.bind(session, acting(officer), claim, file)
    assert file.claim_id == claim.id and not evidence.free_files(session, project.id)
    actions.unbind(session, acting(officer), claim, file)
    assert file.claim_id is None


def test_a_verified_claim_only_gains(session, acting, officer, project, tmp_path, now):
    claim = claim_of(session, project, ClaimState.VERIFIED)
    file = file_of(session, project, claim_id=claim.id)
    with pytest.raises(RuleBroken, match="只能补充"):
        actions.unbind(session, acting(officer), claim, file)
    kept = actions.add(session, acting(officer), claim, Upload("回单2.pdf", PDF, EvidenceKind.BANK), tmp_path, now)
    assert (kept.claim_id, file.claim_id) == (claim.id, claim.id)


def test_a_reversed_claim_takes_none(session, acting, officer, project):
    claim, file = claim_of(session, project, ClaimState.REVERSED), file_of(session, project)
    with pytest.raises(RuleBroken, match="作废"):
        actions.bind(session, acting(officer), claim, file)


def test_a_file_proves_one_claim_and_comes_from_its_project(session, acting, officer, project):
    first, second = claim_of(session, project), claim_of(session, project)
    taken, foreign = file_of(session, project, claim_id=first.id), file_of(session, make.make_project(session))
    with pytest.raises(Clash, match="另一条"):
        actions.bind(session, acting(officer), second, taken)
    with pytest.raises(RuleBroken, match="本项目"):
        actions.bind(session, acting(officer), second, foreign)


@pytest.mark.parametrize("login", ["other_officer", "coordinator", "leader", "liaison", "auditor"])
def test_who_may_not(session, acting, project, login):
    claim, file = claim_of(session, project), file_of(session, project)
    for change in (actions.bind, actions.unbind):
        with pytest.raises(NotAllowed):
            change(session, acting(make.person(session, login)), claim, file)


def test_what_lacks_evidence(session, acting, statistician, project):
    bare, photo, proved = (claim_of(session, project, ClaimState.VERIFIED) for _ in range(3))
    file_of(session, project, EvidenceKind.PHOTO, claim_id=photo.id)
    file_of(session, project, claim_id=proved.id)
    make.make_claim(session, project, ClaimKind.COMPLETION)  # asks for none
    actor = acting(statistician)
    assert evidence.lacking_of(session, project.id) == {bare.id, photo.id}
    assert evidence.count_lacking(session, actor) == 2
    rows = queue(actor, QueueFilter(state=ClaimState.VERIFIED, unproved=True), make.NOW.date())
    listed = [QueueRow._make(row) for row in session.execute(rows)]
    assert {(row.id, row.proofs) for row in listed} == {(bare.id, 0), (photo.id, 1)}


def test_a_deleted_file_proves_nothing(session, project):
    claim = claim_of(session, project, ClaimState.VERIFIED)
    file_of(session, project, claim_id=claim.id, deleted_at=make.NOW)
    assert evidence.lacking_of(session, project.id) == {claim.id}


def test_the_verifier_is_told_that_the_evidence_changed(session, acting, officer, statistician, project, now):
    claim, file = claim_of(session, project), file_of(session, project)
    actions.bind(session, acting(officer), claim, file)
    with pytest.raises(Clash, match="你看到 0 个，现在 1 个"):
        verdicts.verify(session, acting(statistician), claim, now, seen_files=0)
    verdicts.verify(session, acting(statistician), claim, now, seen_files=1)


def test_giving_back_keeps_the_files(session, acting, statistician, project, now):
    claim = claim_of(session, project)
    file = file_of(session, project, claim_id=claim.id)
    verdicts.give_back(session, acting(statistician), claim, "回单看不清", now)
    assert file.claim_id == claim.id
