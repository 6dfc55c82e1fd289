"""The public pool: what falls into it, who may give and take, and that one project goes to one person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.actions import pool as actions
from crm.choices import (
    ClaimKind,
    ClaimState,
    CollisionState,
    MemberRole,
    PoolMove,
    Stage,
    Status,
    TransferState,
)
from crm.errors import Clash, NotAllowed, NotFound, RuleBroken
from crm.models import Collision, Notice, PoolEvent, Project, ProjectMember, Transfer
from crm.queries import pool as queries
from crm.rules.pool import PickLimits
from tests import factories as make

LAPSED, TODAY = date(2022, 10, 19), date(2022, 10, 20)
LIMITS = PickLimits()


def project(session, key):
    """A project with its members."""
    rows = select(Project).where(Project.id == key).options(selectinload(Project.members))
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def lead(session, **more):
    """A project of the officer whose protection ran out yesterday."""
    values = {"protected_until_on": LAPSED, "alias": "青松计划"}
    return make.make_project(session, lead=make.person(session, "officer"), **{**values, **more})


def pooled(session, **more):
    """One that lies in the pool since yesterday; the officer held it."""
    found = lead(session, pooled_at=make.NOW - timedelta(days=1), **more)
    officer = make.person(session, "officer")
    session.query(ProjectMember).filter_by(project_id=found.id).update({"to_on": LAPSED})
    session.add(PoolEvent(project_id=found.id, move=PoolMove.EXPIRED, at=found.pooled_at, holder_id=officer.id))
    session.commit()
    return found.id


def _claim(session, found):
    make.make_claim(session, found, ClaimKind.CONTRACT, state=ClaimState.REPORTED)


def _case(session, found):
    other = make.make_project(session)
    session.add(Collision(first_id=other.id, second_id=found.id, percent=90, reasons="", opened_at=make.NOW))


def _offer(session, found, state=TransferState.PROPOSED, answered_at=None):
    session.add(
        Transfer(
            project_id=found.id, from_unit_id=found.unit_id, to_unit_id=make.team(session, "招商二组").id, state=state,
            reason="", from_percent=40, proposed_at=make.NOW, due_on=date(2022, 10, 27), answered_at=answered_at,
            proposed_by_id=make.person(session, "officer").id,
        )
    )  # fmt: skip


def _taken_over(session, found):
    _offer(session, found, TransferState.ACCEPTED, make.NOW - timedelta(days=20))


def _taken_over_long_ago(session, found):
    _offer(session, found, TransferState.ACCEPTED, make.NOW - timedelta(days=40))


def _closed_case(session, found):
    _case(session, found)
    session.flush()
    session.query(Collision).update({"state": CollisionState.FINAL})


@pytest.mark.parametrize(
    ("values", "beside", "falls"),
    [
        ({}, None, True),
        ({"protected_until_on": TODAY}, None, False),
        ({"protected_until_on": None}, None, False),
        ({"stage": Stage.REVIEW}, None, True),
        ({"stage": Stage.SIGNED}, None, False),
        ({"status": Status.PAUSED}, None, False),
        ({"status": Status.LOST}, None, False),
        ({"is_secret": True}, None, False),
        ({"deleted_at": make.NOW}, None, False),
        ({}, _claim, False),
        ({}, _case, False),
        ({}, _closed_case, True),
        ({}, _offer, False),
        ({}, _taken_over, False),
        ({}, _taken_over_long_ago, True),
    ],
)
def test_what_falls_into_the_pool(session, now, values, beside, falls):
    found = lead(session, **values)
    if beside:
        beside(session, found)
    session.commit()
    assert actions.expire(session, TODAY, now) == falls
    assert session.scalars(queries.lapsed(TODAY)).all() == []


def test_a_duplicate_does_not_fall(session, now):
    lead(session, duplicate_of_id=make.make_project(session).id)
    assert actions.expire(session, TODAY, now) == 0


def test_falling_is_told_kept_and_done_once(session, officer, team_lead, now):
    found = lead(session)
    session.commit()
    assert [actions.expire(session, TODAY, now) for _ in range(2)] == [1, 0]
    found = project(session, found.id)
    assert found.pooled_at == now
    assert [(m.role, m.to_on) for m in found.members] == [(MemberRole.LEAD, TODAY)]
    event = session.query(PoolEvent).one()
    assert (event.move, event.holder_id, event.by_id) == (PoolMove.EXPIRED, officer.id, None)
    assert {notice.user_id for notice in session.query(Notice)} == {officer.id, team_lead.id}


def test_releasing(session, acting, officer, now):
    found = project(session, lead(session, protected_until_on=date(2022, 12, 1)).id)
    with pytest.raises(RuleBroken) as refusal:
        actions.release(session, acting(officer), found, "", now)
    assert refusal.value.field == "reason"
    actions.release(session, acting(officer), found, "对方三个月不接电话", now)
    assert session.query(PoolEvent).one().reason == "对方三个月不接电话" and found.pooled_at == now
    with pytest.raises(NotAllowed):  # nobody's any more
        actions.release(session, acting(officer), project(session, found.id), "再放一次", now)


@pytest.mark.parametrize("login", ["other_officer", "statistician", "coordinator", "leader", "admin", "auditor"])
def test_who_may_not_release(session, acting, now, login):
    found = project(session, lead(session).id)
    with pytest.raises(NotAllowed):
        actions.release(session, acting(make.person(session, login)), found, "不跟了", now)


def test_picking_makes_the_picker_the_lead(session, acting, officer, other_officer, now):
    key = pooled(session)
    actions.pick(session, acting(other_officer), key, LIMITS, now)
    session.commit()
    found = project(session, key)
    assert found.pooled_at is None and found.unit_id == other_officer.unit_id
    assert found.protected_until_on > TODAY + timedelta(days=30)
    assert {(m.user_id, m.to_on) for m in found.members} == {(officer.id, LAPSED), (other_officer.id, None)}
    event = session.query(PoolEvent).filter_by(move=PoolMove.PICKED).one()
    assert (event.by_id, event.holder_id) == (other_officer.id, officer.id)
    notice = session.query(Notice).one()
    assert notice.user_id == officer.id and found.name not in notice.text


@pytest.mark.parametrize("login", ["statistician", "coordinator", "agent", "liaison", "leader", "admin", "auditor"])
def test_who_may_not_pick(session, acting, now, login):
    with pytest.raises(NotAllowed):
        actions.pick(session, acting(make.person(session, login)), pooled(session), LIMITS, now)


def test_the_former_holder_waits(session, acting, officer, now):
    key = pooled(session)
    with pytest.raises(RuleBroken) as refusal:
        actions.pick(session, acting(officer), key, LIMITS, now)
    assert "11月18日起" in refusal.value.message
    actions.pick(session, acting(officer), key, replace(LIMITS, rest_days=1), now)


def test_no_more_than_the_daily_limit_and_the_capacity(session, acting, other_officer, now):
    keys = [pooled(session) for _ in range(3)]
    limits = replace(LIMITS, daily=2)
    for key in keys[:2]:
        actions.pick(session, acting(other_officer), key, limits, now)
    with pytest.raises(RuleBroken) as refusal:
        actions.pick(session, acting(other_officer), keys[2], limits, now)
    assert "每天最多 2 个" in refusal.value.message
    tomorrow = now + timedelta(days=1)
    with pytest.raises(RuleBroken) as refusal:
        actions.pick(session, acting(other_officer), keys[2], replace(limits, capacity=2), tomorrow)
    assert "上限 2 个" in refusal.value.message
    actions.pick(session, acting(other_officer), keys[2], limits, tomorrow)


@pytest.mark.parametrize("values", [{"is_secret": True}, {"deleted_at": make.NOW}, {"status": Status.LOST}])
def test_what_is_not_there_cannot_be_picked(session, acting, other_officer, now, values):
    key = pooled(session, **values)
    for wanted in (key, 987_654):
        with pytest.raises(NotFound):
            actions.pick(session, acting(other_officer), wanted, LIMITS, now)


def test_who_comes_too_late_is_told_who_was_faster(session, acting, other_officer, team_lead, now):
    key = pooled(session)
    actions.pick(session, acting(other_officer), key, LIMITS, now)
    with pytest.raises(Clash) as refusal:
        actions.pick(session, acting(team_lead), key, LIMITS, now)
    assert "沈亦舟" in refusal.value.message


def test_two_at_once_one_gets_it(session, acting, other_officer, team_lead, now):
    key, bind = pooled(session), session.get_bind()
    actors = [acting(other_officer), acting(team_lead)]
    session.commit()
    start = Barrier(2, timeout=60)

    def take(actor):
        with Session(bind) as own:
            start.wait()
            try:
                actions.pick(own, actor, key, LIMITS, now)
                own.commit()
            except Clash as refusal:
                return refusal.message
            return ""

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(take, actors))
    winner = actors[answers.index("")]
    assert sorted(map(bool, answers)) == [False, True] and winner.name in max(answers)
    leads = [m for m in project(session, key).members if m.to_on is None]
    assert [m.user_id for m in leads] == [winner.id]
    assert session.query(PoolEvent).filter_by(move=PoolMove.PICKED).count() == 1


def test_one_person_clicking_five_times_at_once_keeps_the_limit(session, acting, other_officer, now):
    keys, bind, actor = [pooled(session) for _ in range(5)], session.get_bind(), acting(other_officer)
    session.commit()

    def take(key):
        with Session(bind) as own:
            try:
                actions.pick(own, actor, key, LIMITS, now)
                own.commit()
            except RuleBroken:
                return False
            return True

    with ThreadPoolExecutor(5) as threads:
        assert sum(threads.map(take, keys)) == LIMITS.daily


def test_the_list_pages_by_keys(session, acting, other_officer, count_queries, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)
    keys = [pooled(session) for _ in range(7)]
    session.query(Project).filter(Project.id.in_(keys[:2])).update({"pooled_at": datetime(2022, 10, 1, tzinfo=UTC)})
    session.commit()
    actor, seen, place = acting(other_officer), [], None
    while True:
        with count_queries() as statements:
            rows, place = queries.page(session, actor, queries.PoolFilter(before=place))
        assert len(statements) == 1
        seen += [row.id for row in rows]
        if place is None:
            break
    assert seen == [*reversed(keys[2:]), *reversed(keys[:2])]
