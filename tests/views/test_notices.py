"""The bell, the list behind it, reading, and what one wants to be told."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from crm.choices import ActivityState, MemberRole, NoticeKind
from crm.models import Follow, Notice, ProjectMember, Subscription, Transfer
from crm.rules.days import start_of
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯项目", lead=officer, last_contact_on=date(2022, 10, 18))


def notify(session, user, text="有一件事", **more):
    key = f"k{session.scalar(select(func.count()).select_from(Notice))}"
    facts = {"kind": NoticeKind.IDLE, "key": key, "table_name": "", "at": make.NOW} | more
    return make.add(session, Notice(user_id=user.id, text=text, **facts))


def bell(page):
    found = re.search(r'class="bell-n"[^>]*>([^<]*)<', page)
    return found and found[1]


def test_the_bell_counts_what_is_unread_and_stops(client_for, session, officer, project):
    client = client_for(officer)
    assert bell(client.get("/me").text) is None
    for _ in range(3):
        notify(session, officer)
    notify(session, officer, read_at=make.NOW)
    page = client.get("/me").text
    assert bell(page) == "3" and "通知，3 条未读" in page
    for _ in range(120):
        notify(session, officer)
    assert bell(client.get("/me").text) == "99+"


def test_reading_one_leads_to_its_row(client_for, session, officer, project):
    activity = make.make_activity(session, project, by=officer)
    notices = {
        f"/projects/{project.id}": notify(session, officer, project_id=project.id),
        f"/activities/{activity.id}": notify(
            session, officer, project_id=project.id, table_name="activity", row_id=activity.id
        ),
        "/digest?day=2022-10-20": notify(session, officer, kind=NoticeKind.DIGEST, key="digest:2022-10-20"),
        "/notices": notify(session, officer),
    }
    client = client_for(officer)
    assert client.get("/notices").text.count("notice-new") == 4
    for address, notice in notices.items():
        answer = client.post(f"/notices/{notice.id}/read")
        assert answer.status_code == 303 and answer.headers["Location"] == address
        assert client.get(address).status_code == 200
    assert "notice-new" not in client.get("/notices").text


def test_a_collision_and_an_offer_lead_to_their_own_pages(client_for, session, officer, other_officer, project):
    other = make.make_project(session, "澜芯二期项目", lead=other_officer)
    case = make.make_collision(session, project, other)
    offer = make.add(
        session,
        Transfer(
            project_id=other.id, from_unit_id=other.unit_id, from_user_id=other_officer.id, to_unit_id=officer.unit_id,
            to_user_id=officer.id, reason="落地在对方片区", from_percent=60, proposed_at=make.NOW,
            proposed_by_id=other_officer.id, due_on=date(2022, 10, 25),
        ),
    )  # fmt: skip
    told = {
        f"/collisions/{case.id}": ("collision", case.id, NoticeKind.COLLISION),
        f"/transfers/{offer.id}": ("transfer", offer.id, NoticeKind.TRANSFER),
    }
    client = client_for(officer)
    for address, (table, key, kind) in told.items():
        notice = notify(session, officer, kind=kind, table_name=table, row_id=key)
        answer = client.post(f"/notices/{notice.id}/read")
        assert answer.headers["Location"] == address and client.get(address).status_code == 200
    offer.to_user_id = other_officer.id
    session.commit()
    assert client.get("/notices").text.count("有一件事") == 1


def test_all_are_read_at_once_and_only_mine(client_for, session, officer, other_officer):
    mine, theirs = [notify(session, officer) for _ in range(2)], notify(session, other_officer)
    client = client_for(officer)
    assert "已把 2 条通知标为已读" in client.post("/notices/read", follow_redirects=True).text
    assert all(notice.read_at for notice in mine) and theirs.read_at is None
    assert client.post(f"/notices/{theirs.id}/read").status_code == 404
    assert "没有未读的通知" in client.post("/notices/read", follow_redirects=True).text


def test_a_notice_shows_only_while_what_it_speaks_of_may_be_seen(client_for, session, officer, other_officer, project):
    other = make.make_project(session, "另一项目", lead=other_officer)
    both = make.make_activity(session, project, other, by=officer)
    notices = [
        notify(session, officer, "主项目的事", project_id=other.id),
        notify(session, officer, "两个项目的事", project_id=project.id, table_name="activity", row_id=both.id),
    ]
    make.make_member(session, other, officer, MemberRole.READER)
    client = client_for(officer)
    assert bell(client.get("/notices").text) == "2"
    session.query(ProjectMember).filter_by(user_id=officer.id, project_id=other.id).update({"to_on": date(2022, 10, 1)})
    page = client.get("/notices").text
    assert "主项目的事" not in page and "两个项目的事" not in page and bell(page) is None
    assert [client.post(f"/notices/{notice.id}/read").status_code for notice in notices] == [404, 404]
    client.post("/notices/read")
    assert all(notice.read_at is None for notice in notices)


def test_pages_go_on_where_the_last_one_ended(client_for, session, officer):
    for number in range(120):
        read = make.NOW if number % 2 else None
        notify(session, officer, f"第{number}条。", read_at=read, at=make.NOW - timedelta(minutes=number // 4))
    client, address, seen = client_for(officer), "/notices", []
    while address:
        page = client.get(address).text
        seen += re.findall(r"第(\d+)条。", page)
        found = re.search(r'href="(/notices\?after=[^"]*)" rel="next"', page)
        address = found and found[1]
    assert len(seen) == 120 and len(set(seen)) == 120
    assert all(int(number) % 2 == 0 for number in seen[:60])
    assert client.get("/notices?after=nonsense").status_code == 200
    assert "没有更早的通知" in client.get("/notices?after=1.0.1").text


def test_the_frame_costs_two_statements_at_most_and_nothing_in_fragments(
    client_for, session, officer, project, count_queries
):
    client = client_for(officer)
    client.get("/me")
    with count_queries() as few:
        client.get("/me")
    for number in range(8):
        notify(session, officer, project_id=project.id)
        make.make_activity(session, project, by=officer, next_on=date(2022, 10, number + 1))
        make.make_action(session, project, make.team(session), date(2022, 10, 1))
    session.commit()
    with count_queries() as many:
        client.get("/me")
    assert len(few) == 3  # the person with his units, his account, whether anything waits
    assert len(many) == 4  # and how much
    with count_queries() as fragment:
        client.get("/activities/projects?q=")
    assert not any("notice" in statement for statement in fragment)


def late(page, name):
    """The red count beside an entry of the menu."""
    entry = re.search(rf"</i>{name}\s*(.*?)</a>", page, re.DOTALL)
    found = re.search(r"count-late\">(\d+)", entry[1]) if entry else None
    return found and int(found[1])


def test_red_counts_in_the_rail_are_the_late_ones(client_for, session, officer, statistician, project):
    for day in (1, 19, 20, 25):
        make.make_activity(session, project, by=officer, next_on=date(2022, 10, day))
    make.make_activity(session, project, by=officer, state=ActivityState.PLANNED, at=start_of(date(2022, 10, 18)))
    make.make_action(session, project, make.team(session), date(2022, 10, 19))
    make.make_claim(session, project, state=make.ClaimState.REPORTED)
    page = client_for(officer).get("/today").text
    assert late(page, "今天") == 4 and late(page, "会议与督办") == 1
    assert "红 · 4 项" in page.partition(">逾期</h2>")[2][:200]
    page = client_for(statistician).get("/claims").text
    assert late(page, "今天") is None and '>1<span class="visually-hidden"> 项待核定' in page


# ------------------------------------------------------------------------------------------------------- what one wants


def wished(**changes):
    """The form as the page shows it, without the boxes named in `off`."""
    boxes = {f"{part}-{kind.value}": "y" for kind in NoticeKind for part in ("on", "digest")}
    return {name: value for name, value in {**boxes, **changes}.items() if value is not None}


def test_only_what_differs_is_kept(client_for, session, officer):
    client = client_for(officer)
    page = client.get("/me/reminders").text
    assert page.count("checked") >= 14 and "默认 7" in page
    answer = client.post(
        "/me/reminders", data=wished(**{"on-idle": None, "days-plan": "14", "days-action": "0", "digest-stay": None})
    )
    assert answer.status_code == 303
    stored = {row.kind: (row.is_on, row.in_digest, row.days) for row in session.scalars(select(Subscription))}
    assert stored == {
        NoticeKind.IDLE: (False, True, None), NoticeKind.PLAN: (True, True, 14), NoticeKind.ACTION: (True, True, 0),
        NoticeKind.STAY: (True, False, None),
    }  # fmt: skip
    assert 'value="14"' in client.get("/me/reminders").text
    client.post("/me/reminders", data=wished())
    assert session.scalars(select(Subscription)).all() == []


@pytest.mark.parametrize("typed", ["61", "-1", "1.5", "abc", "1e400"])
def test_days_that_cannot_be_come_back(client_for, session, officer, typed):
    answer = client_for(officer).post("/me/reminders", data=wished(**{"days-plan": typed, "on-idle": None}))
    assert answer.status_code == 422 and f'value="{typed}"' in answer.text and "days-plan-error" in answer.text
    assert session.scalars(select(Subscription)).all() == []


def test_the_digest_of_a_day_is_a_page(client_for, session, officer, auditor, project):
    make.make_activity(session, project, by=officer, next_on=date(2022, 10, 19), next_step="回电")
    session.add(Follow(user_id=officer.id, project_id=project.id, since=make.NOW))
    make.make_activity(
        session, project, title="看地块", at=start_of(date(2022, 10, 19)), entered_at=start_of(date(2022, 10, 19))
    )
    page = client_for(officer).get("/digest").text
    assert "回电" in page and "看地块" in page and "前一天的动态" in page
    assert "一切正常" in client_for(auditor).get("/digest").text
    assert client_for(officer).get("/digest?day=x").status_code == 200
