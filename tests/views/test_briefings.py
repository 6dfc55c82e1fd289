"""The briefing on the screen, as a download and from the command line: one and the same."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from urllib.parse import quote

import pytest

from tests import factories as make

READERS = ("officer", "team_lead", "statistician", "coordinator", "leader", "auditor")
OTHERS = ("agent", "liaison", "admin")


@pytest.fixture
def month(session, officer):
    """September with a signing and a negotiation."""
    project = make.make_project(session, "澜芯减速器总部基地（演示）", lead=officer)
    make.sign(session, project, date(2022, 9, 15), 1_200_000_000)
    session.commit()
    return project


@pytest.mark.parametrize("login", READERS)
def test_who_reads_it(client_for, session, month, login):
    client = client_for(make.person(session, login))
    assert client.get("/briefings").status_code == 200
    page = client.get("/briefings/2022-09")
    assert page.status_code == 200 and "重点项目推进月度工作简报" in page.text and "12.00" in page.text


@pytest.mark.parametrize("login", OTHERS)
def test_who_does_not(client_for, session, month, login):
    client = client_for(make.person(session, login))
    for address in ("/briefings", "/briefings/2022-09", "/briefings/2022-09.xlsx"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("asked", ["2022-13", "2022-9", "abcd-ef", "2022-11", "9999-12", "2022-09-01", "0000-01"])
def test_what_is_no_month_is_not_found(client_for, leader, asked):
    assert client_for(leader).get(f"/briefings/{asked}").status_code == 404
    assert client_for(leader).get(f"/briefings/{asked}.xlsx").status_code == 404


def test_every_figure_of_the_text_opens_its_rows_with_and_without_scripts(client_for, leader, month):
    client = client_for(leader)
    page = client.get("/briefings/2022-09").text
    links = {link.replace("&amp;", "&") for link in re.findall(r'class="fig" href="([^"#]+)', page)}
    assert len(links) > 4
    for link in links:
        whole, part = client.get(link), client.get(link, headers={"HX-Request": "true"})
        assert whole.status_code == part.status_code == 200, link
        assert "是怎么来的" in part.text and "<html" not in part.text and "是怎么来的" in whole.text


def test_an_unknown_figure_is_not_found(client_for, leader, month):
    assert client_for(leader).get("/briefings/2022-09?figure=nonsense").status_code == 404
    assert client_for(leader).get("/briefings/2022-09?figure=lit&about=purple").status_code == 404


def test_rows_behind_a_figure_link_only_where_the_reader_may_go(client_for, session, leader, other_officer, month):
    link = f'href="/projects/{month.id}"'
    address = "/briefings/2022-09?figure=signed_year"
    assert link in client_for(leader).get(address).text
    theirs = client_for(other_officer).get(address).text
    assert month.name in theirs and link not in theirs


def test_each_table_can_be_looked_at(client_for, leader, month):
    client = client_for(leader)
    page = client.get("/briefings/2022-09").text
    for link in re.findall(r'href="(/briefings/2022-09\?sheet=[^"#]+)', page):
        assert "<td" in client.get(link).text


def test_the_command_writes_the_bytes_of_the_download(app, client_for, session, leader, officer, month, tmp_path):
    downloads = [client_for(user).get("/briefings/2022-09.xlsx") for user in (leader, officer)]
    assert downloads[0].data == downloads[1].data
    assert quote("云湖经开区重点项目推进月度工作简报（2022年9月）.xlsx") in downloads[0].headers["Content-Disposition"]
    target = tmp_path / "briefing.xlsx"
    done = app.test_cli_runner().invoke(args=["crm", "briefing", "2022-09", "--output", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes() == downloads[0].data


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["2022-13"], "月份"), (["2022-12"], "还没有开始"), (["2022-09", "--output", "/no/such/x"], "不能写入")],
)
def test_the_command_refuses_in_words(app, session, arguments, words):
    done = app.test_cli_runner().invoke(args=["crm", "briefing", *arguments])
    assert done.exit_code == 2 and words in done.output


def test_looking_writes_nothing(client_for, session, leader, month, count_queries):
    client = client_for(leader)
    with count_queries() as statements:
        client.get("/briefings/2022-09")
        client.get("/briefings/2022-09.xlsx")
    assert not [text for text in statements if not text.lstrip().startswith(("SELECT", "WITH"))]


# ---------------------------------------------------------------------------------------------------------------- issues


def workbook(client):
    return client.get("/briefings/2022-09.xlsx").data


def test_from_draft_to_issue_through_the_pages(client_for, session, statistician, leader, officer, month):
    keeper, signs = client_for(statistician), client_for(leader)
    draft = workbook(keeper)
    assert "核对并冻结数据" in keeper.get("/briefings/2022-09").text
    assert "核对并冻结数据" not in signs.get("/briefings/2022-09").text
    assert client_for(officer).post("/briefings/2022-09/check").status_code == 403
    assert keeper.post("/briefings/2022-09/check").status_code == 303
    make.sign(session, make.make_project(session, "迟来的项目", lead=officer), date(2022, 9, 20), 300_000_000)
    session.commit()
    assert "迟来的项目" not in signs.get("/briefings/2022-09?figure=signed_year").text  # what was checked is frozen
    assert client_for(officer).post("/briefings/2022-09/issue", data={"signer": leader.id}).status_code == 403
    assert signs.post("/briefings/2022-09/issue", data={"signer": leader.id}).status_code == 303
    page = signs.get("/briefings/2022-09").text
    issued = workbook(signs)
    digest = hashlib.sha256(issued).hexdigest()
    assert "2022年第1期" in page and digest in page and statistician.name in page
    assert issued != draft and issued == workbook(client_for(officer))
    assert digest[:12] in signs.get("/briefings").text
    for step in ("check", "reopen"):
        assert keeper.post(f"/briefings/2022-09/{step}").status_code == 409


def test_a_checked_month_can_go_back_to_draft(client_for, statistician, month):
    keeper = client_for(statistician)
    keeper.post("/briefings/2022-09/check")
    assert keeper.post("/briefings/2022-09/reopen").status_code == 303
    assert "核对并冻结数据" in keeper.get("/briefings/2022-09").text


def test_a_typed_paragraph_stands_in_the_text_and_the_workbook(client_for, statistician, month):
    keeper = client_for(statistician)
    answer = keeper.post("/briefings/2022-09/remarks", data={"section": "next", "text": "抓紧报批<b>。"})
    assert answer.status_code == 303
    assert keeper.get("/briefings/2022-09").text.count("抓紧报批&lt;b&gt;。") == 2  # printed, and in its field
    assert keeper.post("/briefings/2022-09/remarks", data={"section": "nonsense", "text": "x"}).status_code == 422


def test_what_cannot_be_is_said_at_the_form(client_for, statistician, leader, month):
    keeper = client_for(statistician)
    assert "还没有结束" in keeper.get("/briefings/2022-10").text
    assert keeper.post("/briefings/2022-10/check").status_code == 422
    keeper.post("/briefings/2022-09/check")
    answer = keeper.post("/briefings/2022-09/issue", data={"signer": ""})
    assert answer.status_code == 422 and "请选择签发的领导" in answer.text
    answer = keeper.post("/briefings/2022-09/issue", data={"signer": leader.id, "number": "0"})
    assert answer.status_code == 422 and "期号应在" in answer.text


def test_the_command_issues_once_and_writes_the_issued_bytes(
    app, client_for, session, statistician, leader, month, tmp_path
):
    def run(*arguments):
        session.commit()
        done = app.test_cli_runner().invoke(args=["crm", "briefing", *arguments])
        return done.exit_code, done.output

    named = ("--by", "statistician", "--signer")
    assert run("2022-09", "--issue")[0] == 2
    for who, words in (("没有这个人", "没有叫"), ("statistician", "签发月度简报"), ("officer", "签发月度简报")):
        code, output = run("2022-09", "--issue", *named, who)
        assert code == 2 and words in output
    code, output = run("2022-09", "--issue", *named, leader.name)
    assert code == 0 and "2022年第1期" in output
    make.lose(session, month, date(2022, 10, 8))
    target = tmp_path / "issued.xlsx"
    assert run("2022-09", "--output", str(target))[0] == 0
    assert hashlib.sha256(target.read_bytes()).hexdigest() in output
    assert workbook(client_for(leader)) == target.read_bytes()
    code, output = run("2022-09", "--issue", *named, "leader")
    assert code == 2 and "已签发" in output


def test_lost_bytes_come_back_from_the_frozen_facts(app, client_for, session, statistician, leader, month):
    app.test_cli_runner().invoke(
        args=["crm", "briefing", "2022-09", "--issue", "--by", "statistician", "--signer", "leader"]
    )
    issued = workbook(client_for(leader))
    digest = hashlib.sha256(issued).hexdigest()
    (app.extensions["crm_config"].files_dir / digest[:2] / digest).unlink()
    assert workbook(client_for(leader)) == issued
