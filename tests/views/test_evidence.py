"""Evidence where it is read: the claim's page, the queue, the figure's rows; and several claims verified in one go."""

from __future__ import annotations

from io import BytesIO

import pytest

from crm.choices import ClaimKind, ClaimState, EvidenceKind, MoneyKind
from crm.models import Attachment, Project
from tests import factories as make
from tests.actions.ready import PDF


@pytest.fixture
def claim(session, officer):
    project = make.make_project(session, "凭证项目", officer)
    row = make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    make.make_money(session, project, MoneyKind.ARRIVED, 5_000_000, row.happened_on, row)
    session.commit()
    return row


def test_it_is_added_and_let_go_on_the_claims_page(session, client_for, officer, claim):
    client, page = client_for(officer), f"/claims/{claim.id}"
    assert "缺凭证：还没有银行回单或票据" in client.get(page).text
    sent = {"file": (BytesIO(PDF), "回单.pdf"), "kind": EvidenceKind.BANK.value}
    assert client.post(f"{page}/files", data=sent).status_code == 303
    file = session.query(Attachment).one()
    text = client.get(page).text
    assert file.claim_id == claim.id and file.digest[:16] in text and "缺凭证" not in text
    client.post(f"{page}/files/{file.id}/unbind")
    assert "缺凭证" in client.get(page).text
    assert client.post(f"{page}/files/bind", data={"bound": file.id}).status_code == 303
    assert session.get(Attachment, file.id).claim_id == claim.id


def test_nothing_chosen_is_said_at_the_field(client_for, officer, claim):
    answer = client_for(officer).post(f"/claims/{claim.id}/files", data={"kind": "bank"})
    assert answer.status_code == 422 and "请选择文件" in answer.text
    assert client_for(officer).post(f"/claims/{claim.id}/files/bind").status_code == 422


def test_a_verified_figure_without_evidence_is_marked_where_it_is_read(session, client_for, statistician, claim):
    client = client_for(statistician)
    assert client.post(f"/claims/{claim.id}/verify", data={"files": "0"}).status_code == 303
    assert "已核定缺凭证 1 项" in client.get("/claims").text
    assert "凭证项目" in client.get("/claims?state=verified&proof=missing").text
    assert "缺凭证" in client.get(f"/projects/{claim.project_id}").text
    rows = client.get("/figures/arrived_yuan?month=2022-10&proof=missing").text
    assert "凭证项目" in rows and "缺凭证" in rows
    session.add(
        Attachment(
            project_id=claim.project_id, claim_id=claim.id, kind=EvidenceKind.BANK, filename="回单.pdf", digest="0" * 64,
            media_type="application/pdf", size_bytes=3, uploaded_at=make.NOW,
        )
    )  # fmt: skip
    assert "凭证项目" not in client.get("/figures/arrived_yuan?month=2022-10&proof=missing").text
    assert "已核定缺凭证" not in client.get("/claims").text


def test_the_queue_is_narrowed(session, client_for, statistician, claim):
    client, unit = client_for(statistician), make.team(session).id
    for asked, shown in (("proof=missing", True), ("waited=3", True), ("waited=400", False), (f"unit={unit}", True),
                         (f"unit={unit + 1}", False)):  # fmt: skip
        assert ("凭证项目" in client.get(f"/claims?{asked}").text) is shown, asked


def test_several_are_verified_each_judged_by_itself(session, client_for, statistician, claim):
    project = session.get(Project, claim.project_id)
    own = make.make_claim(
        session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED, reported_by_id=statistician.id
    )
    done = make.make_claim(session, project, ClaimKind.ARRIVAL)
    client = client_for(statistician)
    answer = client.post("/claims/verify", data={"claim": [claim.id, own.id, done.id]}, follow_redirects=True)
    assert "已核定 1 条" in answer.text and "不能核定自己提交的内容" in answer.text and "现在已核定" in answer.text
    session.expire_all()
    assert (claim.state, own.state) == (ClaimState.VERIFIED, ClaimState.REPORTED)


@pytest.mark.parametrize("login", ["officer", "team_lead", "coordinator", "leader", "admin", "auditor"])
def test_nobody_else_verifies_several(session, client_for, claim, login):
    client = client_for(make.person(session, login))
    assert client.post("/claims/verify", data={"claim": [claim.id]}).status_code == 403
