"""Meetings and the way of an action item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.choices import ActionState, Light, MeetingKind
from crm.rules.meetings import (
    ActionDraft,
    AgendaDraft,
    MeetingDraft,
    Step,
    action_problem,
    after,
    is_handed_to,
    problem,
    standing,
    step_problem,
    steps,
)

NOW = datetime(2022, 10, 20, 2, tzinfo=UTC)
TODAY = date(2022, 10, 20)
HELD = MeetingDraft(MeetingKind.COORDINATION, "用地与能耗协调会", NOW - timedelta(hours=1))
ITEM = ActionDraft(1, "地块清表尚未完成", "10月底前完成清表", 5, date(2022, 10, 30))


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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"problem": ""}, "problem"),
        ({"task": ""}, "task"),
        ({"deadline_on": TODAY}, None),
        ({"deadline_on": date(2022, 10, 19)}, "deadline_on"),
    ],
)
def test_what_is_handed_out_must_say(changes, field):
    found = action_problem(replace(ITEM, **changes), TODAY)
    assert (found and found[0]) == field


@pytest.mark.parametrize(
    ("state", "open_steps"),
    [
        (ActionState.ASSIGNED, [Step.ACCEPT, Step.REPORT, Step.FINISH]),
        (ActionState.DOING, [Step.REPORT, Step.FINISH]),
        (ActionState.CHECKING, [Step.VERIFY, Step.RETURN]),
        (ActionState.RETURNED, [Step.REPORT, Step.FINISH]),
        (ActionState.DONE, []),
    ],
)
def test_the_steps_of_a_state(state, open_steps):
    assert steps(state) == open_steps
    for step in Step:
        if step in open_steps:
            assert step_problem(state, step, "说明") is None
        else:
            assert step_problem(state, step, "说明")[0] == "step"
            with pytest.raises(KeyError):
                after(state, step)


@pytest.mark.parametrize(
    ("state", "step", "then"),
    [
        (ActionState.ASSIGNED, Step.ACCEPT, ActionState.DOING),
        (ActionState.RETURNED, Step.REPORT, ActionState.DOING),
        (ActionState.DOING, Step.FINISH, ActionState.CHECKING),
        (ActionState.CHECKING, Step.VERIFY, ActionState.DONE),
        (ActionState.CHECKING, Step.RETURN, ActionState.RETURNED),
    ],
)
def test_where_a_step_leads(state, step, then):
    assert after(state, step) is then


@pytest.mark.parametrize(
    ("step", "state", "needed"),
    [
        (Step.ACCEPT, ActionState.ASSIGNED, False),
        (Step.REPORT, ActionState.DOING, True),
        (Step.FINISH, ActionState.DOING, True),
        (Step.VERIFY, ActionState.CHECKING, False),
        (Step.RETURN, ActionState.CHECKING, True),
    ],
)
def test_which_steps_need_a_word(step, state, needed):
    found = step_problem(state, step, "")
    assert (found is not None and found[0] == "note") is needed


@pytest.mark.parametrize(("unit", "person", "handed"), [(5, None, True), (6, None, False), (6, 1, True), (6, 2, False)])
def test_to_whom_it_was_handed(unit, person, handed):
    assert is_handed_to(unit, person, {4, 5}, 1) is handed


@pytest.mark.parametrize(
    ("state", "deadline", "done", "light", "words"),
    [
        (ActionState.DOING, date(2022, 10, 17), None, Light.RED, "逾期 3 天"),
        (ActionState.CHECKING, date(2022, 10, 19), None, Light.RED, "逾期 1 天"),
        (ActionState.DOING, TODAY, None, Light.YELLOW, "今天"),
        (ActionState.ASSIGNED, date(2022, 10, 22), None, Light.GREEN, "2 天后"),
        (ActionState.DONE, date(2022, 10, 10), date(2022, 10, 10), Light.GREEN, "按期办结"),
        (ActionState.DONE, date(2022, 10, 10), date(2022, 10, 14), Light.YELLOW, "逾期 4 天办结"),
        (ActionState.DONE, date(2022, 10, 10), None, Light.GREEN, "办结"),
    ],
)
def test_how_it_stands_to_its_deadline(state, deadline, done, light, words):
    found = standing(state, deadline, done, TODAY)
    assert (found.light, found.words) == (light, words)
