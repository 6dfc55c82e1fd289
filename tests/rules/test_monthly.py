"""月度填报: what must be said, what is doubted, when it is due."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import IssueClass
from crm.rules.days import Month
from crm.rules.monthly import Entry, Known, doubts, due_on, opens_on, owes, problem, running, stated_on
from crm.rules.settings import Settings
from crm.rules.workdays import Calendar

YI = 10**8
WHOLE = {"completed_yuan": YI, "progress": "二层结构施工"}
SEPTEMBER = Month(2022, 9)
GOLDEN_WEEK = Calendar({date(2022, 10, day): day > 7 for day in range(1, 10)})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({}, None),
        ({"completed_yuan": 0}, None),
        ({"completed_yuan": None}, "completed_yuan"),
        ({"completed_yuan": -1}, "completed_yuan"),
        ({"progress": ""}, "progress"),
        ({"percent": 101}, "percent"),
        ({"percent": 100}, None),
        ({"issue_class": IssueClass.MONEY}, "problem"),
        ({"problem": "资金未到"}, "issue_class"),
        ({"issue_class": IssueClass.MONEY, "problem": "资金未到"}, None),
    ],
)
def test_what_must_be_said(changed, field):
    found = problem(Entry(**{**WHOLE, **changed}))
    assert (found and found[0]) == field


@pytest.mark.parametrize(
    ("entry", "known", "words"),
    [
        ({}, {}, []),
        ({"completed_yuan": 35 * YI}, {"plan_yuan": 280_000_000}, ["是否把万元当亿元填了"]),
        ({"completed_yuan": 280_000_000}, {"plan_yuan": 280_000_000}, []),
        ({"completed_yuan": 11 * YI}, {"last_yuan": YI}, ["10 倍以上"]),
        ({"completed_yuan": 10 * YI}, {"last_yuan": YI}, []),
        ({"completed_yuan": 10 * YI}, {"last_yuan": 0}, []),
        ({}, {"ever_yuan": 3 * YI, "total_yuan": 350_000_000}, ["超过总投资"]),
        ({}, {"apart_yuan": 2 * YI}, ["单独报过"]),
        ({}, {"apart_yuan": YI}, []),  # the very amount is the same report
        ({"percent": 40}, {"last_percent": 45}, ["比上月的 45% 还低"]),
        ({"percent": 45}, {"last_percent": 45}, []),
        ({}, {"starts_now": True}, ["现场照片"]),
        ({}, {"starts_now": True, "photos": 1}, []),
    ],
)
def test_what_is_doubted(entry, known, words):
    found = [sentence for _field, sentence in doubts(Entry(**{**WHOLE, **entry}), Known(**known))]
    assert len(found) == len(words) and all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_when_it_is_due():
    settings = Settings()
    assert opens_on(SEPTEMBER, settings) == date(2022, 9, 25)
    assert due_on(SEPTEMBER, settings, Calendar()) == date(2022, 10, 3)
    assert due_on(SEPTEMBER, settings, GOLDEN_WEEK) == date(2022, 10, 8)
    assert running(date(2022, 9, 24), settings, Calendar()) == Month(2022, 8)
    assert running(date(2022, 9, 25), settings, Calendar()) == SEPTEMBER
    assert running(date(2022, 10, 20), settings, Calendar()) == SEPTEMBER
    assert running(date(2023, 1, 2), settings, Calendar()) == Month(2022, 12)
    assert (stated_on(SEPTEMBER, date(2022, 9, 26)), stated_on(SEPTEMBER, date(2022, 10, 2))) == (
        date(2022, 9, 26), date(2022, 9, 30),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("planned", "started", "expected"),
    [
        (None, None, True),
        (date(2022, 11, 1), None, False),
        (date(2022, 9, 30), None, True),
        (date(2022, 11, 1), date(2022, 8, 1), True),
    ],
)
def test_who_owes_a_report(planned, started, expected):
    assert owes(planned, started, SEPTEMBER) is expected
