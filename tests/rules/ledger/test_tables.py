"""Where the list is in a sheet: header rows, columns, units, several tables; and sheets that are no lists."""

from __future__ import annotations

import pytest

from crm.rules.ledger import Field, Hints, SheetHints, unit_named
from tests.rules.ledger.grids import N, ledger, names, reading, sheet


def fields(table):
    return {column: field.value for column, field in table.mapping.items()}


def test_a_title_a_unit_row_and_a_header_with_breaks_and_spaces():
    table = reading(
        ["云湖经开区2022年项目表"],
        [N, N, N, "单位：万元"],
        ["序 号", "项 目\n名 称", "建设单位", "总投资"],
        [1, "甲项目", "甲公司", 5000],
        [2, "乙项目", "乙公司", "1.5亿元"],
    )
    assert (table.header_rows, table.unit.label, table.year, table.total_yuan) == ((3,), "万元", 2022, 200_000_000)


MERGED_HEADER = (
    ["序号", "项目名称", "投资方", N, "投资情况", N, "联系人", N],
    [N, N, "名称", "所在地", "总投资（亿元）", "其中：固定资产", "姓名", "电话"],
    [1, "甲项目", "甲公司", "深圳", 3, 2, "张三", 13812345678],
    [2, "乙项目", "乙公司", "上海", 4, 2, "李四", "0512-65801234"],
)
SPANS = ((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5), (0, 6, 0, 7))


@pytest.mark.parametrize("merged", [SPANS, ()], ids=["merged", "not merged"])
def test_two_header_rows_with_parents(merged):
    table = reading(*MERGED_HEADER, merged=merged)
    assert table.header_rows == (1, 2)
    assert list(fields(table).values()) == [
        "serial",
        "project_name",
        "investor",
        "origin",
        "total_investment",
        "fixed_assets",
        "contact_name",
        "contact_phone",
    ]
    assert table.labels[3] == "投资方 所在地"


def test_a_parent_row_above_the_row_with_the_name():
    table = reading(
        ["在谈项目表"],
        ["序号", "项目基本情况", N, N, "投资情况", N],
        [N, "名称", "投资方", "地点", "总投资（亿元）", "固定资产投资（亿元）"],
        [1, "甲项目", "甲公司", "泗塘", 3, 2],
    )
    assert (table.header_rows, fields(table)[1], fields(table)[4]) == ((2, 3), "project_name", "total_investment")


def test_three_merged_header_rows():
    table = reading(
        ["序号", "项目基本情况", N, N, N, "进展"],
        [N, "名称", "投资方", "投资情况", N, N],
        [N, N, N, "总投资\n（亿元）", "其中：固投", N],
        [1, "甲项目", "甲公司", 3, 2, "已对接"],
        merged=((0, 0, 2, 0), (0, 1, 0, 4), (0, 5, 2, 5), (1, 1, 2, 1), (1, 2, 2, 2), (1, 3, 1, 4)),
    )
    assert table.header_rows == (1, 2, 3)
    assert (fields(table)[3], fields(table)[4], table.unit.label) == ("total_investment", "fixed_assets", "亿元")


def test_words_split_over_two_rows():
    table = reading(
        ["序号", "项目名称", "建设起", "至2025年底已", "总投资（万元）"],
        [N, N, "止年限", "完成的前期工作", N],
        [1, "甲项目", "2022-2024", "立项", 5000],
    )
    assert table.header_rows == (1, 2)
    assert (fields(table)[2], fields(table)[3]) == ("year_range", "progress_text")


def test_a_row_of_units_under_the_header():
    table = reading(
        ["序号", "项目名称", "总投资", "注册资本"],
        [N, N, "（亿元）", "（万元）"],
        [1, "甲项目", 3, 500],
        [2, "乙项目", 4, 600],
    )
    assert (table.header_rows, table.total_yuan) == ((1, 2), 700_000_000)
    assert table.projects[0].amount(Field.REGISTERED_CAPITAL).value == 5_000_000


def test_column_widths_above_and_column_numbers_below_are_no_part_of_it():
    table = reading(
        [5, 25, 20, 20],
        ["序号", "项目名称", "建设单位", "总投资（万元）"],
        ["甲", "乙", 1, 2],
        [1, "甲项目", "甲公司", 5000],
    )
    assert (table.header_rows, names(table)) == ((2,), ["甲项目"])


@pytest.mark.parametrize(
    "rows",
    [
        [[1, N, "昆明机场改扩建", "机场集团"], [2, N, "滇中引水", "水利厅"], [3, N, "高铁站", "铁路局"]],
        [[1, "昆明机场改扩建", N, "机场集团"], [2, N, "滇中引水", "水利厅"], [3, N, "高铁站", "铁路局"]],
    ],
    ids=["one column right", "left or right"],
)
def test_names_under_a_header_merged_over_two_columns(rows):
    table = reading(["序号", "项目名称", N, "建设单位"], *rows, merged=((0, 1, 0, 2),))
    assert names(table) == ["昆明机场改扩建", "滇中引水", "高铁站"]


