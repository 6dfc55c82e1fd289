"""The board's rules: how a next step stands, in which column a project stands, what a click on a head opens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crm.choices import Stage, Status
from crm.rules.board import (
    BY_SLUG,
    LANES,
    OPEN_AT_FIRST,
    STOPPED,
    Arrangement,
    Standing,
    arrangement,
    is_over,
    lane_of,
    toggled,
)

TODAY = date(2022, 10, 20)
LATE, NOW, PLANNED, NONE = Arrangement


def days_ago(days):
    return TODAY - timedelta(days=days)


# 评审 allows 20 days of stay and 30 without a contact, 在谈 90 and 30; 开工 allows any.
@pytest.mark.parametrize(
    ("stage", "since", "contact", "due", "status", "expected"),
    [
        (Stage.REVIEW, 5, 5, None, Status.ACTIVE, NONE),
        (Stage.REVIEW, 5, 5, -1, Status.ACTIVE, PLANNED),
        (Stage.REVIEW, 5, 5, 0, Status.ACTIVE, NOW),
        (Stage.REVIEW, 5, 5, 1, Status.ACTIVE, LATE),
        (Stage.REVIEW, 20, 5, -1, Status.ACTIVE, PLANNED),  # the last day allowed
        (Stage.REVIEW, 21, 5, -1, Status.ACTIVE, LATE),
        (Stage.NEGOTIATION, 60, 30, -1, Status.ACTIVE, PLANNED),
        (Stage.NEGOTIATION, 60, 31, -1, Status.ACTIVE, LATE),  # nobody was in touch
        (Stage.NEGOTIATION, 31, None, None, Status.ACTIVE, LATE),  # never: counted from the stage's start
        (Stage.STARTED, 900, None, None, Status.ACTIVE, NONE),
        (Stage.STARTED, 900, None, 3, Status.ACTIVE, LATE),
        (Stage.REVIEW, 90, None, 9, Status.PAUSED, NONE),  # not pursued
        (Stage.REVIEW, 90, None, 9, Status.LOST, NONE),
    ],
)
def test_how_the_next_step_stands(stage, since, contact, due, status, expected):
    standing = Standing(
        stage,
        days_ago(since),
        status,
        None if contact is None else days_ago(contact),
        None if due is None else days_ago(due),
    )
    assert arrangement(standing, TODAY) is expected


def test_over_the_limit_is_counted_from_the_entry_into_the_stage():
    assert not is_over(Standing(Stage.REVIEW, days_ago(20)), TODAY)
    assert is_over(Standing(Stage.REVIEW, days_ago(21)), TODAY)
    assert not is_over(Standing(Stage.STARTED, days_ago(2000)), TODAY)
    assert not is_over(Standing(Stage.REVIEW, days_ago(99), Status.PAUSED), TODAY)


def test_every_colour_has_its_word():
    assert [(state.colour, state.label) for state in Arrangement] == [
        ("red", "逾期"), ("yellow", "今天"), ("green", "已安排"), ("grey", "未安排"),
    ]  # fmt: skip


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_is_a_column_and_what_is_not_pursued_is_one(stage):
    assert lane_of(stage, Status.ACTIVE) is BY_SLUG[stage.slug]
    for status in (Status.PAUSED, Status.LOST, Status.WITHDRAWN):
        assert lane_of(stage, status) is STOPPED


def test_end_columns_are_folded_at_first_and_a_click_toggles():
    assert [lane.slug for lane in LANES if lane not in OPEN_AT_FIRST] == [
        "finished", "producing", "full_capacity", "stopped",
    ]  # fmt: skip
    opened = toggled(OPEN_AT_FIRST, STOPPED)
    assert opened[-1] is STOPPED
    assert toggled(opened, STOPPED) == OPEN_AT_FIRST
