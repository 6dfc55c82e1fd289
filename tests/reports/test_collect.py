"""Database to facts: what the collector says of a month, and what it never says."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crm.choices import ActivityKind, CapitalKind, ClaimState, ContractKind, KeyList, Light, MoneyKind, Origin, Stage
from crm.choices import ClaimKind as Kind
from crm.models import MonthlyReport
from crm.rules.days import Month, start_of
from reports.briefing import checks
from reports.briefing.cells import behind
from reports.briefing.collect import collect
from reports.briefing.facts import Line, Outlook, Touch
from reports.briefing.grammar import Figure
from reports.briefing.render import render
from reports.briefing.text import overview
from tests import factories as make

SEPTEMBER = Month(2022, 9)
KNOWN = start_of(date(2022, 10, 20))


def read(session, month=SEPTEMBER, now=KNOWN):
    session.flush()
    return collect(session, month, "云湖经开区", "经发局（招商局）", now, is_demo=True)


def test_an_empty_office_has_an_empty_month(session):
    briefing = read(session, Month(2022, 1))
    assert briefing.figures(Line.SIGNED).count.year == 0
    assert briefing.key_projects == briefing.signed == briefing.negotiations == briefing.assignments == ()
    assert checks.findings(briefing) == []
    assert render(briefing).startswith(b"PK")


def test_signed_late_verified_belongs_to_its_month(session, officer):
    project = make.make_project(session, lead=officer)
    make.sign(session, project, date(2022, 9, 28), 500_000_000, verified_on=date(2022, 10, 3))
    row = read(session).signed[0]
    assert (row.name, row.signed_on, row.total_yuan, row.officer) == (
        project.name,
        date(2022, 9, 28),
        500_000_000,
        "顾清宁",
    )
    assert read(session, now=start_of(date(2022, 10, 2))).signed == ()


def test_reported_stands_beside_and_counts_nowhere(session, officer):
    make.sign(session, make.make_project(session, lead=officer), state=ClaimState.REPORTED)
    briefing = read(session)
    assert briefing.signed == ()
    assert [(row.label, row.count, row.amount_yuan) for row in briefing.unverified] == [("签约", 1, 350_000_000)]


def test_frameworks_are_listed_apart(session, officer):
    project = make.make_project(session, lead=officer)
    claim = make.make_claim(session, project, Kind.CONTRACT)
    make.make_contract(session, project, claim, kind=ContractKind.FRAMEWORK)
    briefing = read(session)
    assert briefing.signed == () and [row.contract for row in briefing.frameworks] == ["框架协议"]


def test_a_lost_signing_is_told_in_its_month_of_loss(session, officer):
    project = make.make_project(session, lead=officer)
    make.sign(session, project, date(2022, 5, 10))
    make.lose(session, project, date(2022, 9, 12))
    september = read(session)
    assert [(row.name, row.total_yuan) for row in september.withdrawals] == [(project.name, 350_000_000)]
    assert september.figures(Line.SIGNED).count.year == 1
    assert read(session, Month(2022, 8)).withdrawals == ()


def key_project(session, officer, **report):
    project = make.make_project(session, lead=officer, planned_start_on=date(2022, 3, 15))
    make.make_listing(session, project, KeyList.CITY)
    make.make_listing(session, project, KeyList.PROVINCE_BATCH)
    make.make_plan(session, project, 120_000_000, goal="主体结构封顶")
    make.sign(session, project, date(2022, 1, 10))
    make.reach(session, project, Stage.STARTED, date(2022, 3, 20))
    for number, amount in ((4, 40_000_000), (9, 50_000_000)):
        claim = make.make_claim(session, project, Kind.COMPLETION, date(2022, number, 28))
        make.make_money(session, project, MoneyKind.COMPLETED, amount, date(2022, number, 28), claim)
    if report:
        session.add(MonthlyReport(project_id=project.id, month=date(2022, 9, 1), **report))
    return project


def test_a_key_project_on_two_lists_is_one_row(session, officer):
    key_project(session, officer, state="verified", progress="主体完成三层")
    (row,) = read(session).key_projects
    assert row.lists == (KeyList.CITY, KeyList.PROVINCE_BATCH)
    assert (row.month_yuan, row.done_yuan, row.since_start_yuan, row.last_year_yuan) == (
        50_000_000,
        90_000_000,
        90_000_000,
        None,
    )
    assert (row.light, row.started_on, row.progress, row.goal) == (
        Light.GREEN,
        date(2022, 3, 20),
        "主体完成三层",
        "主体结构封顶",
    )
    assert row.reported


def test_an_owed_report_is_said_plainly(session, officer):
    key_project(session, officer, state="draft", progress="还没交的话")
    (row,) = read(session, Month(2022, 8)).key_projects
    assert not row.reported and row.month_yuan is None and row.progress == "" and row.done_yuan == 40_000_000


def test_an_overdue_action_item_turns_the_light_red(session, officer):
    project = key_project(session, officer, state="verified")
    make.make_action(session, project, make.team(session, "资规局"), date(2022, 9, 20), assigned_on=date(2022, 9, 1))
    briefing = read(session)
    assert briefing.key_projects[0].light is Light.RED
    (item,) = briefing.assignments
    assert (item.lead_unit, item.overdue_days, item.is_overdue) == ("资规局", 10, True)


def test_negotiations_tell_their_outlook_and_last_word(session, officer):
    company = make.make_company(
        session, "樱和光学（演示）", origin=Origin.FOREIGN, country="日本", intro="光学薄膜制造商"
    )
    make.make_contact(session, company)
    near = make.make_project(
        session, lead=officer, company_id=company.id, stage=Stage.REVIEW, expected_sign_on=date(2022, 10, 30), judgement="可行",
    )  # fmt: skip
    make.make_move(session, near, Stage.NEGOTIATION, date(2022, 9, 5), from_stage=Stage.SCREENING)
    make.make_move(session, near, Stage.REVIEW, date(2022, 9, 25))
    make.make_activity(session, near, at=datetime(2022, 9, 10, 6, tzinfo=UTC), summary="先谈")
    make.make_activity(session, near, at=datetime(2022, 9, 26, 6, tzinfo=UTC), summary="条款谈定")
    make.make_activity(session, near, at=datetime(2022, 10, 8, 6, tzinfo=UTC), summary="十月的事")
    (row,) = read(session).negotiations
    assert (row.outlook, row.progress, row.is_new) == (Outlook.TO_SIGN, "条款谈定", True)
    assert (row.investor, row.profile, row.phone) == ("樱和光学（演示）", "光学薄膜制造商", "138****0421")


def test_touchpoints_and_cities(session, officer):
    make.make_activity(session, kind=ActivityKind.TRIP, city="长沙", their_count=3)
    make.make_activity(session, kind=ActivityKind.VIDEO, at=datetime(2022, 3, 1, 1, tzinfo=UTC))
    make.make_meeting(session)
    briefing = read(session)
    assert briefing.trip_cities == ("长沙",)
    assert (briefing.touch(Touch.TRIP).month_count, briefing.touch(Touch.TRIP).month_people) == (1, 3)
    assert (briefing.touch(Touch.VIDEO).month_count, briefing.touch(Touch.VIDEO).year_count) == (0, 1)
    assert briefing.touch(Touch.MEETING).year_count == 1
    assert [row.place for row in briefing.outings] == ["长沙"]


def test_a_secret_project_counts_and_is_never_told(session, officer):
    company = make.make_company(session, "绝不能出现的投资方")
    project = make.make_project(
        session, "绝不能出现的名字", lead=officer, company_id=company.id, is_secret=True, alias="甲项目",
        content="绝不能出现的内容", site="绝不能出现的地块",
    )  # fmt: skip
    make.make_contact(session, company, "绝不能出现的人")
    make.sign(session, project)
    make.make_listing(session, project)
    make.make_activity(session, project, kind=ActivityKind.TRIP, summary="绝不能出现的话", city="北京")
    make.make_action(session, project, make.team(session, "资规局"), problem="绝不能出现的问题")
    session.add(
        MonthlyReport(project_id=project.id, month=date(2022, 9, 1), state="verified", progress="绝不能出现的进度")
    )
    briefing = read(session)
    assert "绝不能" not in repr(briefing)
    assert briefing.figures(Line.SIGNED).count.year == 1
    assert briefing.signed[0].name == "甲项目" and briefing.signed[0].project_id is None


def test_every_figure_of_the_text_has_its_evidence(session, officer):
    key_project(session, officer, state="verified")
    foreign = make.make_project(session, lead=officer, capital_kind=CapitalKind.FOREIGN)
    make.sign(session, foreign, amount=2_000_000_000, contract={"foreign_usd": 50_000_000})
    make.make_activity(session, kind=ActivityKind.VISIT, their_count=5)
    briefing = read(session)
    parts = [part for chapter in overview(briefing) for paragraph in chapter.paragraphs for part in paragraph.parts]
    figures = [part for part in parts if isinstance(part, Figure)]
    assert len(figures) > 10
    for figure in figures:
        evidence = behind(briefing, figure.key, figure.about)
        assert evidence is not None and (evidence.figure or evidence.rows or figure.text in ("0", "0.00")), figure


def test_the_number_of_statements_does_not_grow_with_the_projects(session, officer, count_queries):
    def one_more():
        project = key_project(session, officer, state="verified")
        make.make_activity(session, project, kind=ActivityKind.VISIT, people=(officer,))
        make.make_action(session, project, make.team(session, "资规局"))
        session.commit()

    counts = []
    for copies in (2, 9):
        for _ in range(copies):
            one_more()
        with count_queries() as statements:
            read(session)
        counts.append(len(statements))
        session.rollback()
    assert counts[0] == counts[1] <= 105
