"""Amounts as clerks write them: read exactly, or not at all and said why (quirks.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import Currency
from crm.rules.ledger.amounts import money_text, read_amount, suspicion
from crm.rules.ledger.cells import CellError
from crm.rules.ledger.units import WAN, WAN_USD, YI, YUAN, Unit

CNY, USD, HKD, EUR, JPY = Currency.CNY, Currency.USD, Currency.HKD, Currency.EUR, Currency.JPY


@pytest.mark.parametrize(
    ("written", "value", "currency"),
    [
        ("1亿8千万元", 180_000_000, CNY),
        ("50个亿元", 5_000_000_000, CNY),
        ("26亿", 2_600_000_000, CNY),
        ("总投资 50 亿元", 5_000_000_000, CNY),
        ("3. 5亿元", 350_000_000, CNY),
        ("3．26亿元", 326_000_000, CNY),
        ("32819.1万元", 328_191_000, CNY),
        ("１２００万元", 12_000_000, CNY),
        ("1,234.5", 12_345_000, CNY),
        ("1，200万元", 12_000_000, CNY),
        (" 12 000 万元 ", 120_000_000, CNY),
        ("一亿二千万", 120_000_000, CNY),
        ("三千万元", 30_000_000, CNY),
        ("1亿零五百万元", 105_000_000, CNY),
        ("人民币伍仟万元整", 50_000_000, CNY),
        ("3億元", 300_000_000, CNY),
        ("3.2（亿元）", 320_000_000, CNY),
        ("5000万（人民币）", 50_000_000, CNY),
        ("￥30,000万元", 300_000_000, CNY),
        ("50000000元", 50_000_000, CNY),
        ("5000万美元", 50_000_000, USD),
        ("USD 5,000万", 50_000_000, USD),
        ("USD 50 million", 50_000_000, USD),
        ("5000万（美元）", 50_000_000, USD),
        ("港币3亿元", 300_000_000, HKD),
        ("1.2亿欧元", 120_000_000, EUR),
        ("2亿日元", 200_000_000, JPY),
    ],
)
def test_one_amount_is_read_exactly(written, value, currency):
    read = read_amount(written, WAN)
    assert (read.amount.value, read.amount.currency, read.amount.sure) == (value, currency, True)
    assert read.remarks == ()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("约3亿元", 300_000_000),
        ("近50亿元", 5_000_000_000),
        ("超100亿元", 10_000_000_000),
        ("超百亿元", 10_000_000_000),
        ("40多亿元", 4_000_000_000),
        ("10亿以上", 1_000_000_000),
        ("不低于5亿元", 500_000_000),
        ("约23亿元人民币，其中世界银行贷款1亿美元", 2_300_000_000),
        ("总投资10亿元，其中一期3亿元", 1_000_000_000),
        ("一期3亿元，二期5亿元，共8亿元", 800_000_000),
        ("总投资5亿元，年产值10亿元", 500_000_000),
        ("15.6亿（含土地款2亿）", 1_560_000_000),
        ("2.6亿元（一期）", 260_000_000),
        ("1.8亿元/300亩", 180_000_000),
    ],
)
def test_a_number_with_words_is_read_and_remarked_on(written, value):
    read = read_amount(written, YI)
    assert (read.amount.value, read.amount.sure) == (value, True)
    assert [remark.code for remark in read.remarks] == ["approximate_amount"]


def test_a_sum_and_its_parts_in_the_columns_unit():
    assert read_amount("45（1.5+13.5+30）", YI).amount.value == 4_500_000_000
    assert read_amount("8.3（含设备3亿元）", YI).amount.value == 830_000_000


def test_the_first_of_two_currencies_is_the_amount():
    assert read_amount("7亿港元(合9000万美元)", WAN).amount.currency is HKD
    assert read_amount("5000万美元（约3.5亿元人民币）", WAN).amount.value == 50_000_000


@pytest.mark.parametrize(
    ("written", "code", "suggestion"),
    [
        ("3-5亿元", "range", "3.00亿元"),
        ("3～5亿", "range", "3.00亿元"),
        ("8000万-1亿元", "range", "8000万元"),
        ("10-15", "range", "10万元"),
        ("3项合计120亿元", "joint_amount", ""),
        ("120亿元（3个项目合计）", "joint_amount", ""),
        ("与上一项目合并计算", "joint_amount", ""),
        ("一期3亿元，二期5亿元", "several_amounts", "8.00亿元"),
        ("1.2亿+0.8亿", "several_amounts", "2.00亿元"),
        ("100万美元、200万港元", "several_amounts", ""),
        ("总投资.04万元", "digits_lost", ""),
        ("计划总投资亿元", "digits_lost", ""),
        ("数亿元", "digits_lost", ""),
        ("几千万", "digits_lost", ""),
        ("1.2E+09", "scientific", ""),
        ("1.2.3亿", "two_points", ""),
        ("12,34万元", "odd_grouping", ""),
        ("3O00万", "letters", ""),
        ("1亿2", "unit_missing", ""),
        ("￥3,000,000", "unit_missing", ""),
        ("(1200)", "bracketed", "1200万元"),
        ("2000万件", "not_amount", ""),
        ("5万亩", "not_amount", ""),
        ("10万千瓦", "not_amount", ""),
        ("1000万立方米", "not_amount", ""),
        ("45万吨", "not_amount", ""),
        ("50%", "not_amount", ""),
        ("见附件", "not_amount", ""),
        ("同上", "same_as_above", ""),
        ("100万加元", "unknown_currency", ""),
        ("-5亿元", "negative_amount", ""),
        (CellError("#REF!"), "formula_error", ""),
        (date(2022, 3, 5), "date_in_amount", ""),
        (True, "not_amount", ""),
    ],
)
def test_what_is_not_one_amount_is_an_error_and_never_a_guess(written, code, suggestion):
    read = read_amount(written, WAN)
    assert not read.amount.sure
    assert read.amount.yuan is None
    assert read.amount.why_not
    assert [(remark.code, remark.suggestion) for remark in read.remarks] == [(code, suggestion)]


@pytest.mark.parametrize("written", [None, "", "  ", "——", "-", "/", "无", "…", "　"])
def test_signs_for_nothing_are_empty(written):
    assert read_amount(written, WAN).amount is None
    assert read_amount(written, WAN).remarks == ()


def test_an_undecided_amount_is_empty_and_said_so():
    read = read_amount("面议", WAN)
    assert read.amount is None
    assert read.remarks[0].code == "undecided_amount"


@pytest.mark.parametrize(
    ("number", "unit", "value"),
    [
        (Decimal("0.69"), YI, 69_000_000),
        (Decimal("6979732.10"), WAN, 69_797_321_000),
        (Decimal("1234.1"), WAN, 12_341_000),
        (26000, WAN, 260_000_000),
        (1_500_000_000, YUAN, 1_500_000_000),
        (Decimal("0.00005"), WAN, 1),
        (Decimal("0.00004"), WAN, 0),
    ],
)
def test_numbers_take_the_columns_unit_and_round_half_up(number, unit, value):
    assert read_amount(number, unit).amount.value == value


def test_a_number_without_a_unit_is_not_sure():
    read = read_amount(32000, None)
    assert (read.amount.sure, read.amount.reading) == (False, "32000")
    assert "没有写明单位" in read.amount.why_not
    assert read_amount("3.2亿元", None).amount.yuan == 320_000_000


def test_the_rows_currency_applies_and_may_not_contradict_the_text():
    assert read_amount(1_040_000_000, YUAN, USD).amount.currency is USD
    assert read_amount(500, WAN_USD).amount.value == 5_000_000
    conflict = read_amount("5000万美元", WAN, HKD)
    assert (conflict.amount.sure, conflict.remarks[0].code) == (False, "currency_conflict")


@pytest.mark.parametrize(
    ("cell", "unit", "code", "suggestion", "severity"),
    [
        (26000, YI, "unit_mixed_up", "2.60亿元", "错误"),
        (35000, YI, "unit_mixed_up", "3.50亿元", "错误"),
        (2000, YI, "unit_mixed_up", "2000万元", "提醒"),
        (320_000_000, WAN, "unit_mixed_up", "3.20亿元", "错误"),
        (Decimal("3.2"), WAN, "unit_mixed_up", "3.20亿元", "提醒"),
        (26000, YUAN, "unit_mixed_up", "2.60亿元", "提醒"),
        (140_000_000_000, YUAN, "odd_size", "", "提醒"),
        (0, WAN, "zero_amount", "", "提醒"),
    ],
)
def test_sizes_outside_experience_ask_whether_the_unit_is_right(cell, unit, code, suggestion, severity):
    remark = suspicion(read_amount(cell, unit).amount, cell, unit)
    assert (remark.code, remark.suggestion, remark.severity.value) == (code, suggestion, severity)


def test_the_question_is_worded_as_the_design_wants_it():
    remark = suspicion(read_amount(35000, YI).amount, 35000, YI)
    assert remark.message == "35000 亿元过大，是否误填万元？应为 3.50 亿元。"


@pytest.mark.parametrize("cell", [100, Decimal("0.5"), 900])
def test_ordinary_sizes_are_not_suspected(cell):
    assert suspicion(read_amount(cell, YI).amount, cell, YI) is None


@given(st.integers(min_value=1, max_value=10**12), st.sampled_from([YUAN, WAN, YI]))
def test_an_amount_written_in_any_unit_reads_back_exactly(yuan, unit):
    number = Decimal(yuan) / unit.factor
    assert read_amount(number, unit).amount.yuan == yuan
    assert read_amount(f"{number:f}{unit.label}", None).amount.yuan == yuan
    assert read_amount(f"{number:,f}", unit).amount.yuan == yuan


@given(st.integers(min_value=1, max_value=10**14), st.sampled_from(list(Currency)))
def test_what_a_message_calls_an_amount_reads_back_as_that_amount(value, currency):
    amount = read_amount(money_text(value, currency), None).amount
    assert (amount.value, amount.currency, amount.sure) == (value, currency, True)


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="0123456789.,-~亿万千百元美约超（）一二三十点项合计共"),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.integers(),
    )
)
def test_nothing_a_cell_may_hold_is_raised_on(cell):
    for unit in (None, WAN, Unit(1, USD)):
        amount = read_amount(cell, unit).amount
        assert amount is None or amount.sure == (not amount.why_not)
