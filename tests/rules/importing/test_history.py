"""A stage's wording and the days beside it -> moves and claims."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import ClaimKind, ContractKind, Stage, Status
from crm.rules.importing.entry import Dated, Entry
from crm.rules.importing.history import history_of
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import Reached, Standing

AS_OF = date(2022, 10, 20)
VERIFIED = ImportSettings(AS_OF, verified=True)
REPORTED = ImportSettings(AS_OF)
ASSUMED = ImportSettings(AS_OF, verified=True, undated=True)


def on(year: int, month: int = 0, day: int = 0, planned: bool = False) -> Dated:
    """A day, a month or a year as a ledger tells it."""
    if day:
        return Dated(date(year, month, day), date(year, month, day), planned)
    if month:
        return Dated(date(year, month, 1), date(year, month, 28), planned)
    return Dated(date(year, 1, 1), date(year, 12, 31), planned)


def standing(stage: Stage, status: Status = Status.ACTIVE, **reached: date) -> Standing:
    """A project of the register with its log."""
    log = {Stage.by_slug(slug): Reached(day) for slug, day in reached.items()}
    return Standing(1, 1, "YH-2022-0001", "甲", stage, status, {}, reached=log)


def steps(entry: Entry, settings: ImportSettings = VERIFIED, known: Standing | None = None) -> list[tuple[Stage, date]]:
    return [(step.stage, step.on) for step in history_of(entry, settings, known).steps]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Entry(), []),
        (Entry(stage=Stage.NEGOTIATION, first_contact=on(2022, 3, 15)), [(Stage.NEGOTIATION, date(2022, 3, 15))]),
        (Entry(stage=Stage.NEGOTIATION), []),  # no day: left out until somebody agrees
        (
            Entry(stage=Stage.SIGNED, first_contact=on(2022, 3, 15), signed=on(2022, 9, 8)),
            [(Stage.NEGOTIATION, date(2022, 3, 15)), (Stage.SIGNED, date(2022, 9, 8))],
        ),
        (Entry(signed=on(2022, 9)), [(Stage.SIGNED, date(2022, 9, 1))]),  # 签约日期 speaks for itself
        (Entry(signed=on(2022, 11, 3)), []),  # it has not come
        (Entry(signed=on(2022, 9, 1, planned=True)), []),
        (Entry(started=on(2021)), []),  # 开工时间 of a list may be a plan
        (Entry(stage=Stage.STARTED, started=on(2021)), [(Stage.STARTED, date(2021, 1, 1))]),
        (Entry(stage=Stage.STARTED, started=on(2021, planned=True)), []),
        (Entry(stage=Stage.PREPARATION, started=on(2022, 3)), []),
        (
            Entry(stage=Stage.PRODUCING, started=on(2019), producing=on(2021)),
            [(Stage.STARTED, date(2019, 1, 1)), (Stage.PRODUCING, date(2021, 12, 31))],
        ),
        (
            Entry(stage=Stage.PRODUCING, producing=on(2022)),
            [(Stage.PRODUCING, AS_OF)],
        ),  # never after the ledger's own day
        (
            Entry(stage=Stage.NEGOTIATION, signed=on(2022, 9, 8), first_contact=on(2022, 3)),
            [(Stage.NEGOTIATION, date(2022, 3, 1))],
        ),
    ],
)
def test_a_new_project(entry, expected):
    assert steps(entry) == expected


def test_counted_stages_carry_a_claim_and_free_ones_none():
    told = history_of(Entry(stage=Stage.SIGNED, first_contact=on(2022, 3, 1), signed=on(2022, 9, 8)), VERIFIED)
    assert [step.claim for step in told.steps] == [None, ClaimKind.SIGNING]


def test_a_stage_without_a_day_stands_on_the_ledgers_only_when_agreed():
    entry = Entry(stage=Stage.STARTED, signed=on(2022, 1, 5))
    told = history_of(entry, VERIFIED)
    assert told.undated == (Stage.STARTED,) and steps(entry) == [(Stage.SIGNED, date(2022, 1, 5))]
    assert [note.code for note in told.notes] == ["undated"]
    agreed = history_of(entry, ASSUMED)
    assert [(step.stage, step.on, step.assumed) for step in agreed.steps] == [
        (Stage.SIGNED, date(2022, 1, 5), False),
        (Stage.STARTED, AS_OF, True),
    ]
    assert agreed.undated == ()


def test_what_is_only_reported_does_not_go_past_signing():
    entry = Entry(stage=Stage.PREPARATION, signed=on(2022, 1, 5), registered_on=on(2022, 2, 5))
    told = history_of(entry, REPORTED)
    assert [step.stage for step in told.steps] == [Stage.SIGNED]
    assert "needs_signing" in [note.code for note in told.notes]
    assert [stage for stage, _ in steps(entry)] == [Stage.SIGNED, Stage.REGISTERED]


def test_an_agreement_is_no_signing():
    entry = Entry(stage=Stage.NEGOTIATION, contract_kind=ContractKind.FRAMEWORK, signed=on(2022, 8, 30))
    told = history_of(entry, VERIFIED)
    assert told.agreement == (ContractKind.FRAMEWORK, date(2022, 8, 30)) and told.steps == ()


def test_days_to_come_are_plans():
    entry = Entry(
        stage=Stage.SIGNED,
        signed=on(2022, 9, 8),
        started=on(2023, 3),
        finished=on(2024),
        producing=on(2025, planned=True),
    )
    assert history_of(entry, VERIFIED).plans == {
        "planned_start_on": date(2023, 3, 1),
        "planned_finish_on": date(2024, 12, 31),
        "planned_production_on": date(2025, 12, 31),
    }


@pytest.mark.parametrize(
    ("entry", "known", "expected", "notes"),
    [
        # the same again: nothing
        (Entry(stage=Stage.SIGNED, signed=on(2022, 9, 8)), standing(Stage.SIGNED, signed=date(2022, 9, 8)), [], []),
        # further than the register: the new step
        (
            Entry(stage=Stage.STARTED, signed=on(2022, 1, 5), started=on(2022, 9, 1)),
            standing(Stage.SIGNED, signed=date(2022, 1, 5)),
            [(Stage.STARTED, date(2022, 9, 1))],
            [],
        ),
        # behind the register: it stays
        (
            Entry(stage=Stage.NEGOTIATION, first_contact=on(2022, 3, 1)),
            standing(Stage.SIGNED, signed=date(2022, 9, 8)),
            [],
            ["stage_behind"],
        ),
        # another day of a stage that is there: said, not written
        (
            Entry(stage=Stage.SIGNED, signed=on(2022, 9, 18)),
            standing(Stage.SIGNED, signed=date(2022, 9, 8)),
            [],
            ["day_differs"],
        ),
        # a signing the register lacks below where the project stands: written down
        (
            Entry(stage=Stage.STARTED, signed=on(2022, 1, 5), started=on(2022, 9, 1)),
            standing(Stage.STARTED, started=date(2022, 9, 1)),
            [(Stage.SIGNED, date(2022, 1, 5))],
            [],
        ),
    ],
)
def test_a_known_project(entry, known, expected, notes):
    told = history_of(entry, VERIFIED, known)
    assert [(step.stage, step.on) for step in told.steps] == expected
    assert [note.code for note in told.notes if note.severity != "info"] == notes


@pytest.mark.parametrize(
    ("told", "now", "becomes"),
    [
        (Status.LOST, Status.ACTIVE, Status.LOST),
        (Status.LOST, Status.LOST, None),
        (Status.PAUSED, Status.WITHDRAWN, None),
        (None, Status.PAUSED, None),
    ],
)
def test_a_status_changes_where_it_may(told, now, becomes):
    assert history_of(Entry(status=told), VERIFIED, standing(Stage.NEGOTIATION, now)).status is becomes


def test_days_out_of_order_are_said():
    told = history_of(Entry(stage=Stage.STARTED, signed=on(2022, 9, 8), started=on(2022, 3, 1)), VERIFIED)
    assert [note.message for note in told.notes] == ["开工日期（2022-03-01）早于签约日期（2022-09-08），请核对。"]
