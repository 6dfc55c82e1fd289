"""The routes of the importer that write: columns chosen, cells corrected, doubles decided, applied, taken back."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from crm.actions.imports import apply as applying
from crm.actions.imports import batches as actions
from crm.actions.imports import rows, undo
from crm.choices import BatchState, JobKind, RowResult
from crm.errors import Clash, RuleBroken
from crm.forms.imports import hints_from
from crm.jobs import ledgers as large
from crm.models import ImportBatch, ImportRow
from crm.queries import imports as queries
from crm.rules.importing.decision import Choice
from crm.rules.jobs import APPLIED_AT_ONCE
from crm.views import import_page, jobs, lists, web
from crm.views.imports import batch_of, columns_page, result_page, settings_form, views

__all__ = ["views"]


@views.post("/<int:batch_id>/columns")
def choose(batch_id: int) -> Response:
    """Take what the page says; read again only if something is different."""
    batch = batch_of(batch_id)
    actions.ensure_mine(web.actor(), batch)
    if batch.state is not BatchState.PREVIEWED:
        return web.see_other("imports.show", batch_id=batch_id)
    form = settings_form(batch)
    before = actions.settings_of(batch)
    if not form.validate():
        return columns_page(batch, form, 422)
    try:
        settings = form.settings(before.undated)
        hints = hints_from(request.form, batch.options["hints"], batch.counts["sheets"])
        if settings != before or hints != _settled(batch.options["hints"]):
            actions.choose(web.session(), web.actor(), batch, settings, hints, web.now())
            web.session().commit()
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return columns_page(batch_of(batch_id), form, 422)
    return web.see_other("imports.show", batch_id=batch_id)


def _settled(hints: dict[str, Any]) -> dict[str, Any]:
    return {"sheets": hints.get("sheets"), "tables": hints.get("tables", {})}


@views.post("/<int:batch_id>/undated")
def agree_undated(batch_id: int) -> Response:
    """Moves without a day may stand on the ledger's own."""
    batch = batch_of(batch_id)
    settings = actions.settings_of(batch).allowing_undated()
    actions.choose(web.session(), web.actor(), batch, settings, batch.options["hints"], web.now())
    web.session().commit()
    return web.see_other("imports.show", batch_id=batch_id)


@views.post("/<int:batch_id>/again")
def again(batch_id: int) -> Response:
    """Hold the ledger against the register as it is now."""
    batch = batch_of(batch_id)
    actions.choose(web.session(), web.actor(), batch, actions.settings_of(batch), batch.options["hints"], web.now())
    web.session().commit()
    return web.see_other("imports.show", batch_id=batch_id)


# ----------------------------------------------------------------------------------------------------------------- rows


def _row(batch: ImportBatch, row_id: int) -> ImportRow:
    return web.one(queries.one_row(batch.id, row_id))


@views.get("/<int:batch_id>/rows/<int:row_id>")
def row(batch_id: int, row_id: int) -> Response:
    """One row with every cell open for typing; a browser without scripts gets it within its page."""
    batch = batch_of(batch_id)
    found = _row(batch, row_id)
    if not web.wants_fragment():
        return web.see_other("imports.show", batch_id=batch_id, edit=row_id, sheet=found.sheet, _anchor=f"row-{row_id}")
    return _row_answer(batch, found, editing=row_id)


def _row_answer(
    batch: ImportBatch, found: ImportRow, editing: int = 0, problem: str = "", status: int = 200
) -> Response:
    """The row alone, and the counts that changed with it."""
    view = import_page.views_of(batch, [found], editing)[0]
    return web.page(
        "imports/_row_answer.html", status, batch=batch, view=view, tally=batch.counts["tally"], problem=problem,
        mine=True, settings=actions.settings_of(batch), back=_back(),
    )  # fmt: skip


def _back() -> str:
    """The list the row was shown in, kept by its form."""
    return web.safe_target(request.values.get("back")) or ""


