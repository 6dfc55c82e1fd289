"""What a project's page says at a glance: the ribbon of those won and lost, and the dates that have passed unmet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from crm.choices import Stage, Status, Word

_WON: Mapping[Stage, Word] = {
    Stage.SIGNED: Word("已签约"),
    Stage.REGISTERED: Word("已注册"),
    Stage.PREPARATION: Word("前期中"),
    Stage.STARTED: Word("已开工"),
    Stage.FINISHED: Word("已竣工"),
    Stage.PRODUCING: Word("已投产"),
    Stage.FULL_CAPACITY: Word("已达产"),
}
# The column of an expected day, and the stage that meets it.
EXPECTED: Mapping[str, tuple[Word, Stage]] = {
    "expected_sign_on": (Word("预计签约"), Stage.SIGNED),
    "planned_start_on": (Word("计划开工"), Stage.STARTED),
    "planned_finish_on": (Word("计划竣工"), Stage.FINISHED),
    "planned_production_on": (Word("计划投产"), Stage.PRODUCING),
}


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The word across the corner; `colour` is that of a light."""

    words: str
    colour: str


def ribbon(stage: Stage, status: Status) -> Ribbon | None:
    """Won from the signing on, lost once it is not pursued; None for what is still open or only paused."""
    if status in (Status.LOST, Status.WITHDRAWN):
        return Ribbon(status.label, "red")
    if status is Status.ACTIVE and stage in _WON:
        return Ribbon(_WON[stage], "green")
    return None


@dataclass(frozen=True, slots=True)
class Passed:
    """An expected day that has passed before its stage was reached; `days` is how long ago."""

    column: str
    words: str
    on: date
    days: int


def passed(stage: Stage, status: Status, days: Mapping[str, date | None], today: date) -> Iterator[Passed]:
    """The expected days behind us, in the order of the stages; `days` by column. Of lost projects nobody expects any."""
    if status in (Status.LOST, Status.WITHDRAWN):
        return
    for column, (words, reached) in EXPECTED.items():
        on = days.get(column)
        if on is not None and on < today and stage < reached:
            yield Passed(column, words, on, (today - on).days)
