"""业绩榜: verified results split as agreed, adding up to the figure; people's standings only for whom they concern."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from openpyxl import load_workbook

from crm.choices import ActivityKind, ClaimState, ContractKind, Indicator
from crm.models import ActivityPerson, Target
from crm.queries.totals import Basis, Totals
from crm.queries.totals.credits import RESULTS, boards, earned, standings
from crm.rules.days import Month, Period
from tests import factories as make

TODAY = date(2022, 10, 20)
SEPTEMBER = Month(2022, 9)
YEAR = Period.year_to(SEPTEMBER)
PAGE = "/figures/standings?month=2022-09"


@pytest.fixture
def signings(session, officer, other_officer):
    """The officer's of 4 亿元, the other's secret one of 2, one shared 40 to 60 of 1, one that waits."""
    make.sign(session, make.make_project(session, "演示甲项目", officer), date(2022, 9, 15), 400_000_000)
    secret = make.make_project(session, "演示密项目", other_officer, is_secret=True)
    make.sign(session, secret, date(2022, 3, 1), 200_000_000)
    shared = make.make_project(session, "演示共享项目")
    make.make_member(session, shared, officer, share_percent=40, to_on=date(2022, 4, 1))
    make.make_member(session, shared, other_officer, share_percent=60, from_on=date(2022, 4, 1))
    make.sign(session, shared, date(2022, 5, 1), 100_000_000)
    make.sign(session, make.make_project(session, lead=officer), date(2022, 9, 20), state=ClaimState.REPORTED)
    session.commit()
    return shared


def of(lines, key="signed_total_yuan"):
    return {line.name: line.results[key] for line in lines}


def test_results_are_split_as_agreed(session, signings, officer, other_officer):
    teams, people = standings(session, Basis(TODAY), YEAR)
    assert of(people) == {officer.name: 440_000_000, other_officer.name: 260_000_000}
    assert of(people, "signed_count") == {officer.name: Fraction(7, 5), other_officer.name: Fraction(8, 5)}
    names = {line.id: line.name for line in teams}
    assert of(teams)[names[officer.unit_id]] == 440_000_000
    assert of(teams)[names[other_officer.unit_id]] == 260_000_000


def test_teams_add_up_to_the_figures(session, signings, officer):
    orphan = make.make_project(session)  # nobody leads it: its unit's
    make.sign(session, orphan, date(2022, 8, 1), 300_000_000)
    teams, people = standings(session, Basis(TODAY), YEAR)
    totals = Totals(session, Basis(TODAY), SEPTEMBER)
    for key in RESULTS:
        assert sum(line.results[key] for line in teams) == totals[key].year, key
    assert sum(of(people).values()) == totals["signed_total_yuan"].year - 300_000_000


def test_a_supplement_adds_money_and_no_signing(session, officer):
    project = make.make_project(session, lead=officer)
    make.sign(session, project, date(2022, 3, 1), 100_000_000)
    claim = make.make_claim(session, project, on=date(2022, 5, 1))
    make.make_contract(session, project, claim, date(2022, 5, 1), ContractKind.SUPPLEMENT, 50_000_000)
    session.commit()
    rows = list(earned(session, Basis(TODAY), YEAR, ("signed_count", "signed_total_yuan")))
    assert sum(row.worth for row in rows if row.figure == "signed_count") == 1
    assert sum(row.worth for row in rows if row.figure == "signed_total_yuan") == 150_000_000


def test_efforts_are_apart_and_a_joint_trip_is_one_of_the_team(session, officer, team_lead):
    project = make.make_project(session, lead=officer)
    trip = make.make_activity(session, project, kind=ActivityKind.TRIP)
    for person in (officer, team_lead):
        session.add(ActivityPerson(activity_id=trip.id, user_id=person.id))
    make.make_activity(session, project, kind=ActivityKind.TALK, entered_by_id=officer.id)  # nobody named: the writer
    session.commit()
    teams, people = standings(session, Basis(TODAY), Period.year_to(Month(2022, 10)))
    team = next(line for line in teams if line.id == officer.unit_id)
    assert (team.efforts[ActivityKind.TRIP], team.efforts[ActivityKind.TALK]) == (1, 1)
    found = {line.name: (line.efforts[ActivityKind.TRIP], line.efforts[ActivityKind.TALK]) for line in people}
    assert found == {officer.name: (1, 1), team_lead.name: (1, 0)}


def test_rank_by_completion_then_by_amount(session, signings, officer, other_officer):
    session.add(Target(year=2022, indicator=Indicator.SIGNED_YUAN, unit_id=other_officer.unit_id, value=260_000_000))
    session.add(Target(year=2022, indicator=Indicator.SIGNED_YUAN, unit_id=officer.unit_id, value=880_000_000))
    session.commit()
    teams, people = boards(session, Basis(TODAY), YEAR, "signed_total_yuan", 2022)
    first, second = teams[:2]
    assert (first.standing.id, first.completion, second.completion) == (other_officer.unit_id, 1, Fraction(1, 2))
    assert [line.standing.id for line in people] == [officer.id, other_officer.id]
    assert {(line.target, line.completion) for line in people} == {(None, None)}
    teams, _people = boards(session, Basis(TODAY), YEAR, "signed_total_yuan", None)
    assert teams[0].standing.id == officer.unit_id


def test_people_have_targets_but_rank_by_amount(session, client_for, signings, leader, officer, other_officer):
    of_unit = {"year": 2022, "indicator": Indicator.SIGNED_YUAN, "unit_id": other_officer.unit_id}
    session.add(Target(**of_unit, officer_id=other_officer.id, value=130_000_000))
    session.commit()
    teams, people = boards(session, Basis(TODAY), YEAR, "signed_total_yuan", 2022)
    assert [line.standing.id for line in people] == [officer.id, other_officer.id]
    assert (people[1].target, people[1].completion, people[0].completion) == (130_000_000, 2, None)
    assert {line.target for line in teams} == {None}  # a person's target is not the team's
    page = client_for(leader).get(PAGE).get_data(as_text=True)
    assert "1.30" in page and "200.0%" in page


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("leader", {"officer", "other_officer"}), ("statistician", {"officer", "other_officer"}),
        ("auditor", {"officer", "other_officer"}), ("team_lead", {"officer"}), ("officer", {"officer"}),
        ("other_officer", {"other_officer"}),
    ],
)  # fmt: skip
def test_people_are_seen_by_whom_they_concern(session, client_for, signings, login, sees):
    client = client_for(make.person(session, login))
    page = client.get(PAGE).get_data(as_text=True)
    board = page[page.index('id="person-results"') :].split("</section>")[0]
    for name in ("officer", "other_officer"):
        person = make.person(session, name)
        assert (person.name in board) is (name in sees)
        rows = client.get(f"/figures/standings/rows?of=signed_count&month=2022-09&person={person.id}")
        assert rows.status_code == (200 if name in sees else 404)


@pytest.mark.parametrize("login", ["coordinator", "liaison", "agent", "admin"])
def test_who_sees_no_figures_sees_no_board(session, client_for, login):
    client = client_for(make.person(session, login))
    for address in (PAGE, "/figures/standings/rows?of=signed_count&unit=1", "/figures/standings/notice.xlsx"):
        assert client.get(address).status_code == 403


def test_a_cell_leads_to_its_rows_and_secrets_stay_masked(
    session, client_for, signings, statistician, leader, other_officer
):
    address = f"/figures/standings/rows?of=signed_total_yuan&month=2022-09&unit={other_officer.unit_id}"
    page = client_for(statistician).get(address).get_data(as_text=True)
    assert "演示共享项目" in page and "60%" in page and "0.60" in page and "共 2.60" in page
    assert "演示密项目" not in page and "另有 1 条不在你的可见范围，合计 2.00" in page
    assert "演示密项目" in client_for(leader).get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["of=nonsense&unit=1", "of=lead_count&unit=1", "of=signed_count", "of=signed_count&unit=9999"]
)
def test_what_is_asked_wrongly_is_not_found(client_for, leader, query):
    assert client_for(leader).get(f"/figures/standings/rows?{query}").status_code == 404


@pytest.mark.parametrize(
    ("span", "month", "expected"),
    [("month", "2022-09", "4.00"), ("quarter", "2022-06", "0.40"), ("year", "2022-09", "4.40")],
)
def test_the_spans(client_for, signings, leader, officer, span, month, expected):
    address = f"/figures/standings?month={month}&span={span}"
    page = client_for(leader).get(address).get_data(as_text=True)
    row = page[page.index(f">{officer.name}</th>") :].split("</tr>")[0]
    assert f">{expected}</a>" in row


def test_the_notice_says_what_the_board_says(client_for, signings, leader, officer):
    answer = client_for(officer).get("/figures/standings/notice.xlsx?month=2022-09")
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["招商组业绩", "个人业绩", "考核指标", "说明"]
    people = [[cell.value for cell in row] for row in book["个人业绩"].iter_rows(min_row=4)]
    assert [row[1] for row in people] == [officer.name]  # only his own
    teams = [[cell.value for cell in row] for row in book["招商组业绩"].iter_rows(min_row=4)]
    assert teams[-1][1] == "合计" and teams[-1][5] == pytest.approx(7.0) and teams[-1][4] == 3
    whole = load_workbook(BytesIO(client_for(leader).get("/figures/standings/notice.xlsx?month=2022-09").data))
    assert len(list(whole["个人业绩"].iter_rows(min_row=4))) == 2


def test_the_number_of_statements_does_not_grow(session, client_for, leader, officer, count_queries):
    client = client_for(leader)

    def more(n):
        for _ in range(n):
            make.sign(session, make.make_project(session, lead=officer), date(2022, 4, 1))
        session.commit()
        with count_queries() as statements:
            assert client.get(PAGE).status_code == 200
        return len(statements)

    assert more(2) == more(10)
