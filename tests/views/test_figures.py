"""统计报表 and 驾驶舱: who may open them, that their numbers are the totals' and lead to their rows, in few statements."""

from __future__ import annotations

import json
import re
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from crm.choices import ActivityKind, CapitalKind, ClaimState, Indicator, KeyList, Stage
from crm.models import Target
from tests import factories as make

PAGES = ("/figures?month=2022-09", "/figures/signed_count?month=2022-09", "/figures/export.xlsx?month=2022-09")


@pytest.fixture
def signings(session, officer, other_officer):
    """Three signings of 2022 (one secret, of the other team), one of 2021, one that waits, a key project that is late."""
    industry, shanghai = make.make_industry(session), make.make_company(session, city="上海市")
    mine = make.make_project(session, "演示减速器项目", officer, industry_id=industry.id, company_id=shanghai.id)
    make.sign(session, mine, date(2022, 9, 15), 350_000_000)
    theirs = make.make_project(session, "演示光学薄膜项目", other_officer, capital_kind=CapitalKind.FOREIGN)
    make.sign(session, theirs, date(2022, 3, 10), 200_000_000, contract={"foreign_usd": 9_000_000})
    make.sign(session, make.make_project(session, "演示密项", other_officer, is_secret=True), date(2022, 9, 2), 10**9)
    make.sign(session, make.make_project(session, lead=officer), date(2021, 4, 1), 100_000_000)
    make.sign(
        session, make.make_project(session, "演示待核项目", officer), date(2022, 9, 20), state=ClaimState.REPORTED
    )
    make.make_listing(session, mine, KeyList.CITY, planned_start_on=date(2022, 4, 1))
    make.make_plan(session, mine)
    make.make_activity(session, mine, kind=ActivityKind.VIDEO, title="首轮视频会")
    make.make_meeting(session, mine)
    session.add(
        Target(year=2022, indicator=Indicator.SIGNED_COUNT, unit_id=make.team(session, "云湖经开区").id, value=4)
    )  # fmt: skip
    session.commit()
    return mine


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("officer", 200), ("team_lead", 200), ("statistician", 200), ("leader", 200), ("auditor", 200),
        ("coordinator", 403), ("agent", 403), ("liaison", 403), ("admin", 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", PAGES)
def test_who_may_see_the_figures(client_for, session, login, status, address):
    assert client_for(make.person(session, login)).get(address).status_code == status


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("leader", 200), ("statistician", 200), ("team_lead", 200), ("officer", 403), ("coordinator", 403),
        ("agent", 403), ("liaison", 403), ("admin", 403), ("auditor", 403),
    ],
)  # fmt: skip
def test_who_may_open_the_cockpit(client_for, session, login, status):
    assert client_for(make.person(session, login)).get("/cockpit").status_code == status


@pytest.mark.parametrize(
    "address",
    [
        "/figures?month=2022-13", "/figures?month=yesterday", "/figures?month=2022-11", "/figures/nothing",
        "/figures/signed_count?span=decade", "/figures/signed_count?by=colour&value=1",
        "/figures/video_meeting_count?by=team&value=1", "/cockpit?month=20220",
    ],
)  # fmt: skip
def test_what_is_no_month_no_figure_and_no_part_is_not_found(client_for, leader, address):
    assert client_for(leader).get(address).status_code == 404


def test_the_last_complete_month_is_shown_unless_another_is_asked_for(client_for, leader):
    client = client_for(leader)
    assert "2022年1—9月" in client.get("/cockpit").text
    assert '<option value="2022-10">' in client.get("/cockpit").text
    assert "2022年1月 ·" in client.get("/cockpit?month=2022-01").text


def _link(page: str, address: str) -> str:
    """The text of the link to an address."""
    found = re.search(rf'href="{re.escape(address)}">([^<]*)<', page)
    return found.group(1) if found else ""


def test_every_number_of_the_matrix_leads_to_its_rows(client_for, leader, signings):
    client = client_for(leader)
    page = client.get("/figures?month=2022-09").text
    for address, text in (
        ("/figures/signed_count?month=2022-09", "3"),
        ("/figures/signed_count?month=2022-09&amp;span=month", "2"),
        ("/figures/signed_count?month=2022-09&amp;span=last_year", "1"),
        ("/figures/signed_total_yuan?month=2022-09", "15.50"),
        ("/figures/signed_foreign_usd?month=2022-09", "900"),
        ("/figures/video_meeting_count?month=2022-09", "1"),
    ):
        assert _link(page, address) == text, address
        assert f"“{text} " in client.get(address.replace("&amp;", "&")).text
    assert "+200.0%" in page
    assert "75.0%" in page


def test_the_rows_page_tells_what_counts_and_what_does_not(client_for, leader, signings):
    page = client_for(leader).get("/figures/signed_count?month=2022-09").text
    for words in (
        "“3 个”是怎么来的",
        "正式合同",
        "演示减速器项目",
        "演示密项",
        "方致远",
        "已报未核定 1",
        "演示待核项目",
    ):
        assert words in page


def test_a_reader_learns_how_many_rows_are_not_his_to_see(client_for, officer, statistician, signings):
    mine = client_for(officer).get("/figures/signed_count?month=2022-09").text
    assert "“3 个”是怎么来的" in mine
    assert "另有 2 条不在你的查看范围" in mine
    everybodys = client_for(statistician).get("/figures/signed_count?month=2022-09").text
    assert "另有 1 条不在你的查看范围" in everybodys
    for page in (mine, everybodys):
        assert "演示密项" not in page
    theirs = client_for(officer).get("/figures/signed_count?month=2022-09&by=capital&value=foreign").text
    assert "构成这个数字的 1 条记录都不在你的查看范围" in theirs


