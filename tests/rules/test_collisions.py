from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crm.choices import CollisionOutcome, CollisionState
from crm.rules.collisions import (
    Answer,
    AnswerKind,
    Decision,
    Standing,
    after,
    answer_problem,
    appeal_until,
    arguments,
    first_percent,
    problem,
)
from crm.rules.workdays import Calendar

OUTCOME = CollisionOutcome


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(OUTCOME.FIRST, "先报且一直联系"), None),
        (Decision(OUTCOME.FIRST, ""), "reason"),
        (Decision(OUTCOME.SHARED, "双方都有功", 40), None),
        (Decision(OUTCOME.SHARED, "双方都有功"), "first_percent"),
        (Decision(OUTCOME.SHARED, "双方都有功", 100), "first_percent"),
        (Decision(OUTCOME.SHARED, "双方都有功", -3), "first_percent"),
    ],
)
def test_what_a_ruling_must_say(decision, field):
    assert (problem(decision) or (None,))[0] == field


@pytest.mark.parametrize(
    ("outcome", "percent"),
    [(OUTCOME.FIRST, 100), (OUTCOME.SECOND, 0), (OUTCOME.SHARED, 40), (OUTCOME.MERGED, 100), (OUTCOME.APART, 100)],
)
def test_the_earlier_sides_share(outcome, percent):
    assert first_percent(Decision(outcome, "理由", 40)) == percent


@pytest.mark.parametrize(
    ("state", "following"),
    [
        (CollisionState.OPEN, CollisionState.RULED),
        (CollisionState.APPEALED, CollisionState.FINAL),
        (CollisionState.RULED, None),
        (CollisionState.FINAL, None),
        (CollisionState.DISMISSED, None),
    ],
)
def test_what_a_ruling_makes_of_a_case(state, following):
    assert after(state) is following


@pytest.mark.parametrize(
    ("decided_on", "days", "until_on"),
    [
        (date(2022, 10, 20), 5, date(2022, 10, 27)),  # over a weekend
        (date(2022, 9, 29), 2, date(2022, 10, 8)),  # over the national holiday; the 8th is a Saturday that is worked
        (date(2022, 10, 20), 0, date(2022, 10, 20)),
    ],
)
def test_the_last_day_to_appeal(decided_on, days, until_on):
    holiday = {date(2022, 10, day): False for day in range(1, 8)} | {date(2022, 10, 8): True, date(2022, 10, 9): True}
    assert appeal_until(decided_on, days, Calendar(holiday)) == until_on


@pytest.mark.parametrize("kind", AnswerKind)
def test_an_answer_has_its_reason(kind):
    assert answer_problem(Answer(kind))[0] == "words" and answer_problem(Answer(kind, "不同厂区")) is None


AT = datetime(2022, 8, 3, 1, tzinfo=UTC)
FIRST = Standing(AT, AT, True, 3, 0)


@pytest.mark.parametrize(
    ("change", "for_first"),
    [
        (
            {},
            {"登记在先": True, "先完整登记（投资方和联系人齐全）": True, "保护期有效": True, "与投资方联系 3 次": True},
        ),
        ({"complete_at": None}, {"登记不完整（缺投资方或联系人）": False}),
        ({"is_protected": False}, {"保护期已过或不再适用": False}),
        ({"contacts": 0}, {"与投资方联系 0 次": False}),
        ({"complete_at": AT.replace(month=10)}, {"完整登记在后": False}),
        ({"contracts": 1}, {"签有合同 1 份": True}),
    ],
)
def test_what_speaks_for_a_side(change, for_first):
    later = Standing(AT.replace(month=9), AT.replace(month=9), True, 1, 0)
    said = dict(arguments(replace(FIRST, **change), later))
    assert for_first.items() <= said.items()
