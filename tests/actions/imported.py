"""Ledgers made for the importer's tests, and one brought in."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.actions.imports import batches, keeping, source
from crm.columns import Base
from crm.models import ImportBatch, ImportRow, User
from crm.policy import Actor
from crm.queries.people import actor_of

NOW = datetime(2022, 10, 20, 2, tzinfo=UTC)
LEDGERS = Path(__file__).resolve().parents[1] / "data" / "ledgers"
GUILIN = LEDGERS / "guilin2022_preliminary_projects.xlsx"
NINGXIA = LEDGERS / "ningxia2020_names_only.xlsx"
PIPELINES = LEDGERS / "gem_china_pipelines_yuan.xlsx"
HEADER = (
    "序号", "项目名称", "投资方", "统一社会信用代码", "总投资（亿元）", "接洽日期", "项目阶段", "签约日期", "招商人", "产业",
)  # fmt: skip
COLUMNS = {name: place for place, name in enumerate(HEADER)}


def ledger(*rows: dict[str, Any], header: tuple[str, ...] = HEADER, sheet: str = "台账") -> bytes:
    """A workbook: `ledger({"项目名称": "甲", "总投资（亿元）": 3})`; rows are numbered, blank cells left out."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet
    page.append(header)
    for number, row in enumerate(rows, start=1):
        page.append([number, *(row.get(name) for name in header[1:])])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def row(name: str, investor: str | None = "霁澜演示科技有限公司", **cells: Any) -> dict[str, Any]:
    """A row with a name and an investor; other cells by the first words of their heads."""
    full = {next(head for head in HEADER if head.startswith(key)): value for key, value in cells.items()}
    return {"项目名称": name, "投资方": investor, **full}


def bring(
    session: Session, user: User, file: Path | bytes, folder: Path, now: datetime = NOW, **options: Any
) -> tuple[Actor, ImportBatch]:
    """Upload a ledger and read it, with some settings changed."""
    actor = actor_of(session, user)
    name, data = (file.name, file.read_bytes()) if isinstance(file, Path) else ("台账.xlsx", file)
    batch = batches.upload(session, actor, name, data, folder, now)
    batch.options = {**batch.options, "settings": {**batch.options["settings"], **options}}
    check(session, actor, batch, folder)
    return actor, batch


def check(session: Session, actor: Actor, batch: ImportBatch, folder: Path) -> None:
    """Read the batch's file and keep what was found."""
    file = source.source_of(session, batch, folder)
    keeping.keep(session, actor, batch, file.ledger(file.cells()))


def rows_of(session: Session, batch: ImportBatch) -> list[ImportRow]:
    """Its rows in the order of the file."""
    return list(session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.id)))


def counts(session: Session) -> dict[str, int]:
    """How many rows every table holds, leaving out the importer's own, the history and what is added up later; the search
    index catches up first."""
    session.commit()
    own = {"import_batch", "import_row", "change", "stale_project", "stage_share", "stage_total"}
    tables = (table for table in Base.metadata.sorted_tables if table.name not in own)
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
