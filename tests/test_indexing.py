"""The search index says what the rows say, whoever writes them and however."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select, update

from crm import indexing
from crm.choices import Found
from crm.models import Activity, AgendaItem, Company, Contact, Meeting, Project, SearchEntry, Visit
from crm.queries import search as queries
from crm.queries.finding import project_condition
from crm.rules.search import words_of
from crm.trash import WITH_DELETED
from tests import factories as make

GONE = datetime(2022, 10, 19, tzinfo=UTC)


def found(session, actor, query, now):
    return {
        (hit.kind, hit.title) for group in queries.search(session, actor, words_of(query), now, 8) for hit in group.hits
    }


def same_as_rebuilt(session):
    session.commit()
    difference = indexing.rebuild(session)
    session.rollback()
    return not difference, difference


def test_what_is_written_is_found_in_the_same_transaction(session, leader, acting, now):
    company = make.make_company(session, "澜芯传动演示有限公司", short_name="澜芯")
    project = make.make_project(session, "精密减速器", company_id=company.id)
    assert found(session, acting(leader), "澜芯", now) == {
        (Found.PROJECT, "精密减速器"),
        (Found.COMPANY, "澜芯传动演示有限公司"),
    }
    company.name, company.short_name = "沅衡传动演示有限公司", ""
    session.flush()
    assert found(session, acting(leader), "澜芯", now) == set()
    assert (Found.PROJECT, "精密减速器") in found(session, acting(leader), "沅衡", now)
    project.deleted_at = GONE
    session.flush()
    assert found(session, acting(leader), "减速器", now) == set()
    project.deleted_at = None
    session.flush()
    assert found(session, acting(leader), "减速器", now) == {(Found.PROJECT, "精密减速器")}
    assert same_as_rebuilt(session)[0]


def test_statements_over_many_rows_are_followed(session, leader, acting, now):
    one, two = make.make_company(session, "甲演示公司"), make.make_company(session, "乙演示公司")
    values = {"name_key": "x", "created_at": now}
    session.execute(insert(Company), [{"name": "丙演示公司", **values}, {"name": "丁演示公司", **values}])
    plain = {"short_name": "", "country": "", "province": "", "city": "", "intro": "", "is_demo": False, "version": 1}
    session.execute(insert(Company.__table__).values(name="戊演示公司", **plain, **values))
    session.execute(update(Company).where(Company.id == one.id).values(name="己演示公司"))
    session.execute(update(Company), [{"id": two.id, "name": "庚演示公司", "version": two.version}])
    session.execute(delete(Company).where(Company.name == "丙演示公司"))
    session.commit()
    titles = {title for _, title in found(session, acting(leader), "演示公司", now)}
    assert titles == {"丁演示公司", "戊演示公司", "己演示公司", "庚演示公司"}
    assert same_as_rebuilt(session)[0]


def test_a_rebuild_says_what_had_differed(session):
    project, lost = make.make_project(session, "甲"), make.make_project(session, "乙")
    session.commit()
    session.execute(update(SearchEntry).where(SearchEntry.row_id == project.id).values(title="丙"))
    session.execute(delete(SearchEntry).where(SearchEntry.row_id == lost.id))
    empty = dict.fromkeys(("title", "hint", "phone", "text", "sounds", "tokens"), "")
    session.execute(insert(SearchEntry).values(id=5, kind="project", row_id=5, page_id=5, **empty))
    found_wrong = indexing.rebuild(session)
    assert (found_wrong.missing, found_wrong.wrong, found_wrong.left_over) == (1, 1, 1)
    session.commit()
    assert same_as_rebuilt(session)[0]


def test_the_index_is_what_a_rebuild_makes_after_anything_people_do(session, officer):
    chance = random.Random(20221020)
    texts = ["澜芯传动", "重庆 Bavaria GmbH", "100%完成", "供地\n供电", "", "a'b\\c:*", "㈱伸缩", "\U00020000生僻"]
    project = make.make_project(session, lead=officer)
    make.make_meeting(session, project)
    models = {
        Project: ("name", "alias"), Company: ("name", "short_name"), Contact: ("name", "title", "phone"),
        Activity: ("title", "summary", "place"), Meeting: ("title", "summary"), AgendaItem: ("situation", "conclusion"),
    }  # fmt: skip
    for _ in range(60):
        model = chance.choice(list(models))
        rows = session.scalars(select(model).execution_options(**WITH_DELETED).order_by(model.id)).all()
        match chance.randrange(4):
            case 0 | 1 if rows:
                setattr(chance.choice(rows), chance.choice(models[model]), chance.choice(texts))
            case 2 if rows and hasattr(model, "deleted_at"):
                row = chance.choice(rows)
                row.deleted_at = None if row.deleted_at else GONE
            case _:
                company = make.make_company(session, chance.choice(texts) + "公司")
                fresh = make.make_project(session, chance.choice(texts), officer, company_id=company.id)
                make.make_contact(session, company, chance.choice(texts))
                make.make_activity(session, fresh, summary=chance.choice(texts))
        if chance.random() < 0.3:
            session.commit()
    same, difference = same_as_rebuilt(session)
    assert same, difference


@pytest.mark.parametrize("word", ["减", "澜芯", "lxcd", "0117", "%", "_", "精密 澜"])
def test_lists_may_use_the_index_too(session, word):
    company = make.make_company(session, "澜芯传动演示有限公司")
    project = make.make_project(session, "精密减速器", company_id=company.id, code="YH-2022-0117")
    make.make_project(session, "云湖仓储")
    words = words_of(word)
    expected = [] if word in "%_" else [project.id]
    assert list(session.scalars(select(Project.id).where(project_condition(words)))) == expected


def test_phones_are_found_only_where_they_may_be_seen(session, officer, coordinator, acting, now):
    company = make.make_company(session)
    make.make_project(session, lead=officer, company_id=company.id)
    make.make_contact(session, company, "罗映川", phone="0512-6688 7799")
    for query in ("66887799", "0512", "7799"):
        assert found(session, acting(coordinator), query, now) == set()
    assert found(session, acting(officer), "7799", now) == {(Found.CONTACT, "罗映川")}
    assert found(session, acting(officer), "799", now) == set()


def test_words_of_an_agenda_show_only_with_their_project(session, officer, agent, leader, acting, now):
    mine, other = make.make_project(session, "我的", lead=officer), make.make_project(session, "别组的")
    make.make_member(session, mine, agent)
    meeting = make.make_meeting(session, mine, other, title="九月联席会")
    for item, words in zip(session.query(AgendaItem).order_by(AgendaItem.id), ("供地指标", "能耗指标"), strict=True):
        item.conclusion = words
    session.flush()
    shown = {(Found.AGENDA, meeting.title)}
    assert found(session, acting(agent), "供地", now) == shown and found(session, acting(agent), "能耗", now) == set()
    assert found(session, acting(leader), "能耗", now) == shown


def test_what_is_opened_often_comes_first_among_equals(session, leader, acting, now):
    rows = [make.make_project(session, f"同名演示{number:03}") for number in range(80)]
    session.add(Visit(user_id=leader.id, kind="project", row_id=rows[0].id, times=3, last_at=now))
    session.flush()
    (group,) = queries.search(session, acting(leader), ["演示"], now, 5)
    assert group.hits[0].title == "同名演示000" and group.hits[1].title == "同名演示079" and group.more
