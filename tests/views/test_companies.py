"""Companies and contacts as people meet them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm.choices import CompanyClass, Origin
from crm.models import Company, CompanyClassMark, Contact
from crm.queries.row_history import last_change_id
from crm.rules.credit_code import check_character
from tests import factories as make

BODY = "91320507MA1XXXXX0"
CODE = BODY + check_character(BODY)


@pytest.fixture
def company(session, officer):
    found = make.make_company(session, "澜芯传动演示有限公司", created_by_id=officer.id)
    make.make_contact(session, found)
    make.make_project(session, "澜芯项目", lead=officer, company_id=found.id)
    return found


def test_a_company_is_registered_with_its_classes(client_for, officer, session):
    data = {
        "name": "霁澜演示科技有限公司", "credit_code": CODE.lower(), "origin": "domestic", "province": "江苏",
        "registered_yuan": "5000", "classes": ["listed", "high_tech"],
    }  # fmt: skip
    answer = client_for(officer).post("/companies/new", data=data)
    assert answer.status_code == 303
    session.rollback()
    made = session.scalars(select(Company)).one()
    assert (made.credit_code, made.province, made.registered_yuan) == (CODE, "江苏省", 50_000_000)
    assert {mark.company_class for mark in session.scalars(select(CompanyClassMark))} == {
        CompanyClass.LISTED,
        CompanyClass.HIGH_TECH,
    }
    page = client_for(officer).get(answer.headers["Location"]).text
    assert "上市公司" in page and "5,000 万元" in page and "还没有联系人" in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"credit_code": CODE[:-1]}, "现在是 17 位"),
        ({"credit_code": "0" + CODE[1:]}, "校验不符"),
        ({"name": ""}, "这一项必填"),
        ({"origin": "foreign"}, "境外企业请写国别或地区"),
        ({"parent": "查无此集团"}, "没有找到“查无此集团”"),
        ({"registered_yuan": "五千万"}, "不是数字"),
    ],
)
def test_what_is_wrong_is_said_and_the_typed_kept(client_for, officer, more, words):
    data = {"name": "霁澜演示科技有限公司", "origin": "domestic", "province": "江苏", "intro": "简介还在", **more}
    answer = client_for(officer).post("/companies/new", data=data)
    assert answer.status_code == 422 and words in answer.text and "简介还在" in answer.text


def test_a_known_code_links_to_the_company_that_has_it(client_for, officer, session, company):
    company.credit_code = CODE
    data = {"name": "别家演示有限公司", "credit_code": CODE}
    answer = client_for(officer).post("/companies/new", data=data)
    assert answer.status_code == 422
    assert f'href="/companies/{company.id}"' in answer.text and "已登记在“澜芯传动演示有限公司”名下" in answer.text


def test_phones_are_masked_for_those_who_may_not_see_them(client_for, officer, coordinator, session, company):
    assert "13800000421" in client_for(officer).get(f"/companies/{company.id}").text
    page = client_for(coordinator).get(f"/companies/{company.id}").text
    assert "13800000421" not in page and "138****0421" in page


def test_only_visible_projects_and_relatives_stand_on_the_page(
    client_for, officer, other_officer, leader, session, company
):
    hidden = make.make_company(session, "涉密下属演示公司", parent_id=company.id)
    make.make_project(session, "涉密甲项目", lead=other_officer, company_id=hidden.id, is_secret=True)
    make.make_project(session, "涉密乙项目", lead=other_officer, company_id=company.id, is_secret=True)
    shown = make.make_company(session, "公开下属演示公司", parent_id=company.id)
    page = client_for(officer).get(f"/companies/{company.id}").text
    assert "澜芯项目" in page and shown.name in page
    assert "涉密甲项目" not in page and "涉密乙项目" not in page and hidden.name not in page
    assert client_for(officer).get(f"/companies/{hidden.id}").status_code == 404
    assert "涉密乙项目" in client_for(leader).get(f"/companies/{company.id}").text


def test_a_hidden_group_survives_the_editing_of_those_who_cannot_see_it(
    client_for, officer, other_officer, session, company
):
    group = make.make_company(session, "隐藏集团演示公司")
    make.make_project(session, lead=other_officer, company_id=group.id, is_secret=True)
    company.parent_id = group.id
    session.commit()
    page = client_for(officer).get(f"/companies/{company.id}/edit").text
    assert group.name not in page
    data = {"name": company.name, "parent": "", "seen": "0", "city": "上海市"}
    assert client_for(officer).post(f"/companies/{company.id}/edit", data=data).status_code == 303
    session.expire_all()
    assert session.get(Company, company.id).parent_id == group.id


@pytest.mark.parametrize(("side", "kept"), [("mine", "乙市"), ("theirs", "甲市"), ("original", "海口市")])
def test_two_editors_choose_only_what_both_changed(client_for, officer, statistician, session, company, side, kept):
    company.city, group = "海口市", make.make_company(session, "演示集团")
    session.commit()
    data = {
        "name": company.name,
        "origin": "domestic",
        "province": "上海市",
        "seen": str(last_change_id(session, company)),
    }
    address = f"/companies/{company.id}/edit"
    theirs = {**data, "city": "甲市", "parent": "演示集团", "shown": [], "classes": ["listed"]}
    assert client_for(officer).post(address, data=theirs).status_code == 303
    mine, client = {**data, "city": "乙市", "intro": "做减速器", "classes": ["high_tech"]}, client_for(statistician)
    answer = client.post(address, data=mine)
    assert answer.status_code == 409 and "顾清宁" in answer.text and 'value="乙市"' in answer.text
    asked = answer.text.split('class="card clash"')[1].split("</section>")[0]
    assert all(words in asked for words in ("海口市", "甲市", "乙市")) and "keep-parent_id" not in asked
    told = asked.split('name="told" value="')[1].split('"')[0]
    assert client.post(address, data={**mine, "told": told, "keep-city": side}).status_code == 303
    found = session.get(Company, company.id)
    assert (found.city, found.intro, found.parent_id) == (kept, "做减速器", group.id)
    marks = set(session.scalars(select(CompanyClassMark.company_class)))
    assert marks == {CompanyClass.LISTED, CompanyClass.HIGH_TECH}


def test_a_disputed_group_that_may_not_be_seen_is_not_named(client_for, officer, other_officer, session, company):
    hidden, open_ = make.make_company(session, "隐藏集团演示公司"), make.make_company(session, "公开集团演示公司")
    make.make_project(session, lead=other_officer, company_id=hidden.id, is_secret=True)
    company.parent_id = hidden.id  # after the officer had opened the form
    data = {"name": company.name, "origin": "domestic", "province": "上海市", "seen": "0", "parent": open_.name}
    answer = client_for(officer).post(f"/companies/{company.id}/edit", data=data)
    assert answer.status_code == 409 and "不在你的可见范围" in answer.text and hidden.name not in answer.text
    assert "公开集团演示公司" in answer.text.split('class="card clash"')[1]


def test_contacts_come_change_and_leave(client_for, officer, session, company):
    client = client_for(officer)
    answer = client.post(f"/companies/{company.id}/contacts/new", data={"name": "韩亦舒", "phone": "1380000"})
    assert answer.status_code == 422 and "现在是 7 位" in answer.text and 'value="韩亦舒"' in answer.text
    client.post(f"/companies/{company.id}/contacts/new", data={"name": "韩亦舒", "phone": "13900001111"})
    session.rollback()
    contact = session.scalars(select(Contact).where(Contact.name == "韩亦舒")).one()
    address = f"/companies/{company.id}/contacts/{contact.id}"
    client.post(address, data={"name": "韩亦舒", "title": "总经理", "phone": "13900001111", "seen": "0"})
    client.post(f"{address}/active/0")
    page = client.get(f"/companies/{company.id}").text
    assert "总经理" in page and "已离任" in page
    late = {"name": "韩亦舒", "title": "董事长", "phone": "13900002222", "seen": "0"}
    asked = client.post(address, data=late)
    assert asked.status_code == 409 and "keep-title" in asked.text and "keep-phone" not in asked.text
    told = asked.text.split('name="told" value="')[1].split('"')[0]
    assert client.post(address, data={**late, "told": told, "keep-title": "theirs"}).status_code == 303
    found = session.get(Contact, contact.id)
    assert (found.title, found.phone) == ("总经理", "13900002222")


@pytest.mark.parametrize(
    ("login", "address", "status"),
    [
        ("coordinator", "/companies/new", 403),
        ("coordinator", "/companies/{id}/edit", 403),
        ("other_officer", "/companies/{id}/edit", 403),
        ("other_officer", "/companies/{id}", 200),
        ("other_officer", "/companies/{id}/contacts/new", 403),
        ("admin", "/companies", 403),
        ("liaison", "/companies/{id}", 404),
    ],
)
def test_who_may(client_for, session, company, login, address, status):
    assert client_for(make.person(session, login)).get(address.format(id=company.id)).status_code == status


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"home", "abroad"}),
        ("q=澜", {"home"}),
        ("q=_", set()),
        ("origin=foreign", {"abroad"}),
        ("place=德国", {"abroad"}),
        ("place=上海市", {"home"}),
        ("class=listed", {"abroad"}),
        ("origin=x&class=y&page=0", {"home", "abroad"}),
    ],
)
def test_the_list_is_narrowed_by_its_address(client_for, officer, session, company, query, seen):
    abroad = make.make_company(session, "Novisen", origin=Origin.FOREIGN, country="德国", province="", city="")
    session.add(CompanyClassMark(company_id=abroad.id, company_class=CompanyClass.LISTED))
    page = client_for(officer).get(f"/companies?{query}").text
    found = {"home": company, "abroad": abroad}
    assert {name for name, row in found.items() if f'href="/companies/{row.id}"' in page} == seen


def test_statements_do_not_grow_with_the_rows(client_for, officer, session, company, count_queries):
    client = client_for(officer)
    client.get("/companies")
    with count_queries() as few:
        client.get("/companies")
    for _ in range(20):
        made = make.make_company(session)
        make.make_contact(session, made)
        session.add(CompanyClassMark(company_id=made.id, company_class=CompanyClass.LISTED))
    session.commit()
    with count_queries() as many:
        client.get("/companies")
    assert len(many) == len(few)
