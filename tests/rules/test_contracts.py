"""What a contract may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crm.choices import ContractKind
from crm.rules.contracts import Terms, contract_problem

YI = 10**8
GOOD = Terms(
    ContractKind.FORMAL, date(2022, 9, 15), 3 * YI, 2 * YI, date(2023, 1, 1), date(2024, 6, 1), date(2024, 9, 1)
)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"yuan": None}, "amount"),
        ({"yuan": 0}, "amount"),
        ({"yuan": 35_000 * YI}, "amount"),
        ({"fixed_yuan": 3 * YI + 1}, "fixed_yuan"),
        ({"fixed_yuan": None}, None),
        ({"start_on": date(2022, 9, 14)}, "promised_start_on"),
        ({"finish_on": date(2022, 12, 1)}, "promised_start_on"),
        ({"start_on": None, "finish_on": None, "production_on": None}, None),
        ({"kind": ContractKind.FRAMEWORK, "yuan": None}, None),
        ({"kind": ContractKind.SUPPLEMENT, "yuan": -YI, "fixed_yuan": None}, None),
        ({"kind": ContractKind.FRAMEWORK, "start_on": date(2022, 1, 1)}, "promised_start_on"),
    ],
)
def test_contract_problem(changes, field):
    problem = contract_problem(replace(GOOD, **changes))
    assert (problem[0] if problem else None) == field


def test_a_doubtful_size_passes_once_confirmed():
    huge = replace(GOOD, yuan=35_000 * YI)
    assert contract_problem(huge, confirmed=True) is None
