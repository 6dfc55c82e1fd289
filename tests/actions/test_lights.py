"""Lights set by hand: who may, which way, never in a closed month, never over what was not seen; letters about red ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from crm.actions import action_items, letters, lights
from crm.actions.letters import Cause
from crm.actions.lights import Wanted
from crm.choices import BriefingState, KeyList, Light, MemberRole
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import BriefingIssue, LightOverride, Notice, Project, SupervisionLetter
from crm.policy import Actor
from crm.queries import lights as queries
from crm.queries.totals import Basis
from crm.rules.days import Month
from crm.rules.settings import Settings
from tests import factories as make

AUGUST = Month(2022, 8)
TODAY = date(2022, 10, 20)
NOW = datetime(2022, 10, 20, 2, tzinfo=UTC)
G, Y, R = Light.GREEN, Light.YELLOW, Light.RED


@pytest.fixture
def project(session, officer):
    """Nothing done of a plan that is due in December alone: green."""
    project = make.make_project(session, "演示压缩机项目", officer)
    make.make_listing(session, project, KeyList.CITY)
    make.make_plan(session, project, month_yuan=(*(0,) * 11, 120_000_000))
    session.commit()
    session.refresh(project, ["members"])
    return project


def found(session, project, month=AUGUST):
    rows = queries.lit(session, Basis(TODAY), [project.id], month, Settings().thresholds)
    return rows[project.id][-1]


def set_light(session, actor, project, light, reason="约谈后未见起色", seen=None, month=AUGUST):
    seen = found(session, project, month).token if seen is None else seen
    return lights.set_light(session, actor, project, month, Wanted(light, reason, seen), TODAY, NOW)


def told(session, user):
    return [
        str(text) for text in session.scalars(select(Notice.text).where(Notice.user_id == user.id).order_by(Notice.id))
    ]


def test_a_statistician_raises_and_the_lead_is_told(session, acting, project, statistician, officer):
    row = set_light(session, acting(statistician), project, Y)
    assert (row.system_light, row.light, row.month) == (G, Y, AUGUST.first)
    assert found(session, project).light is Y and found(session, project, Month(2022, 9)).light is G
    assert told(session, officer) == ["“演示压缩机项目”2022年8月亮灯调整：系统绿→人工黄，约谈后未见起色"]


def test_only_leaders_lower(session, acting, project, statistician, leader):
    set_light(session, acting(statistician), project, R)
    with pytest.raises(NotAllowed, match="只能调重"):
        set_light(session, acting(statistician), project, Y)
    row = set_light(session, acting(leader), project, Y, "已约谈，月底补上")
    assert row.system_light is G and found(session, project).light is Y
    ended = session.scalars(select(LightOverride).order_by(LightOverride.id)).first()
    assert (ended.ended_by_id, ended.ended_at) == (leader.id, NOW)


def test_what_a_leader_lowered_is_his(session, acting, project, statistician, leader):
    make.make_plan(session, project, approved_at=datetime(2022, 2, 1, tzinfo=UTC))  # n/12: red in August
    set_light(session, acting(leader), project, G, "停电两月，已批复顺延")
    for light in (Y, R):
        with pytest.raises((NotAllowed, RuleBroken)):
            set_light(session, acting(statistician), project, light)
    with pytest.raises(NotAllowed, match="本人或领导"):
        lights.withdraw(session, acting(statistician), project, AUGUST, found(session, project).token, TODAY, NOW)
    assert found(session, project).light is G


@pytest.mark.parametrize("login", ["officer", "team_lead", "coordinator", "auditor", "admin"])
def test_nobody_else_does(session, acting, project, login):
    with pytest.raises(NotAllowed):
        set_light(session, acting(make.person(session, login)), project, Y)


def test_withdrawn_the_computed_one_holds(session, acting, project, statistician, officer):
    set_light(session, acting(statistician), project, Y)
    token = found(session, project).token
    lights.withdraw(session, acting(statistician), project, AUGUST, token, TODAY, NOW)
    assert found(session, project).light is G and "撤销" in told(session, officer)[-1]
    with pytest.raises(Clash):
        lights.withdraw(session, acting(statistician), project, AUGUST, token, TODAY, NOW)


@pytest.mark.parametrize("state", [BriefingState.CHECKED, BriefingState.ISSUED])
def test_a_closed_month_stays(session, acting, project, leader, statistician, state):
    token = found(session, project).token
    more = (
        {"number": 8, "digest": "x" * 64, "signer_id": leader.id, "issued_on": TODAY} if state.value == "issued" else {}
    )
    session.add(
        BriefingIssue(month=AUGUST.first, year=2022, state=state, facts="{}", checked_by_id=statistician.id, **more)
    )
    session.flush()
    for person in (leader, statistician):
        with pytest.raises(RuleBroken, match="不能再改"):
            set_light(session, acting(person), project, Y, seen=token)
        with pytest.raises(RuleBroken, match="不能再改"):
            lights.withdraw(session, acting(person), project, AUGUST, token, TODAY, NOW)


def test_what_has_changed_is_told_first(session, acting, project, statistician, leader):
    token = found(session, project).token
    set_light(session, acting(statistician), project, Y)
    with pytest.raises(Clash, match="刚有变化"):
        set_light(session, acting(leader), project, R, seen=token)
    token = found(session, project).token
    make.make_plan(session, project, approved_at=datetime(2022, 2, 1, tzinfo=UTC))
    with pytest.raises(Clash):
        set_light(session, acting(leader), project, G, seen=token)


def test_on_no_list_no_light(session, acting, statistician, officer):
    project = make.make_project(session, lead=officer)
    session.refresh(project, ["members"])
    with pytest.raises(RuleBroken, match="不在重点清单"):
        set_light(session, acting(statistician), project, Y, seen="")


def test_of_two_at_once_the_second_is_told(app, session, acting, project, statistician, leader):
    engine = session.get_bind()
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time")
    token, start, outcomes = found(session, project).token, Barrier(2), []
    actors = [acting(statistician), acting(leader)]
    session.commit()

    def work(actor: Actor) -> None:
        with Session(engine) as mine:
            row = mine.scalars(
                select(Project).where(Project.id == project.id).options(selectinload(Project.members))
            ).one()
            start.wait()
            try:
                lights.set_light(mine, actor, row, AUGUST, Wanted(Y, "理由", token), TODAY, NOW)
                mine.commit()
                outcomes.append("set")
            except Clash:
                outcomes.append("told")

    threads = [Thread(target=work, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["set", "told"]


# ------------------------------------------------------------------------------------------------------- told at the issue


def test_who_leads_is_told_of_what_is_not_green(session, project, officer, other_officer):
    red = make.make_project(session, "演示薄膜项目", other_officer)
    lit = [(project.id, Y, "欠序时8.3个百分点"), (red.id, R, "有红色督办事项未办结"), (99_999, Y, "不在了")]
    assert lights.tell_lit(session, AUGUST, lit, NOW) == 2
    assert lights.tell_lit(session, AUGUST, lit, NOW) == 0
    assert told(session, officer) == [
        "“演示压缩机项目”2022年8月亮黄灯：欠序时8.3个百分点。请报责任单位的书面整改计划。"
    ]
    assert "等候督办函" in told(session, other_officer)[0]
    assert lights.tell_lit(session, AUGUST, [(project.id, G, "")], NOW) == 0


# ---------------------------------------------------------------------------------------------------------------- letters

SEPTEMBER = Month(2022, 9)
CAUSE = Cause(SEPTEMBER, R, "欠序时46.4个百分点")


def test_letters_share_one_register_of_numbers(session, acting, project, coordinator, liaison, officer, leader):
    make.make_member(session, project, leader, MemberRole.LEADER)
    item = make.make_action(session, project, make.team(session, "资规局"), date(2022, 10, 17), task="完成清表")
    first = action_items.issue_letter(session, acting(coordinator), item, item.version, TODAY, NOW)
    project.responsible_unit_id = make.team(session, "资规局").id
    letter = letters.send(session, acting(coordinator), project, CAUSE, TODAY, NOW)
    assert (first.serial, letter.serial, letter.item_id, letter.cause) == (1, 2, None, CAUSE.words)
    assert (letter.unit_id, letter.answer_by_on) == (project.responsible_unit_id, date(2022, 11, 3))
    for person in (liaison, officer, leader):
        assert "督办函〔2022〕第2号：“演示压缩机项目”2022年9月亮红灯，请于 2022-11-03 前报送赶工计划。" in told(
            session, person
        )


def test_no_letter_without_need(session, acting, project, coordinator, statistician, officer, leader):
    for person in (officer, leader):
        with pytest.raises(NotAllowed):
            letters.send(session, acting(person), project, CAUSE, TODAY, NOW)
    with pytest.raises(RuleBroken, match="只对亮红灯"):
        letters.send(session, acting(statistician), project, Cause(SEPTEMBER, Y, ""), TODAY, NOW)
    letters.send(session, acting(statistician), project, CAUSE, TODAY, NOW)
    with pytest.raises(RuleBroken, match="2022-11-03"):
        letters.send(session, acting(coordinator), project, CAUSE, TODAY, NOW)
    with pytest.raises(RuleBroken, match="2022年10月"):
        letters.send(session, acting(coordinator), project, CAUSE, date(2022, 11, 4), NOW)
    october = Cause(Month(2022, 10), R, CAUSE.words)
    letters.send(session, acting(coordinator), project, october, date(2022, 11, 4), NOW)
    assert session.scalar(select(func.count(SupervisionLetter.id))) == 2


def test_an_answer_is_entered_once(session, acting, project, coordinator, officer):
    letter = letters.send(session, acting(coordinator), project, CAUSE, TODAY, NOW)
    for day in (None, date(2022, 10, 19), date(2022, 10, 27)):
        with pytest.raises(RuleBroken, match="收到的日期"):
            letters.answer(session, acting(coordinator), letter, day, "", date(2022, 10, 26))
    with pytest.raises(NotAllowed):
        letters.answer(session, acting(officer), letter, TODAY, "", TODAY)
    letters.answer(session, acting(coordinator), letter, date(2022, 10, 25), "增加班组两个", date(2022, 10, 26))
    assert (letter.answered_on, letter.answered_by_id) == (date(2022, 10, 25), coordinator.id)
    with pytest.raises(Clash):
        letters.answer(session, acting(coordinator), letter, date(2022, 10, 26), "", date(2022, 10, 26))


def test_a_plan_that_is_due_is_asked_for_twice(session, acting, project, coordinator, officer):
    letter = letters.send(session, acting(coordinator), project, CAUSE, TODAY, NOW)
    everybody = [officer.id, coordinator.id]
    asked = [letters.remind(session, everybody, date(2022, month, day), NOW) for month, day in
             ((10, 31), (11, 1), (11, 2), (11, 3), (11, 4), (11, 5))]  # fmt: skip
    assert asked == [{}, {officer.id: 1}, {}, {}, {officer.id: 1, coordinator.id: 1}, {}]
    assert told(session, officer)[-1] == "“演示压缩机项目”的赶工计划应于 2022-11-03 前报送，还没有收到。"
    letters.answer(session, acting(coordinator), letter, date(2022, 11, 5), "", date(2022, 11, 5))
    assert letters.remind(session, [make.person(session, "team_lead").id], date(2022, 11, 8), NOW) == {}


def test_what_the_database_refuses(session, project, statistician):
    values = {"project_id": project.id, "month": AUGUST.first, "reason": "理由", "at": NOW, "by_id": statistician.id}
    for more in ({"system_light": Y, "light": Y}, {"system_light": G, "light": Light.NONE}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(LightOverride(**values, **more))
            session.flush()
    session.add(LightOverride(**values, system_light=G, light=Y))
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(LightOverride(**values, system_light=G, light=R))
        session.flush()
