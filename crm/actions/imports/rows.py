"""One row of a preview: a cell corrected, a likely double decided, a row skipped or taken up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions.imports.batches import ensure_mine, hold, key_of, settings_of
from crm.actions.imports.judging import Judge, Judged, Line
from crm.actions.imports.keeping import buckets, line_of, verdict_columns
from crm.actions.imports.source import remembered_ledger
from crm.choices import BatchState, RowDecision
from crm.errors import NotFound, RuleBroken
from crm.models import ImportBatch, ImportRow
from crm.policy import Actor
from crm.rules.importing.decision import Choice
from crm.rules.importing.entry import Entry
from crm.rules.ledger import RowReading, SheetReading, reread_row


def correct(
    session: Session, actor: Actor, batch: ImportBatch, row: ImportRow, texts: Mapping[int, str], folder: Path
) -> None:
    """Put other texts into some cells (by column, from 0) and judge the row anew; the file itself stays as it is."""
    _open(session, actor, batch)
    corrections = {**row.corrections, **{str(column): text.strip()[:2000] for column, text in texts.items()}}
    sheet, reading = _read(folder, batch, row, corrections)
    if not reading.is_project:
        raise RuleBroken(
            f"改完以后这一行不像项目（{reading.reason or reading.kind.value}），请保留项目名称；不要这一行请点“跳过”。"
        )
    row.corrections = corrections
    _judge(session, actor, batch, [(row, sheet, reading, row.content)])


def choose_row(
    session: Session,
    actor: Actor,
    batch: ImportBatch,
    row: ImportRow,
    choice: Choice | None,
    chosen_id: int | None,
    folder: Path,
) -> None:
    """Say what the row is; None takes a decision back. `chosen_id`: the project it is the same as, None for its twin row."""
    _open(session, actor, batch)
    offered = {match["id"] for match in row.content["offered"]}
    if choice is Choice.SAME and chosen_id is not None and chosen_id not in offered:
        raise RuleBroken("请在列出的相近项目里选一个。", "with")
    sheet, reading = _read(folder, batch, row, row.corrections)
    said = {**row.content, "choice": choice.value if choice else None, "chosen_id": chosen_id}
    _judge(session, actor, batch, [(row, sheet, reading, said)])


def choose_rest(session: Session, actor: Actor, batch: ImportBatch, choice: Choice, folder: Path) -> int:
    """The same word for every row that still waits for one, each with its likeliest project; returns how many that settled."""
    _open(session, actor, batch)
    waiting = session.scalars(
        select(ImportRow).where(
            ImportRow.batch_id == batch.id, ImportRow.decision == RowDecision.ASK, ImportRow.severity != "error"
        )
    ).all()
    said = []
    for row in waiting:
        sheet, reading = _read(folder, batch, row, row.corrections)
        said.append((row, sheet, reading, {**row.content, "choice": choice.value, "chosen_id": row.match_id}))
    _judge(session, actor, batch, said)
    return sum(1 for row in waiting if row.decision is not RowDecision.ASK)


def _open(session: Session, actor: Actor, batch: ImportBatch) -> None:
    ensure_mine(actor, batch)
    hold(session, batch, BatchState.PREVIEWED)


def _read(
    folder: Path, batch: ImportBatch, row: ImportRow, corrections: Mapping[str, str]
) -> tuple[SheetReading, RowReading]:
    try:
        sheet = remembered_ledger(folder, batch).sheet(row.sheet)
        return sheet, reread_row(sheet, row.row_number, {int(column): text for column, text in corrections.items()})
    except KeyError as error:
        raise NotFound("这一行已不在台账里，请重新检查。") from error


def _judge(
    session: Session,
    actor: Actor,
    batch: ImportBatch,
    said: Sequence[tuple[ImportRow, SheetReading, RowReading, Mapping[str, Any]]],
) -> None:
    """Judge these rows anew and keep the verdicts and the counts."""
    named = len(batch.counts["sheets"]) > 1
    lines = [line_of(sheet, reading, content, named) for _, sheet, reading, content in said]
    earlier = _twins(session, batch, [(row, line) for (row, *_), line in zip(said, lines, strict=True)])
    judged = Judge(session, actor, settings_of(batch), key_of(batch)).judge(lines, earlier)
    counts: Counter[str] = Counter(batch.counts["tally"])
    for (row, _, reading, _), verdict in zip(said, judged, strict=True):
        counts.subtract(buckets(row.decision, row.severity, row.content))
        _keep(row, verdict, reading)
        counts.update(buckets(row.decision, row.severity, row.content))
    batch.counts = {**batch.counts, "tally": {name: count for name, count in counts.items() if count}}


def _keep(row: ImportRow, verdict: Judged, reading: RowReading) -> None:
    for column, value in verdict_columns(verdict, reading, row.corrections, row.content["cells"]).items():
        setattr(row, column, value)


def _twins(session: Session, batch: ImportBatch, said: Sequence[tuple[ImportRow, Line]]) -> dict[tuple[str, int], Line]:
    """For rows judged apart from the others: the first row above each that says the same."""
    entry = ImportRow.content["entry"]
    above = session.execute(
        select(
            ImportRow.id, ImportRow.sheet, ImportRow.row_number, ImportRow.content["label"].as_string(),
            *(entry[name].as_string() for name in ("name", "company", "code")),
        )
        .where(ImportRow.batch_id == batch.id)
        .order_by(ImportRow.id)
    ).all()  # fmt: skip
    first: dict[tuple[str, str], tuple[int, Line]] = {}
    for id_, sheet, number, label, name, company, code in above:
        found = Line((sheet, number), label, Entry(name=name or "", company=company or "", code=code or ""), (), {})
        identity = found.entry.identity
        first.setdefault((identity.name_key, identity.company_key), (id_, found))
    repeated = {}
    for row, line in said:
        identity = line.entry.identity
        at = first.get((identity.name_key, identity.company_key))
        if at is not None and at[0] < row.id and not (identity.code and at[1].entry.code not in ("", identity.code)):
            repeated[line.key] = at[1]
    return repeated
