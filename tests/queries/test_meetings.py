"""Projects meant by what is typed on an agenda."""

from __future__ import annotations

import pytest

from crm.queries import meetings as queries
from tests import factories as make


@pytest.fixture
def projects(session, officer, other_officer):
    return {
        "first": make.make_project(session, "澜芯减速器", lead=officer, code="YH-2022-0001"),
        "second": make.make_project(session, "澜芯减速器二期", lead=officer, code="YH-2022-0002"),
        "hidden": make.make_project(session, "澜芯涉密", lead=other_officer, code="YH-2022-0003", is_secret=True),
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("YH-2022-0001", ["first"]),
        ("澜芯减速器", ["first"]),
        ("澜芯减速器二期 · YH-2022-0002", ["second"]),
        ("二期", ["second"]),
        ("减速", ["first", "second"]),
        ("涉密", []),
        ("YH-2022-0003", []),
        ("_", []),
    ],
)
def test_what_a_typed_project_means(session, acting, coordinator, projects, typed, meant):
    found = {key for key, _text in queries.find_projects(session, acting(coordinator), typed)}
    assert found == {projects[name].id for name in meant}


def test_suggestions_name_what_may_be_seen(session, acting, coordinator, projects):
    offered = queries.project_suggestions(session, acting(coordinator))
    assert sorted(offered) == ["澜芯减速器 · YH-2022-0001", "澜芯减速器二期 · YH-2022-0002"]
