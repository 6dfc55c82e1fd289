"""A stage's wording and the days beside it -> the moves, contracts and claims they imply (domain.md §2.2, issue 2 §4).

Dates stay as the ledger tells them. A stage without a day is left out and said, unless the uploader agreed that such moves stand
on the ledger's own day. A day makes a counted stage only if the wording says that far, except 签约日期, which speaks for itself:
开工时间 of a list of plans is a plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from crm.choices import ClaimKind, ContractKind, Stage, Status
from crm.rules import checks
from crm.rules.claims import CLAIM_FOR
from crm.rules.importing.entry import Dated, Entry
from crm.rules.importing.remarks import Note, tell, warn
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import Standing
from crm.rules.ledger.fields import Field
from crm.rules.statuses import ALLOWED_STATUSES

AGREEMENTS = frozenset({ContractKind.INTENT, ContractKind.FRAMEWORK, ContractKind.STRATEGIC})
_DAY_FIELD: Mapping[Stage, Field] = {
    Stage.NEGOTIATION: Field.FIRST_CONTACT_ON,
    Stage.SIGNED: Field.SIGNED_ON,
    Stage.REGISTERED: Field.REGISTERED_ON,
    Stage.STARTED: Field.START_ON,
    Stage.FINISHED: Field.END_ON,
    Stage.PRODUCING: Field.PRODUCING_ON,
}
_PLANNED: Mapping[Stage, str] = {
    Stage.SIGNED: "expected_sign_on",
    Stage.STARTED: "planned_start_on",
    Stage.FINISHED: "planned_finish_on",
    Stage.PRODUCING: "planned_production_on",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A move to a stage on a day; `claim` where it counts only once verified."""

    stage: Stage
    on: date
    claim: ClaimKind | None = None
    assumed: bool = False  # the ledger tells no day: it stands on the ledger's own

    @property
    def words(self) -> str:
        """签约（2022-03-15）."""
        return f"{self.stage.label}（{self.on.isoformat()}）"


@dataclass(frozen=True, slots=True)
class History:
    """What a row tells of a project's way: steps in order, an agreement that is no signing, a status, days still to come."""

    steps: tuple[Step, ...] = ()
    agreement: tuple[ContractKind, date] | None = None
    status: Status | None = None
    plans: Mapping[str, date] = field(default_factory=dict)
    undated: tuple[Stage, ...] = ()
    notes: tuple[Note, ...] = ()


def history_of(entry: Entry, settings: ImportSettings, standing: Standing | None = None) -> History:
    """What the row adds to the history of a project of the register, or begins for a new one."""
    days = dict(_days(entry))
    agreement = _agreement(entry, days, standing, settings.as_of)
    actual = {stage: told for stage, told in days.items() if _has_happened(stage, told, entry, settings.as_of)}
    top, notes = _furthest(entry, actual)
    told = {
        stage: _on(stage, when, settings.as_of) for stage, when in actual.items() if top is not None and stage <= top
    }
    undated = tuple(stage for stage in (top,) if stage is not None and stage not in told and stage > Stage.LEAD)
    steps = [Step(stage, on, CLAIM_FOR.get(stage)) for stage, on in told.items()]
    if settings.undated:
        steps += [Step(stage, settings.as_of, CLAIM_FOR.get(stage), assumed=True) for stage in undated]
    wanted, more = _wanted(sorted(steps, key=lambda step: step.stage), settings, standing)
    missing = tuple(stage for stage in undated if _is_news(stage, standing)) if not settings.undated else ()
    return History(
        steps=tuple(wanted),
        agreement=agreement,
        status=_status(entry, standing),
        plans=_plans(days, actual),
        undated=missing,
        notes=(*notes, *more, *_order_notes(wanted), *_vague_notes(actual, wanted), *(map(_undated_note, missing))),
    )


def _days(entry: Entry) -> Iterator[tuple[Stage, Dated]]:
    for stage, told in (
        (Stage.NEGOTIATION, entry.first_contact),
        (Stage.SIGNED, entry.signed),
        (Stage.REGISTERED, entry.registered_on),
        (Stage.STARTED, entry.started),
        (Stage.FINISHED, entry.finished),
        (Stage.PRODUCING, entry.producing),
    ):
        if told is not None:
            yield stage, told


def _has_happened(stage: Stage, told: Dated, entry: Entry, as_of: date) -> bool:
    if told.planned or told.first > as_of:
        return False
    if stage is Stage.SIGNED:
        return entry.contract_kind not in AGREEMENTS
    if stage in (Stage.NEGOTIATION, Stage.REGISTERED):
        return True
    return entry.stage is not None and entry.stage >= stage


