"""A row of a ledger in the register's terms, and back from JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

from crm.choices import (
    CapitalKind,
    CompanyClass,
    ContractKind,
    Currency,
    KeyList,
    ListingClass,
    Stage,
    Status,
)
from crm.rules.importing.entry import Dated, Entry, Money
from crm.rules.importing.hints import hints_of
from crm.rules.importing.reading import entry_of, worst
from crm.rules.importing.settings import ImportMode, ImportSettings
from crm.rules.ledger import read_ledger
from crm.rules.ledger.cells import Sheet, Workbook
from crm.rules.ledger.fields import Field
from crm.rules.ledger.rows import RowKind
from crm.rules.matching import MatchKey

DAY = Dated(date(2022, 3, 1), date(2022, 3, 31), planned=True)
EVERYTHING = Entry(
    name="甲", code="A1", company="乙", credit_code="C", company_classes=(CompanyClass.LISTED,), origin="上海",
    registered=Money(1), capital_kind=CapitalKind.FOREIGN, industry="智能制造", category="工业", levels=(KeyList.CITY,),
    listing_class=ListingClass.NEW, year=2022, location="石桥", land_mu=Decimal("60.50"), content="建设", total=Money(5),
    fixed=Money(4), foreign=Money(3, Currency.USD), annual=Money(2), annual_done=Money(1), done=Money(1), arrived=Money(1),
    stage=Stage.LEAD, status=Status.PAUSED, stage_words="线索", contract_kind=ContractKind.FORMAL, first_contact=DAY,
    signed=DAY, registered_on=DAY, started=DAY, finished=DAY, producing=DAY, annual_goal="目标", progress="进展",
    problems="问题", next_plan="下步", channel="以商引商", responsible_unit="一组", leader="程望山", officer="顾清宁",
    contact="罗映川", phones=("13800000421",),
)  # fmt: skip


@pytest.mark.parametrize("entry", [Entry(), Entry(name="甲"), EVERYTHING])
def test_an_entry_survives_its_json(entry):
    assert Entry.from_json(json.loads(json.dumps(entry.as_json()))) == entry


def test_the_full_entry_leaves_nothing_out():
    assert {field.name for field in fields(Entry)} == set(EVERYTHING.as_json())


def test_settings_survive_their_json():
    settings = ImportSettings(date(2022, 10, 20), ImportMode.UPDATE, MatchKey.CODE, True, True, 3, 4)
    assert ImportSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings


def entries(*rows: tuple[object, ...], above: tuple[tuple[object, ...], ...] = ()) -> list[Entry]:
    """The entries of a sheet whose first row is the header."""
    sheet = Sheet("表", (*above, *rows))  # type: ignore[arg-type]
    (reading,) = read_ledger(Workbook("台账.xlsx", "xlsx", (sheet,))).sheets
    return [entry_of(row, reading) for row in reading.projects]


def test_a_segment_belongs_to_the_name():
    header = ("序号", "项目名称", "分段", "建设单位", "总投资（元）", "币种")
    one, two = entries(
        header, (1, "陕京线", "四线", "乙公司 [100.00%]", 500, "RMB"), (2, "陕京线", "五线", "待定", 600, "美元")
    )
    assert (one.name, one.company, one.total) == ("陕京线（四线）", "乙公司", Money(500))
    assert (two.name, two.company, two.total) == ("陕京线（五线）", "", Money(600, Currency.USD))


def test_an_amount_that_is_not_sure_is_left_out():
    header = ("序号", "项目名称", "投资方", "总投资（亿元）")
    (one, two, three) = entries(
        header, (1, "甲项目", "甲公司", "3—5"), (2, "乙项目", "乙公司", "约3"), (3, "丙项目", "丙公司", 2)
    )
    assert (one.total, two.total, three.total) == (None, Money(300_000_000), Money(200_000_000))


def test_days_under_a_head_that_says_so_are_plans():
    header = ("序号", "项目名称", "投资方", "计划开工时间", "竣工时间")
    (one,) = entries(header, (1, "甲项目", "甲公司", "2022年3月", "2023年"), (2, "", "", "", ""))
    assert one.started == Dated(date(2022, 3, 1), date(2022, 3, 31), True)
    assert one.finished == Dated(date(2023, 1, 1), date(2023, 12, 31), False)


@pytest.mark.parametrize(
    ("findings", "word"), [([], ""), (["info"], ""), (["info", "warning"], "warning"), (["warning", "error"], "error")]
)
def test_the_worst_finding(findings, word):
    assert worst([{"severity": severity} for severity in findings]) == word


def test_hints_as_they_are_kept():
    kept = {
        "sheets": ["在谈"],
        "tables": {
            "在谈": {
                "header_rows": [3, 4],
                "mapping": {"1": "project_name", "2": None},
                "unit": "万元",
                "kinds": {"9": "项目"},
            }
        },
    }
    hints = hints_of(kept, {"在谈": {(7, 2): "2.60"}})
    table = hints.tables["在谈"]
    assert (
        hints.sheets == ("在谈",)
        and table.header_rows == (3, 4)
        and table.unit is not None
        and table.unit.label == "万元"
    )
    assert table.mapping == {1: Field.PROJECT_NAME, 2: None} and table.kinds == {9: RowKind.PROJECT}
    assert table.corrections == {(7, 2): "2.60"}
    assert hints_of({}).sheets is None
