"""Which rows differ between an issue and now: what came, went, changed its size, moved; a truth table on plain rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reports.briefing.facts import Correction, Entry, Flow
from reports.briefing.revisions import growth, revisions, size

SIGNED = Entry("contracts:1", Flow.SIGNED, 7, date(2022, 9, 15), 1, 500_000_000, 300_000_000, 9_000_000)
PAID = Entry("arrivals:1", Flow.ARRIVED, 7, date(2022, 8, 12), 1, 30_000_000)
AGAIN = replace(SIGNED, key="contracts:2")


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ([SIGNED], [SIGNED], []),
        ([], [SIGNED], [Correction.LATE]),
        ([SIGNED], [], [Correction.VOIDED]),
        ([SIGNED], [replace(SIGNED, yuan=600_000_000)], [Correction.AMOUNT]),
        ([SIGNED], [replace(SIGNED, on=date(2022, 9, 16))], [Correction.AMOUNT]),
        ([SIGNED], [replace(SIGNED, on=date(2022, 8, 31))], [Correction.MOVED]),
        # voided and entered anew: one change of the same project, or none where it says the same
        ([SIGNED], [AGAIN], []),
        ([SIGNED], [replace(AGAIN, yuan=600_000_000)], [Correction.AMOUNT]),
        ([SIGNED], [replace(AGAIN, on=date(2022, 7, 1))], [Correction.MOVED]),
        ([SIGNED], [replace(AGAIN, on=date(2022, 7, 1), yuan=1)], [Correction.MOVED]),
        ([SIGNED], [replace(AGAIN, subject=8)], [Correction.VOIDED, Correction.LATE]),
        # of money, another month with another size is another payment
        ([PAID], [replace(PAID, key="arrivals:2", yuan=40_000_000)], [Correction.AMOUNT]),
        ([PAID], [replace(PAID, key="arrivals:2", on=date(2022, 7, 1))], [Correction.MOVED]),
        (
            [PAID],
            [replace(PAID, key="arrivals:2", on=date(2022, 7, 1), yuan=1)],
            [Correction.LATE, Correction.VOIDED],
        ),
        ([PAID], [PAID, replace(PAID, key="arrivals:2")], [Correction.LATE]),
    ],
)
def test_what_differs(old, new, kinds):
    assert sorted(one.kind for one in revisions(old, new)) == sorted(kinds)


def test_how_rows_are_said():
    dearer = replace(SIGNED, yuan=450_000_000, usd=None)
    assert size(SIGNED) == "1个、5.00亿元、合同外资900万美元"
    assert size(None) == "未计入" and size(PAID) == "0.30亿元"
    assert growth(None, SIGNED) == "+1个、+5.00亿元、其中固投+3.00亿元、合同外资+900万美元"
    assert growth(SIGNED, dearer) == "−0.50亿元、合同外资−900万美元"
    assert growth(SIGNED, replace(SIGNED, on=date(2022, 8, 1))) == "—"
    assert size(replace(PAID, flow=Flow.ARRIVED_USD, yuan=None, usd=3_000_000)) == "300万美元"


def test_the_order_is_that_of_flows_and_days():
    found = revisions([], [PAID, SIGNED, replace(SIGNED, key="contracts:0", subject=1, on=date(2022, 1, 3))])
    assert [one.new.key for one in found if one.new] == ["contracts:0", "contracts:1", "arrivals:1"]
