"""Who gets which part of a person's work."""

from __future__ import annotations

import pytest

from crm.choices import Role
from crm.rules.handover import Holding, Plan, successors

PLAN = Plan(1, by_kind={Holding.LEAD: 2, Holding.ACTION: 3}, by_project={7: 4})


@pytest.mark.parametrize(
    ("kind", "project_id", "receiver"),
    [
        (Holding.SUPPORT, 5, 1),
        (Holding.LEAD, 5, 2),
        (Holding.LEAD, 7, 4),
        (Holding.SUPPORT, 7, 4),
        (Holding.ACTION, 7, 3),  # a project is chosen for the parts in it alone
        (Holding.VIEW, None, 1),
    ],
)
def test_the_narrowest_word_counts(kind, project_id, receiver):
    assert PLAN.receiver(kind, project_id) == receiver


def test_everybody_who_gets_something():
    assert PLAN.receivers == {1, 2, 3, 4}


@pytest.mark.parametrize("role", list(Role))
def test_work_stays_in_the_trade(role):
    found = successors(role)
    assert role in found
    assert len(found) == (2 if role in (Role.OFFICER, Role.TEAM_LEAD) else 1)