def _on(stage: Stage, told: Dated, as_of: date) -> date:
    """The first day of a month or a year for what begins, the last one for what ends; never after the ledger's own."""
    ends = stage in (Stage.FINISHED, Stage.PRODUCING)
    return min(told.last, as_of) if ends else told.first


def _furthest(entry: Entry, actual: Mapping[Stage, Dated]) -> tuple[Stage | None, list[Note]]:
    """How far the row says the project is; a wording that lags behind a day of signing goes before it, and is said."""
    if entry.stage is None:
        return max(actual, default=None), []
    beyond = [stage for stage in actual if stage > entry.stage]
    if not beyond:
        return entry.stage, []
    day = _DAY_FIELD[max(beyond)].label
    words = f"写的是“{entry.stage_words or entry.stage.label}”，又有{day}，按“{entry.stage.label}”读入，请核对"
    return entry.stage, [warn(Field.STAGE, words, "stage_behind_day")]


def _agreement(
    entry: Entry, days: Mapping[Stage, Dated], standing: Standing | None, as_of: date
) -> tuple[ContractKind, date] | None:
    kind, told = entry.contract_kind, days.get(Stage.SIGNED)
    if kind not in AGREEMENTS or kind is None or told is None or told.planned or told.first > as_of:
        return None
    return None if standing and kind in standing.agreements else (kind, told.first)


def _plans(days: Mapping[Stage, Dated], actual: Mapping[Stage, Dated]) -> dict[str, date]:
    """Days that have not come, or only say what is meant: the end of a month or year for what must be done by then."""
    return {
        _PLANNED[stage]: told.first if stage is Stage.STARTED else told.last
        for stage, told in days.items()
        if stage not in actual and stage in _PLANNED and (stage is not Stage.SIGNED or told.planned)
    }


def _is_news(stage: Stage, standing: Standing | None) -> bool:
    """The register has neither this stage nor, for a free one, a later one."""
    if standing is None:
        return True
    if stage in standing.reached:
        return False
    furthest = max(standing.reached, default=standing.stage)
    return stage.counted or stage > max(furthest, standing.stage)


def _wanted(steps: list[Step], settings: ImportSettings, standing: Standing | None) -> tuple[list[Step], list[Note]]:
    """The steps the register lacks and the importer may take; what is left out is said."""
    wanted, notes = [], []
    for step in steps:
        if standing is not None and not _is_news(step.stage, standing):
            notes += _difference(step, standing)
        elif not settings.verified and step.claim is None and step.stage > Stage.SIGNED:
            notes.append(warn(Field.STAGE, f"“{step.stage.label}”要在签约核定之后推进，没有写入", "needs_signing"))
        else:
            wanted.append(step)
    if standing is not None and steps and steps[-1].stage < standing.stage:
        words = f"库中已到“{standing.stage.label}”，台账写“{steps[-1].stage.label}”，阶段以库中为准"
        notes.append(warn(Field.STAGE, words, "stage_behind"))
    return wanted, notes


def _difference(step: Step, standing: Standing) -> list[Note]:
    """A counted stage that the register has on another day."""
    known = standing.reached.get(step.stage)
    if known is None or known.on == step.on or step.claim is None or step.assumed:
        return []
    state = "待核定" if known.waits else "已核定"
    words = f"库中{step.stage.label}日期为 {known.on.isoformat()}（{state}），以库中为准"
    return [warn(_DAY_FIELD.get(step.stage, Field.STAGE), words, "day_differs")]


def _status(entry: Entry, standing: Standing | None) -> Status | None:
    now = standing.status if standing else Status.ACTIVE
    return entry.status if entry.status in ALLOWED_STATUSES[now] and entry.status is not Status.ACTIVE else None


def _order_notes(steps: list[Step]) -> Iterator[Note]:
    problem = checks.order_problem((f"{step.stage.label}日期", step.on) for step in steps if not step.assumed)
    if problem:
        yield warn(Field.STAGE, problem, "order")


def _vague_notes(actual: Mapping[Stage, Dated], wanted: list[Step]) -> Iterator[Note]:
    """A day told only by month or year: on which day it was written."""
    for step in wanted:
        told = actual.get(step.stage)
        if told is not None and not told.is_exact and step.claim is not None:
            words = f"只写到“{told.words}”，{step.stage.label}记在 {step.on.isoformat()}"
            yield tell(_DAY_FIELD[step.stage], words, "vague_day")


def _undated_note(stage: Stage) -> Note:
    words = "补上日期才计入" if stage.counted else "阶段暂不写入"
    return tell(Field.STAGE, f"没有“{stage.label}”的日期，{words}", "undated")
