"""Planning meetings as people meet it: the form, what stands beside it, sending, answering, changing, cloning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.choices import ActivityState, Reply
from crm.models import Meeting, Notice
from tests import factories as make

AT = datetime(2022, 10, 21, 6, 0, tzinfo=UTC)


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯精密减速器", lead=officer)


@pytest.fixture
def room(session):
    return make.make_room(session)


@pytest.fixture
def form(project, room, leader, officer):
    return {
        "title": "用地协调会", "kind": "coordination", "held_on": "2022-10-21", "begins": "14:00", "minutes": "1小时半",
        "room_id": str(room.id), "chair_id": str(leader.id), "required_ids": [str(officer.id)],
        "outside": "王工 供电公司 wang@power.example", "agenda-0-project": project.code, "agenda-0-length_minutes": "60",
        "agenda-1-title": "上次交办", "agenda-1-length_minutes": "40", "agenda-2-project": "",
    }  # fmt: skip


def kept(session, title="用地协调会"):
    session.rollback()
    rows = (
        select(Meeting)
        .where(Meeting.title == title)
        .options(selectinload(Meeting.agenda), selectinload(Meeting.invited))
    )
    return session.scalars(rows.order_by(Meeting.held_at)).all()


def test_a_draft_is_kept_then_sent_then_answered(session, client_for, coordinator, officer, form):
    chair, invited = client_for(coordinator), client_for(officer)
    answer = chair.post("/meetings/plan", data=form)
    assert answer.status_code == 303
    (meeting,) = kept(session)
    assert meeting.is_draft and meeting.ends_at - meeting.held_at == timedelta(minutes=90)
    assert [(item.title, item.length_minutes) for item in meeting.agenda] == [("", 60), ("上次交办", 40)]
    address = answer.headers["Location"]
    page = chair.get(address).text
    assert "还没有通知任何人" in page and "发送通知" in page
    assert invited.get(address).status_code == 404  # a draft is nobody's business yet
    assert chair.post(f"{address}/announce").status_code == 303
    page = invited.get(address).text
    assert "请你参加这次会议" in page and "王工" in page and "上次交办" in page
    assert invited.post(f"{address}/answer", data={"response": "declined", "note": "出差"}).status_code == 303
    assert "你已答复：不能参加" in invited.get(address).text and "出差" in chair.get(address).text
    assert {each.response for each in kept(session)[0].invited} == {Reply.NONE, Reply.ACCEPTED, Reply.DECLINED}
    assert "不能参加：出差" in chair.get("/notices").text
    assert invited.post(f"{address}/answer", data={"response": "perhaps"}).status_code == 422
    assert chair.post(f"{address}/announce").status_code == 409


def test_saving_and_sending_in_one_go(session, client_for, coordinator, officer, form):
    client_for(coordinator).post("/meetings/plan", data={**form, "announce": "1"})
    assert not kept(session)[0].is_draft
    assert session.scalar(select(Notice.text).where(Notice.user_id == officer.id)).startswith("许若彤请你参加")
    assert "用地协调会" in client_for(officer).get("/today?day=2022-10-21").text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": ""}, "这一项必填"),
        ({"held_on": ""}, "请选日期"),
        ({"held_on": "2022-10-19"}, "开始时间已过"),
        ({"begins": "下午"}, "不是时间，请写成 14:00"),
        ({"minutes": "半天"}, "不是时长"),
        ({"minutes": "2000"}, "5 分钟到 24 小时"),
        ({"outside": "wang@power.example"}, "没有写姓名"),
        ({"agenda-0-project": "查无此项"}, "没有找到“查无此项”"),
        ({"agenda-0-length_minutes": "一刻钟"}, "不是整数"),
        ({"agenda-2-length_minutes": "5"}, "请写项目或议题"),
        ({"online_url": "腾讯会议"}, "要以 http:// 或 https:// 开头"),
        ({"repeat": "weekly"}, "请写到哪一天为止"),
        ({"repeat": "weekly", "times": "0"}, "次数应在 1 到 260 之间"),
        ({"required_ids": ["99999"]}, "有人已停用或不能参会"),
    ],
)
def test_what_is_wrong_is_said_and_the_typed_kept(session, client_for, coordinator, form, more, words):
    answer = client_for(coordinator).post("/meetings/plan", data={**form, "summary": "说明还在", **more})
    assert answer.status_code == 422 and words in answer.text and "说明还在" in answer.text
    assert not kept(session)


def test_a_clash_is_said_beside_the_form_before_and_after_it_is_sent(session, client_for, coordinator, team_lead, form):
    chair, lead = client_for(coordinator), client_for(team_lead)
    chair.post("/meetings/plan", data=form)
    ask = {key: value for key, value in form.items() if not key.startswith(("agenda", "outside"))}
    panel = chair.get("/meetings/plan/check", query_string=ask).text
    assert "会议室已被占用" in panel and "程望山" in panel and "用地协调会" in panel and "请写理由" in panel
    assert 'value="2022-10-21T15:30"' in panel  # the first time when all are free again
    other = {**form, "title": "另一个会", "agenda-0-project": "", "agenda-0-title": "议题"}
    refused = chair.post("/meetings/plan", data=other)
    assert refused.status_code == 409 and "“302 会议室”在 10月21日 14:00—15:30 已被占用" in refused.text
    elsewhere = {**other, "room_id": "", "place": "石桥片区"}
    refused = chair.post("/meetings/plan", data=elsewhere)
    assert refused.status_code == 409 and "确需同时安排的，请写明理由" in refused.text
    refused = lead.post("/meetings/plan", data={**elsewhere, "reason": "急"})
    assert refused.status_code == 409 and "由统筹协调说明理由后办理" in refused.text
    assert "用地协调会" not in refused.text and "该时段已有安排" in refused.text  # a draft of others is not named
    assert chair.post("/meetings/plan", data={**elsewhere, "reason": "市里来访"}).status_code == 303
    assert kept(session, "另一个会")[0].clash_reason == "市里来访"


def test_the_agenda_over_the_length_turns_red(client_for, coordinator, form):
    fits = client_for(coordinator).get("/meetings/plan/check", query_string=form).text
    assert "比会议长 10 分钟" in fits and 'class="down"' in fits
    longer = client_for(coordinator).get("/meetings/plan/check", query_string={**form, "minutes": "120"}).text
    assert "合计 100 分钟，会议 120 分钟" in longer and 'class="down"' not in longer


def test_the_caption_of_a_series_is_live(client_for, coordinator, form):
    ask = {"held_on": "2022-10-21", "begins": "09:00", "minutes": "60", "repeat": "weekly", "times": "4"}
    text = client_for(coordinator).get("/meetings/plan/check", query_string=ask).text
    assert "每周五，共 4 次：首次 2022年10月21日（周五），末次 2022年11月11日（周五）" in text
    wrong = client_for(coordinator).get("/meetings/plan/check", query_string={**ask, "until_on": "2022-12-01"}).text
    assert "截止日期和次数只填一个" in wrong
    assert "填好日期" in client_for(coordinator).get("/meetings/plan/check?held_on=x&minutes=x&weekdays=9&nth=z").text


def test_a_free_time_is_taken_without_scripts(session, client_for, coordinator, form):
    answer = client_for(coordinator).post("/meetings/plan", data={**form, "slot": "2022-10-24T08:30"})
    assert answer.status_code == 200 and 'value="2022-10-24"' in answer.text and 'value="08:30"' in answer.text
    assert "王工 供电公司" in answer.text and not kept(session)
    for nonsense in ("", "x", "0001-01-01T00:00"):
        assert client_for(coordinator).post("/meetings/plan", data={**form, "slot": nonsense}).status_code in (200, 303)


def test_the_form_asks_a_fixed_number_of_questions(
    session, client_for, coordinator, officer, leader, form, count_queries
):
    client = client_for(coordinator)

    def asked():
        with count_queries() as statements:
            assert client.get("/meetings/plan/check", query_string=form).status_code == 200
        return len(statements)

    client.get("/meetings/plan/check", query_string=form)
    few = asked()
    for n in range(6):
        make.invite(session, make.make_meeting(session, at=AT + timedelta(hours=n), chair_id=leader.id), officer)
        make.make_user(session, f"more{n}", f"多一人{n}", officer.role, make.team(session))
    assert asked() == few


def test_a_meeting_is_changed_moved_and_called_off(session, client_for, coordinator, officer, statistician, form):
    client = client_for(coordinator)
    address = client.post("/meetings/plan", data={**form, "announce": "1"}).headers["Location"]
    assert "澜芯精密减速器 · " in client.get(f"{address}/plan").text
    data = {**form, "version": "1", "begins": "16:00"}
    assert client.post(f"{address}/plan", data=data).status_code == 409  # announcing it has changed it
    data["version"] = str(kept(session)[0].version)
    assert client.post(f"{address}/plan", data=data).status_code == 303
    assert kept(session)[0].held_at == AT + timedelta(hours=2)
    assert "时间由 10月21日 14:00—15:30 改到 10月21日 16:00—17:30" in client_for(officer).get("/notices").text
    for user in (officer, statistician):
        assert client_for(user).post(f"{address}/cancel").status_code == 403
        assert client_for(user).get(f"{address}/plan").status_code == 403
    client.post(f"{address}/cancel", data={"version": str(kept(session)[0].version)})
    assert kept(session)[0].state is ActivityState.CANCELLED
    assert "恢复召开" in client.get(address).text
    data["version"] = str(kept(session)[0].version)
    client.post(f"{address}/plan", data=data)
    assert kept(session)[0].state is ActivityState.PLANNED


def test_a_series_is_planned_changed_and_called_off(session, client_for, coordinator, form):
    client = client_for(coordinator)
    data = {**form, "repeat": "weekly", "times": "4", "agenda-0-project": "", "agenda-0-title": "议题", "announce": "1"}
    address = client.post("/meetings/plan", data=data).headers["Location"]
    rows = kept(session)
    assert len(rows) == 4 and rows[0].series_id is not None
    page = client.get(address).text
    assert "每周五" in page and "取消这次和以后各次" in page
    listing = client.get(f"/meetings?state=planned&series={rows[0].series_id}").text
    assert listing.count("main-link") >= 4 and "同一重复会议" in listing
    second = f"/meetings/{rows[1].id}"
    edit = client.get(f"{second}/plan").text
    assert 'value="2022-11-11"' in edit and "这一次和以后各次" in edit
    change = {
        **form, "held_on": "2022-10-28", "title": "周例会", "agenda-0-project": "", "agenda-0-title": "议题",
        "version": str(rows[1].version),
        "reach": "following", "repeat": "weekly", "weekdays": ["4"], "until_on": "2022-11-11",
    }  # fmt: skip
    assert client.post(f"{second}/plan", data=change).status_code == 303
    assert (len(kept(session)), len(kept(session, "周例会"))) == (1, 3)
    version = kept(session, "周例会")[0].version
    client.post(f"{second}/cancel", data={"version": str(version), "reach": "following"})
    assert {row.state for row in kept(session, "周例会")} == {ActivityState.CANCELLED}


def test_a_clone_takes_along_what_was_chosen(session, client_for, coordinator, form):
    client = client_for(coordinator)
    address = client.post("/meetings/plan", data=form).headers["Location"]
    key = address.rsplit("/", 1)[1]
    assert "带过去什么" in client.get(f"{address}/clone").text
    page = client.get(f"/meetings/plan?like={key}&carry=agenda").text
    assert "上次交办" in page and "wang@power.example" not in page and 'value="2022-10-28"' in page
    assert "wang@power.example" in client.get(f"/meetings/plan?like={key}&carry=people&carry=place").text


def test_an_officer_plans_for_his_own_projects(session, client_for, officer, other_officer, project, form):
    mine, theirs = client_for(officer), client_for(other_officer)
    assert f"{project.name} · {project.code}" in mine.get(f"/meetings/plan?project={project.id}").text
    assert mine.post("/meetings/plan", data={**form, "room_id": "", "place": "现场"}).status_code == 303
    refused = theirs.post("/meetings/plan", data={**form, "room_id": "", "chair_id": "", "required_ids": []})
    assert refused.status_code == 422 and "没有找到" in refused.text  # of another team's project he knows nothing


def test_from_the_calendar_it_begins_with_the_time(client_for, coordinator, room):
    page = client_for(coordinator).get(f"/meetings/plan?on=2022-11-01&at=09:30&room={room.id}&kind=review").text
    assert 'value="2022-11-01"' in page and 'value="09:30"' in page
    assert client_for(coordinator).get("/meetings/plan?on=x&at=y&room=z&like=").status_code == 200
