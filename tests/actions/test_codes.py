"""Codes are taken after the highest one there is, found without reading the others."""

from __future__ import annotations

import pytest

from crm.actions import codes
from crm.rules.codes import next_codes
from tests import factories as make


@pytest.mark.parametrize(
    "taken",
    [
        [],
        ["YH-2022-0117"],
        ["YH-2022-0003", "YH-2022-0117", "YH-2022-0020"],
        ["YH-2021-0900", "QY-2022-0500", "YH-2022X0900", "YH.2022-0900"],
        ["YH-2022-旧12", "YH-2022-", "YH-2022-7", "YH-2022-9A99", "YH-2022-1.5"],
        ["YH-2022-9999"],
        ["YH-2022-10000", "YH-2022-9999"],
        ["YH-2022-0000117", "YH-2022-0118"],
        ["YH-2022-20220117001", "YH-2022-0117"],
    ],
)
def test_as_if_every_code_were_read(session, taken):
    for code in taken:
        make.make_project(session, code).code = code
    session.flush()
    assert codes.take(session, 2022, 2) == next_codes("YH", 2022, taken, 2)


def test_a_prefix_is_taken_as_it_stands(session):
    """It may hold what means something in a pattern."""
    make.make_project(session).code = "A.B-2022-0007"
    make.make_project(session).code = "AxB-2022-0009"
    session.flush()
    assert codes._highest(session, "A.B-2022-") == ["A.B-2022-0007"]
