"""The board as people meet it: what it shows to whom, and taking a card to another column."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.choices import ClaimState, MemberRole, Stage, Status
from crm.models import Change, Contact, Project, StageMove
from crm.queries.row_history import last_change_id
from tests import factories as make
from tests.actions.ready import loaded, make_ready

TODAY = date(2022, 10, 20)
HTMX = {"HX-Request": "true"}


def fresh(session, project_id):
    session.expire_all()
    return session.get(Project, project_id)


def address(project, to, **more):
    return f"/projects/{project.id}/take?to={to}" + "".join(f"&{name}={value}" for name, value in more.items())


def send(client, project, to, stood=None, **fields):
    """What the dialog of a column sends."""
    shown = {
        "stood": int(project.stage) if stood is None else stood,
        "seen": 0,
        "investor_shown": project.company_id or "",
    }
    data = {"to": to, **shown, **fields}
    return client.post(f"/projects/{project.id}/take", data=data, headers=HTMX)


# -------------------------------------------------------------------------------------------------------------- reading


def test_the_board_shows_heads_and_cards_with_their_words(session, client_for, officer):
    make.make_project(session, "久拖项目", officer, stage=Stage.REVIEW, stage_since_on=TODAY - timedelta(days=24))
    page = client_for(officer).get("/projects/board").text
    assert "久拖项目" in page
    assert "停留 24/20 天" in page
    assert "超期 1 个" in page
    assert re.search(r'class="light light-red"[^>]*>逾期 1<', page)


def test_state_lives_in_the_address(session, client_for, officer):
    make.make_project(session, "在谈甲", officer, stage_since_on=TODAY)
    make.make_project(session, "流失乙", officer, status=Status.LOST)
    client = client_for(officer)
    assert "流失乙" not in client.get("/projects/board").text
    assert "流失乙" in client.get("/projects/board?lanes=stopped").text
    assert "在谈甲" not in client.get("/projects/board?lanes=stopped").text
    assert "在谈甲" not in client.get("/projects/board?only=negotiation.late").text
    assert "在谈甲" in client.get("/projects/board?only=negotiation.none").text
    assert "在谈甲" not in client.get("/projects/board?q=别的").text
    assert "board-compact" in client.get("/projects/board?cards=compact").text
    assert "流失乙" in client.get("/projects/board?at=stopped").text


@pytest.mark.parametrize(
    "query", ["lanes=x,,", "only=negotiation", "only=x.late", "lane=lead&after=2022-13-40_1", "lane=lead&after=2022-01-01_x",
              "at=nowhere", "lane=x&after=2022-01-01_1", "lanes=none"]
)  # fmt: skip
def test_whatever_it_does_not_understand_changes_nothing(client_for, officer, query):
    assert client_for(officer).get(f"/projects/board?{query}").status_code == 200


def test_more_cards_come_as_a_fragment_and_as_a_page(session, client_for, officer):
    for n in range(23):
        make.make_project(session, f"排队{n:02d}号", officer, stage_since_on=TODAY - timedelta(days=60 - n))
    client = client_for(officer)
    first = client.get("/projects/board").text
    assert "排队19号" in first
    assert "排队20号" not in first
    more = re.search(r'hx-get="([^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    fragment = client.get(more, headers=HTMX).text
    assert fragment.count('class="card-name"') == 3
    assert "<html" not in fragment
    page = client.get(more).text
    assert "排队22号" in page
    assert "回到这一列的开头" in page


def test_counts_stop_at_a_thousand_and_say_so(session, client_for, statistician):
    unit = make.team(session).id
    values = {"unit_id": unit, "capital_kind": "domestic", "stage": Stage.SIGNED, "status": Status.ACTIVE}
    session.add_all(
        Project(
            code=f"N{n}", name="多", name_key="多", stage_since_on=TODAY, registered_at=make.NOW, total_yuan=10**8, **values
        )
        for n in range(1001)
    )  # fmt: skip
    page = client_for(statistician).get("/projects/board").text
    assert "999+ 个" in page
    assert "1,001.0 " in page


def test_statements_do_not_grow_with_cards(session, client_for, statistician, count_queries):
    client = client_for(statistician)

    def statements():
        with count_queries() as found:
            assert client.get("/projects/board").status_code == 200
        return len(found)

    statements()
    empty = statements()
    for n in range(200):
        project = make.make_project(session, lead=make.person(session, "officer"), stage=Stage(n % 8))
        make.make_activity(session, project, next_on=TODAY)
    assert statements() == empty


def test_who_only_looks_gets_no_way_to_move(session, client_for, officer, leader, auditor, admin):
    make.make_project(session, "看看", officer)
    assert "data-take-form" in client_for(officer).get("/projects/board").text
    for reader in (leader, auditor):
        page = client_for(reader).get("/projects/board").text
        assert "看看" in page
        assert "data-take-form" not in page
        assert 'draggable="true"' not in page
    assert client_for(admin).get("/projects/board").status_code == 403


# --------------------------------------------------------------------------------------------------------------- moving


def test_a_free_step_asks_and_then_moves(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    client = client_for(officer)
    asked = client.get(address(project, "review"), headers=HTMX).text
    assert "要求的内容都已齐备" in asked
    assert "<html" not in asked
    assert fresh(session, project.id).stage is Stage.NEGOTIATION
    answer = send(client, fresh(session, project.id), "review")
    assert answer.status_code == 204
    assert "board-moved" in answer.headers["HX-Trigger"]
    assert fresh(session, project.id).stage is Stage.REVIEW


def test_without_scripts_it_is_a_page_that_leads_back(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    client = client_for(officer)
    page = client.get(address(project, "review", back="/projects/board?view=mine"))
    assert "<html" in page.text
    assert "移到“评审”" in page.text and "#move-dialog" not in page.text
    data = {"to": "review", "stood": 2, "seen": 0, "back": "/projects/board?view=mine"}
    answer = client.post(f"/projects/{project.id}/take", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/projects/board?view=mine")
    assert "已移到“评审”" in client.get("/projects/board").text


def test_what_is_missing_is_filled_in_and_moves_at_once(session, client_for, officer):
    project = make_ready(
        session, officer, Stage.NEGOTIATION, content="", competitors="", jobs_count=None, tax_yuan=None
    )
    client = client_for(officer)
    asked = client.get(address(project, "review"), headers=HTMX).text
    assert "还差 4 项" in asked
    assert re.findall(r'name="(\w+)"', asked.split("fields-2")[1]) == [
        "content",
        "tax_yuan",
        "jobs_count",
        "competitors",
    ]
    answer = send(client, project, "review", content="二期厂房", tax_yuan="1500", jobs_count="120", competitors="无")
    assert answer.status_code == 204
    project = fresh(session, project.id)
    assert (project.stage, project.tax_yuan, project.jobs_count) == (Stage.REVIEW, 15_000_000, 120)


def test_one_wrong_field_and_nothing_is_written(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION, content="", fixed_yuan=None)
    before = session.query(Change).count()
    client = client_for(officer)
    for fixed, words in (("9", "总投资"), ("很多", "不是数字"), ("", "这一项必填")):
        answer = send(client, project, "review", content="二期厂房", fixed_yuan=fixed)
        assert answer.status_code == 422
        assert words in answer.text
        assert "二期厂房" in answer.text  # what was typed is kept
        kept = fresh(session, project.id)
        assert (kept.stage, kept.content, kept.fixed_yuan) == (Stage.NEGOTIATION, "", None)
    assert session.query(Change).count() == before


def test_the_use_of_land_asks_for_its_area(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION, land_use=None, land_mu=None)
    client = client_for(officer)
    answer = send(client, project, "review", land_use="new_land")
    assert answer.status_code == 422
    assert 'id="land_mu-error"' in answer.text
    assert send(client, project, "review", land_use="new_land", land_mu="86").status_code == 204


def test_a_lead_gets_its_investor_and_contact_in_the_dialog(session, client_for, officer):
    project = make.make_project(session, lead=officer, stage=Stage.LEAD, industry_id=make.make_industry(session).id)
    project.source_channel = "chain"
    session.commit()
    client = client_for(officer)
    fields = {"company": "澜芯精密科技有限公司", "origin": "domestic", "province": "浙江", "contact_name": "罗映川"}
    missing = send(client, project, "screening", **{**fields, "contact_name": ""})
    assert missing.status_code == 422
    assert 'id="contact_name-error"' in missing.text
    assert send(client, project, "screening", **fields).status_code == 204
    project = fresh(session, project.id)
    assert project.stage is Stage.SCREENING
    assert session.scalars(select(Contact.name).where(Contact.company_id == project.company_id)).one() == "罗映川"


def test_blanks_of_a_known_investor_are_filled_by_the_companys_own_action(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    company = session.get(make.Company, project.company_id)
    company.credit_code = None
    session.commit()
    client = client_for(officer)
    answer = send(client, project, "review", credit_code="91310000MA1FL5KY7")
    assert answer.status_code == 422
    assert 'id="credit_code-error"' in answer.text
    assert fresh(session, project.id).stage is Stage.NEGOTIATION
    assert send(client, project, "review", credit_code="91450300MA5K7Q2X3U").status_code == 204


def test_people_are_named_in_the_dialog_by_who_may(session, client_for, officer, team_lead, leader):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    member = next(each for each in loaded(session, project).members if each.role is MemberRole.LEADER)
    member.to_on = TODAY
    session.commit()
    asked = client_for(officer).get(address(project, "review"), headers=HTMX).text
    assert "要先在别处办好" in asked  # an officer does not appoint
    assert send(client_for(officer), project, "review").status_code == 422
    assert 'name="leader"' in client_for(team_lead).get(address(project, "review"), headers=HTMX).text
    assert send(client_for(team_lead), project, "review", leader=str(leader.id)).status_code == 204
    project = fresh(session, project.id)
    assert project.stage is Stage.REVIEW
    assert {m.user_id for m in loaded(session, project).members if m.to_on is None} >= {leader.id, officer.id}


def test_what_is_reported_is_not_moved_but_led_to_its_form(session, client_for, officer):
    project = make_ready(session, officer, Stage.REVIEW)
    client = client_for(officer)
    asked = client.get(address(project, "signed"), headers=HTMX).text
    assert "要提交并经核定" in asked
    assert "去提交签约" in asked
    answer = send(client, project, "signed")
    assert "signing" in answer.headers["HX-Redirect"]
    assert fresh(session, project.id).stage is Stage.REVIEW
    make.sign(session, project, state=ClaimState.REPORTED)
    assert "已提交，等待核定" in client.get(address(project, "signed"), headers=HTMX).text


def test_missing_data_of_a_reported_stage_is_kept_and_leads_on(session, client_for, officer):
    project = make_ready(session, officer, Stage.REVIEW, decision="")
    client = client_for(officer)
    assert 'name="decision"' in client.get(address(project, "signed"), headers=HTMX).text
    assert send(client, project, "signed").status_code == 422
    answer = send(client, project, "signed", decision="招商会9号，同意")
    assert "signing" in answer.headers["HX-Redirect"]
    project = fresh(session, project.id)
    assert (project.stage, project.decision) == (Stage.REVIEW, "招商会9号，同意")


def test_back_and_skip_need_the_right_and_a_reason(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.REVIEW)
    for to in ("negotiation", "registered"):
        asked = client_for(officer).get(address(project, to), headers=HTMX).text
        assert "组长" in asked
        assert 'type="submit"' not in asked
        assert send(client_for(officer), project, to, reason="x").status_code == 403
        assert fresh(session, project.id).stage is Stage.REVIEW
    lead = client_for(team_lead)
    assert send(lead, project, "negotiation").status_code == 422
    assert send(lead, project, "negotiation", reason="方案重做").status_code == 204
    assert fresh(session, project.id).stage is Stage.NEGOTIATION
    assert session.scalars(select(StageMove.reason)).all() == ["方案重做"]
    assert (
        send(lead, fresh(session, project.id), "registered", reason="急").status_code == 422
    )  # 签约 is never passed over


def test_a_project_moved_meanwhile_is_not_moved_again(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    assert send(client_for(team_lead), project, "review").status_code == 204
    answer = send(client_for(officer), fresh(session, project.id), "review", stood=int(Stage.NEGOTIATION))
    assert answer.status_code == 409
    assert "周以恒" in answer.text
    assert "已把它移到“评审”" in answer.text
    assert "data-stale" in answer.text
    assert session.query(StageMove).count() == 1


def test_what_two_filled_in_is_chosen_in_the_dialog(session, client_for, officer):
    project = make_ready(session, officer, Stage.NEGOTIATION, content="", jobs_count=None)
    client, seen = client_for(officer), last_change_id(session, project)
    form = {"seen": seen, "content": "我写的建设内容", "jobs_count": "120"}
    project.content = "对方写的"
    answer = send(client, project, "review", **form)
    asked = answer.text.split('class="card clash"')[1].split("</section>")[0]
    assert answer.status_code == 409 and "对方写的" in asked and "我写的建设内容" in asked
    assert "原值" not in asked and "就业" not in asked and 'value="120"' in answer.text
    told = asked.split('name="told" value="')[1].split('"')[0]
    assert send(client, project, "review", **form, told=told).status_code == 409, "what is not chosen is asked again"
    kept = fresh(session, project.id)
    assert (kept.stage, kept.jobs_count) == (Stage.NEGOTIATION, None)
    chosen = {**form, "told": told, "keep-content": "mine"}
    assert send(client, project, "review", **chosen).status_code == 204
    kept = fresh(session, project.id)
    assert (kept.stage, kept.content, kept.jobs_count) == (Stage.REVIEW, "我写的建设内容", 120)


@pytest.mark.parametrize(("side", "name"), [("mine", "我方找到的演示公司"), ("theirs", "对方先填的演示公司")])
def test_two_investors_of_one_lead_are_chosen_from(session, client_for, officer, side, name):
    project = make.make_project(
        session, lead=officer, stage=Stage.LEAD, industry_id=make.make_industry(session).id, source_channel="chain"
    )
    session.commit()
    form = {"company": "我方找到的演示公司", "origin": "domestic", "province": "浙江", "contact_name": "罗映川"}
    form |= {"seen": last_change_id(session, project), "investor_shown": ""}
    project.company_id = make.make_company(session, "对方先填的演示公司").id
    make.make_contact(session, session.get(make.Company, project.company_id))
    client = client_for(officer)
    answer = send(client, project, "screening", **form)
    assert answer.status_code == 409 and "keep-company_id" in answer.text
    assert "我方找到的演示公司" in answer.text and "对方先填的演示公司" in answer.text
    assert session.query(make.Company).count() == 1  # nothing is made before somebody has chosen
    told = answer.text.split('name="told" value="')[1].split('"')[0]
    assert send(client, project, "screening", **form, told=told, **{"keep-company_id": side}).status_code == 204
    kept = fresh(session, project.id)
    assert (kept.stage, session.get(make.Company, kept.company_id).name) == (Stage.SCREENING, name)
    assert session.query(make.Company).count() == (2 if side == "mine" else 1)


def test_blanks_of_an_investor_and_parts_of_people_are_chosen_from_too(session, client_for, officer, team_lead, leader):
    other_leader = make.make_user(session, "leader2", "另一位领导", leader.role, make.team(session))
    project = make_ready(session, officer, Stage.NEGOTIATION)
    company = session.get(make.Company, project.company_id)
    company.credit_code = None
    member = next(each for each in loaded(session, project).members if each.role is MemberRole.LEADER)
    member.to_on = TODAY
    session.commit()
    form = {"investor_seen": last_change_id(session, company), "credit_code": "91450300MA5K7Q2X3U", "leader": leader.id}
    company.credit_code = "91310000MA1FL5KY0X"
    make.make_member(session, project, other_leader, MemberRole.LEADER)
    client = client_for(team_lead)
    answer = send(client, project, "review", **form)
    assert answer.status_code == 409 and "另一位领导" in answer.text and "91310000MA1FL5KY0X" in answer.text
    told = answer.text.split('name="told" value="')[1].split('"')[0]
    chosen = {"told": told, "keep-credit_code": "theirs", "keep-leader": "mine"}
    assert send(client, project, "review", **form, **chosen).status_code == 204
    project = fresh(session, project.id)
    assert session.get(make.Company, company.id).credit_code == "91310000MA1FL5KY0X"
    now = {m.user_id for m in loaded(session, project).members if m.to_on is None and m.role is MemberRole.LEADER}
    assert (project.stage, now) == (Stage.REVIEW, {leader.id})


def test_what_was_typed_for_a_project_moved_meanwhile_can_still_be_kept(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.NEGOTIATION, content="")
    form = {"content": "我写的", "stood": int(Stage.NEGOTIATION), "seen": last_change_id(session, project)}
    project.stage = Stage.REVIEW
    make.make_move(session, project, Stage.REVIEW, TODAY, recorded_by_id=team_lead.id)
    session.commit()
    client = client_for(officer)
    answer = send(client, project, "review", **form)
    assert answer.status_code == 409 and "我写的" in answer.text and "保存这几项" in answer.text
    stood = re.search(r'name="stood"[^>]*value="(\d+)"', answer.text)[1]
    assert send(client, project, "review", **{**form, "stood": stood}).status_code == 204
    kept = fresh(session, project.id)
    assert (kept.stage, kept.content, session.query(StageMove).count()) == (Stage.REVIEW, "我写的", 1)


def test_out_of_the_register_and_back_goes_by_the_page_with_its_reason(session, client_for, officer, leader):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    client = client_for(officer)
    asked = client.get(address(project, "stopped"), headers=HTMX).text
    assert f"/projects/{project.id}/status/paused" in asked
    assert "status/active" not in asked
    assert send(client, project, "stopped").status_code == 409
    assert "status/paused" not in client_for(leader).get(address(project, "stopped"), headers=HTMX).text
    project = fresh(session, project.id)
    project.status = Status.LOST
    session.commit()
    assert "status/active" in client.get(address(project, "review"), headers=HTMX).text
    assert send(client, project, "review").status_code == 409
    assert fresh(session, project.id).status is Status.LOST


@pytest.mark.parametrize(
    ("login", "status"),
    [("officer", 204), ("team_lead", 204), ("agent", 204), ("other_officer", 404), ("statistician", 403),
     ("coordinator", 403), ("liaison", 404), ("leader", 403), ("admin", 404), ("auditor", 403)],
)  # fmt: skip
def test_the_server_asks_the_policy_of_every_role(session, client_for, officer, login, status):
    project = make_ready(session, officer, Stage.NEGOTIATION)
    assert send(client_for(make.person(session, login)), project, "review").status_code == status
    assert fresh(session, project.id).stage is (Stage.REVIEW if status == 204 else Stage.NEGOTIATION)


def test_a_secret_project_is_not_there(session, client_for, officer, team_lead):
    project = make_ready(session, officer, Stage.NEGOTIATION, name="绝密项目", is_secret=True)
    client = client_for(team_lead)
    assert "绝密项目" not in client.get("/projects/board").text
    assert client.get(address(project, "review")).status_code == 404
    assert send(client, project, "review").status_code == 404
    assert client_for(officer).get(address(project, "nowhere")).status_code == 404
