"""What is stated of companies and contacts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.choices import Origin
from crm.rules.companies import CompanyDraft, ContactDraft, contact_problem, is_own_group, phone_problem, problem
from crm.rules.places import full_province

DRAFT = CompanyDraft("霁澜演示科技有限公司", origin=Origin.DOMESTIC, province="上海市")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"name": "霁"}, "name"),
        ({"credit_code": "123"}, "credit_code"),
        ({"registered_yuan": -1}, "registered_yuan"),
        ({"province": ""}, "province"),
        ({"origin": Origin.FOREIGN}, "country"),
        ({"origin": Origin.FOREIGN, "province": "", "country": "德国"}, None),
        ({"origin": None}, "origin"),
        ({"origin": None, "province": ""}, None),
    ],
)
def test_the_first_thing_to_mend(changes, field):
    found = problem(replace(DRAFT, **changes))
    assert (found and found[0]) == field


def test_an_old_code_is_not_judged_again():
    draft = replace(DRAFT, credit_code="91310000DEMO3K8L2Q")
    assert problem(draft, "91310000DEMO3K8L2Q") is None
    assert problem(draft)[0] == "credit_code"


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("13800000421", None),
        ("+49 711 1234567", None),
        ("0512-65801234", None),
        ("0512-65801234转801", None),
        ("1380000042", "现在是 10 位"),
        ("罗总", "不像电话号码"),
        ("12", "不像电话号码"),
        ("1" * 3 + "-" + "2" * 20, "过长"),
    ],
)
def test_phones(phone, words):
    found = phone_problem(phone)
    assert (found is None) if words is None else words in (found or "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({}, None), ({"name": ""}, "name"), ({"phone": "abc"}, "phone"), ({"email": "罗映川"}, "email")],
)
def test_contacts(changes, field):
    draft = replace(ContactDraft("罗映川", phone="13800000421", email="luo@example.com"), **changes)
    found = contact_problem(draft)
    assert (found and found[0]) == field


@pytest.mark.parametrize(
    ("company", "parent", "parents", "own"),
    [
        (1, None, {}, False),
        (1, 1, {}, True),
        (1, 2, {2: 3}, False),
        (1, 2, {2: 3, 3: 1}, True),
        (1, 2, {2: 3, 3: 2}, False),
    ],
)
def test_nobody_is_his_own_group(company, parent, parents, own):
    assert is_own_group(company, parent, parents) is own


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("江苏", "江苏省"),
        ("上海市", "上海市"),
        ("内蒙古", "内蒙古自治区"),
        ("江", "江"),
        ("巴伐利亚", "巴伐利亚"),
        ("", ""),
    ],
)
def test_provinces_by_their_full_names(typed, full):
    assert full_province(typed) == full
