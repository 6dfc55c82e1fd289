"""Ribbons, and days that have passed unmet."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import Stage, Status
from crm.rules.project_marks import passed, ribbon

TODAY = date(2022, 10, 20)


@pytest.mark.parametrize(
    ("stage", "status", "words"),
    [
        (Stage.REVIEW, Status.ACTIVE, None),
        (Stage.SIGNED, Status.ACTIVE, "已签约"),
        (Stage.PRODUCING, Status.ACTIVE, "已投产"),
        (Stage.SIGNED, Status.PAUSED, None),
        (Stage.NEGOTIATION, Status.LOST, "流失"),
        (Stage.SIGNED, Status.WITHDRAWN, "退库"),
    ],
)
def test_ribbon(stage, status, words):
    found = ribbon(stage, status)
    assert (found and found.words) == words


@pytest.mark.parametrize(
    ("stage", "status", "on", "days"),
    [
        (Stage.REVIEW, Status.ACTIVE, date(2022, 10, 19), [1]),
        (Stage.REVIEW, Status.ACTIVE, TODAY, []),
        (Stage.SIGNED, Status.ACTIVE, date(2022, 10, 19), []),
        (Stage.REVIEW, Status.PAUSED, date(2022, 10, 10), [10]),
        (Stage.REVIEW, Status.LOST, date(2022, 10, 10), []),
        (Stage.REVIEW, Status.ACTIVE, None, []),
    ],
)
def test_a_day_has_passed_unmet(stage, status, on, days):
    assert [item.days for item in passed(stage, status, {"expected_sign_on": on}, TODAY)] == days
