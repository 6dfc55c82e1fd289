"""Touchpoints written down, corrected, settled and called off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.actions import activities as actions
from crm.actions.two_editors import EditClash
from crm.choices import ActivityKind, ActivityState, MemberRole, Stage
from crm.errors import NotAllowed, RuleBroken
from crm.models import Activity, Change, Project
from crm.queries import activities as queries
from crm.queries.row_history import last_change_id
from crm.rules.activities import ActivityDraft
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, lead=officer)


@pytest.fixture
def draft(project, now):
    return ActivityDraft(
        ActivityKind.TALK,
        now - timedelta(hours=1),
        project_ids=(project.id,),
        summary="对方确认首期用地 86 亩。",
        next_step="送测算口径",
        next_on=date(2022, 10, 27),
    )


def reload(session, actor, activity):
    session.commit()
    return session.scalars(queries.whole(actor).where(Activity.id == activity.id)).one()


def test_logging_keeps_what_was_said_and_the_contact(session, acting, officer, project, draft, now):
    logged = actions.log(session, acting(officer), draft, now)
    kept = reload(session, acting(officer), logged.activity)
    assert (kept.summary, kept.next_on, kept.next_owner_id) == (draft.summary, draft.next_on, officer.id)
    assert [link.project_id for link in kept.project_links] == [project.id]
    assert (kept.entered_by_id, kept.unit_id) == (officer.id, officer.unit_id)
    assert session.scalar(select(Project.last_contact_on)) == date(2022, 10, 20)


def test_a_contact_leaves_the_version_of_the_project_alone(session, acting, officer, project, draft, now):
    before = project.version
    actions.log(session, acting(officer), draft, now)
    session.commit()
    assert session.scalar(select(Project.version)) == before


def test_an_older_contact_does_not_move_the_last_one_back(session, acting, officer, project, draft, now):
    actions.log(session, acting(officer), draft, now)
    actions.log(session, acting(officer), replace(draft, happened_at=now - timedelta(days=9)), now)
    assert session.scalar(select(Project.last_contact_on)) == date(2022, 10, 20)


def test_a_plan_is_no_contact(session, acting, officer, project, now):
    plan = ActivityDraft(
        ActivityKind.VISIT, now + timedelta(days=1), ActivityState.PLANNED, (project.id,), title="看地块"
    )
    kept = actions.log(session, acting(officer), plan, now).activity
    assert kept.state is ActivityState.PLANNED
    assert session.scalar(select(Project.last_contact_on)) is None


@pytest.mark.parametrize("login", ["other_officer", "liaison", "statistician"])
def test_only_those_who_work_on_the_project_log(session, acting, draft, now, login):
    with pytest.raises(NotAllowed):
        actions.log(session, acting(make.person(session, login)), draft, now)


def test_the_rule_is_held_and_names_the_field(session, acting, officer, draft, now):
    with pytest.raises(RuleBroken) as refusal:
        actions.log(session, acting(officer), replace(draft, next_on=None, next_step=""), now)
    assert refusal.value.field == "next_on" and "请定下次联系日期" in refusal.value.message


def test_only_a_project_in_negotiation_asks_for_the_next_contact(session, acting, officer, project, draft, now):
    project.stage = Stage.PREPARATION
    actions.log(session, acting(officer), replace(draft, next_on=None, next_step=""), now)


def test_a_company_one_may_not_see_is_not_found(session, acting, officer, other_officer, draft, now):
    company = make.make_company(session)
    make.make_project(session, lead=other_officer, company_id=company.id, is_secret=True)
    with pytest.raises(RuleBroken) as refusal:
        actions.log(session, acting(officer), replace(draft, company_id=company.id), now)
    assert refusal.value.field == "company_id"


def test_a_later_contact_settles_the_author_s_own_promises_on_the_project(
    session, acting, officer, team_lead, project, draft, now
):
    other = make.make_project(session, lead=officer)
    promise = {"at": now - timedelta(days=5), "next_on": date(2022, 10, 18)}
    mine = make.make_activity(session, project, by=officer, **promise)
    both = make.make_activity(session, project, other, by=officer, **promise)
    his = make.make_activity(session, project, by=team_lead, **promise)
    later = make.make_activity(session, project, by=officer, at=now - timedelta(minutes=1), next_on=date(2022, 10, 30))
    assert actions.log(session, acting(officer), draft, now).settled == 1
    session.commit()
    settled = {row.id for row in session.scalars(select(Activity).where(Activity.next_done_at.is_not(None)))}
    assert settled == {mine.id} and not {both.id, his.id, later.id} & settled


def test_editing_keeps_the_old_words_in_the_history(session, acting, officer, draft, now):
    made = actions.log(session, acting(officer), draft, now).activity
    kept = reload(session, acting(officer), made)
    actions.edit(
        session, acting(officer), kept, replace(draft, summary="对方确认 90 亩。"), last_change_id(session, kept), now
    )
    session.commit()
    change = session.scalars(select(Change).where(Change.column_name == "summary")).one()
    assert (change.old, change.new) == ("对方确认首期用地 86 亩。", "对方确认 90 亩。")


def test_the_later_of_two_editors_is_told_who_was_first(session, acting, officer, team_lead, project, draft, now):
    kept = reload(session, acting(officer), actions.log(session, acting(officer), draft, now).activity)
    shown = last_change_id(session, kept)
    actions.edit(session, acting(team_lead), kept, replace(draft, summary="改过"), shown, now)
    session.flush()
    with pytest.raises(EditClash, match="改过“内容”，你也改了"):
        actions.edit(session, acting(officer), kept, replace(draft, summary="也改过"), shown, now)
    actions.edit(session, acting(officer), kept, replace(draft, place="302 会议室"), shown, now)
    assert (kept.summary, kept.place) == ("改过", "302 会议室")


def test_putting_off(session, acting, officer, coordinator, project, draft, now):
    promise = actions.log(session, acting(officer), draft, now).activity
    plan = make.make_activity(session, project, by=officer, at=now + timedelta(hours=3), state=ActivityState.PLANNED)
    for activity in (promise, plan):
        actions.postpone(session, acting(officer), activity, date(2022, 11, 8), date(2022, 10, 20))
    assert promise.next_on == date(2022, 11, 8)
    assert plan.happened_at == datetime(2022, 11, 8, 5, tzinfo=UTC), "the hour stays"
    with pytest.raises(RuleBroken, match="已经过去"):
        actions.postpone(session, acting(officer), plan, date(2022, 10, 19), date(2022, 10, 20))
    with pytest.raises(NotAllowed):
        actions.postpone(session, acting(coordinator), promise, date(2022, 11, 9), date(2022, 10, 20))
    actions.complete(session, acting(officer), promise, now)
    with pytest.raises(RuleBroken, match="没有待办的下次联系"):
        actions.postpone(session, acting(officer), promise, date(2022, 11, 9), date(2022, 10, 20))


def test_a_planned_visit_that_took_place_becomes_a_contact(session, acting, officer, project, draft, now):
    plan = make.make_activity(session, project, by=officer, at=now - timedelta(hours=3), state=ActivityState.PLANNED)
    kept = reload(session, acting(officer), plan)
    actions.edit(
        session, acting(officer), kept, replace(draft, happened_at=kept.happened_at), last_change_id(session, kept), now
    )
    assert kept.state is ActivityState.DONE
    assert session.scalar(select(Project.last_contact_on)) == date(2022, 10, 20)


def test_a_record_is_changed_by_its_author_and_those_who_edit_the_project(
    session, acting, officer, coordinator, agent, team_lead, project, draft, now
):
    make.make_member(session, project, agent, MemberRole.AGENT)
    kept = reload(session, acting(officer), actions.log(session, acting(officer), draft, now).activity)
    for user in (coordinator, agent):
        with pytest.raises(NotAllowed):
            actions.edit(session, acting(user), kept, draft, last_change_id(session, kept), now)
    actions.edit(session, acting(team_lead), kept, replace(draft, place="302"), last_change_id(session, kept), now)
    assert kept.place == "302"


def test_moving_a_record_to_another_project_needs_a_right_on_that_one(
    session, acting, officer, other_officer, draft, now
):
    theirs = make.make_project(session, lead=other_officer)
    kept = reload(session, acting(officer), actions.log(session, acting(officer), draft, now).activity)
    with pytest.raises(NotAllowed):
        actions.edit(
            session, acting(officer), kept, replace(draft, project_ids=(theirs.id,)), last_change_id(session, kept), now
        )


def test_completing_and_opening_again(session, acting, officer, draft, now):
    made = actions.log(session, acting(officer), draft, now).activity
    actions.complete(session, acting(officer), made, now)
    assert made.next_done_at == now
    actions.complete(session, acting(officer), made, now + timedelta(hours=1))
    assert made.next_done_at == now
    actions.reopen(session, acting(officer), made)
    assert made.next_done_at is None


def test_completing_with_the_next_one(session, acting, officer, draft, now):
    made = actions.log(session, acting(officer), draft, now).activity
    later = replace(draft, happened_at=now, next_on=date(2022, 11, 3))
    logged = actions.complete_and_plan_next(session, acting(officer), made, later, now)
    assert made.next_done_at == now and logged.activity.next_on == date(2022, 11, 3)


def test_a_stranger_does_not_settle_a_promise(session, acting, officer, coordinator, draft, now):
    made = actions.log(session, acting(officer), draft, now).activity
    with pytest.raises(NotAllowed):
        actions.complete(session, acting(coordinator), made, now)


def test_another_day_is_another_promise(session, acting, officer, draft, now):
    kept = reload(session, acting(officer), actions.log(session, acting(officer), draft, now).activity)
    actions.complete(session, acting(officer), kept, now)
    actions.edit(session, acting(officer), kept, replace(draft, summary="错字已改"), last_change_id(session, kept), now)
    assert kept.next_done_at is not None
    actions.edit(
        session, acting(officer), kept, replace(draft, next_on=date(2022, 12, 1)), last_change_id(session, kept), now
    )
    assert kept.next_done_at is None


def test_calling_off_takes_the_contact_back(session, acting, officer, project, draft, now):
    earlier = make.make_activity(session, project, by=officer, at=datetime.fromisoformat("2022-09-20T06:00:00+00:00"))
    kept = reload(session, acting(officer), actions.log(session, acting(officer), draft, now).activity)
    actions.cancel(session, acting(officer), kept, kept.version, now)
    assert kept.state is ActivityState.CANCELLED and earlier.state is ActivityState.DONE
    assert session.scalar(select(Project.last_contact_on)) == date(2022, 9, 20)
