"""What proves a claim: adding files, choosing among those of the project, letting one go. Part of the claims' blueprint."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash
from flask_babel import gettext as _
from sqlalchemy import select

from crm.actions import evidence as actions
from crm.errors import RuleBroken
from crm.forms.claims import AttachForm, BindForm, VerdictForm
from crm.models import Attachment, Claim
from crm.queries import evidence
from crm.views import web
from crm.views.claim_forms import views
from crm.views.claims import get_claim, show_claim

__all__ = ["views"]


@views.post("/claims/<int:claim_id>/files")
def add_evidence(claim_id: int) -> Response:
    """New files that prove it."""
    claim, form = get_claim(claim_id), AttachForm()

    def add() -> str:
        folder = web.config().files_dir
        kept = [actions.add(web.session(), web.actor(), claim, item, folder, web.now()) for item in form.uploads()]
        return str(_("已补充 %(n)d 个凭证。", n=len(kept)))

    return _change(claim, form, add)


@views.post("/claims/<int:claim_id>/files/bind")
def bind_evidence(claim_id: int) -> Response:
    """A file that lies with the project proves it."""
    claim, form = get_claim(claim_id), BindForm()
    form.offer(evidence.free_files(web.session(), claim.project_id))

    def bind() -> str:
        if form.bound.data is None:
            raise RuleBroken(_("请选择附件。"), "bound")
        actions.bind(web.session(), web.actor(), claim, _file(claim, form.bound.data))
        return str(_("已用作凭证。"))

    return _change(claim, form, bind)


@views.post("/claims/<int:claim_id>/files/<int:file_id>/unbind")
def unbind_evidence(claim_id: int, file_id: int) -> Response:
    """The file proves something else; it stays with the project."""
    claim = get_claim(claim_id)
    actions.unbind(web.session(), web.actor(), claim, _file(claim, file_id))
    web.session().commit()
    flash(_("已移出凭证，文件仍在项目附件里。"))
    return web.see_other("claims.show", claim_id=claim_id)


def _file(claim: Claim, file_id: int) -> Attachment:
    return web.one(select(Attachment).where(Attachment.id == file_id, Attachment.project_id == claim.project_id))


def _change(claim: Claim, form: AttachForm | BindForm, change: Callable[[], str]) -> Response:
    """Do it, and show the claim; what is refused stands at its field."""
    claim_id = claim.id
    if form.validate_on_submit():
        try:
            words = change()
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(words)
            return web.see_other("claims.show", claim_id=claim_id)
    return show_claim(get_claim(claim_id), VerdictForm(formdata=None), 422, **{form.place: form})
