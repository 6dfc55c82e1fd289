"""A meeting while it is held, its minutes on their way, the projector and the paper, as people meet them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.choices import ActivityState, MinutesState
from crm.models import AgendaItem, Attendee, Meeting, Minutes
from tests import factories as make

HTMX = {"HX-Request": "true"}


@pytest.fixture
def projects(session, officer, other_officer):
    return (
        make.make_project(session, "澜芯精密减速器", lead=officer),
        make.make_project(session, "璞川储能电芯", lead=other_officer),
    )


@pytest.fixture
def meeting(session, projects, leader, coordinator, officer, now):
    row = make.make_meeting(
        session, *projects, at=now - timedelta(hours=1), state=ActivityState.PLANNED, chair_id=leader.id,
        secretary_id=coordinator.id, entered_by_id=coordinator.id, place="302 会议室",
    )  # fmt: skip
    make.invite(session, row, leader, coordinator, officer)
    session.commit()
    return row


@pytest.fixture
def items(session, meeting):
    rows = select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.rank)
    return list(session.scalars(rows))


def point(client, meeting, item, headers=HTMX, **typed):
    data = {"issue_class": "land", "seen": "0", **typed}
    return client.post(f"/meetings/{meeting.id}/points/{item}", data=data, headers=headers)


def seen_of(page, item):
    part = page.split(f'id="point-{item}"', 1)[1]
    return re.search(r'name="seen"[^>]*value="(\d+)"', part)[1]


def step(client, meeting, what, **typed):
    return client.post(f"/meetings/{meeting.id}/minutes/{what}", data=typed)


def digest_on(client, meeting):
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', client.get(f"/meetings/{meeting.id}/minutes").text)
    return found[1]


def issued(client_for, coordinator, leader, meeting, items):
    client, chair = client_for(coordinator), client_for(leader)
    assert point(client, meeting, items[0], conclusion="10月底前完成清表", situation="清表慢").status_code == 200
    assert client.post(f"/meetings/{meeting.id}/presence", data={"rest": "1"}).status_code == 303
    assert step(client, meeting, "send").status_code == 303
    assert step(chair, meeting, "confirm", digest=digest_on(chair, meeting)).status_code == 303
    assert step(client, meeting, "issue").status_code == 303


def test_the_page_shows_how_each_project_stands(session, client_for, coordinator, liaison, projects, meeting, items):
    make.make_activity(session, projects[0], title="看地", summary="看了北侧地块")
    make.make_action(session, projects[0], make.team(session, "资规局"), task="组卷上报")
    page = client_for(coordinator).get(f"/meetings/{meeting.id}/minutes").text
    assert "看了北侧地块" in page and "组卷上报" in page and "未办结的交办 1 项" in page
    assert page.count('name="conclusion"') == 2


def test_a_point_is_saved_alone_and_without_scripts_in_its_page(session, client_for, coordinator, meeting, items):
    client = client_for(coordinator)
    answer = point(client, meeting, items[0], situation="清表慢", conclusion="10月底前完成", notes="带图")
    assert answer.status_code == 200 and "已保存" in answer.text and "<html" not in answer.text
    answer = point(client, meeting, items[1], headers={}, conclusion="同意")
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"#point-{items[1]}")
    rows = session.scalars(select(AgendaItem).order_by(AgendaItem.id)).all()
    assert [(row.situation, row.conclusion) for row in rows] == [("清表慢", "10月底前完成"), ("", "同意")]
    assert session.get(Meeting, meeting.id).state is ActivityState.DONE


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_only_what_both_changed_is_asked_with_everything_typed(client_for, coordinator, meeting, items, headers):
    client = client_for(coordinator)
    point(client, meeting, items[0], situation="情况", conclusion="原")
    seen = seen_of(client.get(f"/meetings/{meeting.id}/minutes").text, items[0])
    point(client, meeting, items[0], situation="情况", conclusion="甲写的", seen=seen)
    typed = {"situation": "乙补充的", "conclusion": "乙写的", "seen": seen}
    answer = point(client, meeting, items[0], headers, **typed)
    assert answer.status_code == 409
    for words in ("甲写的", "乙写的", "乙补充的", "keep-conclusion", "有 1 处两个人都改过"):
        assert words in answer.text
    assert "keep-situation" not in answer.text
    told = re.search(r'name="told" value="(\d+)"', answer.text)[1]
    answer = point(client, meeting, items[0], headers, told=told, **{"keep-conclusion": "mine"}, **typed)
    assert answer.status_code in (200, 303)
    page = client.get(f"/meetings/{meeting.id}/minutes").text
    assert "乙写的" in page and "乙补充的" in page and "甲写的" not in page


def test_too_long_is_said_and_kept(client_for, coordinator, meeting, items):
    answer = point(client_for(coordinator), meeting, items[0], conclusion="长" * 4001, situation="还在")
    assert answer.status_code == 422 and "最多 4000 个字符" in answer.text and "还在" in answer.text


def test_readers_read_and_write_nothing(client_for, officer, leader, meeting, items):
    for user in (officer, leader):
        client = client_for(user)
        page = client.get(f"/meetings/{meeting.id}/minutes")
        assert page.status_code == 200 and 'name="conclusion"' not in page.text
        assert point(client, meeting, items[0], conclusion="不行").status_code in (403, 404)
        assert client.post(f"/meetings/{meeting.id}/presence", data={"rest": "1"}).status_code == 403


def test_a_reader_sees_only_his_projects_everywhere(client_for, officer, coordinator, leader, meeting, items):
    client = client_for(coordinator)
    point(client, meeting, items[1], conclusion="另一组的事")
    issued(client_for, coordinator, leader, meeting, items)
    for path in ("minutes", "minutes/paper", "present", "present?at=2"):
        page = client_for(officer).get(f"/meetings/{meeting.id}/{path}").text
        assert "璞川储能电芯" not in page and "另一组的事" not in page, path
        assert "另有" in page, path
    paper = client_for(officer).get(f"/meetings/{meeting.id}/minutes/paper").text
    assert "一、澜芯精密减速器" in paper and "另有1项不在阅看范围" in paper
    assert "二、璞川储能电芯" in client.get(f"/meetings/{meeting.id}/minutes/paper").text


def test_from_the_draft_to_the_paper(session, client_for, coordinator, leader, officer, meeting, items):
    issued(client_for, coordinator, leader, meeting, items)
    paper = client_for(officer).get(f"/meetings/{meeting.id}/minutes/paper").text
    for words in (
        "会议纪要〔2022〕第1号", "2022年10月20日印发", "10月底前完成清表", "一、澜芯精密减速器", "SHA-256",
        "302 会议室", "2022年10月20日 09:00—10:00",
    ):  # fmt: skip
        assert words in paper
    row = session.scalars(select(Minutes)).one()
    assert row.digest in paper
    assert "会议纪要〔2022〕第1号" in client_for(officer).get(f"/meetings/{meeting.id}").text
    assert "会议纪要〔2022〕第1号" in client_for(officer).get("/meetings").text
    answer = point(client_for(coordinator), meeting, items[0], conclusion="偷改")
    assert answer.status_code == 422 and "办理更正" in answer.text


def test_the_chair_gives_back_and_the_reason_is_seen(client_for, coordinator, leader, meeting, items):
    client, chair = client_for(coordinator), client_for(leader)
    assert step(client, meeting, "send").status_code == 422
    point(client, meeting, items[0], conclusion="完成")
    client.post(f"/meetings/{meeting.id}/presence", data={"rest": "1"})
    step(client, meeting, "send")
    assert step(chair, meeting, "return").status_code == 422
    assert step(client, meeting, "confirm", reason="我来").status_code == 403
    assert step(chair, meeting, "return", reason="时限不对").status_code == 303
    page = client.get(f"/meetings/{meeting.id}/minutes").text
    assert "退回：时限不对" in page and "送主持人确认" in page
    step(client, meeting, "send")
    assert step(chair, meeting, "confirm", digest="0" * 64).status_code == 409
    assert step(client, meeting, "recall").status_code == 303
    assert step(client, meeting, "recall").status_code == 409


def test_a_correction_leaves_the_first_edition_readable(session, client_for, coordinator, leader, meeting, items):
    issued(client_for, coordinator, leader, meeting, items)
    client, chair = client_for(coordinator), client_for(leader)
    assert step(client, meeting, "correct").status_code == 422
    assert step(client, meeting, "correct", reason="时限写错").status_code == 303
    seen = seen_of(client.get(f"/meetings/{meeting.id}/minutes").text, items[0])
    point(client, meeting, items[0], conclusion="11月底前完成清表", situation="清表慢", seen=seen)
    step(client, meeting, "send")
    step(chair, meeting, "confirm", digest=digest_on(chair, meeting))
    assert step(client, meeting, "issue").status_code == 303
    first = client.get(f"/meetings/{meeting.id}/minutes/paper?edition=1").text
    second = client.get(f"/meetings/{meeting.id}/minutes/paper").text
    assert "10月底前完成清表" in first and "（更正）" not in first.split("mp-number")[1][:60]
    assert "11月底前完成清表" in second and "更正理由：时限写错" in second
    assert session.get(Meeting, meeting.id).minutes_state is MinutesState.ISSUED
    assert client.get(f"/meetings/{meeting.id}/minutes/paper?edition=3").status_code == 404


def test_presence_of_two_writers(session, client_for, coordinator, meeting):
    client = client_for(coordinator)
    first, second, third = session.scalars(select(Attendee.id).order_by(Attendee.id)).all()
    data = {f"presence-{first}": "present", f"was-{first}": "", f"presence-{second}": "substitute",
            f"stand_in-{second}": "吴科长", "more": "王建国 供电公司"}  # fmt: skip
    assert client.post(f"/meetings/{meeting.id}/presence", data=data).status_code == 303
    page = client.get(f"/meetings/{meeting.id}/minutes").text
    assert "吴科长" in page and "王建国" in page and "应到 4 人，到会 3 人" in page
    late = {f"presence-{first}": "leave", f"was-{first}": "", f"presence-{third}": "absent"}
    answer = client.post(f"/meetings/{meeting.id}/presence", data=late)
    assert answer.status_code == 409 and "刚由别人登记过" in answer.text
    answer = client.post(f"/meetings/{meeting.id}/presence", data={"more": "王 a@b@c"})
    assert answer.status_code == 422 and "王 a@b@c" in answer.text


def test_the_closing_is_saved_and_asked(client_for, coordinator, meeting):
    client, address = client_for(coordinator), f"/meetings/{meeting.id}/closing"
    assert client.post(address, data={"summary": "小结甲", "copies_to": "资规局"}).status_code == 303
    answer = client.post(address, data={"summary": "小结乙", "copies_to": "资规局", "seen": "0"})
    assert answer.status_code == 409 and "小结甲" in answer.text and "小结乙" in answer.text


def test_a_point_that_came_up(client_for, coordinator, projects, meeting):
    client, address = client_for(coordinator), f"/meetings/{meeting.id}/points"
    assert client.post(address, data={"title": "园区供电"}).status_code == 303
    assert "园区供电" in client.get(f"/meetings/{meeting.id}/minutes").text
    answer = client.post(address, data={"project": projects[0].code})
    assert answer.status_code == 422 and "已经在议程里" in answer.text
    assert client.post(address, data={"project": "查无此项"}).status_code == 422


def test_the_projector_turns_by_links_and_gives_parts_to_htmx(client_for, coordinator, meeting, items):
    client = client_for(coordinator)
    point(client, meeting, items[0], conclusion="同意先行交付")
    page = client.get(f"/meetings/{meeting.id}/present").text
    assert "1 / 2" in page and "同意先行交付" in page and 'rel="next"' in page and 'rel="prev"' not in page
    page = client.get(f"/meetings/{meeting.id}/present?at=2&theme=dark").text
    assert "2 / 2" in page and 'rel="prev"' in page and 'data-bs-theme="dark"' in page
    slide = client.get(f"/meetings/{meeting.id}/present?at=1", headers=HTMX).text
    assert slide.lstrip().startswith('<div id="slide"')
    part = client.get(f"/meetings/{meeting.id}/present?at=1&decided=1", headers=HTMX).text
    assert "同意先行交付" in part and "slide-foot" not in part
    for at in ("0", "-3", "99", "x"):
        assert client.get(f"/meetings/{meeting.id}/present?at={at}").status_code == 200


def test_unfinished_points_go_on_to_another_meeting(session, client_for, coordinator, meeting, items, now):
    client = client_for(coordinator)
    point(client, meeting, items[0], conclusion="办结")
    point(client, meeting, items[1], situation="等评审")
    later = make.make_meeting(
        session, at=now + timedelta(days=7), title="下次会", state=ActivityState.PLANNED, entered_by_id=coordinator.id
    )
    session.commit()
    page = client.get(f"/meetings/{meeting.id}/minutes").text
    assert f'id="carry-{items[1]}"' in page and f'id="carry-{items[0]}"' not in page
    address = f"/meetings/{meeting.id}/carry"
    assert client.post(address, data={"items": [items[1]]}).status_code == 422
    assert client.post(address, data={"items": [items[1]], "target": later.id}).status_code == 303
    assert client.post(address, data={"items": [items[1]], "target": later.id}).status_code in (409, 422)
    assert "上次会议情况" in client.get(f"/meetings/{later.id}/minutes").text
    assert "已移交" in client.get(f"/meetings/{meeting.id}/minutes").text
    assert "从以前的会议移交来" in client.get(f"/meetings/{later.id}").text


def test_a_new_meeting_takes_the_unfinished_along(session, client_for, coordinator, meeting, items):
    client = client_for(coordinator)
    point(client, meeting, items[0], conclusion="办结")
    address = f"/meetings/plan?like={meeting.id}&carry=people&carry=place&unfinished={meeting.id}"
    assert client.get(address).status_code == 200
    data = {"title": "续会", "kind": "coordination", "held_on": "2022-10-27", "begins": "14:00", "minutes": "60"}
    assert client.post(address, data=data).status_code == 303
    row = session.scalars(select(Meeting).where(Meeting.title == "续会")).one()
    carried = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == row.id)).one()
    assert carried.carried_from_id == items[1]


def test_a_page_asks_no_more_for_more_points(session, client_for, coordinator, officer, meeting, items, count_queries):
    client, counts = client_for(coordinator), []
    for rank in range(3, 6):
        for more in range(rank - 2):  # one, then two, then three of everything more
            project = make.make_project(session, lead=officer)
            make.make_activity(session, project, title="谈")
            make.make_action(session, project, make.team(session, "资规局"))
            session.add(AgendaItem(meeting_id=meeting.id, project_id=project.id, rank=rank * 10 + more))
        session.commit()
        client.get(f"/meetings/{meeting.id}/minutes")
        with count_queries() as statements:
            client.get(f"/meetings/{meeting.id}/minutes")
        counts.append(len(statements))
    assert len(set(counts)) == 1
