"""What each kind of touchpoint must say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.choices import ActivityKind, ActivityState
from crm.rules.activities import ActivityDraft, is_late_entry, problem

NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)
TALK = ActivityDraft(ActivityKind.TALK, NOW - timedelta(hours=1), project_ids=(1,), summary="谈了供地时间")
PLAN = ActivityDraft(
    ActivityKind.TALK, NOW + timedelta(days=1), ActivityState.PLANNED, project_ids=(1,), title="看地块"
)


@pytest.mark.parametrize(
    ("draft", "changes", "field"),
    [
        (TALK, {}, None),
        (TALK, {"happened_at": NOW}, None),
        (TALK, {"happened_at": NOW + timedelta(minutes=1)}, "happened_at"),
        (TALK, {"project_ids": ()}, "project_ids"),
        (TALK, {"project_ids": (), "company_id": 7}, None),
        (TALK, {"summary": ""}, "summary"),
        (TALK, {"kind": ActivityKind.TRIP}, "city"),
        (TALK, {"kind": ActivityKind.TRIP, "city": "上海"}, None),
        (TALK, {"kind": ActivityKind.VISIT}, "their_count"),
        (TALK, {"kind": ActivityKind.VISIT, "their_count": 5}, None),
        (TALK, {"their_count": 0}, "their_count"),
        (TALK, {"their_count": 10_000}, "their_count"),
        (TALK, {"kind": ActivityKind.EVENT, "project_ids": ()}, "title"),
        (TALK, {"kind": ActivityKind.EVENT, "project_ids": (), "title": "秋季推介会"}, None),
        (TALK, {"next_step": "送测算口径"}, "next_on"),
        (TALK, {"next_on": date(2022, 10, 19)}, "next_on"),
        (TALK, {"next_on": date(2022, 10, 20)}, None),
        (PLAN, {}, None),
        (PLAN, {"title": ""}, "title"),
        (PLAN, {"happened_at": NOW - timedelta(minutes=1)}, "happened_at"),
        (PLAN, {"kind": ActivityKind.VISIT}, None),
        (PLAN, {"next_on": date(2022, 1, 1)}, None),
    ],
)
def test_the_first_thing_to_mend(draft, changes, field):
    found = problem(replace(draft, **changes), None, NOW)
    assert (found and found[0]) == field


@pytest.mark.parametrize(("next_on", "mended"), [(None, False), (date(2022, 10, 27), True)])
def test_a_project_in_negotiation_needs_a_next_contact(next_on, mended):
    found = problem(replace(TALK, next_on=next_on), "澜芯精密减速器", NOW)
    assert found == (None if mended else ("next_on", "“澜芯精密减速器”在谈，请定下次联系日期。"))


def test_a_plan_promises_nothing_yet():
    assert problem(PLAN, "澜芯精密减速器", NOW) is None


@pytest.mark.parametrize(("hours", "late"), [(0, False), (48, False), (49, True)])
def test_late_entry_is_more_than_two_days(hours, late):
    assert is_late_entry(NOW - timedelta(hours=hours), NOW) is late
