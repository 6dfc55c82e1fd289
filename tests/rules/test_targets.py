"""Targets: how they are said, whether parts make the whole, what is taken over from last year."""

from __future__ import annotations

import pytest

from crm.choices import Indicator
from crm.rules.targets import Aim, check, said, to_copy


@pytest.mark.parametrize(
    ("indicator", "value", "words"),
    [
        (Indicator.SIGNED_COUNT, 75, "75"), (Indicator.SIGNED_YUAN, 26_000_000_000, "260.00"),
        (Indicator.FOREIGN_USD, 150_000_000, "15,000"), (Indicator.FINISHED_COUNT, None, "未设"),
    ],
)  # fmt: skip
def test_said(indicator, value, words):
    assert said(indicator, value) == words


@pytest.mark.parametrize(
    ("whole", "parts", "total", "words"),
    [
        (75, [24, 25, 26], 75, ""),
        (75, [24, None, 26], 50, "签约项目（个）：分解合计 50，比总目标 75 少 25。"),
        (75, [40, 40], 80, "签约项目（个）：分解合计 80，比总目标 75 多 5。"),
        (75, [None, None], None, ""),
        (None, [24, 25], 49, ""),
        (75, [], None, ""),
        (0, [0, 0], 0, ""),
    ],
)
def test_parts_beside_the_whole(whole, parts, total, words):
    found = check(Indicator.SIGNED_COUNT, whole, parts)
    assert (found.sum, found.words) == (total, words)


def test_only_who_has_none_yet_gets_last_years():
    zone, team, officer = (
        Aim(1, Indicator.SIGNED_COUNT),
        Aim(2, Indicator.SIGNED_COUNT),
        Aim(2, Indicator.SIGNED_COUNT, 7),
    )
    assert to_copy({zone: 70, team: 24, officer: 8}, {zone: 75}) == {team: 24, officer: 8}
