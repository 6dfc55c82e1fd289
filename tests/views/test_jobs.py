"""Background work as people meet it: a long export becomes a job, its page follows it, its file is fetched or refused."""

from __future__ import annotations

import io
from datetime import date, timedelta
from urllib.parse import quote

import openpyxl
import pytest
from sqlalchemy import select, update

from crm.choices import BatchState, JobKind, JobState, Role
from crm.extensions import db
from crm.jobs.running import instant, run_next
from crm.jobs.work import House
from crm.models import ImportBatch, Job, Project, ProjectMember, User
from crm.views import briefings, import_forms, imports, projects
from tests import factories as make
from tests.actions.imported import ledger, row


@pytest.fixture
def work(app, session):
    """Do everything that waits."""
    with app.app_context():
        house = House(db.engine, app.extensions["crm_config"], app.extensions["crm_clock"])

    def go():
        session.commit()
        while run_next(house):
            pass
        session.expire_all()

    return go


@pytest.fixture
def exported(session, client_for, officer, work, monkeypatch):
    """An officer's export of two projects, done in the background: (client, job)."""
    monkeypatch.setattr(projects, "EXPORTED_AT_ONCE", 1)
    for name in ("甲项目", "乙项目"):
        make.make_project(session, name, lead=officer)
    client = client_for(officer)
    answer = client.post("/projects.xlsx?view=every&capital=domestic&fields=shown&cols=name,total")
    assert answer.status_code == 303
    work()
    job = session.scalars(select(Job)).one()
    assert answer.headers["Location"] == f"/jobs/{job.id}"
    return client, job


def make_job(session, owner, state=JobState.DONE, **values):
    plain = {
        "kind": JobKind.PROJECT_LIST, "owner_id": owner.id, "arguments": {}, "state": state, "not_before": instant(),
        "created_at": make.NOW, "sentence": "",
    }  # fmt: skip
    return make.add(session, Job(**{**plain, **values}))


def test_a_short_export_is_answered_at_once(session, client_for, officer):
    make.make_project(session, "甲项目", lead=officer)
    answer = client_for(officer).post("/projects.xlsx")
    assert answer.status_code == 200 and answer.data[:2] == b"PK"
    assert session.scalars(select(Job)).all() == []


def test_a_long_export_is_followed_and_fetched(exported, session):
    client, job = exported
    page = client.get(f"/jobs/{job.id}").text
    assert "共 2 个项目。" in page and "2022-10-27" in page and "hx-trigger" not in page.split('id="job"')[1]
    assert "全部记录，内外资 内资" in client.get("/jobs").text
    with client.get(f"/jobs/{job.id}/file") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert quote("项目清单20221020.xlsx") in answer.headers["Content-Disposition"]
        lines = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert lines[0] == ("项目名称", "总投资（亿元）") and {line[0] for line in lines[1:-1]} == {"甲项目", "乙项目"}
    notice = client.get("/notices").text
    assert "导出项目清单（全部记录，内外资 内资）：共 2 个项目。" in notice


def test_while_it_goes_on_the_page_asks_and_offers_to_cancel(session, client_for, officer):
    job = make_job(session, officer, JobState.RUNNING, done=2_000, total=8_000, lease="x", beat_at=instant())
    client = client_for(officer)
    for address in ("/jobs", f"/jobs/{job.id}"):
        page = client.get(address).text
        assert 'hx-trigger="every 2s"' in page and 'value="25"' in page and "2,000 / 8,000" in page
        part = client.get(address, headers={"HX-Request": "true"}).text
        assert "<html" not in part and 'hx-trigger="every 2s"' in part
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 303
    assert "已取消" in client.get(f"/jobs/{job.id}").text and "重新执行" in client.get("/jobs").text
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 409
    assert "hx-trigger" not in client.get("/jobs", headers={"HX-Request": "true"}).text


def test_where_nobody_works_the_page_says_so(session, client_for, officer):
    job = make_job(session, officer, JobState.WAITING, not_before=instant() - timedelta(minutes=2))
    assert "crm worker" in client_for(officer).get(f"/jobs/{job.id}").text


def test_it_is_made_anew_with_the_rows_of_today(exported, session, officer, work):
    client, job = exported
    make.make_project(session, "丙项目", lead=officer)
    answer = client.post(f"/jobs/{job.id}/again")
    assert answer.status_code == 303
    assert client.post(f"/jobs/{job.id}/again").headers["Location"] == answer.headers["Location"]  # a double click
    work()
    assert "共 3 个项目。" in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("login", ["other_officer", "team_lead", "leader", "admin"])
def test_another_ones_job_does_not_exist(exported, session, client_for, login):
    _client, job = exported
    client = client_for(make.person(session, login))
    assert client.get(f"/jobs/{job.id}").status_code == client.get(f"/jobs/{job.id}/file").status_code == 404
    assert client.post(f"/jobs/{job.id}/cancel").status_code == client.post(f"/jobs/{job.id}/again").status_code == 404
    assert "内外资 内资" not in client.get("/jobs").text


def test_changed_rights_close_the_file(exported, session, officer):
    client, job = exported
    officer.unit_id = session.scalars(select(User.unit_id).where(User.unit_id != officer.unit_id)).first()
    page = client.get(f"/jobs/{job.id}")
    assert "角色和单位" in page.text and f"/jobs/{job.id}/file" not in page.text
    answer = client.get(f"/jobs/{job.id}/file")
    assert answer.status_code == 403 and "角色和单位" in answer.text and "重新生成" in answer.text
    officer.role = Role.COORDINATOR
    assert client.get(f"/jobs/{job.id}/file").status_code == 403


