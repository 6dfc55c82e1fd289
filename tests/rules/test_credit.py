"""Whose result it is: agreed shares, who was in charge on the day, parts passed on, and ranks that are shared."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm.choices import MemberRole
from crm.rules.credit import Part, ranks, split

JANUARY, MARCH, JUNE, SEPTEMBER = (date(2022, month, 1) for month in (1, 3, 6, 9))
LEAD, SUPPORT, REPORTER = MemberRole.LEAD, MemberRole.SUPPORT, MemberRole.FIRST_REPORTER
MARCH_TRANSFER = [Part(1, LEAD, 40, JANUARY, MARCH), Part(2, LEAD, 60, MARCH)]


@pytest.mark.parametrize(
    ("parts", "on", "expected"),
    [
        ([], MARCH, {}),
        ([Part(1, LEAD, None, JANUARY)], MARCH, {1: 1}),
        ([Part(1, LEAD, None, JUNE)], MARCH, {}),  # came later
        ([Part(1, LEAD, None, JANUARY, MARCH), Part(2, LEAD, None, MARCH)], MARCH, {2: 1}),  # of that day on the other
        ([Part(1, LEAD, None, JANUARY, MARCH), Part(2, LEAD, None, MARCH)], date(2022, 2, 28), {1: 1}),
        ([Part(1, REPORTER, None, JANUARY)], MARCH, {1: 1}),  # nobody leads it: who brought it
        ([Part(1, SUPPORT, None, JANUARY)], MARCH, {}),
        ([Part(1, LEAD, None, JANUARY), Part(2, LEAD, None, JANUARY)], MARCH, {1: Fraction(1, 2), 2: Fraction(1, 2)}),
        (MARCH_TRANSFER, JUNE, {1: Fraction(2, 5), 2: Fraction(3, 5)}),
        (MARCH_TRANSFER, date(2022, 2, 1), {1: 1}),  # before the transfer all of it was the first's
        ([Part(1, LEAD, 70, JANUARY), Part(2, SUPPORT, 30, MARCH)], JUNE, {1: Fraction(7, 10), 2: Fraction(3, 10)}),
        ([Part(1, LEAD, 100, JANUARY, MARCH), Part(2, LEAD, 0, MARCH)], JUNE, {1: 1}),  # keeps all of it
        # handed over whole by who leaves: stated twice, earned once
        ([*MARCH_TRANSFER[:1], Part(2, LEAD, 60, MARCH, JUNE), Part(3, LEAD, 60, JUNE)], SEPTEMBER,
         {1: Fraction(2, 5), 3: Fraction(3, 5)}),
        # a transfer in halves looks alike, and is none
        ([Part(1, LEAD, 50, JANUARY, MARCH), Part(2, LEAD, 50, MARCH)], JUNE, {1: Fraction(1, 2), 2: Fraction(1, 2)}),
    ],
)  # fmt: skip
def test_the_split(parts, on, expected):
    assert split(parts, on) == expected


DAYS = some.dates(JANUARY, SEPTEMBER)
PARTS = some.builds(Part, some.integers(1, 4), some.sampled_from(MemberRole), some.none() | some.integers(0, 100), DAYS,
                    some.none() | DAYS)  # fmt: skip


@given(some.lists(PARTS, max_size=6), DAYS)
def test_credits_add_up_to_one_or_nobody_has_any(parts, on):
    assert sum(split(parts, on).values()) in (0, 1)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], []),
        ([(None, 5), (None, 9)], [2, 1]),
        ([(None, 5), (None, 5), (None, 1)], [1, 1, 3]),  # equals share a rank, the next is one lower
        ([(Fraction(1, 2), 1), (Fraction(9, 10), 0), (None, 99)], [2, 1, 3]),
        ([(Fraction(1, 2), 1), (Fraction(1, 2), 2)], [2, 1]),
        ([(Fraction(0), 0), (None, 0)], [1, 2]),
    ],
)
def test_the_ranks(keys, expected):
    assert ranks(keys) == expected
