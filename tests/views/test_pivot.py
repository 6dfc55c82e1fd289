"""The pivot of amounts: as its reader may see them, every cell a link to rows that add up to it."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from crm.actions import stage_totals
from crm.choices import MemberRole, Stage
from crm.models import Project
from crm.rules.figures import yi
from tests import factories as make

YI = 100_000_000
SEPTEMBER = date(2022, 9, 15)


@pytest.fixture
def register(session, officer, other_officer):
    """Two teams' signings in September, one of them secret, in two industries; one of August."""
    chips = make.make_industry(session, "芯片")
    fine = make.make_industry(session, "芯片设计", parent_id=chips.id)
    for name, lead, industry, on, yuan, more in (
        ("甲", officer, chips, SEPTEMBER, 1 * YI, {}),
        ("乙", officer, fine, SEPTEMBER, 2 * YI, {}),
        ("丙", other_officer, None, SEPTEMBER, 4 * YI, {}),
        ("丁", other_officer, chips, SEPTEMBER, 8 * YI, {"is_secret": True}),
        ("戊", officer, None, date(2022, 8, 3), 16 * YI, {}),
    ):
        project = make.make_project(session, name, lead=lead, industry_id=industry.id if industry else None, **more)
        make.sign(session, project, on, yuan)
    session.commit()
    return {"chips": chips, "fine": fine}


def cells(page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """{(row, column): (text, address)} of the table, without what is empty."""
    table = re.search(r'<table class="dense pivot">.*?</table>', page, re.S).group(0)
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", re.search(r"<thead>.*?</thead>", table, re.S).group(0))[1:]
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", table.split("</thead>")[1], re.S):
        name = re.search(r"<th[^>]*>([^<]*)</th>", line).group(1)
        for head, cell in zip(heads, re.findall(r"<td[^>]*>(.*?)</td>", line, re.S), strict=True):
            if cell:
                address, text = re.search(r'href="([^"]*)">([^<]*)<', cell).groups()
                found[name, head] = (text, unescape(address))
    return found


@pytest.mark.parametrize(
    ("login", "september"),
    [("statistician", 7), ("leader", 15), ("officer", 3), ("other_officer", 12), ("auditor", 7), ("team_lead", 7)],
)
@pytest.mark.parametrize("settled", [False, True])
def test_a_cell_holds_what_its_reader_may_see_and_leads_to_rows_that_add_up(
    session, client_for, register, today, login, september, settled
):
    if settled:
        stage_totals.settle_all(session, today)
        session.commit()
    client = client_for(make.person(session, login))
    found = cells(client.get("/figures/pivot").text)
    text, address = found["签约", "2022-09"]
    assert text == yi(september * YI)
    rows = client.get(address).text
    assert f"“{text} 亿元”是怎么来的" in rows
    assert ("丁" in re.findall(r'main-link" [^>]*>([^<]*)<', rows)) == (september in (15, 12))
    for text, address in found.values():
        assert f"“{text} 亿元”是怎么来的" in client.get(address).text


def test_it_is_laid_out_by_any_two_of_stage_month_team_and_industry(client_for, leader, register):
    client = client_for(leader)
    by_team = cells(client.get("/figures/pivot?rows=team&columns=month&stage=signed").text)
    assert by_team["招商一组", "2022-08"][0] == "16.00" and by_team["招商二组", "2022-09"][0] == "12.00"
    assert by_team["合计", "2022-09"][0] == "15.00" and by_team["合计", "合计"][0] == "31.00"
    by_industry = cells(client.get("/figures/pivot?rows=industry&columns=team&value=count").text)
    assert by_industry["芯片", "招商一组"][0] == "2" and by_industry["未填", "合计"][0] == "2"
    text, address = by_industry["芯片", "合计"]  # with the industry below it
    assert text == "3" and "“3 个”是怎么来的" in client.get(address).text
    text, address = by_industry["未填", "招商二组"]
    assert text == "1" and "“1 个”是怎么来的" in client.get(address).text
    by_stage = cells(client.get("/figures/pivot?rows=month&columns=stage").text)
    assert by_stage["合计", "签约"][0] == "31.00" and ("合计", "合计") not in by_stage  # stages are not added up


def test_it_is_narrowed_to_a_team_and_an_industry(session, client_for, leader, register):
    client, team = client_for(leader), make.team(session, "招商一组")
    chips = register["chips"]
    found = cells(client.get(f"/figures/pivot?team={team.id}&industry={chips.id}").text)
    text, address = found["签约", "2022-09"]
    assert text == "3.00" and "“3.00 亿元”是怎么来的" in client.get(address).text
    page = client.get("/figures/pivot?month=2020-01").text
    assert ("签约", "2022-09") not in cells(page)
    for strange in ("rows=x&columns=y&value=z&span=7&team=99&industry=99&stage=q", "rows=month&columns=month"):
        assert client.get(f"/figures/pivot?{strange}").status_code == 200
    assert client.get("/figures/pivot/rows?stage=x").status_code == 404
    assert client.get("/figures/pivot/rows?stage=signed&from=2022-13&to=2022-09").status_code == 404
    assert client.get("/figures/pivot/rows?stage=signed&from=2022-09&to=2022-09&team=99").status_code == 404


def test_who_may_look(session, client_for, register):
    for login, status in (("admin", 403), ("coordinator", 403), ("liaison", 403), ("team_lead", 200)):
        client = client_for(make.person(session, login))
        assert client.get("/figures/pivot").status_code == status
        assert client.get("/figures/pivot/rows?stage=lead&from=2022-01&to=2022-09").status_code == status


def test_being_named_opens_a_secret_amount_at_once_and_only_so_long(session, client_for, statistician, register):
    secret = session.query(Project).filter_by(name="丁").one()
    client = client_for(statistician)
    member = make.make_member(session, secret, statistician, MemberRole.SUPPORT)
    assert cells(client.get("/figures/pivot").text)["签约", "2022-09"][0] == "15.00"
    member = session.merge(member)
    member.to_on = SEPTEMBER
    assert cells(client.get("/figures/pivot").text)["签约", "2022-09"][0] == "7.00"


def test_statements_do_not_depend_on_the_rows(session, client_for, leader, officer, register, count_queries):
    client = client_for(leader)
    client.get("/figures/pivot")
    counted = []
    for _ in range(2):
        with count_queries() as statements:
            client.get("/figures/pivot")
        counted.append(len(statements))
        for _ in range(3):
            make.make_project(session, lead=officer, stage=Stage.LEAD)
        session.commit()
    assert counted[0] == counted[1] <= 9