def test_tables_one_under_another_have_their_own_columns_units_and_stage():
    found = ledger(
        sheet(
            ["招商项目情况表"],
            ["一、在谈项目"],
            ["序号", "项目名称", "投资方", "拟投资额（亿元）"],
            [1, "甲项目", "甲公司", 3],
            ["二、签约项目"],
            ["序号", "项目名称", "签约时间", "投资方", "协议投资额（万元）"],
            [1, "乙项目", "2022年1月", "乙公司", 30000],
        )
    )
    assert [table.key for table in found.sheets] == ["表", "表#2"]
    assert found.total_yuan == 600_000_000
    assert [table.projects[0].stage.stage.label for table in found.sheets] == ["在谈", "签约"]


def test_a_header_repeated_on_every_page_makes_no_new_table():
    table = reading(
        ["序号", "项目名称", "业主", "总投资（万元）"],
        [1, "甲项目", "甲", 5000],
        ["序号", "项目名称", "业主", "总投资（万元）"],
        [2, "乙项目", "乙", 6000],
    )
    assert names(table) == ["甲项目", "乙项目"]


def test_tables_side_by_side():
    found = ledger(
        sheet(
            ["序号", "项目名称", "总投资（亿元）", "序号", "项目名称", "总投资（亿元）"],
            [1, "甲项目", 3, 3, "丙项目", 5],
            [2, "乙项目", 2],
        )
    )
    assert [names(table) for table in found.sheets] == [["甲项目", "乙项目"], ["丙项目"]]


def test_a_list_without_a_header_is_guessed_and_asked_about():
    table = reading(
        ["2022年市级重点项目名单（建设类）"],
        [1, "某某年产30万吨高性能材料项目", "新建装置3套，配套管网"],
        [2, "某某风电场工程", "装机300兆瓦及送出线路"],
        [3, "国道改扩建工程", "全长35公里，双向四车道"],
    )
    assert (table.header_rows, fields(table)) == ((), {0: "serial", 1: "project_name", 2: "content"})
    assert [finding.code for finding in table.findings if finding.is_error] == ["no_header"]


def test_names_and_nothing_else():
    table = reading([N, "项目名称"], [], [N, "牛首山抽水蓄能电站"], [], [], [N, "甜水河煤矿"], [N, "风力发电项目"])
    assert (names(table), table.rows[-1].number) == (["牛首山抽水蓄能电站", "甜水河煤矿", "风力发电项目"], 7)


def test_only_the_ledgers_own_year_is_this_year():
    table = reading(
        ["2020年重点项目"],
        ["序号", "项目名称", "总投资（万元）", "2019年计划投资（万元）", "2020年计划投资（万元）"],
        [1, "甲项目", 10000, 3000, 4000],
    )
    assert table.projects[0].amount(Field.ANNUAL_INVESTMENT).value == 40_000_000
    assert 3 not in table.mapping


def test_a_lone_plan_is_the_total_and_asked_about():
    table = reading(["序号", "项目名称", "业主", "计划投资（亿元）"], [1, "甲项目", "甲", 3])
    assert (table.total_yuan, [finding.code for finding in table.findings]) == (300_000_000, ["plan_as_total"])


def test_without_a_unit_nothing_is_added_up_and_a_unit_is_suggested():
    table = reading(["序号", "项目名称", "投资额"], [1, "甲项目", 32000], [2, "乙项目", "5.5亿"], [3, "丙项目", 8000])
    asked = [finding for finding in table.findings if finding.code == "no_unit"]
    assert (asked[0].suggestion, asked[0].cell, table.unit) == ("万元", "C", None)
    assert (table.total_yuan, [row.number for row, _ in table.left_out]) == (550_000_000, [2, 4])


def test_parts_of_the_total_take_its_unit():
    table = reading(["序号", "项目名称", "总投资（万元）", "年度投资"], [1, "甲项目", 50000, 2000])
    assert table.projects[0].amount(Field.ANNUAL_INVESTMENT).value == 20_000_000
    assert [finding.code for finding in table.findings] == ["unit_of_total"]


def test_two_units_in_one_header_are_asked_about():
    table = reading(["序号", "项目名称", "总投资（亿元/万美元）"], [1, "甲项目", 3], [2, "乙项目", "4亿元"])
    assert (table.total_yuan, table.findings[0].code) == (400_000_000, "several_units")


def test_a_unit_row_further_down_holds_from_there():
    table = reading(
        ["单位：亿元"],
        ["序号", "项目名称", "业主", "总投资"],
        [1, "甲项目", "甲", 5],
        ["单位：万元"],
        [2, "乙项目", "乙", 6000],
    )
    assert [row.total.yuan for row in table.projects] == [500_000_000, 60_000_000]


