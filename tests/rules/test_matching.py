"""Is it perhaps the same project: levels, percentages, reasons."""

from __future__ import annotations

import pytest

from crm.rules.matching import Identity, Known, MatchKey, Register, compare, twins
from crm.rules.names import company_key, project_key

YI = 100_000_000


def known_as(name: str, company: str = "", code: str = "", credit: str = "", total: int | None = None) -> Identity:
    return Identity(project_key(name), company_key(company) if company else "", credit, code, total)


BASE = known_as("澜芯精密减速器总部基地", "澜芯传动科技（上海）有限公司", "YH-2022-0117", "91310000MA1FL3K82Q", 12 * YI)


@pytest.mark.parametrize(
    ("asked", "key", "certain"),
    [
        (known_as("澜芯精密减速器总部基地", code="YH-2022-0117"), MatchKey.CODE, True),
        (known_as("澜芯减速器总部基地（一期）", code="YH-2022-0117"), MatchKey.CODE, True),
        (known_as("完全不同的冷链园", code="YH-2022-0117"), MatchKey.CODE, False),  # a code typed into the wrong row
        (known_as("澜芯精密减速器总部基地", "澜芯传动科技（上海）有限公司"), MatchKey.CODE, False),
        (known_as("澜芯精密减速器总部基地", credit="91310000MA1FL3K82Q"), MatchKey.CREDIT_NAME, True),
        (known_as("澜芯精密减速器总部基地", credit="91320500MA1MT2A27X"), MatchKey.CREDIT_NAME, False),
        (known_as("澜芯精密减速器总部基地项目", "上海澜芯传动科技"), MatchKey.NAME_INVESTOR, False),
        (known_as("澜芯 精密减速器总部基地项目", "澜芯传动科技(上海)有限公司"), MatchKey.NAME_INVESTOR, True),
        (known_as("澜芯精密减速器总部基地"), MatchKey.NAME_INVESTOR, True),  # a ledger of names alone
        (known_as("澜芯精密减速器总部基地", "砺行传动有限公司"), MatchKey.NAME_INVESTOR, False),
        (
            known_as("澜芯精密减速器总部基地", code="YH-2022-0118"),
            MatchKey.NAME_INVESTOR,
            False,
        ),  # another of our codes
        (known_as("澜芯精密减速器总部基地", code="2020-320500-35-03"), MatchKey.NAME_INVESTOR, True),
    ],
)
def test_only_the_chosen_key_makes_certain(asked, key, certain):
    found = compare(asked, BASE, 1, key)
    assert (found is not None and found.certain) is certain


@pytest.mark.parametrize(
    ("asked", "percent", "likely", "reasons"),
    [
        (
            known_as("澜芯减速器总部项目", "澜芯传动科技（上海）", total=12 * YI),
            90,
            True,
            ("名称相近（77%）", "投资方相同", "总投资相同"),
        ),
        (known_as("澜芯减速器总部项目"), 77, False, ("名称相近（77%）",)),
        (known_as("澜芯减速器总部项目", total=11 * YI), 81, True, ("名称相近（77%）", "总投资相差不到 10%")),
        (known_as("澜芯减速器总部项目", total=20 * YI), 77, False, ("名称相近（77%）", "总投资不同")),
        (known_as("澜芯精密减速器总部基地", "砺行光电有限公司"), 60, False, ("名称相同", "投资方不同")),
        (known_as("启衡伺服电机", "启衡电气有限公司"), None, False, ()),
        (known_as("澜芯伺服驱动器产线", "澜芯传动科技（上海）有限公司"), None, False, ()),  # an investor may have two
        (known_as("澜芯精密减速器总部基地二期"), 91, True, ("名称相近（91%）",)),
    ],
)
def test_alike(asked, percent, likely, reasons):
    found = compare(asked, BASE, 1, MatchKey.NAME_INVESTOR)
    assert (found and found.percent) == percent
    if found is not None:
        assert (found.is_likely, found.reasons) == (likely, reasons)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云岫碳纤维一期", "云岫碳纤维二期"),
        ("3号地块标准厂房", "5号地块标准厂房"),
        ("北环路东段改造", "北环路西段改造"),
    ],
)
def test_what_differs_in_its_number_is_another_project(one, other):
    assert compare(known_as(one), known_as(other), 1, MatchKey.NAME_INVESTOR) is None


def test_two_projects_by_one_name_are_both_asked_about():
    register = Register([Known(1, known_as("标准厂房")), Known(2, known_as("标准厂房项目"))])
    found = register.candidates(known_as("标准厂房"), MatchKey.NAME_INVESTOR)
    assert [(one.id, one.certain) for one in found] == [(1, False), (2, False)]
    assert "库中不止一个" in found[0].reasons


def test_the_likeliest_comes_first_and_at_most_five():
    names = ["云岫碳纤维产业园", *(f"云岫碳纤维产业园{word}" for word in "甲乙丙丁戊己庚")]
    register = Register(Known(place, known_as(name)) for place, name in enumerate(names, start=1))
    found = register.candidates(known_as("云岫碳纤维产业园"), MatchKey.NAME_INVESTOR)
    assert len(found) == 5 and found[0].id == 1 and found[0].certain


def test_a_nameless_row_matches_nothing():
    assert Register([Known(1, BASE)]).candidates(Identity(""), MatchKey.NAME_INVESTOR) == []


def test_rows_of_one_ledger_that_say_the_same():
    rows = [
        known_as("宁夏美术馆"),
        known_as("银川至西安铁路"),
        known_as("宁夏美术馆 ", ""),
        known_as("宁夏美术馆", "文旅集团"),
        known_as("宁夏美术馆", code="A1"),
        known_as("宁夏美术馆", code="A2"),
        Identity(""),
        Identity(""),
    ]
    assert twins(rows) == {2: 0, 4: 0, 5: 0}
    assert twins([known_as("甲项目园", code="A1"), known_as("甲项目园", code="A2"), known_as("乙", code="A1")]) == {
        2: 0
    }
