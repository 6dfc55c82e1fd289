"""Meetings recorded and corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.actions import bookings
from crm.actions import meetings as actions
from crm.choices import ActivityState, IssueClass, MeetingKind
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import AgendaItem, Meeting
from crm.queries import meetings as queries
from crm.rules.meetings import AgendaDraft, MeetingDraft
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, lead=officer)


@pytest.fixture
def draft(project, now):
    agenda = (AgendaDraft(project.id, IssueClass.LAND, "清表慢", "10月底前完成"),)
    return MeetingDraft(MeetingKind.COORDINATION, "用地协调会", now - timedelta(hours=2), agenda=agenda)


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
