"""Ledgers on their way in: upload, match columns, check cell by cell, write, take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import update

from crm import language, policy, storage
from crm.actions.imports import batches as actions
from crm.actions.imports import keeping, source
from crm.choices import BatchState, JobKind, JobState, Role, RowResult
from crm.errors import CrmError, RuleBroken
from crm.forms.imports import ACCEPT, SettingsForm, UploadForm, field_choices
from crm.jobs import ledgers as large
from crm.models import ImportBatch, Job
from crm.policy import Act
from crm.queries import imports as queries
from crm.queries import people
from crm.queries.imports import ROWS_PAGE, Show
from crm.rules.importing.decision import Choice
from crm.rules.jobs import APPLIED_AT_ONCE, OPEN, READ_AT_ONCE_BYTES
from crm.rules.ledger.units import CHOICES as UNITS
from crm.views import import_page, import_pair, jobs, lists, web
from reports import marked_ledger

Tell = Callable[[int, str], None]
views = Blueprint("imports", __name__, url_prefix="/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def batch_of(batch_id: int) -> ImportBatch:
    """A batch the reader may see."""
    policy.ensure(web.actor(), Act.IMPORT)
    return web.one(queries.visible_to(web.actor()).where(ImportBatch.id == batch_id))


# ------------------------------------------------------------------------------------------------------------ uploading


@views.get("")
def index() -> Response:
    """Bring a ledger in, take lists out, and what was brought so far."""
    policy.ensure(web.actor(), Act.IMPORT)
    return _index(UploadForm(like=_like_asked()))


def _index(form: UploadForm, status: int = 200) -> Response:
    found, turn = lists.turned(queries.visible_to(web.actor()), queries.NEWEST)
    like = _find_like(form.like.data)
    return web.page(
        "imports/index.html", status, form=form, accept=ACCEPT, like=like, batches=found, turn=turn,
        address=lists.address, limit_mb=web.config().upload_limit_bytes // 1024**2,
    )  # fmt: skip


def _like_asked() -> str:
    return request.args.get("like", "")


def _find_like(text: str | None) -> ImportBatch | None:
    """The batch whose settings the next file takes over."""
    key = lists.key(text or "")
    if key is None:
        return None
    rows = queries.visible_to(web.actor()).where(ImportBatch.id == key)
    return web.session().scalars(rows).unique().one_or_none()


@views.post("")
def upload() -> Response:
    """Keep a file that can be read; a file that cannot gets its sentence at the field."""
    policy.ensure(web.actor(), Act.IMPORT)
    form = UploadForm()
    if not form.validate():
        return _index(form, 422)
    name, data = form.upload()
    try:
        batch = actions.upload(
            web.session(), web.actor(), name, data, web.config().files_dir, web.now(), _find_like(form.like.data)
        )
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _index(form, 422)
    web.session().commit()
    return web.see_other("imports.show", batch_id=batch.id)


# -------------------------------------------------------------------------------------------------------------- reading


@views.post("/<int:batch_id>/read")
def read(batch_id: int) -> Response:
    """Read the file and hold it against the register: no transaction is open while the file is read. A large one is a job."""
    batch = batch_of(batch_id)
    actions.ensure_mine(web.actor(), batch)
    if batch.size_bytes > READ_AT_ONCE_BYTES:
        jobs.ordered(large.order_of(JobKind.LEDGER_READ, batch))
        return make_response("", 204) if web.wants_fragment() else web.see_other("imports.show", batch_id=batch_id)
    step, tell = _step_after(batch), _tell(batch)
    try:
        _read(batch, tell)
    except CrmError as refusal:
        web.session().rollback()
        tell(0, refusal.message)
    if web.wants_fragment():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = url_for("imports.show", batch_id=batch_id, step=step)
        return answer
    return web.see_other("imports.show", batch_id=batch_id, step=step)


def _step_after(batch: ImportBatch) -> str | None:
    """The step that reading an unread batch leads to: the columns the first time, later what they were corrected for."""
    return None if "sheets" in batch.counts else "columns"


def _read(batch: ImportBatch, tell: Tell) -> None:
    session = web.session()
    file = source.source_of(session, batch, web.config().files_dir)
    tell(15, _("正在读取文件"))
    workbook = file.cells()
    tell(35, _("正在认表头、单位和各列"))
    ledger = file.ledger(workbook)
    tell(60, _("正在与库中项目比对"))
    keeping.keep(session, web.actor(), batch, ledger)
    session.commit()


def _tell(batch: ImportBatch) -> Tell:
    """Leave word how far the reading is, for the page that asks; 0 percent is the sentence of a refusal."""
    waiting = (ImportBatch.id == batch.id) & (ImportBatch.state == BatchState.UPLOADED)
    counts = dict(batch.counts)

    def tell(percent: int, words: str) -> None:
        values = {**counts, "progress": {"percent": percent, "words": words}}
        web.session().execute(update(ImportBatch).where(waiting).values(counts=values))
        web.session().commit()

    return tell


def _progress(batch: ImportBatch) -> dict[str, Any] | None:
    """How far the reading is, by its job where it is one; 0 percent is the sentence of a refusal."""
    if batch.size_bytes <= READ_AT_ONCE_BYTES:
        return batch.counts.get("progress")
    job = web.session().scalars(large.newest(batch)).one_or_none()
    if job is None or job.kind is not JobKind.LEDGER_READ:
        return None
    if job.state is JobState.CANCELLED:
        return {"percent": 0, "words": _("已取消。"), "job_id": job.id}
    if job.state is JobState.FAILED:
        return {"percent": 0, "words": job.sentence, "job_id": job.id}
    words = language.translated(job.sentence) or _("排队中")
    return {"percent": max(1, job.done), "words": words, "job_id": job.id}


@views.get("/<int:batch_id>/progress")
def progress(batch_id: int) -> Response:
    """How far the reading is; when it is done, the page moves on, to the step it has been told (`?step=columns`)."""
    batch = batch_of(batch_id)
    if batch.state is BatchState.UPLOADED:
        return _unread(batch, "imports/_progress.html")
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = url_for("imports.show", batch_id=batch_id, step=_step_asked())
    return answer


def _unread(batch: ImportBatch, template: str) -> Response:
    return web.page(template, batch=batch, progress=_progress(batch), mine=_mine(batch), step=_step_after(batch))


# --------------------------------------------------------------------------------------------------------- one batch


@views.get("/<int:batch_id>")
def show(batch_id: int) -> Response:
    """The batch at the step it has come to; `?step=columns` goes back to matching columns."""
    batch = batch_of(batch_id)
    if batch.state is BatchState.UPLOADED:
        return _unread(batch, "imports/reading.html")
    if batch.state is BatchState.PREVIEWED:
        return columns_page(batch) if _step_asked() else _check(batch)
    return result_page(batch)


def _step_asked() -> str | None:
    return "columns" if request.args.get("step") == "columns" else None


def _mine(batch: ImportBatch) -> bool:
    return batch.uploaded_by_id == web.actor().id


def _check(batch: ImportBatch) -> Response:
    counts = batch.counts["tally"]
    has_findings = any(counts.get(name) for name in ("error", "warning", "ask"))
    wanted = lists.word("show", Show) or (Show.FINDINGS if has_findings else Show.ALL)
    sheets = queries.sheet_counts(web.session(), batch.id, wanted)
    names = list(batch.counts["sheets"])
    sheet = request.args.get("sheet", "")
    sheet = sheet if sheet in names else next((name for name in names if sheets.get(name)), names[0] if names else "")
    shown = queries.rows_of(batch.id, wanted, sheet)
    found, turn = lists.turned(shown, queries.IN_FILE, sheets.get(sheet, 0), ROWS_PAGE, exact=True)
    return web.page(
        "imports/check.html",
        batch=batch,
        mine=_mine(batch),
        writing=_writing(batch),
        settings=actions.settings_of(batch),
        key=actions.key_of(batch),
        tally=counts,
        show=wanted,
        Show=Show,
        sheet=sheet,
        sheets={name: sheets.get(name, 0) for name in names},
        columns=import_page.columns_of(batch, sheet) if sheet else [],
        rows=import_page.views_of(batch, found, _number("edit")),
        pair=import_pair.pair_of(batch, _number("pair")),
        choices=tuple(Choice),
        turn=turn,
        address=lists.address,
        staying=lists.staying,
    )


def _writing(batch: ImportBatch) -> Job | None:
    """The job that is writing this batch; only large ones have any."""
    if batch.counts["tally"].get("rows", 0) <= APPLIED_AT_ONCE:
        return None
    job = web.session().scalars(large.newest(batch)).one_or_none()
    return job if job and job.kind is JobKind.LEDGER_APPLY and job.state in OPEN else None


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def result_page(batch: ImportBatch, problem: str = "", status: int = 200) -> Response:
    """What came of every row; `problem` is why the batch could not be taken back."""
    wanted = lists.word("result", RowResult)
    rows, results = queries.written(web.actor(), batch.id, wanted), batch.counts["results"]
    total = results.get(wanted.value, 0) if wanted else sum(results.values())
    lines, turn = lists.turned_into(rows, queries.IN_FILE, queries.Written._make, total, ROWS_PAGE, exact=True)
    return web.page(
        "imports/result.html",
        status,
        batch=batch,
        problem=problem,
        results=results,
        wanted=wanted,
        RowResult=RowResult,
        lines=lines,
        turn=turn,
        address=lists.address,
        may_undo=_mine(batch) or policy.can(web.actor(), Act.IMPORT_VERIFIED),
    )


# --------------------------------------------------------------------------------------------------- matching columns


def settings_form(batch: ImportBatch) -> SettingsForm:
    """How the batch is imported, with the teams and people who may own its projects."""
    settings = actions.settings_of(batch)
    form = SettingsForm(obj=settings)
    form.unit_id.fill((unit.id, unit.name) for unit in queries.teams(web.session()))
    owners = people.people_of(web.session(), (Role.OFFICER, Role.TEAM_LEAD))
    form.lead_id.fill((user.id, f"{user.name}（{user.unit.short_name}）") for user in owners)
    if not policy.can(web.actor(), Act.IMPORT_VERIFIED):
        del form.verified
    return form


def columns_page(batch: ImportBatch, form: SettingsForm | None = None, status: int = 200) -> Response:
    """Each column with its head, samples and the field it is taken for."""
    return web.page(
        "imports/columns.html",
        status,
        batch=batch,
        mine=_mine(batch),
        form=form or settings_form(batch),
        posted=request.form,
        fields=field_choices(),
        units=[unit.label for unit in UNITS],
        columns={key: import_page.shown_columns(table) for key, table in batch.counts["sheets"].items()},
        key=actions.key_of(batch),
    )


# -------------------------------------------------------------------------------------------------------------- files


@views.get("/<int:batch_id>/file")
def original(batch_id: int) -> Response:
    """The ledger as it was uploaded: the evidence of what came in with it."""
    batch = batch_of(batch_id)
    return web.download(storage.load(web.config().files_dir, batch.digest), batch.filename, "application/octet-stream")


@views.get("/<int:batch_id>/marked.xlsx")
def marked(batch_id: int) -> Response:
    """What is to be mended: the uploaded workbook with its cells marked, or a list of the rows where it was no .xlsx."""
    batch = batch_of(batch_id)
    found = web.session().scalars(queries.marked_rows(batch.id)).all()
    rows = [import_page.marked_row(view) for view in import_page.views_of(batch, found)]
    data = storage.load(web.config().files_dir, batch.digest)
    name = f"{batch.filename.rpartition('.')[0] or batch.filename}（问题清单）.xlsx"
    return web.download(marked_ledger.render(data, rows), name, XLSX)
