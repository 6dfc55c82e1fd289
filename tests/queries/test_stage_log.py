"""How long a project was where, by what stands and in the order in which it took effect."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crm.choices import ClaimState, Stage
from crm.queries.stage_log import spent, stage_log
from tests import factories as make

REGISTERED = datetime(2022, 4, 18, 1, 12, tzinfo=UTC)


def test_days_in_each_stage(session, officer):
    project = make.make_project(
        session, lead=officer, registered_at=REGISTERED, stage=Stage.REVIEW, stage_since_on=date(2022, 9, 14)
    )
    for start, end, on in (
        (None, Stage.LEAD, date(2022, 4, 18)),
        (Stage.LEAD, Stage.SCREENING, date(2022, 4, 21)),
        (Stage.SCREENING, Stage.NEGOTIATION, date(2022, 4, 23)),
        (Stage.NEGOTIATION, Stage.REVIEW, date(2022, 9, 14)),
    ):
        make.make_move(session, project, end, on, from_stage=start, recorded_by_id=officer.id)
    steps = stage_log(session, project)
    assert [(step.move.to_stage, step.days, step.by) for step in steps] == [
        (Stage.LEAD, None, officer.name),
        (Stage.SCREENING, 3, officer.name),
        (Stage.NEGOTIATION, 2, officer.name),
        (Stage.REVIEW, 144, officer.name),
    ]
    arrows = spent(project, steps, date(2022, 9, 30))
    assert [(item.days, item.is_done, item.is_current) for item in arrows[:5]] == [
        (3, True, False),
        (2, True, False),
        (144, True, False),
        (16, False, True),
        (None, False, False),
    ]


def test_coming_back_adds_up_and_unverified_moves_are_not_there(session, officer):
    project = make.make_project(
        session, lead=officer, registered_at=REGISTERED, stage=Stage.NEGOTIATION, stage_since_on=date(2022, 9, 20)
    )
    make.make_move(session, project, Stage.REVIEW, date(2022, 9, 10), from_stage=Stage.NEGOTIATION)
    make.make_move(session, project, Stage.NEGOTIATION, date(2022, 9, 20), from_stage=Stage.REVIEW)
    make.sign(session, project, on=date(2022, 9, 15), state=ClaimState.REPORTED)
    steps = stage_log(session, project)
    assert [step.move.to_stage for step in steps] == [Stage.REVIEW, Stage.NEGOTIATION]
    days = {item.stage: item.days for item in spent(project, steps, date(2022, 9, 30))}
    assert (days[Stage.NEGOTIATION], days[Stage.REVIEW], days[Stage.SIGNED]) == (145 + 10, 10, None)
