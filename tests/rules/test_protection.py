from datetime import date

import pytest

from crm.choices import ActivityKind, Light, Stage, Status
from crm.rules.protection import WITH_INVESTOR, lacks, protected_until, protection

TODAY = date(2022, 10, 20)


@pytest.mark.parametrize(
    ("contact_on", "until_on"),
    [(None, date(2022, 11, 2)), (date(2022, 9, 20), date(2022, 12, 19)), (date(2022, 7, 1), date(2022, 11, 2))],
)
def test_from_registration_or_the_last_contact(contact_on, until_on):
    assert protected_until(date(2022, 8, 4), contact_on, 90) == until_on


@pytest.mark.parametrize(
    ("until_on", "stage", "status", "light", "words", "holds"),
    [
        (date(2022, 11, 30), Stage.LEAD, Status.ACTIVE, Light.GREEN, "保护期至 11月30日", True),
        (date(2022, 10, 29), Stage.NEGOTIATION, Status.PAUSED, Light.YELLOW, "保护期还剩 9 天", True),
        (TODAY, Stage.LEAD, Status.ACTIVE, Light.YELLOW, "保护期还剩 0 天", True),
        (date(2022, 10, 19), Stage.LEAD, Status.ACTIVE, Light.RED, "保护期已过期", False),
        (date(2022, 10, 19), Stage.SIGNED, Status.ACTIVE, Light.NONE, "", False),
        (date(2022, 11, 30), Stage.LEAD, Status.LOST, Light.NONE, "", False),
        (None, Stage.LEAD, Status.ACTIVE, Light.NONE, "", False),
    ],
)
def test_where_it_stands(until_on, stage, status, light, words, holds):
    found = protection(until_on, TODAY, stage, status)
    assert (found.light, found.words, found.holds) == (light, words, holds)


def test_an_event_of_our_own_is_no_contact_with_the_investor():
    assert ActivityKind.EVENT not in WITH_INVESTOR and ActivityKind.CALL in WITH_INVESTOR


@pytest.mark.parametrize(
    ("investor", "contact", "lacking"),
    [(True, True, ()), (True, False, ("联系人",)), (False, False, ("投资方", "联系人"))],
)
def test_a_complete_registration_names_investor_and_contact(investor, contact, lacking):
    assert lacks(investor, contact) == lacking
