"""The check while typing, the answer to a collision, the case in everybody's hands, and two officers in one second."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from crm.choices import CollisionState
from crm.models import Collision, Project, Ruling
from tests import factories as make

FORM = {
    "name": "澜芯减速器基地", "capital_kind": "domestic", "company": "上海澜芯传动科技有限公司", "contact_name": "罗映川",
    "contact_phone": "13800000421",
}  # fmt: skip


@pytest.fixture
def first(session, client_for, officer):
    """The officer's registration."""
    assert client_for(officer).post("/projects/new", data={**FORM, "lead_id": officer.id}).status_code == 303
    return session.scalars(select(Project)).one()


def register(client, user, **more):
    return client.post("/projects/new", data={**FORM, "lead_id": user.id, **more})


@pytest.fixture
def case(session, client_for, other_officer, first):
    answer = register(client_for(other_officer), other_officer, answer="arbitrate", words="我方在先")
    assert answer.status_code == 303
    return session.scalars(select(Collision)).one()


# ------------------------------------------------------------------------------------------------------------ while typing


@pytest.mark.parametrize(
    "query", ["name=澜芯减速器基地", "name=lx", "name=别的&company=澜芯传动科技", "name=澜芯减速器"]
)
def test_hits_are_shown_while_typing(client_for, officer, first, query):
    answer = client_for(officer).get(f"/projects/alike?{query}")
    assert answer.status_code == 200 and first.code in answer.text


def test_another_team_is_masked(client_for, other_officer, first):
    text = client_for(other_officer).get("/projects/alike?name=澜芯减速器基地&total_yuan=3").text
    assert "招商一组 已登记一个相近项目（2022-10-20 登记" in text and "与已登记的项目撞单" in text
    assert first.code not in text and first.name not in text and "上海澜芯" not in text
    assert 'name="answer"' in text and 'name="seen_at"' in text


@pytest.mark.parametrize(
    ("login", "status"), [("officer", 200), ("statistician", 200), ("leader", 403), ("agent", 403), ("auditor", 403)]
)
def test_who_may_ask(client_for, session, login, status):
    client = client_for(make.person(session, login))
    assert client.get("/projects/alike?name=x").status_code == status


def test_the_edit_form_leaves_the_project_itself_out(client_for, officer, first):
    text = client_for(officer).get(f"/projects/alike?name={first.name}&besides={first.id}").text
    assert first.code not in text and 'name="answer"' not in text


def test_companies_are_checked_while_typing(client_for, officer, first):
    assert "上海澜芯传动科技有限公司" in client_for(officer).get("/companies/alike?name=lx").text
    assert client_for(officer).get("/companies/alike?name=云岫").text.strip() == ""


# --------------------------------------------------------------------------------------------------------------- answering


def test_a_collision_asks_for_an_answer_and_keeps_what_was_typed(session, client_for, other_officer, first):
    answer = register(client_for(other_officer), other_officer, content="二期 5 万平方米")
    assert answer.status_code == 422
    assert (
        "请选择怎么办" in answer.text
        and "二期 5 万平方米" in answer.text
        and first.name not in answer.text.replace(FORM["name"], "", 2)
    )
    assert session.scalars(select(Project)).one() is not None
    wordless = register(client_for(other_officer), other_officer, answer="apart")
    assert wordless.status_code == 422 and "请写明为什么是另一个项目" in wordless.text
    done = register(client_for(other_officer), other_officer, answer="apart", words="另一厂区")
    assert done.status_code == 303
    assert session.scalars(select(Collision.state)).one() is CollisionState.DISMISSED


def test_asking_for_a_ruling_says_so(client_for, other_officer, case):
    text = client_for(other_officer).get(f"/projects/{case.second_id}").text
    assert "与已登记的项目撞单" in text and f"/collisions/{case.id}" in text


def test_what_was_registered_after_the_form_was_opened_makes_a_case(session, client_for, officer, other_officer):
    seen_at = opened(client_for(other_officer))
    register(client_for(officer), officer)
    assert register(client_for(other_officer), other_officer, seen_at=seen_at).status_code == 303
    assert session.scalars(select(Collision.state)).one() is CollisionState.OPEN


def opened(client):
    """The instant that the empty form carries."""
    return re.search(r'name="seen_at"[^>]*value="([^"]+)"', client.get("/projects/new").text)[1]


@pytest.mark.parametrize("round_", range(3))
def test_two_in_one_second_make_one_registration_and_one_case(session, client_for, officer, other_officer, round_):
    users = (officer, other_officer)
    clients = [client_for(user) for user in users]
    forms = [
        {**FORM, "lead_id": user.id, "seen_at": opened(client), "content": f"{user.name}所填"}
        for client, user in zip(clients, users, strict=True)
    ]
    assert at_once(session, clients, "/projects/new", forms) == [303, 303]
    projects = session.scalars(select(Project).order_by(Project.registered_at)).all()
    case = session.scalars(select(Collision)).one()
    assert [project.duplicate_of_id for project in projects] == [None, projects[0].id]
    assert (case.first_id, case.second_id, case.state) == (projects[0].id, projects[1].id, CollisionState.OPEN)
    assert {project.content for project in projects} == {"顾清宁所填", "沈亦舟所填"}
    assert projects[0].company_id == projects[1].company_id


def at_once(session, clients, address, forms):
    """What these clients are answered when each sends its form in the same moment."""
    session.commit()  # and let go of the database, whose one writer the test's session would be
    barrier = Barrier(len(clients), timeout=60)

    def post(place):
        clients[place].prepared = _Nothing()
        barrier.wait()
        return clients[place].post(address, data=forms[place]).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(post, range(len(clients))))


class _Nothing:
    """Stands where a client keeps the test's session, which no second thread may touch."""

    def commit(self):
        pass

    expire_all = commit


