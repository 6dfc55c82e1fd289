"""How figures and days are printed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from crm import formats
from crm.choices import Stage


@pytest.mark.parametrize(
    ("yuan", "places", "text"),
    [
        (22_060_000_000, 1, "220.6"), (1_200_000_000, 2, "12.00"), (None, 2, ""), (0, 2, "0.00"),
        (500_000, 2, "0.01"), (499_999, 2, "0.00"), (-150_000_000, 2, "−1.50"), (123_456_700_000_000, 1, "1,234,567.0"),
    ],
)  # fmt: skip
def test_yi_rounds_half_up(yuan, places, text):
    assert formats.yi(yuan, places) == text


def test_wan_counts_and_shares():
    assert formats.wan(118_200_000) == "11,820"
    assert formats.count(1234) == "1,234"
    assert formats.percent(Fraction(848, 1000)) == "84.8%"
    assert formats.percent(Fraction(198, 1000), signed=True) == "+19.8%"
    assert formats.percent(Fraction(-91, 1000), signed=True) == "−9.1%"
    assert formats.percent(None) == "—"
    assert formats.points(Decimal("9.8")) == "+9.8"
    assert formats.points(None) == "—"
    assert [formats.rate(Decimal(text)) for text in ("6.99", "7.099200", "0.04903")] == ["6.9900", "7.0992", "0.04903"]
    assert formats.rate(None) == ""


def test_days_are_china_days():
    late = datetime(2022, 9, 30, 16, 30, tzinfo=UTC)  # half past midnight on 1 October in China
    assert formats.day(late, date(2022, 10, 20)) == "10月1日"
    assert formats.day(date(2021, 9, 30), date(2022, 10, 20)) == "2021-09-30"
    assert formats.moment(late) == "2022-10-01 00:30"
    assert formats.weekday(date(2022, 9, 30)) == "星期五"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2022, 10, 20), "今天"), (date(2022, 10, 19), "昨天"), (date(2022, 10, 21), "明天"),
        (date(2022, 10, 16), "4 天前"), (date(2022, 10, 23), "3 天后"), (date(2022, 8, 29), "8月29日"), (None, ""),
    ],
)  # fmt: skip
def test_ago(day, words):
    assert formats.ago(day, date(2022, 10, 20)) == words


def test_stage_chips_get_fuller():
    assert [formats.stage_class(stage) for stage in (Stage.REVIEW, Stage.SIGNED, Stage.STARTED)] == [
        "stage", "stage stage-mid", "stage stage-far",
    ]  # fmt: skip


@pytest.mark.parametrize(("phone", "shown"), [("13800000421", "138****0421"), ("", ""), ("110", "****")])
def test_phones_are_masked(phone, shown):
    assert formats.masked_phone(phone) == shown
