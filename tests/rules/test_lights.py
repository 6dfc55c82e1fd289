from datetime import date
from decimal import Decimal

import pytest

from crm.choices import Light
from crm.rules.lights import Thresholds, ageing_light, light, start_overdue_days

CUT_OFF = date(2022, 9, 30)


def judged(points: str | None = "0", planned: date | None = None, started: date | None = None, **more: bool) -> Light:
    deviation = None if points is None else Decimal(points)
    return light(
        deviation_points=deviation, planned_start_on=planned, started_on=started, cut_off_on=CUT_OFF, **more
    ).light


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("16.7", Light.BLUE),
        ("10.0", Light.BLUE),
        ("9.9", Light.GREEN),
        ("0.0", Light.GREEN),
        ("-5.0", Light.GREEN),
        ("-5.1", Light.YELLOW),
        ("-15.0", Light.YELLOW),
        ("-15.1", Light.RED),
        ("-75.0", Light.RED),
        (None, Light.NONE),
    ],
)
def test_the_light_follows_the_printed_deviation(points: str | None, expected: Light) -> None:
    assert judged(points, planned=date(2022, 3, 1), started=date(2022, 3, 18)) is expected


@pytest.mark.parametrize(
    ("planned", "started", "expected"),
    [
        (date(2022, 8, 31), None, Light.BLUE),  # exactly 30 days overdue: progress decides
        (date(2022, 8, 30), None, Light.RED),  # 31 days
        (date(2022, 8, 30), date(2022, 9, 30), Light.BLUE),  # late, but started by the cut-off
        (date(2022, 8, 30), date(2022, 10, 1), Light.RED),  # started after the cut-off: not known yet
        (date(2022, 10, 1), None, Light.NONE),  # the planned month has not come
        (date(2022, 11, 8), None, Light.NONE),
        (date(2022, 11, 8), date(2022, 9, 1), Light.BLUE),  # started early: judged like any other
        (date(2022, 9, 30), None, Light.BLUE),
        (None, None, Light.BLUE),
    ],
)
def test_the_planned_start(planned: date | None, started: date | None, expected: Light) -> None:
    assert judged("12", planned=planned, started=started) is expected


def test_a_red_action_item_turns_the_light_red_once_the_project_has_begun() -> None:
    assert judged("12", started=date(2022, 3, 1), has_red_action=True) is Light.RED
    assert judged("12", planned=date(2022, 11, 1), has_red_action=True) is Light.NONE


def test_an_overdue_start_is_red_even_without_a_plan() -> None:
    assert judged(None, planned=date(2022, 5, 1)) is Light.RED


def test_reasons_say_the_gravest_first() -> None:
    verdict = light(
        deviation_points=Decimal("-16.8"),
        planned_start_on=date(2022, 8, 1),
        started_on=None,
        cut_off_on=CUT_OFF,
        has_red_action=True,
    )
    assert verdict.reasons == ("计划2022-08-01开工，已超期60天未开工", "有红色督办事项未办结", "欠序时16.8个百分点")


def test_green_needs_no_reason_and_no_light_has_one() -> None:
    on_plan = light(deviation_points=Decimal(0), planned_start_on=None, started_on=None, cut_off_on=CUT_OFF)
    early = light(deviation_points=None, planned_start_on=date(2022, 11, 8), started_on=None, cut_off_on=CUT_OFF)
    assert on_plan.reasons == ()
    assert early.reasons == ("计划2022年11月开工，未到计划开工月份",)


def test_thresholds_are_settings() -> None:
    strict = Thresholds(Decimal(5), Decimal(0), Decimal(-10), 0)
    verdict = light(
        deviation_points=Decimal("-0.1"),
        planned_start_on=None,
        started_on=None,
        cut_off_on=CUT_OFF,
        thresholds=strict,
    )
    assert verdict.light is Light.YELLOW


@pytest.mark.parametrize(
    ("days", "expected"), [(0, Light.GREEN), (1, Light.YELLOW), (30, Light.YELLOW), (31, Light.RED)]
)
def test_ageing(days: int, expected: Light) -> None:
    assert ageing_light(days) is expected


def test_days_overdue_end_with_the_start() -> None:
    assert start_overdue_days(date(2022, 9, 1), None, CUT_OFF) == 29
    assert start_overdue_days(date(2022, 9, 1), date(2022, 9, 20), CUT_OFF) == 0
    assert start_overdue_days(date(2022, 10, 1), None, CUT_OFF) == 0
