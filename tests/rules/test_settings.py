"""Settings: what may be typed, and that only what differs from the defaults says anything."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm.errors import RuleBroken
from crm.rules.lights import Thresholds
from crm.rules.settings import DEFAULTS, SPECS, from_texts, parse, text_of


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ahead_points", " 12.5 ", Decimal("12.5")),
        ("normal_points", "−3", Decimal(-3)),
        ("start_overdue_days", "45", 45),
        ("counts_relocations", "1", True),
        ("counts_relocations", "0", False),
        ("project_code_prefix", "XC", "XC"),
        ("briefing_head", "", ""),
    ],
)
def test_what_is_typed_is_read(name, text, value):
    assert parse(name, text) == value
    assert parse(name, text_of(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ahead_points", "abc", "不是数字"),
        ("ahead_points", "NaN", "-100 到 100"),
        ("ahead_points", "101", "-100 到 100"),
        ("normal_points", "1.25", "最多一位小数"),
        ("start_overdue_days", "1.5", "应为整数"),
        ("start_overdue_days", "-1", "0 到 366"),
        ("project_code_prefix", "相城", "1—8 个大写字母或数字"),
        ("project_code_prefix", "", "1—8 个大写字母或数字"),
        ("briefing_head", "长" * 61, "最多 60 个字符"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(name, text, words):
    with pytest.raises(RuleBroken, match=words) as refusal:
        parse(name, text)
    assert refusal.value.field == name


def test_the_lights_go_from_ahead_to_behind():
    with pytest.raises(RuleBroken, match="由高到低"):
        from_texts({"normal_points": "-20"})


def test_five_colours_have_thresholds_of_their_own():
    five = from_texts({"five_colours": "1", "five_behind_points": "-40", "ahead_points": "30"}).thresholds
    assert (five.ahead_points, five.serious_points, five.behind_points) == (10, -15, -40)
    assert from_texts({"five_behind_points": "-40"}).thresholds.serious_points is None
    with pytest.raises(RuleBroken, match="黄灯高于橙灯") as refusal:
        from_texts({"five_serious_points": "-30"})
    assert refusal.value.field == "five_normal_points"


def test_nothing_stored_means_the_defaults_and_old_names_are_passed_over():
    assert from_texts({}) == from_texts({"a_setting_of_old": "1"}) == DEFAULTS
    assert DEFAULTS.thresholds == Thresholds(months_behind=3, months_not_started=3)


def test_every_setting_says_what_it_is():
    assert all(spec.label and spec.group for spec in SPECS.values())
