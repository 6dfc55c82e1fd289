"""Whose value stands when two people changed a row."""

from __future__ import annotations

import pytest

from crm.rules.two_editors import Side, Values, both, same, side


@pytest.mark.parametrize(
    ("original", "theirs", "mine", "choice", "stands"),
    [
        ("1", "1", "2", None, Side.MINE),  # only I changed it
        ("1", "2", "1", None, Side.THEIRS),  # only they did
        ("1", "2", "2.0", None, Side.MINE),  # both, to the same
        ("1", "2", "3", None, None),  # both: somebody has to choose
        ("1", "2", None, None, None),  # clearing is a change too
        (None, "2", None, None, Side.THEIRS),
        ("1", "2", "3", Side.THEIRS, Side.THEIRS),
        ("1", "2", "3", Side.ORIGINAL, Side.ORIGINAL),
        ("1", "2", "1", Side.MINE, Side.THEIRS),  # nothing of mine to choose
    ],
)
def test_side(original, theirs, mine, choice, stands):
    assert side(Values(original, theirs, mine), choice) is stands


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("86", "86.00", True),
        ("2022-10-20T10:00:00+08:00", "2022-10-20T02:00:00+00:00", True),
        ("a", "b", False),
        (None, "0", False),
        (None, None, True),
    ],
)
def test_same(one, other, alike):
    assert same(one, other) is alike


@pytest.mark.parametrize(
    ("original", "theirs", "mine", "ticked"),
    [
        ("ab", "abc", "abd", "abcd"),  # both added
        ("ab", "a", "abd", "ad"),  # one took away, the other added
        ("ab", "a", "b", ""),  # each took one away
        ("", "a", "a", "a"),
        ("ab", "ab", "ab", "ab"),
    ],
)
def test_ticks_of_both(original, theirs, mine, ticked):
    assert both(set(original), set(theirs), set(mine)) == set(ticked)