def test_a_part_opens_its_own_rows(client_for, leader, signings):
    client = client_for(leader)
    address = re.search(
        r'href="(/figures/signed_total_yuan\?month=2022-09&amp;by=industry[^"]*)">3\.50<',
        client.get("/figures?month=2022-09").text,
    )
    assert address
    page = client.get(address.group(1).replace("&amp;", "&")).text
    assert "按产业：智能制造" in page
    assert "演示减速器项目" in page
    assert "演示光学薄膜项目" not in page


def test_htmx_gets_the_rows_alone(client_for, leader, signings):
    answer = client_for(leader).get("/figures/signed_count?month=2022-09", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "“3 个”是怎么来的" in answer.text


def test_the_workbook_says_what_the_page_says(client_for, leader, signings, session):
    make.reach(session, signings, Stage.STARTED, date(2022, 9, 20))
    make.make_move(session, signings, Stage.REVIEW, date(2022, 8, 20), from_stage=Stage.NEGOTIATION)
    answer = client_for(leader).get("/figures/export.xlsx?month=2022-09")
    assert "%E7%BB%9F%E8%AE%A1%E6%8A%A5%E8%A1%A8" in answer.headers["Content-Disposition"]  # 统计报表
    book = load_workbook(BytesIO(answer.data))
    spans = {row[0].value: [cell.value for cell in row] for row in book["指标汇总"].iter_rows(min_row=4)}
    assert spans["签约项目"][2:5] == [2, 3, 1]
    assert spans["签约总投资"][3] == 15.5
    industry = {
        row[0].value: [cell.value for cell in row] for row in book["签约按产业×月份（亿元）"].iter_rows(min_row=4)
    }
    assert industry["合计"][-1] == 15.5
    assert industry["智能制造"][9] == 3.5
    stages = {row[0].value: [cell.value for cell in row] for row in book["阶段×月份（个）"].iter_rows(min_row=4)}
    assert stages["签约"][1:] == [0, 0, 1, 0, 0, 0, 0, 0, 2, 3]
    assert stages["开工"][1:] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert stages["评审"][1:] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1]


# -------------------------------------------------------------------------------------------------------------- cockpit


def _data(page: str, name: str) -> dict[str, object]:
    found = re.search(rf'id="{name}">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found.group(1))


def test_the_cockpit_shows_the_totals_and_leads_to_rows_and_briefing(client_for, leader, signings):
    page = client_for(leader).get("/cockpit?month=2022-09").text
    card = page[page.index('href="/figures/signed_count?month=2022-09"') :][:900]
    for words in (
        "签约项目",
        "light-green",
        "3 <span",
        "目标 4",
        "完成 75.0%",
        "同比 +200.0%",
        "序时 0.0",
        "另有未核定 1",
    ):
        assert words in card, words
    assert "无目标" in page  # the other cards
    for address in ("/briefings/2022-09", "/briefings/2022-09.xlsx"):
        assert f'href="{address}"' in page


def test_charts_carry_data_and_the_same_as_a_table(client_for, leader, signings):
    page = client_for(leader).get("/cockpit?month=2022-09").text
    trend = _data(page, "d-trend")
    assert trend["series"][0]["data"] == [0, 0, 2.0, 0, 0, 0, 0, 0, 13.5]
    assert trend["series"][1]["data"] == [0, 0, 0, 1.0, 0, 0, 0, 0, 0]
    assert '<td class="num">13.5</td>' in page
    origin = _data(page, "d-origin")
    assert origin["categories"] == ["未填", "上海"]
    assert origin["series"][1]["data"] == [2, 1]
    counting = client_for(leader).get("/cockpit?month=2022-09&trend=count").text
    assert _data(counting, "d-trend")["series"][0]["data"][8] == 2
    assert _data(counting, "d-trend")["mark"]["value"] == 0.3


def test_a_late_key_project_stands_with_its_light_and_reason(client_for, leader, signings):
    page = client_for(leader).get("/cockpit?month=2022-09").text
    late = page[page.index('id="late"') :]
    for words in ("红 · 1 个", "演示减速器项目", "市重点", "已超期182天未开工", "−75.0"):
        assert words in late, words


def test_names_cannot_break_out_of_the_data(client_for, leader, session, officer):
    company = make.make_company(session, city="</script><b>")
    make.sign(session, make.make_project(session, lead=officer, company_id=company.id))
    page = client_for(leader).get("/cockpit?month=2022-09").text
    assert "</script><b>" not in page
    assert _data(page, "d-origin")["categories"] == ["</script><b>"]


def test_an_empty_office_has_pages_too(client_for, leader):
    client = client_for(leader)
    assert "还没有列入清单的重点项目" in client.get("/cockpit").text
    assert "还没有核定的签约" in client.get("/figures").text
    assert "这个统计期内没有计入的记录" in client.get("/figures/signed_count").text
    assert client.get("/figures/export.xlsx").status_code == 200


def test_the_number_of_statements_does_not_grow_with_the_register(client_for, leader, signings, session, count_queries):
    client = client_for(leader)
    client.get("/cockpit?month=2022-09")

    def statements(address):
        with count_queries() as found:
            client.get(address)
        return len(found)

    before = {address: statements(address) for address in ("/cockpit?month=2022-09", "/figures?month=2022-09")}
    for _ in range(5):
        project = make.make_project(session)
        make.sign(session, project)
        make.reach(session, project, Stage.STARTED, date(2022, 9, 20))
        make.make_listing(session, project)
    session.commit()
    assert {address: statements(address) for address in before} == before
    assert max(before.values()) <= 32
