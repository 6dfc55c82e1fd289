"""What can be said of a year's plan, how two plans differ, how it stands to what was done, and how its nodes stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from crm.choices import Light, NodeDay
from crm.rules import plans as rules
from crm.rules.days import Month
from crm.rules.plans import NodeDays, NodeDraft, NodeReport, PlanDraft

TODAY = date(2022, 10, 20)
PLAN = PlanDraft(2022, 120_000_000)
LATE_START = (0,) * 6 + (6_000_000, 15_600_000, 26_400_000, 24_000_000, 24_000_000, 24_000_000)


@pytest.mark.parametrize(
    ("changes", "total", "is_revision", "field"),
    [
        ({}, None, False, None),
        ({}, 120_000_000, False, None),
        ({}, 119_999_999, False, "planned_yuan"),
        ({"planned_yuan": 0}, None, False, "planned_yuan"),
        ({"year": 2030}, None, False, "year"),
        ({}, None, True, "planned_yuan"),  # nothing changes
        ({"reason": "施工图调整"}, None, True, "planned_yuan"),
        ({"goal": "封顶"}, None, True, "reason"),
        ({"goal": "封顶", "reason": "施工图调整"}, None, True, None),
        ({"month_yuan": LATE_START}, None, False, None),
        ({"month_yuan": (*LATE_START[:-1], 24_000_001)}, None, False, "month_1"),
        ({"month_yuan": (0,) * 12}, None, False, "month_1"),
        (
            {"planned_start_on": date(2022, 5, 1), "planned_finish_on": date(2022, 4, 30)},
            None,
            False,
            "planned_finish_on",
        ),
        ({"planned_start_on": date(2022, 5, 1), "planned_finish_on": date(2022, 5, 1)}, None, False, None),
        (
            {"planned_start_on": date(2022, 5, 1), "planned_production_on": date(2022, 4, 1)},
            None,
            False,
            "planned_production_on",
        ),
        ({"planned_finish_on": date(2023, 4, 30)}, None, False, None),
    ],
)
def test_plan_problem(changes, total, is_revision, field):
    problem = rules.plan_problem(replace(PLAN, **changes), total, PLAN if is_revision else None, TODAY)
    assert (problem[0] if problem else None) == field


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (20_000_000, "各月合计 1.16 亿元，比全年计划 1.2 亿元少 0.04 亿元"),
        (24_000_001, "各月合计 1.20000001 亿元，比全年计划 1.2 亿元多 0.00000001 亿元"),
    ],
)
def test_months_that_do_not_add_up_are_told_with_the_sums(last, words):
    draft = replace(PLAN, month_yuan=(*LATE_START[:-1], last))
    assert words in rules.plan_problem(draft, None, None, TODAY)[1]


def test_differences_are_told_field_by_field_and_month_by_month():
    new = replace(PLAN, planned_yuan=90_000_000, goal="封顶", planned_finish_on=date(2023, 6, 30))
    assert [(one.label, one.old, one.new) for one in rules.differences(PLAN, new)] == [
        ("计划投资（亿元）", "1.2", "0.9"), ("计划竣工", "—", "2023-06-30"), ("年度目标", "—", "封顶"),
    ]  # fmt: skip
    moved = (*LATE_START[:8], 20_400_000, 30_000_000, *LATE_START[10:])
    by_month = rules.differences(replace(PLAN, month_yuan=LATE_START), replace(PLAN, month_yuan=moved))
    assert [(one.label, one.old, one.new) for one in by_month] == [
        ("9月（亿元）", "0.264", "0.204"), ("10月（亿元）", "0.24", "0.3"),
    ]  # fmt: skip
    first = rules.differences(PLAN, replace(PLAN, month_yuan=LATE_START))
    assert (len(first), first[6].old, first[6].new) == (12, "—", "0.06")
    assert rules.differences(PLAN, replace(PLAN, reason="只是换个说法")) == []


def test_months_stand_beside_what_was_done():
    lines = rules.month_lines(120_000_000, LATE_START, {7: 13_000_000, 8: 16_700_000, 9: 19_500_000}, 9)
    september, october = lines[8], lines[9]
    assert (september.plan_yuan, september.plan_so_far_yuan) == (26_400_000, 48_000_000)
    assert (september.done_so_far_yuan, september.completion) == (49_200_000, Fraction(41, 100))
    assert (september.due, str(september.deviation)) == (Fraction(2, 5), "1.0")
    assert (october.done_yuan, october.completion, october.deviation) == (None, None, None)
    assert sum(line.plan_yuan for line in lines) == 120_000_000


def test_twelfths_are_rounded_so_that_they_add_up():
    lines = rules.month_lines(100, None, {}, 12)
    assert [line.plan_yuan for line in lines] == [8, 9, 8, 8, 9, 8, 8, 9, 8, 8, 9, 8]
    assert (lines[11].plan_so_far_yuan, lines[11].completion) == (100, 0)


def test_without_a_plan_there_is_no_rate():
    line = rules.month_lines(None, None, {1: 5}, 1)[0]
    assert (line.plan_yuan, line.done_so_far_yuan, line.completion, line.deviation) == (None, 5, None, None)
    assert rules.progress(5, None, 9) == rules.progress(5, PLAN, 0) == rules.Progress(None, None)
    assert str(rules.progress(49_200_000, replace(PLAN, month_yuan=LATE_START), 9).deviation) == "1.0"


@pytest.mark.parametrize(
    ("start", "month", "done_yuan", "is_judged"),
    [
        (date(2022, 11, 18), 9, 0, False),  # nothing is owed yet
        (date(2022, 11, 18), 11, 0, True),
        (date(2022, 11, 18), 9, 1, True),  # it began before its day
        (date(2023, 2, 1), 12, 0, False),
        (date(2021, 4, 13), 1, 0, True),
        (None, 1, 0, True),
    ],
)
def test_before_its_planned_start_a_project_is_not_held_against_the_calendar(start, month, done_yuan, is_judged):
    plan = replace(PLAN, planned_start_on=start)
    assert (rules.progress(done_yuan, plan, month).deviation is not None) is is_judged
    line = rules.month_lines(plan.planned_yuan, None, {month: done_yuan}, month, rules.begins(plan))[month - 1]
    assert (line.deviation is not None, line.completion is not None) == (is_judged, is_judged)


@pytest.mark.parametrize(("year", "months"), [(2021, 12), (2022, 9), (2023, 0)])
def test_up_to_which_month_it_is_told(year, months):
    assert rules.months_told(year, Month(2022, 9)) == months


def test_what_is_verified_of_a_running_month_is_shown_and_not_judged():
    october = rules.month_lines(120_000_000, None, {10: 7}, 9)[9]
    assert (october.done_yuan, october.done_so_far_yuan, october.deviation) == (7, None, None)


PLANNED = date(2022, 10, 12)


@pytest.mark.parametrize(
    ("planned", "forecast", "actual", "light", "words"),
    [
        (date(2022, 10, 30), None, None, Light.GREEN, "10 天后"),
        (date(2022, 10, 20), None, None, Light.YELLOW, "今天"),
        (PLANNED, None, None, Light.RED, "逾期 8 天"),
        (PLANNED, date(2022, 10, 24), None, Light.YELLOW, "4 天后，比计划晚 12 天"),
        (PLANNED, date(2022, 10, 15), None, Light.RED, "逾期 5 天，比计划晚 3 天"),
        (date(2022, 10, 30), date(2022, 10, 28), None, Light.GREEN, "8 天后，比计划早 2 天"),
        (date(2022, 10, 30), date(2022, 10, 30), None, Light.GREEN, "10 天后"),
        (PLANNED, date(2022, 10, 24), PLANNED, Light.GREEN, "按期完成"),
        (PLANNED, None, date(2022, 10, 10), Light.GREEN, "已完成，比计划早 2 天"),
        (PLANNED, None, date(2022, 10, 13), Light.YELLOW, "已完成，比计划晚 1 天"),
        (None, None, None, Light.NONE, "已移出计划"),
    ],
)
def test_how_a_node_stands(planned, forecast, actual, light, words):
    assert rules.standing(NodeDays(planned, forecast, actual), TODAY) == (light, words)


@pytest.mark.parametrize(
    ("report", "field"),
    [
        (NodeReport(), None),
        (NodeReport(date(2022, 10, 12)), None),
        (NodeReport(date(2022, 10, 13)), "note"),
        (NodeReport(date(2022, 10, 13), note="供货推迟"), None),
        (NodeReport(None, TODAY, "供货推迟"), None),
        (NodeReport(None, TODAY), "note"),
        (NodeReport(date(2022, 12, 1), date(2022, 10, 11)), None),  # what it was forecast does not matter any more
        (NodeReport(None, date(2022, 10, 21), "明天完成"), "actual_on"),
    ],
)
def test_report_problem(report, field):
    problem = rules.report_problem(report, PLANNED, TODAY)
    assert (problem[0] if problem else None) == field


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (NodeDraft(2022, "主体封顶", PLANNED), None),
        (NodeDraft(2022, "开工", PLANNED), "name"),
        (NodeDraft(2022, "主体封顶", date(2023, 1, 1)), "planned_on"),
        (NodeDraft(2030, "主体封顶", date(2030, 1, 1)), "name"),
    ],
)
def test_node_problem(draft, field):
    problem = rules.node_problem(draft, ["开工"], TODAY)
    assert (problem[0] if problem else None) == field


def test_days_follow_from_moves():
    steps = [
        (NodeDay.PLANNED, PLANNED),
        (NodeDay.FORECAST, date(2022, 11, 1)),
        (NodeDay.FORECAST, None),
        (NodeDay.ACTUAL, TODAY),
    ]
    assert rules.days_after(steps) == NodeDays(PLANNED, None, TODAY)
    assert rules.is_open(rules.days_after(steps[:2])) and not rules.is_open(rules.days_after(steps))
    assert not rules.is_open(rules.days_after([*steps[:1], (NodeDay.PLANNED, None)]))


def test_words_of_lists():
    assert rules.names_of("取得用地、开工， 开工、、竣工 ") == ("取得用地", "开工", "竣工")
    assert rules.missing_words(["甲", "乙"], 2) == "“甲”、“乙”"
    assert rules.missing_words(["甲", "乙"], 5) == "“甲”、“乙”等 5 个项目"
