"""The briefing on the screen, as a download and from the command line: one and the same."""

from __future__ import annotations

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
