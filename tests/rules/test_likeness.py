import pytest

from crm.rules.likeness import ANOTHER_PART, Kinship, Level, judge
from crm.rules.matching import Identity
from crm.rules.names import company_key, project_key

CODE = "91310115MA1K4Q7X2B"


def known_as(name="", company="", code="", yuan=None):
    return Identity(
        project_key(name) if name else "", company_key(company) if company else "", code, total_yuan=yuan
    )  # fmt: skip


BASE = known_as("澜芯精密减速器总部基地", "上海澜芯传动科技有限公司", CODE, 1_000_000_000)
SAME, GROUP, NONE = Kinship.SAME, Kinship.GROUP, Kinship.NONE


@pytest.mark.parametrize(
    ("asked", "kinship", "level", "percent", "collides"),
    [
        # the same credit code, whatever the name
        (known_as("澜芯精密减速器总部基地", "", CODE), SAME, Level.CODE, 100, True),
        (known_as("完全不同的研发中心", "", CODE), SAME, Level.CODE, 85, True),
        # the same name and the same investor, however they are written
        (known_as("（澜芯）精密减速器　总部基地 项目", "上海市澜芯传动科技（有限公司）"), SAME, Level.NAMED, 100, True),
        # an investor known by its short name, another project
        (known_as("伺服驱动器产线", "澜芯"), SAME, Level.LIKELY, 85, True),
        (known_as("", "上海澜芯传动科技有限公司"), SAME, Level.LIKELY, 85, True),
        # the same group
        (known_as("伺服驱动器产线", "澜芯智能装备有限公司"), GROUP, Level.POSSIBLE, 60, True),
        # the name alone
        (known_as("澜芯精密减速器总部基地"), NONE, Level.LIKELY, 100, True),
        (known_as("澜芯精密减速器总部基地建设"), NONE, Level.LIKELY, 91, True),
        (known_as("澜芯精密减速器研发基地"), NONE, Level.POSSIBLE, 81, False),
        # the same name of somebody else
        (known_as("澜芯精密减速器总部基地", "桂林云岫化工有限公司"), NONE, Level.POSSIBLE, 60, False),
        # nothing to do with each other
        (known_as("云岫碳纤维产业园", "桂林云岫化工有限公司"), NONE, None, None, None),
    ],
)
def test_four_levels(asked, kinship, level, percent, collides):
    found = judge(asked, BASE, kinship)
    if level is None:
        assert found is None
    else:
        assert (found.level, found.percent, found.collides) == (level, percent, collides)


@pytest.mark.parametrize(
    ("yuan", "reason", "percent"),
    [(1_050_000_000, "总投资相差不到 10%", 85), (3_000_000_000, "总投资不同", 81), (None, None, 81)],
)
def test_the_amount_speaks_for_or_against(yuan, reason, percent):
    found = judge(known_as("澜芯精密减速器研发基地", yuan=yuan), BASE, NONE)
    assert found.percent == percent
    assert (reason in found.reasons) if reason else all("总投资" not in text for text in found.reasons)


def test_another_phase_of_the_same_investor_is_shown_but_collides_with_nothing():
    found = judge(known_as("云岫碳纤维二期", "云岫化工"), known_as("云岫碳纤维一期", "云岫化工"), SAME)
    assert found.reasons[-1] == ANOTHER_PART and not found.collides
    assert judge(known_as("云岫碳纤维二期"), known_as("云岫碳纤维一期"), NONE) is None


def test_reasons_are_words():
    found = judge(known_as("澜芯精密减速器总部基地", "", CODE, 1_000_000_000), BASE, SAME)
    assert found.reasons == ("名称相同", "信用代码相同", "总投资相同")
    assert "同一集团" in judge(known_as("别的", "某公司"), BASE, GROUP).reasons
