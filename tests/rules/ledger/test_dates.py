"""Days, months, years and spans of them; what cannot be is said in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.rules.ledger.cells import CellError
from crm.rules.ledger.dates import Precision, read_day, read_range


@pytest.mark.parametrize(
    ("cell", "first", "last", "precision"),
    [
        ("2022-03-05", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("2022年3月5日", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("2022.3.5", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("２０２２／３／５", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("2022-03-05 08:30:00", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("20220305", date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        (20220305, date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        (45597, date(2024, 11, 1), date(2024, 11, 1), Precision.DAY),
        ("45597", date(2024, 11, 1), date(2024, 11, 1), Precision.DAY),
        (Decimal("45597.5"), date(2024, 11, 1), date(2024, 11, 1), Precision.DAY),
        (datetime.fromisoformat("2022-03-05T08:30"), date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        (date(2022, 3, 5), date(2022, 3, 5), date(2022, 3, 5), Precision.DAY),
        ("2022年3月", date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        ("2022.3", date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        ("2022/3", date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        (Decimal("2022.3"), date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        (202203, date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        ("22年3月", date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        ("二〇二二年三月", date(2022, 3, 1), date(2022, 3, 31), Precision.MONTH),
        ("2022年10月中旬", date(2022, 10, 11), date(2022, 10, 20), Precision.PART),
        ("2022年2月底", date(2022, 2, 21), date(2022, 2, 28), Precision.PART),
        ("2022年上半年", date(2022, 1, 1), date(2022, 6, 30), Precision.HALF),
        ("2022年第三季度", date(2022, 7, 1), date(2022, 9, 30), Precision.QUARTER),
        ("2022年底", date(2022, 12, 1), date(2022, 12, 31), Precision.MONTH),
        ("2022年", date(2022, 1, 1), date(2022, 12, 31), Precision.YEAR),
        (2022, date(2022, 1, 1), date(2022, 12, 31), Precision.YEAR),
    ],
)
def test_a_time_keeps_the_precision_it_is_written_with(cell, first, last, precision):
    day = read_day(cell).day
    assert (day.first, day.last, day.precision) == (first, last, precision)


def test_a_month_alone_stands_in_the_ledgers_year():
    assert read_day("3月", 2022).day.first == date(2022, 3, 1)
    assert read_day("10月15日", 2022).day.first == date(2022, 10, 15)
    assert [remark.code for remark in read_day("3月").remarks] == ["no_year"]


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("2022-2024", "2022年", "2024年"),
        ("2022-24", "2022年", "2024年"),
        ("2022—2024年", "2022年", "2024年"),
        ("2023年至2025年", "2023年", "2025年"),
        ("2022年3月-2024年12月", "2022-03", "2024-12"),
        ("2021.10—2023.10", "2021-10", "2023-10"),
        ("2022/3-2023/6", "2022-03", "2023-06"),
        ("2023年3月-12月", "2023-03", "2023-12"),
        ("2022年3-6月", "2022-03", "2022-06"),
        ("2022年11月-2月", "2022-11", "2023-02"),
        ("2022.5.1-5.20", "2022-05-01", "2022-05-20"),
        ("2022-2023.6", "2022年", "2023-06"),
    ],
)
def test_spans(cell, start, end):
    span = read_range(cell).span
    assert (span.start.reading, span.end.reading) == (start, end)


def test_an_open_span_has_no_end():
    span = read_range("2019年12月至今").span
    assert (span.start.reading, span.end) == ("2019-12", None)


def test_of_a_span_a_start_column_takes_the_start_and_an_end_column_the_end():
    assert read_day("2022-2024").day.reading == "2022年"
    assert read_day("2022-2024", end=True).day.reading == "2024年"
    assert [remark.code for remark in read_day("2022-2024").remarks] == ["range_for_day"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("2022.13.5", "没有 13 月，请改日期"),
        ("2022-02-30", "2022 年 2 月没有 30 日，请改日期"),
        ("1900-01-01", "1900 年不对，请改日期"),
        (date(1900, 1, 3), "1900-01-03 的年份不对，请改日期"),
        (Decimal("3.2"), "“3.2”不是日期，请改日期"),
        ("20223", "“20223”不是日期，请改日期"),
        (CellError("#VALUE!"), "公式出错（#VALUE!），请填日期"),
    ],
)
def test_impossible_dates_are_errors_in_words(cell, message):
    read = read_day(cell)
    assert read.day is None
    assert [(remark.severity.value, remark.message) for remark in read.remarks] == [("错误", message)]


@pytest.mark.parametrize(
    ("cell", "code"), [("24个月", "duration"), ("待定", "undecided_date"), ("已开工", "undecided_date")]
)
def test_words_without_a_date_are_remarked_on(cell, code):
    read = read_range(cell)
    assert (read.span, [remark.code for remark in read.remarks]) == (None, [code])


def test_doubtful_readings_say_what_was_read():
    assert read_day(45597).remarks[0].message == "已读作 2024-11-01"
    assert read_day(Decimal("2022.1")).remarks[0].code == "lost_zero"
    assert read_day("2022年10月15日签订框架协议").remarks[0].code == "text_around_date"
    assert read_range("2024-2022").remarks[0].code == "backwards"


def test_a_planned_time_is_marked_as_planned():
    assert read_day("计划2023年6月").day.planned
    assert not read_day("2023年6月").day.planned


@given(st.dates(min_value=date(1980, 1, 1), max_value=date(2059, 12, 31)))
def test_every_way_of_writing_a_day_reads_back(day):
    serial = (day - date(1899, 12, 30)).days
    for cell in (
        day,
        serial,
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
    ):
        assert read_day(cell).day.first == day


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="0123456789-—年月日上中下旬半季度.至到/'一二三四初底"),
        st.integers(),
        st.datetimes(),
    )
)
def test_nothing_a_cell_may_hold_is_raised_on(cell):
    for year in (None, 2022):
        read_day(cell, year)
        read_range(cell, year)
