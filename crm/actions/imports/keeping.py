"""What was read of a ledger, kept row by row with its findings and with what it would do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crm.actions.imports.batches import ensure_mine, hold, settings_of
from crm.actions.imports.describing import described
from crm.actions.imports.judging import Judge, Judged, Line
from crm.choices import BatchState, RowDecision
from crm.models import ImportBatch, ImportRow
from crm.policy import Actor
from crm.rules.importing.decision import Choice
from crm.rules.importing.reading import entry_of, finding_json
from crm.rules.ledger import Ledger, RowReading, SheetReading
from crm.rules.ledger.fields import Field
from crm.rules.matching import MatchKey

AT_ONCE = 2_000  # rows in one INSERT
_PART = re.compile(r"#\d+$")


def corrections_of(session: Session, batch: ImportBatch) -> dict[str, dict[tuple[int, int], str]]:
    """What was typed over cells: {sheet: {(row, column): text}}."""
    rows = select(ImportRow.sheet, ImportRow.row_number, ImportRow.corrections).where(ImportRow.batch_id == batch.id)
    found: dict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for key, number, texts in session.execute(rows):
        for column, text in texts.items():
            found[_PART.sub("", key)][number, int(column)] = text
    return dict(found)


def keep(session: Session, actor: Actor, batch: ImportBatch, ledger: Ledger) -> None:
    """Keep every project row of the ledger with its findings and what it would do. Corrections and choices stay."""
    ensure_mine(actor, batch)
    hold(session, batch, BatchState.UPLOADED, BatchState.PREVIEWED)
    before = {
        (sheet, number): (corrections, content)
        for sheet, number, corrections, content in session.execute(
            select(ImportRow.sheet, ImportRow.row_number, ImportRow.corrections, ImportRow.content).where(
                ImportRow.batch_id == batch.id
            )
        )
    }
    key = settings_of(batch).key or proposed_key(ledger)
    lines = list(_lines(ledger, before))
    judged = Judge(session, actor, settings_of(batch), key).judge([line for line, _ in lines])
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    made = [
        _row(batch, verdict, row, *before.get(verdict.line.key, ({}, {})))
        for verdict, (_, row) in zip(judged, lines, strict=True)
    ]
    for place in range(0, len(made), AT_ONCE):
        session.execute(insert(ImportRow), made[place : place + AT_ONCE])
    batch.counts = {**described(ledger), "key": key.value, "tally": dict(tally(judged))}
    batch.state = BatchState.PREVIEWED


def _lines(
    ledger: Ledger, before: Mapping[tuple[str, int], tuple[dict[str, str], dict[str, Any]]]
) -> Iterator[tuple[Line, RowReading]]:
    for sheet in ledger.sheets:
        for row in sheet.projects:
            _, content = before.get((sheet.key, row.number), ({}, {}))
            yield line_of(sheet, row, content, len(ledger.sheets) > 1), row


def line_of(sheet: SheetReading, row: RowReading, content: Mapping[str, Any], named: bool) -> Line:
    """A row as the judge wants it, with what a person said of it before. `named`: its sheet has to be told."""
    choice = content.get("choice")
    return Line(
        key=(sheet.key, row.number),
        label=f"{sheet.key} 第 {row.number} 行" if named else f"第 {row.number} 行",
        entry=entry_of(row, sheet),
        findings=[finding_json(finding) for finding in row.findings],
        mapping=sheet.mapping,
        choice=Choice.parse(choice) if choice else None,
        chosen_id=content.get("chosen_id"),
    )


def _row(
    batch: ImportBatch, judged: Judged, row: RowReading, corrections: Mapping[str, str], content: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "sheet": judged.line.key[0],
        "row_number": judged.line.key[1],
        "corrections": dict(corrections),
        **verdict_columns(judged, row, corrections, content.get("cells", {})),
    }


def verdict_columns(
    judged: Judged, row: RowReading, corrections: Mapping[str, str], cells: Mapping[str, str]
) -> dict[str, Any]:
    """The columns of import_row that a verdict fills. `cells`: the file's own texts, kept where somebody typed others."""
    read = {str(column): text for column, text in row.raw.items()}
    return {
        "content": {
            "cells": {**read, **{column: cells.get(column, "") for column in corrections}},
            "label": judged.line.label,
            **judged.content(),
        },
        "severity": judged.severity,
        "decision": judged.outcome.decision,
        "match_id": judged.outcome.match_id,
        "match_percent": judged.outcome.percent,
    }


def proposed_key(ledger: Ledger) -> MatchKey:
    """The strongest key most rows carry: a code of their own, a credit code, else name and investor."""
    rows = [row for _, row in ledger.projects]
    codes = [row.text(Field.CODE) for row in rows]
    if rows and len({code for code in codes if code}) >= 0.8 * len(rows):
        return MatchKey.CODE
    if rows and sum(1 for row in rows if row.text(Field.CREDIT_CODE)) >= 0.5 * len(rows):
        return MatchKey.CREDIT_NAME
    return MatchKey.NAME_INVESTOR


# ---------------------------------------------------------------------------------------------------------- counting


def buckets(decision: RowDecision, severity: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The counts a row belongs to."""
    yield "rows"
    if decision is RowDecision.SKIP:
        yield "skip"
        return
    if severity == "error":
        yield "error"
        return
    if severity == "warning":
        yield "warning"
    if content.get("undated"):
        yield "undated"
    yield "unchanged" if content.get("unchanged") else decision.value


def tally(judged: Iterable[Judged]) -> Counter[str]:
    """How many rows would do what."""
    return Counter(
        bucket
        for one in judged
        for bucket in buckets(
            one.outcome.decision, one.severity, {"undated": _undated(one), "unchanged": one.is_unchanged}
        )
    )


def _undated(judged: Judged) -> bool:
    return bool(judged.proposal and judged.proposal.history.undated)
