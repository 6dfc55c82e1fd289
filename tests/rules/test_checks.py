"""Amounts of a likely size, days in order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crm.rules import checks
from crm.rules.grades import grade

YI = 10**8


@pytest.mark.parametrize(
    ("yuan", "says"),
    [
        (None, None),
        (35_000 * YI, "35000 亿元过大，是否误填万元？应为 3.50 亿元。"),
        (1_000 * YI + 1, "1000.00000001 亿元过大，是否误填万元？应为 0.10 亿元。"),
        (1_000 * YI, None),
        (350_000_000, None),
        (1_000_000, None),
        (999_999, "0.00999999 亿元过小，不足 100 万元，请核对单位。"),
        (35_000, "0.00035 亿元过小，不足 100 万元，请核对单位。"),
        (0, "0 亿元过小，不足 100 万元，请核对单位。"),
    ],
)
def test_total_doubt(yuan, says):
    assert checks.total_doubt(yuan) == says


@pytest.mark.parametrize(
    ("part", "whole", "broken"),
    [(None, 1, False), (1, None, False), (3 * YI, 3 * YI, False), (3 * YI + 1, 3 * YI, True)],
)
def test_part_problem(part, whole, broken):
    assert bool(checks.part_problem("固定资产投资", part, "总投资", whole)) is broken


def test_part_problem_names_both_amounts():
    says = checks.part_problem("固定资产投资", 4 * YI, "总投资", 3 * YI)
    assert says == "固定资产投资 4.00 亿元大于总投资 3.00 亿元，请核对。"


@pytest.mark.parametrize(
    ("done", "more", "total", "doubtful"),
    [(0, 3, 3, False), (1, 3, 3, True), (0, 4, None, False)],
)
def test_completion_doubt(done, more, total, doubtful):
    assert bool(checks.completion_doubt(done, more, total)) is doubtful


@pytest.mark.parametrize(
    ("rate", "known", "doubtful"),
    [
        (Decimal("7.1"), None, False),
        (Decimal("7.1287"), Decimal("7.0992"), False),
        (Decimal("6.3"), Decimal("7"), False),
        (Decimal("6.29"), Decimal("7"), True),
        (Decimal("71.287"), Decimal("7.1287"), True),
    ],
)
def test_rate_doubt(rate, known, doubtful):
    assert bool(checks.rate_doubt(rate, known)) is doubtful


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (None, None),
        (date(2022, 9, 30), None),
        (date(2022, 10, 12), "签约日期不能晚于今天（9月30日）。"),
        (date(2023, 1, 1), "签约日期不能晚于今天（2022-09-30）。"),
    ],
)
def test_happened_problem(day, says):
    assert checks.happened_problem("签约日期", day, date(2022, 9, 30)) == says


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ([("开工", date(2022, 1, 1)), ("竣工", date(2022, 1, 1))], None),
        (
            [("开工", date(2022, 1, 1)), ("竣工", None), ("投产", date(2021, 12, 1))],
            "投产（2021-12-01）早于开工（2022-01-01），请核对。",
        ),
        ([("开工", None), ("竣工", date(2022, 1, 1))], None),
        ([], None),
    ],
)  # fmt: skip
def test_order_problem(days, says):
    assert checks.order_problem(days) == says


@pytest.mark.parametrize(
    ("yuan", "usd", "fortune", "letter"),
    [
        (None, None, False, ""),
        (None, None, True, "A"),
        (10 * YI, None, False, "A"),
        (10 * YI - 1, None, False, "B"),
        (5 * YI, None, False, "B"),
        (YI, None, False, "C"),
        (YI - 1, None, False, "D"),
        (YI, 100_000_000, False, "A"),
        (None, 10_000_000, False, "C"),
    ],
)
def test_grade(yuan, usd, fortune, letter):
    assert grade(yuan, usd, fortune) == letter