def test_a_column_of_units():
    table = reading(
        ["序号", "项目名称", "投资额", "单位"],
        [1, "甲项目", 3, "亿元"],
        [2, "乙项目", 5000, "万元"],
        [3, "丙项目", 800, "万美元"],
    )
    assert table.total_yuan == 350_000_000
    assert {currency.value: total for currency, total in table.foreign_totals.items()} == {"USD": 8_000_000}


LISTS = {
    "汇总表": [["单位：个、亿元"], ["类别", "项目个数", "总投资"], ["工业", 12, 120], ["农业", 3, 20]],
    "各省": [["序号", "项目名称", "总投资（亿元）"], [1, "北京市", 3000], [2, "上海市", 2000], [3, "广东省", 5000]],
    "各市": [["序号", "项目名称", "个数"], [1, "苏州市", 3], [2, "无锡市", 4], [3, "南京市", 4]],
    "选项": [["前期", "新开工", "2025"], ["在建", "续建", "2026"], ["湘潭县", "湘乡市", "岳塘区"]],
    "透视": [["行标签", "求和项:总投资（万元）"], ["工业", 2333], ["总计", 2333]],
    "目标": [["序号", "责任单位", "年度目标（亿元）", "完成额"], [1, "甲局", 30, 10], [2, "乙局", 30, 12]],
    "登记表": [
        ["项目名称", "某项目", "投资方", "某公司"],
        ["总投资", "3亿元", "联系人", "张三"],
        ["建设地点", "泗塘", "联系电话", "138"],
        ["建设内容", "厂房", "开工时间", "2022"],
    ],
    "空表": [],
}


@pytest.mark.parametrize("name", list(LISTS))
def test_sheets_that_are_no_lists_of_projects_are_passed_over_with_a_reason(name):
    found = ledger(
        sheet(*LISTS[name], name=name), sheet(["项目名称", "投资额（亿元）"], ["甲项目", 5], ["乙项目", 6], name="清单")
    )
    assert [table.name for table in found.sheets] == ["清单"]
    assert [(skipped.name, bool(skipped.reason)) for skipped in found.skipped] == [(name, True)]


def test_a_hidden_sheet_is_read_only_when_asked_for():
    hidden = sheet(["项目名称", "投资额（亿元）"], ["甲项目", 5], name="旧", hidden=True)
    assert ledger(hidden).skipped[0].reason == "隐藏的工作表，需要时可选上"
    assert names(ledger(hidden, hints=Hints(sheets=("旧",))).sheets[0]) == ["甲项目"]


def test_the_name_of_the_file_may_tell_the_stage():
    found = ledger(
        sheet(["项目名称", "投资方"], ["甲项目", "甲"], name="Sheet1"), filename="2022年在谈项目台账（8月）.xlsx"
    )
    assert (found.sheets[0].projects[0].stage.stage.label, found.sheets[0].year) == ("在谈", 2022)


def test_a_sheet_named_after_an_industry_tells_the_category():
    rows = (["项目名称", "投资额（亿元）"], ["甲项目", 5], ["乙项目", 6])
    found = ledger(sheet(*rows, name="装备制造"), sheet(*rows, name="Sheet2"))
    assert [table.projects[0].text(Field.CATEGORY) for table in found.sheets] == ["装备制造", ""]


def test_sheets_with_the_same_projects_are_named():
    rows = [[name, 1] for name in ("甲项目", "乙项目", "丙项目", "丁项目")]
    found = ledger(
        sheet(["项目名称", "投资额（亿元）"], *rows, name="总表"),
        sheet(["项目名称", "投资额（亿元）"], *rows[:3], name="在谈"),
    )
    assert [finding.message for finding in found.findings] == ["“在谈”的 3 个项目在“总表”里也有，请只选其中一张"]


def test_a_person_decides_header_columns_unit_and_year():
    rows = (["编号", "事项", "数额"], [1, "甲厂搬迁", 50], [2, "乙厂扩产", 60])
    told = SheetHints(
        header_rows=(1,), mapping={1: Field.PROJECT_NAME, 2: Field.TOTAL_INVESTMENT}, unit=unit_named("万元"), year=2021
    )
    table = ledger(sheet(*rows), hints=Hints(tables={"表": told})).sheets[0]
    assert (names(table), table.total_yuan, table.year) == (["甲厂搬迁", "乙厂扩产"], 1_100_000, 2021)


def test_a_person_takes_a_column_out():
    told = SheetHints(mapping={2: None})
    table = reading(["项目名称", "总投资（亿元）", "投资方"], ["甲项目", 5, "甲公司"], hints=Hints(tables={"表": told}))
    assert table.projects[0].text(Field.INVESTOR) == ""
