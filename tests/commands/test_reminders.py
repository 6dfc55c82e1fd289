"""`crm remind` and `crm digest`: told once, to whom it concerns, as early as each wants, never of what he may not see."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from crm.choices import ClaimState, MemberRole, NoticeKind, Stage, Status
from crm.models import Follow, Holiday, Notice, Subscription
from crm.rules.days import start_of
from tests import factories as make

LATELY = date(2022, 10, 18)


@pytest.fixture
def run(app, session):
    """A command on the tests' database: what it printed."""

    def run_it(*arguments):
        session.commit()
        done = app.test_cli_runner().invoke(args=["crm", *map(str, arguments)])
        assert done.exit_code == 0, done.output
        session.expire_all()
        return done.output

    return run_it


@pytest.fixture
def project(session, officer):
    """A project in order: nothing is due."""
    return make.make_project(session, "澜芯项目", lead=officer, last_contact_on=LATELY, stage_since_on=LATELY)


def told(session, user, kind=None):
    rows = session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id))
    return [notice.text for notice in rows if kind in (None, notice.kind)]


def test_each_kind_is_told_once_to_who_works_on_it(session, run, officer, other_officer, team_lead, project):
    project.planned_start_on, project.stage = date(2022, 10, 25), Stage.SIGNED
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 17), next_step="回复口径")
    make.make_project(session, "无人联系", officer, stage_since_on=LATELY, last_contact_on=date(2022, 9, 1))
    make.make_project(session, "暂缓项目", officer, status=Status.PAUSED, review_on=date(2022, 10, 19))
    make.make_project(
        session,
        "保护项目",
        officer,
        stage_since_on=LATELY,
        last_contact_on=LATELY,
        protected_until_on=date(2022, 10, 26),
    )
    make.make_claim(session, project, state=ClaimState.RETURNED, reason="缺扫描件")
    make.make_action(
        session, project, make.team(session), date(2022, 10, 22), task="报送材料"
    )  # a Saturday: due on Monday
    assert "1 人" not in run("remind")
    assert set(told(session, officer)) == {
        "“澜芯项目”回复口径：10月17日，逾期 3 天。", "“澜芯项目”计划开工：10月25日，5 天后。", "“无人联系”超过 30 天没有联系。",
        "“暂缓项目”暂缓的项目到期复核：10月19日，逾期 1 天。", "“保护项目”首报首谈保护期到期：10月26日，6 天后。",
        "“澜芯项目”的申报被退回：缺扫描件", "“澜芯项目”报送材料：10月24日，4 天后。",
    }  # fmt: skip
    assert told(session, other_officer) == [] and told(session, team_lead, NoticeKind.IDLE) == []
    before = len(session.scalars(select(Notice)).all())
    assert "共提醒 0 人、0 条" in run("remind")
    assert len(session.scalars(select(Notice)).all()) == before


def test_it_is_told_again_when_it_is_late_but_not_every_day(session, run, officer, project):
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 20), next_step="回电")
    for day in ("2022-10-20", "2022-10-21", "2022-10-22"):
        run("remind", "--on", day)
    assert told(session, officer) == ["“澜芯项目”回电：10月20日，今天。", "“澜芯项目”回电：10月20日，逾期 1 天。"]


def test_each_chooses_how_early_and_whether(session, run, officer, other_officer, project):
    make.make_member(session, project, other_officer, MemberRole.SUPPORT)
    project.planned_start_on, project.stage = date(2022, 10, 30), Stage.SIGNED
    session.add(Subscription(user_id=officer.id, kind=NoticeKind.PLAN, days=10))
    run("remind")
    assert len(told(session, officer)) == 1 and told(session, other_officer) == []
    session.add(Subscription(user_id=other_officer.id, kind=NoticeKind.PLAN, is_on=False))
    run("remind", "--on", "2022-10-29")
    assert len(told(session, officer)) == 1 and told(session, other_officer) == []


def test_a_leads_timer_by_the_holidays_of_the_office(session, run, officer):
    make.make_project(
        session, "节前线索", officer, stage=Stage.LEAD, registered_at=start_of(date(2022, 9, 30)), stage_since_on=LATELY
    )
    session.add_all(Holiday(day=date(2022, 10, day), is_working=day > 7, name="国庆节") for day in range(1, 10))
    run("remind", "--on", "2022-10-07")
    assert told(session, officer) == []
    run("remind", "--on", "2022-10-08")
    assert told(session, officer) == ["“节前线索”联系投资方或给出研判（登记后 1 个工作日内）：10月8日，今天。"]


def test_nobody_is_told_of_a_project_he_may_not_see_or_has_left(session, run, officer, team_lead, other_officer):
    hidden = make.make_project(session, "涉密甲", other_officer, is_secret=True, last_contact_on=date(2022, 8, 1))
    make.make_member(session, hidden, officer, MemberRole.LEAD, to_on=date(2022, 10, 1))
    make.make_activity(session, hidden, by=officer, next_on=date(2022, 10, 1), next_step="机密的事")
    make.make_action(session, hidden, make.team(session), date(2022, 10, 1), task="机密交办")
    session.add(Follow(user_id=officer.id, project_id=hidden.id, since=make.NOW))
    make.make_activity(session, hidden, by=other_officer, at=make.NOW, title="机密会谈")
    run("remind")
    printed = run("digest", "--on", "2022-10-21", "--json")
    assert told(session, officer, NoticeKind.IDLE) == [] and not any("机密" in text for text in told(session, officer))
    assert told(session, team_lead) == [] and any("涉密甲" in text for text in told(session, other_officer))
    mine = next(found for found in json.loads(printed) if found["person"] == officer.name)
    assert "机密" not in json.dumps(mine, ensure_ascii=False) and "涉密甲" not in json.dumps(mine, ensure_ascii=False)


def test_the_digest_as_data_and_as_one_notice(session, run, officer, auditor, project):
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 19), next_step="回电")
    session.add(Follow(user_id=officer.id, project_id=project.id, since=make.NOW))
    make.make_move(session, project, Stage.REVIEW, date(2022, 10, 19), recorded_at=start_of(date(2022, 10, 19)))
    (found,) = json.loads(run("digest", "--person", "officer", "--json"))
    assert found["on"] == "2022-10-20" and [item["what"] for item in found["late"]] == ["回电"]
    assert found["late"][0]["project"] == "澜芯项目" and found["followed"][0]["what"] == "进入“评审”"
    run("digest")
    assert told(session, officer) == ["10月20日提要：逾期 1 项，关注项目动态 1 条。"]
    assert told(session, auditor) == []  # an empty day is no news


def test_the_digest_holds_what_its_reader_wants_in_it(session, run, officer, project):
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 19), next_step="回电")
    session.add(Subscription(user_id=officer.id, kind=NoticeKind.FOLLOW_UP, in_digest=False))
    (found,) = json.loads(run("digest", "--person", "officer", "--json"))
    assert found["late"] == []


def test_an_unknown_person_is_said(app, session):
    done = app.test_cli_runner().invoke(args=["crm", "digest", "--person", "nobody"])
    assert done.exit_code == 2 and "没有登录名为“nobody”的在用账号" in done.output
