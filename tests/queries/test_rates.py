"""The rates of the assessment: cohorts told from periods, a promise kept from one made good late, nothing divided by nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from crm.choices import ContractKind, Currency, KeyList, MoneyKind, Stage
from crm.queries.people import actor_of
from crm.queries.totals import Basis, Totals
from crm.queries.totals.known import find_figure
from crm.queries.totals.rates import LAPSES, OF_RATES, RATES, lapsed, rated
from crm.queries.totals.rows import Question, answer
from crm.rules.days import Month
from tests import factories as make

TODAY = date(2022, 10, 20)
SEPTEMBER = Month(2022, 9)


@pytest.fixture
def rate(session):
    """`rate("talk_signing")` -> (numerator, denominator) of January to the month."""

    def ask(key, month=SEPTEMBER, as_of=TODAY):
        session.flush()
        totals = Totals(session, Basis(as_of), month)
        return next((one.done, one.of) for one in rated(totals) if one.rate.key == key)

    return ask


@pytest.fixture
def days(session):
    """`days("lead_to_signing")` -> (median, projects)."""

    def ask(key, month=SEPTEMBER):
        session.flush()
        totals = Totals(session, Basis(TODAY), month)
        return next((one.median_days, one.count) for one in lapsed(totals) if one.lapse.key == key)

    return ask


def registered(year, month, day):
    return datetime(year, month, day, 1, tzinfo=UTC)


def talked(session, on, **more):
    """A project that came to 在谈 on a day."""
    project = make.make_project(session, stage=Stage.LEAD, **more)
    make.make_move(session, project, Stage.NEGOTIATION, on)
    project.stage = Stage.NEGOTIATION
    return project


def test_a_year_without_anything_says_nothing(session):
    totals = Totals(session, Basis(date(2022, 1, 31)), Month(2022, 1))
    assert {(one.done, one.of, one.share) for one in rated(totals)} == {(0, 0, None)}
    assert {(one.count, one.median_days) for one in lapsed(totals)} == {(0, None)}


def test_leads_and_talks_are_cohorts(session, rate):
    old = talked(session, date(2021, 6, 1), registered_at=registered(2021, 5, 1))
    make.sign(session, old, date(2022, 9, 1))  # signed this year, but of last year's cohort: in neither rate
    new = talked(session, date(2022, 3, 1))
    make.sign(session, new, date(2022, 9, 15))
    talked(session, date(2022, 4, 1))
    make.make_project(session, stage=Stage.LEAD)
    assert rate("lead_conversion") == (2, 3)
    assert rate("talk_signing") == (1, 2)
    assert rate("talk_signing", Month(2022, 8)) == (0, 2)  # not signed yet at the end of August
    assert rate("talk_signing", as_of=date(2022, 9, 16)) == (0, 2)  # verified on the 17th
    assert rate("signed_start") == (0, 2)
    make.reach(session, new, Stage.STARTED, date(2022, 9, 20))
    make.reach(session, old, Stage.STARTED, date(2022, 10, 3))
    assert rate("signed_start") == (1, 2) and rate("signed_start", Month(2022, 10)) == (2, 2)


def test_a_second_arrival_and_a_double_are_not_in_the_cohort_again(session, rate):
    project = talked(session, date(2021, 12, 1))
    make.make_move(session, project, Stage.SCREENING, date(2022, 2, 1))
    make.make_move(session, project, Stage.NEGOTIATION, date(2022, 3, 1))
    talked(session, date(2022, 3, 1), duplicate_of_id=project.id)
    assert rate("talk_signing") == (0, 0)


def test_a_framework_turns_when_a_formal_contract_follows(session, rate):
    def agreed(on, kind=ContractKind.FRAMEWORK):
        project = make.make_project(session)
        make.make_contract(session, project, make.make_claim(session, project, on=on), on, kind)
        return project

    turned = agreed(date(2022, 3, 1))
    make.sign(session, turned, date(2022, 9, 30))
    before = agreed(date(2022, 5, 1))
    make.sign(session, before, date(2022, 4, 1))  # the formal one came first: nothing was turned
    agreed(date(2022, 6, 1), ContractKind.INTENT)
    assert rate("framework_turning") == (1, 3)
    assert rate("framework_turning", Month(2022, 8)) == (0, 3)


@pytest.mark.parametrize(
    ("promised", "came", "expected"),
    [
        (date(2022, 6, 30), date(2022, 6, 30), (1, 1)),
        (date(2022, 6, 30), date(2022, 7, 1), (0, 1)),  # late is not kept
        (date(2022, 6, 30), None, (0, 1)),
        (date(2022, 12, 31), date(2022, 6, 1), (0, 0)),  # not due yet
        (date(2021, 12, 31), date(2022, 6, 1), (0, 0)),  # due last year
    ],
)
def test_a_promise_is_kept_by_its_day(session, rate, promised, came, expected):
    project = make.make_project(session)
    make.sign(session, project, date(2021, 11, 1), contract={"promised_start_on": promised})
    if came:
        make.reach(session, project, Stage.STARTED, came)
    assert rate("promise_keeping") == expected


def test_a_lost_project_stays_due(session, rate):
    project = make.make_project(session)
    make.sign(session, project, date(2022, 1, 10), contract={"promised_start_on": date(2022, 6, 1)})
    make.lose(session, project, date(2022, 5, 1))
    assert rate("promise_keeping") == (0, 1)


def test_finished_and_producing_count_late_ones_too(session, rate):
    project = make.make_project(session)
    promised = {"promised_finish_on": date(2022, 5, 1), "promised_production_on": date(2022, 8, 1)}
    make.sign(session, project, date(2021, 1, 10), contract=promised)
    make.reach(session, project, Stage.STARTED, date(2021, 3, 1))
    make.reach(session, project, Stage.FINISHED, date(2022, 7, 1))
    assert (rate("finish"), rate("production")) == ((1, 1), (0, 1))
    assert rate("finish", Month(2022, 6)) == (0, 1)
    make.reach(session, project, Stage.PRODUCING, date(2022, 9, 1))
    assert rate("production") == (1, 1)


def test_the_started_that_stand_in_the_statistics(session, rate):
    inside, outside, later = (make.make_project(session) for _ in range(3))
    for project, on in ((inside, date(2022, 3, 1)), (outside, date(2022, 5, 1)), (later, date(2022, 10, 2))):
        make.reach(session, project, Stage.STARTED, on)
    make.make_fai(session, inside, date(2022, 4, 1))
    make.make_fai(session, outside, date(2022, 10, 8))  # after the month's end
    assert rate("fai") == (1, 2)
    assert rate("fai", Month(2022, 10)) == (2, 3)
    assert rate("fai", Month(2022, 1)) == (0, 0)


def test_both_rates_of_starting_are_named(session, rate):
    begun, planned = (make.make_project(session) for _ in range(2))
    make.make_listing(session, begun, KeyList.CITY, planned_start_on=date(2022, 11, 1))
    make.make_listing(session, begun, KeyList.PROVINCE_BATCH)  # on two lists, once
    make.make_listing(session, planned, KeyList.CITY, planned_start_on=date(2022, 9, 1))
    make.sign(session, begun, date(2022, 1, 10))
    make.reach(session, begun, Stage.STARTED, date(2022, 8, 1))
    assert rate("listed_start") == (1, 2)
    assert rate("planned_start") == (0, 1)


def test_money_of_those_signed_in_the_period(session, rate):
    mine, old = (make.make_project(session) for _ in range(2))
    make.sign(session, mine, date(2022, 3, 1), 400_000_000, contract={"foreign_usd": 10_000_000})
    make.sign(session, old, date(2021, 3, 1))
    for project, amount in ((mine, 100_000_000), (old, 300_000_000)):
        claim = make.make_claim(session, project, on=date(2022, 8, 1))
        make.make_money(session, project, MoneyKind.ARRIVED, amount, date(2022, 8, 1), claim)
    claim = make.make_claim(session, mine, on=date(2022, 8, 2))
    dollars = {"currency": Currency.USD, "rate": 7, "amount_yuan": 35_000_000}
    make.make_money(session, mine, MoneyKind.ARRIVED, 5_000_000, date(2022, 8, 2), claim, **dollars)
    assert rate("arrival") == (100_000_000, 400_000_000)
    assert rate("foreign_arrival") == (5_000_000, 10_000_000)


def test_how_long_steps_take(session, days):
    for signed, started in ((date(2022, 2, 11), date(2022, 3, 13)), (date(2022, 2, 21), date(2022, 9, 1))):
        project = make.make_project(session, registered_at=registered(2022, 2, 1))
        make.sign(session, project, signed)
        make.reach(session, project, Stage.STARTED, started)
    assert days("lead_to_signing") == (Fraction(15), 2)
    assert days("signing_to_start") == (Fraction(30 + 192, 2), 2)
    unknown = make.make_project(session)  # a ledger that says only "started"
    make.reach(session, unknown, Stage.STARTED, date(2022, 5, 1))
    assert days("signing_to_start") == (Fraction(111), 2)
    assert days("start_to_production") == (None, 0)


def test_every_side_of_a_rate_is_the_sum_of_its_rows(session, officer, statistician):
    project = talked(session, date(2022, 3, 1), lead=officer)
    make.sign(session, project, date(2022, 4, 1), contract={"promised_start_on": date(2022, 9, 1)})
    make.reach(session, project, Stage.STARTED, date(2022, 8, 1))
    make.make_listing(session, project, planned_start_on=date(2022, 8, 1))
    make.make_plan(session, project)
    secret = talked(session, date(2022, 5, 1), is_secret=True)
    session.commit()
    totals, actor = Totals(session, Basis(TODAY), SEPTEMBER), actor_of(session, statistician)
    for one in rated(totals):
        for figure, value in ((one.rate.done, one.done), (one.rate.of, one.of)):
            found = answer(session, actor, Question(figure, totals.basis, totals.in_year))
            assert found.total == value, figure.key
            assert secret.id not in {row.project_id for row in found.rows}
    talk = next(one for one in rated(totals) if one.rate.key == "talk_signing")
    assert (talk.done, talk.of) == (1, 2)  # the secret one is counted, not shown


def test_keys_are_unique_and_known():
    keys = [rate.key for rate in RATES]
    assert len({*keys, *(lapse.key for lapse in LAPSES)}) == len(keys) + len(LAPSES)
    assert all(find_figure(key) is figure for key, figure in OF_RATES.items())
    assert find_figure("signed_count") is not None and find_figure("nonsense") is None


def test_the_number_of_statements_does_not_grow(session, client_for, leader, count_queries):
    client = client_for(leader)
    for _ in range(2):
        make.sign(session, talked(session, date(2022, 3, 1)), date(2022, 4, 1))
    session.commit()
    with count_queries() as few:
        assert client.get("/figures/rates?month=2022-09").status_code == 200
    for _ in range(10):
        make.sign(session, talked(session, date(2022, 3, 1)), date(2022, 4, 1))
    session.commit()
    with count_queries() as many:
        client.get("/figures/rates?month=2022-09")
    assert len(many) == len(few)


def test_the_page_leads_to_the_rows(session, client_for, leader, liaison):
    make.sign(session, talked(session, date(2022, 3, 1), name="演示谈成项目"), date(2022, 4, 1))
    session.commit()
    page = client_for(leader).get("/figures/rates?month=2022-09").get_data(as_text=True)
    assert "洽谈签约率" in page and "100.0%" in page and "—" in page
    rows = client_for(leader).get("/figures/talk_signing_done?month=2022-09").get_data(as_text=True)
    assert "演示谈成项目" in rows
    assert client_for(liaison).get("/figures/rates").status_code == 403


def test_the_command_prints_numerator_and_denominator(app, session):
    make.sign(session, talked(session, date(2022, 3, 1)), date(2022, 9, 15))
    session.commit()
    run = app.test_cli_runner().invoke
    found = json.loads(run(args=["crm", "rates", "2022", "--month", "9", "--json"]).output)
    talk = found["rates"]["talk_signing"]
    assert (talk["numerator"]["value"], talk["denominator"]["value"], talk["share"]) == (1, 1, 1.0)
    assert talk["denominator"]["figure"] == "talk_signing_of"
    assert found["rates"]["framework_turning"]["share"] is None
    assert found["days"]["lead_to_signing"] == {"name": "线索到签约", "median": 226.0, "projects": 1}
    assert json.loads(run(args=["crm", "rates", "2022", "--json"]).output)["month"] == "2022-10"  # the running month
    assert "洽谈签约率：100.0%（其中已签约 1 个 ÷ 进入在谈的项目 1 个）" in run(args=["crm", "rates", "2022"]).output
    assert "还没有开始" in run(args=["crm", "rates", "2023"]).output
