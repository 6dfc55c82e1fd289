"""Whole ledgers: values at their fields, sums checked, rows read again; and that no grid of cells is raised on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.choices import CapitalKind, Currency, KeyList, ListingClass, Stage, Status
from crm.rules.ledger import Field, Hints, SheetHints, reread_row
from crm.rules.ledger.cells import CellError
from tests.rules.ledger.grids import N, codes, kinds, ledger, names, reading, sheet

TALKS = (
    ["云湖经开区2022年在谈项目台账（8月）"],
    ["填报单位：招商局", N, N, N, N, N, N, N, N, N, "单位：亿元"],
    [
        "序号",
        "项目名称",
        "投资方",
        "统一社会信用代码",
        "总投资",
        "用地（亩）",
        "接洽日期",
        "产业",
        "联系人及电话",
        "招商责任人",
        "项目阶段",
    ],
    [
        1,
        "启衡伺服电机",
        "启衡电气有限公司",
        "91110108551385082Q",
        Decimal("3.2"),
        50,
        date(2022, 3, 15),
        "智能制造",
        "张总 13812345678",
        "李",
        "在谈",
    ],
    [2, "霁蓝航空结构件", "霁蓝航空", "915101123456789", "6.8亿", "2公顷", 44834, "航空航天", N, "李", "拟签约"],
    [3, "星渡冷链", "星渡供应链", N, 26000, N, "2022.13.5", "现代商贸", N, "王", "暂缓"],
    ["合计", N, N, N, 36],
)


def test_a_row_holds_typed_values():
    row = reading(*TALKS).projects[0]
    assert (row.number, row.name, row.text(Field.INVESTOR)) == (4, "启衡伺服电机", "启衡电气有限公司")
    assert (row.total.value, row.total.reading, row.day(Field.FIRST_CONTACT_ON).first) == (
        320_000_000,
        "3.20 亿元",
        date(2022, 3, 15),
    )
    assert (row.values[Field.LAND_MU], row.stage.stage, row.text(Field.OFFICER)) == (
        Decimal("50.00"),
        Stage.NEGOTIATION,
        "李",
    )
    assert (row.text(Field.CONTACT_NAME), row.values[Field.CONTACT_PHONE]) == ("张总", ("13812345678",))
    assert (row.raw[4], row.findings) == ("3.2", ())


def test_findings_stand_at_their_cells():
    table = reading(*TALKS)
    found = {(finding.cell, finding.severity.value, finding.code) for row in table.projects for finding in row.findings}
    assert found == {
        ("D5", "错误", "code_length"),
        ("G5", "提醒", "excel_serial"),
        ("E6", "错误", "unit_mixed_up"),
        ("G6", "错误", "impossible_date"),
    }


def test_what_is_not_sure_is_left_out_of_the_total_and_listed():
    table = reading(*TALKS)
    assert table.total_yuan == 1_000_000_000
    assert [(row.number, why) for row, why in table.left_out] == [(6, "26000 亿元过大，是否误填万元？应为 2.60 亿元。")]
    assert table.projects[2].stage.status is Status.PAUSED


def test_a_sum_that_differs_says_by_how_much():
    table = reading(*TALKS)
    assert table.row(7).findings[0].message == (
        "“合计”写 36.00 亿元，表中有 10.00 亿元（其中 1 项没有确定的金额），少 26.00 亿元，请核对是否缺行"
    )


def test_a_corrected_cell_is_read_again():
    table = reading(*TALKS)
    suggestion = next(finding.suggestion for finding in table.row(6).findings if finding.code == "unit_mixed_up")
    row = reread_row(table, 6, {4: suggestion, 6: "2022-05-20"})
    assert (row.total.yuan, row.day(Field.FIRST_CONTACT_ON).first, row.findings) == (260_000_000, date(2022, 5, 20), ())
    assert table.row(6).total.yuan is None
    with pytest.raises(KeyError):
        reread_row(table, 99, {})


def test_a_corrected_name_makes_a_row_a_project():
    table = reading(["序号", "项目名称", "投资方"], [1, "甲项目", "甲"], [N, "小计"])
    assert reread_row(table, 3, {0: "2", 1: "乙项目", 2: "乙"}).is_project
    assert not reread_row(table, 2, {1: "合计", 2: ""}).is_project


def test_corrections_of_a_whole_sheet_are_read_with_it():
    told = SheetHints(corrections={(6, 4): "2.6亿元", (7, 4): "12.6"})
    table = ledger(sheet(*TALKS), hints=Hints(tables={"表": told})).sheets[0]
    assert (table.total_yuan, table.left_out, codes(table.row(7))) == (1_260_000_000, (), [])


def test_sections_declare_counts_and_amounts_that_are_checked():
    table = reading(
        ["序号", "项目名称", "建设规模及内容", "总投资（万元）"],
        [N, "合计", 3, 15000],
        [N, "一、基础设施", 2, 11000],
        [N, "（一）交通", 1, 5000],
        [1, "甲路", "长1公里", 5000],
        [N, "（二）水利", 1, 6000],
        [1, "乙渠", "长2公里", 6000],
        [N, "二、产业", 3, 8000],
        [1, "丙园", "厂房", 4000],
    )
    assert [(section.name, section.level, section.actual_count, section.agrees) for section in table.sections] == [
        ("合计", 0, 3, True),
        ("基础设施", 1, 2, True),
        ("交通", 2, 1, True),
        ("水利", 2, 1, True),
        ("产业", 1, 1, False),
    ]
    assert table.row(3).reason == "是分组小计，写 2 项、1.10 亿元，与各行相符，不是项目"
    assert (
        table.row(8).findings[0].message
        == "“产业”写 3 项、8000 万元，表中有 1 项、4000 万元，少 2 项、少 4000 万元，请核对是否缺行"
    )
    assert table.projects[1].text(Field.CATEGORY) == "基础设施 / 水利"


def test_a_rounded_declared_sum_agrees():
    table = reading(
        ["序号", "项目名称", "总投资（亿元）"],
        [1, "甲", Decimal("1.234")],
        [2, "乙", Decimal("2.345")],
        ["合计", N, Decimal("3.58")],
    )
    assert table.sections[0].agrees


def test_subtotals_below_their_rows_and_pages():
    table = reading(
        ["序号", "项目名称", "业主", "总投资（万元）"],
        [1, "甲项目", "甲", 100000],
        [2, "乙项目", "乙", 20000],
        ["本页小计", N, N, 120000],
        [3, "丙项目", "丙", 30000],
        ["本页小计", N, N, 30000],
        ["总计", N, N, 150000],
    )
    assert [section.agrees for section in table.sections] == [True, True, True]


def test_money_in_other_currencies_is_kept_apart():
    table = reading(
        ["序号", "项目名称", "总投资（元）", "币种"],
        [1, "甲", 5_000_000, "RMB"],
        [2, "乙", 7_000_000, "USD"],
        [3, "丙", 8_000_000, N],
    )
    assert (table.total_yuan, table.foreign_totals) == (5_000_000, {Currency.USD: 7_000_000})
    assert codes(table.projects[2]) == ["no_currency"]
    assert [row.number for row, _ in table.left_out] == [3, 4]


def test_an_amount_merged_over_several_projects_belongs_to_none_of_them():
    table = reading(
        ["序号", "投资方", "项目名称", "总投资（亿元）"],
        [1, "甲集团", "电池一期", 30],
        [2, N, "电池二期", N],
        [3, "乙公司", "冷链", 5],
        merged=((1, 1, 2, 1), (1, 3, 2, 3)),
    )
    assert (table.total_yuan, codes(table.projects[1])) == (500_000_000, ["joint_amount"])
    assert table.projects[1].text(Field.INVESTOR) == "甲集团"


def test_ditto_stands_for_the_text_above_and_for_no_amount():
    table = reading(
        ["序号", "项目名称", "投资方", "建设地点", "总投资（亿元）"],
        [1, "甲", "甲公司", "泗塘", 3],
        [2, "乙", "同上", "〃", "同上"],
    )
    assert (table.projects[1].text(Field.INVESTOR), table.projects[1].text(Field.LOCATION)) == ("甲公司", "泗塘")
    assert codes(table.projects[1]) == ["same_as_above"]
    assert reread_row(table, 3, {4: "4"}).text(Field.INVESTOR) == "甲公司"


def test_ticks_under_the_names_of_stages():
    table = reading(
        ["序号", "项目名称", "项目进展", N, N, "是否省重点"],
        [N, N, "在谈", "签约", "开工", N],
        [1, "甲", "√", N, N, "是"],
        [2, "乙", "√", "√", N, "否"],
        merged=((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 4), (0, 5, 1, 5)),
    )
    assert [row.stage.stage for row in table.projects] == [Stage.NEGOTIATION, Stage.SIGNED]
    assert table.projects[0].values[Field.LEVEL] == (KeyList.PROVINCE,)


def test_the_stage_comes_from_the_nearest_words():
    table = reading(
        ["2022年签约项目一览表"],
        ["序号", "项目名称", "建设性质", "投资方"],
        [1, "甲", "续建", "甲公司"],
        [2, "乙", "新建", "乙公司"],
        [N, "二、在谈项目（1个）"],
        [3, "丙", N, "丙公司"],
    )
    stages = [(row.stage.stage, row.stage.source) for row in table.projects]
    assert stages == [(Stage.STARTED, "建设性质"), (Stage.SIGNED, "工作表标题"), (Stage.NEGOTIATION, "分组标题")]
    assert table.projects[0].stage.listing is ListingClass.CONTINUED


def test_a_list_of_companies_lends_their_names_to_the_projects():
    table = reading(
        ["序号", "企业名称", "拟投资金额", "内外资"],
        [1, "启衡电气有限公司", "3亿元", "外资"],
        [2, "霁蓝航空", "面议", "内资"],
    )
    assert (names(table), [finding.code for finding in table.findings]) == (
        ["启衡电气有限公司", "霁蓝航空"],
        ["investor_as_name"],
    )
    assert table.projects[0].values[Field.CAPITAL_KIND] is CapitalKind.FOREIGN


def test_columns_contradicting_each_other_are_remarked_on():
    table = reading(
        ["序号", "项目名称", "总投资（亿元）", "固定资产投资（亿元）", "开工时间", "竣工时间"],
        [1, "甲", 3, 4, "2024年", "2022年"],
    )
    assert sorted(codes(table.projects[0])) == ["ends_before_start", "part_over_total"]


def test_failed_formulas_are_errors_where_they_count_and_remarks_elsewhere():
    table = reading(
        ["序号", "项目名称", "总投资（亿元）"],
        [1, "甲", CellError("#REF!"), CellError("#N/A")],
        ["合计", N, CellError("#REF!")],
    )
    assert [(finding.cell, finding.severity.value) for finding in table.projects[0].findings] == [
        ("D2", "提醒"),
        ("C2", "错误"),
    ]
    assert codes(table.row(3)) == ["formula_error"]


def test_marks_are_taken_off_names_and_kept():
    row = reading(["序号", "项目名称", "业主"], [1, "供水工程▲", "甲"]).projects[0]
    assert (row.name, row.marks, row.raw[1]) == ("供水工程", ("▲",), "供水工程▲")


def test_the_same_name_may_stand_in_many_rows():
    table = reading(
        ["序号", "项目名称", "分段", "总投资（亿元）"], [1, "输气管网", "一段", 3], [2, "输气管网", "二段", 4]
    )
    assert (names(table), table.projects[1].text(Field.SEGMENT)) == (["输气管网", "输气管网"], "二段")


def test_texts_from_a_csv_are_read_like_cells():
    table = reading(
        ["序号", "项目名称", "总投资（万元）", "签约日期"],
        ["1", "甲", "32,000", "2022/3/5"],
        ["2", "乙", "1.5亿", "44652"],
        ["", "合计", "47000"],
    )
    assert (table.total_yuan, table.sections[0].agrees, kinds(table)) == (470_000_000, True, {4: "合计行"})


def test_keys_of_sheets_and_rows():
    found = ledger(sheet(*TALKS, name="在谈"))
    assert found.sheet("在谈").row(4).name == "启衡伺服电机"
    assert [row.number for _, row in found.projects] == [4, 5, 6]
    with pytest.raises(KeyError):
        found.sheet("签约")
    with pytest.raises(KeyError):
        found.sheets[0].row(1)


WORDS = [
    "序号",
    "项目名称",
    "总投资（万元）",
    "投资方",
    "签约时间",
    "联系电话",
    "合计",
    "一、工业（2个）",
    "3亿",
    "2022-3",
    "——",
    "同上",
    "单位：亿元",
    "注：x",
]
CELLS = st.one_of(
    st.none(), st.sampled_from(WORDS), st.text(max_size=12), st.integers(), st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(), st.booleans(), st.just(CellError("#N/A")),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=6), max_size=12)
SPANS_ANYWHERE = st.lists(
    st.tuples(*[st.integers(0, 8)] * 4).map(
        lambda s: (min(s[0], s[2]), min(s[1], s[3]), max(s[0], s[2]), max(s[1], s[3]))
    ),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, SPANS_ANYWHERE, st.booleans())
def test_no_grid_of_cells_is_raised_on(rows, merged, asked):
    found = ledger(sheet(*rows, merged=tuple(merged)), hints=Hints(sheets=("表",)) if asked else None)
    for table in found.sheets:
        assert table.total_yuan == sum(row.total.yuan or 0 for row in table.projects if row.total)
        assert {row.number for row in table.rows} <= set(range(1, len(rows) + 1))
        assert all(reread_row(table, row.number, {}) == row for row in table.projects[:2])
