"""The rules of transfers as truth tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crm.choices import Role, Status, TransferState
from crm.rules.transfers import Proposal, Receiver, TransferDraft, answer_problem, may_answer, problem, split

DRAFT, ABOUT = TransferDraft(2, 7, "落地在二组的片区", 40), Proposal(unit_id=1, lead_id=5)


@pytest.mark.parametrize(
    ("draft", "about", "field"),
    [
        ({}, {}, None),
        ({"to_user_id": None}, {}, None),
        ({"to_user_id": None, "to_unit_id": 1}, {}, "to_unit"),
        ({"to_unit_id": 1}, {}, None),  # within the team, to a named person
        ({"to_unit_id": None, "to_user_id": None}, {}, "to_unit"),
        ({"to_user_id": 5}, {}, "to_user"),
        ({"to_user_id": None}, {"lead_id": None}, None),
        ({"reason": ""}, {}, "reason"),
        ({"from_percent": 0}, {}, None),
        ({"from_percent": 100}, {}, None),
        ({"from_percent": 101}, {}, "from_percent"),
        ({"from_percent": -1}, {}, "from_percent"),
        ({}, {"status": Status.PAUSED}, ""),
        ({}, {"is_duplicate": True}, ""),
        ({}, {"is_pooled": True}, ""),
        ({}, {"collisions": 1}, ""),
    ],
)
def test_what_may_be_proposed(draft, about, field):
    found = problem(replace(DRAFT, **draft), replace(ABOUT, **about))
    assert (found and found[0]) == field


@pytest.mark.parametrize(
    ("user_id", "role", "unit_ids", "to", "may"),
    [
        (7, Role.OFFICER, {2}, {}, True),
        (8, Role.OFFICER, {2}, {}, False),
        (9, Role.TEAM_LEAD, {2}, {}, True),
        (9, Role.TEAM_LEAD, {1}, {}, False),
        (9, Role.TEAM_LEAD, {2}, {"user_id": None}, True),
        (7, Role.OFFICER, {2}, {"user_id": None}, False),
        (3, Role.LEADER, {1, 2}, {}, False),
        (4, Role.STATISTICIAN, {1, 2}, {}, False),
        (7, Role.OFFICER, {2}, {"is_secret": True}, False),
        (9, Role.TEAM_LEAD, {2}, {"is_secret": True}, True),
        (9, Role.TEAM_LEAD, {1}, {"is_secret": True}, False),
        (3, Role.LEADER, {1}, {"is_secret": True}, True),
        (4, Role.ADMIN, {1, 2}, {"is_secret": True}, False),
    ],
)
def test_who_may_answer(user_id, role, unit_ids, to, may):
    assert may_answer(user_id, role, unit_ids, replace(Receiver(2, 7), **to)) is may


@pytest.mark.parametrize(
    ("state", "due_on", "said"),
    [
        (TransferState.PROPOSED, date(2022, 10, 20), ""),
        (TransferState.PROPOSED, date(2022, 10, 19), "期限"),
        *((state, date(2022, 10, 30), "不能再答复") for state in TransferState if state is not TransferState.PROPOSED),
    ],
)
def test_until_when_it_can_be_answered(state, due_on, said):
    found = answer_problem(state, due_on, date(2022, 10, 20))
    assert (found is None) == (not said) and said in (found or "")


@pytest.mark.parametrize("share", [None, 0, 33, 60, 100])
@pytest.mark.parametrize("from_percent", [0, 1, 40, 99, 100])
def test_a_split_loses_nothing(share, from_percent):
    kept, passed = split(share, from_percent)
    assert kept + passed == (100 if share is None else share) and kept >= 0 and passed >= 0


def test_the_usual_split():
    assert split(None, 40) == (40, 60) and split(60, 50) == (30, 30)
