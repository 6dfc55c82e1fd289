"""流转: offered, answered, withdrawn, overdue; the credit stays on the people's rows and nothing secret is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm.actions import transfers as actions
from crm.choices import MemberRole, NoticeKind, Role, Status, TransferState
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Notice, Project, Transfer
from crm.queries import transfers as queries
from crm.rules.transfers import Receiver, TransferDraft, may_answer
from crm.rules.workdays import Calendar
from tests import factories as make
from tests.conftest import CAST

NATIONAL_DAY = Calendar({date(2022, 10, 24): False})


@pytest.fixture
def second_lead(session):
    """The lead of the second team."""
    return make.make_user(session, "second_lead", "林知远", Role.TEAM_LEAD, make.team(session, "招商二组"))


@pytest.fixture
def offer(session, acting, officer, now):
    """Offer a project of the officer to the second team: `offer(to="other_officer", is_secret=True)`."""

    def go(to=None, percent=40, days=5, **more):
        values = {"alias": "青松计划", **more}
        found = project(session, make.make_project(session, "澜芯减速器项目", officer, **values).id)
        person = make.person(session, to) if to else None
        team = make.team(session, "招商二组")
        draft = TransferDraft(team.id, person.id if person else None, "落在二组的片区", percent)
        made = actions.propose(session, acting(officer), found, draft, NATIONAL_DAY, days, now)
        session.commit()
        return made.id

    return go


def project(session, key):
    """A project with its members."""
    rows = select(Project).where(Project.id == key).options(selectinload(Project.members))
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def transfer(session, key):
    """A transfer with what the actions need of it."""
    rows = select(Transfer).where(Transfer.id == key).options(joinedload(Transfer.to_unit))
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def test_an_offer_is_due_in_working_days_and_changes_nothing(session, officer, second_lead, offer):
    found = transfer(session, offer())
    assert found.due_on == date(2022, 10, 28)  # Thursday + 5, a weekend and a holiday between
    about = project(session, found.project_id)
    assert about.unit_id == officer.unit_id and [m.to_on for m in about.members] == [None]
    notice = session.query(Notice).filter_by(user_id=second_lead.id).one()
    assert "青松计划" in notice.text and "澜芯" not in notice.text and notice.project_id is None


def test_accepting_names_the_lead_and_splits_the_credit(
    session, acting, officer, other_officer, second_lead, offer, now
):
    key = offer()
    actions.accept(session, acting(second_lead), transfer(session, key), other_officer.id, "", now)
    session.commit()
    found = project(session, transfer(session, key).project_id)
    assert found.unit_id == other_officer.unit_id
    assert [(m.user_id, m.role, m.share_percent, m.to_on) for m in found.members] == [
        (officer.id, MemberRole.LEAD, 40, date(2022, 10, 20)), (other_officer.id, MemberRole.LEAD, 60, None),
    ]  # fmt: skip
    answered = transfer(session, key)
    assert (answered.state, answered.answered_by_id) == (TransferState.ACCEPTED, second_lead.id)
    assert session.query(Notice).filter_by(user_id=other_officer.id, kind=NoticeKind.ASSIGNED).count() == 1


def test_a_second_transfer_splits_what_was_received(session, acting, officer, other_officer, offer, now):
    key = offer(to="other_officer")
    actions.accept(session, acting(other_officer), transfer(session, key), None, "", now)
    session.commit()
    found = project(session, transfer(session, key).project_id)
    draft = TransferDraft(officer.unit_id, officer.id, "回到一组", 50)
    again = actions.propose(session, acting(other_officer), found, draft, Calendar(), 5, now)
    session.commit()
    actions.accept(session, acting(officer), transfer(session, again.id), None, "", now)
    session.commit()
    shares = [m.share_percent for m in project(session, found.id).members]
    assert shares == [40, 30, 30]


def test_refusing_needs_a_reason_and_leaves_all_as_it_was(session, acting, other_officer, offer, officer, now):
    key = offer(to="other_officer")
    with pytest.raises(RuleBroken) as refusal:
        actions.refuse(session, acting(other_officer), transfer(session, key), "", now)
    assert refusal.value.field == "answer"
    actions.refuse(session, acting(other_officer), transfer(session, key), "没有合适地块", now)
    session.commit()
    found = project(session, transfer(session, key).project_id)
    assert found.unit_id == officer.unit_id and [m.to_on for m in found.members] == [None]
    assert "没有合适地块" in session.query(Notice).filter_by(user_id=officer.id).one().text


@pytest.mark.parametrize("late", ["accept", "refuse", "withdraw"])
def test_what_is_answered_is_answered(session, acting, officer, other_officer, offer, now, late):
    key = offer(to="other_officer")
    actions.withdraw(session, acting(officer), transfer(session, key), now)
    session.commit()
    found = transfer(session, key)
    with pytest.raises(Clash) as refusal:
        if late == "withdraw":
            actions.withdraw(session, acting(officer), found, now)
        else:
            getattr(actions, late)(
                session, acting(other_officer), found, *([None] if late == "accept" else []), "不", now
            )
    assert "已撤回" in refusal.value.message


def test_overdue_offers_expire_once(session, acting, other_officer, offer, officer, now):
    key = offer(to="other_officer")
    later = now + timedelta(days=9)
    with pytest.raises(Clash) as refusal:
        actions.accept(session, acting(other_officer), transfer(session, key), None, "", later)
    assert "期限" in refusal.value.message
    session.rollback()
    assert actions.expire(session, date(2022, 10, 28), later) == 0
    assert [actions.expire(session, date(2022, 10, 29), later) for _ in range(2)] == [1, 0]
    assert transfer(session, key).state is TransferState.EXPIRED
    assert {notice.user_id for notice in session.query(Notice) if "逾期" in notice.text} == {
        officer.id,
        other_officer.id,
    }


def test_one_open_offer_a_project(session, acting, officer, second_lead, offer, now):
    found = project(session, transfer(session, offer()).project_id)
    draft = TransferDraft(second_lead.unit_id, None, "再转一次", 40)
    with pytest.raises(Clash) as refusal:
        actions.propose(session, acting(officer), found, draft, Calendar(), 5, now)
    assert "招商二组" in refusal.value.message


def test_two_offers_at_once_are_one(session, acting, officer, second_lead, now):
    found = make.make_project(session, lead=officer)
    key, bind, actor, start = found.id, session.get_bind(), acting(officer), Barrier(2, timeout=60)
    draft = TransferDraft(second_lead.unit_id, None, "转给二组", 40)
    session.commit()

    def propose(_):
        with Session(bind) as own:
            start.wait()
            try:
                actions.propose(own, actor, project(own, key), draft, Calendar(), 5, now)
                own.commit()
            except Clash:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(propose, range(2))) == [False, True]
    assert session.query(Transfer).count() == 1


def test_accepting_and_withdrawing_at_once_end_in_one_state(session, acting, officer, other_officer, offer, now):
    key, bind, start = offer(to="other_officer"), session.get_bind(), Barrier(2, timeout=60)
    actors = acting(other_officer), acting(officer)
    session.commit()

    def act(which):
        with Session(bind) as own:
            start.wait()
            try:
                if which == 0:
                    actions.accept(own, actors[0], transfer(own, key), None, "", now)
                else:
                    actions.withdraw(own, actors[1], transfer(own, key), now)
                own.commit()
            except Clash:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(act, range(2))) == [False, True]


@pytest.mark.parametrize("login", ["other_officer", "team_lead", "statistician", "leader", "admin", "coordinator"])
def test_who_may_not_answer(session, acting, offer, second_lead, now, login):
    key = offer()
    for answer in (actions.accept, actions.refuse):
        args = (None, "") if answer is actions.accept else ("不",)
        with pytest.raises(NotAllowed):
            answer(session, acting(make.person(session, login)), transfer(session, key), *args, now)


@pytest.mark.parametrize("login", ["other_officer", "statistician", "coordinator", "leader", "agent", "admin"])
def test_who_may_not_offer(session, acting, officer, second_lead, now, login):
    found = project(session, make.make_project(session, lead=officer).id)
    draft = TransferDraft(second_lead.unit_id, None, "转走", 40)
    with pytest.raises(NotAllowed):
        actions.propose(session, acting(make.person(session, login)), found, draft, Calendar(), 5, now)


@pytest.mark.parametrize(
    ("person", "field"), [("agent", "to_user"), ("officer", "to_user"), ("team_lead", "to_user"), (None, None)]
)
def test_only_a_person_of_the_team_is_put_in_charge(session, acting, offer, second_lead, now, person, field):
    key = offer()
    with pytest.raises(RuleBroken) as refusal:
        chosen = make.person(session, person).id if person else None
        actions.accept(session, acting(second_lead), transfer(session, key), chosen, "", now)
    assert refusal.value.field == (field or "to_user")


def test_a_secret_project_is_opened_by_a_lead_or_a_leader_only(
    session, acting, other_officer, second_lead, leader, offer, now
):
    key = offer(to="other_officer", is_secret=True)
    texts = {notice.user_id: notice.text for notice in session.query(Notice)}
    assert texts.keys() == {second_lead.id, leader.id} and all("澜芯" not in text for text in texts.values())
    with pytest.raises(NotAllowed):
        actions.accept(session, acting(other_officer), transfer(session, key), None, "", now)
    session.rollback()
    assert queries.find(session, acting(other_officer), key) is None
    _, is_visible = queries.find(session, acting(second_lead), key)
    assert not is_visible
    actions.accept(session, acting(second_lead), transfer(session, key), None, "", now)
    session.commit()
    assert queries.find(session, acting(other_officer), key)[1]


@pytest.mark.parametrize("is_secret", [False, True])
def test_the_rule_and_its_query_say_the_same(session, acting, second_lead, offer, is_secret):
    key = offer(to="other_officer", is_secret=is_secret)
    found = transfer(session, key)
    to = Receiver(found.to_unit_id, found.to_user_id, is_secret)
    for login in (*CAST, "second_lead"):
        actor = acting(make.person(session, login))
        asked = select(Transfer.id).join(Project, Project.id == Transfer.project_id).where(queries.answerable(actor))
        assert bool(session.scalars(asked).all()) is may_answer(actor.id, actor.role, actor.unit_ids, to), login


def test_a_paused_project_is_not_offered(session, acting, officer, second_lead, now):
    found = project(session, make.make_project(session, lead=officer, status=Status.PAUSED).id)
    draft = TransferDraft(second_lead.unit_id, None, "转走", 40)
    with pytest.raises(RuleBroken):
        actions.propose(session, acting(officer), found, draft, Calendar(), 5, now)
    found.status = Status.ACTIVE
    with pytest.raises(RuleBroken) as refusal:
        actions.propose(session, acting(officer), found, replace(draft, reason=""), Calendar(), 5, now)
    assert refusal.value.field == "reason"
