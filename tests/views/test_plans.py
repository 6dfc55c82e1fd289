"""A project's year, its nodes, everybody's year, and what is told of them elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from crm.choices import ClaimKind, KeyList, MoneyKind, Stage
from crm.models import AnnualPlan, AuditEvent, PlanNode, PlanNodeMove
from tests import factories as make
from tests.actions.ready import make_ready

MONTHS = [0] * 6 + [6_000_000, 15_600_000, 26_400_000, 24_000_000, 24_000_000, 24_000_000]
PLAN = {"planned_yuan": "1.2", "goal": "主体封顶"}


def done(session, project, amount, on):
    claim = make.make_claim(session, project, ClaimKind.COMPLETION, on=on)
    return make.make_money(session, project, MoneyKind.COMPLETED, amount, on, claim)


@pytest.fixture
def project(session, officer):
    project = make_ready(session, officer, Stage.STARTED, total_yuan=400_000_000)
    make.make_listing(session, project)
    return project


@pytest.fixture
def planned(session, project):
    make.make_plan(session, project, month_yuan=MONTHS, goal="1号冷库封顶")
    done(session, project, 49_200_000, date(2022, 9, 25))
    return project


def row_of(page, head):
    found = re.search(rf"<tr[^>]*>\s*<th[^>]*>{head}</th>.*?</tr>", page, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]).split()


def test_a_year_is_planned_by_month(session, client_for, statistician, project):
    client, address = client_for(statistician), f"/projects/{project.id}/plans/2022"
    months = {f"month_{number}": text for number, text in ((7, "0.06"), (8, "0.156"), (9, "0.264"), (10, "0.72"))}
    assert client.post(address, data={**PLAN, **months}).status_code == 303
    plan = session.scalars(select(AnnualPlan)).one()
    assert plan.month_yuan == [0] * 6 + [6_000_000, 15_600_000, 26_400_000, 72_000_000, 0, 0]
    page = client.get(address).text
    assert 'value="0.156"' in page and "按月编制" in page
    short = client.post(address, data={**PLAN, **months, "month_10": "0.71", "reason": "核对"})
    assert short.status_code == 422 and "比全年计划 1.2 亿元少 0.01 亿元" in short.text and 'value="0.71"' in short.text
    assert client.post(address, data={**PLAN, "reason": "按月均"}).status_code == 303
    assert client.post(address, data={**PLAN, "month_3": "一成"}).status_code == 422
    page = client.get(address).text
    assert "按月均（n/12）" in page and "原因：按月均" in page
    assert row_of(page, "8月（亿元）")[1:] == ["0.156", "—"]


def test_plan_beside_done(client_for, officer, planned):
    page = client_for(officer).get(f"/projects/{planned.id}/plans/2022").text
    assert row_of(page, "9月") == ["9月", "0.26", "0.49", "0.48", "0.49", "41.0%", "40.0%", "+1.0"]
    assert row_of(page, "11月") == ["11月", "0.24", "0.96", "80.0%"]
    assert "开工以来" in page and "12.3%" in page and "程望山" in page
    assert "编制计划" not in page and "下达 2022" not in page


def test_a_year_without_a_plan_says_so(client_for, officer, statistician, project):
    assert "还没有下达 2022 年度计划" in client_for(officer).get(f"/projects/{project.id}/plans/2022").text
    assert "编制计划" in client_for(statistician).get(f"/projects/{project.id}/plans/2022").text
    assert "编制计划" not in client_for(statistician).get(f"/projects/{project.id}/plans/2030").text
    for year in (1, 1979, 2101):
        assert client_for(statistician).get(f"/projects/{project.id}/plans/{year}").status_code == 404


def test_a_node_is_set_reported_and_moved(session, client_for, statistician, officer, planned):
    keeper, address = client_for(statistician), f"/projects/{planned.id}/plans/2022"
    node_form = {"node-name": "主体封顶", "node-planned_on": "2022-10-12"}
    assert 'value="取得用地"' in keeper.get(address).text
    assert keeper.post(f"{address}/nodes", data=node_form).status_code == 303
    again = keeper.post(f"{address}/nodes", data=node_form)
    assert (again.status_code, "已有节点“主体封顶”" in again.text) == (422, True)
    node = session.scalars(select(PlanNode)).one()
    page = f"/projects/{planned.id}/plans/nodes/{node.id}"
    client = client_for(officer)
    late = {"version": node.version, "forecast_on": "2022-10-24"}
    refused = client.post(f"{page}/report", data=late)
    assert refused.status_code == 422 and 'id="note-error"' in refused.text and "2022-10-24" in refused.text
    assert client.post(f"{page}/report", data={**late, "note": "屋面返工"}).status_code == 303
    assert "4 天后，比计划晚 12 天" in client.get(address).text
    history = client.get(page).text
    assert officer.name in history and "屋面返工" in history and "调整计划日期" not in history
    stale = client.post(f"{page}/report", data={**late, "note": "不知道别人改过"})
    assert stale.status_code == 409 and "不知道别人改过" in stale.text
    assert client.post(f"{page}/plan", data={"version": 2, "planned_on": "2022-10-30"}).status_code == 403
    session.expire_all()
    moved = {"version": node.version, "planned_on": "2022-10-30", "reason": "工期重排"}
    assert keeper.post(f"{page}/plan", data={**moved, "reason": ""}).status_code == 422
    assert keeper.post(f"{page}/plan", data=moved).status_code == 303
    session.expire_all()
    off = {"version": node.version, "planned_on": "2022-10-30", "reason": "不再单列", "deed": "off"}
    assert keeper.post(f"{page}/plan", data=off).status_code == 303
    assert "还没有节点" in keeper.get(address).text and "已移出计划" in keeper.get(page).text
    assert session.query(PlanNodeMove).count() == 4


def test_a_node_of_another_project_is_not_found(session, client_for, statistician, officer, planned):
    node = make.make_node(session, make_ready(session, officer))
    assert client_for(statistician).get(f"/projects/{planned.id}/plans/nodes/{node.id}").status_code == 404


@pytest.mark.parametrize(
    ("login", "status"), [("officer", 200), ("other_officer", 404), ("leader", 200), ("auditor", 200), ("admin", 404)]
)
def test_who_sees_a_projects_year(session, client_for, planned, login, status):
    client = client_for(make.person(session, login))
    assert client.get(f"/projects/{planned.id}/plans/2022").status_code == status


def test_everybodys_year(session, client_for, leader, officer, other_officer, planned):
    bare = make.make_project(session, "没有计划的项目", other_officer, total_yuan=100_000_000)
    make.make_listing(session, bare, KeyList.DISTRICT)
    make.make_project(session, "不在清单上的项目", officer)
    gone = make.make_project(session, "移出清单的项目", officer)
    make.make_listing(session, gone, to_on=date(2022, 5, 1))
    make.make_node(session, planned, "主体封顶", date(2022, 10, 12), forecast_on=date(2022, 10, 24))
    make.make_node(session, planned, "已完成的节点", date(2022, 10, 1), actual_on=date(2022, 10, 1))
    client = client_for(leader)
    page = client.get("/plans").text
    assert "还没有下达 2022 年度计划：“没有计划的项目”。" in page
    assert "主体封顶" in page and "4 天后，比计划晚 12 天" in page and "已完成的节点" not in page
    assert (
        "41.0%" in page and "+1.0" in page and "到 2022年9月底" in page
    )  # by its own months: 40.0% are due in September
    assert "不在清单上的项目" not in page and "移出清单的项目" not in page
    only = client.get("/plans?missing=1").text
    assert "没有计划的项目" in only and planned.name not in only
    assert (
        planned.name in client.get("/plans?list=city").text
        and planned.name not in client.get("/plans?list=district").text
    )
    team = client.get(f"/plans?unit={other_officer.unit_id}").text
    assert "没有计划的项目" in team and planned.name not in team
    assert "2023 年的清单上还没有" in client.get("/plans?year=2023").text
    assert client.get("/plans?year=99999").status_code == 404


def test_each_sees_his_own(session, client_for, other_officer, officer, planned):
    assert planned.name in client_for(officer).get("/plans").text
    assert planned.name not in client_for(other_officer).get("/plans").text


def test_statements_do_not_grow(session, client_for, leader, officer, planned, count_queries):
    client = client_for(leader)
    client.get("/plans")
    with count_queries() as few:
        client.get("/plans")
    for number in range(60):
        more = make.make_project(session, f"多出来的{number}", officer)
        make.make_listing(session, more)
        make.make_plan(session, more)
        make.make_node(session, more)
    with count_queries() as many:
        page = client.get("/plans").text
    assert len(many) <= len(few) and "共 61 条" in page


def test_it_is_exported_as_far_as_one_may(session, client_for, leader, officer, coordinator, planned):
    make.make_node(session, planned, "主体封顶", date(2022, 10, 12))
    answer = client_for(leader).post("/plans.xlsx?year=2022")
    sheet = load_workbook(BytesIO(answer.data)).active
    heads = [cell.value for cell in sheet[3]]
    row = dict(zip(heads, [cell.value for cell in sheet[4]], strict=True))
    assert (row["项目名称"], float(row["年度计划投资"]), row["下一个节点"], row["节点情况"]) == (
        planned.name, 1.2, "主体封顶", "逾期 8 天",
    )  # fmt: skip
    assert float(row["年度完成率"]) == 0.41 and row["较序时（个百分点）"] == "+1.0"
    assert (
        session.scalars(select(AuditEvent.detail).where(AuditEvent.kind == "export")).one().startswith("plans.xlsx 1")
    )
    assert client_for(coordinator).post("/plans.xlsx").status_code == 403


# ---------------------------------------------------------------------------------------------------------- told elsewhere


def test_nodes_stand_on_the_day_of_who_answers_for_them(
    session, client_for, officer, other_officer, team_lead, planned
):
    make.make_node(session, planned, "主体封顶", date(2022, 10, 12))
    make.make_node(session, planned, "设备安装", date(2022, 10, 26))
    make.make_node(session, planned, "竣工验收", date(2022, 12, 20))
    make.make_node(session, planned, "已完成的", date(2022, 10, 1), actual_on=date(2022, 10, 2))
    page = client_for(officer).get("/today").text
    assert "年度计划节点：主体封顶" in page and "年度计划节点：设备安装" in page
    assert "竣工验收" not in page and "已完成的" not in page
    assert "年度计划节点" not in client_for(other_officer).get("/today").text
    team = client_for(team_lead).get("/today").text
    assert "年度计划节点：主体封顶" in team and "年度计划节点：设备安装" not in team  # of others only what is late


def test_the_month_is_filled_in_beside_the_projects_own_plan(client_for, officer, planned):
    page = client_for(officer).get("/monthly?month=2022-10").text
    assert "−19.0" in page  # 41.0% done, 60.0% due by its own months; by twelfths it would be −42.3


def test_the_briefing_follows_the_months_and_names_next_months_nodes(session, client_for, leader, planned):
    make.make_node(session, planned, "主体封顶", date(2022, 10, 12))
    make.make_node(session, planned, "竣工验收", date(2022, 12, 20))
    hidden = make.make_project(session, "涉密的项目", is_secret=True)
    make.make_listing(session, hidden)
    make.make_node(session, hidden, "涉密的节点", date(2022, 10, 13))
    page = client_for(leader).get("/briefings/2022-09").text
    assert "抓节点：确保" in page and f"{planned.name}“主体封顶”" in page and "在10月按期完成" in page
    assert "竣工验收" not in page and "涉密的节点" not in page
    rows = client_for(leader).get("/briefings/2022-09?figure=nodes_due").text
    assert "下月应完成的年度计划节点" in rows and f"主体封顶 · {planned.name}" in rows


def test_the_page_says_that_an_actual_day_is_a_report(client_for, officer, planned, session):
    make.make_node(session, planned, "开工", date(2022, 3, 1), actual_on=date(2022, 3, 1))
    page = client_for(officer).get(f"/projects/{planned.id}/plans/2022").text
    assert "开工、竣工、投产以核定为准" in page


def test_old_plans_are_read_as_of_their_time(session, client_for, leader, planned):
    later = datetime(2022, 10, 19, tzinfo=UTC)
    make.make_plan(session, planned, 60_000_000, approved_at=later, reason="压减")
    assert "压减" in client_for(leader).get(f"/projects/{planned.id}/plans/2022").text