def test_a_secret_hit_answers_like_no_hit(session, client_for, officer, other_officer, first):
    plain = client_for(other_officer)
    plain.post("/projects/new", data={**FORM, "name": "云岫碳纤维", "company": "桂林云岫化工有限公司"})
    said = flashed(plain)
    first.is_secret, first.alias = True, "青松"
    session.commit()
    assert client_for(other_officer).get("/projects/alike?name=澜芯减速器基地&company=澜芯传动").text.count("招商") == 0
    client = client_for(other_officer)
    assert register(client, other_officer).status_code == 303
    assert re.sub(r"\d{4}-\d{4}", "", flashed(client)) == re.sub(r"\d{4}-\d{4}", "", said)
    second = session.scalars(select(Project).order_by(Project.id.desc())).first()
    case = session.scalars(select(Collision)).one()
    page = client.get(f"/projects/{second.id}").text
    assert "撞单" not in page and second.duplicate_of_id is None
    assert client.get(f"/collisions/{case.id}").status_code == 404
    assert client.get("/collisions").text.count("main-link") == 0


def flashed(client):
    with client.session_transaction() as cookie:
        return cookie["_flashes"][-1][1]


# ---------------------------------------------------------------------------------------------------------------- the case


@pytest.mark.parametrize(
    ("login", "show", "rule", "appeal"),
    [
        ("officer", 200, 403, 422), ("other_officer", 200, 403, 422), ("team_lead", 200, 403, 422),
        ("statistician", 200, 422, 403), ("coordinator", 200, 422, 403), ("leader", 200, 422, 403),
        ("auditor", 200, 403, 403), ("agent", 403, 403, 403), ("liaison", 403, 403, 403), ("admin", 403, 403, 403),
    ],
)  # fmt: skip
def test_who_may_do_what(session, client_for, case, login, show, rule, appeal):
    client = client_for(make.person(session, login))
    assert client.get(f"/collisions/{case.id}").status_code == show
    assert client.get("/collisions").status_code == show
    assert client.post(f"/collisions/{case.id}/ruling", data={}).status_code == rule
    assert client.post(f"/collisions/{case.id}/appeal", data={"words": "x"}).status_code == appeal
    pleads = 303 if appeal == 422 else appeal
    data = {"words": "陈述", "version": session.get(Collision, case.id).version}
    assert client.post(f"/collisions/{case.id}/plea", data=data).status_code == pleads


def test_each_side_sees_its_own_timeline_only(client_for, session, officer, other_officer, statistician, case):
    mine = client_for(other_officer).get(f"/collisions/{case.id}").text
    assert "不在你的可见范围" in mine and "招商一组" in mine and session.get(Project, case.first_id).code not in mine
    both = client_for(statistician).get(f"/collisions/{case.id}").text
    assert "不在你的可见范围" not in both and "先完整登记" in both and "作出裁定" in both


def test_ruling_and_appeal_through_the_pages(session, client_for, officer, statistician, second_statistician, case):
    client, address = client_for(statistician), f"/collisions/{case.id}"
    assert "件待裁定" in client.get("/collisions").text
    wrong = client.post(f"{address}/ruling", data={"outcome": "shared", "reason": "双方都有功"})
    assert wrong.status_code == 422 and "共享要写先报方所占比例" in wrong.text and "双方都有功" in wrong.text
    done = client.post(f"{address}/ruling", data={"outcome": "shared", "first_percent": "60", "reason": "双方都有功"})
    assert done.status_code == 303 and "件待裁定" not in client.get("/collisions").text
    page = client_for(officer).get(address).text
    assert "先报方 60%，后报方 40%" in page and "提出申诉" in page
    assert client_for(officer).post(f"{address}/appeal", data={"words": "我方在先"}).status_code == 303
    assert client_for(officer).post(f"{address}/appeal", data={"words": "再来"}).status_code == 422
    again = {"outcome": "first", "reason": "先报方登记完整"}
    refused = client.post(f"{address}/ruling", data=again)
    assert refused.status_code == 403 and "另一位裁定人" in refused.text
    assert client_for(second_statistician).post(f"{address}/ruling", data=again).status_code == 303
    assert session.scalars(select(Ruling.instance).order_by(Ruling.id)).all() == [1, 2]


def test_two_arbitrators_at_once_make_one_ruling(session, client_for, statistician, coordinator, case):
    form = {"outcome": "first", "reason": "先报方登记完整"}
    clients, address = [client_for(user) for user in (statistician, coordinator)], f"/collisions/{case.id}/ruling"
    assert sorted(at_once(session, clients, address, [form, form])) == [303, 422]
    assert len(session.scalars(select(Ruling)).all()) == 1


def test_a_plea_overwritten_meanwhile_is_told(session, client_for, officer, case):
    client, address = client_for(officer), f"/collisions/{case.id}/plea"
    version = case.version
    assert client.post(address, data={"words": "一", "version": version}).status_code == 303
    clash = client.post(address, data={"words": "二", "version": version})
    assert clash.status_code == 409 and "二" in clash.text


def test_the_list_does_not_ask_more_with_more_cases(
    session, client_for, statistician, officer, other_officer, count_queries
):
    client = client_for(statistician)

    def add(number):
        for place in range(number):
            one = make.make_project(session, f"甲{number}{place}", officer)
            other = make.make_project(session, f"乙{number}{place}", other_officer, duplicate_of_id=one.id)
            make.make_collision(session, one, other)
        session.commit()

    add(2)
    client.get("/collisions")
    with count_queries() as few:
        assert client.get("/collisions").status_code == 200
    add(9)
    with count_queries() as many:
        assert client.get("/collisions").text.count("main-link") == 11
    assert len(many) == len(few)
