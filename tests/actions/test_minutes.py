"""Minutes written by two at once, on their way to the number, and what goes on to the next meeting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.actions import bookings, carrying, trash
from crm.actions import meetings as meeting_actions
from crm.actions import minutes as actions
from crm.actions.minutes import Came
from crm.actions.two_editors import Answers, EditClash
from crm.choices import ActivityState, MinutesDeed, MinutesState, Presence
from crm.errors import Clash, CrmError, NotAllowed, NotFound, RuleBroken
from crm.guards import Fixed
from crm.models import AgendaItem, Attendee, Meeting, Minutes, MinutesStep, Notice
from crm.queries import meetings as meeting_queries
from crm.queries import minutes as queries
from crm.queries.row_history import last_change_id
from crm.rules import minutes as rules
from crm.rules.bookings import Outsider
from crm.rules.minutes import ItemDraft
from crm.rules.two_editors import Side
from tests import factories as make

OFFICE = "云湖经开区招商局"


@pytest.fixture
def projects(session, officer, other_officer):
    return make.make_project(session, "甲项目", lead=officer), make.make_project(session, "乙项目", lead=other_officer)


@pytest.fixture
def meeting(session, projects, leader, coordinator, officer, now):
    row = make.make_meeting(
        session, *projects, at=now - timedelta(hours=1), state=ActivityState.PLANNED, chair_id=leader.id,
        secretary_id=coordinator.id, entered_by_id=coordinator.id,
    )  # fmt: skip
    make.invite(session, row, leader, coordinator, officer)
    session.commit()
    return row


def whole(session, actor, meeting):
    session.expire_all()
    return session.scalars(meeting_queries.whole(actor).where(Meeting.id == meeting.id)).unique().one()


def write(session, actor, meeting, place=0, now=None, seen=None, answers=None, **words):
    row = whole(session, actor, meeting)
    item = row.agenda[place]
    seen = last_change_id(session, item) if seen is None else seen
    actions.save_item(session, actor, row, item, ItemDraft(**words), seen, now, answers)
    session.commit()
    return item.id


def all_came(session, actor, meeting, now):
    actions.save_presence(session, actor, whole(session, actor, meeting), {}, (), now, rest_came=True)
    session.commit()


def sent(session, actor, meeting, now):
    write(session, actor, meeting, 0, now, conclusion="10月底前完成")
    all_came(session, actor, meeting, now)
    row = actions.send(session, actor, whole(session, actor, meeting), OFFICE, now)
    session.commit()
    return row


def confirmed(session, acting, meeting, coordinator, leader, now):
    row = sent(session, acting(coordinator), meeting, now)
    chair = acting(leader)
    actions.confirm(session, chair, whole(session, chair, meeting), rules.digest(row.facts), "", now)
    session.commit()


# ----------------------------------------------------------------------------------------------------------------- writing


def test_the_first_words_hold_the_meeting(session, acting, coordinator, meeting, now):
    key = write(session, acting(coordinator), meeting, 0, now, situation="清表慢", conclusion="10月底前完成")
    item = session.get(AgendaItem, key)
    assert (item.situation, item.conclusion, item.version) == ("清表慢", "10月底前完成", 2)
    assert session.get(Meeting, meeting.id).state is ActivityState.DONE


def test_before_its_hour_words_are_taken_but_the_meeting_is_not_held(session, acting, coordinator, meeting, now):
    early = meeting.held_at - timedelta(minutes=30)
    write(session, acting(coordinator), meeting, 0, early, notes="带图")
    assert session.get(Meeting, meeting.id).state is ActivityState.PLANNED
    with pytest.raises(RuleBroken, match="一小时"):
        write(session, acting(coordinator), meeting, 0, early - timedelta(hours=2), notes="太早")


def test_of_two_who_change_different_things_nothing_is_lost(session, acting, coordinator, meeting, now):
    actor = acting(coordinator)
    write(session, actor, meeting, 0, now, situation="原情况", conclusion="原议定")
    seen = last_change_id(session, whole(session, actor, meeting).agenda[0])
    write(session, actor, meeting, 0, now, seen, situation="新情况", conclusion="原议定")
    key = write(session, actor, meeting, 0, now, seen, situation="原情况", conclusion="新议定", is_deferred=True)
    item = session.get(AgendaItem, key)
    assert (item.situation, item.conclusion, item.is_deferred) == ("新情况", "新议定", True)


def test_of_two_who_change_the_same_thing_only_that_is_asked(session, acting, coordinator, meeting, now):
    actor = acting(coordinator)
    write(session, actor, meeting, 0, now, situation="情况", conclusion="原")
    seen = last_change_id(session, whole(session, actor, meeting).agenda[0])
    write(session, actor, meeting, 0, now, seen, situation="情况", conclusion="一")
    with pytest.raises(EditClash) as clash:
        write(session, actor, meeting, 0, now, seen, situation="补充", conclusion="二")
    session.rollback()
    assert [(each.column, each.values.theirs) for each in clash.value.disputes] == [("conclusion", "一")]
    answers = Answers(clash.value.told, {"conclusion": Side.THEIRS})
    key = write(session, actor, meeting, 0, now, seen, answers, situation="补充", conclusion="二")
    item = session.get(AgendaItem, key)
    assert (item.situation, item.conclusion) == ("补充", "一")


def test_two_write_at_different_points_in_the_same_moment(session, acting, coordinator, meeting, now):
    actor, bind = acting(coordinator), session.get_bind()
    keys = [item.id for item in whole(session, actor, meeting).agenda]
    session.commit()
    met = Barrier(2, timeout=60)

    def do(place):
        with Session(bind) as own:
            row = own.scalars(meeting_queries.whole(actor).where(Meeting.id == meeting_id)).unique().one()
            item = row.agenda[place]
            own.commit()
            met.wait()
            actions.save_item(own, actor, row, item, ItemDraft(conclusion=f"议定{place}"), 0, now)
            own.commit()

    meeting_id = meeting.id
    session.commit()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(do, (0, 1)))
    session.expire_all()
    assert [session.get(AgendaItem, key).conclusion for key in keys] == ["议定0", "议定1"]


@pytest.mark.parametrize("login", ["officer", "leader", "team_lead", "liaison", "auditor", "admin", "statistician"])
def test_only_who_prepares_the_meeting_writes(session, acting, meeting, now, login):
    actor = acting(make.person(session, login))
    item = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).first()
    with pytest.raises(NotAllowed):
        actions.save_item(session, actor, meeting, item, ItemDraft(conclusion="不行"), 0, now)


def test_a_secretary_writes_whatever_his_role_but_only_what_he_sees(session, acting, officer, meeting, now):
    meeting.secretary_id = officer.id
    session.commit()
    actor = acting(officer)
    write(session, actor, meeting, 0, now, conclusion="可以")
    with pytest.raises(NotFound):  # the other team's project
        write(session, actor, meeting, 1, now, conclusion="不可以")


def test_a_point_that_came_up(session, acting, coordinator, meeting, projects, now):
    actor = acting(coordinator)
    item = actions.add_item(session, actor, meeting, None, "园区供电", now)
    session.commit()
    assert [each.id for each in whole(session, actor, meeting).agenda][-1] == item.id
    with pytest.raises(RuleBroken, match="已经在议程里"):
        actions.add_item(session, actor, meeting, projects[0].id, "", now)
    with pytest.raises(RuleBroken, match="哪个项目"):
        actions.add_item(session, actor, meeting, None, "", now)


def test_presence_is_written_where_it_was_changed_and_asked_where_two_differ(
    session, acting, coordinator, meeting, now
):
    actor = acting(coordinator)
    first, second, third = session.scalars(
        select(Attendee.id).where(Attendee.meeting_id == meeting.id).order_by(Attendee.id)
    ).all()
    was = (None, "")
    came = {
        first: Came(Presence.PRESENT, "", was), second: Came(Presence.SUBSTITUTE, "代会人", was), third: Came(None, "", was),
    }  # fmt: skip
    actions.save_presence(session, actor, meeting, came, (Outsider("外宾", "某公司"),), now)
    session.commit()
    rows = session.scalars(select(Attendee).where(Attendee.meeting_id == meeting.id).order_by(Attendee.id)).all()
    assert [(each.presence, each.stand_in) for each in rows] == [
        (Presence.PRESENT, ""), (Presence.SUBSTITUTE, "代会人"), (None, ""), (Presence.PRESENT, ""),
    ]  # fmt: skip
    late = {first: Came(Presence.LEAVE, "", was), third: Came(Presence.ABSENT, "", was)}
    with pytest.raises(Clash, match="1 人"):
        actions.save_presence(session, actor, meeting, late, (), now)
    session.rollback()
    meant = {first: Came(Presence.LEAVE, "", (Presence.PRESENT, "")), third: Came(Presence.ABSENT, "", was)}
    actions.save_presence(session, actor, meeting, meant, (Outsider("外宾", "某公司"),), now)
    session.commit()
    session.expire_all()
    assert [each.presence for each in rows] == [
        Presence.LEAVE, Presence.SUBSTITUTE, Presence.ABSENT, Presence.PRESENT,
    ]  # fmt: skip
    assert session.scalar(select(func.count(Attendee.id))) == 4


# ----------------------------------------------------------------------------------------------------------------- the way


def test_from_the_draft_to_the_number(session, acting, coordinator, leader, officer, meeting, now):
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor = acting(coordinator)
    row = actions.issue(session, actor, whole(session, actor, meeting), now)
    session.commit()
    assert (row.year, row.number, row.edition) == (2022, 1, 1)
    assert row.digest == rules.digest(row.facts)
    paper = rules.read(row.facts)
    assert (paper.number, paper.issued_on, paper.signer) == ("会议纪要〔2022〕第1号", "2022-10-20", leader.name)
    assert [point.conclusion for point in paper.points] == ["10月底前完成", ""]
    kept = session.get(Meeting, meeting.id)
    assert (kept.minutes_state, kept.minutes_number) == (MinutesState.ISSUED, "会议纪要〔2022〕第1号")
    told = select(Notice.text).where(Notice.user_id == officer.id)
    assert any("已印发：会议纪要〔2022〕第1号" in words for words in session.scalars(told))
    deeds = session.scalars(select(MinutesStep.deed).order_by(MinutesStep.id)).all()
    assert deeds == [MinutesDeed.SEND, MinutesDeed.CONFIRM, MinutesDeed.ISSUE]


def test_the_year_is_that_of_the_day_in_china(session, acting, coordinator, leader, meeting, now):
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor = acting(coordinator)
    new_year = datetime(2022, 12, 31, 16, 30, tzinfo=UTC)  # half past midnight in China
    row = actions.issue(session, actor, whole(session, actor, meeting), new_year)
    assert (row.year, row.number, row.issued_on.isoformat()) == (2023, 1, "2023-01-01")


def test_the_chair_gives_back_with_a_reason_and_it_is_sent_again(session, acting, coordinator, leader, meeting, now):
    first = sent(session, acting(coordinator), meeting, now)
    digest, chair = rules.digest(first.facts), acting(leader)
    with pytest.raises(RuleBroken, match="要改什么"):
        actions.give_back(session, chair, whole(session, chair, meeting), "", now)
    session.rollback()
    with pytest.raises(RuleBroken, match="已送主持人确认"):
        write(session, acting(coordinator), meeting, 0, now, conclusion="偷改")
    session.rollback()
    actions.give_back(session, chair, whole(session, chair, meeting), "时限不对", now)
    session.commit()
    assert not session.scalars(select(Minutes)).all()
    write(session, acting(coordinator), meeting, 0, now, conclusion="11月底前完成")
    again = actions.send(session, acting(coordinator), whole(session, acting(coordinator), meeting), OFFICE, now)
    session.commit()
    with pytest.raises(Clash, match="重新看过"):  # he had the first text before him
        actions.confirm(session, chair, whole(session, chair, meeting), digest, "", now)
    session.rollback()
    actions.confirm(session, chair, whole(session, chair, meeting), rules.digest(again.facts), "", now)
    reasons = session.scalars(select(MinutesStep.reason).where(MinutesStep.deed == MinutesDeed.RETURN)).all()
    assert reasons == ["时限不对"]


def test_taken_back_by_who_sent_it(session, acting, coordinator, meeting, now):
    actor = acting(coordinator)
    sent(session, actor, meeting, now)
    actions.recall(session, actor, whole(session, actor, meeting), now)
    session.commit()
    assert session.get(Meeting, meeting.id).minutes_state is MinutesState.DRAFT
    with pytest.raises(Clash):
        actions.recall(session, actor, whole(session, actor, meeting), now)


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "liaison", "auditor"])
def test_only_the_chair_confirms_and_only_coordinators_issue(session, acting, coordinator, leader, meeting, now, login):
    row = sent(session, acting(coordinator), meeting, now)
    digest = rules.digest(row.facts)
    for actor in (acting(make.person(session, login)), acting(coordinator)):
        with pytest.raises(NotAllowed):
            actions.confirm(session, actor, meeting, digest, "代为确认", now)
    chair = acting(leader)
    actions.confirm(session, chair, whole(session, chair, meeting), digest, "", now)
    session.commit()
    for actor in (acting(make.person(session, login)), chair):
        with pytest.raises(NotAllowed):
            actions.issue(session, actor, meeting, now)


def test_for_a_chair_who_left_a_coordinator_confirms_with_a_reason(session, acting, coordinator, leader, meeting, now):
    row = sent(session, acting(coordinator), meeting, now)
    digest, actor = rules.digest(row.facts), acting(coordinator)
    leader.is_active = False
    session.commit()
    with pytest.raises(RuleBroken, match="理由"):
        actions.confirm(session, actor, whole(session, actor, meeting), digest, "", now)
    session.rollback()
    actions.confirm(session, actor, whole(session, actor, meeting), digest, "主持人已调离", now)
    session.commit()
    step = session.scalars(select(MinutesStep).where(MinutesStep.deed == MinutesDeed.CONFIRM)).one()
    assert (step.reason, step.by_id) == ("主持人已调离", coordinator.id)


def test_what_must_be_there_before_it_is_sent(session, acting, coordinator, meeting, now):
    actor = acting(coordinator)
    with pytest.raises(RuleBroken, match="3 人没有登记"):
        actions.send(session, actor, whole(session, actor, meeting), OFFICE, now)
    session.rollback()
    all_came(session, actor, meeting, now)
    with pytest.raises(RuleBroken, match="至少写一项"):
        actions.send(session, actor, whole(session, actor, meeting), OFFICE, now)
    session.rollback()
    assert session.get(Meeting, meeting.id).minutes_state is MinutesState.DRAFT


def test_issued_minutes_never_change(session, acting, coordinator, leader, meeting, now):
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor = acting(coordinator)
    row = actions.issue(session, actor, whole(session, actor, meeting), now)
    session.commit()
    row.reason = "改一改"
    with pytest.raises(Fixed):
        session.flush()
    session.rollback()
    session.delete(session.get(Minutes, row.id))
    with pytest.raises(Fixed):
        session.flush()
    session.rollback()
    with pytest.raises(DBAPIError):
        session.execute(update(Minutes).values(facts="{}"))
    session.rollback()
    kept = whole(session, actor, meeting)
    for refused in (
        lambda: write(session, actor, meeting, 0, now, conclusion="改"),
        lambda: bookings.cancel(session, actor, whole(session, actor, meeting), kept.version, now),
        lambda: trash.delete(session, acting(make.person(session, "statistician")), meeting, now),
    ):
        with pytest.raises(RuleBroken):
            refused()
        session.rollback()
    draft = meeting_actions.MeetingDraft(kept.kind, "换个名称", kept.held_at)
    with pytest.raises(RuleBroken, match="更正"):
        meeting_actions.edit(session, actor, whole(session, actor, meeting), draft, kept.version, now)


def test_a_correction_is_a_second_edition_under_the_same_number(session, acting, coordinator, leader, meeting, now):
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor, chair = acting(coordinator), acting(leader)
    first = actions.issue(session, actor, whole(session, actor, meeting), now)
    session.commit()
    before = (first.digest, first.facts)
    with pytest.raises(RuleBroken, match="更正的理由"):
        actions.correct(session, actor, whole(session, actor, meeting), "", now)
    session.rollback()
    actions.correct(session, actor, whole(session, actor, meeting), "时限写错", now)
    session.commit()
    write(session, actor, meeting, 0, now, conclusion="11月底前完成")
    pending = actions.send(session, actor, whole(session, actor, meeting), OFFICE, now)
    session.commit()
    actions.confirm(session, chair, whole(session, chair, meeting), rules.digest(pending.facts), "", now)
    session.commit()
    second = actions.issue(session, actor, whole(session, actor, meeting), now + timedelta(days=1))
    session.commit()
    assert (second.edition, second.year, second.number, second.reason) == (2, 2022, 1, "时限写错")
    kept = queries.with_text(session, meeting.id, 1)
    assert (kept.digest, kept.facts) == before
    assert [row.edition for row in queries.editions(session, meeting.id)] == [2, 1]
    assert rules.read(second.facts).points[0].conclusion == "11月底前完成"


def test_a_number_given_on_paper_stays_and_the_next_one_follows_it(
    session, acting, coordinator, leader, officer, meeting, now
):
    old = make.make_meeting(session, minutes_number="会议纪要〔2022〕41号", state=ActivityState.DONE)
    session.commit()
    with pytest.raises(RuleBroken, match="线下印发"):
        actions.save_words(session, acting(coordinator), old, {"summary": "补"}, 0, now)
    session.rollback()
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor = acting(coordinator)
    assert actions.issue(session, actor, whole(session, actor, meeting), now).number == 42


def test_of_two_issued_at_once_each_has_its_own_number_without_a_gap(
    session, acting, coordinator, leader, officer, now
):
    actor, keys = acting(coordinator), []
    for n in range(4):
        row = make.make_meeting(
            session, make.make_project(session, lead=officer), at=now - timedelta(hours=2), title=f"会{n}",
            state=ActivityState.DONE, chair_id=leader.id, entered_by_id=coordinator.id,
        )  # fmt: skip
        session.commit()
        confirmed(session, acting, row, coordinator, leader, now)
        keys.append(row.id)
    bind, met = session.get_bind(), Barrier(4, timeout=60)
    session.commit()

    def do(key):
        with Session(bind) as own:
            met.wait()
            try:
                actions.issue(own, actor, own.get_one(Meeting, key), now)
                own.commit()
            except CrmError as refusal:
                return refusal.message
            return ""

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(do, keys)) == [""] * 4
    session.expire_all()
    assert sorted(session.scalars(select(Minutes.number))) == [1, 2, 3, 4]


def test_one_meeting_is_issued_once(session, acting, coordinator, leader, meeting, now):
    confirmed(session, acting, meeting, coordinator, leader, now)
    actor = acting(coordinator)
    actions.issue(session, actor, whole(session, actor, meeting), now)
    session.commit()
    with pytest.raises(Clash, match="已印发"):
        actions.issue(session, actor, whole(session, actor, meeting), now)


# ------------------------------------------------------------------------------------------------------- to the next meeting


@pytest.fixture
def following(session, coordinator, leader, now):
    row = make.make_meeting(
        session, at=now + timedelta(days=7), title="下次会", state=ActivityState.PLANNED, chair_id=leader.id,
        entered_by_id=coordinator.id,
    )  # fmt: skip
    make.invite(session, row, leader, coordinator)
    session.commit()
    return row


def carry(session, actor, meeting, keys, target, now):
    count = carrying.carry(session, actor, whole(session, actor, meeting), keys, whole(session, actor, target), now)
    session.commit()
    return count


def test_what_is_unfinished_goes_on_once_with_its_notes(session, acting, coordinator, meeting, following, now):
    actor = acting(coordinator)
    done = write(session, actor, meeting, 0, now, conclusion="办结")
    left = write(session, actor, meeting, 1, now, situation="等评审", notes="带评审意见")
    assert queries.unfinished(session, actor, whole(session, actor, meeting)) == [left]
    with pytest.raises(RuleBroken, match="已有议定"):
        carry(session, actor, meeting, [done], following, now)
    session.rollback()
    assert carry(session, actor, meeting, [left], following, now) == 1
    item = whole(session, actor, following).agenda[0]
    assert (item.carried_from_id, item.notes, item.situation) == (left, "带评审意见", "")
    chain = queries.earlier(session, actor, [item])[item.id]
    assert [(link.meeting_id, link.item.situation) for link in chain] == [(meeting.id, "等评审")]
    with pytest.raises(Clash, match="不再重复"):
        carry(session, actor, meeting, [left], following, now)
    session.rollback()
    assert queries.unfinished(session, actor, whole(session, actor, meeting)) == []


def test_a_point_marked_to_go_on_does_so_and_its_chain_grows(
    session, acting, coordinator, meeting, following, projects, now
):
    actor = acting(coordinator)
    key = write(session, actor, meeting, 0, now, conclusion="先报方案", is_deferred=True)
    carry(session, actor, meeting, [key], following, now)
    later = now + timedelta(days=8)
    second = write(session, actor, following, 0, later, situation="方案已报")
    third = make.make_meeting(
        session, at=now + timedelta(days=14), state=ActivityState.PLANNED, entered_by_id=coordinator.id
    )
    session.commit()
    carry(session, actor, following, [second], third, later)
    item = whole(session, actor, third).agenda[0]
    assert [link.item.id for link in queries.earlier(session, actor, [item])[item.id]] == [second, key]


def test_a_meeting_called_off_gives_its_points_free_again(session, acting, coordinator, meeting, following, now):
    actor = acting(coordinator)
    key = write(session, actor, meeting, 0, now, situation="没有结论")
    carry(session, actor, meeting, [key], following, now)
    row = whole(session, actor, following)
    bookings.cancel(session, actor, row, row.version, now)
    session.commit()
    other = make.make_meeting(
        session, at=now + timedelta(days=9), state=ActivityState.PLANNED, entered_by_id=coordinator.id
    )
    session.commit()
    assert carry(session, actor, meeting, [key], other, now) == 1
    assert session.scalars(select(AgendaItem.meeting_id).where(AgendaItem.carried_from_id == key)).all() == [other.id]


def test_a_project_already_there_takes_the_notes_over(session, acting, coordinator, meeting, following, projects, now):
    actor = acting(coordinator)
    session.add(AgendaItem(meeting_id=following.id, project_id=projects[0].id, rank=1, notes="已在议程"))
    session.commit()
    key = write(session, actor, meeting, 0, now, notes="上次的说明")
    carry(session, actor, meeting, [key], following, now)
    (item,) = whole(session, actor, following).agenda
    assert (item.carried_from_id, item.notes) == (key, "已在议程\n上次的说明")


def test_a_secret_project_is_not_carried_before_those_who_may_not_know(
    session, acting, coordinator, officer, meeting, following, projects, now
):
    actor = acting(coordinator)
    make.make_member(session, projects[0], coordinator)
    projects[0].is_secret = True
    make.invite(session, following, make.person(session, "statistician"))
    session.commit()
    key = write(session, actor, meeting, 0, now, situation="没有结论")
    with pytest.raises(RuleBroken, match="知悉范围"):
        carry(session, actor, meeting, [key], following, now)


def test_it_goes_only_where_the_actor_plans_and_what_is_to_come(
    session, acting, officer, coordinator, meeting, following, now
):
    meeting.secretary_id = officer.id
    make.invite(session, following, officer)
    session.commit()
    actor = acting(officer)
    key = write(session, actor, meeting, 0, now, situation="没有结论")
    with pytest.raises(NotAllowed):
        carry(session, actor, meeting, [key], following, now)
    session.rollback()
    boss = acting(coordinator)
    with pytest.raises(RuleBroken, match="还没有开"):
        carry(session, boss, meeting, [key], following, now + timedelta(days=30))
    session.rollback()
    with pytest.raises(RuleBroken, match="至少选一项"):
        carry(session, boss, meeting, [], following, now)
