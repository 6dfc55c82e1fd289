"""The facts the gate judges: what each row of the register adds to them."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import ActivityState, ClaimKind, ClaimState, MemberRole, MoneyKind, Stage
from crm.models import ImportBatch, StageMove
from crm.queries.gate import facts_of
from tests import factories as make


@pytest.fixture
def project(session, officer):
    company = make.make_company(session, province="", credit_code=None)
    project = make.make_project(session, total_yuan=None, company_id=company.id)
    session.flush()
    return project


def given(session, project):
    return facts_of(session, project).given


def test_nothing_is_given_but_the_company(session, project):
    assert given(session, project) == {"company_id"}


def test_a_zero_is_an_answer_and_an_empty_text_is_none(session, project):
    project.equipment_yuan, project.jobs_count, project.content = 0, 0, ""
    assert given(session, project) == {"company_id", "equipment_yuan", "jobs_count"}


def test_what_the_company_adds(session, project):
    company = session.get(make.Company, project.company_id)
    company.country, company.credit_code, company.registered_yuan = "德国", "91310000DEMO3K8L2Q", 1
    contact = make.make_contact(session, company)
    session.flush()
    assert given(session, project) == {
        "company_id", "origin", "credit_code", "company_code", "registered_yuan", "contact",
    }  # fmt: skip
    contact.is_active = False
    session.flush()
    assert "contact" not in given(session, project)


def test_only_present_members_count(session, project, officer, leader):
    member = make.make_member(session, project, officer, MemberRole.LEAD)
    make.make_member(session, project, leader, MemberRole.LEADER)
    assert given(session, project) == {"company_id", "lead", "leader"}
    member.to_on = date(2022, 9, 1)
    session.flush()
    assert given(session, project) == {"company_id", "leader"}


def test_only_touchpoints_that_took_place_count(session, project, officer):
    activity = make.make_activity(session, project, by=officer, state=ActivityState.PLANNED)
    assert "negotiation" not in given(session, project)
    activity.state = ActivityState.DONE
    session.flush()
    assert "negotiation" in given(session, project)


@pytest.mark.parametrize(("state", "counts"), [(state, state is ClaimState.VERIFIED) for state in ClaimState])
@pytest.mark.parametrize(("kind", "field"), [(MoneyKind.ARRIVED, "arrival"), (MoneyKind.COMPLETED, "completion")])
def test_only_verified_money_counts(session, project, officer, state, counts, kind, field):
    claim = make.make_claim(session, project, ClaimKind.ARRIVAL, state=state)
    make.make_money(session, project, kind, 1_000_000, date(2022, 9, 1), claim)
    assert (field in given(session, project)) is counts


def test_key_projects_are_those_on_a_list_now(session, project):
    assert not facts_of(session, project).is_key
    listing = make.make_listing(session, project)
    assert facts_of(session, project).is_key
    make.make_plan(session, project)
    assert "annual_plan" in given(session, project)
    listing.to_on = date(2022, 9, 1)
    session.flush()
    assert not facts_of(session, project).is_key


def test_an_imported_project_is_exempt_to_the_stage_it_was_imported_at(session, project, statistician):
    assert facts_of(session, project).exempt_to is None
    batch = ImportBatch(
        filename="台账.xlsx", size_bytes=1, digest="0", options={}, counts={}, uploaded_at=make.NOW,
        uploaded_by_id=statistician.id,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    for stage in (Stage.SIGNED, Stage.STARTED):
        session.add(
            StageMove(
                project_id=project.id, to_stage=stage, moved_on=make.NOW.date(), recorded_at=make.NOW, batch_id=batch.id
            )
        )
    make.make_move(session, project, Stage.FINISHED, date(2022, 10, 1))
    assert facts_of(session, project).exempt_to is Stage.STARTED


def test_one_statement(session, project, count_queries):
    with count_queries() as statements:
        facts_of(session, project)
    assert len(statements) == 1
