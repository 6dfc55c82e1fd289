"""Companies found by what is typed."""

from __future__ import annotations

import pytest

from crm.queries import companies as queries
from crm.rules.names import company_key
from tests import factories as make


@pytest.fixture
def company(session):
    name = "澜芯传动科技（上海）有限公司"
    return make.make_company(
        session, name, name_key=company_key(name), short_name="澜芯", credit_code="91320507MA1XXXXX0X"
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("澜芯传动科技（上海）有限公司", True),
        ("澜芯传动科技(上海) 有限责任公司", True),
        ("澜芯", True),
        ("9132 0507 ma1xxxxx0x", True),
        ("澜", False),
        ("%", False),
    ],
)
def test_a_typed_name_means_one_company(session, acting, officer, company, typed, found):
    assert [key for key, _name in queries.named(session, acting(officer), typed)] == ([company.id] if found else [])


def test_an_exact_name_wins_over_its_like(session, acting, officer, company):
    like = make.make_company(session, "澜芯传动科技(上海)有限责任公司", name_key=company.name_key)
    assert queries.named(session, acting(officer), like.name) == [(like.id, like.name)]
    assert len(queries.named(session, acting(officer), "澜芯传动科技上海")) == 2


def test_hidden_companies_are_neither_found_nor_offered(session, acting, officer, other_officer, company):
    make.make_project(session, lead=other_officer, company_id=company.id, is_secret=True)
    actor = acting(officer)
    assert not queries.named(session, actor, company.name) and not queries.suggestions(session, actor)
    assert queries.named(session, acting(other_officer), company.name)
