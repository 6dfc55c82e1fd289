"""Phones, credit codes, names and the words of closed vocabularies."""

from __future__ import annotations

import pytest

from crm.choices import CapitalKind, CompanyClass, ContractKind, Currency, KeyList, Stage, Status
from crm.rules.ledger.identifiers import read_credit_code, read_phones
from crm.rules.ledger.names import read_name
from crm.rules.ledger.text import chinese_number, is_nothing, squeeze, tidy
from crm.rules.ledger.wording import (
    read_capital_kind,
    read_company_classes,
    read_contract_kind,
    read_currency,
    read_levels,
    read_stage,
    stage_of_heading,
)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13812345678", ("13812345678",)),
        (13812345678, ("13812345678",)),
        ("138 1234 5678", ("13812345678",)),
        ("+86-13812345678", ("13812345678",)),
        ("0512-65801234", ("0512-65801234",)),
        ("（0512）65801234", ("0512-65801234",)),
        ("0512-65801234转801", ("0512-65801234-801",)),
        ("65801234", ("65801234",)),
        ("400-820-8820", ("4008208820",)),
        ("+852 2345 6789", ("+85223456789",)),
        ("13812345678/13912345678", ("13812345678", "13912345678")),
        ("张三：13812345678；李四：0512-65801234-12", ("13812345678", "0512-65801234-12")),
        ("无", ()),
    ],
)
def test_phones(cell, numbers):
    read = read_phones(cell)
    assert (read.numbers, read.remarks) == (numbers, ())


def test_what_stands_beside_a_phone_is_kept():
    assert read_phones("张三 13812345678").rest == "张三"


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1381234567", "phone_length"), ("1.38E+10", "digits_lost"), ("见附件", "not_phone"), ("12345", "phone_length")],
)
def test_odd_phones_are_said_and_not_taken(cell, code):
    read = read_phones(cell)
    assert (read.numbers, [remark.code for remark in read.remarks]) == ((), [code])


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [
        ("91110108551385082Q", "91110108551385082Q", None),
        ("91110108 5513 85082q", "91110108551385082Q", None),
        ("91110108551385082A", "91110108551385082A", "code_check"),
        ("91320500DEMO7C1K2X", "91320500DEMO7C1K2X", "code_letters"),
        ("915101123456789", "", "code_length"),
        ("12345678-9", "", "code_length"),
        (911101085513850820, "", "digits_lost"),
        ("9.1E+17", "", "digits_lost"),
        ("正在办理", "", "not_code"),
        ("/", "", None),
    ],
)
def test_credit_codes(cell, text, code):
    read = read_credit_code(cell)
    assert (read.text, [remark.code for remark in read.remarks]) == (text, [code] if code else [])


def test_a_short_credit_code_says_how_long_it_is():
    assert read_credit_code("915101123456789").remarks[0].message == "15 位，应为 18 位，像是旧的工商注册号"


@pytest.mark.parametrize(
    ("typed", "name", "marks"),
    [
        ("银川都市圈供水工程▲", "银川都市圈供水工程", ("▲",)),
        ("★新建吴忠至中卫铁路项目", "新建吴忠至中卫铁路项目", ("★",)),
        ("XX项目（▲）", "XX项目", ("(▲)",)),
        ("电容器生产车间搬迁改造项目（暂定名）", "电容器生产车间搬迁改造项目", ("(暂定名)",)),
        ("新能源\n汽车电机项目", "新能源汽车电机项目", ()),
        ("ABC Motor\n扩产项目", "ABC Motor 扩产项目", ()),
        ("桂林▪两江四湖全域文化旅游项目", "桂林▪两江四湖全域文化旅游项目", ()),
        ("2022年桂林市人行天桥新建工程", "2022年桂林市人行天桥新建工程", ()),
        ("浦里新区加油站（9个）", "浦里新区加油站（9个）", ()),
        ("D1-5地块项目", "D1-5地块项目", ()),
        ("锅炉1#", "锅炉1#", ()),
        ("红河路", "红河路", ()),
    ],
)
def test_names_lose_marks_and_nothing_else(typed, name, marks):
    read = read_name(typed)
    assert (read.name, read.marks) == (name, marks)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("1.荔浦中学扩建", "荔浦中学扩建"),
        ("2、医院迁建", "医院迁建"),
        ("（3）李家岩水库", "李家岩水库"),
        ("1.5万吨净水厂", "1.5万吨净水厂"),
        ("5G智慧物流园", "5G智慧物流园"),
        ("2022年路网", "2022年路网"),
    ],
)
def test_numbering_goes_only_where_it_is_numbering(typed, name):
    assert read_name(typed, numbered=True).name == name


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("线索", Stage.LEAD),
        ("储备", Stage.LEAD),
        ("研判", Stage.SCREENING),
        ("在谈", Stage.NEGOTIATION),
        ("洽谈", Stage.NEGOTIATION),
        ("未签约", Stage.NEGOTIATION),
        ("框架协议已签", Stage.NEGOTIATION),
        ("拟签约", Stage.REVIEW),
        ("拟于年底前签约", Stage.REVIEW),
        ("已签约", Stage.SIGNED),
        ("签约未开工", Stage.SIGNED),
        ("已签约未落地", Stage.SIGNED),
        ("已注册", Stage.REGISTERED),
        ("签约落地", Stage.REGISTERED),
        ("前期", Stage.PREPARATION),
        ("未开工", Stage.PREPARATION),
        ("计划开工", Stage.PREPARATION),
        ("正在办理施工许可证", Stage.PREPARATION),
        ("新开工", Stage.STARTED),
        ("在建", Stage.STARTED),
        ("续建", Stage.STARTED),
        ("计划投产", Stage.STARTED),
        ("竣工", Stage.FINISHED),
        ("已竣工未投产", Stage.FINISHED),
        ("投产", Stage.PRODUCING),
        ("竣工投产", Stage.PRODUCING),
        ("试生产", Stage.PRODUCING),
        ("达产", Stage.FULL_CAPACITY),
        ("Operating", Stage.PRODUCING),
        ("Construction", Stage.STARTED),
    ],
)
def test_stage_words(words, stage):
    reading, _ = read_stage(words)
    assert reading.stage is stage


