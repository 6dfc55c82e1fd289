"""What is handed out, worked off: each step a row, whose it is, and what the database itself refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.actions import action_items as actions
from crm.actions import meetings
from crm.actions.action_items import StepDraft
from crm.actions.files import Upload
from crm.choices import ActionSource, ActionState, EvidenceKind, Priority, Rating, Role, UnitKind
from crm.choices import ActionStepKind as Step
from crm.errors import Clash, CrmError, NotAllowed, RuleBroken
from crm.models import (
    ActionExtension,
    ActionFile,
    ActionItem,
    ActionStep,
    ActionSupport,
    Change,
    Notice,
    SupervisionLetter,
    User,
)
from crm.queries import action_items as queries
from crm.rules.action_items import ActionDraft
from tests import factories as make

PDF = b"%PDF-1.4 demo"


@pytest.fixture
def project(session, officer):
    return make.make_project(session, lead=officer)


@pytest.fixture
def helper(session):
    """Somebody of a unit that helps."""
    return make.make_user(
        session,
        "helper",
        "何文静",
        Role.LIAISON,
        make.make_unit(session, "财政局", UnitKind.DEPARTMENT, make.team(session, "云湖经开区")),
    )


@pytest.fixture
def draft(session, project, helper):
    unit = make.team(session, "资规局")
    return ActionDraft(
        project.id, "地块清表尚未完成", "完成清表", unit.id, date(2022, 10, 28), support_unit_ids=(helper.unit_id,),
        priority=Priority.HIGH,
    )  # fmt: skip


@pytest.fixture
def item(session, acting, coordinator, draft, today, now):
    return actions.assign(session, acting(coordinator), None, draft, today, now)


@pytest.fixture
def second_coordinator(session):
    return make.make_user(
        session, "second_coordinator", "许二", Role.COORDINATOR, make.team(session, "经发局（招商局）")
    )


@pytest.fixture
def take(session, acting, today, now, tmp_path):
    """`take(liaison, item, Step.REPORT, "已进场")`: a step with the version as it is."""

    def taking(user, item, step, note="", rating=None, version=None, uploads=()):
        draft = StepDraft(step, note, rating, uploads)
        return actions.work(session, acting(user), item, draft, version or item.version, today, now, tmp_path)

    return taking


def told(session, user):
    return [
        str(row) for row in session.scalars(select(Notice.text).where(Notice.user_id == user.id).order_by(Notice.id))
    ]


def test_it_is_handed_out_and_its_people_know(session, item, liaison, helper, officer):
    assert (item.state, item.source, item.priority) == (ActionState.ASSIGNED, ActionSource.OTHER, Priority.HIGH)
    assert [row.unit_id for row in item.supports] == [helper.unit_id]
    step = session.scalars(select(ActionStep)).one()
    assert (step.kind, step.to_state, step.unit_id) == (Step.ASSIGN, ActionState.ASSIGNED, item.lead_unit_id)
    assert told(session, liaison) == ["新交办事项待签收：“完成清表”，时限 2022-10-28。"]
    assert told(session, helper) == ["请配合办理：“完成清表”，时限 2022-10-28。"]
    assert told(session, officer) == []


def test_the_function_that_minutes_use_stays(session, acting, leader, draft, today, now, project):
    meeting = make.make_meeting(session, project)
    plain = ActionDraft(project.id, "问题", "任务", draft.lead_unit_id, today, support_units="某单位")
    item = meetings.assign(session, acting(leader), meeting, plain, today, now)
    assert (item.meeting_id, item.source, item.support_units) == (meeting.id, ActionSource.MEETING, "某单位")


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "agent", "liaison", "auditor", "admin"])
def test_who_may_not_hand_out(session, acting, draft, today, now, login):
    with pytest.raises(NotAllowed):
        actions.assign(session, acting(make.person(session, login)), None, draft, today, now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lead_unit_id": 99_999}, "lead_unit_id"),
        ({"support_unit_ids": (99_999,)}, "support_unit_ids"),
        ({"person_id": 99_999}, "person_id"),
        ({"project_id": 99_999}, "project_id"),
        ({"deadline_on": date(2022, 10, 19)}, "deadline_on"),
    ],
)
def test_what_cannot_be_handed_out(session, acting, coordinator, draft, today, now, changes, field):
    with pytest.raises(RuleBroken) as refusal:
        actions.assign(session, acting(coordinator), None, replace(draft, **changes), today, now)
    assert refusal.value.field == field
    assert not session.scalars(select(ActionItem)).all()


def test_an_item_goes_its_way_and_every_step_stays(session, take, item, coordinator, liaison, today):
    take(liaison, item, Step.ACCEPT)
    take(liaison, item, Step.REPORT, "已进场")
    take(liaison, item, Step.FINISH, "已清表", uploads=[Upload("清表.pdf", PDF, EvidenceKind.OTHER, "files")])
    assert item.state is ActionState.CHECKING and item.done_on is None
    take(coordinator, item, Step.RETURN, "还差北侧")
    take(liaison, item, Step.FINISH, "北侧也清了")
    take(coordinator, item, Step.VERIFY, "看过现场", Rating.GOOD)
    assert (item.state, item.done_on, item.rating) == (ActionState.DONE, today, Rating.GOOD)
    rows = session.scalars(select(ActionStep).order_by(ActionStep.id)).all()
    assert [
        (row.kind.value, row.from_state and row.from_state.value, row.to_state.value, row.note) for row in rows
    ] == [
        ("assign", None, "assigned", ""),
        ("accept", "assigned", "doing", ""),
        ("report", "doing", "doing", "已进场"),
        ("finish", "doing", "checking", "已清表"),
        ("return", "checking", "returned", "还差北侧"),
        ("finish", "returned", "checking", "北侧也清了"),
        ("verify", "checking", "done", "看过现场"),
    ]
    file = session.scalars(select(ActionFile)).one()
    assert (file.step_id, file.filename) == (rows[3].id, "清表.pdf")
    session.commit()
    states = select(Change.new).where(Change.table_name == "action_item", Change.column_name == "state")
    assert session.scalars(states.order_by(Change.id)).all() == ["doing", "checking", "returned", "checking", "done"]
    assert told(session, liaison)[1:] == ["“完成清表”被退回：还差北侧", "“完成清表”已核验办结。"]
    assert told(session, coordinator) == ["“完成清表”已报办结，请核验。"] * 2


def test_files_that_are_not_accepted_leave_nothing(session, take, item, liaison):
    take(liaison, item, Step.ACCEPT)
    session.commit()
    with pytest.raises(RuleBroken) as refusal:
        take(liaison, item, Step.FINISH, "办了", uploads=[Upload("run.exe", b"MZ", EvidenceKind.OTHER, "files")])
    assert refusal.value.field == "files"
    session.rollback()
    assert item.state is ActionState.DOING


def test_the_unit_does_not_verify(take, item, liaison):
    take(liaison, item, Step.ACCEPT)
    take(liaison, item, Step.FINISH, "已清表")
    with pytest.raises(NotAllowed):
        take(liaison, item, Step.VERIFY, "", Rating.GOOD)


def test_nobody_verifies_what_he_reported(session, take, item, coordinator, second_coordinator, leader):
    """A coordinator may write for a unit that has nobody here; another one, or a leader, looks at it."""
    take(coordinator, item, Step.ACCEPT)
    take(coordinator, item, Step.FINISH, "电话确认已清表")
    with pytest.raises(NotAllowed):
        take(coordinator, item, Step.VERIFY, "", Rating.GOOD)
    take(second_coordinator, item, Step.RETURN, "要照片")
    take(second_coordinator, item, Step.REPORT, "照片已补")
    take(second_coordinator, item, Step.FINISH, "照片已补")
    take(coordinator, item, Step.RETURN, "再补一张")
    take(coordinator, item, Step.FINISH, "补了")
    take(leader, item, Step.VERIFY, "", Rating.FAIR)
    assert item.state is ActionState.DONE


@pytest.mark.parametrize("login", ["officer", "team_lead", "leader", "auditor", "admin", "helper"])
def test_what_was_handed_to_another_unit_is_not_worked_off_here(session, take, item, login, helper):
    with pytest.raises(NotAllowed):
        take(make.person(session, login), item, Step.ACCEPT)


def test_a_unit_that_helps_adds_a_note_and_no_other(take, item, helper, liaison, coordinator):
    take(helper, item, Step.NOTE, "资金已拨")
    assert item.state is ActionState.ASSIGNED
    for user in (liaison, coordinator):
        with pytest.raises(NotAllowed):
            take(user, item, Step.NOTE, "我也说一句")


def test_a_named_person_works_it_off(session, take, item, officer):
    session.execute(update(ActionItem).values(person_id=officer.id))
    session.expire_all()
    take(officer, item, Step.ACCEPT)
    take(officer, item, Step.REPORT, "已联系")
    assert item.state is ActionState.DOING


def test_who_comes_second_is_told(take, item, liaison):
    shown = item.version
    take(liaison, item, Step.ACCEPT, version=shown)
    with pytest.raises(Clash):
        take(liaison, item, Step.ACCEPT, version=shown)
    with pytest.raises(RuleBroken) as refusal:
        take(liaison, item, Step.ACCEPT)
    assert refusal.value.field == "step"


def test_correcting_and_what_is_not_a_correction(session, acting, coordinator, liaison, item, draft, take):
    actor = acting(coordinator)
    actions.change(
        session, actor, item, replace(draft, deadline_on=date(2022, 11, 15), support_unit_ids=()), item.version
    )
    session.commit()
    change = session.scalars(select(Change).where(Change.column_name == "deadline_on")).one()
    assert (change.old, change.new) == ("2022-10-28", "2022-11-15")
    assert not session.scalars(select(ActionSupport)).all()
    other = make.team(session, "财政局")
    moved = replace(draft, deadline_on=item.deadline_on, lead_unit_id=other.id, support_unit_ids=())
    with pytest.raises(RuleBroken) as refusal:
        actions.change(session, actor, item, moved, item.version)
    assert refusal.value.field == "lead_unit_id"
    take(liaison, item, Step.ACCEPT)
    with pytest.raises(RuleBroken) as refusal:
        actions.change(session, actor, item, draft, item.version)
    assert refusal.value.field == "deadline_on"
    with pytest.raises(NotAllowed):
        actions.change(session, acting(liaison), item, draft, item.version)


def test_handing_over_begins_anew_with_the_other_unit(
    session, acting, coordinator, liaison, helper, item, take, today, now
):
    take(liaison, item, Step.ACCEPT)
    actor = acting(coordinator)
    unit_id = helper.unit_id
    actions.hand_over(session, actor, item, unit_id, None, "属财政职责", item.version, today + timedelta(days=1), now)
    assert (item.state, item.lead_unit_id, item.handed_on) == (ActionState.ASSIGNED, unit_id, today + timedelta(days=1))
    assert not session.scalars(select(ActionSupport)).all() and item.assigned_on == today
    assert told(session, helper)[-1].startswith("新交办事项待签收")
    with pytest.raises(NotAllowed):
        take(liaison, item, Step.ACCEPT)
    take(helper, item, Step.ACCEPT)
    with pytest.raises(RuleBroken):
        actions.hand_over(session, actor, item, unit_id, None, "再转", item.version, today, now)


# ----------------------------------------------------------------------------------------------------------------- more time


@pytest.fixture
def ask(session, acting, liaison, today, now):
    def asking(item, on, reason="材料未到", user=liaison):
        return actions.ask_extension(session, acting(user), item, on, reason, item.version, today, now)

    return asking


def test_more_time_is_granted_by_another_and_the_old_deadline_stays(
    session, acting, coordinator, liaison, item, take, ask, now
):
    take(liaison, item, Step.ACCEPT)
    first = ask(item, date(2022, 11, 4))
    assert item.deadline_on == date(2022, 10, 28)
    with pytest.raises(RuleBroken):
        ask(item, date(2022, 11, 8))  # the first is still open
    with pytest.raises(RuleBroken) as refusal:
        actions.decide_extension(session, acting(coordinator), item, first.id, True, "", now)
    assert refusal.value.field == "decision"
    actions.decide_extension(session, acting(coordinator), item, first.id, True, "理由充分", now)
    assert (item.deadline_on, first.old_deadline_on, first.granted) == (date(2022, 11, 4), date(2022, 10, 28), True)
    with pytest.raises(Clash):
        actions.decide_extension(session, acting(coordinator), item, first.id, False, "又不同意", now)
    second = ask(item, date(2022, 11, 11))
    actions.decide_extension(session, acting(coordinator), item, second.id, False, "不能再拖", now)
    assert item.deadline_on == date(2022, 11, 4)
    with pytest.raises(RuleBroken) as refusal:
        ask(item, date(2022, 11, 30))
    assert "已申请 2 次" in refusal.value.message
    assert told(session, liaison)[-1] == "“完成清表”的延期申请：不同意，时限 2022-11-04。"


def test_who_may_not_ask_or_decide(session, acting, liaison, helper, coordinator, item, take, ask, now):
    take(liaison, item, Step.ACCEPT)
    for user in (helper, coordinator):
        with pytest.raises(NotAllowed):
            ask(item, date(2022, 11, 4), user=user)
    asked = ask(item, date(2022, 11, 4))
    with pytest.raises(NotAllowed):
        actions.decide_extension(session, acting(liaison), item, asked.id, True, "我同意", now)


def test_the_deadline_of_a_past_day_is_the_one_that_held(
    session, acting, coordinator, liaison, item, take, ask, today, now
):
    take(liaison, item, Step.ACCEPT)
    asked = ask(item, date(2022, 11, 4))
    actions.decide_extension(session, acting(coordinator), item, asked.id, True, "可以", now)

    def held(day):
        return session.scalar(select(queries.deadline_as_of(day)).where(ActionItem.id == item.id))

    assert held(today - timedelta(days=1)) == date(2022, 10, 28)
    assert held(today) == date(2022, 11, 4)


# ------------------------------------------------------------------------------------------------------------------- letters


def test_a_letter_bears_its_number_once(session, acting, coordinator, liaison, leader, item, project):
    later, actor = date(2022, 11, 2), acting(coordinator)
    with pytest.raises(RuleBroken):
        actions.issue_letter(session, actor, item, item.version, date(2022, 10, 28), make.NOW)
    letter = actions.issue_letter(session, actor, item, item.version, later, make.NOW)
    assert (letter.year, letter.serial, letter.late_days, letter.answer_by_on) == (2022, 1, 3, date(2022, 11, 7))
    with pytest.raises(RuleBroken):
        actions.issue_letter(session, actor, item, item.version, date(2022, 11, 7), make.NOW)
    again = actions.issue_letter(session, actor, item, item.version, date(2022, 11, 8), make.NOW)
    assert (again.serial, again.late_days) == (2, 7)
    assert told(session, liaison)[-1] == "督办函〔2022〕第2号：“完成清表”已逾期，请于 2022-11-11 前回复。"
    assert told(session, leader)[-1].startswith("督办函〔2022〕第2号")
    with pytest.raises(NotAllowed):
        actions.issue_letter(session, acting(liaison), item, item.version, date(2022, 12, 1), make.NOW)


# ------------------------------------------------------------------------------------------------- two people in one second


@pytest.fixture
def at_once(session):
    """Both run in the same moment, each in its own transaction; their refusals, empty where none."""

    def run(*works):
        session.commit()
        bind, met = session.get_bind(), Barrier(len(works), timeout=60)

        def do(work):
            with Session(bind) as own:
                met.wait()
                try:
                    work(own)
                    own.commit()
                except CrmError as refusal:
                    return refusal.message
                return ""

        with ThreadPoolExecutor(len(works)) as threads:
            said = [future.result(timeout=120) for future in [threads.submit(do, work) for work in works]]
        session.expire_all()
        return said

    return run


def test_of_two_who_verify_at_once_one_does(
    session, acting, item, take, liaison, coordinator, second_coordinator, today, now, at_once
):
    take(liaison, item, Step.ACCEPT)
    take(liaison, item, Step.FINISH, "办了")
    key, version = item.id, item.version

    def verify(actor, rating):
        draft = StepDraft(Step.VERIFY, "", rating)
        return lambda own: actions.work(own, actor, own.get(ActionItem, key), draft, version, today, now)

    said = at_once(verify(acting(coordinator), Rating.GOOD), verify(acting(second_coordinator), Rating.POOR))
    assert sorted(map(bool, said)) == [False, True]
    assert len(session.scalars(select(ActionStep).where(ActionStep.kind == Step.VERIFY)).all()) == 1
    assert item.rating is (Rating.POOR if said[0] else Rating.GOOD)


def test_of_two_who_ask_for_the_last_extension_one_does(
    session, acting, item, take, liaison, coordinator, today, now, ask, at_once
):
    take(liaison, item, Step.ACCEPT)
    first = ask(item, date(2022, 11, 4))
    actions.decide_extension(session, acting(coordinator), item, first.id, True, "可以", now)
    session.commit()
    key, version, actor = item.id, item.version, acting(liaison)

    def asking(own):
        actions.ask_extension(own, actor, own.get(ActionItem, key), date(2022, 11, 18), "再宽限", version, today, now)

    said = at_once(asking, asking)
    assert sorted(map(bool, said)) == [False, True]
    assert [row.number for row in session.scalars(select(ActionExtension).order_by(ActionExtension.id))] == [1, 2]


def test_two_letters_at_once_bear_two_numbers(session, acting, item, draft, coordinator, today, now, at_once):
    other = actions.assign(session, acting(coordinator), None, draft, today, now)
    session.commit()
    actor, later = acting(coordinator), date(2022, 11, 2)

    def send(key):
        return lambda own: actions.issue_letter(own, actor, own.get(ActionItem, key), 1, later, now)

    assert at_once(send(item.id), send(other.id)) == ["", ""]
    assert sorted(session.scalars(select(SupervisionLetter.serial))) == [1, 2]


# ---------------------------------------------------------------------------------------------- what the database refuses


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE action_item SET state = 'doing'",
        "UPDATE action_item SET state = 'done', done_on = '2022-10-20'",
        "UPDATE action_item SET done_on = '2022-10-20'",
        "UPDATE action_item SET rating = 'good'",
        "UPDATE action_step SET note = 'x'",
        "INSERT INTO action_step (item_id, kind, from_state, to_state, note, at) "
        "SELECT id, 'verify', 'checking', 'done', '', entered_at FROM action_item",
        "INSERT INTO action_step (item_id, kind, from_state, to_state, note, at) "
        "SELECT id, 'accept', 'assigned', 'done', '', entered_at FROM action_item",
        "INSERT INTO action_step (item_id, kind, from_state, to_state, note, at) "
        "SELECT id, 'assign', NULL, 'assigned', '', entered_at FROM action_item",
    ],
)
def test_whoever_writes_the_history_is_kept(session, item, statement):
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(text(statement))
    session.rollback()


def test_the_database_too_asks_for_another_verifier(session, item, take, liaison, coordinator):
    take(liaison, item, Step.ACCEPT)
    take(liaison, item, Step.FINISH, "办了")
    session.commit()
    row = {
        "item_id": item.id,
        "kind": Step.VERIFY,
        "from_state": ActionState.CHECKING,
        "to_state": ActionState.DONE,
        "at": make.NOW,
    }
    session.add(ActionStep(**row, by_id=liaison.id))
    with pytest.raises(DBAPIError):
        session.flush()
    session.rollback()
    session.add(ActionStep(**row, by_id=session.scalar(select(User.id).where(User.login == "coordinator"))))
    session.flush()