@pytest.mark.parametrize("change", ["secret", "left", "deleted"])
def test_a_project_out_of_reach_closes_the_file(exported, session, officer, change):
    client, job = exported
    project = session.scalars(select(Project).where(Project.name == "甲项目")).one()
    member = session.scalars(select(ProjectMember).where(ProjectMember.project_id == project.id)).one()
    match change:
        case "secret":
            project.is_secret, member.to_on = True, date(2022, 10, 20)
        case "left":
            member.to_on = date(2022, 10, 20)
        case _:
            project.deleted_at = make.NOW
    answer = client.get(f"/jobs/{job.id}/file")
    assert answer.status_code == 403 and "1 个项目" in answer.text and "重新生成" in answer.text
    assert "PK" not in answer.text[:10]


def test_a_file_past_its_days_is_gone_in_words(exported, session):
    client, job = exported
    session.execute(update(Job).values(expires_at=make.NOW - timedelta(days=1)))
    assert client.get(f"/jobs/{job.id}/file").status_code == 403
    session.execute(update(Job).values(digest=""))
    answer = client.get(f"/jobs/{job.id}/file")
    assert answer.status_code == 404 and "保留期" in answer.text


def test_statements_of_the_list_do_not_depend_on_its_rows(session, client_for, officer, count_queries):
    client = client_for(officer)
    make_job(session, officer)
    client.get("/jobs")
    with count_queries() as few:
        client.get("/jobs")
    for _ in range(20):
        make_job(session, officer, expires_at=make.NOW + timedelta(days=1), rights={})
    session.commit()
    with count_queries() as many:
        client.get("/jobs")
    assert len(many) == len(few) <= 6
    with count_queries() as one:
        client.get(f"/jobs/{session.scalars(select(Job.id)).first()}", headers={"HX-Request": "true"})
    assert len(one) <= 4


def test_who_runs_the_house_sees_numbers_and_nothing_else(session, client_for, officer, admin, leader):
    make_job(session, officer, JobState.FAILED, detail="张三的筛选")
    make_job(session, officer, JobState.DONE)
    page = client_for(admin).get("/jobs").text
    assert "全部任务" in page and "light-red" in page and "张三" not in page
    assert "全部任务" not in client_for(leader).get("/jobs").text


@pytest.mark.parametrize("login", ["agent", "liaison"])
def test_who_has_nothing_to_be_done_has_no_page(session, client_for, login):
    assert client_for(make.person(session, login)).get("/jobs").status_code == 403


# ----------------------------------------------------------------------------------------------------- other long work


def test_a_large_ledger_is_read_and_written_in_the_background(session, client_for, officer, work, monkeypatch):
    monkeypatch.setattr(imports, "READ_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(imports, "APPLIED_AT_ONCE", 1)
    monkeypatch.setattr(import_forms, "APPLIED_AT_ONCE", 1)
    client = client_for(officer)
    data = ledger(*(row(f"台账项目{number}", 总投资=3) for number in range(2)))
    client.post("/imports", data={"file": (io.BytesIO(data), "台账.xlsx")})
    batch = session.scalars(select(ImportBatch)).one()
    assert client.post(f"/imports/{batch.id}/read", headers={"HX-Request": "true"}).status_code == 204
    page = client.get(f"/imports/{batch.id}/progress", headers={"HX-Request": "true"})
    assert "排队中" in page.text and "HX-Redirect" not in page.headers
    work()
    assert client.get(f"/imports/{batch.id}/progress").headers["HX-Redirect"].endswith(f"/imports/{batch.id}")
    answer = client.post(f"/imports/{batch.id}/apply")
    assert answer.headers["Location"].startswith("/jobs/")
    assert "正在后台写入" in client.get(f"/imports/{batch.id}").text
    work()
    session.refresh(batch)
    assert batch.state is BatchState.APPLIED
    page = client.get(answer.headers["Location"]).text
    assert "已新增 2 行。" in page and f'href="/imports/{batch.id}"' in page


def test_a_ledger_that_cannot_be_read_says_so_on_its_page(session, client_for, officer, work, monkeypatch):
    monkeypatch.setattr(imports, "READ_AT_ONCE_BYTES", 10)
    client = client_for(officer)
    client.post("/imports", data={"file": (io.BytesIO(ledger(row("甲"))), "台账.xlsx")})
    batch = session.scalars(select(ImportBatch)).one()
    batch.digest = "0" * 64  # the data folder lost the file
    client.post(f"/imports/{batch.id}/read")
    work()
    page = client.get(f"/imports/{batch.id}").text
    assert "没有读成" in page and "再读一次" in page and "备份" in page


def test_the_briefing_of_a_large_register_is_made_in_the_background(
    session, client_for, leader, officer, work, monkeypatch
):
    make.make_project(session, "甲项目", lead=officer)
    monkeypatch.setattr(briefings, "BRIEFED_AT_ONCE", 0)
    client = client_for(leader)
    assert "后台生成" in client.get("/briefings").text
    assert client.get("/briefings/2022-09.xlsx").headers["Location"] == "/briefings/2022-09"
    place = client.post("/briefings/2022-09/make").headers["Location"]
    work()
    assert "2022年9月简报已生成。" in client.get(place).text
    with client.get(f"{place}/file") as answer:
        assert answer.data[:2] == b"PK"
