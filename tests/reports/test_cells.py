"""What stands behind the cells of the tables: rows that add up to them, of issued months too."""

from dataclasses import replace
from datetime import date

import pytest

from crm.choices import ClaimKind, KeyList, Light, MoneyKind
from crm.rules.days import Month, start_of
from reports import preview
from reports.briefing import cells, render
from reports.briefing.codec import from_json, to_json
from reports.briefing.collect import collect
from reports.briefing.facts import Line, Slice
from tests import factories as make
from tests.reports.sample import empty, september

SEPTEMBER = Month(2022, 9)
MONEY = ("total_yuan", "plan_yuan", "month_yuan", "since_start_yuan", "last_year_yuan", "count", "foreign_usd")


def asked(briefing):
    """Every cell of the tables that leads to rows, with what it shows."""
    for layout in render.tables():
        sheet = render.table(briefing, layout.tab)
        for row in preview.table(sheet):
            yield from ((layout.tab, cell.text, cell.ask) for cell in row if cell.ask and cell.ask.key != "project")


def compared(briefing):
    """How many cells were compared with the sum of their rows; a rate has none, a summary of activities is told by the totals."""
    count = 0
    for tab, text, ask in asked(briefing):
        found = cells.behind(briefing, ask.key, ask.about)
        assert found is not None, (tab, text, ask)
        if found.figure or "%" in text or found.definition == cells.NO_ROWS or text[0] in "+−" or text in ("0.0", "—"):
            continue
        assert (found.total.split(" ")[0] or "0") == text or (not found.rows and float(text) == 0), (
            tab,
            text,
            ask,
            found,
        )
        count += 1
    return count


@pytest.fixture
def month(session, officer, statistician):
    """Signings of two years, a supplement, key projects on one list and on two, what they completed."""
    for number, lists in enumerate(((KeyList.CITY,), (KeyList.CITY, KeyList.PROVINCE_BATCH), (KeyList.ZONE,)), 1):
        yuan = 300_000_000 * number
        project = make.make_project(session, lead=officer, total_yuan=yuan, is_secret=number == 3, alias="CL-1")
        make.make_money(session, project, MoneyKind.PLAN, yuan, date(2021, 3, 3))
        for year in (2021, 2022):
            if year == 2022:
                make.sign(session, project, date(2022, 8 + number % 2, 7), 310_000_000 * number)
            claim = make.make_claim(session, project, ClaimKind.COMPLETION, date(year, 9, 25))
            make.make_money(session, project, MoneyKind.COMPLETED, 21_000_001 * number, date(year, 9, 25), claim)
        for key_list in lists:
            make.make_listing(session, project, key_list)
        make.make_plan(session, project, 80_000_000 * number, 2022)
    session.flush()
    return collect(session, SEPTEMBER, "测试开发区", "招商局", start_of(date(2022, 10, 20)))


def test_the_rows_behind_every_cell_add_up_to_it(month):
    assert compared(month) > 60


def test_they_still_do_when_the_month_is_read_back_from_its_issue(month):
    assert compared(from_json(to_json(month))) == compared(month)


def test_a_project_on_two_lists_stands_behind_both_and_once_behind_the_total(month):
    def rows(part):
        return len(cells.behind(month, "key", f"count|{part}").rows)

    assert [rows(part) for part in ("on:city", "on:province_batch", "only:city", "all", "listed", "repeated")] == [
        2,
        1,
        1,
        3,
        4,
        1,
    ]
    assert rows("set:city:province_batch") == 1


def test_a_secret_project_is_in_the_sum_of_its_part_without_being_named():
    briefing = replace(september(), by_area=(Slice("塘角片区", 99, 10**12),))
    found = cells.behind(briefing, "signed", "count|area:塘角片区")
    assert found.rows[-1].name == cells.UNTOLD
    assert found.rows[-1].project_id is None
    assert found.total == "99 个"


def test_an_issue_without_kept_rows_says_so():
    assert cells.behind(replace(september(), entries=()), *cells_of(Line.STARTED)).definition == cells.NO_ROWS


def cells_of(line):
    ask = cells.line(line, "count", "year")
    return ask.key, ask.about


@pytest.mark.parametrize(
    ("key", "about"),
    [
        ("line", ""), ("line", "started|count"), ("line", "x|count|year"), ("line", "started|x|year"),
        ("line", "started|count|m13"), ("line", "started|count|m0"), ("line", "started|count|to"), ("line", "started|count|mx"),
        ("signed", "count"), ("signed", "x|all"), ("signed", "count|rest:x:9"), ("signed", "count|rest:origin:"),
        ("key", "count"), ("key", "x|all"), ("key", "count|x:city"), ("key", "count|on:x"), ("key", ""), ("x", ""),
    ],
)  # fmt: skip
def test_what_nobody_offers_is_not_answered(key, about):
    assert cells.behind(september(), key, about) is None


def test_a_month_without_anything_offers_nothing_but_zeros():
    assert compared(empty(Month(2022, 1))) >= 0


def test_a_key_project_under_construction_bears_its_own_light_in_both_tables(session, officer, month):
    lights = {row.name: row.light for row in month.key_projects}
    for row in month.not_producing.rows:
        if lights.get(row.name, Light.NONE) is not Light.NONE:
            assert row.light is lights[row.name]
