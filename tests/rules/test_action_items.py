"""The way of an action item, the time it has, how it stands, and how units stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from crm.choices import ActionState, Light, Rating
from crm.choices import ActionStepKind as Step
from crm.rules import action_items as rules
from crm.rules.action_items import ActionDraft, Part, Standing
from crm.rules.workdays import Calendar, working_days_past

TODAY = date(2022, 10, 20)  # a Thursday
# 2022-10-08 and 10-09 are worked for the holiday of 10-01 to 10-07.
OCTOBER = Calendar({date(2022, 10, n): n > 7 for n in range(1, 10)})
ITEM = ActionDraft(1, "地块清表尚未完成", "10月底前完成清表", 5, date(2022, 10, 30))
A, D, C, OK, R = ActionState.ASSIGNED, ActionState.DOING, ActionState.CHECKING, ActionState.DONE, ActionState.RETURNED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"problem": ""}, "problem"),
        ({"task": ""}, "task"),
        ({"deadline_on": TODAY}, None),
        ({"deadline_on": date(2022, 10, 19)}, "deadline_on"),
        ({"support_unit_ids": (4, 6)}, None),
        ({"support_unit_ids": (4, 5)}, "support_unit_ids"),
    ],
)
def test_what_is_handed_out_must_say(changes, field):
    found = rules.action_problem(replace(ITEM, **changes), TODAY)
    assert (found and found[0]) == field


@pytest.mark.parametrize(("state", "free"), [(A, True), (D, False), (C, False), (R, False)])
def test_a_deadline_is_corrected_before_it_is_signed_for(state, free):
    later = date(2022, 11, 1)
    assert (rules.deadline_problem(state, TODAY, later) is None) is free
    assert rules.deadline_problem(state, TODAY, TODAY) is None


UNIT, HELPER, CHAIR = Part(handed=True), Part(helps=True), Part(oversees=True, verifies=True)
LEADER, REPORTED, NOBODY = Part(verifies=True), Part(oversees=True, verifies=True, reported=True), Part()


@pytest.mark.parametrize(
    ("state", "part", "open_steps"),
    [
        (A, UNIT, [Step.ACCEPT]),
        (A, HELPER, [Step.NOTE]),
        (A, CHAIR, [Step.ACCEPT, Step.HAND_OVER]),
        (D, UNIT, [Step.REPORT, Step.FINISH]),
        (D, CHAIR, [Step.REPORT, Step.FINISH, Step.HAND_OVER]),
        (D, HELPER, [Step.NOTE]),
        (D, LEADER, []),
        (R, UNIT, [Step.REPORT, Step.FINISH]),
        (C, UNIT, []),
        (C, CHAIR, [Step.VERIFY, Step.RETURN]),
        (C, LEADER, [Step.VERIFY, Step.RETURN]),
        (C, REPORTED, [Step.RETURN]),
        (C, HELPER, [Step.NOTE]),
        (OK, CHAIR, []),
        (OK, UNIT, []),
        (OK, HELPER, []),
        *((state, NOBODY, []) for state in ActionState),
    ],
)
def test_whose_the_steps_are(state, part, open_steps):
    assert rules.open_to(state, part) == open_steps


@pytest.mark.parametrize(
    ("state", "step", "then"),
    [
        (A, Step.ACCEPT, D),
        (D, Step.REPORT, D),
        (R, Step.REPORT, D),
        (A, Step.NOTE, A),
        (C, Step.NOTE, C),
        (D, Step.FINISH, C),
        (R, Step.FINISH, C),
        (C, Step.VERIFY, OK),
        (C, Step.RETURN, R),
        (A, Step.HAND_OVER, A),
        (D, Step.HAND_OVER, A),
        (R, Step.HAND_OVER, A),
    ],
)
def test_where_a_step_leads(state, step, then):
    assert rules.after(state, step) is then


def test_every_other_step_is_refused():
    for state in ActionState:
        for step in Step:
            if step not in rules.steps(state):
                with pytest.raises(KeyError):
                    rules.after(state, step)
                assert rules.step_problem(state, step, "说明", Rating.GOOD)[0] == "step"


@pytest.mark.parametrize(
    ("step", "state", "note", "rating", "field"),
    [
        (Step.ACCEPT, A, "", None, None),
        (Step.REPORT, D, "", None, "note"),
        (Step.FINISH, D, "", None, "note"),
        (Step.NOTE, D, "", None, "note"),
        (Step.HAND_OVER, D, "", None, "note"),
        (Step.RETURN, C, "", None, "note"),
        (Step.RETURN, C, "还差北侧", None, None),
        (Step.VERIFY, C, "", None, "rating"),
        (Step.VERIFY, C, "", Rating.PLAIN, None),
    ],
)
def test_what_a_step_must_say(step, state, note, rating, field):
    found = rules.step_problem(state, step, note, rating)
    assert (found and found[0]) == field


@pytest.mark.parametrize(("unit", "person", "handed"), [(5, None, True), (6, None, False), (6, 1, True), (6, 2, False)])
def test_to_whom_it_was_handed(unit, person, handed):
    assert rules.is_handed_to(unit, person, {4, 5}, 1) is handed


@pytest.mark.parametrize(
    ("state", "deadline", "asked", "today", "may"),
    [
        (D, date(2022, 10, 25), [], TODAY, True),
        (R, date(2022, 10, 25), [True], TODAY, True),
        (D, TODAY, [False], TODAY, True),  # on the day itself
        (D, date(2022, 10, 25), [True, False], TODAY, False),  # a refused one counts
        (D, date(2022, 10, 25), [None], TODAY, False),
        (A, date(2022, 10, 25), [], TODAY, False),
        (C, date(2022, 10, 25), [], TODAY, False),
        (OK, date(2022, 10, 25), [], TODAY, False),
        (D, date(2022, 10, 19), [], TODAY, False),  # what was missed stays missed
        (D, date(2022, 10, 1), [], date(2022, 10, 8), True),  # due on the first day worked after the holiday
        (D, date(2022, 10, 1), [], date(2022, 10, 9), False),
    ],
)
def test_when_more_time_may_be_asked_for(state, deadline, asked, today, may):
    assert (rules.asking_problem(state, deadline, asked, 2, today, OCTOBER) is None) is may


@pytest.mark.parametrize(
    ("wanted", "reason", "field"),
    [
        (date(2022, 10, 26), "材料未到", None),
        (date(2022, 10, 25), "材料未到", "wanted_on"),
        (None, "材料未到", "wanted_on"),
        (date(2022, 10, 26), "", "reason"),
    ],
)
def test_what_is_asked_for(wanted, reason, field):
    found = rules.extension_problem(date(2022, 10, 25), wanted, reason)
    assert (found and found[0]) == field


@pytest.mark.parametrize(
    ("state", "deadline", "done", "today", "light", "words"),
    [
        # open: red after the day, yellow on it, green before, near within two working days
        (D, date(2022, 10, 17), None, TODAY, Light.RED, "逾期 3 天"),
        (C, date(2022, 10, 19), None, TODAY, Light.RED, "逾期 1 天"),
        (D, TODAY, None, TODAY, Light.YELLOW, "今天"),
        (D, date(2022, 10, 21), None, TODAY, Light.GREEN, "临期，明天"),
        (A, date(2022, 10, 24), None, TODAY, Light.GREEN, "临期，4 天后"),  # two working days: Friday and Monday
        (A, date(2022, 10, 25), None, TODAY, Light.GREEN, "5 天后"),
        # a deadline on a day off is due on the next day worked, make-up days are worked
        (D, date(2022, 10, 2), None, date(2022, 10, 7), Light.GREEN, "临期，明天"),
        (D, date(2022, 10, 2), None, date(2022, 10, 8), Light.YELLOW, "今天"),
        (D, date(2022, 10, 2), None, date(2022, 10, 9), Light.RED, "逾期 1 天"),
        (D, date(2022, 10, 15), None, date(2022, 10, 17), Light.YELLOW, "今天"),
        (D, date(2022, 10, 15), None, date(2022, 10, 18), Light.RED, "逾期 1 天"),
        # done: what was late stays yellow
        (OK, date(2022, 10, 10), date(2022, 10, 10), TODAY, Light.GREEN, "按期办结"),
        (OK, date(2022, 10, 10), date(2022, 10, 14), TODAY, Light.YELLOW, "逾期办结，迟 4 天"),
        (OK, date(2022, 10, 2), date(2022, 10, 8), TODAY, Light.GREEN, "按期办结"),
        (OK, date(2022, 10, 2), date(2022, 10, 9), TODAY, Light.YELLOW, "逾期办结，迟 1 天"),
    ],
)
def test_how_it_stands_to_its_deadline(state, deadline, done, today, light, words):
    found = rules.standing(state, deadline, done, today, OCTOBER)
    assert (found.light, found.words) == (light, words)
    assert rules.is_late(state, deadline, today, OCTOBER) is (light is Light.RED)


@pytest.mark.parametrize(
    ("deadline", "today", "days"),
    [
        (date(2022, 10, 20), TODAY, 0),
        (date(2022, 10, 25), TODAY, 0),
        (date(2022, 10, 19), TODAY, 1),
        (date(2022, 10, 14), date(2022, 10, 18), 2),  # over a weekend
        (date(2022, 9, 30), date(2022, 10, 10), 3),  # over the holiday, with both days worked for it
        (date(2022, 10, 3), date(2022, 10, 9), 1),
    ],
)
def test_working_days_past(deadline, today, days):
    assert working_days_past(deadline, today, OCTOBER) == days


def test_working_days_back():
    assert OCTOBER.before(date(2022, 10, 10), 2) == date(2022, 10, 8)
    assert OCTOBER.before(date(2022, 10, 8), 1) == date(2022, 9, 30)


def test_units_in_the_order_of_what_is_overdue():
    rows = [
        Standing(1, "一", late=1, late_days=5, done=3, done_late=1),
        Standing(2, "二", late=2, late_days=3),
        Standing(3, "三", late=1, late_days=5, done=1),
        Standing(4, "四", done=4),
    ]
    assert [(place, row.key) for place, row in rules.ranked(rows)] == [(1, 2), (2, 1), (2, 3), (4, 4)]
    assert (rows[0].in_time, rows[0].due, rows[0].share) == (2, 4, Fraction(1, 2))
    assert rows[3].share == 1 and Standing(5, "五").share is None


@pytest.mark.parametrize(
    ("state", "deadline", "answer_by", "sent"),
    [
        (D, date(2022, 10, 19), None, True),
        (D, TODAY, None, False),
        (OK, date(2022, 10, 1), None, False),
        (D, date(2022, 10, 10), TODAY, False),
        (D, date(2022, 10, 10), date(2022, 10, 19), True),
    ],
)
def test_when_a_letter_may_be_sent(state, deadline, answer_by, sent):
    assert (rules.letter_problem(state, deadline, answer_by, TODAY, OCTOBER) is None) is sent


def test_the_number_of_a_letter():
    assert rules.number_words(2022, 3) == "督办函〔2022〕第3号"
