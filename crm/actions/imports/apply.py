"""Write a previewed ledger into the register: one transaction, every row counted, everything undone with one fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import history, policy
from crm.actions.imports import undo
from crm.actions.imports.batches import ensure_mine, hold, key_of, settings_of
from crm.actions.imports.ground import Ground
from crm.actions.imports.judging import Judge, Judged, Line
from crm.actions.imports.writing import Work, Writer
from crm.actions.locking import hold_register
from crm.choices import BatchState, RowDecision, RowResult, Word
from crm.errors import RuleBroken
from crm.models import ImportBatch, ImportRow
from crm.policy import Act, Actor
from crm.rules.importing.decision import Choice
from crm.rules.importing.entry import Entry
from crm.rules.importing.proposal import merged

Row = tuple[ImportRow, Judged]


def apply(
    session: Session,
    actor: Actor,
    batch: ImportBatch,
    now: datetime,
    leave_undecided: bool = False,
    told: Callable[[int, str], None] = lambda _share, _words: None,
) -> Mapping[str, int]:
    """Write every row that may be written; returns how many were created, updated, unchanged, skipped, failed.

    Raises Clash when the batch is not (or no longer) waiting to be written, RuleBroken while likely doubles are undecided.
    A row whose project was changed, or appeared, since the preview is not written and says so. `told` hears between the
    steps how far it is, in percent.
    """
    ensure_mine(actor, batch)
    hold(session, batch, BatchState.PREVIEWED)
    hold_register(session)
    settings = settings_of(batch)
    if settings.verified:
        policy.ensure(actor, Act.IMPORT_VERIFIED)
    rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.id)).all()
    if not leave_undecided:
        ensure_decided(session, batch)
    told(10, Word("正在与库中项目比对"))
    judge = Judge(session, actor, settings, key_of(batch))
    judged = _judge_again(rows, judge)
    history.sign(session, replace(history.signature(session), by_id=actor.id, at=now, batch_id=batch.id))
    works = _works(judged)
    context = judge.context([one.line for _, one in judged])
    told(40, Word("正在写入项目库"))
    Writer(session, Ground(batch, actor, settings, judge.directory, now), context).write(list(works.values()))
    told(90, Word("正在记下可以撤销的内容"))
    for row, _ in judged:
        if row in works:
            _conclude(row, works[row])
    counts = Counter(row.result.value for row in rows if row.result)
    batch.state, batch.applied_at, batch.applied_by_id = BatchState.APPLIED, now, actor.id
    batch.counts = {**batch.counts, "results": dict(counts)}
    session.flush()
    return counts


def ensure_decided(session: Session, batch: ImportBatch) -> None:
    """Raise RuleBroken while likely doubles wait for a word."""
    asked = select(func.count()).where(
        ImportRow.batch_id == batch.id, ImportRow.decision == RowDecision.ASK, ImportRow.severity != "error"
    )
    if waiting := session.scalar(asked):
        raise RuleBroken(Word("还有 %(n)d 行疑似重复待定，请先逐行确定，或整批选择跳过。", n=waiting))


def _line(row: ImportRow) -> Line:
    content = row.content
    choice = content["choice"]
    return Line(
        key=(row.sheet, row.row_number),
        label=content["label"],
        entry=Entry.from_json(content["entry"]),
        findings=[finding for finding in content["findings"] if finding["severity"] == "error"],
        mapping={},
        choice=Choice.parse(choice) if choice else None,
        chosen_id=content["chosen_id"],
    )


def _judge_again(rows: Sequence[ImportRow], judge: Judge) -> list[Row]:
    """The rows to be written, as the register stands now; the others get their result here."""
    judged = list(zip(rows, judge.judge([_line(row) for row in rows]), strict=True))
    wanted = []
    for row, now in judged:
        if row.decision is RowDecision.SKIP:
            _result(row, RowResult.SKIPPED, _why_skipped(row))
        elif row.severity == "error":
            _result(row, RowResult.FAILED, _first_error(row))
        elif row.decision is RowDecision.ASK:
            _result(row, RowResult.SKIPPED, "疑似重复，没有确定")
        elif not _still_holds(row, now):
            _result(row, RowResult.FAILED, "检查之后库中的项目有变，请重新检查这一行")
        else:
            wanted.append((row, now))
    return wanted


_WHY_SKIPPED = {
    "known": "库中已有，选的是“只新增”",
    "not_known": "库中没有，选的是“只更新”",
    "not_yours": "库中已有，不是上传人可以修改的项目",
}


def _why_skipped(row: ImportRow) -> str:
    if row.content["choice"] == Choice.SKIP.value:
        return "检查时选了跳过"
    return next((_WHY_SKIPPED[f["code"]] for f in row.content["findings"] if f["code"] in _WHY_SKIPPED), "")


def _first_error(row: ImportRow) -> str:
    return next((str(f["message"]) for f in row.content["findings"] if f["severity"] == "error"), "有错误")


def _still_holds(row: ImportRow, now: Judged) -> bool:
    """What was shown is what would happen: the same decision on the same project in the same version."""
    version = now.standing.version if now.standing else None
    return (
        row.decision is now.outcome.decision
        and row.match_id == now.outcome.match_id
        and (row.content["version"] == version or now.outcome.decision is not RowDecision.UPDATE)
        and now.severity != "error"
    )


def _works(judged: Sequence[Row]) -> dict[ImportRow, Work]:
    """What is to be written, a work a row; a row that repeats an earlier one goes into the earlier one's work."""
    works: dict[ImportRow, Work] = {}
    by_key: dict[tuple[str, int], Work] = {}
    for row, one in judged:
        assert one.proposal is not None
        if one.standing is None and one.outcome.decision is RowDecision.UPDATE:
            first = by_key.get(one.twin_key or ("", 0))
            if first is None:
                _result(row, RowResult.FAILED, f"“{one.outcome.twin}”没有写入，这一行也没有写入")
                continue
            first.proposal = merged(first.proposal, one.proposal)
            _result(row, RowResult.UPDATED, f"并入“{one.outcome.twin}”")
            continue
        if one.is_unchanged:
            row.project_id = row.match_id
            _result(row, RowResult.UNCHANGED, "")
            continue
        work = Work(row.row_number, one.line.entry, one.proposal, row.match_id if one.standing else None)
        works[row] = by_key[one.line.key] = work
    return works


def _conclude(row: ImportRow, work: Work) -> None:
    """What came of the row, with everything that taking it back needs."""
    row.project_id = work.written_id
    row.undo = undo.record(work.made, work.changed)
    _result(row, RowResult.CREATED if work.project_id is None else RowResult.UPDATED, "")


def _result(row: ImportRow, result: RowResult, note: str) -> None:
    row.result, row.result_note = result, note
