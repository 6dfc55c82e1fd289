"""Which field a column's header stands for."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from crm.rules.ledger.fields import JOINABLE_FIELDS, Field
from crm.rules.ledger.headers import assign, header_unit, match_header
from crm.rules.ledger.units import declared_units, header_units, unit_named
from crm.rules.ledger.vocabulary import SPELLINGS

ALIASES = Path(__file__).parents[2] / "data" / "ledgers" / "header_aliases.csv"
# The published vocabulary's names for ours; 行业 and 产业 are a field of their own here.
OURS = {
    "construction_unit": Field.INVESTOR,
    "project_owner": Field.INVESTOR,
    "start_year": Field.START_ON,
    "end_year": Field.END_ON,
    "construction_content": Field.CONTENT,
}
INDUSTRIES = {"产业类别", "行业分类", "所属行业", "行业类别"}


def known_spellings() -> list[tuple[str, Field]]:
    with ALIASES.open(encoding="utf-8-sig", newline="") as file:
        entries = [(entry["header_text_in_published_lists"], entry["field"]) for entry in csv.DictReader(file)]
    by_value = {field.value: field for field in Field} | OURS
    return [(text, Field.INDUSTRY if text in INDUSTRIES else by_value[name]) for text, name in entries]


def test_there_are_98_known_spellings():
    assert len(known_spellings()) == 98


@pytest.mark.parametrize(("text", "field"), known_spellings())
def test_known_spellings(text, field):
    assert match_header(text)[0].field is field


@pytest.mark.parametrize("field", list(SPELLINGS))
def test_every_spelling_in_our_file_means_its_field(field):
    for word in SPELLINGS[field]:
        assert field in {candidate.field for candidate in match_header(word)}, word


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("项 目 名 称",), Field.PROJECT_NAME),
        (("*项目名称",), Field.PROJECT_NAME),
        (("1.项目名称",), Field.PROJECT_NAME),
        (("项目\n名称",), Field.PROJECT_NAME),
        (("项目名称（全称）",), Field.PROJECT_NAME),
        (("Project Name 项目名称",), Field.PROJECT_NAME),
        (("重点招商项目",), Field.PROJECT_NAME),
        (("投资方名称",), Field.INVESTOR),
        (("投资主体（公司全称）",), Field.INVESTOR),
        (("投资方所在地",), Field.ORIGIN),
        (("统一社会信用代码",), Field.CREDIT_CODE),
        (("计划总投资（亿元）",), Field.TOTAL_INVESTMENT),
        (("总投资\n（亿元／万美元）",), Field.TOTAL_INVESTMENT),
        (("协议投资额\n(亿元)",), Field.TOTAL_INVESTMENT),
        (("合同外资（万美元）",), Field.FOREIGN_CAPITAL),
        (("其中：固定资产投资",), Field.FIXED_ASSETS),
        (("2022年\n计划投资",), Field.ANNUAL_INVESTMENT),
        (("截至2021年底累计完成投资",), Field.COMPLETED),
        (("2022年1-9月完成投资",), Field.ANNUAL_COMPLETED),
        (("到位资金(万元)",), Field.ARRIVED),
        (("我方对接人",), Field.OFFICER),
        (("招商责任人",), Field.OFFICER),
        (("企业对接人及联系方式",), Field.CONTACT_NAME),
        (("县级包联领导",), Field.LEADER),
        (("首次洽谈时间",), Field.FIRST_CONTACT_ON),
        (("2022年前期工作或工程\n形象进度目标",), Field.ANNUAL_GOAL),
        (("需市级层面协调解决的问题",), Field.PROBLEMS),
        (("下一步工作打算及时间节点",), Field.NEXT_PLAN),
        (("拟供地面积（亩）",), Field.LAND_MU),
        (("是否省重点",), Field.LEVEL),
        (("项目资金来源", "计划总投资"), Field.TOTAL_INVESTMENT),
        (("2024年计划投资", "计划总投资"), Field.ANNUAL_INVESTMENT),
        (("2021年投资计划", "小计"), Field.ANNUAL_INVESTMENT),
        (("2021年投资计划", "主要建设内容"), Field.ANNUAL_GOAL),
        (("2024年推进计划", "整体形象进度"), Field.ANNUAL_GOAL),
        (("总投资", "内资（亿元）"), Field.TOTAL_INVESTMENT),
        (("总投资", "外资（万美元）"), Field.FOREIGN_CAPITAL),
        (("到位资金", "累计"), Field.ARRIVED),
        (("完成投资", "1-9月"), Field.ANNUAL_COMPLETED),
        (("建设起", "止年限"), Field.YEAR_RANGE),
        (("建设起止年限", "起"), Field.START_ON),
        (("建设起止年限", "止"), Field.END_ON),
        (("投资方", "名称"), Field.INVESTOR),
        (("联系人", "电话"), Field.CONTACT_PHONE),
        (("项目", "名称"), Field.PROJECT_NAME),
    ],
)
def test_spellings_nobody_listed(path, field):
    assert match_header(*path)[0].field is field


@pytest.mark.parametrize(
    "path",
    [
        ("投资强度（万元/亩）",),
        ("年产值（亿元）",),
        ("年税收（万元）",),
        ("投资完成率",),
        ("资金来源",),
        ("2024年计划投资", "市财政"),
        ("2021年投资计划", "新增生产能力"),
        ("2024年推进计划", "第一季度"),
        ("完成投资", "本月"),
        ("环评情况",),
        (
            "一段很长的说明文字，说明这个表格应当怎样填写，填写时请注意单位是万元，不要填错，也不要漏填，谢谢各位同事的配合。",
        ),
    ],
)
def test_columns_that_are_no_field_of_ours(path):
    assert match_header(*path) == ()


def test_a_word_with_two_meanings_goes_where_the_other_is_taken():
    columns = [(0, match_header("企业联系人")), (1, match_header("对接人"))]
    assert {column: found.field for column, found in assign(columns, JOINABLE_FIELDS).items()} == {
        0: Field.CONTACT_NAME,
        1: Field.OFFICER,
    }
    assert assign([(0, match_header("对接人"))], JOINABLE_FIELDS)[0].field is Field.CONTACT_NAME


def test_the_more_canonical_of_two_spellings_wins():
    columns = [(0, match_header("投资额")), (1, match_header("总投资（万元）"))]
    assert assign(columns, JOINABLE_FIELDS)[1].field is Field.TOTAL_INVESTMENT


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("总投资(亿元)", ["亿元"]),
        ("总投资\n（万元、万美元）", ["万元", "万美元"]),
        ("总投资（亿元/万美元）", ["亿元", "万美元"]),
        ("计划总投资（万）", ["万元"]),
        ("合同外资（万美元）", ["万美元"]),
        ("总投资（USD 万）", ["万美元"]),
        ("总投资（亿港元）", ["亿港元"]),
        ("投资强度（万元/亩）", []),
        ("建设单位", []),
    ],
)
def test_units_in_headers(text, labels):
    assert [unit.label for unit in header_units(text)] == labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("单位：万元", ["万元"]),
        ("（万元）", ["万元"]),
        ("单位:个、亿元、亩", ["亿元"]),
        ("填报单位：某局　单位：万元", ["万元"]),
        ("单位：元（CostUnits 为 RMB 者）；USD 行另注", ["元"]),
        ("编制单位：桂林市重大项目推进办公室", []),
        ("责任单位", []),
    ],
)
def test_unit_rows(text, labels):
    assert [unit.label for unit in declared_units(text)] == labels


def test_the_lowest_header_row_names_the_unit():
    assert [unit.label for unit in header_unit("投资（亿元）", "固定资产（万元）")] == ["万元"]
    assert unit_named("万元").factor == 10_000
    assert unit_named("公斤") is None
