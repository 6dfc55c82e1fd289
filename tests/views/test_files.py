"""Attachments over HTTP: who gets them, and how little a browser may do with them."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from crm.models import Attachment
from tests import factories as make
from tests.actions.ready import PDF

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
DOCX = b"PK\x03\x04" + b"0" * 20


@pytest.fixture
def project(session, officer):
    project = make.make_project(session, lead=officer)
    session.commit()
    return project


def upload(client, project, name, data, kind="other"):
    body = {"file": (io.BytesIO(data), name), "kind": kind}
    return client.post(f"/projects/{project.id}/files/new", data=body, content_type="multipart/form-data")


def test_a_file_comes_back_as_it_went_in(session, client_for, officer, project):
    client = client_for(officer)
    assert upload(client, project, "纪要.docx", DOCX).status_code == 303
    file = session.scalars(select(Attachment)).one()
    answer = client.get(f"/files/{file.id}")
    assert answer.data == DOCX
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "%E7%BA%AA%E8%A6%81.docx" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "纪要.docx" in client.get(f"/projects/{project.id}?show=files").text


@pytest.mark.parametrize(
    ("name", "data", "media_type"), [("图.png", PNG, "image/png"), ("合同.pdf", PDF, "application/pdf")]
)
def test_pictures_and_pdf_are_shown_under_a_policy_that_allows_nothing(
    session, client_for, officer, project, name, data, media_type
):
    client = client_for(officer)
    upload(client, project, name, data)
    answer = client.get(f"/files/{session.scalars(select(Attachment.id)).one()}")
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].startswith("inline")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "sandbox" in policy


def test_files_follow_their_project(session, client_for, officer, other_officer, statistician, leader, project):
    upload(client_for(officer), project, "图.png", PNG)
    address = f"/files/{session.scalars(select(Attachment.id)).one()}"
    assert client_for(other_officer).get(address).status_code == 404
    assert client_for(statistician).get(address).status_code == 200
    project.is_secret = True
    assert client_for(statistician).get(address).status_code == 404
    assert client_for(leader).get(address).status_code == 200
    assert client_for(None).get(address).status_code == 302


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("页面.html", b"<script>", "不能作为附件"),
        ("图.png", b"<svg onload=alert(1)>", "不符"),
        ("空.pdf", b"", "是空文件"),
    ],
)
def test_what_is_not_accepted_is_said_at_the_field(session, client_for, officer, project, name, data, says):
    answer = upload(client_for(officer), project, name, data)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text and says in answer.text
    assert not session.scalars(select(Attachment)).all()


def test_no_file_is_no_upload(client_for, officer, project):
    answer = client_for(officer).post(f"/projects/{project.id}/files/new", data={"kind": "other"})
    assert (answer.status_code, "请选择文件" in answer.text) == (422, True)


def test_bytes_lost_from_the_data_folder_are_said_not_crashed(session, client_for, officer, project, app):
    upload(client_for(officer), project, "图.png", PNG + b"lost")
    file = session.scalars(select(Attachment)).one()
    file.digest = "0" * 64
    answer = client_for(officer).get(f"/files/{file.id}")
    assert (answer.status_code, "从备份恢复" in answer.text) == (404, True)


def test_a_file_belongs_to_a_touchpoint_of_the_project(session, client_for, officer, project):
    mine = make.make_activity(session, project, by=officer)
    other = make.make_activity(session, make.make_project(session, lead=officer), by=officer)
    session.commit()
    for activity, status in ((mine, 303), (other, 404)):
        body = {"file": (io.BytesIO(DOCX), "纪要.docx"), "kind": "minutes"}
        address = f"/projects/{project.id}/files/new?activity={activity.id}"
        assert client_for(officer).post(address, data=body, content_type="multipart/form-data").status_code == status
    assert session.scalars(select(Attachment.activity_id)).all() == [mine.id]
