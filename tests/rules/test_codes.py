"""Codes follow the highest one of the year."""

from __future__ import annotations

import pytest

from crm.rules.codes import next_codes


@pytest.mark.parametrize(
    ("taken", "count", "expected"),
    [
        ([], 1, ["YH-2022-0001"]),
        (["YH-2022-0117"], 2, ["YH-2022-0118", "YH-2022-0119"]),
        (["YH-2022-0003", "YH-2022-0117", "YH-2022-0020"], 1, ["YH-2022-0118"]),
        (["YH-2021-0900", "QY-2022-0500"], 1, ["YH-2022-0001"]),
        (["YH-2022-旧12", "YH-2022-", "YH-2022-7"], 1, ["YH-2022-0008"]),
        (["YH-2022-9999"], 1, ["YH-2022-10000"]),
        (["YH-2022-10000", "YH-2022-9999"], 1, ["YH-2022-10001"]),
    ],
)
def test_next_codes(taken, count, expected):
    assert next_codes("YH", 2022, taken, count) == expected
