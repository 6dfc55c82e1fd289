"""The really published files: what they hold is known, and nothing of it may be lost or added."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm import sheets
from crm.choices import Currency
from crm.rules.ledger import Field, RowKind, read_ledger

DATA = Path(__file__).parents[2] / "data" / "ledgers"


@pytest.fixture(scope="module")
def read():
    def from_file(name):
        return read_ledger(sheets.read((DATA / name).read_bytes(), name))

    return from_file


def test_guilin_52_projects_and_their_total(read):
    (table,) = read("guilin2022_preliminary_projects.xlsx").sheets
    assert (table.header_rows, table.unit.label, table.year) == ((4,), "万元", 2022)
    assert (len(table.projects), table.total_yuan, table.left_out) == (52, 69_797_321_000, ())


def test_guilin_subtotals_are_subtotals_and_checked_against_their_rows(read):
    (table,) = read("guilin2022_preliminary_projects.xlsx").sheets
    assert [row.kind for row in table.skipped] == [RowKind.TOTAL, *[RowKind.SECTION] * 18]
    differing = [section.name for section in table.sections if not section.agrees]
    assert differing == ["合计", "基础设施", "城市基础设施", "其他城基"]  # cut off after row 75
    assert [(section.name, section.level) for section in table.sections[1:4]] == [
        ("基础设施", 1),
        ("交通", 2),
        ("铁路", 3),
    ]
    assert "少 12 项、少 141.415517 亿元" in table.row(70).findings[0].message


def test_guilin_projects_stand_under_their_headings(read):
    (table,) = read("guilin2022_preliminary_projects.xlsx").sheets
    assert table.row(60).name == "红河路"
    assert table.row(60).text(Field.CATEGORY) == "基础设施 / 城市基础设施 / 道路及桥梁"
    assert table.row(60).text(Field.INVESTOR) == "桂林经开投资控股有限责任公司"
    assert [finding.cell for finding in table.row(5).findings if finding.code == "formula_error"] == ["J5"]


def test_ningxia_210_names_and_no_amounts(read):
    ledger = read("ningxia2020_names_only.xlsx")
    assert [len(table.projects) for table in ledger.sheets] == [118, 27, 37, 28]
    assert (ledger.total_yuan, [table.left_out for table in ledger.sheets]) == (0, [()] * 4)
    assert [table.skipped for table in ledger.sheets] == [()] * 4
    assert ledger.sheets[3].row(13).name == "银川都市圈城乡西线供水工程"
    assert ledger.sheets[3].row(13).marks == ("★",)


def test_pipelines_in_yuan_with_currencies_kept_apart(read):
    (table,) = read("gem_china_pipelines_yuan.xlsx").sheets
    assert (len(table.projects), table.unit.label) == (478, "元")
    assert sum(1 for row in table.projects if row.total.yuan is not None) == 474
    assert table.total_yuan == 1_017_317_231_460
    assert table.foreign_totals == {Currency.USD: 1_040_000_000 + 1_555_300_000}
    assert [row.number for row, _ in table.left_out] == [10, 79, 466, 467]


def test_pipelines_many_segments_under_one_name(read):
    (table,) = read("gem_china_pipelines_yuan.xlsx").sheets
    assert len({row.name for row in table.projects}) == 78
    assert len({(row.name, row.text(Field.SEGMENT)) for row in table.projects}) > 400
