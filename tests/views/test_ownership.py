"""Pages of the pool, of transfers and of merging: who may what, what shows, and that each form works."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.choices import PoolMove, Role, TransferState
from crm.models import Company, Contact, Merge, PoolEvent, Project, Transfer
from tests import factories as make

ALL = (
    "officer",
    "other_officer",
    "team_lead",
    "statistician",
    "coordinator",
    "agent",
    "liaison",
    "leader",
    "admin",
    "auditor",
)


@pytest.fixture
def pooled(session, officer):
    """A project in the pool that the second team knows nothing of."""
    industry, company = make.make_industry(session), make.make_company(session, "澜芯演示公司")
    found = make.make_project(
        session,
        "澜芯减速器项目",
        company_id=company.id,
        industry_id=industry.id,
        pooled_at=make.NOW - timedelta(days=1),
    )
    session.add(PoolEvent(project_id=found.id, move=PoolMove.EXPIRED, at=found.pooled_at, holder_id=officer.id))
    session.commit()
    return found


@pytest.fixture
def offered(session, officer, other_officer):
    """A project of the officer offered to the other one."""
    found = make.make_project(session, "澜芯减速器项目", officer, alias="青松计划")
    row = make.add(
        session,
        Transfer(
            project_id=found.id, from_unit_id=found.unit_id, from_user_id=officer.id, to_unit_id=other_officer.unit_id,
            to_user_id=other_officer.id, reason="落在二组片区", from_percent=40, proposed_at=make.NOW,
            proposed_by_id=officer.id, due_on=date(2022, 10, 27),
        ),
    )  # fmt: skip
    session.commit()
    return row


@pytest.fixture
def pair(session, officer):
    """Two registrations of the first team."""
    kept = make.make_project(session, "减速器项目", officer)
    gone = make.make_project(session, "减速器项目（重复）", officer, site="三号地块", content="建厂房")
    make.make_activity(session, gone)
    session.commit()
    return kept.id, gone.id


# ----------------------------------------------------------------------------------------------------------------- the pool


def test_the_pool_hides_what_is_not_ones_own(client_for, pooled, other_officer, officer):
    text = client_for(other_officer).get("/pool").text
    assert "某智能制造项目" in text and "澜芯" not in text and "3.5" not in text and "1—5 亿元" in text
    assert "澜芯减速器项目" in client_for(officer).get("/pool").text  # of his own team


def test_the_pool_shows_names_where_the_office_says_so(client_for, session, pooled, other_officer, statistician):
    page = client_for(statistician).get("/settings").text
    assert "pool_shows_names" in page
    session.execute(Company.metadata.tables["setting"].insert().values(name="pool_shows_names", value="1"))
    assert "澜芯减速器项目" in client_for(other_officer).get("/pool").text


@pytest.mark.parametrize("login", ALL)
def test_who_sees_the_pool_and_may_pick(client_for, session, pooled, login):
    client, may = client_for(make.person(session, login)), login in ("officer", "other_officer", "team_lead")
    assert client.get("/pool").status_code == (200 if may else 403)
    answer = client.post(f"/pool/{pooled.id}/pick")
    assert answer.status_code == (303 if may else 403)
    assert (session.get(Project, pooled.id).pooled_at is None) is (login in ("other_officer", "team_lead"))


def test_narrowing_and_paging_of_the_pool(client_for, session, pooled, other_officer):
    client = client_for(other_officer)
    key = f"/pool?industry={pooled.industry_id}"
    assert "某智能制造项目" in client.get(key).text and "没有符合条件" in client.get("/pool?band=huge").text
    assert "某智能制造项目" in client.get("/pool?band=medium").text
    for odd in (
        "before=x",
        "before=20221019020000000000-x",
        "before=00000000000000000000-1",
        "band=no",
        "industry=9999",
    ):
        assert client.get(f"/pool?{odd}").status_code == 200
    assert "某智能制造项目" not in client.get("/pool?before=20200101000000000000-1").text


def test_the_pool_costs_the_same_however_full_it_is(client_for, session, pooled, other_officer, count_queries):
    client = client_for(other_officer)
    client.get("/pool")
    counts = []
    for _ in range(2):
        with count_queries() as statements:
            client.get("/pool")
        counts.append(len(statements))
        for _ in range(5):
            make.make_project(session, pooled_at=make.NOW)
    assert counts[0] == counts[1]


def test_the_second_picker_is_told_who_was_first(client_for, session, pooled, other_officer, team_lead):
    client_for(other_officer).post(f"/pool/{pooled.id}/pick")
    answer = client_for(team_lead).post(f"/pool/{pooled.id}/pick")
    assert answer.status_code == 409 and "沈亦舟" in answer.text


def test_releasing_from_the_project_page(client_for, session, officer):
    found = make.make_project(session, lead=officer)
    client = client_for(officer)
    assert f"/projects/{found.id}/release" in client.get(f"/projects/{found.id}").text
    assert client.post(f"/projects/{found.id}/release", data={"reason": ""}).status_code == 422
    assert client.post(f"/projects/{found.id}/release", data={"reason": "对方不再来电"}).status_code == 303
    assert "在公共池" in client.get(f"/projects/{found.id}").text
    again = client.post(f"/projects/{found.id}/release", data={"reason": "再放"})
    assert again.status_code == 403


# --------------------------------------------------------------------------------------------------------------- transfers


def test_offering_and_taking(client_for, session, officer, other_officer):
    found = make.make_project(session, "澜芯减速器项目", officer)
    client = client_for(officer)
    form = {"to_user": other_officer.id, "from_percent": "30", "reason": "落在二组片区"}
    address = f"/projects/{found.id}/transfer"
    for wrong in ({"reason": ""}, {"from_percent": "101"}, {"from_percent": "三成"}, {"to_user": ""}):
        answer = client.post(address, data={**form, **wrong})
        assert answer.status_code == 422 and "is-invalid" in answer.text
    assert client.post(address, data=form).status_code == 303
    assert client.post(address, data=form).status_code == 409
    assert "已在流转给" in client.get(address).text
    row = session.scalars(select(Transfer)).one()
    theirs = client_for(other_officer)
    page = theirs.get(f"/transfers/{row.id}").text
    assert "澜芯" not in page and "落在二组片区" in page
    assert theirs.get(f"/projects/{found.id}").status_code == 404
    assert theirs.post(f"/transfers/{row.id}/accept", data={"to_user": other_officer.id}).status_code == 303
    assert theirs.get(f"/projects/{found.id}").status_code == 200
    assert "已接收" in theirs.get("/transfers").text
    session.expire_all()
    assert session.get(Project, found.id).unit_id == other_officer.unit_id


def test_refusing_and_withdrawing(client_for, session, offered, officer, other_officer):
    theirs = client_for(other_officer)
    assert theirs.post(f"/transfers/{offered.id}/refuse", data={}).status_code == 422
    assert client_for(officer).post(f"/transfers/{offered.id}/withdraw").status_code == 303
    answer = theirs.post(f"/transfers/{offered.id}/refuse", data={"answer": "没有地块"})
    assert answer.status_code == 409 and session.get(Transfer, offered.id).state is TransferState.WITHDRAWN


@pytest.mark.parametrize(
    ("login", "page", "answer"),
    [
        ("officer", 200, 403), ("other_officer", 200, 303), ("team_lead", 200, 403), ("statistician", 200, 403),
        ("coordinator", 200, 403), ("agent", 404, 404), ("liaison", 404, 404), ("leader", 200, 403), ("admin", 404, 404),
        ("auditor", 200, 403),
    ],
)  # fmt: skip
def test_who_sees_an_offer_and_may_answer(client_for, session, offered, login, page, answer):
    client = client_for(make.person(session, login))
    assert client.get(f"/transfers/{offered.id}").status_code == page
    assert client.post(f"/transfers/{offered.id}/refuse", data={"answer": "没有地块"}).status_code == answer


def test_an_officer_of_a_third_team_knows_nothing_of_it(client_for, session, offered):
    third = make.make_unit(session, "招商三组", make.team(session).kind)
    stranger = make.make_user(session, "third", "闻人", Role.OFFICER, third)
    assert client_for(stranger).get(f"/transfers/{offered.id}").status_code == 404
    assert "青松" not in client_for(stranger).get("/transfers").text


def test_a_secret_offer_shows_its_alias_to_the_team_lead_and_nothing_to_the_person(client_for, session, offered):
    session.get(Project, offered.project_id).is_secret = True
    lead = make.make_user(session, "second_lead", "林知远", Role.TEAM_LEAD, make.team(session, "招商二组"))
    page = client_for(lead).get(f"/transfers/{offered.id}").text
    assert "青松计划" in page and "澜芯" not in page and "落在二组片区" not in page
    person = client_for(make.person(session, "other_officer"))
    assert person.get(f"/transfers/{offered.id}").status_code == 404 and "青松" not in person.get("/transfers").text


def test_lists_of_transfers_cost_the_same(client_for, session, offered, other_officer, officer, count_queries):
    counts = []
    for _ in range(2):
        for user, show in ((other_officer, ""), (officer, "?show=sent")):
            client = client_for(user)
            client.get("/transfers")
            with count_queries() as statements:
                client.get(f"/transfers{show}")
            counts.append(len(statements))
        for _ in range(4):
            found = make.make_project(session, lead=officer)
            session.add(
                Transfer(
                    project_id=found.id, from_unit_id=found.unit_id, to_unit_id=other_officer.unit_id, reason="",
                    to_user_id=other_officer.id, from_percent=40, proposed_at=make.NOW, proposed_by_id=officer.id,
                    due_on=date(2022, 10, 27),
                )
            )  # fmt: skip
    assert counts[:2] == counts[2:]


# ---------------------------------------------------------------------------------------------------------------- merging


def test_merging_two_projects_and_undoing(client_for, session, pair, team_lead):
    client, (kept, gone) = client_for(team_lead), pair
    assert f"/projects/{kept}/merge?gone={gone}" in client.get(f"/projects/{kept}/merge?q=减速器").text.replace(
        "&amp;", "&"
    )
    preview = client.get(f"/projects/{kept}/merge?gone={gone}").text
    assert "洽谈 1" in preview and "三号地块" in preview and "补入" in preview
    answer = client.post(
        f"/projects/{kept}/merge?gone={gone}", data={"reason": "登记了两次", "take": ["name", "bogus"]}
    )
    assert answer.status_code == 303 and answer.headers["Location"] == f"/projects/{kept}"
    session.expire_all()
    assert (session.get(Project, kept).name, session.get(Project, kept).site) == ("减速器项目（重复）", "三号地块")
    assert (
        "本项目已并入" in client.get(f"/projects/{gone}").text and "并入本项目" in client.get(f"/projects/{kept}").text
    )
    merge = session.scalars(select(Merge)).one()
    assert "减速器项目" in client.get("/merges").text and "登记了两次" in client.get(f"/merges/{merge.id}").text
    assert client.post(f"/merges/{merge.id}/undo").status_code == 303
    assert client.post(f"/merges/{merge.id}/undo").status_code == 409
    session.expire_all()
    assert session.get(Project, kept).name == "减速器项目" and session.get(Project, gone).duplicate_of_id is None


def test_the_preview_offers_the_other_way_round(client_for, session, pair, team_lead):
    kept, gone = pair
    make.sign(session, session.get(Project, gone))
    client = client_for(team_lead)
    page = client.get(f"/projects/{kept}/merge?gone={gone}")
    assert "请改为保留它" in page.text and f"/projects/{gone}/merge?gone={kept}" in page.text
    answer = client.post(f"/projects/{kept}/merge?gone={gone}", data={"reason": "写好的原因"})
    assert answer.status_code == 422 and "写好的原因" in answer.text and session.query(Merge).count() == 0


@pytest.mark.parametrize("login", ALL)
def test_who_may_merge(client_for, session, pair, login):
    client, (kept, gone) = client_for(make.person(session, login)), pair
    may = login in ("team_lead", "statistician")
    wanted = 200 if may else 404 if login in ("other_officer", "agent", "liaison", "admin") else 403
    for address in (f"/projects/{kept}/merge", f"/projects/{kept}/merge?gone={gone}"):
        assert client.get(address).status_code == wanted
    assert client.post(f"/projects/{kept}/merge?gone={gone}", data={}).status_code == (303 if may else wanted)
    assert client.get("/merges").status_code == (200 if may else 403)


def test_a_hidden_project_is_no_partner(client_for, session, pair, team_lead, other_officer):
    hidden = make.make_project(session, "绝密减速器项目", other_officer, is_secret=True)
    client = client_for(team_lead)
    assert client.get(f"/projects/{pair[0]}/merge?gone={hidden.id}").status_code == 404
    assert "绝密" not in client.get(f"/projects/{pair[0]}/merge?q=减速器").text


def test_merging_two_companies_and_undoing(client_for, session, statistician, officer):
    kept, gone = make.make_company(session, "霁澜传动有限公司"), make.make_company(session, "霁澜传动")
    make.make_project(session, lead=officer, company_id=gone.id)
    make.make_contact(session, gone)
    client = client_for(statistician)
    assert f"gone={gone.id}" in client.get(f"/companies/{kept.id}/merge").text
    address = f"/companies/{kept.id}/merge?gone={gone.id}"
    assert "联系人 1" in client.get(address).text
    assert client.post(address, data={"reason": "同一家"}).status_code == 303
    moved = client.get(f"/companies/{gone.id}")
    assert moved.status_code == 303 and moved.headers["Location"] == f"/companies/{kept.id}"
    assert "已并入" in client.get(f"/companies/{kept.id}").text
    assert session.scalar(select(Contact.company_id)) == kept.id
    merge = session.scalars(select(Merge)).one()
    assert client.post(f"/merges/{merge.id}/undo").status_code == 303
    assert client.get(f"/companies/{gone.id}").status_code == 200


def test_the_list_of_merges_costs_the_same(client_for, session, pair, team_lead, statistician, count_queries):
    client, counts = client_for(statistician), []
    for _ in range(2):
        for _ in range(3):
            session.add(
                Merge(
                    table_name="project", kept_id=pair[0], gone_id=pair[1], undo={}, merged_at=make.NOW,
                    merged_by_id=team_lead.id,
                )
            )  # fmt: skip
        client.get("/merges")
        with count_queries() as statements:
            client.get("/merges")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_tidying_by_command(app, session, officer):
    lapsed = make.make_project(session, lead=officer, protected_until_on=date(2022, 10, 1))
    session.commit()
    runner = app.test_cli_runner()
    assert "1 个项目" in runner.invoke(args=["crm", "tidy", "--dry-run"]).output
    session.expire_all()
    assert session.get(Project, lapsed.id).pooled_at is None
    session.rollback()
    assert [runner.invoke(args=["crm", "tidy"]).output[:8] for _ in range(2)] == ["进入公共池 1 ", "进入公共池 0 "]
    session.expire_all()
    assert session.get(Project, lapsed.id).pooled_at is not None
