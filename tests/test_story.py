"""A month of work, through the real pages: logged, reported, verified by somebody else, counted, and told in the briefing."""

from __future__ import annotations

import io
import json
import re

from openpyxl import load_workbook

from crm.choices import ClaimState, MemberRole, Stage
from crm.models import Claim, Project
from crm.rules.days import Month, start_of
from tests import factories as make

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def figures(app, month="2022-09"):
    """`crm totals MONTH --json`."""
    done = app.test_cli_runner().invoke(args=["crm", "totals", month, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def briefing_rows(client, sheet):
    """The cells of a sheet of the month's workbook, as downloaded."""
    book = load_workbook(io.BytesIO(client.get("/briefings/2022-09.xlsx").data))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def test_from_the_first_talk_to_the_briefing(app, session, client_for, officer, statistician, leader, team_lead, agent):
    company = make.make_company(
        session, "澜芯传动科技（演示）有限公司", credit_code="91310000DEMO3K8L2Q", registered_yuan=80_000_000
    )
    make.make_contact(session, company)
    project = make.make_project(
        session, "澜芯精密减速器总部基地（演示）", lead=officer, company_id=company.id, stage=Stage.REVIEW,
        industry_id=make.make_industry(session).id, source_channel="chain", judgement="符合产业方向", content="建设减速器产线",
        fixed_yuan=860_000_000, equipment_yuan=300_000_000, output_yuan=1_850_000_000, tax_yuan=92_000_000, jobs_count=620,
        energy_tce=7281, land_use="new_land", land_mu=86, expected_sign_on=Month(2022, 11).first, competitors="无",
        decision="联审会〔2022〕18号：同意", total_yuan=1_200_000_000, stage_since_on=Month(2022, 9).first,
    )  # fmt: skip
    make.make_member(session, project, leader, MemberRole.LEADER)
    make.make_member(session, project, agent, MemberRole.AGENT)
    session.commit()
    officers, statisticians, leaders = client_for(officer), client_for(statistician), client_for(leader)

    # The officer logs a talk in the quick form; it stands on the project's page.
    talk = {
        "kind": "video",
        "project_ids": project.id,
        "summary": "对方确认首期用地86亩。",
        "next_on": "2022-10-25",
        "happened_at": "2022-09-20T14:00",
    }
    assert officers.post("/activities/new", data=talk).status_code == 303
    page = officers.get(f"/projects/{project.id}").text
    assert "对方确认首期用地86亩。" in page
    assert figures(app)["video_meeting_count"] == 1

    # The signing is reported with its contract: it waits, and counts nowhere.
    signing = {
        "signed_on": "2022-09-28", "number": "云招〔2022〕62号", "amount": "12", "fixed_yuan": "8.6", "currency": "CNY",
        "kind": "formal", "file": (io.BytesIO(PDF), "合同.pdf"), "file_kind": "contract",
    }  # fmt: skip
    answer = officers.post(
        f"/projects/{project.id}/claims/new?kind=signing", data=signing, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[:3000]
    claim = session.query(Claim).filter_by(project_id=project.id).one()
    assert claim.state is ClaimState.REPORTED
    assert session.get(Project, project.id).stage is Stage.REVIEW
    assert figures(app)["signed_count"] == 0
    assert "待核定" in officers.get(f"/projects/{project.id}").text

    # Who reported cannot verify; the statistician finds it in the queue, looks at the evidence, and verifies.
    assert officers.post(f"/claims/{claim.id}/verify").status_code == 403
    assert project.name in statisticians.get("/claims").text
    assert statisticians.get(f"/claims/{claim.id}").status_code == 200
    assert statisticians.post(f"/claims/{claim.id}/verify").status_code == 303
    assert session.get(Project, project.id).stage is Stage.SIGNED

    # From now on it counts, everywhere alike.
    found = figures(app)
    assert ">12.00<" in leaders.get("/figures/pivot?month=2022-09").text
    assert (found["signed_count"], found["signed_total_yuan"]) == (1, 1_200_000_000)
    assert project.name in leaders.get("/figures/signed_count?month=2022-09").text
    cockpit = leaders.get("/cockpit?month=2022-09").text
    assert "12.0" in cockpit
    signed = briefing_rows(leaders, "签约项目一览表")
    assert any(project.name in map(str, row) for row in signed)
    assert any(12 in row for row in signed)

    # A month later it turns out to have been wrong: the statistician takes it back, and it counts no more.
    reason = {"reason": "合同未生效"}
    assert statisticians.post(f"/claims/{claim.id}/reverse", data=reason).status_code == 303
    assert figures(app)["signed_count"] == 0
    assert ">12.00<" not in leaders.get("/figures/pivot?month=2022-09").text
    assert session.get(Project, project.id).stage is Stage.REVIEW
    assert start_of(Month(2022, 9).first) < claim.reversed_at
