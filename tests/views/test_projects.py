"""The list, the page, registering and changing, as people meet them."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from sqlalchemy import select

from crm.choices import CapitalKind, ClaimState, KeyList, MemberRole, MoneyKind, Stage, Status
from crm.models import AuditEvent, Company, MoneyEntry, Project, ProjectMember
from crm.queries.project_columns import COLUMNS
from crm.queries.row_history import last_change_id
from reports import ledgers
from tests import factories as make
from tests.actions.ready import YI, make_ready
from tests.hanging import remark


@pytest.fixture
def some(session, officer, other_officer):
    """Six projects, one reason each to be found or not."""
    chips = make.make_industry(session, "半导体")
    company = make.make_company(session, "霁澜演示科技有限公司", short_name="霁澜")
    kept = {
        "mine": make.make_project(session, "鲲图自动驾驶", lead=officer, company_id=company.id, total_yuan=20 * YI),
        "chip": make.make_project(session, "恒砚封装载板", lead=officer, industry_id=chips.id, total_yuan=YI),
        "abroad": make.make_project(
            session, "樱和光学薄膜", lead=officer, capital_kind=CapitalKind.FOREIGN, foreign_usd=42_000_000
        ),
        "lost": make.make_project(session, "北渚阀门", lead=officer, status=Status.LOST),
        "theirs": make.make_project(session, "别组项目", lead=other_officer),
        "secret": make.make_project(session, "密项目甲", lead=other_officer, is_secret=True, unit_id=officer.unit_id),
    }
    make.sign(session, kept["chip"], on=date(2022, 10, 5))
    make.make_listing(session, kept["mine"], KeyList.CITY)
    session.commit()
    return kept


def names(answer, some):
    return {key for key, project in some.items() if project.name in answer.text}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"mine", "chip", "abroad"}),
        ("?view=mine", {"mine", "chip", "abroad"}),
        ("?view=key", {"mine"}),
        ("?view=signed", {"chip"}),
        ("?view=unstarted", {"chip"}),
        ("?view=stopped", {"lost"}),
        ("?view=every", {"mine", "chip", "abroad", "lost"}),
        ("?status=lost", {"lost"}),
        ("?q=霁澜", {"mine"}),
        ("?q=樱和", {"abroad"}),
        ("?q=%25", set()),
        ("?stage=signed", {"chip"}),
        ("?capital=foreign", {"abroad"}),
        ("?signed=2022-10", {"chip"}),
        ("?signed=2022-09", set()),
        ("?list=city", {"mine"}),
        ("?list=province", set()),
        ("?least=10", {"mine"}),
        ("?stage=nonsense&capital=x&signed=2022-13&least=abc&page=99&view=x&sort=x", {"mine", "chip", "abroad"}),
    ],
)
def test_the_address_says_what_the_list_holds(client_for, officer, some, query, found):
    answer = client_for(officer).get(f"/projects{query}")
    assert answer.status_code == 200
    assert names(answer, some) == found


def test_a_project_is_signed_once_in_the_month_of_its_first_contract(session, client_for, officer, some):
    again = make.make_claim(session, some["chip"], make.ClaimKind.CONTRACT)
    make.make_contract(session, some["chip"], again, on=date(2022, 8, 1))
    client = client_for(officer)
    assert names(client.get("/projects?signed=2022-10"), some) == set()
    assert names(client.get("/projects?signed=2022-08"), some) == {"chip"}
    again.state = ClaimState.REVERSED
    assert names(client.get("/projects?signed=2022-10"), some) == {"chip"}


def test_filters_by_rows(client_for, officer, other_officer, team_lead, some):
    client = client_for(team_lead)
    assert names(client.get(f"/projects?industry={some['chip'].industry_id}"), some) == {"chip"}
    assert names(client.get(f"/projects?lead={other_officer.id}"), some) == {"theirs"}
    assert names(client.get(f"/projects?unit={other_officer.unit_id}"), some) == {"theirs"}


def test_totals_cover_the_whole_filter_and_keep_foreign_money_apart(client_for, officer, some):
    foot = client_for(officer).get("/projects").text.split("<tfoot>")[1].split("</tfoot>")[0]
    assert "合计 3 个" in foot
    assert ">24.50<" in foot  # 20 + 1 + 3.5
    assert ">4,200<" in foot


def test_sorting_and_paging_keep_the_filter(session, client_for, officer, some):
    for number in range(60):
        make.make_project(session, f"批量项目{number:02d}", lead=officer, total_yuan=(number + 30) * YI)
    client = client_for(officer)
    first = client.get("/projects?q=批量&sort=total").text
    assert first.index("批量项目00") < first.index("批量项目01")
    assert "批量项目55" not in first
    assert "%E6%89%B9%E9%87%8F" in first
    following = unescape(re.search(r'href="([^"]*)" rel="next"', first)[1])
    assert "批量项目55" in client.get(following).text


def test_an_empty_list_offers_the_step_that_fills_it(client_for, officer, auditor):
    assert "登记线索" in client_for(officer).get("/projects").text.split('class="empty"')[1]
    assert "登记线索" not in client_for(auditor).get("/projects").text
    assert "没有符合条件的项目" in client_for(officer).get("/projects?q=无此项目").text


def test_statements_of_the_list_do_not_depend_on_its_rows(session, client_for, officer, some, count_queries):
    client = client_for(officer)
    client.get("/projects")
    with count_queries() as few:
        client.get("/projects")
    for number in range(30):
        project = make.make_project(session, f"更多{number}", lead=officer)
        claim = make.make_claim(session, project, make.ClaimKind.ARRIVAL)
        make.make_money(session, project, MoneyKind.ARRIVED, 1_000_000, date(2022, 9, 1), claim)
    session.commit()
    with count_queries() as many:
        client.get("/projects")
    assert len(many) == len(few) <= 15


# ------------------------------------------------------------------------------------------------------------- the export


def test_the_export_holds_what_one_may_export_and_is_kept_in_the_log(session, client_for, officer, statistician, some):
    make.make_project(session, "=HYPERLINK(1)", lead=officer)
    answer = client_for(officer).post("/projects.xlsx?view=every")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:2] == ("编号", "项目名称")
    exported = {row[1] for row in rows[1:-1]}
    assert "=HYPERLINK(1)" in exported and sheet.cell(2, 2).data_type == "s"
    assert some["mine"].name in exported and some["theirs"].name not in exported and some["secret"].name not in exported
    assert rows[-1][0] == "合计 5 个"
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "export")).one()
    assert (event.by_id, event.detail) == (officer.id, "projects.xlsx 5 view=every")
    assert some["theirs"].name in {
        row[1]
        for row in openpyxl.load_workbook(
            io.BytesIO(client_for(statistician).post("/projects.xlsx").data)
        ).active.values
    }


def sheet_of(answer):
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))


def test_the_shown_columns_are_exported_in_their_order(client_for, officer, some):
    client = client_for(officer)
    rows = sheet_of(client.post("/projects.xlsx?view=every&cols=total,name,sign,alarm&fields=shown"))
    assert rows[0] == ("总投资（亿元）", "项目名称", "预计签约", "预警") and rows[-1][1].startswith("合计")
    whole = sheet_of(client.post("/projects.xlsx?view=every&cols=total,name&fields=all"))
    assert whole[0][:2] == ("编号", "项目名称") and {"把握（%）", "保护期至", "预警"} <= set(whole[0])


def test_only_verified_arrivals_stand_in_the_list_its_sums_and_the_export(session, client_for, officer, some):
    for state, yi in ((ClaimState.VERIFIED, 3), (ClaimState.VERIFIED, 2), (ClaimState.REPORTED, 90)):
        claim = make.make_claim(session, some["mine"], make.ClaimKind.ARRIVAL, state=state)
        make.make_money(session, some["mine"], MoneyKind.ARRIVED, yi * YI, date(2022, 9, 1), claim)
    session.commit()
    client = client_for(officer)
    page = client.get("/projects?view=mine&cols=name,arrived").text
    assert re.findall(r'<td class="num hide-s">([^<]*)</td>', page) == ["5.00", "", ""]
    assert '<td class="num">5.00</td>' in page  # the sums
    rows = sheet_of(client.post("/projects.xlsx?view=mine&cols=name,arrived&fields=shown"))
    assert sorted(row[1] or 0 for row in rows[1:-1]) == [0, 0, 5] and rows[-1][1] == 5


def test_ticked_rows_are_exported_as_far_as_one_may(session, client_for, officer, leader, some):
    client, ids = client_for(officer), [some[name].id for name in ("mine", "theirs", "secret")]
    rows = sheet_of(client.post("/projects.xlsx?only=ticked&fields=shown", data={"ids": [*ids, "x"]}))
    assert [row[0] for row in rows] == ["项目名称", some["mine"].name, "合计 1 个"]
    for nothing in ({}, {"ids": [some["theirs"].id, some["secret"].id]}):
        answer = client.post("/projects.xlsx?only=ticked", data=nothing)
        assert answer.status_code == 422 and "没有勾选可以导出的项目" in answer.text
    page = client_for(leader).get("/projects?view=every").text  # who exports and edits nothing ticks too
    assert "导出所选（当前列）" in page and "批量处理所选" not in page and 'form="chosen"' in page


def test_every_column_of_the_list_can_be_exported():
    assert set(ledgers.PROJECT_COLUMNS) == set(COLUMNS)


@pytest.mark.parametrize("login", ["coordinator", "agent", "auditor", "admin"])
def test_who_may_not_export(session, client_for, some, login):
    assert client_for(make.person(session, login)).post("/projects.xlsx").status_code == 403


# --------------------------------------------------------------------------------------------------------------- the page


def test_the_page_says_what_is_missing_with_links_to_the_fields(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION, fixed_yuan=None, land_mu=None)
    page = client_for(officer).get(f"/projects/{project.id}").text
    assert "距“评审”还差 2 项" in page
    assert f'href="/projects/{project.id}/edit#fixed_yuan"' in page
    assert f'href="/projects/{project.id}/edit#land_mu"' in page


def test_the_page_says_who_alone_may(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.SCREENING)
    assert "推进到“在谈”" not in client_for(officer).get(f"/projects/{project.id}").text
    assert "由组长在各自范围内办理" in client_for(officer).get(f"/projects/{project.id}").text
    assert "推进到“在谈”" in client_for(team_lead).get(f"/projects/{project.id}").text


def test_what_waits_and_what_was_given_back_is_said(session, client_for, officer, statistician):
    project = make_ready(session, officer)
    claim = make.sign(session, project, on=date(2022, 10, 12), state=ClaimState.REPORTED)
    assert "“签约”已提交，等待核定" in client_for(officer).get(f"/projects/{project.id}").text
    assert "去核定" in client_for(statistician).get(f"/projects/{project.id}").text
    claim.state, claim.reason = ClaimState.RETURNED, "合同页不全"
    page = client_for(officer).get(f"/projects/{project.id}").text
    assert "“签约”被退回：合同页不全" in page
    assert f"instead={claim.id}" in page


def test_unverified_money_is_listed_and_not_summed(session, client_for, officer):
    project = make_ready(session, officer)
    make.sign(session, project, on=date(2022, 9, 15), amount=3 * YI)
    waiting = make.make_claim(session, project, make.ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    make.make_money(session, project, MoneyKind.ARRIVED, YI, date(2022, 9, 20), waiting)
    panel = client_for(officer).get(f"/projects/{project.id}").text.split('id="money"')[1].split("</section>")[0]
    assert "1 笔待核定" in panel
    sums = panel.split("</dl>")[0]
    assert "3.00" in sums and "1.00" not in sums
    assert "1.00" in panel.split("</dl>")[1]


def test_phones_are_masked_and_history_is_folded(session, client_for, officer):
    project = make_ready(session, officer)
    client = client_for(officer)
    project_id = project.id
    client.post(f"/projects/{project_id}/edit", data=form_of(session, project, land_mu="90", competitors="邻市"))
    page = client.get(f"/projects/{project_id}").text
    assert "138****0421" in page and "13800000421" not in page
    assert f"{officer.name} 修改了“" in page and "，另有 1 项修改" in page
    assert "<del>86 亩</del>" in page and "<ins>90 亩</ins>" in page


def test_not_yours_to_see_is_not_found(client_for, officer, admin, leader, some):
    for key in ("theirs", "secret"):
        assert client_for(officer).get(f"/projects/{some[key].id}").status_code == 404
    assert client_for(admin).get(f"/projects/{some['mine'].id}").status_code == 404
    assert client_for(leader).get(f"/projects/{some['secret'].id}").status_code == 200
    assert client_for(officer).get("/projects/999999").status_code == 404


def test_statements_of_the_page_do_not_depend_on_what_hangs_on_it(session, client_for, officer, agent, count_queries):
    project = make_ready(session, officer)
    client = client_for(officer)
    hang_on(session, project, officer, 1)
    client.get(f"/projects/{project.id}")
    with count_queries() as few:
        client.get(f"/projects/{project.id}")
    hang_on(session, project, officer, 12)
    with count_queries() as many:
        client.get(f"/projects/{project.id}")
    assert len(many) == len(few) <= 34


def test_a_project_with_little_on_it_asks_for_little(session, client_for, officer, count_queries):
    """What hangs on it is looked for once, and only that is asked for (queries/presence.py)."""
    project = make_ready(session, officer)
    make.make_activity(session, project, by=officer)
    session.commit()
    client = client_for(officer)
    client.get(f"/projects/{project.id}")
    with count_queries() as statements:
        assert client.get(f"/projects/{project.id}").status_code == 200
    assert len(statements) <= 13


def test_registering_takes_few_statements(session, client_for, officer, count_queries):
    client = client_for(officer)
    values = {
        "name": "衡岳载板项目", "capital_kind": "domestic", "total_yuan": "1.5", "company": "衡岳载板有限公司",
        "origin": "domestic", "province": "江苏省", "contact_name": "王总", "contact_phone": "00000000000",
        "lead_id": str(officer.id),
    }  # fmt: skip
    with count_queries() as statements:
        answer = client.post("/projects/new", data=values)
    assert answer.status_code == 303
    project = session.scalars(select(Project).where(Project.name == "衡岳载板项目")).one()
    assert project.total_yuan == 150_000_000 and project.version == 1
    stated = session.scalars(select(MoneyEntry).where(MoneyEntry.project_id == project.id))
    assert [entry.amount_yuan for entry in stated] == [150_000_000]
    assert len(statements) <= 26


def hang_on(session, project, officer, times):
    """Everything a project can have, so many times."""
    for number in range(times):
        talk = make.make_activity(session, project, by=officer, people=(officer,), next_on=date(2022, 10, 25))
        remark(session, project, officer, talk, lambda what: what)
        make.make_meeting(session, project)
        make.make_plan(session, project, 100_000_000 + number)
        make.make_node(session, project)
        make.make_action(session, project, make.team(session))
        claim = make.make_claim(session, project, make.ClaimKind.ARRIVAL)
        make.make_money(session, project, MoneyKind.ARRIVED, 1_000_000 + number, date(2022, 9, 1), claim)
        make.make_contract(session, project, make.make_claim(session, project, make.ClaimKind.CONTRACT))
        make.make_listing(session, project, year=2010 + session.query(make.Listing).count())
        make.make_member(session, project, officer, MemberRole.SUPPORT)
        make.make_contact(session, session.get(Company, project.company_id))
    session.commit()


@pytest.mark.parametrize(
    "show", ["all", "talks", "meetings", "actions", "comments", "stages", "plans", "files", "edits", "nonsense"]
)
def test_parts_of_the_timeline_come_as_pages_and_as_fragments(session, client_for, officer, show):
    project = make_ready(session, officer)
    client = client_for(officer)
    whole = client.get(f"/projects/{project.id}?show={show}")
    part = client.get(f"/projects/{project.id}?show={show}", headers={"HX-Request": "true"})
    assert whole.status_code == part.status_code == 200
    assert "<html" in whole.text and "<html" not in part.text and 'id="timeline"' in part.text


def test_an_older_page_of_the_timeline(session, client_for, officer):
    project = make_ready(session, officer)
    hang_on(session, project, officer, 20)
    client = client_for(officer)
    page = client.get(f"/projects/{project.id}").text
    older = page.split("更早的动态")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(older).status_code == 200
    assert client.get(f"/projects/{project.id}?before=nonsense").status_code == 200


@pytest.mark.parametrize("login", ["team_lead", "statistician", "coordinator", "leader", "auditor", "agent"])
def test_everybody_who_may_sees_the_page(session, client_for, officer, login):
    project = make_ready(session, officer)
    hang_on(session, project, officer, 1)
    assert client_for(make.person(session, login)).get(f"/projects/{project.id}").status_code == 200


# ------------------------------------------------------------------------------------------------- registering, changing


def test_registering_from_the_form(session, client_for, officer):
    data = {
        "name": "澜芯总部基地",
        "capital_kind": "domestic",
        "total_yuan": "１２.5",
        "company": "澜芯传动科技（上海）有限公司",
        "origin": "domestic",
        "province": "上海",
        "contact_name": "罗映川",
        "contact_phone": "13800000421",
        "lead_id": officer.id,
    }
    answer = client_for(officer).post("/projects/new", data=data)
    project = session.scalars(select(Project)).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/projects/{project.id}")
    assert (project.total_yuan, project.unit_id, project.code) == (1_250_000_000, officer.unit_id, "YH-2022-0001")
    assert session.scalars(select(Company.province)).one() == "上海市"
    assert {member.role for member in session.scalars(select(ProjectMember))} == {
        MemberRole.FIRST_REPORTER,
        MemberRole.LEAD,
    }


def test_a_look_alike_is_shown_before_anything_is_written(session, client_for, officer, some):
    client, data = client_for(officer), {"name": "“鲲图”自动驾驶项目", "capital_kind": "domestic"}
    before = session.query(Project).count()
    answer = client.post("/projects/new", data=data)
    assert answer.status_code == 422
    assert "库中可能已有这个项目" in answer.text and some["mine"].code in answer.text
    assert 'value="“鲲图”自动驾驶项目"' in answer.text
    assert session.query(Project).count() == before
    assert client.post("/projects/new", data={**data, "is_new": "y"}).status_code == 303


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(session, client_for, officer):
    data = {"name": "", "capital_kind": "domestic", "total_yuan": "三亿", "content": "一期 5 万平方米"}
    answer = client_for(officer).post("/projects/new", data=data)
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text and 'href="#total_yuan"' in answer.text
    assert "“三亿”不是数字" in answer.text and 'value="三亿"' in answer.text and "一期 5 万平方米" in answer.text
    wrong_unit = client_for(officer).post("/projects/new", data={**data, "name": "甲", "total_yuan": "35000"})
    assert "35000 亿元过大，是否误填万元？应为 3.50 亿元。" in wrong_unit.text
    assert 'name="confirmed"' in wrong_unit.text
    assert not session.scalars(select(Project)).all()


@pytest.mark.parametrize(
    ("login", "status"),
    [("officer", 200), ("team_lead", 200), ("statistician", 200), ("leader", 403), ("agent", 403), ("auditor", 403)],
)
def test_who_may_open_the_register(session, client_for, login, status):
    assert client_for(make.person(session, login)).get("/projects/new").status_code == status


def form_of(session, project, **changes):
    """The edit form as a browser sends it back, with some fields changed."""
    company = session.get(Company, project.company_id) if project.company_id else None
    shown = {
        "name": project.name, "alias": project.alias, "investor": company.name if company else "",
        "capital_kind": project.capital_kind.value, "industry_id": project.industry_id or "",
        "area_id": project.area_id or "", "source_channel": project.source_channel or "", "content": project.content,
        "total_yuan": Decimal(project.total_yuan) / YI, "competitors": project.competitors,
        "judgement": project.judgement, "decision": project.decision, "land_use": project.land_use or "",
        "land_mu": project.land_mu or "", "jobs_count": project.jobs_count or "", "energy_tce": project.energy_tce or "",
        "expected_sign_on": project.expected_sign_on or "", "planned_start_on": project.planned_start_on or "",
        **{name: "" if (yuan := getattr(project, name)) is None else Decimal(yuan) / YI
           for name in ("fixed_yuan", "equipment_yuan", "output_yuan")},
        "tax_yuan": "" if project.tax_yuan is None else project.tax_yuan // 10_000,
        "seen": last_change_id(session, project),
    }  # fmt: skip
    return {**shown, **changes}


def test_changing_a_field_changes_only_it(session, client_for, officer):
    project = make_ready(session, officer)
    kept = {column.key: getattr(project, column.key) for column in Project.__table__.columns}
    answer = client_for(officer).post(f"/projects/{project.id}/edit", data=form_of(session, project, site="石桥 B-12"))
    assert answer.status_code == 303
    session.expire_all()
    changed = {name for name, value in kept.items() if getattr(session.get(Project, kept["id"]), name) != value}
    assert changed == {"site", "version"}


def test_the_total_is_appended(session, client_for, officer):
    project = make_ready(session, officer)
    client_for(officer).post(f"/projects/{project.id}/edit", data=form_of(session, project, total_yuan="4.2"))
    assert session.scalars(select(MoneyEntry.amount_yuan).where(MoneyEntry.kind == MoneyKind.PLAN)).all() == [
        420_000_000
    ]


@pytest.mark.parametrize(("side", "kept"), [("mine", 95), ("theirs", 90), ("original", 86)])
def test_a_clash_asks_column_by_column_and_nothing_typed_is_lost(session, client_for, officer, team_lead, side, kept):
    project = make_ready(session, officer)
    mine = form_of(session, project, land_mu="95", site="B-12")
    client_for(team_lead).post(
        f"/projects/{project.id}/edit", data=form_of(session, project, land_mu="90", jobs_count=7)
    )
    client = client_for(officer)
    answer = client.post(address := f"/projects/{project.id}/edit", data=mine)
    assert answer.status_code == 409
    assert (
        f"{team_lead.name} 10月20日" in answer.text and "改过“用地面积”" in answer.text and 'value="95"' in answer.text
    )
    asked = answer.text.split('class="card clash"')[1].split("</section>")[0]
    assert all(words in asked for words in ("86 亩", "90 亩", "95 亩")) and "就业" not in asked
    told = asked.split('name="told" value="')[1].split('"')[0]
    assert client.post(address, data={**mine, "told": told}).status_code == 409, "what is not chosen is asked again"
    assert client.post(address, data={**mine, "told": told, "keep-land_mu": side}).status_code == 303
    session.expire_all()
    found = session.get(Project, project.id)
    assert (found.land_mu, found.site, found.jobs_count) == (Decimal(kept), "B-12", 7)


def test_an_old_value_is_put_back_from_the_timeline(session, client_for, officer, statistician, other_officer):
    project = make_ready(session, officer)
    client = client_for(officer)
    client.post(f"/projects/{project.id}/edit", data=form_of(session, project, land_mu="95"))
    address = client.get(f"/projects/{project.id}?show=edits").text.split('/restore"')[0].rpartition('action="')[2]
    for reader, status in ((statistician, 403), (other_officer, 404)):
        assert client_for(reader).post(f"{address}/restore").status_code == status
        if status == 403:
            assert "/restore" not in client_for(reader).get(f"/projects/{project.id}?show=edits").text
    assert client.post(f"{address}/restore").status_code == 303
    session.expire_all()
    assert session.get(Project, project.id).land_mu == Decimal(86)
    assert client.post(f"/projects/{project.id}/changes/987654/restore").status_code == 404


def test_an_unknown_investor_is_said_at_its_field(session, client_for, officer):
    project = make_ready(session, officer)
    answer = client_for(officer).post(
        f"/projects/{project.id}/edit", data=form_of(session, project, investor="无此公司")
    )
    assert answer.status_code == 422
    assert "没有找到“无此公司”" in answer.text


def test_duplicates_and_phases_are_named_by_code(session, client_for, officer, some):
    target, other = some["mine"], some["chip"]
    client = client_for(officer)
    client.post(f"/projects/{other.id}/edit", data=form_of(session, other, duplicate_of=target.code))
    session.expire_all()
    assert session.get(Project, other.id).duplicate_of_id == target.id
    answer = client.post(f"/projects/{other.id}/edit", data=form_of(session, other, duplicate_of=other.code))
    assert (answer.status_code, "不能重复于自己" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "page", ["edit", "team", "secrecy", "back", "status/paused", "claims/new?kind=signing", "files/new"]
)
@pytest.mark.parametrize("login", ["coordinator", "auditor"])
def test_readers_do_not_write(session, client_for, officer, page, login):
    project = make_ready(session, officer)
    assert client_for(make.person(session, login)).get(f"/projects/{project.id}/{page}").status_code == 403


def test_the_team_is_set_by_its_lead(session, client_for, officer, other_officer, team_lead, agent):
    project = make_ready(session, officer)
    client = client_for(team_lead)
    assert client.get(f"/projects/{project.id}/team").status_code == 200
    assert client.post(f"/projects/{project.id}/team", data={"lead": "", "unit_id": 1}).status_code == 422
    data = {"lead": other_officer.id, "support": [officer.id], "leader": "", "agent": agent.id, "reader": []}
    data["unit_id"] = other_officer.unit_id
    assert client.post(f"/projects/{project.id}/team", data=data).status_code == 303
    open_roles = session.execute(
        select(ProjectMember.role, ProjectMember.user_id).where(ProjectMember.to_on.is_(None))
    ).all()
    assert set(open_roles) == {
        (MemberRole.LEAD, other_officer.id), (MemberRole.SUPPORT, officer.id), (MemberRole.AGENT, agent.id),
    }  # fmt: skip


def test_a_project_is_closed_and_opened(session, client_for, officer, team_lead, statistician):
    project = make_ready(session, officer)
    client, address = client_for(team_lead), f"/projects/{project.id}"
    assert client.post(f"{address}/secrecy", data={"is_secret": "y", "alias": ""}).status_code == 422
    assert client.post(f"{address}/secrecy", data={"is_secret": "y", "alias": "七号项目"}).status_code == 303
    assert client_for(statistician).get(address).status_code == 404
    assert client.post(f"{address}/secrecy", data={"alias": "七号项目"}).status_code == 303
    assert client_for(statistician).get(address).status_code == 200
