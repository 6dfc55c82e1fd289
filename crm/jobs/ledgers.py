"""Large ledgers as jobs: read and held against the register, and written into it."""

from __future__ import annotations

from sqlalchemy import Select

from crm import policy
from crm.actions.imports import apply as applying
from crm.actions.imports import batches, keeping, source
from crm.actions.jobs import Order, Outcome
from crm.choices import JobKind, RowResult, Word
from crm.db import reading
from crm.errors import NotFound
from crm.jobs.work import Work
from crm.models import ImportBatch, Job
from crm.policy import Act
from crm.queries import imports as queries
from crm.queries import jobs

TABLE = "import_batch"


def order_of(kind: JobKind, batch: ImportBatch) -> Order:
    """Asking for one of the two on a batch; while one is open there is no other."""
    return Order(kind, {"batch_id": batch.id}, batch.filename, f"{TABLE}:{batch.id}", (TABLE, batch.id))


def newest(batch: ImportBatch) -> Select[Job]:
    """The last job on a batch."""
    return jobs.on_row(TABLE, batch.id)


def _batch(work: Work) -> ImportBatch:
    policy.ensure(work.owner, Act.IMPORT)
    rows = queries.visible_to(work.owner).where(ImportBatch.id == work.arguments["batch_id"])
    batch = work.session.scalars(rows).unique().one_or_none()
    if batch is None:
        raise NotFound
    batches.ensure_mine(work.owner, batch)
    return batch


def read(work: Work) -> Outcome:
    """Read the file and hold it against the register; no transaction is open while the file is read."""
    work.progress(5, 100, Word("准备读取"))
    with reading():
        file = source.source_of(work.session, _batch(work), work.config.files_dir)
        work.session.rollback()
    work.progress(15, 100, Word("正在读取文件"))
    workbook = file.cells()
    work.progress(35, 100, Word("正在认表头、单位和各列"))
    ledger = file.ledger(workbook)
    work.progress(60, 100, Word("正在与库中项目比对"))
    keeping.keep(work.session, work.owner, _batch(work), ledger)
    return Outcome(f"读到 {len(ledger.projects):,} 个项目，请检查后写入。")


def apply(work: Work) -> Outcome:
    """Write the rows, all or nothing."""
    counts = applying.apply(
        work.session, work.owner, _batch(work), work.now, told=lambda share, words: work.progress(share, 100, words)
    )
    said = "，".join(f"{result.label} {counts[result.value]} 行" for result in RowResult if counts.get(result.value))
    return Outcome(f"{said or '没有可写的行'}。")
