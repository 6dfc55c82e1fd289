"""What may be deleted, what may come back."""

from __future__ import annotations

import pytest

from crm.choices import ClaimState
from crm.rules import trash

DRAFT, REPORTED, VERIFIED, RETURNED, REVERSED = ClaimState


@pytest.mark.parametrize(
    ("states", "in_dispute", "in_transfer", "said"),
    [
        ((), False, False, None),
        ((DRAFT, RETURNED, REVERSED), False, False, None),
        ((REPORTED,), False, False, "待核定"),
        ((VERIFIED, REPORTED), True, True, "申请退库"),
        ((), True, True, "撞单"),
        ((), False, True, "撤回流转"),
    ],
)
def test_a_project_with_figures_or_an_open_case_is_not_deleted(states, in_dispute, in_transfer, said):
    found = trash.project_problem(states, in_dispute, in_transfer)
    assert found is None if said is None else said in found


@pytest.mark.parametrize(
    ("state", "refused"),
    [(None, False), (DRAFT, False), (REPORTED, False), (RETURNED, False), (VERIFIED, True), (REVERSED, True)],
)
def test_what_proves_a_verified_figure_stays(state, refused):
    assert bool(trash.file_problem(state)) is refused


def test_a_company_goes_once_it_has_no_projects():
    assert trash.company_problem(False) is None
    assert "合并" in trash.company_problem(True)


@pytest.mark.parametrize(
    ("gone", "taken", "said"), [("", False, None), ("企业", True, "企业也在回收站"), ("", True, "同名")]
)
def test_what_stands_against_coming_back(gone, taken, said):
    found = trash.restore_problem(gone, taken)
    assert found is None if said is None else said in found
