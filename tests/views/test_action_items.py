"""Handing out, working off, asking for more time, the board, the ranking, one's own unit and letters: as pages."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from crm.choices import ActionState, Role, UnitKind
from crm.choices import ActionStepKind as Step
from crm.models import ActionExtension, ActionFile, ActionItem, ActionStep, SupervisionLetter
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "云湖演示项目", lead=officer)


@pytest.fixture
def treasury(session):
    return make.make_unit(session, "财政局", UnitKind.DEPARTMENT, make.team(session, "云湖经开区"))


@pytest.fixture
def unit(session):
    return make.team(session, "资规局")


def handed(session, project, unit, **more):
    """An item that waits to be signed for."""
    return make.make_action(session, project, unit, date(2022, 10, 28), state=ActionState.ASSIGNED, **more)


def attach(session, step, name):
    """A file of a step, without its bytes."""
    values = {"media_type": "application/pdf", "size_bytes": 1, "digest": "0" * 64, "uploaded_at": make.NOW}
    return make.add(session, ActionFile(step_id=step.id, filename=name, **values))


def test_something_is_handed_out_worked_off_and_verified(client_for, coordinator, liaison, session, project, unit):
    meeting = make.make_meeting(session, project)
    chair, department = client_for(coordinator), client_for(liaison)
    page = chair.get(f"/meetings/{meeting.id}/assign?code={project.code}").text
    assert f"{project.name} · {project.code}" in page
    data = {
        "project_id": f"{project.name} · {project.code}", "issue_class": "land", "problem": "清表慢", "task": "完成清表",
        "lead_unit_id": str(unit.id), "working_days": "6", "priority": "high",
    }  # fmt: skip
    wrong = ({"deadline_on": "2022-10-30"}, {"working_days": ""}, {"working_days": "0"}, {"working_days": "x"})
    for changes in wrong:
        assert chair.post(f"/meetings/{meeting.id}/assign", data={**data, **changes}).status_code == 422
    refused = chair.post(
        f"/meetings/{meeting.id}/assign", data={**data, "working_days": "", "deadline_on": "2022-10-01"}
    )
    assert refused.status_code == 422 and "完成清表" in refused.text
    assert chair.post(f"/meetings/{meeting.id}/assign", data=data).status_code == 303
    session.rollback()
    item = session.scalars(select(ActionItem)).one()
    assert item.deadline_on == date(2022, 10, 28)
    address = f"/meetings/actions/{item.id}"
    page = department.get(address).text
    assert "签收" in page and "核验办结" not in page and "加急" in page
    assert department.post(address, data={"step": "finish", "note": "早了", "version": "1"}).status_code == 422
    assert department.post(address, data={"step": "accept", "version": "1"}).status_code == 303
    assert department.post(address, data={"step": "finish", "version": "2"}).status_code == 422
    assert department.post(address, data={"step": "verify", "version": "2"}).status_code == 403
    proof = {"step": "finish", "note": "已清表", "version": "2", "files": (io.BytesIO(b"%PDF-1.4 demo"), "清表.pdf")}
    assert department.post(address, data=proof).status_code == 303
    late = department.post(address, data={"step": "finish", "note": "又一次", "version": "2"})
    assert late.status_code == 409 and "又一次" in late.text
    assert "等统筹协调核验" in department.get(address).text
    file = session.scalars(select(ActionFile)).one()
    assert department.get(f"/meetings/actions/files/{file.id}").data == b"%PDF-1.4 demo"
    assert chair.post(address, data={"step": "verify", "version": "3"}).status_code == 422  # without a rating
    assert chair.post(address, data={"step": "verify", "rating": "good", "version": "3"}).status_code == 303
    session.rollback()
    assert session.get(ActionItem, item.id).state is ActionState.DONE
    page = chair.get(address).text
    assert "按期办结" in page and "评价" in page and page.count("江予安") >= 2
    assert "按期办结" in chair.get("/meetings/actions?show=done").text


def test_without_a_meeting_by_a_leader(client_for, leader, officer, session, project, unit):
    data = {
        "project_id": project.code, "issue_class": "land", "problem": "清表慢", "task": "完成清表",
        "lead_unit_id": str(unit.id), "deadline_on": "2022-11-15", "source": "leader",
    }  # fmt: skip
    assert client_for(officer).post("/meetings/actions/new", data=data).status_code == 403
    answer = client_for(leader).post("/meetings/actions/new", data=data)
    assert answer.status_code == 303 and answer.location.startswith("/meetings/actions/")
    assert "领导交办" in client_for(leader).get(answer.location).text


@pytest.mark.parametrize(
    ("days", "words"),
    [("6", "2022-10-28"), ("", "按工作日历推算"), ("0", "按工作日历推算"), ("9999", "按工作日历推算")],
)
def test_the_day_that_working_days_fall_on(client_for, coordinator, days, words):
    assert words in client_for(coordinator).get(f"/meetings/actions/deadline?working_days={days}").text


def test_correcting_an_item(client_for, coordinator, liaison, session, project, unit):
    item = handed(session, project, unit, task="完成清表")
    address = f"/meetings/actions/{item.id}/edit"
    assert client_for(liaison).get(address).status_code == 403
    client = client_for(coordinator)
    assert f"{project.name} · {project.code}" in client.get(address).text
    data = {
        "project_id": project.code, "issue_class": "land", "problem": "清表慢", "task": "完成清表",
        "lead_unit_id": str(item.lead_unit_id), "deadline_on": "2022-11-15", "version": "1",
    }  # fmt: skip
    assert client.post(address, data=data).status_code == 303
    clash = client.post(address, data={**data, "task": "我写的要求"})
    assert clash.status_code == 409 and "我写的要求" in clash.text
    page = client.get(f"/meetings/actions/{item.id}").text
    assert "2022-10-28" in page and "2022-11-15" in page


def test_more_time(client_for, coordinator, liaison, session, project, unit):
    item = make.make_action(session, project, unit, date(2022, 10, 28), task="完成清表")
    department, chair = client_for(liaison), client_for(coordinator)
    address = f"/meetings/actions/{item.id}"
    assert "申请延期" in department.get(address).text and "申请延期" not in chair.get(address).text
    wrong = department.post(f"{address}/extend", data={"wanted_on": "2022-10-28", "reason": "材料未到", "version": "1"})
    assert wrong.status_code == 422 and "材料未到" in wrong.text
    assert (
        chair.post(f"{address}/extend", data={"wanted_on": "2022-11-04", "reason": "x", "version": "1"}).status_code
        == 403
    )
    asked = {"wanted_on": "2022-11-04", "reason": "材料未到", "version": "1"}
    assert department.post(f"{address}/extend", data=asked).status_code == 303
    row = session.scalars(select(ActionExtension)).one()
    decide = f"{address}/extensions/{row.id}"
    assert "批复延期" in chair.get(address).text and "批复延期" not in department.get(address).text
    assert department.post(decide, data={"granted": "yes", "decision": "好"}).status_code == 403
    assert chair.post(decide, data={"granted": "yes", "decision": ""}).status_code == 422
    assert chair.post(decide, data={"granted": "yes", "decision": "理由充分"}).status_code == 303
    assert chair.post(decide, data={"granted": "no", "decision": "反悔"}).status_code == 409
    page = department.get(address).text
    assert re.search(r"<del[^>]*>.*10月28日.*</del>.*11月4日", page, re.DOTALL)


def test_handing_over(client_for, coordinator, liaison, session, project, unit, treasury):
    item = handed(session, project, unit)
    chair = client_for(coordinator)
    address = f"/meetings/actions/{item.id}/hand-over"
    assert client_for(liaison).get(address).status_code == 403
    data = {"lead_unit_id": str(treasury.id), "note": "属财政职责", "version": "1"}
    assert chair.post(address, data={**data, "note": ""}).status_code == 422
    assert chair.post(address, data=data).status_code == 303
    assert chair.post(address, data=data).status_code == 409
    assert client_for(liaison).get(f"/meetings/actions/{item.id}").status_code == 404


def test_items_stand_late_first_with_their_lights(client_for, coordinator, session, project, unit):
    for task, deadline in (("以后", date(2022, 10, 22)), ("今日", date(2022, 10, 20)), ("迟了", date(2022, 10, 17))):
        make.make_action(session, project, unit, deadline, task=task)
    make.make_action(session, project, unit, task="已办", state=ActionState.DONE, done_on=date(2022, 10, 1))
    client = client_for(coordinator)
    page = client.get("/meetings/actions").text
    assert page.index("迟了") < page.index("今日") < page.index("以后") and "已办</a>" not in page
    assert "逾期 3 天" in page and "未办结 3 项，逾期 1 项" in page
    assert "迟了" in client.get("/meetings/actions?show=late").text
    assert "今日" not in client.get("/meetings/actions?show=late").text
    assert "逾期办结，迟 1 天" in client.get("/meetings/actions?show=late_done").text
    assert "没有符合条件" in client.get("/meetings/actions?mine=1&q=x").text


def test_the_board_leads_from_every_figure_to_its_rows(
    client_for, coordinator, liaison, session, project, unit, treasury
):
    handed(session, project, unit, task="待签收的")
    make.make_action(session, project, unit, date(2022, 10, 10), task="逾期的", person_id=liaison.id)
    make.make_action(session, project, treasury, date(2022, 10, 30), state=ActionState.CHECKING, task="待核验的")
    make.make_action(session, project, treasury, done_on=date(2022, 10, 3), task="本月办结的")
    client = client_for(coordinator)
    for address in ("/supervision", "/supervision?by=person"):
        page = client.get(address).text
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/meetings/actions\?[^"]+)">(?=\d)', page)]
        assert links
        figures = re.findall(r'href="/meetings/actions\?[^"]+">(\d+)</a>', page)
        for link, figure in zip(links, figures, strict=True):
            assert client.get(link).text.count('id="action-') == int(figure), link
    own = client_for(liaison).get("/supervision").text
    assert unit.short_name in own and treasury.short_name not in own


def test_the_ranking_and_its_evidence(client_for, coordinator, session, project, unit, treasury):
    make.make_action(session, project, unit, date(2022, 10, 10))
    make.make_action(session, project, unit, date(2022, 10, 5), done_on=date(2022, 10, 9))
    make.make_action(session, project, treasury, date(2022, 10, 5), done_on=date(2022, 10, 5))
    client = client_for(coordinator)
    page = client.get("/supervision/ranking").text
    assert page.index(unit.short_name) < page.index(treasury.short_name)
    assert "0.0%" in page and "100.0%" in page
    for link in re.findall(r'href="(/meetings/actions\?[^"]+)"', page):
        assert 'id="action-' in client.get(link.replace("&amp;", "&")).text
    assert client.get("/supervision/ranking?year=2021").status_code == 200
    assert client.get("/supervision/ranking?year=99999999").status_code == 200


def test_one_s_own_unit_signs_and_reports_from_one_page(client_for, liaison, leader, session, project, unit, treasury):
    item = handed(session, project, unit, task="完成清表")
    make.make_action(session, project, treasury, task="他人的事")
    helps = make.make_action(session, project, treasury, task="配合的事", helps=[unit])
    client = client_for(liaison)
    page = client.get("/supervision/mine").text
    assert "完成清表" in page and "配合的事" in page and "他人的事" not in page
    back = {"next": "/supervision/mine"}
    answer = client.post(f"/meetings/actions/{item.id}", data={"step": "accept", "version": "1", **back})
    assert answer.location == "/supervision/mine"
    client.post(f"/meetings/actions/{item.id}", data={"step": "report", "note": "已进场", "version": "2", **back})
    client.post(f"/meetings/actions/{helps.id}", data={"step": "note", "note": "资金已拨", "version": "1", **back})
    page = client.get("/supervision/mine").text
    assert "已进场" in page and "资金已拨" in page
    kinds = session.scalars(select(ActionStep.kind).where(ActionStep.by_id == liaison.id).order_by(ActionStep.id)).all()
    assert kinds == [Step.ACCEPT, Step.REPORT, Step.NOTE]
    assert client_for(leader).get("/supervision/mine").status_code == 403


def test_a_letter_is_numbered_once_and_printed(client_for, coordinator, liaison, session, project, unit, treasury):
    item = make.make_action(session, project, unit, date(2022, 10, 17), task="完成清表")
    chair, department = client_for(coordinator), client_for(liaison)
    assert department.post(f"/supervision/letters/of/{item.id}", data={"version": "1"}).status_code == 403
    answer = chair.post(f"/supervision/letters/of/{item.id}", data={"version": "1"})
    assert answer.status_code == 303
    page = department.get(answer.location).text
    assert "督办函〔2022〕第1号" in page and "已逾期3个工作日" in page and "2022年10月25日前书面回复" in page
    again = chair.post(f"/supervision/letters/of/{item.id}", data={"version": "1"})
    assert (
        again.location == f"/meetings/actions/{item.id}" and len(session.scalars(select(SupervisionLetter)).all()) == 1
    )
    assert "已发过督办函" in chair.get(again.location).text
    stranger = make.make_user(session, "stranger", "何文静", Role.LIAISON, treasury)
    assert client_for(stranger).get(answer.location).status_code == 404


# ------------------------------------------------------------------------------------------------------- what one may see


def test_a_liaison_meets_no_other_units_item_anywhere(
    client_for, liaison, coordinator, session, project, unit, treasury
):
    """Named on the project itself, so that its pages are open: still nothing of what another unit was handed."""
    make.make_member(session, project, liaison)
    meeting = make.make_meeting(session, project, title="公开协调会")
    theirs = make.make_action(
        session,
        project,
        treasury,
        date(2022, 10, 10),
        task="他局任务",
        problem="他局问题",
        said="他局进展",
        meeting_id=meeting.id,
    )
    handed(session, project, unit, task="本局任务", meeting_id=meeting.id)
    step = session.scalars(select(ActionStep).where(ActionStep.item_id == theirs.id)).one()
    file = attach(session, step, "他局.pdf")
    client_for(coordinator).post(f"/supervision/letters/of/{theirs.id}", data={"version": "1"})
    letter = session.scalars(select(SupervisionLetter)).one()
    client = client_for(liaison)
    for address in (
        "/meetings/actions?show=all", "/meetings/actions?show=all&q=他局", f"/meetings/{meeting.id}", "/supervision", "/",
        "/supervision/ranking", "/supervision/mine", f"/projects/{project.id}", f"/projects/{project.id}?show=actions",
        "/search?q=他局", "/notices", "/meetings", "/meetings/calendar", "/projects",
    ):  # fmt: skip
        answer = client.get(address, follow_redirects=True)
        text = answer.text.replace('value="他局"', "").replace("q=%E4%BB%96%E5%B1%80", "").replace("“他局”", "")
        assert answer.status_code == 200 and "他局" not in text, address
    for address in (
        f"/meetings/actions/{theirs.id}", f"/meetings/actions/{theirs.id}/extend", f"/meetings/actions/files/{file.id}",
        f"/supervision/letters/{letter.id}",
    ):  # fmt: skip
        assert client.get(address).status_code == 404
    assert "本局任务" in client.get(f"/meetings/{meeting.id}").text


@pytest.mark.parametrize(
    ("login", "board", "letters", "assigns", "mine"),
    [
        ("coordinator", True, True, True, True),
        ("leader", True, False, True, False),
        ("liaison", True, False, False, True),
        ("officer", True, False, False, True),
        ("auditor", True, False, False, False),
        ("admin", False, False, False, False),
    ],
)
def test_who_comes_where(client_for, session, project, unit, login, board, letters, assigns, mine):
    item = make.make_action(session, project, unit, date(2022, 10, 10))
    client = client_for(make.person(session, login))
    assert (client.get("/supervision").status_code == 200) is board
    assert (client.get("/supervision/mine").status_code == 200) is mine
    assert (client.get("/meetings/actions/new").status_code == 200) is assigns
    sent = client.post(f"/supervision/letters/of/{item.id}", data={"version": "1"})
    assert (sent.status_code == 303) is letters


@pytest.mark.parametrize(
    "address",
    [
        "/meetings/actions?show=all",
        "/supervision",
        "/supervision?by=person",
        "/supervision/ranking",
        "/supervision/mine",
    ],
)
def test_statements_do_not_grow_with_the_rows(
    client_for, coordinator, liaison, session, project, unit, count_queries, address
):
    client = client_for(coordinator)
    make.make_action(session, project, unit, date(2022, 10, 10), person_id=liaison.id)
    client.get(address)
    with count_queries() as few:
        client.get(address)
    for n in range(20):
        other = make.make_project(session)
        department = make.make_unit(session, f"部门{n}", UnitKind.DEPARTMENT, make.team(session, "云湖经开区"))
        make.make_action(session, other, department, date(2022, 10, 10), person_id=liaison.id)
        make.make_action(session, other, unit, date(2022, 10, 10), done_on=date(2022, 10, 12), helps=[department])
    session.commit()
    with count_queries() as many:
        client.get(address)
    assert len(many) == len(few)


def test_statements_of_one_item_do_not_grow_with_its_history(
    client_for, coordinator, liaison, session, project, unit, count_queries
):
    item = make.make_action(session, project, unit, date(2022, 10, 28))
    client = client_for(coordinator)

    def step(n):
        row = make.make_step(
            session, item, Step.REPORT, ActionState.DOING, ActionState.DOING, note=f"{n}", by_id=liaison.id
        )
        attach(session, row, f"{n}.pdf")

    step(1)
    client.get(f"/meetings/actions/{item.id}")
    with count_queries() as few:
        client.get(f"/meetings/actions/{item.id}")
    for n in range(20):
        step(n)
    session.commit()
    with count_queries() as many:
        client.get(f"/meetings/actions/{item.id}")
    assert len(many) == len(few)
