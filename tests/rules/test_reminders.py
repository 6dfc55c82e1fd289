"""What a project asks for, by the office's limits and China's calendar, and when whom it concerns is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from crm.choices import NoticeKind, SourceChannel, Stage, Status
from crm.rules.limits import Limits
from crm.rules.reminders import Phase, Wish, occasion, phase, project_dues, sentence
from crm.rules.settings import DEFAULTS, from_texts
from crm.rules.today import Todo, TodoKind
from crm.rules.workdays import Calendar

# National Day 2022: the first to the seventh of October off, the eighth and ninth (a weekend) worked.
OCTOBER = Calendar(
    {date(2022, 10, day): False for day in range(1, 8)} | {date(2022, 10, 8): True, date(2022, 10, 9): True}
)
TODAY = date(2022, 10, 20)


def project(**more):
    facts = {
        "id": 7, "name": "澜芯项目", "stage": Stage.LEAD, "status": Status.ACTIVE, "stage_since_on": date(2022, 9, 30),
        "last_contact_on": None, "registered_at": datetime(2022, 9, 30, 9, tzinfo=UTC), "judgement": "",
        "needs_experts": False, "fed_back_on": None, "source_channel": None, "protected_until_on": None, "review_on": None,
        "expected_sign_on": None, "planned_start_on": None, "planned_finish_on": None, "planned_production_on": None,
    }  # fmt: skip
    return SimpleNamespace(**{**facts, **more})


def dues(limits=Limits(), **more):
    return {(todo.kind, todo.on) for todo in project_dues(project(**more), TODAY, limits, OCTOBER)}


@pytest.mark.parametrize(
    ("facts", "kind", "on"),
    [
        ({}, TodoKind.RESPOND, date(2022, 10, 8)),  # registered on the last day before the holiday
        ({"last_contact_on": date(2022, 9, 30)}, TodoKind.JUDGE, date(2022, 10, 10)),
        ({"judgement": "产业方向相符"}, TodoKind.JUDGE, date(2022, 10, 10)),
        ({"stage": Stage.SCREENING, "judgement": "x"}, TodoKind.JUDGE, date(2022, 10, 10)),
        ({"judgement": "x", "needs_experts": True}, TodoKind.JUDGE, date(2022, 10, 14)),
        ({"source_channel": SourceChannel.REFERRAL}, TodoKind.FEEDBACK, date(2022, 10, 14)),
        # ten in the evening of the seventh in UTC is the eighth in China, a day worked: the next is the ninth
        ({"registered_at": datetime(2022, 10, 7, 22, tzinfo=UTC)}, TodoKind.RESPOND, date(2022, 10, 9)),
        ({"registered_at": datetime(2022, 10, 1, 3, tzinfo=UTC)}, TodoKind.RESPOND, date(2022, 10, 8)),
    ],
)
def test_the_timers_of_a_lead_run_by_the_working_calendar(facts, kind, on):
    assert (kind, on) in dues(**facts)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"last_contact_on": TODAY}, TodoKind.RESPOND),
        ({}, TodoKind.JUDGE),
        ({}, TodoKind.FEEDBACK),  # nobody introduced it
        ({"source_channel": SourceChannel.REFERRAL, "fed_back_on": TODAY}, TodoKind.FEEDBACK),
        ({"stage": Stage.NEGOTIATION}, TodoKind.JUDGE),
        ({}, TodoKind.STAY),  # the timers say it more exactly
        ({"stage": Stage.STARTED}, TodoKind.STAY),
        ({"stage": Stage.STARTED}, TodoKind.IDLE),
        ({"status": Status.LOST}, TodoKind.RESPOND),
        ({"status": Status.PAUSED}, TodoKind.REVIEW),  # without a day for it
        ({"review_on": TODAY}, TodoKind.REVIEW),  # it goes on again
        ({"stage": Stage.SIGNED, "protected_until_on": TODAY}, TodoKind.PROTECTION),
        ({"stage": Stage.SIGNED, "expected_sign_on": TODAY}, TodoKind.NODE),
        ({"planned_start_on": TODAY}, TodoKind.NODE),  # far from being signed
        ({"stage": Stage.FINISHED, "planned_finish_on": TODAY}, TodoKind.NODE),
    ],
)
def test_what_a_project_does_not_ask_for(facts, kind):
    assert kind not in {found for found, _on in dues(**facts)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"stage": Stage.REVIEW}, (TodoKind.STAY, TODAY)),
        ({"stage": Stage.REVIEW, "last_contact_on": date(2022, 9, 10)}, (TodoKind.IDLE, date(2022, 10, 10))),
        ({"stage": Stage.LEAD, "last_contact_on": date(2022, 9, 5)}, (TodoKind.IDLE, TODAY)),
        ({"stage": Stage.PREPARATION}, (TodoKind.IDLE, TODAY)),
        ({"protected_until_on": date(2022, 12, 1)}, (TodoKind.PROTECTION, date(2022, 12, 1))),
        ({"status": Status.PAUSED, "review_on": TODAY}, (TodoKind.REVIEW, TODAY)),
        ({"stage": Stage.NEGOTIATION, "expected_sign_on": TODAY}, (TodoKind.NODE, TODAY)),
        ({"stage": Stage.SIGNED, "planned_start_on": TODAY}, (TodoKind.NODE, TODAY)),
        ({"stage": Stage.STARTED, "planned_production_on": TODAY}, (TodoKind.NODE, TODAY)),
    ],
)
def test_what_a_project_asks_for(facts, expected):
    assert expected in dues(**facts)


def test_the_office_sets_the_limits():
    strict = from_texts({"idle_talking_days": "7", "stay_review_days": "0", "lead_respond_days": "2"}).limits
    assert (TodoKind.IDLE, date(2022, 10, 7)) in dues(strict, stage=Stage.REVIEW)
    assert TodoKind.STAY not in {kind for kind, _on in dues(strict, stage=Stage.REVIEW)}
    assert (TodoKind.RESPOND, date(2022, 10, 9)) in dues(strict)


def todo(kind, on, stage=Stage.REVIEW):
    return Todo(kind, project(stage=stage), on, project=(7, "澜芯项目"), what="计划开工")


@pytest.mark.parametrize(
    ("kind", "on", "wish", "expected"),
    [
        (TodoKind.FOLLOW_UP, TODAY, None, Phase.NEAR),
        (TodoKind.FOLLOW_UP, date(2022, 10, 21), None, None),
        (TodoKind.FOLLOW_UP, date(2022, 10, 21), Wish(days=1), Phase.NEAR),
        (TodoKind.FOLLOW_UP, date(2022, 10, 19), Wish(days=0), Phase.LATE),
        (TodoKind.FOLLOW_UP, date(2022, 10, 19), Wish(is_on=False), None),
        (TodoKind.ACTION, date(2022, 10, 24), None, Phase.NEAR),  # two working days before, as the office has it
        (TodoKind.ACTION, date(2022, 10, 25), None, None),
        (TodoKind.ACTION, TODAY, None, Phase.TODAY),
        (TodoKind.CHECK, TODAY, None, Phase.TODAY),
        (TodoKind.ACTION, date(2022, 10, 19), None, Phase.LATE),
        (TodoKind.SIGN, TODAY, None, None),  # told when it was handed out
        (TodoKind.SIGN, date(2022, 10, 19), None, Phase.LATE),
        (TodoKind.NODE, date(2022, 10, 27), None, Phase.NEAR),
        (TodoKind.NODE, date(2022, 10, 27), Wish(days=3), None),
        (TodoKind.STAY, date(2022, 10, 25), None, Phase.NEAR),  # three quarters of twenty days
        (TodoKind.STAY, date(2022, 10, 26), None, None),
        (TodoKind.MEETING, TODAY, None, None),  # nobody subscribes to meetings
    ],
)
def test_when_a_person_is_told(kind, on, wish, expected):
    wishes = {} if wish is None else {NoticeKind.FOLLOW_UP: wish, NoticeKind.PLAN: wish}
    assert phase(todo(kind, on), wishes, DEFAULTS, TODAY) is expected


def test_an_occasion_is_its_day_and_its_phase():
    first, later = todo(TodoKind.NODE, TODAY), todo(TodoKind.NODE, date(2022, 10, 21))
    assert len({occasion(first, Phase.NEAR), occasion(first, Phase.LATE), occasion(later, Phase.NEAR)}) == 3
    assert sentence(first, date(2022, 10, 23)) == "“澜芯项目”计划开工：10月20日，逾期 3 天。"
