"""`crm totals`: stable keys for programs, a readable table for people, sentences for what cannot be."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crm.choices import ActivityKind, CapitalKind, ClaimState, KeyList, Stage
from tests import factories as make


@pytest.fixture
def run(app, session):
    """`run("2022-09", "--json")`: exit code and output."""

    def command(*arguments):
        session.commit()
        result = app.test_cli_runner().invoke(args=["crm", "totals", *arguments])
        return result.exit_code, result.output

    return command


@pytest.fixture
def year(session):
    """A signing of this year, one of last year, one that waits, a trip, meetings, and key projects on two lists."""
    foreign = make.make_project(session, capital_kind=CapitalKind.FOREIGN)
    make.sign(session, foreign, date(2022, 9, 15), 350_000_000, contract={"foreign_usd": 9_000_000})
    make.sign(session, make.make_project(session), date(2021, 4, 1), 100_000_000)
    make.sign(session, make.make_project(session), date(2022, 9, 20), state=ClaimState.REPORTED)
    for key_list in (KeyList.CITY, KeyList.PROVINCE_BATCH):
        make.make_listing(session, foreign, key_list, planned_start_on=date(2022, 9, 1))
    make.reach(session, foreign, Stage.STARTED, date(2022, 9, 28))
    for kind, city in ((ActivityKind.TRIP, "北京市"), (ActivityKind.TRIP, "上海"), (ActivityKind.VIDEO, "")):
        make.make_activity(session, foreign, kind=kind, city=city)
    make.make_meeting(session, foreign)


def test_the_keys_other_programs_read(run, year):
    code, output = run("2022-09", "--json")
    found = json.loads(output)
    assert code == 0
    assert (found["signed_count"], found["signed_total_yuan"]) == (1, 350_000_000)
    assert (found["video_meeting_count"], found["coordination_meeting_count"]) == (1, 1)
    assert found["trip_cities"] == ["上海", "北京"]
    assert {key: found["key_projects"][key] for key in (
        "province", "city", "district", "city_new_starts", "provincial_batch_starts", "started_on_time",
    )} == {
        "province": 0, "city": 1, "district": 0, "city_new_starts": 1, "provincial_batch_starts": 1, "started_on_time": 1,
    }  # fmt: skip
    assert (found["month"], found["cut_off"], found["as_of"]) == ("2022-09", "2022-09-30", "2022-10-20")
    assert found["signed_foreign_count"] == 1
    assert found["figures"]["signed_total_yuan"]["change"] == 2.5
    assert found["figures"]["signed_count"]["unverified"] == 1
    assert found["signed_by_capital"] == [
        {"key": "foreign", "name": "外资", "count": 1, "total_yuan": 350_000_000, "foreign_usd": 9_000_000}
    ]


def test_as_of_an_earlier_day_later_verifications_are_not_known(run, year):
    _, output = run("2022-09", "--as-of", "2022-09-16", "--json")
    found = json.loads(output)
    assert (found["signed_count"], found["figures"]["signed_count"]["unverified"]) == (0, 1)


def test_people_read_a_table(run, year):
    code, output = run("2022-09")
    lines = {line.split()[0]: line.split() for line in output.splitlines() if line.strip()}
    assert code == 0
    assert lines["签约总投资"][1:] == ["亿元", "3.50", "3.50", "1.00", "+250.0%", "—", "3.50"]
    assert "外出城市：上海、北京" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2022-13",), "“2022-13”不是 2022-09 这样的月份"),
        (("last",), "“last”不是 2022-09 这样的月份"),
        (("2022-09", "--as-of", "today"), "“today”不是 2022-09-30 这样的日期"),
    ],
)
def test_what_is_no_month_or_day_is_said(run, arguments, words):
    code, output = run(*arguments)
    assert code == 2
    assert words in output
