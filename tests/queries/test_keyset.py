"""Pages by key: walking forward and back visits each row once, whatever is equal, blank, or added meanwhile."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.models import Project
from crm.queries import keyset
from crm.queries.keyset import END, Key, Place
from tests import factories as make

DAY = date(2022, 1, 1)
ORDERS = {
    "filled": [Key(Project.stage_since_on, date), Key(Project.id, int, True)],
    "one way": [Key(Project.name, str, True), Key(Project.id, int, True)],
    "blank first": [Key(Project.total_yuan, int, True, nullable=True), Key(Project.id, int, True)],
    "blank later": [Key(Project.stage_since_on, date, True), Key(Project.total_yuan, int, nullable=True), Key(Project.id, int)],
    "two blank": [
        Key(Project.planned_start_on, date, nullable=True), Key(Project.total_yuan, int, True, nullable=True),
        Key(Project.id, int),
    ],
    "instants": [Key(Project.registered_at, datetime, True), Key(Project.id, int)],
}  # fmt: skip


@pytest.fixture
def many(session):
    """Twenty-three projects whose keys are often equal or blank."""
    chance = random.Random(3)
    for number in range(23):
        make.make_project(
            session, f"项目{number % 4}", stage_since_on=DAY + timedelta(days=chance.randrange(3)),
            total_yuan=chance.choice([None, 1, 2, 3]), planned_start_on=chance.choice([None, DAY, DAY + timedelta(1)]),
        )  # fmt: skip
    session.commit()


def sorted_ids(session, order):
    """In plain Python: the last key first, blanks last either way."""
    rows = session.scalars(select(Project)).all()
    for key in reversed(order):
        filled = [row for row in rows if getattr(row, key.column.key) is not None]
        blank = [row for row in rows if getattr(row, key.column.key) is None]
        rows = sorted(filled, key=lambda row, name=key.column.key: getattr(row, name), reverse=key.descending) + blank
    return [row.id for row in rows]


def page(session, order, at, size=5):
    return keyset.page(session, select(Project.id), order, at, size, lambda row: row[0])


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("size", [1, 5, 23, 50])
def test_walking_visits_each_row_once_in_both_directions(session, many, name, size):
    order, expected = ORDERS[name], sorted_ids(session, ORDERS[name])
    forward, at = [], Place()
    while True:
        found = page(session, order, at, size)
        forward += found.rows
        if found.next is None:
            break
        at = keyset.place(found.next, "", order)
    assert forward == expected
    back, at = [], keyset.place("", END, order)
    while True:
        found = page(session, order, at, size)
        back = [*found.rows, *back]
        if found.previous is None:
            break
        at = keyset.place("", found.previous, order)
    assert back == expected


@pytest.mark.parametrize("name", ORDERS)
def test_rows_added_meanwhile_neither_repeat_nor_hide_the_others(session, many, name):
    order, before = ORDERS[name], set(session.scalars(select(Project.id)))
    seen, at = [], Place()
    while True:
        found = page(session, order, at)
        seen += found.rows
        make.make_project(session, "项目2", stage_since_on=DAY, total_yuan=2)
        if found.next is None or len(seen) > 200:
            break
        at = keyset.place(found.next, "", order)
    assert len(seen) == len(set(seen)) and before <= set(seen)


def test_the_page_before_is_the_page_one_came_from(session, many):
    order = ORDERS["two blank"]
    first = page(session, order, Place())
    second = page(session, order, keyset.place(first.next, "", order))
    again = page(session, order, keyset.place("", second.previous, order))
    assert again.rows == first.rows and again.previous is None


@pytest.mark.parametrize(
    "text",
    ["x", "W10", "bnVsbA", "WzEsMl0", "W1tdLDFd", "Ww", "é", "a" * 5000, "WyJ4IiwgMV0", "WzFlOTk5LCAxXQ", "WzksOV0"],
)
def test_whatever_is_no_cursor_is_the_first_page(session, many, text):
    order = ORDERS["filled"]
    assert page(session, order, keyset.place(text, "", order)).rows == page(session, order, Place()).rows
    assert keyset.place(text, text, order) == Place()


def test_a_count_stops(session, many):
    assert keyset.count(session, select(Project.id)) == 23
    assert keyset.count(session, select(Project.id), most=10) == 11
