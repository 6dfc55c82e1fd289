"""The palette, the note of visits, and the keyboard map."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from crm.models import Visit
from tests import factories as make


@pytest.fixture
def rows(session, officer, other_officer):
    company = make.make_company(session, "澜芯传动演示有限公司", short_name="澜芯")
    mine = make.make_project(session, "精密减速器项目", lead=officer, company_id=company.id)
    hidden = make.make_project(session, "星穹涉密项目", lead=other_officer, is_secret=True)
    return {"company": company, "mine": mine, "hidden": hidden}


def test_without_words_it_offers_what_was_opened_and_what_may_be_done(client_for, officer, rows):
    client = client_for(officer)
    empty = client.get("/palette").text
    assert "最近和常用" not in empty and "登记线索" in empty and "n a" in empty and "g p" in empty
    assert client.post("/visits", data={"kind": "project", "row_id": rows["mine"].id}).status_code == 204
    assert "精密减速器项目" in client.get("/palette").text


def test_with_words_it_groups_hits_and_marks_them(client_for, officer, rows):
    page = client_for(officer).get("/palette?q=澜芯").text
    assert "<mark>澜芯</mark>传动" in page and ">项目<" in page and ">企业<" in page and "全部结果" in page
    assert 'href="/activities/new"' in client_for(officer).get("/palette?q=jyb").text


def test_visits_are_only_of_what_may_be_seen_and_are_counted_once_a_while(client_for, session, officer, rows):
    client = client_for(officer)
    for data in (
        {"kind": "project", "row_id": rows["hidden"].id}, {"kind": "contact", "row_id": 1}, {"kind": "project"},
        {"kind": "project", "row_id": "x"}, {"kind": "project", "row_id": "99999999999"}, {},
    ):  # fmt: skip
        assert client.post("/visits", data=data).status_code == 404, data
    for _ in range(3):
        client.post("/visits", data={"kind": "project", "row_id": rows["mine"].id})
    assert session.scalars(select(Visit.times)).all() == [1]


def test_the_oldest_visits_are_forgotten(client_for, session, officer, rows, now):
    session.add_all(
        Visit(user_id=officer.id, kind="activity", row_id=number, last_at=now.replace(year=2021, month=1 + number % 12))
        for number in range(1, 260)
    )
    client_for(officer).post("/visits", data={"kind": "project", "row_id": rows["mine"].id})
    assert session.scalar(select(func.count()).select_from(Visit)) <= 220


def test_what_was_visited_and_became_secret_is_offered_no_more(client_for, session, officer, other_officer, rows):
    client = client_for(other_officer)
    client.post("/visits", data={"kind": "project", "row_id": rows["mine"].id})
    rows["mine"].is_secret = True
    assert "减速器" not in client.get("/palette").text and "减速器" not in client.get("/palette?q=减速").text


def test_statements_are_as_many_whatever_is_found(client_for, officer, session, rows, count_queries):
    client = client_for(officer)
    client.get("/palette?q=x")
    with count_queries() as few:
        client.get("/palette?q=查无此词")
    for number in range(12):
        company = make.make_company(session, f"演示{number}")
        project = make.make_project(session, f"演示{number}", lead=officer, company_id=company.id)
        make.make_activity(session, project, by=officer, summary="演示")
        client.post("/visits", data={"kind": "project", "row_id": project.id})
    session.commit()
    with count_queries() as many:
        client.get("/palette?q=演示")
    assert len(many) == len(few)
    assert sum("search_entry" in statement for statement in many) == 2


def test_the_map_of_keys_holds_what_the_person_may_open(client_for, officer, statistician, admin):
    page = client_for(officer).get("/today").text
    keys = re.findall(r'data-keys="([^"]+)"', page)
    assert (
        {"g p", "n p", "n a", "/", "?", "j", "Ctrl+K"} <= set(keys)
        and "g q" not in keys
        and len(keys) == len(set(keys))
    )
    assert 'data-keys="g q"' in client_for(statistician).get("/claims").text
    assert 'id="palette"' not in client_for(admin).get("/users").text


def test_single_keys_can_be_turned_off(client_for, officer):
    client = client_for(officer)
    assert 'data-single-keys="on"' in client.get("/me").text
    assert client.post("/me/keys", data={"single_keys": "off"}).status_code == 303
    assert 'data-single-keys="off"' in client.get("/me").text
    client.post("/me/keys", data={"single_keys": "on"})
    assert 'data-single-keys="on"' in client.get("/me").text
