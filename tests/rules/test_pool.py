"""The rules of the public pool as truth tables."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import Stage, Status
from crm.rules.pool import Band, Picker, PickLimits, Releasable, band, pick_problem, release_problem, shown_name

TODAY = date(2022, 10, 20)


@pytest.mark.parametrize(
    ("picker", "limits", "said"),
    [
        ({}, {}, ""),
        ({"picked_today": 2}, {}, ""),
        ({"picked_today": 3}, {}, "每天最多 3 个"),
        ({"picked_today": 3}, {"daily": 5}, ""),
        ({"live": 29}, {}, ""),
        ({"live": 30}, {}, "上限 30 个"),
        ({"live": 31}, {"capacity": 30}, "已有 31 个"),
        ({"held_until_on": date(2022, 9, 21)}, {}, "10月21日起"),
        ({"held_until_on": date(2022, 9, 20)}, {}, ""),
        ({"held_until_on": TODAY}, {"rest_days": 0}, ""),
        ({"held_until_on": TODAY}, {"rest_days": 1}, "10月21日起"),
    ],
)
def test_who_may_pick(picker, limits, said):
    found = pick_problem(Picker(**picker), PickLimits(**limits), TODAY)
    assert (found is None) == (not said) and said in (found or "")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, ""),
        ({"stage": Stage.REVIEW}, ""),
        ({"stage": Stage.SIGNED}, "签约以后"),
        ({"status": Status.PAUSED}, "暂缓"),
        ({"is_secret": True}, "涉密"),
        ({"is_duplicate": True}, "重复"),
        ({"is_pooled": True}, "已在公共池"),
        ({"transfers": 1}, "流转"),
        ({"collisions": 1}, "撞单"),
        ({"waiting": 1}, "待核定"),
    ],
)
def test_what_may_be_released(facts, said):
    found = release_problem(Releasable(**facts))
    assert (found is None) == (not said) and said in (found or "")


@pytest.mark.parametrize(
    ("yuan", "found"),
    [
        (None, Band.UNKNOWN), (0, Band.SMALL), (99_999_999, Band.SMALL), (100_000_000, Band.MEDIUM),
        (499_999_999, Band.MEDIUM), (500_000_000, Band.LARGE), (1_000_000_000, Band.HUGE), (10**13, Band.HUGE),
    ],
)  # fmt: skip
def test_bands(yuan, found):
    assert band(yuan) is found


@pytest.mark.parametrize(
    ("alias", "industry", "shows_names", "shown"),
    [
        ("", "智能制造", False, "某智能制造项目"),
        ("", None, False, "某项目（产业未填）"),
        ("青松计划", "智能制造", False, "青松计划"),
        ("青松计划", "智能制造", True, "澜芯减速器项目"),
    ],
)
def test_what_a_pooled_project_is_called(alias, industry, shows_names, shown):
    assert shown_name("澜芯减速器项目", alias, industry, shows_names) == shown
