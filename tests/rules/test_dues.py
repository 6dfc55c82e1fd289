"""Late is red, today is yellow, the future is green."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import Light
from crm.rules.dues import due, nearby


@pytest.mark.parametrize(
    ("on", "light", "words"),
    [
        (date(2022, 9, 30), Light.RED, "逾期 20 天"),
        (date(2022, 10, 19), Light.RED, "逾期 1 天"),
        (date(2022, 10, 20), Light.YELLOW, "今天"),
        (date(2022, 10, 21), Light.GREEN, "明天"),
        (date(2022, 10, 23), Light.GREEN, "3 天后"),
    ],
)
def test_the_light_of_a_day(on, light, words):
    found = due(on, date(2022, 10, 20))
    assert (found.light, found.words) == (light, words)
    assert found.late == (light is Light.RED)


def test_the_next_seven_days_end_a_week_from_today():
    assert nearby(date(2022, 12, 28)) == date(2023, 1, 4)
