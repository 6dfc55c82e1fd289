"""What can be said of a listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crm.choices import KeyList, ListingClass
from crm.rules.listings import ListingDraft, listing_problem

TODAY = date(2022, 10, 20)
LISTING = ListingDraft(KeyList.CITY, 2022, ListingClass.NEW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"year": 2023}, None),
        ({"year": 2017}, None),
        ({"year": 2016}, "year"),
        ({"year": 2024}, "year"),
        ({"key_list": KeyList.PROVINCE_BATCH}, "batch_label"),
        ({"key_list": KeyList.CITY_BATCH, "batch_label": "2022年第三季度"}, None),
    ],
)
def test_listing_problem(changes, field):
    problem = listing_problem(replace(LISTING, **changes), TODAY)
    assert (problem[0] if problem else None) == field
