"""Meetings recorded and what they hand out worked off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.actions import bookings
from crm.actions import meetings as actions
from crm.choices import ActionState, ActivityState, IssueClass, MeetingKind
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import ActionItem, AgendaItem, Change, Meeting
from crm.queries import meetings as queries
from crm.rules.meetings import ActionDraft, AgendaDraft, MeetingDraft, Step
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, lead=officer)


@pytest.fixture
def draft(project, now):
    agenda = (AgendaDraft(project.id, IssueClass.LAND, "清表慢", "10月底前完成"),)
    return MeetingDraft(MeetingKind.COORDINATION, "用地协调会", now - timedelta(hours=2), agenda=agenda)


@pytest.fixture
def item_draft(session, project):
    unit = make.team(session, "资规局")
    return ActionDraft(project.id, "地块清表尚未完成", "完成清表", unit.id, date(2022, 10, 30))


@pytest.fixture
def item(session, acting, coordinator, draft, item_draft, today, now):
    meeting = actions.record(session, acting(coordinator), draft, now)
    return actions.assign(session, acting(coordinator), meeting, item_draft, today, now)


def whole(session, actor, meeting):
    session.commit()
    return session.scalars(queries.whole(actor).where(Meeting.id == meeting.id)).unique().one()


def test_a_meeting_keeps_its_agenda_in_order(session, acting, coordinator, officer, draft, now):
    second = make.make_project(session, lead=officer)
    wanted = replace(draft, agenda=(AgendaDraft(second.id), *draft.agenda))
    kept = whole(session, acting(coordinator), actions.record(session, acting(coordinator), wanted, now))
    assert [item.project_id for item in kept.agenda] == [second.id, draft.agenda[0].project_id]
    assert kept.agenda[1].conclusion == "10月底前完成"


@pytest.mark.parametrize("login", ["officer", "team_lead", "leader", "liaison", "auditor"])
def test_only_coordinators_record(session, acting, draft, now, login):
    with pytest.raises(NotAllowed):
        actions.record(session, acting(make.person(session, login)), draft, now)


def test_a_secret_project_is_not_put_on_the_agenda_by_a_stranger(session, acting, coordinator, officer, draft, now):
    hidden = make.make_project(session, lead=officer, is_secret=True)
    with pytest.raises(RuleBroken) as refusal:
        actions.record(session, acting(coordinator), replace(draft, agenda=(AgendaDraft(hidden.id),)), now)
    assert refusal.value.field == "agenda"


def test_editing_keeps_the_rows_of_the_agenda(session, acting, coordinator, officer, draft, now):
    actor = acting(coordinator)
    kept = whole(session, actor, actions.record(session, actor, draft, now))
    row_id, shown = kept.agenda[0].id, kept.version
    second = make.make_project(session, lead=officer)
    changed = replace(draft, title="改名", agenda=(AgendaDraft(second.id), *draft.agenda))
    actions.edit(session, actor, kept, changed, shown, now)
    kept = whole(session, actor, kept)
    assert {item.id for item in kept.agenda} >= {row_id} and len(kept.agenda) == 2
    with pytest.raises(RuleBroken, match="已有记录"):  # what was written at a point is not taken away with it
        actions.edit(session, actor, kept, replace(changed, agenda=()), kept.version, now)
    session.rollback()
    kept = whole(session, actor, kept)
    actions.edit(session, actor, kept, draft, kept.version, now)
    session.commit()
    assert [item.id for item in session.scalars(select(AgendaItem))] == [row_id]
    with pytest.raises(Clash):
        actions.edit(session, actor, kept, changed, shown, now)
    kept = whole(session, actor, kept)
    bookings.cancel(session, actor, kept, kept.version, now)
    assert kept.state is ActivityState.CANCELLED


def test_an_item_goes_its_way_and_keeps_every_word(session, acting, coordinator, liaison, item, today):
    unit, chair = acting(liaison), acting(coordinator)
    actions.work(session, unit, item, Step.ACCEPT, "", item.version, today)
    actions.work(session, unit, item, Step.REPORT, "已进场", item.version, today)
    actions.work(session, unit, item, Step.FINISH, "已清表", item.version, today)
    assert item.state is ActionState.CHECKING and item.done_on is None
    actions.work(session, chair, item, Step.RETURN, "还差北侧", item.version, today)
    actions.work(session, unit, item, Step.FINISH, "北侧也清了", item.version, today)
    actions.work(session, chair, item, Step.VERIFY, "", item.version, today)
    assert item.state is ActionState.DONE and item.done_on == today
    assert item.progress.splitlines() == [
        "2022-10-20 江予安（填写进展）：已进场",
        "2022-10-20 江予安（报办结）：已清表",
        "2022-10-20 许若彤（退回）：还差北侧",
        "2022-10-20 江予安（报办结）：北侧也清了",
    ]
    session.commit()
    states = (
        select(Change.new).where(Change.table_name == "action_item", Change.column_name == "state").order_by(Change.id)
    )
    assert session.scalars(states).all() == ["doing", "checking", "returned", "checking", "done"]


def test_the_unit_does_not_verify_its_own_work(session, acting, liaison, item, today):
    actions.work(session, acting(liaison), item, Step.FINISH, "已清表", item.version, today)
    with pytest.raises(NotAllowed):
        actions.work(session, acting(liaison), item, Step.VERIFY, "", item.version, today)


@pytest.mark.parametrize("login", ["officer", "team_lead", "leader", "auditor", "admin"])
def test_what_was_handed_to_another_unit_is_not_worked_off_here(session, acting, item, today, login):
    with pytest.raises(NotAllowed):
        actions.work(session, acting(make.person(session, login)), item, Step.REPORT, "进展", item.version, today)


def test_a_named_person_works_it_off(session, acting, officer, item, today):
    item.person_id = officer.id
    session.flush()
    actions.work(session, acting(officer), item, Step.REPORT, "已联系", item.version, today)
    assert item.state is ActionState.DOING


def test_two_people_do_not_take_one_step_twice(session, acting, liaison, item, today):
    shown = item.version
    actions.work(session, acting(liaison), item, Step.FINISH, "已清表", shown, today)
    with pytest.raises(Clash):
        actions.work(session, acting(liaison), item, Step.FINISH, "已清表", shown, today)
    with pytest.raises(RuleBroken) as refusal:
        actions.work(session, acting(liaison), item, Step.FINISH, "已清表", item.version, today)
    assert refusal.value.field == "step"


def test_a_deadline_is_moved_in_the_open(session, acting, coordinator, item, item_draft):
    actions.change(
        session, acting(coordinator), item, replace(item_draft, deadline_on=date(2022, 11, 15)), item.version
    )
    session.commit()
    change = session.scalars(select(Change).where(Change.column_name == "deadline_on")).one()
    assert (change.old, change.new) == ("2022-10-30", "2022-11-15")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lead_unit_id": 99_999}, "lead_unit_id"),
        ({"person_id": 99_999}, "person_id"),
        ({"project_id": 99_999}, "project_id"),
        ({"deadline_on": date(2022, 10, 19)}, "deadline_on"),
    ],
)
def test_what_cannot_be_handed_out(session, acting, coordinator, draft, item_draft, today, now, changes, field):
    meeting = actions.record(session, acting(coordinator), draft, now)
    with pytest.raises(RuleBroken) as refusal:
        actions.assign(session, acting(coordinator), meeting, replace(item_draft, **changes), today, now)
    assert refusal.value.field == field
    assert not session.scalars(select(ActionItem)).all()
