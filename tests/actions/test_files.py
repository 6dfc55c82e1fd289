"""Attachments: kept once by their bytes, bound to what they prove."""

from __future__ import annotations

import pytest

from crm import storage
from crm.actions import files as actions
from crm.actions.files import Upload
from crm.choices import EvidenceKind
from crm.errors import NotAllowed, RuleBroken
from tests import factories as make
from tests.actions.ready import PDF, loaded


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, lead=officer)
    session.commit()
    return loaded(session, row)


def test_a_file_is_kept_by_its_bytes(session, acting, officer, project, tmp_path, now):
    upload = Upload("D:\\扫描\\合同.pdf", PDF, EvidenceKind.CONTRACT)
    kept = actions.attach(session, acting(officer), project, upload, tmp_path, now)
    session.flush()
    assert (kept.filename, kept.media_type, kept.size_bytes) == ("合同.pdf", "application/pdf", len(PDF))
    assert storage.load(tmp_path, kept.digest) == PDF


def test_a_refused_file_is_not_kept(session, acting, officer, project, tmp_path, now):
    upload = Upload("页面.pdf", b"<script>alert(1)</script>", EvidenceKind.OTHER, field="scan")
    with pytest.raises(RuleBroken) as refusal:
        actions.attach(session, acting(officer), project, upload, tmp_path, now)
    assert refusal.value.field == "scan"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("login", ["other_officer", "leader", "coordinator", "liaison", "auditor"])
def test_who_may_not_attach(session, acting, project, tmp_path, login, now):
    with pytest.raises(NotAllowed):
        upload = Upload("合同.pdf", PDF, EvidenceKind.CONTRACT)
        actions.attach(session, acting(make.person(session, login)), project, upload, tmp_path, now)
