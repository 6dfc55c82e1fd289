"""A person's work changes hands in one go: what is open goes, what was done stays, secrets are settled elsewhere."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.actions import handover as actions
from crm.choices import ActivityState, MemberRole, NoticeKind, Role, TransferState
from crm.errors import NotAllowed, NotFound, RuleBroken
from crm.models import AuditEvent, Follow, Notice, ProjectMember, SavedView, Subscription, Transfer
from crm.queries import handover as queries
from crm.rules.handover import Holding, Plan
from tests import factories as make


@pytest.fixture
def heir(session, officer):
    return make.make_user(session, "heir", "接班人", Role.OFFICER, make.team(session))


@pytest.fixture
def second(session, officer):
    return make.make_user(session, "second", "另一位", Role.OFFICER, make.team(session))


@pytest.fixture
def work(session, officer, now):
    """One open thing of every kind an officer holds, and some that stay where they are."""
    led, helped = make.make_project(session, lead=officer), make.make_project(session)
    make.make_member(session, led, officer, MemberRole.FIRST_REPORTER)
    make.make_member(session, helped, officer, MemberRole.SUPPORT)
    promise = make.make_activity(session, led, next_on=date(2022, 10, 25), next_owner_id=officer.id)
    settled = make.make_activity(session, led, next_on=date(2022, 9, 25), next_owner_id=officer.id, next_done_at=now)
    planned = make.make_activity(session, led, people=(officer,), state=ActivityState.PLANNED)
    action = make.make_action(session, led, make.team(session), person_id=officer.id)
    offer = make.add(
        session,
        Transfer(
            project_id=helped.id, from_unit_id=helped.unit_id, to_unit_id=helped.unit_id, to_user_id=officer.id, reason="x",
            from_percent=50, proposed_at=now, proposed_by_id=officer.id, due_on=date(2022, 10, 30),
            state=TransferState.PROPOSED,
        ),
    )  # fmt: skip
    view = make.add(
        session,
        SavedView(
            page="projects.index", name="本组", query="", owner_id=officer.id, unit_id=officer.unit_id, created_at=now,
            updated_at=now,
        ),
    )  # fmt: skip
    session.commit()
    return {
        "led": led, "helped": helped, "promise": promise, "settled": settled, "planned": planned, "action": action,
        "offer": offer, "view": view,
    }  # fmt: skip


def parts_of(session, user):
    rows = select(ProjectMember.project_id, ProjectMember.role).where(
        ProjectMember.user_id == user.id, ProjectMember.to_on.is_(None)
    )
    return {(project_id, role) for project_id, role in session.execute(rows)}


def test_everything_open_goes_to_the_receiver(session, acting, team_lead, officer, heir, work, now):
    lead = acting(team_lead)
    one_of_each = {kind: 1 for kind in Holding if kind not in (Holding.AGENT, Holding.LEADER)}
    assert {kind: n for kind, n in queries.counts(session, lead, officer.id).items() if n} == one_of_each
    taken = actions.hand_over(session, lead, officer, Plan(heir.id), now)
    assert dict(taken[heir.id]) == one_of_each, taken
    assert not any(queries.counts(session, lead, officer.id).values())
    assert parts_of(session, heir) == {
        (work["led"].id, MemberRole.LEAD),
        (work["helped"].id, MemberRole.SUPPORT),
    }
    assert parts_of(session, officer) == {(work["led"].id, MemberRole.FIRST_REPORTER)}
    assert (work["promise"].next_owner_id, work["settled"].next_owner_id) == (heir.id, officer.id)
    assert [person.user_id for person in work["planned"].people] == [heir.id]
    assert work["promise"].entered_by_id == officer.id
    assert (work["action"].person_id, work["offer"].to_user_id, work["view"].owner_id) == (heir.id,) * 3
    assert officer.is_active


def test_kinds_and_single_projects_may_go_to_others(session, acting, team_lead, officer, heir, second, work, now):
    plan = Plan(heir.id, by_kind={Holding.ACTION: second.id}, by_project={work["led"].id: second.id})
    actions.hand_over(session, acting(team_lead), officer, plan, now)
    assert parts_of(session, second) == {(work["led"].id, MemberRole.LEAD)}
    assert parts_of(session, heir) == {(work["helped"].id, MemberRole.SUPPORT)}
    assert work["action"].person_id == second.id


def test_it_is_told_and_logged_without_names_of_projects(session, acting, admin, officer, team_lead, heir, work, now):
    actions.hand_over(session, acting(admin), officer, Plan(heir.id, reason="调离"), now)
    told = {notice.user_id: notice for notice in session.scalars(select(Notice))}
    assert told.keys() == {heir.id, team_lead.id}
    assert all(notice.kind is NoticeKind.ASSIGNED for notice in told.values())
    detail = session.scalars(select(AuditEvent.detail).where(AuditEvent.kind == "hand_over")).one()
    assert "主办的项目 1" in detail and "调离" in detail and work["led"].name not in detail


def test_who_has_the_part_already_does_not_get_it_twice(session, acting, team_lead, officer, heir, work, now):
    make.make_member(session, work["helped"], heir, MemberRole.SUPPORT)
    actions.hand_over(session, acting(team_lead), officer, Plan(heir.id), now)
    rows = select(ProjectMember).where(ProjectMember.user_id == heir.id, ProjectMember.role == MemberRole.SUPPORT)
    assert len(session.scalars(rows).all()) == 1


def test_secret_projects_are_left_to_those_who_know(session, acting, admin, team_lead, officer, heir, now):
    secret = make.make_project(session, lead=officer, is_secret=True)
    make.make_member(session, secret, team_lead, MemberRole.READER)
    make.make_activity(session, secret, next_on=date(2022, 10, 25), next_owner_id=officer.id)
    make.make_action(session, secret, make.team(session), person_id=officer.id)
    for user in (admin, team_lead):
        assert not any(queries.counts(session, acting(user), officer.id).values())
    assert queries.secret_count(session, officer.id) == 1
    assert actions.hand_over(session, acting(admin), officer, Plan(heir.id), now) == {}
    assert (secret.id, MemberRole.LEAD) in parts_of(session, officer)


def test_the_account_is_closed_by_who_manages_users_alone(session, acting, admin, team_lead, officer, heir, work, now):
    session.add_all(
        [
            Follow(user_id=officer.id, project_id=work["led"].id, since=now),
            Subscription(user_id=officer.id, kind=NoticeKind.IDLE),
        ]
    )
    session.commit()
    with pytest.raises(NotAllowed):
        actions.hand_over(session, acting(team_lead), officer, Plan(heir.id, closes_account=True), now)
    session.rollback()
    epoch = officer.session_epoch
    actions.hand_over(session, acting(admin), officer, Plan(heir.id, closes_account=True), now)
    assert not officer.is_active and officer.session_epoch == epoch + 1
    assert not session.scalars(select(Follow)).all() and not session.scalars(select(Subscription)).all()


@pytest.mark.parametrize("login", ["officer", "statistician", "coordinator", "agent", "liaison", "leader", "auditor"])
def test_who_may_not(session, acting, officer, heir, login, now):
    with pytest.raises(NotAllowed):
        actions.hand_over(session, acting(make.person(session, login)), officer, Plan(heir.id), now)


def test_a_team_lead_reaches_his_own_team_alone(session, acting, team_lead, officer, other_officer, heir, now):
    with pytest.raises(NotFound):
        actions.hand_over(session, acting(team_lead), other_officer, Plan(heir.id), now)
    with pytest.raises(RuleBroken, match="接收人"):
        actions.hand_over(session, acting(team_lead), officer, Plan(other_officer.id), now)


def test_nobody_takes_over_what_is_not_his_trade(session, acting, admin, officer, statistician, work, now):
    with pytest.raises(RuleBroken, match="同类岗位"):
        actions.hand_over(session, acting(admin), officer, Plan(statistician.id), now)
