"""When two records may be merged, and which values stay."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from crm.rules.merging import CompanySide, Side, company_obstacle, merged_parent, obstacle, settled, twins

KEPT, GONE = Side(1, "留下的"), Side(2, "并入的")


@pytest.mark.parametrize(
    ("kept", "gone", "said", "swap"),
    [
        ({}, {}, "", False),
        ({}, {"id": 1}, "与自己", False),
        ({"is_secret": True}, {}, "涉密", False),
        ({"is_secret": True}, {"is_secret": True}, "", False),
        ({"parent_id": 2}, {}, "分期", False),
        ({}, {"parent_id": 1}, "分期", False),
        ({"parent_id": 7}, {"parent_id": 8}, "同一个上级", False),
        ({"parent_id": 7}, {"parent_id": 7}, "", False),
        ({}, {"parent_id": 8}, "", False),
        ({"duplicate_of_id": 2}, {}, "", False),
        ({"duplicate_of_id": 9}, {}, "另一个项目的重复", False),
        ({}, {"duplicate_of_id": 1}, "", False),
        ({}, {"duplicate_of_id": 9}, "另一个项目的重复", False),
        ({"verified": 2}, {}, "", False),
        ({"verified": 2}, {"verified": 1}, "作废", False),
        ({}, {"verified": 1}, "改为保留", True),
        ({"listed": 1}, {"verified": 1}, "作废或移出", False),
        ({}, {"listed": 1}, "改为保留", True),
        ({"verified": 1}, {"listed": 1}, "移出清单", False),
        ({"listed": 1}, {"listed": 1}, "移出清单", False),
        ({"listed": 1}, {}, "", False),
        ({}, {"phases": 1}, "按分期计", True),
        ({"verified": 1}, {"phases": 1}, "按分期计", False),
        ({"phases": 1}, {"phases": 2}, "", False),
        ({}, {"waiting": 1}, "待核定", True),
        ({"waiting": 1}, {"waiting": 1}, "待核定", False),
        ({"verified": 1}, {"waiting": 1}, "待核定", False),
        ({"waiting": 1}, {}, "", False),
        ({"transfers": 1}, {}, "流转", False),
        ({}, {"transfers": 1}, "流转", False),
        ({}, {"collisions": 1}, "撞单", False),
    ],
)  # fmt: skip
def test_what_stands_in_the_way(kept, gone, said, swap):
    found = obstacle(replace(KEPT, **kept), replace(GONE, **gone))
    assert (found is None) == (not said)
    if found:
        assert said in found.sentence and found.swap is swap


def test_a_swap_that_is_offered_is_possible():
    """Whatever one side has: where the other way round is offered, it meets no obstacle of the same kind."""
    for gone in ({"verified": 1}, {"listed": 2}, {"phases": 1}, {"waiting": 1}):
        kept, other = KEPT, replace(GONE, **gone)
        found = obstacle(kept, other)
        assert found and found.swap and obstacle(other, kept) is None


COLUMNS = ("name", "site", "total_yuan", "fixed_yuan", "jobs_count")
OURS = {"name": "甲", "site": "", "total_yuan": 300, "fixed_yuan": None, "jobs_count": None}
THEIRS = {"name": "乙", "site": "三号地块", "total_yuan": 500, "fixed_yuan": 200, "jobs_count": None}


@pytest.mark.parametrize(
    ("ours", "theirs", "chosen", "changes"),
    [
        ({}, {}, (), {"site": "三号地块", "fixed_yuan": 200}),
        ({}, {}, ("name",), {"name": "乙", "site": "三号地块", "fixed_yuan": 200}),
        ({}, {"fixed_yuan": 400}, (), {"site": "三号地块"}),  # a part larger than the whole is not taken unasked
        ({}, {"fixed_yuan": 400}, ("total_yuan",), {"site": "三号地块", "total_yuan": 500, "fixed_yuan": 400}),
        ({"site": "一号地块", "fixed_yuan": 100}, {}, (), {}),
        ({"name": "乙"}, {"site": "", "fixed_yuan": None}, ("name", "site"), {}),
        ({}, {"name": ""}, ("name",), {"site": "三号地块", "fixed_yuan": 200}),
    ],
)
def test_which_values_stay(ours, theirs, chosen, changes):
    assert settled(COLUMNS, {**OURS, **ours}, {**THEIRS, **theirs}, chosen) == changes


@pytest.mark.parametrize(
    ("kept", "gone", "said"),
    [
        ({}, {}, ""),
        ({}, {"id": 1}, "与自己"),
        ({"credit_code": "A"}, {}, ""),
        ({"credit_code": "A"}, {"credit_code": "B"}, "两个法人"),
        ({"is_secret_alone": True}, {}, "涉密"),
        ({"is_secret_alone": True}, {"is_secret_alone": True}, ""),
    ],
)
def test_what_stands_in_the_way_of_companies(kept, gone, said):
    found = company_obstacle(replace(CompanySide(1, "甲公司"), **kept), replace(CompanySide(2, "乙公司"), **gone))
    assert (found is None) == (not said) and said in (found or "")


@pytest.mark.parametrize(
    ("wanted", "parents", "parent"),
    [
        (None, {}, None),
        (5, {}, 5),
        (2, {1: 2, 2: 5}, 5),  # below the one that goes: takes its place
        (2, {1: 2}, None),
        (1, {2: 1}, None),  # the gone one's group is the kept one itself
        (3, {2: 3, 3: 1}, None),  # a circle over a third
        (3, {1: 3, 3: 2}, None),  # its group stood below the one that goes
    ],
)
def test_a_merged_company_is_not_below_itself(wanted, parents, parent):
    assert merged_parent(1, 2, wanted, parents) == parent


def test_people_are_one_by_name_and_number():
    def person(name, phone):
        return SimpleNamespace(name=name, phone=phone)

    ours = [person("罗映川", "138 0000 0421"), person("白知行", ""), person("罗映川", "13800000421")]
    theirs = [person("罗映川", "13800000421"), person("罗映川", "13900000000"), person("白知行", "")]
    assert twins(ours, theirs) == [(ours[0], theirs[0]), (ours[1], theirs[2])]
