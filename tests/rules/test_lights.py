from datetime import date
from decimal import Decimal

import pytest

from crm.choices import Light
from crm.rules import lights as rules
from crm.rules.days import Month
from crm.rules.lights import Standing, Thresholds, ageing_light, light, start_overdue_days
from crm.rules.schedule import deviation_points, schedule_share

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


# ------------------------------------------------------------------------------------------ five colours, and months running

FIVE = Thresholds(serious_points=Decimal(-15), behind_points=Decimal(-30))
RUNNING = Thresholds(months_behind=3, months_not_started=3, start_overdue_days=366)
B, G, Y, OR, R, N = Light.BLUE, Light.GREEN, Light.YELLOW, Light.ORANGE, Light.RED, Light.NONE


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("10.0", B), ("9.9", G), ("-5.0", G), ("-5.1", Y), ("-15.0", Y), ("-15.1", OR), ("-30.0", OR), ("-30.1", R),
        (None, N),
    ],
)  # fmt: skip
def test_five_colours(points: str | None, expected: Light) -> None:
    deviation = None if points is None else Decimal(points)
    found = light(
        deviation_points=deviation, planned_start_on=None, started_on=None, cut_off_on=CUT_OFF, thresholds=FIVE
    )
    assert found.light is expected
    assert FIVE.lights == (B, G, Y, OR, R) and Thresholds().lights == (B, G, Y, R)


def of_year(*points: str | None, thresholds: Thresholds = RUNNING, **more: date) -> list[Light | None]:
    """The lights of a year, a deviation a month; None for a month on no list, "" for one without a plan."""
    standings = [
        None if point is None else Standing(Month(2022, number).last, Decimal(point) if point else None, **more)
        for number, point in enumerate(points, 1)
    ]
    return [verdict.light if verdict else None for verdict in rules.year(standings, thresholds)]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (("-6", "-6", "-6", "-6"), [Y, Y, R, R]),
        (("-6", "-6", "-5", "-6"), [Y, Y, G, Y]),  # on schedule again: the run ends
        (("-6", "-16", "-6"), [Y, R, R]),  # graver months count as behind
        (("-6", "-6", None, "-6"), [Y, Y, None, Y]),  # on no list
        (("-6", "-6", "", "-6"), [Y, Y, N, Y]),  # without a plan
        (("0", "-6", "-6", "-6"), [G, Y, Y, R]),
    ],
)
def test_months_behind_running_make_it_graver(points: tuple[str | None, ...], expected: list[Light | None]) -> None:
    assert of_year(*points) == expected


def test_in_five_colours_it_goes_one_step_at_a_time() -> None:
    both = Thresholds(serious_points=Decimal(-15), behind_points=Decimal(-30), months_behind=2)
    assert of_year("-6", "-6", "-16", "-31", thresholds=both) == [Y, OR, R, R]


def test_zero_turns_the_run_off() -> None:
    off = Thresholds(months_behind=0, months_not_started=0, start_overdue_days=366)
    assert of_year("-6", "-6", "-6", "-6", thresholds=off) == [Y] * 4
    assert of_year("0", "0", "0", "0", thresholds=off, planned_start_on=date(2022, 1, 5)) == [G] * 4


def test_a_start_missed_three_months_running() -> None:
    """The month it was planned for is the first."""
    planned = {"planned_start_on": date(2022, 2, 20)}
    assert of_year("0", "0", "0", "0", "0", **planned) == [N, G, G, R, R]
    assert of_year("0", "0", "0", "0", "0", started_on=date(2022, 5, 6), **planned) == [N, G, G, R, G]


def test_a_run_does_not_begin_before_the_planned_month() -> None:
    assert of_year("-6", "-6", "-6", "-6", planned_start_on=date(2022, 3, 1)) == [N, N, Y, Y]


def test_the_reasons_of_a_run() -> None:
    standings = [Standing(Month(2022, number).last, Decimal("-6.2")) for number in (1, 2, 3)]
    assert rules.year(standings, RUNNING)[-1].reasons == ("连续3个月滞后", "欠序时6.2个百分点")
    late = Standing(Month(2022, 4).last, None, date(2022, 2, 20))
    assert rules.judged(late, 0, RUNNING).reasons == ("连续3个月未按计划开工",)


