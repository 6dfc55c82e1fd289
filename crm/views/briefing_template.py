"""The office's own workbook as the briefing's template: uploaded, looked through, taken out of use; more routes of
briefing_layout.py. The workbook filled in is a route of briefings.py."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext as _

from crm import policy, storage
from crm.actions import briefing_layouts as actions
from crm.errors import NotFound, RuleBroken
from crm.forms.briefing_layout import ACCEPT, TemplateForm
from crm.models import BriefingTemplate
from crm.policy import Act
from crm.queries import briefings as queries
from crm.rules.days import Month
from crm.sheets import TEMPLATE_BYTES
from crm.views import web
from crm.views.briefing_layout import views
from crm.views.briefings import XLSX
from reports.briefing import template as templates
from reports.briefing.template_sample import sample

__all__ = ["views"]


@views.get("/template")
def template() -> Response:
    """What is in use, what it asks for, and the form for another one."""
    return _page(TemplateForm(formdata=None))


def _page(form: TemplateForm, status: int = 200) -> Response:
    in_use = queries.template_in_force(web.session())
    return web.page(
        "briefing_layout/template.html",
        status,
        form=form,
        in_use=in_use,
        seen=_seen(in_use) if in_use else None,
        versions=web.session().scalars(queries.templates().limit(20)).all(),
        accept=ACCEPT,
        sees=policy.can(web.actor(), Act.SEE_BRIEFING),
        month=Month.of(web.today()),  # of a month that was checked, its own template is in use
        most_mb=TEMPLATE_BYTES // 1000**2,
    )


def _seen(in_use: BriefingTemplate) -> templates.Inspection | None:
    try:
        return templates.inspected(storage.load(web.config().files_dir, in_use.digest))
    except (NotFound, RuleBroken):
        return None


@views.post("/template")
def upload_template() -> Response:
    """Keep a workbook that can be filled in; one that cannot gets every reason at the field."""
    form = TemplateForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    name, data = form.upload()
    try:
        seen = templates.ensure_usable(data)
        actions.keep_template(
            web.session(), web.actor(), name, data, form.note.data or "", web.config().files_dir, web.now()
        )
    except RuleBroken as refusal:
        web.session().rollback()
        for sentence in str(refusal.message).split("\n"):
            form.refuse(RuleBroken(sentence, "file"))
        return _page(form, 422)
    web.session().commit()
    flash(_("模板已启用，认出占位符 %(n)d 处。", n=len(seen.found)))
    return web.see_other("briefing_layout.template")


@views.post("/template/drop")
def drop_template() -> Response:
    """Take it out of use."""
    actions.drop_template(web.session(), web.actor(), web.now())
    web.session().commit()
    flash(_("已停用模板；标准工作簿照常生成。"))
    return web.see_other("briefing_layout.template")


@views.get("/template/<int:number>.xlsx")
def template_file(number: int) -> Response:
    """A version as it was uploaded."""
    rows = queries.templates().where(BriefingTemplate.number == number, BriefingTemplate.digest != "")
    row = web.session().scalars(rows).one_or_none()
    if row is None:
        raise NotFound(_("没有这一版模板。"))
    return web.download(storage.load(web.config().files_dir, row.digest), row.filename, XLSX)


@views.get("/template/sample.xlsx")
def sample_template() -> Response:
    """A workbook that shows what can be asked for."""
    return web.download(sample(web.now()), _("简报模板样例") + ".xlsx", XLSX)
