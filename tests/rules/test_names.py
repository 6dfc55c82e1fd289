"""The keys of names: which spellings are one, and which must stay apart."""

from __future__ import annotations

import pytest

from crm.rules.names import LONGEST_KEY, company_key, loose_company_key, project_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("澜芯传动科技（上海）有限公司", "澜芯传动科技(上海)有限公司"),
        ("澜芯传动科技（上海）有限公司", " 澜芯传动 科技（上海）有限责任公司\n"),
        ("上海市澜芯传动科技有限公司", "上海澜芯传动科技股份有限公司"),
        ("广西壮族自治区启衡电气有限公司", "广西启衡电气有限公司"),
        ("浙江省星渡供应链有限公司", "浙江星渡供应链公司"),
        ("桂林市星渡供应链有限公司", "桂林星渡供应链有限公司"),
        ("Ｎｏｖｉｓｅｎ Bearing Co., Ltd.", "NOVISEN BEARING CO.,LTD"),
        ("Novisen Bearing GmbH", "novisen bearing"),
        ("樱和光学\u200b株式会社", "樱和光学"),
    ],
)
def test_spellings_of_one_company(one, other):
    assert company_key(one) == company_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海澜芯传动科技有限公司", "北京澜芯传动科技有限公司"),
        ("澜芯传动科技有限公司", "澜芯传动科技有限公司上海分公司"),
        ("澜芯传动科技有限公司", "澜芯传动科技集团有限公司"),
        ("澜芯传动科技（上海）有限公司", "澜芯传动科技（苏州）有限公司"),
        ("启衡电气有限公司", "启恒电气有限公司"),
    ],
)
def test_different_companies_stay_apart(one, other):
    assert company_key(one) != company_key(other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("上海澜芯传动科技有限公司", "北京市澜芯传动科技有限责任公司", True),
        ("中国澜芯传动科技有限公司", "澜芯传动科技股份有限公司", True),
        ("浙江省杭州市星渡供应链有限公司", "星渡供应链有限公司", True),
        ("澜芯传动科技有限公司", "启衡电气有限公司", False),
    ],
)
def test_the_loose_key_forgets_the_place(one, other, alike):
    assert (loose_company_key(one) == loose_company_key(other)) is alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("澜芯精密减速器总部基地项目", "澜芯精密减速器 总部基地"),
        ("澜芯精密减速器总部基地建设项目", "“澜芯”精密减速器总部基地项目"),
        ("樱和光学薄膜（二期）项目", "樱和光学薄膜项目第2期"),
        ("樱和光学薄膜Ⅱ期", "樱和光学薄膜二期项目"),
    ],
)
def test_spellings_of_one_project(one, other):
    assert project_key(one) == project_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("樱和光学薄膜一期", "樱和光学薄膜二期"),
        ("樱和光学薄膜", "樱和光学薄膜二期"),
        ("年产10万吨涂层材料项目", "年产20万吨涂层材料项目"),
    ],
)
def test_different_projects_stay_apart(one, other):
    assert project_key(one) != project_key(other)


@pytest.mark.parametrize("name", ["项目", "有限公司", "公司", "上海市", "北京市有限公司", "AG", "市"])
def test_a_name_never_loses_everything(name):
    assert company_key(name) and project_key(name) and loose_company_key(name)


def test_a_key_fits_its_column():
    assert len(company_key("㎡" * 300)) == len(project_key("㎡" * 300)) == LONGEST_KEY


@pytest.mark.parametrize(
    "name", ["上海市澜芯传动科技（临港）有限公司", "樱和光学薄膜（二期）项目", "Novisen Co., Ltd."]
)
def test_a_key_is_its_own_key(name):
    assert project_key(project_key(name)) == project_key(name)
    assert company_key(company_key(name)) == company_key(name)