LATE = (0, 0, 0, 0, 0, 0, 10, 20, 45, 25, 0, 0)  # 75 of 100 by September
TO_COME = (*(0,) * 9, 50, 50, 0)


@pytest.mark.parametrize(
    ("done", "plan", "curve", "expected"),
    [
        (70, 100, LATE, G),  # own curve: exactly -5
        (69, 100, LATE, Y),
        (0, 100, TO_COME, G),  # nothing is due yet
        (10, 100, TO_COME, B),
        (75, 100, None, G),
        (150, 100, None, B),  # more than the plan
        (0, 0, None, N),  # a plan of nothing
        (5, None, None, N),
    ],
)
def test_progress_against_plan_and_curve(
    done: int, plan: int | None, curve: tuple[int, ...] | None, expected: Light
) -> None:
    points = deviation_points(done, plan, schedule_share(9, curve))
    found = light(deviation_points=points, planned_start_on=None, started_on=None, cut_off_on=CUT_OFF)
    assert found.light is expected


# ---------------------------------------------------------------------------------------------------------------- set by hand


@pytest.mark.parametrize(
    ("system", "was", "wanted", "expected"),
    [
        (G, G, Y, Y), (R, G, Y, R), (B, G, Y, Y),  # raised: never milder than what is computed since
        (R, R, Y, Y), (G, R, Y, G), (Y, R, G, G),  # lowered: never graver
        (N, N, Y, Y),
    ],
)  # fmt: skip
def test_the_light_that_holds(system: Light, was: Light, wanted: Light, expected: Light) -> None:
    assert rules.effective(system, was, wanted) is expected


@pytest.mark.parametrize(
    ("new", "system", "shown", "reason", "field", "words"),
    [
        (None, G, G, "理由", "light", "请选择"), (OR, G, G, "理由", "light", "请选择"), (N, G, G, "理由", "light", "请选择"),
        (Y, G, Y, "理由", "light", "现在就是黄灯"), (G, G, Y, "理由", "light", "要恢复请撤销"), (Y, G, G, "", "reason", "写明"),
        (Y, G, G, "长" * 301, "reason", "最多 300 字"),
    ],
)  # fmt: skip
def test_what_cannot_be_set(
    new: Light | None, system: Light, shown: Light, reason: str, field: str, words: str
) -> None:
    found = rules.override_problem(new, system, shown, reason, Thresholds())
    assert found is not None and found[0] == field and words in found[1]
    assert rules.override_problem(Y, G, G, "理由", Thresholds()) is None
    assert rules.both(G, Y) == "系统绿→人工黄" and rules.both(N, Y) == "系统未亮灯→人工黄"


def test_letters() -> None:
    day = date(2022, 10, 20)
    month = Month(2022, 9)
    assert "只对亮红灯" in str(rules.letter_problem(Y, month, None, day))
    assert "2022-10-20" in str(rules.letter_problem(R, month, day, day))
    assert "2022年9月" in str(rules.letter_problem(R, Month(2022, 8), None, day))
    assert "2022年9月" in str(rules.letter_problem(R, Month(2022, 10), None, day))
    assert rules.letter_problem(R, month, date(2022, 10, 19), day) is rules.letter_problem(R, month, None, day) is None
    due = date(2022, 10, 28)
    assert rules.letter_words(due, None, day) == "已发督办函，须于10月28日前报送赶工计划"
    assert rules.letter_words(due, date(2022, 10, 18), day) == "已发督办函，10月18日已报送赶工计划"
    assert rules.letter_words(date(2022, 10, 19), None, day) == "已发督办函，赶工计划应于10月19日前报送，尚未报送"
    assert rules.letter_cause(Month(2022, 9), 120_000_000, 30_000_000, ("欠序时50.0个百分点",)) == (
        "年度计划投资1.20亿元，1—9月累计完成0.30亿元，完成年度计划的25.0%；欠序时50.0个百分点"
    )
    assert rules.letter_cause(Month(2022, 1), None, 0, ("有红色督办事项未办结",)) == "有红色督办事项未办结"
