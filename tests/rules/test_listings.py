"""What can be said of a listing and of a year's plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crm.choices import KeyList, ListingClass
from crm.rules.listings import ListingDraft, PlanDraft, listing_problem, plan_problem

TODAY = date(2022, 10, 20)
LISTING = ListingDraft(KeyList.CITY, 2022, ListingClass.NEW)
PLAN = PlanDraft(2022, 120_000_000)


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


@pytest.mark.parametrize(
    ("changes", "total", "is_revision", "field"),
    [
        ({}, None, False, None),
        ({}, 120_000_000, False, None),
        ({}, 119_999_999, False, "planned_yuan"),
        ({"planned_yuan": 0}, None, False, "planned_yuan"),
        ({"year": 2030}, None, False, "year"),
        ({}, None, True, "reason"),
        ({"reason": "施工图调整"}, None, True, None),
    ],
)
def test_plan_problem(changes, total, is_revision, field):
    problem = plan_problem(replace(PLAN, **changes), total, is_revision, TODAY)
    assert (problem[0] if problem else None) == field
