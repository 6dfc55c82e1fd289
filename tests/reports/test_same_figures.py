"""One month told three times, by the screen, the workbook and `crm totals`: every figure of the matrix is the same (§4.3)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from crm.choices import ClaimKind, ClaimState, Currency, Indicator, KeyList, MoneyKind, Stage
from crm.models import AnnualPlan, Project, Target
from crm.queries.totals import FIGURES, Unit
from crm.rules.days import Month
from crm.rules.figures import DASH, percent, printed, signed, signed_percent, wan, yi
from crm.rules.schedule import deviation_points
from crm.views.figures import LINES, MONEY
from reports.briefing.collect import collect
from reports.briefing.collect.matrix import KEYS
from reports.briefing.sheets import statistics
from reports.briefing.sheets.small_tables import light_rows
from reports.briefing.text import overview
from tests import factories as make
from tests.reports.sample import column

MEASURES = ("count", "total_yuan", "foreign_usd", "fixed_yuan", "arrived_yuan")
MATRIX = tuple((line, measure, key) for line in statistics.LINES for measure, key in KEYS[line].items())


@pytest.fixture
def month(session, officer):
    """Two years with something in every line: signings, stages, arrivals, a loss; targets for some."""
    for year, times in ((2021, 2), (2022, 3)):
        for number in range(times):
            project = make.make_project(
                session, lead=officer, fixed_yuan=90_000_000 + number, foreign_usd=1_230_000 * (number + 1),
                registered_at=make.start_of(date(year, 3, 3)), stage=Stage.LEAD,
            )  # fmt: skip
            make.make_money(session, project, MoneyKind.PLAN, 123_456_789 + number, date(year, 3, 3))
            for stage in (Stage.SCREENING, Stage.NEGOTIATION, Stage.REVIEW):
                make.make_move(session, project, stage, date(year, 9, 2 + number))
            make.sign(session, project, date(year, 9, 7), 123_456_789 + number, contract={"foreign_usd": 1_234_567})
            make.make_move(session, project, Stage.REGISTERED, date(year, 9, 8))
            for stage, on in ((Stage.STARTED, 10), (Stage.FINISHED, 20), (Stage.PRODUCING, 28)):
                make.reach(session, project, stage, date(year, 9, on))
            for currency, amount in ((Currency.CNY, 34_567_891), (Currency.USD, 765_432)):
                claim = make.make_claim(session, project, ClaimKind.ARRIVAL, date(year, 9, 9))
                make.make_money(
                    session, project, MoneyKind.ARRIVED, amount, date(year, 9, 9), claim, currency=currency,
                    amount_yuan=amount if currency is Currency.CNY else amount * 7,
                )  # fmt: skip
            make.make_listing(session, project, KeyList.CITY, year)
            make.make_plan(session, project, 80_000_000, year)
            claim = make.make_claim(session, project, ClaimKind.COMPLETION, date(year, 9, 25))
            make.make_money(session, project, MoneyKind.COMPLETED, 21_000_001, date(year, 9, 25), claim)
    lost = make.make_project(session, lead=officer)
    make.sign(session, lost, date(2022, 2, 1), 55_000_000)
    make.lose(session, lost, date(2022, 9, 9))
    make.sign(session, make.make_project(session, lead=officer), date(2022, 9, 9), state=ClaimState.REPORTED)
    zone = make.team(session, "云湖经开区").id
    for indicator, value in (
        (Indicator.SIGNED_COUNT, 7),
        (Indicator.SIGNED_YUAN, 999_999_999),
        (Indicator.STARTED_COUNT, 9),
    ):
        session.add(Target(year=2022, indicator=indicator, unit_id=zone, value=value))
    session.commit()


def told(app, when):
    done = app.test_cli_runner().invoke(args=["crm", "totals", when, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)["figures"]


def printed_as(figure, value):
    if value is None:
        return DASH
    return yi(value) if figure.unit is Unit.YUAN else wan(value) if figure.unit is Unit.USD else printed(value)


def book_of(client, when):
    sheet = load_workbook(BytesIO(client.get(f"/briefings/{when}.xlsx").data))["统计汇总"]
    rows = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows(max_col=31)}
    return {
        (line, measure): rows[line.label][1 + 6 * at : 7 + 6 * at]
        for line in statistics.LINES
        for at, measure in enumerate(MEASURES)
    }


def in_cell(figure, value):
    """A value as the workbook holds it: 亿元 and 万美元 unrounded."""
    return value / {Unit.YUAN: 10**8, Unit.USD: 10**4}.get(figure.unit, 1)


@pytest.mark.parametrize("when", ["2022-09", "2022-01", "2021-09"])
def test_every_figure_of_the_matrix_is_the_same(app, session, month, client_for, leader, when):
    said, client = told(app, when), client_for(leader)
    cells, page = book_of(client, when), client.get(f"/figures?month={when}").text
    on_screen = {key for pair in LINES for key in pair} | set(MONEY)
    for line, measure, key in MATRIX:
        figure, spans = FIGURES[key], said[key]
        row = cells[line, measure]
        for at, span in enumerate(("month", "year", "last_year")):
            assert row[at] == pytest.approx(in_cell(figure, spans[span])), (key, span)
            if key in on_screen and spans[span]:
                more = "" if span == "year" else f"&amp;span={span}"
                address = f'href="/figures/{key}?month={when}{more}">'
                assert f"{address}{printed_as(figure, spans[span])}<" in page, (key, span)
        for at, name in ((3, "change"), (5, "completion")):
            assert row[at] == (DASH if spans[name] is None else pytest.approx(spans[name], abs=1e-6)), (key, name)
        target = DASH if spans["target"] is None else in_cell(figure, spans["target"])
        assert row[4] == (target if target == DASH else pytest.approx(target)), key


def test_every_line_of_the_screen_says_what_the_command_says(app, session, month, client_for, leader):
    said, page = told(app, "2022-09"), client_for(leader).get("/figures?month=2022-09").text
    for keys in LINES:
        row = next(text for text in page.split("<tr") if f'">{FIGURES[keys[0]].name}</th>' in text)
        plain = re.sub(r"<[^>]+>", " ", row)
        for key in keys:
            figure, spans = FIGURES[key], said[key]
            change = None if spans["change"] is None else Fraction(spans["change"])
            completion = None if spans["completion"] is None else Fraction(spans["completion"])
            for text in (signed_percent(change), printed_as(figure, spans["target"]), percent(completion)):
                assert text in plain, (key, text)


def test_sums_follow_each_projects_own_schedule_everywhere(app, session, month, client_for, leader):
    """较序时 of all key projects: what each was to have done by its own plan by month, else n ÷ 12, told five times the same."""
    plans = session.scalars(select(AnnualPlan).where(AnnualPlan.year == 2022).order_by(AnnualPlan.id)).all()
    plans[0].month_yuan, plans[1].month_yuan = [0] * 11 + [80_000_000], [10_000_000] * 8 + [0] * 4
    old = make.make_plan(
        session, session.get(Project, plans[2].project_id), approved_at=make.start_of(date(2022, 1, 2))
    )
    old.month_yuan = [120_000_000] + [0] * 11  # superseded by one without months
    session.commit()
    due = Fraction(0 + 80 + 60, 240)
    points = deviation_points(3 * 21_000_001, 240_000_000, due)
    said, client = told(app, "2022-09")["completed_yuan"], client_for(leader)
    assert (said["target"], said["schedule_share"]) == (240_000_000, pytest.approx(float(due), abs=1e-6))
    assert said["deviation_points"] == float(points) and points != deviation_points(
        3 * 21_000_001, 240_000_000, Fraction(3, 4)
    )
    briefing = collect(session, Month(2022, 9), "云湖经开区", "招商局", make.start_of(date(2022, 10, 20)))
    assert briefing.due_of(briefing.key_projects) == due
    book = load_workbook(BytesIO(client.get("/briefings/2022-09.xlsx").data))
    whole = next(row for row in book["重点项目推进情况表"].iter_rows() if str(row[1].value).startswith("合计（3个"))
    assert whole[column("deviation") - 1].value == pytest.approx(float(points))
    assert light_rows(briefing)[-1][5] == points
    overall = "".join(paragraph.text for chapter in overview(briefing) for paragraph in chapter.paragraphs)
    assert f"欠序时{abs(points)}个百分点" in overall
    sums = load_workbook(BytesIO(client.get("/figures/export.xlsx?month=2022-09").data))["指标汇总"]
    assert next(row for row in sums.values if row[0] == FIGURES["completed_yuan"].name)[8] == pytest.approx(
        float(points)
    )
    foot = client.get("/plans?year=2022").text.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert f">{signed(points)}</td>" in foot
    sent = load_workbook(BytesIO(client.post("/plans.xlsx?year=2022").data)).active
    assert list(sent.values)[-1][6:10] == (2.4, pytest.approx(0.63000003), pytest.approx(0.26250001), signed(points))
    assert f"序时 {signed(points)}<" in client.get("/cockpit?month=2022-09").text
    before = replace(briefing, sums_follow_plans=False)  # as a month frozen before this was known
    assert before.due_of(before.key_projects) == Fraction(3, 4)


def test_january_and_an_empty_office_have_dashes_and_true_zeros(app, session, client_for, leader):
    session.commit()
    cells, said = book_of(client_for(leader), "2022-01"), told(app, "2022-01")
    for line, measure, key in MATRIX:
        assert cells[line, measure] == [0, 0, 0, DASH, DASH, DASH], key
        assert (said[key]["change"], said[key]["completion"], said[key]["target"]) == (None, None, None)
    for line in statistics.LINES:
        for measure in set(MEASURES) - KEYS[line].keys():
            assert cells[line, measure] == [DASH] * 6, (line, measure)  # does not apply to the line
    page = client_for(leader).get("/figures?month=2022-01").text
    assert "%" not in re.sub(r"<[^>]+>", "", page.split('id="stages"')[1].split("</table>")[0])
    rates = app.test_cli_runner().invoke(args=["crm", "rates", "2022", "--month", "1", "--json"])
    assert all(one["share"] is None for one in json.loads(rates.output)["rates"].values())
    table = client_for(leader).get("/figures/rates?month=2022-01").text.split("<tbody>")[1].split("</tbody>")[0]
    assert "%" not in re.sub(r"<[^>]+>", "", re.sub(r"可超过 100%", "", table))
