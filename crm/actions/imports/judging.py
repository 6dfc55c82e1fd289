"""Rows of a ledger held against the register: what each would do, in a handful of statements however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from crm.choices import RowDecision
from crm.policy import Actor
from crm.queries import import_register
from crm.queries.import_register import Registered
from crm.rules.importing.decision import Choice, Match, Outcome, decide
from crm.rules.importing.drafts import Context, Proposal
from crm.rules.importing.entry import Entry
from crm.rules.importing.proposal import propose
from crm.rules.importing.reading import note_json, worst
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import Standing
from crm.rules.ledger.fields import Field
from crm.rules.matching import Candidate, MatchKey, Register, twins
from crm.rules.names import company_key


@dataclass(frozen=True)
class Line:
    """A row to be judged. `label` names it for people: 在谈 第 7 行; `mapping`: column -> field, for placing findings."""

    key: tuple[str, int]
    label: str
    entry: Entry
    findings: Sequence[Mapping[str, Any]]
    mapping: Mapping[int, Field]
    choice: Choice | None = None
    chosen_id: int | None = None


@dataclass(frozen=True)
class Judged:
    """A row with its outcome. `proposal` is None where nothing is written; `standing` the project to update or to ask about."""

    line: Line
    outcome: Outcome
    proposal: Proposal | None
    standing: Standing | None
    twin_key: tuple[str, int] | None

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What the reader found, then what the register has to say."""
        mapping, known = self.line.mapping, self.standing.id if self.standing else None
        decided = [note_json(note, mapping) for note in self.outcome.notes]
        proposed = [note_json(note, mapping, known) for note in self.proposal.notes] if self.proposal else []
        return [*map(dict, self.line.findings), *decided, *proposed]

    @property
    def severity(self) -> str:
        """The worst finding's; a row that is skipped has none."""
        return "" if self.outcome.decision is RowDecision.SKIP else worst(self.findings)

    @property
    def is_unchanged(self) -> bool:
        """It is an update that would change nothing."""
        return self.outcome.decision is RowDecision.UPDATE and self.standing is not None and not (
            self.proposal and self.proposal.changes
        )  # fmt: skip

    def content(self) -> dict[str, Any]:
        """What is kept of the verdict with the row, for showing it and for seeing later whether it still holds."""
        proposal = self.proposal
        return {
            "entry": self.line.entry.as_json(),
            "findings": self.findings,
            "choice": self.line.choice.value if self.line.choice else None,
            "chosen_id": self.line.chosen_id,
            "fill": self.outcome.fill_only,
            "twin": list(self.twin_key) if self.twin_key and self.outcome.twin else None,
            "version": self.standing.version if self.standing else None,
            "unchanged": self.is_unchanged,
            "undated": [stage.label for stage in proposal.history.undated] if proposal else [],
            "changes": [[change.field.value, change.old, change.new] for change in proposal.changes]
            if proposal
            else [],
            "offered": [
                {"id": match.candidate.id, "percent": match.candidate.percent, "reasons": list(match.candidate.reasons)}
                for match in self.outcome.offered
            ],
        }


class Judge:
    """The register at one moment, and the settings of one batch."""

    def __init__(self, session: Session, actor: Actor, settings: ImportSettings, key: MatchKey) -> None:
        self._session, self._actor, self._settings, self._key = session, actor, settings, key
        rows = import_register.registered(session, actor)
        self._rows: dict[int, Registered] = {row.known.id: row for row in rows}
        self._register = Register(row.known for row in rows)
        self.directory = import_register.directory(session, settings.as_of)

    def judge(self, lines: Sequence[Line], earlier: Mapping[tuple[str, int], Line] | None = None) -> list[Judged]:
        """Every row's verdict. `earlier`: twin rows that stand outside `lines`, by the key of the row that repeats them."""
        repeated = {
            lines[place].key: lines[first] for place, first in twins([line.entry.identity for line in lines]).items()
        }
        repeated |= earlier or {}
        codes = [line.entry.code for line in lines if line.entry.code]
        taken = import_register.taken_codes(self._session, codes)
        outcomes = [self._outcome(line, repeated.get(line.key), taken) for line in lines]
        standings = self._standings(outcomes)
        context = self.context(lines)
        return [
            self._judged(line, outcome, repeated.get(line.key), standings, context)
            for line, outcome in zip(lines, outcomes, strict=True)
        ]

    def context(self, lines: Iterable[Line]) -> Context:
        """The reference data, and the investors that these rows name."""
        entries = [line.entry for line in lines]
        by_code, by_key = import_register.investors(
            self._session,
            self._actor,
            {company_key(entry.company) for entry in entries if entry.company},
            {entry.credit_code for entry in entries if entry.credit_code},
        )
        return Context(self._settings, self.directory, by_code, by_key)

    def _outcome(self, line: Line, twin: Line | None, taken: frozenset[str]) -> Outcome:
        candidates = self._register.candidates(line.entry.identity, self._key) if line.entry.name else []
        return decide(
            [self._match(candidate) for candidate in candidates],
            self._settings.mode,
            twin.label if twin else "",
            line.choice,
            line.chosen_id,
            line.entry.code in taken,
        )

    def _match(self, candidate: Candidate) -> Match:
        row = self._rows[candidate.id]
        return Match(candidate, row.visible, row.editable)

    def _standings(self, outcomes: Iterable[Outcome]) -> dict[int, Standing]:
        wanted = {outcome.match_id for outcome in outcomes if outcome.match_id is not None}
        return import_register.standings(self._session, self._actor, wanted, self._settings.as_of)

    def _judged(
        self, line: Line, outcome: Outcome, twin: Line | None, standings: Mapping[int, Standing], context: Context
    ) -> Judged:
        standing = standings.get(outcome.match_id) if outcome.match_id is not None else None
        twin_key = twin.key if twin else None
        if outcome.decision is RowDecision.SKIP:
            return Judged(line, outcome, None, standing, twin_key)
        if outcome.decision is RowDecision.ASK:  # shown as what it would be if it were another project
            proposal = replace(propose(line.entry, context), changes=())
        else:
            proposal = propose(line.entry, context, standing, outcome.fill_only)
        return Judged(line, outcome, proposal, standing, twin_key)
