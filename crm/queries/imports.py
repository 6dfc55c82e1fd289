"""Batches of the importer and their rows, as pages show them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import Labelled, RowDecision, RowResult, UnitKind
from crm.models import ImportBatch, ImportRow, Project, Unit
from crm.policy import Act, Actor
from crm.queries.keyset import Key

ROWS_PAGE = 100


class Show(Labelled):
    """Which rows of a preview are listed; the words stand on the page."""

    ALL = "all", "全部"
    FINDINGS = "findings", "错误和提醒"
    ERRORS = "errors", "只看错误"
    WARNINGS = "warnings", "有提醒，可写入"
    CREATE = "create", "新增"
    UPDATE = "update", "更新库中项目"
    UNCHANGED = "unchanged", "无变化"
    ASK = "ask", "疑似重复，等你定"
    SKIP = "skip", "跳过"


def visible_to(actor: Actor) -> Select[ImportBatch]:
    """The batches one uploaded oneself; all of them for those who may bring verified history. With the uploader."""
    mine: ColumnElement[bool] = ImportBatch.uploaded_by_id == actor.id
    if not policy.can(actor, Act.IMPORT):
        mine = false()
    wide = true() if policy.can(actor, Act.IMPORT_VERIFIED) else mine
    return select(ImportBatch).options(joinedload(ImportBatch.uploaded_by)).where(wide)


NEWEST = (Key(ImportBatch.uploaded_at, datetime, descending=True), Key(ImportBatch.id, int, descending=True))
IN_FILE = (Key(ImportRow.id, int),)


def rows_of(batch_id: int, show: Show, sheet: str = "") -> Select[ImportRow]:
    """The rows of a preview, in the order of the file."""
    rows = select(ImportRow).where(ImportRow.batch_id == batch_id, _shown(show)).order_by(ImportRow.id)
    return rows.where(ImportRow.sheet == sheet) if sheet else rows


def _shown(show: Show) -> ColumnElement[bool]:
    unchanged = ImportRow.content["unchanged"].as_boolean()
    open_ = ImportRow.severity != "error"
    conditions: dict[Show, ColumnElement[bool]] = {
        Show.ALL: true(),
        Show.FINDINGS: or_(ImportRow.severity != "", ImportRow.decision == RowDecision.ASK),
        Show.ERRORS: ImportRow.severity == "error",
        Show.WARNINGS: ImportRow.severity == "warning",
        Show.CREATE: (ImportRow.decision == RowDecision.CREATE) & open_,
        Show.UPDATE: (ImportRow.decision == RowDecision.UPDATE) & open_ & ~unchanged,
        Show.UNCHANGED: (ImportRow.decision == RowDecision.UPDATE) & open_ & unchanged,
        Show.ASK: (ImportRow.decision == RowDecision.ASK) & open_,
        Show.SKIP: ImportRow.decision == RowDecision.SKIP,
    }
    return conditions[show]


def sheet_counts(session: Session, batch_id: int, show: Show) -> dict[str, int]:
    """How many of these rows each table has."""
    rows = rows_of(batch_id, show).with_only_columns(ImportRow.sheet, func.count()).order_by(None)
    return dict(session.execute(rows.group_by(ImportRow.sheet)).all())


def teams(session: Session) -> Sequence[Unit]:
    """The teams that may own projects."""
    return session.scalars(select(Unit).where(Unit.kind == UnitKind.TEAM).order_by(Unit.rank, Unit.id)).all()


def one_row(batch_id: int, row_id: int) -> Select[ImportRow]:
    """A row of a batch."""
    return select(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.id == row_id)


def waiting_ids(session: Session, batch_id: int) -> Sequence[int]:
    """The rows that wait for a person's word, in the order of the file."""
    rows = rows_of(batch_id, Show.ASK).with_only_columns(ImportRow.id)
    return session.scalars(rows).all()


def find_row(session: Session, batch_id: int, sheet: str, number: int) -> ImportRow | None:
    """A row by its place in the file."""
    return session.scalars(
        select(ImportRow).where(
            ImportRow.batch_id == batch_id, ImportRow.sheet == sheet, ImportRow.row_number == number
        )
    ).one_or_none()


class Written(NamedTuple):
    """What came of a row; `project` is empty where it is gone or not the reader's to see."""

    sheet: str
    row_number: int
    name: str
    result: RowResult
    note: str
    project_id: int | None
    project: str | None
    code: str | None


def written(actor: Actor, batch_id: int, result: RowResult | None) -> Select[Any]:
    """The rows of an applied batch with their projects, as `Written` wants them."""
    rows = (
        select(
            ImportRow.sheet, ImportRow.row_number, ImportRow.content["entry"]["name"].as_string(), ImportRow.result,
            ImportRow.result_note, Project.id, Project.name, Project.code,
        )
        .outerjoin(Project, (Project.id == ImportRow.project_id) & policy.project_rows(actor, Act.SEE_PROJECT))
        .where(ImportRow.batch_id == batch_id, ImportRow.result.is_not(None))
        .order_by(ImportRow.id)
    )  # fmt: skip
    return rows.where(ImportRow.result == result) if result else rows


def visible_projects(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """{id: (code, name)} of those among these projects that the reader may see."""
    seen = policy.project_rows(actor, Act.SEE_PROJECT)
    rows = session.execute(select(Project.id, Project.code, Project.name).where(Project.id.in_(ids), seen))
    return {key: (code, name) for key, code, name in rows}


def marked_rows(batch_id: int) -> Select[ImportRow]:
    """The rows with something to mend or to decide, for the file that is given back."""
    return rows_of(batch_id, Show.FINDINGS)
