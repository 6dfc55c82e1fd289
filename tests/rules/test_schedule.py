from decimal import Decimal
from fractions import Fraction

import pytest

from crm.rules.schedule import change, deviation_points, joint_due, joint_share, schedule_share, share


@pytest.mark.parametrize(("month", "expected"), [(1, "1/12"), (8, "2/3"), (9, "3/4"), (10, "5/6"), (12, "1")])
def test_without_a_curve_every_month_is_a_twelfth(month: int, expected: str) -> None:
    assert schedule_share(month) == Fraction(expected)


@pytest.mark.parametrize(("month", "expected"), [(1, "0"), (2, "0"), (3, "1/5"), (5, "1/5"), (9, "3/5"), (12, "1")])
def test_an_own_plan_by_month_is_followed_exactly(month: int, expected: str) -> None:
    assert schedule_share(month, [0, 0, 20, 0, 0, 0, 0, 0, 40, 0, 0, 40]) == Fraction(expected)


def test_thirds_stay_thirds_and_a_plan_of_nothing_is_no_curve() -> None:
    assert schedule_share(1, [1, 1, 1, *[0] * 9]) == Fraction(1, 3)
    assert schedule_share(9, [0] * 12) == Fraction(3, 4)


def test_there_is_no_thirteenth_month() -> None:
    with pytest.raises(ValueError, match="13"):
        schedule_share(13)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(62, 80, "31/40"), (90, 80, "9/8"), (0, 80, "0"), (5, 0, None), (5, None, None), (None, 80, None), (0, 0, None)],
)
def test_share(part: int | None, whole: int | None, expected: str | None) -> None:
    assert share(part, whole) == (None if expected is None else Fraction(expected))


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (62, 54, "4/27"),
        (9, 11, "-2/11"),
        (7, 7, "0"),
        (0, 7, "-1"),
        (5, 0, None),
        (0, 0, None),
        (5, None, None),
        (None, 5, None),
        (2, -4, "3/2"),  # a net of losses last year: up is up
    ],
)
def test_change(now: int | None, before: int | None, expected: str | None) -> None:
    assert change(now, before) == (None if expected is None else Fraction(expected))


@pytest.mark.parametrize(
    ("done", "plan", "month", "expected"),
    [
        (972, 1000, 10, "13.9"),  # published as 13.8 from 83.4: the notice rounded the schedule first
        (740, 1000, 8, "7.3"),  # published: 7.33
        (750, 1000, 9, "0.0"),
        (0, 1000, 9, "-75.0"),
        (75050, 100000, 9, "0.1"),  # 0.05 rounds up
        (74950, 100000, 9, "-0.1"),  # and away from zero
        (5, 0, 9, None),
        (5, None, 9, None),
        (None, 5, 9, None),
    ],
)
def test_deviation_is_rounded_half_up(done: int | None, plan: int | None, month: int, expected: str | None) -> None:
    points = deviation_points(done, plan, schedule_share(month))
    assert points == (None if expected is None else Decimal(expected))


def test_several_plans_together_owe_what_each_owes():
    late = (*(0,) * 11, 120)
    assert joint_share([(120, Fraction(0)), (80, Fraction(3, 4)), (None, Fraction(3, 4))]) == Fraction(60, 200)
    assert joint_share([(None, Fraction(3, 4))]) is None
    assert joint_due(9, 200, [(120, late)]) == Fraction(60, 200)
    assert joint_due(9, 200, []) == joint_due(9, 0, []) == Fraction(3, 4)