def _after(batch: ImportBatch, found: ImportRow) -> Response:
    """After a row was changed: itself for htmx, else the list it stood in."""
    web.session().commit()
    if web.wants_fragment() and request.form.get("whole") != "1":
        return _row_answer(batch, found)
    answer = web.see_other("imports.show", batch_id=batch.id)
    if _back():
        answer.headers["Location"] = f"{_back()}#row-{found.id}"
    return answer


@views.post("/<int:batch_id>/rows/<int:row_id>")
def correct(batch_id: int, row_id: int) -> Response:
    """Other texts for some cells (fields c0, c1 ...), or a suggestion taken (`take`: column:text)."""
    batch = batch_of(batch_id)
    found = _row(batch, row_id)
    typed = {lists.key(name[1:]): text for name, text in request.form.items() if name[:1] == "c"}
    column, colon, text = request.form.get("take", "").partition(":")
    if colon:
        typed[lists.key(column)] = text
    texts = {place: text for place, text in typed.items() if place is not None}
    shown = {**found.content["cells"], **found.corrections}
    texts = {column: text for column, text in texts.items() if text.strip() != shown.get(str(column), "").strip()}
    try:
        rows.correct(web.session(), web.actor(), batch, found, texts, web.config().files_dir)
    except RuleBroken as refusal:
        if not web.wants_fragment():
            raise
        web.session().rollback()
        return _row_answer(batch_of(batch_id), _row(batch, row_id), row_id, refusal.message, 422)
    return _after(batch, found)


@views.post("/<int:batch_id>/rows/<int:row_id>/choice")
def choose_row(batch_id: int, row_id: int) -> Response:
    """What a row is: the same project, another one, to be skipped; or nothing said."""
    batch = batch_of(batch_id)
    found = _row(batch, row_id)
    word, _colon, chosen = request.form.get("choice", "").partition(":")
    choice = next((member for member in Choice if member.value == word), None)
    rows.choose_row(
        web.session(), web.actor(), batch, found, choice, lists.key(chosen),
        web.config().files_dir,
    )  # fmt: skip
    return _after(batch, found)


@views.post("/<int:batch_id>/rest")
def choose_rest(batch_id: int) -> Response:
    """The same word for every row that still waits."""
    batch = batch_of(batch_id)
    choice = next((member for member in Choice if member.value == request.form.get("choice")), None)
    if choice is None:
        raise RuleBroken(_("请选择怎么办。"))
    count = rows.choose_rest(web.session(), web.actor(), batch, choice, web.config().files_dir)
    web.session().commit()
    flash(_("%(n)d 行已定：%(choice)s。", n=count, choice=choice.label))
    return web.see_other("imports.show", batch_id=batch_id)


# ---------------------------------------------------------------------------------------------------- writing, undoing


@views.post("/<int:batch_id>/apply")
def apply(batch_id: int) -> Response:
    """Write the rows, all or nothing; many of them as a job."""
    batch = batch_of(batch_id)
    if batch.counts.get("tally", {}).get("rows", 0) > APPLIED_AT_ONCE and batch.state is BatchState.PREVIEWED:
        actions.ensure_mine(web.actor(), batch)
        applying.ensure_decided(web.session(), batch)
        return jobs.ordered(large.order_of(JobKind.LEDGER_APPLY, batch))
    counts = applying.apply(web.session(), web.actor(), batch, web.now())
    web.session().commit()
    said = "，".join(f"{result.label} {counts[result.value]} 行" for result in RowResult if counts.get(result.value))
    flash(_("已写入：%(said)s。", said=said or _("没有可写的行")))
    return web.see_other("imports.show", batch_id=batch_id)


@views.post("/<int:batch_id>/undo")
def take_back(batch_id: int) -> Response:
    """Undo the whole batch, unless somebody has worked on since."""
    batch = batch_of(batch_id)
    try:
        undo.roll_back(web.session(), web.actor(), batch, web.now())
    except Clash as clash:
        web.session().rollback()
        fresh = batch_of(batch_id)
        if fresh.state is not BatchState.APPLIED:
            raise
        return result_page(fresh, clash.message, 409)
    web.session().commit()
    flash(_("这批台账已整批撤销，库中恢复到写入之前。"))
    return web.see_other("imports.show", batch_id=batch_id)
