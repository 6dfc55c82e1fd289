"""What is done with a row: create, update, skip, or ask. The mode and the key decide, and a person where a double is likely."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from crm.choices import Labelled, RowDecision
from crm.rules.importing.remarks import Note, refuse, tell, warn
from crm.rules.importing.settings import ImportMode
from crm.rules.ledger.fields import Field
from crm.rules.matching import Candidate


class Choice(Labelled):
    """What a person said of a row."""

    SAME = "same", "就是同一个项目，补充库中空白项"
    OTHER = "other", "是另一个项目，新增"
    SKIP = "skip", "跳过这一行"


@dataclass(frozen=True, slots=True)
class Match:
    """A project of the register that may be the row's, and what the importer may do with it."""

    candidate: Candidate
    visible: bool
    editable: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """`match_id`: the project to update, or to ask about. `fill_only`: only its blanks. `twin`: the earlier row it repeats."""

    decision: RowDecision
    match_id: int | None = None
    percent: int | None = None
    fill_only: bool = False
    twin: str = ""
    offered: tuple[Match, ...] = ()
    notes: tuple[Note, ...] = ()


OUT_OF_SIGHT = "库中有相近项目，不在你的权限内，请与综合统计核对"


def decide(
    matches: Sequence[Match],
    mode: ImportMode,
    twin: str = "",
    choice: Choice | None = None,
    chosen_id: int | None = None,
    code_is_taken: bool = False,
) -> Outcome:
    """The outcome of a row. `twin` names the earlier row of the same ledger that says the same, e.g. 在谈 第 7 行."""
    seen = tuple(match for match in matches if match.visible)
    certain = next((match for match in seen if match.candidate.certain), None)
    outcome = _proposed(seen, certain, mode, twin)
    outcome = replace(outcome, offered=tuple(match for match in seen if match.candidate.is_likely))
    if _is_hidden(matches) and certain is None:
        outcome = _hidden(outcome, mode)
    if choice is not None:
        outcome = _chosen(outcome, choice, chosen_id)
    if code_is_taken and outcome.decision in (RowDecision.CREATE, RowDecision.ASK) and outcome.match_id is None:
        outcome = replace(
            outcome, notes=(*outcome.notes, refuse(Field.CODE, "这个编号库中已有，请核对或改编号", "code_taken"))
        )
    return outcome


def _proposed(seen: Sequence[Match], certain: Match | None, mode: ImportMode, twin: str) -> Outcome:
    if certain is not None:
        return _known(certain, mode, twin)
    likely = next((match for match in seen if match.candidate.is_likely), None)
    if likely is not None:
        candidate = likely.candidate
        words = f"与库中 {{project}} 相似 {candidate.percent}%"
        return Outcome(
            RowDecision.ASK,
            candidate.id,
            candidate.percent,
            twin=twin,
            notes=(_at_name(words, "likely", id_=candidate.id),),
        )
    if twin:
        return Outcome(RowDecision.ASK, twin=twin, notes=(_at_name(f"与“{twin}”是同一个名称", "twin"),))
    if mode is ImportMode.UPDATE:
        return Outcome(RowDecision.SKIP, notes=(_at_name("库中没有这个项目，选的是“只更新”，跳过", "not_known", tell),))
    near = tuple(
        _at_name(f"与库中 {{project}} 相近 {match.candidate.percent}%", "possible", id_=match.candidate.id)
        for match in seen[:1]
    )
    return Outcome(RowDecision.CREATE, notes=near)


def _known(match: Match, mode: ImportMode, twin: str) -> Outcome:
    """The register has it: update, unless that is not wanted or not the importer's to do."""
    id_ = match.candidate.id
    if mode is ImportMode.CREATE:
        note = _at_name("库中已有 {project}，选的是“只新增”，跳过", "known", tell, id_)
        return Outcome(RowDecision.SKIP, id_, 100, notes=(note,))
    if not match.editable:
        note = _at_name("库中已有 {project}，不是你可以修改的项目，跳过", "not_yours", tell, id_)
        return Outcome(RowDecision.SKIP, id_, 100, notes=(note,))
    return Outcome(RowDecision.UPDATE, id_, 100, fill_only=bool(twin), twin=twin)


def _is_hidden(matches: Collection[Match]) -> bool:
    return any(not match.visible and (match.candidate.certain or match.candidate.is_likely) for match in matches)


def _hidden(outcome: Outcome, mode: ImportMode) -> Outcome:
    """Something alike is out of the importer's sight: nothing of it is told, and a person decides."""
    note = _at_name(OUT_OF_SIGHT, "out_of_sight")
    decision = outcome.decision if mode is ImportMode.UPDATE else RowDecision.ASK
    return replace(outcome, decision=decision, notes=(*outcome.notes, note))


def _chosen(outcome: Outcome, choice: Choice, chosen_id: int | None) -> Outcome:
    """A person's word; one that no longer fits what is found is asked for again."""
    if choice is Choice.SKIP:
        return replace(outcome, decision=RowDecision.SKIP)
    if choice is Choice.OTHER:
        return replace(outcome, decision=RowDecision.CREATE, match_id=None, percent=None, fill_only=False, twin="")
    match = next((one for one in outcome.offered if one.candidate.id == chosen_id), None)
    if match is not None and match.editable:
        return replace(
            outcome,
            decision=RowDecision.UPDATE,
            match_id=match.candidate.id,
            percent=match.candidate.percent,
            fill_only=True,
        )
    if match is not None:
        note = _at_name("{project} 不是你可以修改的项目，跳过", "not_yours", tell, match.candidate.id)
        return replace(outcome, decision=RowDecision.SKIP, notes=(*outcome.notes, note))
    if chosen_id is None and outcome.twin:
        return replace(outcome, decision=RowDecision.UPDATE, match_id=None, percent=None, fill_only=True)
    return outcome


def _at_name(words: str, code: str, say: Callable[..., Note] = warn, id_: int | None = None) -> Note:
    return replace(say(Field.PROJECT_NAME, words, code), project_id=id_)