@pytest.mark.parametrize(
    ("words", "status"),
    [("暂缓", Status.PAUSED), ("停工", Status.PAUSED), ("已终止", Status.LOST), ("退库", Status.WITHDRAWN)],
)
def test_words_that_stop_a_project(words, status):
    assert read_stage(words)[0].status is status


def test_doubtful_stage_words_are_remarked_on():
    assert read_stage("甲")[1][0].code == "unknown_stage"
    assert read_stage("已签框架协议")[1][0].code == "framework_only"
    assert read_stage("企业已完成厂房主体施工并进场安装设备")[1][0].code == "stage_from_sentence"


@pytest.mark.parametrize(
    ("title", "stage"),
    [
        ("签约项目一览表", Stage.SIGNED),
        ("在谈", Stage.NEGOTIATION),
        ("二、续建项目（23个）", Stage.STARTED),
        ("计划新开工项目", Stage.PREPARATION),
        ("竣工投产项目", Stage.PRODUCING),
        ("2022年签约及开工项目", None),
        ("一、基础设施", None),
        ("Sheet1", None),
    ],
)
def test_stages_in_titles(title, stage):
    reading = stage_of_heading(title)
    assert (reading.stage if reading else None) is stage


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("省重点、市重点", {KeyList.PROVINCE, KeyList.CITY}),
        ("省集中开工", {KeyList.PROVINCE_BATCH}),
        ("省级重点、省级集中开工", {KeyList.PROVINCE, KeyList.PROVINCE_BATCH}),
        ("区重点", {KeyList.DISTRICT}),
        ("经开区重点", {KeyList.ZONE}),
        ("√", {KeyList.PROVINCE}),
        ("是", {KeyList.PROVINCE}),
        ("否", set()),
        ("", set()),
    ],
)
def test_levels(words, found):
    assert set(read_levels(words, "是否省重点")[0]) == found


def test_other_words():
    assert read_capital_kind("中外合资")[0] is CapitalKind.FOREIGN
    assert read_capital_kind("民营")[0] is CapitalKind.DOMESTIC
    assert read_contract_kind("框架协议")[0] is ContractKind.FRAMEWORK
    assert read_contract_kind("协议")[1][0].code == "unknown_word"
    assert read_currency("RMB")[0] is Currency.CNY
    assert read_currency("万美元")[0] is Currency.USD
    assert read_company_classes("世界500强、上市公司") == (CompanyClass.FORTUNE_500, CompanyClass.LISTED)


def test_text_is_compared_without_width_space_and_breaks_and_stored_as_typed():
    assert squeeze("项　目\n名 称（全称）") == "项目名称(全称)"
    assert tidy(" 第一行 _x000D_\n\n 第二行（Ａ）\u200b ") == "第一行\n第二行（Ａ）"
    assert is_nothing("——") and is_nothing(" / ") and not is_nothing("一")


@pytest.mark.parametrize(
    ("text", "number"),
    [("一百二十", 120), ("三千", 3000), ("十", 10), ("两", 2), ("二〇二二", 2022), ("十百", None), ("三x", None)],
)
def test_chinese_numerals(text, number):
    assert chinese_number(text) == number
