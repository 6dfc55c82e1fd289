"""How long things may rest: the office's limits, and what goes over them."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import Light, Stage, Status
from crm.rules.limits import Limits, is_idle, stay
from crm.rules.settings import from_texts


def day(number: int) -> date:
    return date(2022, 9, number)


def test_the_defaults_are_the_settings_defaults():
    assert from_texts({}).limits == Limits()


def test_the_office_sets_its_own_and_zero_is_none():
    limits = from_texts({"idle_early_days": "0", "idle_talking_days": "14", "stay_review_days": "0"}).limits
    assert Stage.LEAD not in limits.idle_days and Stage.REVIEW not in limits.stay_days
    assert limits.idle_days[Stage.REVIEW] == 14 and limits.idle_days[Stage.PREPARATION] == 20
    assert is_idle(Stage.REVIEW, Status.ACTIVE, day(15), day(1), day(30), limits)
    assert stay(Stage.REVIEW, day(1), day(30), limits=limits).light is Light.NONE


@pytest.mark.parametrize(
    ("stage", "status", "days", "light", "words"),
    [
        (Stage.REVIEW, Status.ACTIVE, 14, Light.GREEN, "停留 14/20 天"),
        (Stage.REVIEW, Status.ACTIVE, 15, Light.YELLOW, "停留 15/20 天"),
        (Stage.REVIEW, Status.ACTIVE, 20, Light.YELLOW, "停留 20/20 天"),
        (Stage.REVIEW, Status.ACTIVE, 21, Light.RED, "停留 21/20 天"),
        (Stage.LEAD, Status.ACTIVE, 3, Light.GREEN, "停留 3/3 天"),
        (Stage.LEAD, Status.ACTIVE, 4, Light.RED, "停留 4/3 天"),
        (Stage.STARTED, Status.ACTIVE, 400, Light.NONE, "停留 400 天"),
        (Stage.REVIEW, Status.PAUSED, 90, Light.NONE, "停留 90/20 天"),
        (Stage.REVIEW, Status.ACTIVE, -2, Light.GREEN, "停留 0/20 天"),
    ],
)
def test_stay(stage, status, days, light, words):
    since = date(2022, 9, 30).toordinal() - days
    stayed = stay(stage, date.fromordinal(since), date(2022, 9, 30), status)
    assert (stayed.light, stayed.words) == (light, words)


@pytest.mark.parametrize(
    ("stage", "status", "contact", "since", "idle"),
    [
        (Stage.NEGOTIATION, Status.ACTIVE, day(1), day(1), False),
        (Stage.NEGOTIATION, Status.ACTIVE, date(2022, 8, 30), day(1), True),
        (Stage.NEGOTIATION, Status.ACTIVE, None, date(2022, 8, 1), True),
        (Stage.NEGOTIATION, Status.ACTIVE, None, day(20), False),
        (Stage.NEGOTIATION, Status.PAUSED, None, date(2022, 8, 1), False),
        (Stage.SIGNED, Status.ACTIVE, day(9), day(1), True),
        (Stage.LEAD, Status.ACTIVE, date(2022, 8, 16), day(1), False),
        (Stage.LEAD, Status.ACTIVE, date(2022, 8, 15), day(1), True),
        (Stage.PREPARATION, Status.ACTIVE, day(9), day(1), True),
        (Stage.STARTED, Status.ACTIVE, date(2021, 1, 1), date(2021, 1, 1), False),
    ],
)
def test_is_idle(stage, status, contact, since, idle):
    assert is_idle(stage, status, contact, since, date(2022, 9, 30)) is idle
