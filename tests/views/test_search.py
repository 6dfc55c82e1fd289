"""The search box: everything one may see, and nothing else."""

from __future__ import annotations

import pytest

from tests import factories as make


@pytest.fixture
def rows(session, officer, other_officer):
    company = make.make_company(session, "澜芯传动演示有限公司", short_name="澜芯", credit_code="91320507MA1XXXXX0X")
    make.make_contact(session, company, "罗映川", title="财务总监")
    mine = make.make_project(session, "精密减速器项目", lead=officer, company_id=company.id, code="YH-2022-0117")
    make.make_activity(session, mine, by=officer, summary="对方询问100%供电保障和B_12地块。")
    hidden = make.make_project(session, "星穹涉密项目", lead=other_officer, is_secret=True, alias="星穹")
    make.make_activity(session, hidden, by=other_officer, summary="星穹项目的供电")
    return {"company": company, "mine": mine, "hidden": hidden}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("减", ["/projects/"]),
        ("jmjsq", ["/projects/"]),
        ("jingmijian", ["/projects/"]),
        ("lxcd", ["/projects/", "/companies/"]),
        ("ＹＨ－２０２２", ["/projects/"]),
        ("罗", ["/companies/"]),
        ("luoyc", []),
        ("供", ["/activities/"]),
        ("YH-2022-0117", ["/projects/"]),
        ("yh-2022", ["/projects/"]),
        ("澜芯", ["/projects/", "/companies/"]),
        ("91320507ma1x", ["/projects/", "/companies/"]),
        ("罗映川", ["/companies/"]),
        ("财务 罗", ["/companies/"]),
        ("100%", ["/activities/"]),
        ("B_12", ["/activities/"]),
        ("供电 地块", ["/activities/"]),
        ("B%12", []),
        ("星穹", []),
        ("13800000421", ["/companies/"]),
    ],
)
def test_what_is_found(client_for, officer, rows, query, seen):
    page = client_for(officer).get("/search", query_string={"q": query}).text
    body = page.partition('<main class="main"')[2].partition("</main>")[0]
    for prefix in ("/projects/", "/companies/", "/activities/"):
        assert (f'<a class="main-link" href="{prefix}' in body) is (prefix in seen), prefix


def test_the_words_are_marked_and_escaped(client_for, officer, rows):
    assert "精密<mark>减</mark>速器项目" in client_for(officer).get("/search?q=减").text
    page = client_for(officer).get("/search?q=<script>alert(1)</script>").text
    assert "<script>alert" not in page and "没有找到含有" in page


def test_phones_are_not_told_digit_by_digit(client_for, coordinator, rows):
    assert "罗映川" not in client_for(coordinator).get("/search?q=13800000421").text
    assert "罗映川" not in client_for(coordinator).get("/search?q=0421").text


def test_the_named_find_their_secret_project(client_for, other_officer, leader, rows):
    for user in (other_officer, leader):
        assert "<mark>星穹</mark>涉密项目" in client_for(user).get("/search?q=星穹").text


def test_groups_are_short_and_lead_to_the_whole_list(client_for, officer, session, rows):
    for number in range(10):
        make.make_project(session, f"同名演示{number}", lead=officer)
    page = client_for(officer).get("/search?q=同名").text
    assert page.count("<mark>同名</mark>演示") == 8 and "前 8 条" in page and 'href="/projects?q=' in page


def test_without_words_it_asks_for_some(client_for, officer, admin, rows):
    assert client_for(officer).get("/search").status_code == 200
    assert client_for(officer).get("/search?q=%20").status_code == 200
    assert client_for(admin).get("/search?q=减").status_code == 403


def test_statements_are_few_whatever_is_found(client_for, officer, session, rows, count_queries):
    client = client_for(officer)
    client.get("/search?q=演示")
    with count_queries() as few:
        client.get("/search?q=查无此词")
    for _ in range(10):
        company = make.make_company(session)
        make.make_activity(session, make.make_project(session, lead=officer, company_id=company.id), by=officer)
    session.commit()
    with count_queries() as many:
        client.get("/search?q=演示")
    assert len(many) <= len(few) + 2  # the classes of companies and the projects of touchpoints
