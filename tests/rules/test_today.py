"""A person's day in its three parts, and what the calendar says beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from crm.rules.today import Todo, TodoKind, arrange, calendar_words, standing

TODAY = date(2022, 9, 30)


def todo(key, on, at=None):
    return Todo(TodoKind.FOLLOW_UP, SimpleNamespace(id=key), on, at)


def test_the_late_come_first_oldest_first_and_the_far_stay_away():
    day = arrange(
        [
            todo(1, date(2022, 10, 7)),
            todo(2, date(2022, 9, 28)),
            todo(3, TODAY),
            todo(4, date(2022, 9, 27)),
            todo(5, date(2022, 10, 8)),
            todo(6, TODAY, datetime(2022, 9, 30, 6, tzinfo=UTC)),
            todo(7, TODAY, datetime(2022, 9, 30, 1, 30, tzinfo=UTC)),
        ],
        TODAY,
    )
    assert [found.row.id for found in day.late] == [4, 2]
    assert [found.row.id for found in day.today] == [7, 6, 3]
    assert [found.row.id for found in day.ahead] == [1]
    assert not day.is_free and arrange([], TODAY).is_free
    assert standing(day.late[0], TODAY).words == "逾期 3 天"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], ""),
        ([(date(2022, 10, day), False, "国庆节") for day in range(1, 8)], "国庆节 10月1日—7日放假"),
        (
            [(date(2022, 10, 1), False, "国庆节"), (date(2022, 10, 8), True, ""), (date(2022, 10, 9), True, "")],
            "国庆节 10月1日放假，10月8日、10月9日上班",
        ),
        ([(date(2022, 12, 31), False, "元旦"), (date(2023, 1, 1), False, "元旦")], "元旦 12月31日—1月1日放假"),
    ],
)
def test_what_the_calendar_says(days, words):
    assert calendar_words(days) == words
