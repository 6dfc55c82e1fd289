"""Meetings that were held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm.choices import MeetingKind
from crm.rules.meetings import AgendaDraft, MeetingDraft, problem

NOW = datetime(2022, 10, 20, 2, tzinfo=UTC)
HELD = MeetingDraft(MeetingKind.COORDINATION, "用地与能耗协调会", NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"title": ""}, "title"),
        ({"held_at": NOW + timedelta(hours=1)}, "held_at"),
        ({"minutes": 0}, "minutes"),
        ({"agenda": (AgendaDraft(1), AgendaDraft(2))}, None),
        ({"agenda": (AgendaDraft(1), AgendaDraft(1))}, "agenda"),
    ],
)
def test_what_a_meeting_must_say(changes, field):
    found = problem(replace(HELD, **changes), NOW)
    assert (found and found[0]) == field
