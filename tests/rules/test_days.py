"""Days and months are China's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crm.rules.days import Month, Period, day_of, start_of


def test_half_past_midnight_in_china_stays_on_its_day():
    assert day_of(datetime(2022, 9, 30, 16, 30, tzinfo=UTC)) == date(2022, 10, 1)
    assert start_of(date(2022, 10, 1)) == datetime(2022, 9, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2022-9", "2022-13", "2022", "22-09", "2022-09-01", "", "abcd-ef", "2022-00"])
def test_what_is_no_month(text):
    with pytest.raises(ValueError):
        Month.parse(text)


def test_months_shift_over_years():
    assert Month(2022, 1).shifted(-1) == Month(2021, 12)
    assert Month(2022, 12).after == date(2023, 1, 1)
    assert str(Month.parse("2022-09")) == "2022-09"
    assert Month(2022, 9).label == "2022年9月"


def test_periods():
    month = Month(2022, 9)
    assert Period.month(month) == Period(date(2022, 9, 1), date(2022, 9, 30))
    assert Period.year_to(month).last_year() == Period(date(2021, 1, 1), date(2021, 9, 30))
    assert date(2022, 9, 30) in Period.month(month)
    assert date(2022, 10, 1) not in Period.month(month)


def test_the_end_of_february_stays_the_end():
    assert Period.year_to(Month(2024, 2)).last_year().last == date(2023, 2, 28)
    assert Period.year_to(Month(2021, 2)).last_year().last == date(2020, 2, 29)
