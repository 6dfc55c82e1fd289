"""Totals as of dates: what counts, from when on, in which month, once (domain.md §4.3, §10, §11)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crm.choices import (
    ActivityKind,
    ActivityState,
    CapitalKind,
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    Indicator,
    KeyList,
    MeetingKind,
    MoneyKind,
    Stage,
    Status,
)
from crm.models import Target
from crm.queries.totals import FIGURES, Basis, Totals, Verdict
from crm.rules.days import Month, Period, start_of
from crm.rules.workdays import Calendar
from tests import factories as make

SEPTEMBER = Month(2022, 9)
TODAY = date(2022, 10, 20)


@pytest.fixture
def figures(session):
    """`figures("signed_count").year`; another month, day or switch can be asked for."""

    def ask(key, month=SEPTEMBER, as_of=TODAY, **switches):
        session.flush()
        return Totals(session, Basis(as_of, **switches), month)[key]

    return ask


def spans(figure):
    return figure.month, figure.year, figure.last_year


# -------------------------------------------------------------------------------------------------------------- signing


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2022, 9, 1), (1, 1, 0)),
        (date(2022, 9, 30), (1, 1, 0)),
        (date(2022, 8, 31), (0, 1, 0)),
        (date(2022, 1, 1), (0, 1, 0)),
        (date(2022, 10, 1), (0, 0, 0)),
        (date(2021, 12, 31), (0, 0, 0)),
        (date(2021, 9, 30), (0, 0, 1)),
        (date(2021, 10, 1), (0, 0, 0)),
        (date(2021, 1, 1), (0, 0, 1)),
        (date(2020, 9, 15), (0, 0, 0)),
    ],
)
def test_a_signing_counts_in_the_month_of_its_contract(session, figures, on, expected):
    make.sign(session, make.make_project(session), on)
    assert spans(figures("signed_count")) == expected
    assert spans(figures("signed_total_yuan")) == tuple(350_000_000 * one for one in expected)


@pytest.mark.parametrize(
    ("as_of", "counted", "pending"),
    [
        (date(2022, 9, 15), 0, 1),
        (date(2022, 10, 7), 0, 1),
        (date(2022, 10, 8), 1, 0),  # the day of verification itself
        (TODAY, 1, 0),
    ],
)
def test_what_is_verified_later_counts_later(session, figures, as_of, counted, pending):
    make.sign(session, make.make_project(session), date(2022, 9, 15), verified_on=date(2022, 10, 8))
    figure = figures("signed_count", as_of=as_of)
    assert (figure.year, figure.pending, figure.pending_rows) == (counted, pending, pending)
    assert figures("signed_total_yuan", as_of=as_of).pending == 350_000_000 * pending


def test_a_reversed_signing_counted_until_it_was_reversed(session, figures):
    claim = make.sign(session, make.make_project(session), state=ClaimState.REVERSED)
    claim.reversed_at = start_of(date(2022, 10, 10))
    assert figures("signed_count", as_of=date(2022, 10, 9)).year == 1
    assert figures("signed_count", as_of=date(2022, 10, 10)).year == 0


@pytest.mark.parametrize(
    ("state", "pending"), [(ClaimState.DRAFT, 0), (ClaimState.REPORTED, 1), (ClaimState.RETURNED, 0)]
)
def test_what_is_not_verified_stands_beside(session, figures, state, pending):
    claim = make.sign(session, make.make_project(session), state=state)
    if state is ClaimState.RETURNED:
        claim.returned_at = start_of(date(2022, 9, 20))
    figure = figures("signed_count")
    assert (figure.year, figure.pending) == (0, pending)


@pytest.mark.parametrize("kind", [ContractKind.FRAMEWORK, ContractKind.INTENT, ContractKind.STRATEGIC])
def test_an_agreement_is_no_signing(session, figures, kind):
    project = make.make_project(session)
    make.make_contract(session, project, make.make_claim(session, project, ClaimKind.CONTRACT), kind=kind)
    assert figures("signed_count").year == figures("signed_total_yuan").year == 0
    assert (figures("framework_count").year, figures("framework_total_yuan").year) == (1, 350_000_000)


def test_a_framework_turned_into_a_contract_counts_in_the_month_of_the_contract(session, figures):
    project = make.make_project(session)
    claim = make.make_claim(session, project, ClaimKind.CONTRACT, date(2022, 3, 8))
    framework = make.make_contract(session, project, claim, date(2022, 3, 8), ContractKind.FRAMEWORK)
    make.sign(session, project, date(2022, 8, 20), 400_000_000, contract={"converted_from_id": framework.id})
    assert figures("signed_count", Month(2022, 3)).year == 0
    assert spans(figures("signed_count", Month(2022, 8)))[:2] == (1, 1)
    assert figures("framework_count", Month(2022, 3)).month == 1
    assert figures("signed_total_yuan").year == 400_000_000


def test_a_project_signs_once_and_supplements_add_money_on_their_own_day(session, figures):
    project = make.make_project(session)
    make.sign(session, project, date(2022, 3, 10), 300_000_000)
    make.sign(session, project, date(2022, 9, 5), 900_000_000)  # signed again for a ceremony
    more = make.make_claim(session, project, ClaimKind.CONTRACT, date(2022, 9, 20))
    make.make_contract(session, project, more, date(2022, 9, 20), ContractKind.SUPPLEMENT, 50_000_000)
    less = make.make_claim(session, project, ClaimKind.CONTRACT, date(2022, 6, 20))
    make.make_contract(session, project, less, date(2022, 6, 20), ContractKind.SUPPLEMENT, -20_000_000)
    assert spans(figures("signed_count")) == (0, 1, 0)
    assert spans(figures("signed_total_yuan")) == (50_000_000, 330_000_000, 0)


def test_a_supplement_waits_for_its_contract(session, figures):
    project = make.make_project(session)
    claim = make.make_claim(session, project, ClaimKind.CONTRACT)
    make.make_contract(session, project, claim, kind=ContractKind.SUPPLEMENT, amount=50_000_000)
    assert figures("signed_total_yuan").year == 0


@pytest.mark.parametrize("to", [Status.LOST, Status.WITHDRAWN])
def test_signed_last_year_lost_this_year(session, figures, to):
    project = make.make_project(session)
    make.sign(session, project, date(2021, 5, 10), 120_000_000)
    change = make.lose(session, project, date(2022, 9, 12), to)
    if to is Status.WITHDRAWN:
        change.claim_id = make.make_claim(session, project, ClaimKind.STATUS, date(2022, 9, 12)).id
    assert spans(figures("signed_count")) == (0, 0, 1)
    assert spans(figures("signed_lost_count")) == (1, 1, 0)
    assert spans(figures("signed_lost_yuan")) == (120_000_000, 120_000_000, 0)


def test_a_withdrawal_counts_once_verified_and_a_loss_only_after_signing(session, figures):
    withdrawn, never_signed, resumed = (make.make_project(session) for _ in range(3))
    make.sign(session, withdrawn)
    change = make.lose(session, withdrawn, date(2022, 9, 20), Status.WITHDRAWN)
    change.claim_id = make.make_claim(
        session, withdrawn, ClaimKind.STATUS, date(2022, 9, 20), ClaimState.REPORTED
    ).id  # fmt: skip
    make.lose(session, never_signed, date(2022, 9, 20))
    make.sign(session, resumed, date(2022, 3, 1))
    make.lose(session, resumed, date(2022, 6, 1))
    make.lose(session, resumed, date(2022, 7, 1), Status.ACTIVE)
    lost = figures("signed_lost_count")
    assert (lost.year, lost.pending) == (0, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"is_relocation": True}, 0), ({"duplicate": True}, 0), ({"phase": True}, 0), ({"is_secret": True}, 1), ({}, 1)],
)
def test_which_projects_count(session, figures, values, expected):
    other = make.make_project(session)
    project = make.make_project(session, **{name: True for name in values if name.startswith("is_")})
    if "duplicate" in values:
        project.duplicate_of_id = other.id
    if "phase" in values:
        other.parent_id = project.id
    make.sign(session, project)
    make.reach(session, project, Stage.STARTED, date(2022, 9, 20))
    assert figures("signed_count").year == expected
    assert figures("started_count").year == expected
    assert figures("lead_count", Month(2022, 2)).month == 1 + expected


def test_relocations_count_where_the_office_says_so(session, figures):
    make.sign(session, make.make_project(session, is_relocation=True))
    assert figures("signed_count", counts_relocations=True).year == 1


def test_phases_count_and_their_parent_does_not(session, figures):
    parent = make.make_project(session)
    make.sign(session, parent, amount=900_000_000)
    for amount in (400_000_000, 500_000_000):
        make.sign(session, make.make_project(session, parent_id=parent.id), amount=amount)
    assert figures("signed_count").year == 2
    assert figures("signed_total_yuan").year == 900_000_000


def test_foreign_capital_stays_in_dollars(session, figures):
    project = make.make_project(session, capital_kind=CapitalKind.FOREIGN)
    make.sign(session, project, amount=680_000_000, contract={"foreign_usd": 40_000_000, "fixed_yuan": 500_000_000})
    assert figures("signed_foreign_usd").year == 40_000_000
    assert figures("signed_fixed_yuan").year == 500_000_000
    assert figures("signed_total_yuan").year == 680_000_000


# ------------------------------------------------------------------------------------------------------- start and after


def test_only_the_first_arrival_at_a_stage_counts(session, figures):
    project = make.make_project(session)
    make.reach(session, project, Stage.STARTED, date(2022, 3, 4))
    make.reach(session, project, Stage.STARTED, date(2022, 9, 4))
    make.reach(session, project, Stage.PRODUCING, date(2022, 9, 5), ClaimState.REPORTED)
    assert spans(figures("started_count")) == (0, 1, 0)
    producing = figures("producing_count")
    assert (producing.year, producing.pending) == (0, 1)


def test_a_start_reversed_and_reported_again_counts_where_the_new_one_says(session, figures):
    project = make.make_project(session)
    claim = make.reach(session, project, Stage.STARTED, date(2022, 3, 4), ClaimState.REVERSED)
    claim.reversed_at = start_of(date(2022, 9, 1))
    make.reach(session, project, Stage.STARTED, date(2022, 8, 4), verified_on=date(2022, 9, 2))
    assert figures("started_count", Month(2022, 8)).month == 1
    assert figures("started_count", Month(2022, 8), as_of=date(2022, 8, 31)).year == 1
    assert figures("started_count", Month(2022, 3), as_of=date(2022, 8, 31)).month == 1
    assert figures("started_count", Month(2022, 3)).month == 0


def test_free_moves_count_when_recorded_and_going_back_is_no_entry(session, figures):
    project = make.make_project(session, stage=Stage.LEAD)
    make.make_move(session, project, Stage.SCREENING, date(2022, 9, 2))
    project.stage = Stage.SCREENING
    make.make_move(session, project, Stage.NEGOTIATION, date(2022, 9, 6))
    late = make.make_project(session, stage=Stage.SCREENING)
    make.make_move(session, late, Stage.NEGOTIATION, date(2022, 9, 6), recorded_at=start_of(date(2022, 10, 8)))
    back = make.make_project(session, stage=Stage.REVIEW)
    make.make_move(session, back, Stage.NEGOTIATION, date(2022, 9, 9))
    assert figures("negotiation_new_count").month == 2
    assert figures("negotiation_new_count", as_of=date(2022, 9, 30)).month == 1
    assert figures("screened_count").month == 1


def test_the_amount_of_a_move_is_the_newest_plan(session, figures):
    project = make.make_project(session)
    make.make_money(session, project, MoneyKind.PLAN, 100_000_000, date(2022, 2, 1))
    make.make_money(session, project, MoneyKind.PLAN, 250_000_000, date(2022, 7, 1))
    make.reach(session, project, Stage.STARTED, date(2022, 3, 4))
    assert figures("started_total_yuan").year == 250_000_000
    assert figures("lead_total_yuan").year == 250_000_000


# --------------------------------------------------------------------------------------------------- standing and cohorts


def _walk(session, project, *steps):
    project.stage = Stage.LEAD
    for stage, on in steps:
        make.make_move(session, project, stage, on)
        project.stage = stage


@pytest.mark.parametrize(
    ("steps", "status", "expected"),
    [
        ([], None, "lead"),
        ([(Stage.NEGOTIATION, date(2022, 9, 30))], None, "negotiation"),
        ([(Stage.NEGOTIATION, date(2022, 10, 1))], None, "lead"),
        ([(Stage.NEGOTIATION, date(2022, 3, 1)), (Stage.REVIEW, date(2022, 9, 1))], None, "review"),
        ([(Stage.REVIEW, date(2022, 9, 1)), (Stage.NEGOTIATION, date(2022, 9, 20))], None, "negotiation"),
        ([(Stage.REVIEW, date(2022, 9, 1)), (Stage.NEGOTIATION, date(2022, 10, 20))], None, "review"),
        ([(Stage.NEGOTIATION, date(2022, 3, 1))], (Status.PAUSED, date(2022, 9, 30)), None),
        ([(Stage.NEGOTIATION, date(2022, 3, 1))], (Status.LOST, date(2022, 10, 1)), "negotiation"),
    ],
)
def test_where_a_project_stood_at_the_months_end(session, figures, steps, status, expected):
    project = make.make_project(session)
    _walk(session, project, *steps)
    if status:
        make.lose(session, project, status[1], status[0])
    project.stage, project.status = Stage.FULL_CAPACITY, Status.ACTIVE  # where it stands now is nobody's business here
    counts = {stage.slug: figures(f"standing_{stage.slug}_count").year for stage in Stage}
    assert {slug: n for slug, n in counts.items() if n} == ({expected: 1} if expected else {})
    assert figures("negotiation_count").year == (1 if expected in ("negotiation", "review") else 0)


def test_a_late_verified_move_does_not_pull_a_project_back(session, figures):
    project = make.make_project(session)
    _walk(session, project, (Stage.PREPARATION, date(2022, 9, 5)))
    make.sign(session, project, date(2022, 9, 8))
    assert figures("standing_preparation_count").year == 1


def test_the_funnel_follows_this_years_leads(session, figures):
    walked, fresh, older = (
        make.make_project(session, registered_at=datetime(year, 2, 1, tzinfo=UTC)) for year in (2022, 2022, 2021)
    )
    for project in (walked, older):
        _walk(session, project, (Stage.SCREENING, date(2022, 3, 1)), (Stage.NEGOTIATION, date(2022, 4, 1)))
        make.sign(session, project, date(2022, 9, 1))
    make.make_money(session, fresh, MoneyKind.PLAN, 70_000_000, date(2022, 2, 1))
    steps = ("lead", "screening", "negotiation", "review", "signed", "started")
    assert [figures(f"cohort_{step}_count").year for step in steps] == [2, 1, 1, 1, 1, 0]
    assert figures("cohort_lead_total_yuan").year == 70_000_000
    assert figures("cohort_signed_count", Month(2022, 8)).year == 0


def test_a_lead_belongs_to_the_day_in_china(session, figures):
    make.make_project(session, registered_at=datetime(2022, 8, 31, 15, 59, 59, tzinfo=UTC))
    make.make_project(session, registered_at=datetime(2022, 8, 31, 16, 0, tzinfo=UTC))  # the first of September there
    assert spans(figures("lead_count")) == (1, 2, 0)
    assert figures("lead_count", Month(2022, 8)).month == 1


# ---------------------------------------------------------------------------------------------------------------- money


def test_yuan_and_dollars_are_never_added(session, figures):
    project = make.make_project(session)
    rates = ((Decimal("6.35"), date(2022, 3, 1)), (Decimal("7.10"), date(2022, 9, 28)))
    for rate, on in rates:  # the rate changed between the two payments
        claim = make.make_claim(session, project, ClaimKind.ARRIVAL, on)
        make.make_money(
            session, project, MoneyKind.ARRIVED, 10_000_000, on, claim, currency=Currency.USD, rate=rate, rate_on=on,
            amount_yuan=int(10_000_000 * rate),
        )  # fmt: skip
    claim = make.make_claim(session, project, ClaimKind.ARRIVAL, date(2022, 9, 9))
    make.make_money(session, project, MoneyKind.ARRIVED, 30_000_000, date(2022, 9, 9), claim)
    assert spans(figures("arrived_usd")) == (10_000_000, 20_000_000, 0)
    assert spans(figures("arrived_yuan")) == (30_000_000, 30_000_000, 0)


def test_completed_investment_counts_for_projects_on_a_list_of_that_year_once(session, figures):
    key, other, last_years = (make.make_project(session) for _ in range(3))
    make.make_listing(session, key, KeyList.CITY)
    make.make_listing(session, key, KeyList.PROVINCE_BATCH)
    make.make_listing(session, last_years, KeyList.CITY, 2021)
    for project in (key, other, last_years):
        for on in (date(2021, 9, 28), date(2022, 8, 28), date(2022, 9, 28)):
            claim = make.make_claim(session, project, ClaimKind.COMPLETION, on)
            make.make_money(session, project, MoneyKind.COMPLETED, 20_000_000, on, claim)
    assert spans(figures("completed_yuan")) == (20_000_000, 40_000_000, 20_000_000)


# ---------------------------------------------------------------------------------------------------------- key projects


def test_lists_overlap_and_the_total_is_distinct(session, figures):
    both, one, gone = (make.make_project(session) for _ in range(3))
    make.make_listing(session, both, KeyList.CITY)
    make.make_listing(session, both, KeyList.PROVINCE_BATCH)
    make.make_listing(session, one, KeyList.DISTRICT)
    make.make_listing(session, one, KeyList.CITY, 2021)
    make.make_listing(session, gone, KeyList.CITY, to_on=date(2022, 6, 30))
    for project in (both, one, gone):
        make.make_plan(session, project, 100_000_000)
    make.make_plan(session, both, 150_000_000, approved_at=datetime(2022, 6, 1, tzinfo=UTC))
    assert figures("key_project_count").year == 2
    assert [figures(f"key_{name}_count").year for name in ("city", "district", "province_batch")] == [1, 1, 1]
    assert figures("key_planned_yuan").year == 250_000_000
    assert figures("key_city_count", Month(2022, 5)).year == 2


@pytest.mark.parametrize(
    ("planned", "started", "verified_on", "expected"),
    [
        (date(2022, 3, 10), date(2022, 3, 31), None, "started_on_time_count"),  # within the planned month
        (date(2022, 3, 10), date(2022, 2, 20), None, "started_on_time_count"),
        (date(2022, 3, 10), date(2022, 4, 1), None, "started_late_count"),
        (date(2022, 3, 10), None, None, "start_missing_count"),
        (date(2022, 3, 10), date(2022, 3, 20), date(2022, 11, 1), "start_missing_count"),  # not verified yet
        (date(2022, 11, 10), None, None, None),  # not due
        (date(2021, 11, 10), date(2021, 11, 1), None, None),  # due last year
    ],
)
def test_whether_a_planned_start_kept_its_month(session, figures, planned, started, verified_on, expected):
    project = make.make_project(session)
    make.make_listing(session, project, planned_start_on=planned)
    if started:
        make.reach(session, project, Stage.STARTED, started, verified_on=verified_on)
    states = ("started_on_time_count", "started_late_count", "start_missing_count")
    assert {key for key in states if figures(key).year} == ({expected} if expected else set())
    assert figures("planned_start_count").year == (1 if expected else 0)


def test_the_years_plan_overrules_the_list_and_the_project(session, figures):
    project = make.make_project(session, planned_start_on=date(2022, 12, 1))
    make.make_listing(session, project, planned_start_on=date(2022, 11, 1))
    assert figures("planned_start_count").year == 0
    make.make_plan(session, project, planned_start_on=date(2022, 5, 1))
    assert figures("planned_start_count").year == 1


def test_new_starts_count_once_in_total_and_on_each_list(session, figures):
    project, other = make.make_project(session), make.make_project(session)
    make.make_listing(session, project, KeyList.CITY)
    make.make_listing(session, project, KeyList.PROVINCE_BATCH)
    for one in (project, other):
        make.reach(session, one, Stage.STARTED, date(2022, 9, 28))
    assert spans(figures("key_start_count")) == (1, 1, 0)
    assert figures("key_city_starts").year == figures("key_province_batch_starts").year == 1
    assert figures("key_district_starts").year == 0


# ----------------------------------------------------------------------------------------------------------------- work


def test_meetings_and_touchpoints(session, figures):
    one, other = make.make_project(session), make.make_project(session)
    make.make_activity(session, one, other, kind=ActivityKind.VIDEO)  # two projects, one meeting
    make.make_activity(session, one, kind=ActivityKind.VIDEO, state=ActivityState.PLANNED)
    make.make_activity(session, one, kind=ActivityKind.VIDEO, state=ActivityState.CANCELLED)
    make.make_activity(session, kind=ActivityKind.TRIP, city="上海市")
    for kind in MeetingKind:
        make.make_meeting(session, one, kind=kind)
    assert figures("video_meeting_count").year == 1
    assert figures("trip_count").year == 1
    assert figures("coordination_meeting_count").year == 2


def test_trip_cities_are_distinct_and_ranked(session):
    for city in ("北京", "上海市", "上海", "长沙", ""):
        make.make_activity(session, kind=ActivityKind.TRIP, city=city)
    make.make_activity(session, kind=ActivityKind.VISIT, city="厦门")
    make.make_activity(session, kind=ActivityKind.TRIP, city="杭州", at=datetime(2022, 10, 3, tzinfo=UTC))
    assert Totals(session, Basis(TODAY), SEPTEMBER).trip_cities == ("上海", "北京", "长沙")


def test_action_items_by_state_at_the_months_end(session, figures):
    project, unit = make.make_project(session), make.team(session, "资规局")
    make.make_action(session, project, unit, date(2022, 9, 29))
    make.make_action(session, project, unit, date(2022, 9, 30))
    make.make_action(session, project, unit, date(2022, 9, 25), done_on=date(2022, 9, 24))
    make.make_action(session, project, unit, date(2022, 9, 25), done_on=date(2022, 10, 2))
    make.make_action(session, project, unit, date(2022, 10, 25), assigned_on=date(2022, 10, 5))
    assert figures("action_assigned_count").month == 4
    assert figures("action_done_count").month == 1
    assert figures("action_open_count").year == 3
    assert figures("action_overdue_count").year == 2


def test_a_deadline_in_a_holiday_is_due_on_the_next_day_worked(session, figures):
    project, unit = make.make_project(session), make.team(session, "资规局")
    make.make_action(session, project, unit, date(2022, 9, 10), assigned_on=date(2022, 9, 1))  # Saturday of 中秋
    holidays = Calendar({date(2022, 9, day): False for day in (10, 11, 12)} | {date(2022, 9, 30): False})
    assert figures("action_overdue_count", calendar=holidays).year == 1
    assert figures("action_overdue_count", Month(2022, 9)).year == 1
    late = make.make_action(session, project, unit, date(2022, 9, 29), assigned_on=date(2022, 9, 1))
    assert figures("action_overdue_count", calendar=holidays).year == 2
    late.deadline_on = date(2022, 9, 30)
    assert figures("action_overdue_count", calendar=holidays).year == 1


# ---------------------------------------------------------------------------------------------------------------- rates


def test_rates_against_last_year_target_and_calendar(session, figures):
    session.add(
        Target(year=2022, indicator=Indicator.SIGNED_COUNT, unit_id=make.team(session, "云湖经开区").id, value=4)
    )
    session.add(Target(year=2022, indicator=Indicator.SIGNED_YUAN, unit_id=make.team(session).id, value=1))  # a team's
    for on in (date(2021, 3, 1), date(2021, 4, 1), date(2022, 3, 1), date(2022, 9, 1), date(2022, 9, 2)):
        make.sign(session, make.make_project(session), on)
    signed = figures("signed_count")
    assert (signed.change, signed.completion, signed.deviation) == (Decimal("0.5"), Decimal("0.75"), Decimal("0.0"))
    assert figures("signed_total_yuan").completion is None


def test_zero_bases_say_nothing_and_january_has_its_own_share(session, figures):
    make.sign(session, make.make_project(session), date(2022, 1, 20))
    january = figures("signed_count", Month(2022, 1))
    assert spans(january) == (1, 1, 0)
    assert january.change is None
    assert january.completion is None


def test_months_add_up_to_the_year(session):
    for month in (1, 3, 3, 9):
        make.sign(session, make.make_project(session), date(2022, month, 12))
    totals = Totals(session, Basis(TODAY), SEPTEMBER)
    assert totals.by_month("signed_count", 2022) == [1, 0, 2, 0, 0, 0, 0, 0, 1]
    assert sum(totals.by_month("signed_total_yuan", 2022)) == totals["signed_total_yuan"].year


def test_a_dashboard_is_a_fixed_number_of_statements(session, count_queries):
    make.sign(session, make.make_project(session))
    session.commit()
    with count_queries() as statements:
        totals = Totals(session, Basis(TODAY), SEPTEMBER)
        for key in FIGURES:
            assert totals[key].month is not None
            assert totals[key].completion is None
        assert totals.by_month("signed_count", 2021)
    assert len(statements) == len({figure.source.name for figure in FIGURES.values()}) + 1  # and the targets


def test_every_figure_says_what_it_counts():
    for key, figure in FIGURES.items():
        assert figure.key == key
        assert len(figure.definition) > 8
        assert figure.measure == "counts" or figure.unit.is_money
    assert len({figure.name for figure in FIGURES.values()}) == len(FIGURES)


def test_every_row_has_exactly_one_verdict(session):
    make.sign(session, make.make_project(session))
    make.sign(session, make.make_project(session), state=ClaimState.REPORTED)
    make.sign(session, make.make_project(session, is_relocation=True), state=ClaimState.REPORTED)
    totals = Totals(session, Basis(TODAY), SEPTEMBER)
    figure, year = FIGURES["signed_count"], Period.year_to(SEPTEMBER)
    found = {verdict: totals.rows(figure, year, verdict) for verdict in Verdict}
    assert {verdict: n for verdict, n in found.items() if n} == {
        Verdict.COUNTED: 1, Verdict.PENDING: 1, Verdict.RELOCATED: 1,
    }  # fmt: skip
