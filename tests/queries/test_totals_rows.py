"""What stands behind a figure: its rows add up to it, for every figure, span and part; secrets are counted, not shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crm.choices import (
    ActivityKind,
    CapitalKind,
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    KeyList,
    MoneyKind,
    Origin,
    Stage,
    Status,
)
from crm.queries.totals import FIGURES, Basis, Totals, Verdict
from crm.queries.totals.registry import Subject
from crm.queries.totals.rows import Question, answer
from crm.queries.totals.slices import Dimension, name_of, slices
from crm.rules.days import Month, Period
from tests import factories as make

MONTH = Month(2022, 9)
BASIS = Basis(date(2022, 10, 20))
YEAR = Period.year_to(MONTH)


@pytest.fixture
def zone(session, officer, other_officer):
    """A little of everything."""
    root = make.make_industry(session, "智能制造", rank=2)
    leaf = make.make_industry(session, "机器人", parent_id=root.id)
    area = make.make_area(session)
    german = make.make_company(session, origin=Origin.FOREIGN, country="德国", province="", city="")
    shanghai = make.make_company(session, city="上海")

    def project(**more):
        values = {
            "lead": officer,
            "industry_id": leaf.id,
            "company_id": make.make_company(session).id,
            "area_id": area.id,
        }
        made = make.make_project(session, **{**values, **more})
        make.make_money(session, made, MoneyKind.PLAN, made.total_yuan, date(2022, 2, 1))
        return made

    first = project(industry_id=root.id, company_id=shanghai.id)
    second = project(lead=other_officer)
    foreign = project(company_id=german.id, capital_kind=CapitalKind.FOREIGN, area_id=None, industry_id=None)
    secret = project(lead=other_officer, is_secret=True)
    make.sign(session, first, date(2022, 9, 3), 200_000_000)
    make.sign(session, second, date(2022, 4, 3), 310_000_000)
    make.sign(session, foreign, date(2022, 9, 8), 680_000_000, contract={"foreign_usd": 9_000_000, "fixed_yuan": 10**8})
    make.sign(session, secret, date(2022, 6, 8), 1_000_000_000)
    make.sign(session, project(), date(2021, 5, 5), 90_000_000)
    make.sign(session, project(), date(2022, 9, 20), state=ClaimState.REPORTED)
    make.sign(session, project(is_relocation=True), date(2022, 9, 21))
    make.sign(session, project(duplicate_of_id=first.id), date(2022, 9, 21))
    framework = project()
    claim = make.make_claim(session, framework, ClaimKind.CONTRACT)
    make.make_contract(session, framework, claim, kind=ContractKind.FRAMEWORK)
    more = make.make_claim(session, second, ClaimKind.CONTRACT, date(2022, 9, 28))
    make.make_contract(session, second, more, date(2022, 9, 28), ContractKind.SUPPLEMENT, 40_000_000)
    for key_list in (KeyList.CITY, KeyList.PROVINCE_BATCH):
        make.make_listing(session, first, key_list, planned_start_on=date(2022, 9, 1))
    make.make_plan(session, first)
    for stage, on in ((Stage.STARTED, date(2022, 9, 12)), (Stage.FINISHED, date(2022, 9, 28))):
        make.reach(session, first, stage, on)
    for kind, currency, amount in (
        (MoneyKind.ARRIVED, Currency.CNY, 5_000_000), (MoneyKind.ARRIVED, Currency.USD, 700_000),
        (MoneyKind.ARRIVED, Currency.JPY, 900_000), (MoneyKind.COMPLETED, Currency.CNY, 30_000_000),
    ):  # fmt: skip
        claim = make.make_claim(session, first, ClaimKind.ARRIVAL)
        rate = Decimal(1) if currency is Currency.CNY else Decimal(7)
        make.make_money(
            session, first, kind, amount, date(2022, 9, 9), claim, currency=currency, rate=rate,
            amount_yuan=int(amount * rate),
        )  # fmt: skip
    make.lose(session, second, date(2022, 9, 30))
    talking = project()
    make.make_move(session, talking, Stage.NEGOTIATION, date(2022, 9, 2), from_stage=Stage.LEAD)
    paused = project()
    make.make_move(session, paused, Stage.NEGOTIATION, date(2022, 9, 2), from_stage=Stage.LEAD)
    make.lose(session, paused, date(2022, 9, 5), Status.PAUSED)
    for kind in ActivityKind:
        make.make_activity(session, first, kind=kind, city="上海")
    make.make_activity(session, secret, kind=ActivityKind.VIDEO)
    make.make_meeting(session, first, second)
    make.make_meeting(session, secret)
    make.make_action(session, first, make.team(session, "资规局"))
    make.make_action(session, secret, make.team(session, "资规局"), done_on=date(2022, 9, 29))
    session.flush()


def ask(session, actor, key, period=YEAR, dimension=None, part=""):
    return answer(session, actor, Question(FIGURES[key], BASIS, period, dimension, part))


@pytest.mark.parametrize("span", ["in_month", "in_year", "in_last_year"])
def test_the_rows_of_every_figure_add_up_to_it(session, zone, acting, leader, span):
    totals, actor, speaking = Totals(session, BASIS, MONTH), acting(leader), 0
    for key, figure in FIGURES.items():
        period = getattr(totals, span)
        found = ask(session, actor, key, period)
        shown = (
            [row.amount(figure.measure) or 0 for row in found.rows] if figure.unit.is_money else [1] * len(found.rows)
        )
        assert sum(shown) == found.total == totals.over(figure, period), key
        assert len(found.rows) == found.count == totals.rows(figure, period), key
        assert found.reasons.get(Verdict.PENDING, 0) == totals.rows(figure, period, Verdict.PENDING), key
        speaking += bool(found.total)
    assert speaking >= {"in_month": 40, "in_year": 45, "in_last_year": 2}[span]


def test_a_secret_project_counts_and_is_seen_by_the_named_only(
    session, zone, acting, leader, statistician, other_officer
):
    everything, some, named = (
        ask(session, acting(who), "signed_count") for who in (leader, statistician, other_officer)
    )
    assert {found.total for found in (everything, some, named)} == {4}
    assert (len(everything.rows), everything.hidden) == (4, 0)
    assert (len(some.rows), some.hidden) == (3, 1)
    assert (len(named.rows), named.hidden) == (2, 2)  # his team's two; the other team's are not his


def test_what_hangs_on_a_secret_project_is_hidden_too(session, zone, acting, statistician):
    for key in ("video_meeting_count", "coordination_meeting_count"):
        found = ask(session, acting(statistician), key)
        assert (found.total, len(found.rows), found.hidden) == (2, 1, 1), key
    assert ask(session, acting(statistician), "action_assigned_count").hidden == 1


def test_what_was_left_out_is_said_with_its_reason(session, zone, acting, leader):
    found = ask(session, acting(leader), "signed_count")
    assert found.reasons == {
        Verdict.PENDING: 1, Verdict.RELOCATED: 1, Verdict.DUPLICATE: 1, Verdict.FRAMEWORK: 1,
    }  # fmt: skip
    assert sorted(row.verdict for row in found.left_out) == sorted(found.reasons)
    assert ask(session, acting(leader), "arrived_usd").reasons == {Verdict.OTHER_CURRENCY: 1}
    assert ask(session, acting(leader), "negotiation_count").reasons == {Verdict.PAUSED: 1}


def test_a_row_says_what_and_who_verified_it(session, zone, acting, leader):
    row = ask(session, acting(leader), "signed_total_yuan", Period.month(MONTH)).rows[0]
    assert (row.yuan, row.usd, row.fixed_yuan, row.on) == (680_000_000, 9_000_000, 100_000_000, date(2022, 9, 8))
    assert row.verified_by == "方致远"
    assert row.facet == ContractKind.FORMAL


def test_a_row_is_about_what_its_source_is_about(session, zone, acting, leader):
    trip = ask(session, acting(leader), "trip_count").rows[0]
    assert FIGURES["trip_count"].source.subject is Subject.ACTIVITY
    assert (trip.project_id, trip.code) == (None, "上海")
    assert trip.title


@pytest.mark.parametrize("dimension", list(Dimension))
def test_parts_add_up_and_open_their_own_rows(session, zone, acting, leader, dimension):
    figure = FIGURES["signed_total_yuan"]
    parts = slices(session, figure, dimension, BASIS, YEAR, Period.month(MONTH))
    assert sum(part.yuan for part in parts) == 2_230_000_000
    assert sum(part.month_yuan for part in parts) == 920_000_000
    assert (sum(part.count for part in parts), sum(part.month_count for part in parts)) == (4, 2)
    assert [part.yuan for part in parts] == sorted((part.yuan for part in parts), reverse=True)
    for part in parts:
        assert ask(session, acting(leader), figure.key, YEAR, dimension, part.key).total == part.yuan
        assert ask(session, acting(leader), "signed_count", YEAR, dimension, part.key).total == part.count
        assert name_of(session, dimension, part.key) == part.name


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Dimension.INDUSTRY, {"智能制造": 3, "未填": 1}),  # 机器人 rolled up
        (Dimension.ORIGIN, {"上海": 3, "德国": 1}),  # 上海 and 上海市 are one
        (Dimension.CAPITAL, {"内资": 3, "外资": 1}),
        (Dimension.AREA, {"石桥片区": 3, "未填": 1}),
        (Dimension.TEAM, {"招商一组": 2, "招商二组": 2}),
    ],
)
def test_by_what_signings_are_parted(session, zone, dimension, expected):
    parts = slices(session, FIGURES["signed_total_yuan"], dimension, BASIS, YEAR, Period.month(MONTH))
    assert {part.name: part.count for part in parts} == expected


def test_an_unknown_part_is_empty(session, zone, acting, leader):
    assert ask(session, acting(leader), "signed_count", YEAR, Dimension.TEAM, "no such").total == 0
    assert name_of(session, Dimension.INDUSTRY, "nonsense") == "nonsense"


def test_the_rows_of_a_figure_take_three_statements(session, zone, acting, leader, count_queries):
    actor = acting(leader)
    with count_queries() as statements:
        ask(session, actor, "signed_count")
    assert len(statements) == 3
