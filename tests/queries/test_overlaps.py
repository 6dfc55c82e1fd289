"""Overlapping lists, what is left out, and foreign money beside yuan: one statement each, the same everywhere (domain.md §10)."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from crm.choices import ClaimKind, ClaimState, ContractKind, Currency, KeyList, MoneyKind, Stage, Status
from crm.models import ExchangeRate, Setting
from crm.queries.people import actor_of
from crm.queries.totals import FIGURES, Basis, Totals, Verdict
from crm.queries.totals.converted import converted
from crm.queries.totals.known import find_figure
from crm.queries.totals.ledger import ledger
from crm.queries.totals.overlaps import OF_LISTS, key_of, overlaps
from crm.queries.totals.rows import Question, answer
from crm.rules.days import Month, start_of
from crm.rules.overlaps import Sum
from reports.briefing.collect import collect
from reports.briefing.render import render
from reports.briefing.sheets.notes import chapters
from reports.briefing.text import overview
from tests import factories as make

SEPTEMBER, TODAY = Month(2022, 9), date(2022, 10, 20)
CITY, BATCH, DISTRICT, ZONE = KeyList.CITY, KeyList.PROVINCE_BATCH, KeyList.DISTRICT, KeyList.ZONE


def totals_of(session, month=SEPTEMBER, **switches):
    session.flush()
    return Totals(session, Basis(TODAY, **switches), month)


def briefing_of(session, month=SEPTEMBER):
    session.commit()
    return collect(session, month, "云湖经开区", "经发局", start_of(TODAY))


def notes_of(session, month=SEPTEMBER):
    return {item: text for _, items in chapters(briefing_of(session, month)) for item, text in items}


def command(app, *arguments):
    done = app.test_cli_runner().invoke(args=["crm", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


# ----------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture
def listed(session, officer):
    """Four projects: one on 市重点 and 省集中开工, one on three lists, one on 市重点 alone, one that left its list in June."""
    for name, amount, lists in (
        ("两个清单", 300_000_000, (CITY, BATCH)), ("三个清单", 200_000_000, (CITY, BATCH, ZONE)),
        ("一个清单", 100_000_000, (CITY,)), ("另一清单", 50_000_000, (DISTRICT,)),
    ):  # fmt: skip
        project = make.make_project(session, name, officer, total_yuan=amount)
        make.make_money(session, project, MoneyKind.PLAN, amount, date(2022, 1, 5))
        for key_list in lists:
            make.make_listing(session, project, key_list, batch_label="2022年第三季度")
    gone = make.make_project(session, "已移出", officer)
    make.make_listing(session, gone, CITY, to_on=date(2022, 6, 30))
    double = make.make_project(session, "重复的", officer, duplicate_of_id=gone.id)
    make.make_listing(session, double, CITY)
    session.commit()


def test_a_project_on_two_lists_counts_once_in_all_and_in_each(session, listed):
    found = overlaps(totals_of(session))
    assert (found.on(CITY).count, found.on(BATCH).count, found.on(CITY, BATCH).count) == (3, 2, 2)
    assert found.on(CITY, BATCH, ZONE) == Sum(1, 200_000_000)
    assert (found.only(CITY), found.only(BATCH)) == (Sum(1, 100_000_000), Sum(0, 0))
    assert (found.listed.count, found.repeated.count, found.distinct) == (7, 3, Sum(4, 650_000_000))
    assert {number: size.count for number, size in found.numbers.items()} == {1: 2, 2: 1, 3: 1}
    assert totals_of(session)["key_project_count"].year == 4
    assert totals_of(session)["key_city_count"].year == 3


def test_screen_workbook_and_command_say_the_same(app, session, listed, client_for, leader):
    told = json.loads(command(app, "totals", "2022-09", "--json"))["key_lists"]
    assert told["pairs"]["city-province_batch"] == {"count": 2, "yuan": 500_000_000}
    assert (told["listed"]["count"], told["repeated"]["count"], told["distinct"]["count"]) == (7, 3, 4)
    assert "各清单合计 7 个 − 重复 3 个 = 剔重 4 个、6.50 亿元" in command(app, "totals", "2022-09")

    client = client_for(leader)
    page = client.get("/figures?month=2022-09").text
    for key, text in (
        ("lists_on_city_count", "3"), ("lists_on_city-province_batch_count", "2"), ("lists_distinct_count", "4"),
        ("lists_only_city_count", "1"), ("lists_distinct_total_yuan", "6.50"),
    ):  # fmt: skip
        address = f"/figures/{key}?month=2022-09"
        assert f'href="{address}">{text}<' in page, key
        assert f"“{text} " in client.get(address).text, key
    assert "三个清单" in client.get("/figures/lists_number_3_count?month=2022-09").text

    book = load_workbook(BytesIO(render(briefing_of(session))))
    cells = [[cell.value for cell in row] for row in book["统计汇总"].iter_rows()]
    heads = next(row for row in cells if row[0] == "表7附　清单重叠")
    counts, amounts = (next(row for row in cells if row[0] == label) for label in ("在册（个）", "总投资（亿元）"))
    strip = {head: (counts[at], amounts[at]) for at, head in enumerate(heads) if head}
    assert strip["市重点"] == (3, 6.0) and strip["省集中开工"] == (2, 5.0)
    assert (strip["各清单合计"][0], strip["减：重复"][0], strip["剔重合计"]) == (7, 3, (4, 6.5))
    assert strip["市重点＋省集中开工＋经开区重点"] == (1, 2)
    cover = "".join(paragraph.text for chapter in overview(briefing_of(session)) for paragraph in chapter.paragraphs)
    assert "重点项目4个（剔重）" in cover and "省集中开工2个（与市重点重叠2个）" in cover


def test_every_figure_of_lists_is_the_sum_of_its_rows(session, listed, leader, count_queries):
    totals, actor = totals_of(session), actor_of(session, leader)
    for key, figure in OF_LISTS.items():
        found = answer(session, actor, Question(figure, totals.basis, totals.in_year))
        assert found.total == totals.over(figure, totals.in_year), key
        assert find_figure(key) is figure
    assert key_of(BATCH, CITY) == "lists_on_city-province_batch"
    with count_queries() as statements:
        overlaps(totals_of(session))
    assert len(statements) == 1


def test_without_lists_nothing_is_said(session, client_for, leader):
    assert overlaps(totals_of(session)).distinct == Sum(0, 0)
    assert "还没有列入当年清单的项目" in client_for(leader).get("/figures?month=2022-09").text
    book = load_workbook(BytesIO(render(briefing_of(session))))
    assert not [row for row in book["统计汇总"].iter_rows(max_col=1) if row[0].value == "表7附　清单重叠"]


# ------------------------------------------------------------------------------------------------- what does not count


@pytest.fixture
def left_out(session, officer):
    """One signing that counts, and one left out for each reason."""
    counted = make.make_project(session, "计入的", officer)
    make.sign(session, counted, date(2022, 9, 3), 400_000_000)
    make.sign(session, make.make_project(session, "待核的", officer), date(2022, 9, 4), 10**8, ClaimState.REPORTED)
    moved = make.make_project(session, "平移的", officer, is_relocation=True)
    make.sign(session, moved, date(2022, 9, 5), 120_000_000)
    make.sign(
        session, make.make_project(session, "重复的", officer, duplicate_of_id=counted.id), date(2022, 3, 5), 10**8
    )
    parent = make.make_project(session, "母项目", officer)
    phase = make.make_project(session, "一期", officer, parent_id=parent.id)
    make.sign(session, parent, date(2022, 9, 6), 900_000_000)
    make.sign(session, phase, date(2022, 9, 6), 500_000_000)
    agreed = make.make_project(session, "框架的", officer)
    claim = make.make_claim(session, agreed, ClaimKind.CONTRACT, date(2022, 9, 7))
    make.make_contract(session, agreed, claim, date(2022, 9, 7), ContractKind.FRAMEWORK, 700_000_000)
    session.commit()


def lines_of(session, **switches):
    found = ledger(totals_of(session, **switches))
    return {
        line.verdict: (line.month.rows, line.month.amount, line.year.rows, line.year.amount)
        for line in found
        if line.figure.key == "signed_total_yuan"
    }


def test_every_reason_is_told_with_count_and_amount(session, left_out):
    assert lines_of(session) == {
        Verdict.PENDING: (1, 10**8, 1, 10**8),
        Verdict.DUPLICATE: (0, 0, 1, 10**8),
        Verdict.PHASED: (1, 900_000_000, 1, 900_000_000),
        Verdict.RELOCATED: (1, 120_000_000, 1, 120_000_000),
        Verdict.FRAMEWORK: (1, 700_000_000, 1, 700_000_000),
    }
    assert totals_of(session)["signed_count"].year == 2  # 计入的 and 一期
    assert Verdict.RELOCATED not in lines_of(session, counts_relocations=True)


def test_each_line_opens_just_its_rows(session, left_out, client_for, leader):
    client = client_for(leader)
    page = client.get("/figures/left-out?month=2022-09").text
    addresses = re.findall(r'href="(/figures/[^"#]+reason=[^"#]+)#left-out">(\d+)<', page)
    assert len(addresses) > 6
    for address, count in addresses:
        listed = client.get(address.replace("&amp;", "&")).text.split('id="left-out"')[1]
        assert listed.count('<tr><th scope="row"><a href') == int(count), address
    relocated = client.get("/figures/signed_total_yuan?month=2022-09&reason=relocated").text
    assert "平移的" in relocated and "待核的" not in relocated and "全部原因" in relocated
    assert client.get("/figures/signed_total_yuan?month=2022-09&reason=nonsense").status_code == 200


def test_relocations_are_listed_and_not_counted(app, session, left_out, client_for, leader):
    totals = totals_of(session)
    assert (totals["relocated_count"].month, totals["relocated_total_yuan"].year) == (1, 120_000_000)
    assert "平移的" in client_for(leader).get("/figures/relocated_count?month=2022-09").text
    told = json.loads(command(app, "totals", "2022-09", "--json"))
    line = next(one for one in told["left_out"] if (one["figure"], one["reason"]) == ("signed_total_yuan", "relocated"))
    size = {"rows": 1, "amount": 120_000_000}
    assert line == {"figure": "signed_total_yuan", "reason": "relocated", "unit": "yuan", "month": size, "year": size}
    notes = notes_of(session)
    assert "不计入的1个，总投资1.20亿元：平移的（9月5日，1.20亿元）" in notes["市内平移"]
    assert "签约——已报未核定1条（1.00亿元）、重复登记1条（1.00亿元）" in notes["未计入"]
    session.add(Setting(name="counts_relocations", value="1"))
    assert "市内平移" not in notes_of(session)


def test_a_month_with_everything_counted_says_so(session, client_for, leader):
    assert "报上来的都已计入" in client_for(leader).get("/figures/left-out?month=2022-09").text
    assert "未计入" not in notes_of(session)


def test_the_number_of_statements_does_not_grow(session, left_out, client_for, leader, officer, count_queries):
    client, counts = client_for(leader), []
    for copies in (1, 6):
        for _ in range(copies):
            make.sign(session, make.make_project(session, lead=officer, is_relocation=True), date(2022, 9, 9))
        session.commit()
        with count_queries() as statements:
            assert client.get("/figures/left-out?month=2022-09").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


# ---------------------------------------------------------------------------------------------------------- double counts


def test_a_framework_and_its_contract_signed_in_another_month(session, officer):
    project = make.make_project(session, lead=officer)
    claim = make.make_claim(session, project, ClaimKind.CONTRACT, date(2022, 6, 7))
    make.make_contract(session, project, claim, date(2022, 6, 7), ContractKind.FRAMEWORK, 700_000_000)
    make.sign(session, project, date(2022, 9, 8), 650_000_000)
    june, september = totals_of(session, Month(2022, 6)), totals_of(session)
    assert (june["signed_count"].month, june["framework_count"].month) == (0, 1)
    assert (september["signed_count"].month, september["framework_count"].month) == (1, 0)
    assert september["signed_total_yuan"].year == 650_000_000


def test_signed_last_year_and_lost_this_year_with_its_supplement(session, officer):
    project = make.make_project(session, lead=officer)
    make.sign(session, project, date(2021, 11, 8), 400_000_000)
    more = make.make_claim(session, project, ClaimKind.CONTRACT, date(2022, 2, 10))
    make.make_contract(session, project, more, date(2022, 2, 10), ContractKind.SUPPLEMENT, 60_000_000)
    make.lose(session, project, date(2022, 9, 20), Status.LOST)
    november, september = totals_of(session, Month(2021, 11)), totals_of(session)
    assert (november["signed_count"].month, november["signed_total_yuan"].year) == (1, 400_000_000)
    assert (september["signed_count"].year, september["signed_total_yuan"].year) == (0, 60_000_000)
    assert (september["signed_lost_count"].month, september["signed_lost_yuan"].year) == (1, 460_000_000)


def test_phases_count_and_their_parent_does_not(session, officer):
    parent = make.make_project(session, "母项目", officer)
    for on in (date(2022, 3, 1), date(2022, 9, 1)):
        make.sign(session, make.make_project(session, lead=officer, parent_id=parent.id), on, 200_000_000)
    make.sign(session, parent, date(2022, 3, 1), 400_000_000)
    assert (totals_of(session)["signed_count"].year, totals_of(session)["signed_total_yuan"].year) == (2, 400_000_000)


# ---------------------------------------------------------------------------------------------------------- foreign money


@pytest.fixture
def foreign(session, officer):
    """Dollars promised in March at 6.35 and arrived in September at 7.10; yen besides; dollars without a rate."""
    for on, rate in ((date(2022, 3, 1), "6.35"), (date(2022, 9, 1), "7.10")):
        session.add(ExchangeRate(currency=Currency.USD, rate_on=on, rate=Decimal(rate)))
    project = make.make_project(session, "外资项目", officer)
    make.sign(session, project, date(2022, 3, 10), 635_000_000, contract={"foreign_usd": 20_000_000})

    def arrived(currency, amount, rate, rate_on, state=ClaimState.VERIFIED):
        claim = make.make_claim(session, project, ClaimKind.ARRIVAL, date(2022, 9, 12), state)
        make.make_money(
            session, project, MoneyKind.ARRIVED, amount, date(2022, 9, 12), claim, currency=currency,
            rate=Decimal(rate), rate_on=rate_on, amount_yuan=int(amount * Decimal(rate)),
        )  # fmt: skip

    arrived(Currency.USD, 5_000_000, "7.10", date(2022, 9, 1))
    arrived(Currency.USD, 1_000_000, "7.00", None)
    arrived(Currency.JPY, 30_000_000, "0.05", date(2022, 9, 1))
    arrived(Currency.JPY, 90_000_000, "0.05", date(2022, 9, 1), ClaimState.REPORTED)
    session.commit()


def test_each_amount_is_turned_by_the_rate_of_its_own_day(session, foreign):
    found = {(line.figure.key, line.currency): line for line in converted(totals_of(session))}
    promised = found["signed_foreign_usd", Currency.USD]
    assert (promised.amount, promised.yuan, promised.rates) == (
        20_000_000, 127_000_000, [(Decimal("6.35"), date(2022, 3, 1))],
    )  # fmt: skip
    dollars = found["arrived_usd", Currency.USD]
    assert (dollars.amount, dollars.yuan, dollars.unconverted) == (6_000_000, 35_500_000, 1_000_000)
    yen = found["arrived_usd", Currency.JPY]
    assert (yen.amount, yen.yuan) == (30_000_000, 1_500_000)  # what nobody verified is not among it


def test_foreign_money_stays_out_of_yuan_and_other_currencies_out_of_dollars(session, foreign):
    totals = totals_of(session)
    assert (totals["arrived_yuan"].year, totals["arrived_usd"].year) == (0, 6_000_000)
    assert totals["arrived_usd"].pending == 0 and totals["arrived_usd"].pending_rows == 1
    other = next(line for line in ledger(totals) if line.verdict is Verdict.OTHER_CURRENCY)
    assert (other.year.rows, other.has_amount) == (1, False)


def test_rate_and_day_are_printed_on_screen_and_paper(app, session, foreign, client_for, leader):
    page = client_for(leader).get("/figures?month=2022-09").text
    for words in (
        "外币及折合人民币",
        "6.3500（2022-03-01）",
        "7.1000（2022-09-01）",
        "日元",
        "另有 100 万没有登记汇率",
    ):
        assert words in page, words
    note = notes_of(session)["外资"]
    assert "合同外资2,000万美元，按各笔当日汇率折合1.27亿元（1美元＝6.35（2022.03.01））" in note
    assert "实际使用外资600万美元，按各笔当日汇率折合0.36亿元（1美元＝7.10（2022.09.01））" in note
    assert "另有100万美元无登记汇率、未折合" in note and "折合数仅供参照" in note
    told = json.loads(command(app, "totals", "2022-09", "--json"))["foreign"]
    assert [line["yuan"] for line in told] == [127_000_000, 35_500_000, 1_500_000]


def test_without_a_rate_nothing_is_said_in_yuan(session, officer):
    make.sign(session, make.make_project(session, lead=officer), date(2022, 9, 1), contract={"foreign_usd": 3_000_000})
    line = converted(totals_of(session))[0]
    assert (line.amount, line.yuan, line.unconverted, line.rates) == (3_000_000, None, 3_000_000, [])
    assert "合同外资300万美元，无登记汇率，不折合" in notes_of(session)["外资"]


# ------------------------------------------------------------------------------------------------------------------- 入统


def test_what_stands_in_the_statistics_as_of_a_day(session, officer):
    started, other, late = (make.make_project(session, lead=officer) for _ in range(3))
    for project, on in ((started, date(2022, 3, 1)), (other, date(2022, 8, 1)), (late, date(2022, 10, 2))):
        make.reach(session, project, Stage.STARTED, on)
    make.make_money(session, started, MoneyKind.PLAN, 340_000_000, date(2022, 1, 5))
    make.make_fai(session, started, date(2022, 4, 1))
    gone = make.make_fai(session, other, date(2022, 9, 1))
    gone.withdrawn_at = datetime(2022, 9, 20, tzinfo=UTC)
    totals = totals_of(session)
    assert (totals["fai_count"].year, totals["fai_total_yuan"].year) == (1, 340_000_000)
    assert totals.rows(FIGURES["fai_count"], totals.in_year, Verdict.REVERSED) == 1
    session.flush()
    earlier = Totals(session, Basis(date(2022, 9, 10)), SEPTEMBER)
    assert earlier["fai_count"].year == 2  # withdrawn later


def test_nothing_is_in_the_statistics_whose_start_was_reversed(session, officer, statistician):
    project = make.make_project(session, lead=officer)
    claim = make.reach(session, project, Stage.STARTED, date(2022, 3, 1))
    make.make_fai(session, project, date(2022, 4, 1))
    assert totals_of(session)["fai_count"].year == 1
    claim.state, claim.reversed_at, claim.reversed_by_id = ClaimState.REVERSED, make.NOW, statistician.id
    session.flush()
    totals = totals_of(session)
    assert totals["fai_count"].year == 0
    assert totals.rows(FIGURES["fai_count"], totals.in_year, Verdict.REVERSED) == 1
