"""The day's page: what stands on it, for whom, and where its buttons lead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.choices import ActionState, ActivityState, ClaimKind, ClaimState, MemberRole, MinutesState, Stage
from crm.models import Attachment, Holiday
from crm.queries.frame import counts
from crm.rules.claims import EVIDENCE
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer, last_contact_on=date(2022, 10, 18))


def section(page, heading):
    """The part of the page under a heading, up to the next card."""
    found = page.partition(f">{heading}</h2>")[2]
    return found.partition("</section>")[0]


def test_late_today_and_ahead(client_for, officer, session, project):
    for words, day in (("迟了的事", 17), ("今天的事", 20), ("将来的事", 25), ("远的事", 30)):
        make.make_activity(session, project, by=officer, next_on=date(2022, 10, day), next_step=words)
    make.make_activity(
        session, project, by=officer, next_on=date(2022, 10, 1), next_step="办完的事", next_done_at=datetime.now(UTC)
    )
    page = client_for(officer).get("/today").text
    assert "迟了的事" in section(page, "逾期") and "逾期 3 天" in section(page, "逾期")
    assert "今天的事" in section(page, "今天")
    assert "将来的事" in section(page, "接下来 7 天")
    assert "远的事" not in page and "办完的事" not in page
    assert "10月20日 星期四" in page and "红 · 1 项" in page


def test_it_is_my_own_day(client_for, officer, other_officer, team_lead, session, project):
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 19), next_step="我的事")
    make.make_activity(
        session, project, by=officer, next_on=date(2022, 10, 19), next_step="组长的事", next_owner_id=team_lead.id
    )
    page = client_for(officer).get("/today").text
    assert "我的事" in page and "组长的事" not in page
    assert "组长的事" in client_for(team_lead).get("/today").text


def test_plans_and_meetings_stand_by_the_clock(client_for, officer, leader, session, project):
    afternoon, morning = datetime(2022, 10, 20, 6, tzinfo=UTC), datetime(2022, 10, 20, 1, 30, tzinfo=UTC)
    make.make_activity(session, project, by=officer, at=morning, title="看地块", state=ActivityState.PLANNED)
    make.make_meeting(session, project, at=afternoon, state=ActivityState.PLANNED, chair_id=leader.id)
    part = section(client_for(officer).get("/today").text, "今天")
    assert part.index("09:30") < part.index("看地块") < part.index("14:00") < part.index("用地与能耗协调会")
    assert "主持：程望山" in part and "写纪要" in part


def test_the_unit_sees_what_was_handed_to_it_and_the_coordinator_all(
    client_for, officer, liaison, coordinator, session, project
):
    unit = make.team(session, "资规局")
    make.make_action(session, project, unit, date(2022, 10, 19), task="清表")
    make.make_action(session, project, unit, date(2022, 10, 21), task="等核验", state=ActionState.CHECKING)
    page = client_for(liaison).get("/today").text
    assert "清表" in page and "办理" in page and "等核验" not in page and "澜芯精密减速器" in page
    page = client_for(coordinator).get("/today").text
    assert "清表" in page and "等核验" in page and "核验" in page
    assert "清表" not in client_for(officer).get("/today").text


def test_a_project_nobody_was_in_touch_with_is_late(client_for, officer, session, project):
    lately = date(2022, 8, 20)
    project.stage_since_on = lately
    make.make_project(session, "久未联系的项目", lead=officer, last_contact_on=date(2022, 9, 1), stage_since_on=lately)
    make.make_project(
        session,
        "签约后不久的项目",
        officer,
        stage=Stage.SIGNED,
        last_contact_on=date(2022, 10, 5),
        stage_since_on=lately,
    )
    page = client_for(officer).get("/today").text
    stale = section(page, "停滞与超限")
    assert "超过 30 天没有联系" in stale and "久未联系的项目" in stale
    assert "澜芯精密减速器" not in stale and "签约后不久的项目" not in stale


def test_the_statistician_is_told_what_waits(client_for, statistician, officer, session, project):
    make.make_claim(session, project, state=ClaimState.REPORTED, on=date(2022, 10, 11))
    page = client_for(statistician).get("/today").text
    assert "待核定" in page and "1 项" in page and "最早 10月11日 提交" in page and 'href="/claims' in page
    assert "最早" not in client_for(officer).get("/today").text


def test_a_returned_report_comes_back_to_its_author(client_for, officer, team_lead, session, project):
    make.make_claim(session, project, state=ClaimState.RETURNED, reason="缺合同扫描件")
    assert "“澜芯精密减速器”的申报被退回：缺合同扫描件" in client_for(officer).get("/today").text
    assert "缺合同扫描件" not in client_for(team_lead).get("/today").text


def test_my_projects_are_those_i_work_on(client_for, officer, other_officer, team_lead, agent, session, project):
    theirs = make.make_project(session, "二组演示项目", lead=other_officer)
    make.make_member(session, theirs, officer, MemberRole.READER)
    make.make_member(session, theirs, agent, MemberRole.AGENT)
    assert "二组演示项目" in section(client_for(agent).get("/today").text, "我的项目")
    assert "澜芯精密减速器" in section(client_for(team_lead).get("/today").text, "本组项目")
    assert "二组演示项目" not in section(client_for(team_lead).get("/today").text, "本组项目")


def test_an_empty_day_offers_a_first_step(client_for, officer, session):
    page = client_for(officer).get("/today").text
    assert "没有逾期的，今天和接下来 7 天也没有安排。" in page and "安排一次拜访或接待" in page
    session.add(Holiday(day=date(2022, 10, 22), is_working=True, name="补班"))
    assert "10月22日上班" in client_for(officer).get("/today").text


@pytest.mark.parametrize(
    ("login", "status", "quick"),
    [
        ("coordinator", 200, True),
        ("agent", 200, True),
        ("statistician", 200, False),
        ("liaison", 200, False),
        ("admin", 403, False),
    ],
)
def test_who_has_a_day_and_the_quick_log(client_for, session, login, status, quick):
    answer = client_for(make.person(session, login)).get("/today")
    assert answer.status_code == status and ("快速记录" in answer.text) is quick


def test_secret_projects_do_not_leak_into_the_day(client_for, coordinator, officer, other_officer, session):
    hidden = make.make_project(session, "涉密演示项目", lead=other_officer, is_secret=True, unit_id=officer.unit_id)
    make.make_activity(session, hidden, by=other_officer, next_on=date(2022, 10, 1), people=(officer,))
    make.make_action(session, hidden, make.team(session), date(2022, 10, 1), task="涉密交办")
    for user in (officer, coordinator):
        page = client_for(user).get("/today").text
        assert "涉密演示项目" not in page and "涉密交办" not in page


def test_statements_do_not_grow_with_the_rows(client_for, officer, leader, session, project, count_queries):
    def more(count):
        for _ in range(count):
            other = make.make_project(session, lead=officer, last_contact_on=date(2022, 8, 1))
            make.make_activity(session, other, by=officer, next_on=date(2022, 10, 1))
            make.make_activity(
                session, other, by=officer, state=ActivityState.PLANNED, at=datetime(2022, 10, 20, 6, tzinfo=UTC)
            )
            make.make_meeting(
                session,
                other,
                at=datetime(2022, 10, 20, 6, tzinfo=UTC),
                state=ActivityState.PLANNED,
                chair_id=leader.id,
            )
            make.make_action(session, other, make.team(session))
            make.make_light_letter(session, other, make.team(session), leader, other.id)
        session.commit()

    client = client_for(officer)
    more(1)
    client.get("/today")
    with count_queries() as few:
        client.get("/today")
    more(12)
    with count_queries() as many:
        client.get("/today")
    assert len(many) == len(few)


def test_verified_figures_without_evidence_are_shown_to_who_can_supply_it(
    session, client_for, officer, other_officer, statistician, leader, project
):
    unproved = make.make_claim(session, project, ClaimKind.ARRIVAL)
    proved = make.make_claim(session, project, ClaimKind.ARRIVAL)
    make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    make.add(
        session,
        Attachment(
            project_id=project.id, claim_id=proved.id, kind=EVIDENCE[ClaimKind.ARRIVAL][0], filename="图.pdf",
            media_type="application/pdf", size_bytes=3, digest="0" * 64, uploaded_at=make.NOW,
        ),
    )  # fmt: skip
    secret = make.make_project(session, "密件", lead=other_officer, is_secret=True)
    make.make_claim(session, secret, ClaimKind.ARRIVAL)
    mine = client_for(officer).get("/today").text
    part = section(mine, "已核定、还缺凭证")
    assert part.count("补凭证") == 1 and f'href="/claims/{unproved.id}#evidence"' in part and "密件" not in mine
    assert client_for(officer).get(f"/claims/{unproved.id}").status_code == 200
    counted = client_for(statistician).get("/today").text
    assert re.search(r'href="/claims\?state=verified&amp;proof=missing"><b>1</b>已核定缺凭证', counted)
    assert "待补凭证" not in counted
    for reader in (make.person(session, "liaison"), make.person(session, "coordinator")):
        assert "缺凭证" not in client_for(reader).get("/today").text


def test_minutes_wait_for_who_is_to_write_confirm_or_issue_them(client_for, session, coordinator, leader, officer, now):
    meeting = make.make_meeting(
        session, make.make_project(session, lead=officer), at=now - timedelta(days=2), title="用地协调会",
        state=ActivityState.PLANNED, chair_id=leader.id, secretary_id=officer.id, entered_by_id=coordinator.id,
    )  # fmt: skip
    turns = {
        MinutesState.DRAFT: ("写“用地协调会”的纪要", officer), MinutesState.SENT: ("确认“用地协调会”的纪要", leader),
        MinutesState.CONFIRMED: ("印发“用地协调会”的纪要", coordinator), MinutesState.ISSUED: ("的纪要", None),
    }  # fmt: skip
    for state, (words, whose) in turns.items():
        meeting.minutes_state = state
        session.commit()
        for user in (officer, leader, coordinator):
            assert (words in client_for(user).get("/today").text) is (user is whose), (state, user.login)
    meeting.minutes_state, meeting.minutes_number = MinutesState.DRAFT, "会议纪要〔2022〕18号"  # given on paper
    assert "的纪要" not in client_for(officer).get("/today").text


def test_a_catch_up_plan_stands_until_it_has_come(
    client_for, session, acting, project, officer, coordinator, liaison, leader, team_lead
):
    unit = make.team(session, "资规局")
    letter = make.make_light_letter(session, project, unit, coordinator, answer_by_on=date(2022, 10, 24))
    for person in (officer, liaison):  # who leads the project, and the unit it was sent to
        part = section(client_for(person).get("/today").text, "接下来 7 天")
        assert "报送赶工计划" in part and f"/supervision/letters/{letter.id}" in part
        assert "红灯：欠序时26.7个百分点" in part and "澜芯精密减速器" in part
    for person in (coordinator, leader):
        assert "赶工计划" not in client_for(person).get("/today").text
    letter.answer_by_on = date(2022, 10, 19)
    session.commit()
    part = section(client_for(coordinator).get("/today").text, "逾期")
    assert "催报赶工计划" in part and "逾期 1 天" in part
    assert counts(session, acting(coordinator), date(2022, 10, 20)).late == 1  # what the menu says beside 今天
    team = client_for(team_lead).get("/today").text.partition('id="team"')[2].partition("</section>")[0]
    assert "报送赶工计划" in team and "顾清宁" in team
    assert "报送赶工计划" in section(client_for(liaison).get("/today").text, "逾期")
    letter.answered_on, letter.answered_by_id = date(2022, 10, 20), coordinator.id
    session.commit()
    for person in (officer, liaison, coordinator):
        assert "赶工计划" not in client_for(person).get("/today").text
