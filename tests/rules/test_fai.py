"""入统: only what started, not before it started, not in the future, under a code that looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from crm.rules.fai import FaiDraft, due_on, problem

STARTED, TODAY = date(2022, 8, 10), date(2022, 10, 20)


@pytest.mark.parametrize(
    ("on", "code", "started_on", "field"),
    [
        (date(2022, 9, 10), "3205202200017", STARTED, None),
        (STARTED, "FAI-2022", STARTED, None),
        (TODAY, "FAI-2022", STARTED, None),
        (date(2022, 9, 10), "FAI-2022", None, "entered_on"),
        (date(2022, 8, 9), "FAI-2022", STARTED, "entered_on"),
        (date(2022, 10, 21), "FAI-2022", STARTED, "entered_on"),
        (date(2022, 9, 10), "17", STARTED, "code"),
        (date(2022, 9, 10), "编号17号", STARTED, "code"),
        (date(2022, 9, 10), "=1+1000", STARTED, "code"),
    ],
)
def test_what_can_be_recorded(on, code, started_on, field):
    found = problem(FaiDraft(on, code), started_on, TODAY)
    assert (found and found[0]) == field


def test_the_day_by_which_it_is_due():
    assert due_on(STARTED, 30) == date(2022, 9, 9)
