"""Roll-ups follow their rows, one project at a time and over the whole register."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import update

from crm.actions import rollups
from crm.choices import ActivityState, ClaimState, MoneyKind, Stage, Status
from crm.models import Project
from tests import factories as make


def test_stage_follows_the_moves_that_stand(session, officer):
    project = make.make_project(session, lead=officer, stage=Stage.REVIEW)
    make.sign(session, project, on=date(2022, 9, 15), state=ClaimState.REPORTED)
    rollups.settle_stage(session, project)
    assert project.stage is Stage.REVIEW
    make.make_move(session, project, Stage.NEGOTIATION, date(2022, 9, 1), from_stage=Stage.REVIEW)
    rollups.settle_stage(session, project)
    assert (project.stage, project.stage_since_on) == (Stage.NEGOTIATION, date(2022, 9, 1))


def test_status_follows_the_last_change_that_stands(session, officer):
    project = make.make_project(session, lead=officer, status=Status.PAUSED)
    rollups.settle_status(session, project)
    assert project.status is Status.ACTIVE
    make.lose(session, project, date(2022, 9, 1))
    project.status = Status.ACTIVE
    rollups.settle_status(session, project)
    assert project.status is Status.LOST


def test_contact_is_the_last_touchpoint_that_took_place(session, officer, now):
    project, other = make.make_project(session, lead=officer), make.make_project(session, lead=officer)
    for at, state in (
        (datetime(2022, 9, 1, 16, tzinfo=UTC), ActivityState.DONE),  # past midnight in China: the 2nd
        (datetime(2022, 9, 20, tzinfo=UTC), ActivityState.CANCELLED),
        (datetime(2022, 10, 25, tzinfo=UTC), ActivityState.DONE),
        (datetime(2022, 10, 1, tzinfo=UTC), ActivityState.PLANNED),
    ):
        make.make_activity(session, project, at=at, state=state)
    rollups.settle_contact(session, [project.id, other.id], now)
    session.refresh(project)
    session.refresh(other)
    assert (project.last_contact_on, other.last_contact_on) == (date(2022, 9, 2), None)


def test_drifts_are_found_and_repaired(session, officer, now):
    project = make.make_project(session, lead=officer, stage=Stage.REVIEW)
    make.sign(session, project, on=date(2022, 9, 15))
    make.make_money(session, project, MoneyKind.PLAN, 100_000_000, date(2022, 1, 1))
    make.make_money(session, project, MoneyKind.PLAN, 350_000_000, date(2022, 5, 1))
    make.make_activity(session, project, at=datetime(2022, 9, 20, 6, tzinfo=UTC))
    untouched = make.make_project(session, lead=officer)
    rollups.settle_contact(session, [project.id, untouched.id], now)
    assert rollups.drifts(session, now) == []
    wrong = {"stage": Stage.STARTED, "total_yuan": 1, "last_contact_on": date(2020, 1, 1)}
    session.execute(update(Project).where(Project.id == project.id).values(wrong))
    found = rollups.drifts(session, now)
    assert {(drift.project_id, drift.column, drift.computed) for drift in found} == {
        (project.id, "stage", Stage.SIGNED),
        (project.id, "total_yuan", 350_000_000),
        (project.id, "last_contact_on", date(2022, 9, 20)),
    }
    rollups.repair(session, found)
    assert rollups.drifts(session, now) == []
    session.refresh(untouched)
    assert untouched.stage is Stage.NEGOTIATION
