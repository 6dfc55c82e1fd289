from decimal import Decimal
from fractions import Fraction

import pytest

from reports.briefing.grammar import (
    Clause,
    Figure,
    against_schedule,
    completions,
    joined,
    money,
    plain,
    trend,
    trends,
)

UP, MORE, DOWN, LESS, FLAT = Fraction(4, 27), Fraction(1, 5), Fraction(-2, 11), Fraction(-1, 10), Fraction(1, 5000)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (UP, "同比增长14.8%"),
        (DOWN, "同比下降18.2%"),
        (FLAT, "与上年同期持平"),
        (Fraction(0), "与上年同期持平"),
        (None, ""),
    ],
)
def test_one_trend(change: Fraction | None, text: str) -> None:
    assert plain(trend(change, "signed_year")) == text


@pytest.mark.parametrize(
    ("count", "amount", "text"),
    [
        (UP, MORE, "同比分别增长14.8%、20.0%"),
        (DOWN, LESS, "同比分别下降18.2%、10.0%"),
        (UP, DOWN, "个数同比增长14.8%、金额同比下降18.2%"),
        (DOWN, UP, "个数同比下降18.2%、金额同比增长14.8%"),
        (FLAT, UP, "个数与上年同期持平、金额同比增长14.8%"),
        (UP, FLAT, "个数同比增长14.8%、金额与上年同期持平"),
        (FLAT, FLAT, "个数、金额均与上年同期持平"),
        (UP, None, "个数同比增长14.8%"),
        (None, DOWN, "金额同比下降18.2%"),
        (None, None, ""),
    ],
)
def test_two_trends(count: Fraction | None, amount: Fraction | None, text: str) -> None:
    assert plain(trends(count, amount, "signed_year")) == text


@pytest.mark.parametrize(
    ("count", "amount", "text"),
    [
        (Fraction(31, 40), Fraction(41, 50), "完成年度目标的77.5%、82.0%"),
        (Fraction(31, 40), None, "个数完成年度目标的77.5%"),
        (None, Fraction(6, 5), "金额完成年度目标的120.0%"),
        (None, None, ""),
    ],
)
def test_completions(count: Fraction | None, amount: Fraction | None, text: str) -> None:
    assert plain(completions(count, amount, "signed_year")) == text


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ("2.8", "超序时2.8个百分点"),
        ("-6.7", "欠序时6.7个百分点"),
        ("0.0", "与序时进度持平"),
        ("0.04", "与序时进度持平"),
        (None, ""),
    ],
)
def test_against_schedule(points: str | None, text: str) -> None:
    assert plain(against_schedule(None if points is None else Decimal(points), "key_projects")) == text


def test_money_that_is_not_known_is_left_out() -> None:
    assert plain(money("总投资", 22_970_000_000, "signed_year")) == "总投资229.70亿元"
    assert money("总投资", None, "signed_year") == ()


def test_empty_clauses_leave_no_separator() -> None:
    clauses: list[Clause] = [(), ("甲",), (), ("乙", Figure("3", "key_projects")), ()]
    assert plain(joined("，", clauses)) == "甲，乙3"
    assert joined("，", [(), ()]) == ()
