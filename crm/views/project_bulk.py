"""Changing the chosen projects of a list, or everything its filter holds, at one go."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from crm import policy
from crm.actions import project_bulk as actions
from crm.actions.project_bulk import MOST_AT_ONCE
from crm.errors import RuleBroken
from crm.forms.project_bulk import BulkForm
from crm.models import Change, Project
from crm.policy import Act
from crm.queries import keyset, project_list
from crm.queries import projects as queries
from crm.views import project_address, project_state, web

views = Blueprint("project_bulk", __name__, url_prefix="/projects/bulk")


@views.route("", methods=["GET", "POST"])
def change() -> Response:
    """What is to be done with them; then what was done, what was so already, and what was not and why."""
    policy.ensure(web.actor(), Act.EDIT_PROJECT)
    rows = _rows()
    count = keyset.count(web.session(), rows)
    form = _form()
    if form.validate_on_submit() and _may_go_on(form, count):
        chosen = queries.visible_to(web.actor()).where(Project.id.in_(rows)).order_by(Project.id)
        found = web.session().scalars(chosen.limit(MOST_AT_ONCE)).unique().all()
        outcome = actions.change(web.session(), web.actor(), found, form.change(), form.seen.data or 0, web.now())
        web.session().commit()
        return web.page("projects/bulk_done.html", outcome=outcome, back=project_state.arguments())
    totals = project_list.totals(web.session(), rows) if 0 < count <= MOST_AT_ONCE else None
    status = 422 if form.is_submitted() else 200
    return web.page(
        "projects/bulk.html", status, form=form, count=count, totals=totals, most=MOST_AT_ONCE,
        back=project_state.arguments(), here=request.full_path,
    )  # fmt: skip


def _rows() -> Select[int]:
    """The ids of the chosen rows, or of everything the filter holds; only what the actor sees."""
    if request.args.get("all") == "1":
        return project_state.read().rows()
    return project_state.ticked(request.args.getlist("ids")).rows(web.actor(), web.today(), Act.SEE_PROJECT)


def _form() -> BulkForm:
    session = web.session()
    form = BulkForm(seen=session.scalar(select(func.max(Change.id))) or 0)
    choices = project_address.choices(session)
    form.industry_id.fill(choices.industries)
    form.area_id.fill(choices.areas)
    if policy.can(web.actor(), Act.EDIT_TEAM):
        form.lead.fill(choices.leads)
        form.unit.fill(choices.units)
    return form


def _may_go_on(form: BulkForm, count: int) -> bool:
    if not form.change():
        form.refuse(RuleBroken(_("请至少选一项要改的内容。")))
    elif count > MOST_AT_ONCE:
        form.refuse(RuleBroken(_("一次最多处理 %(n)d 个，请先缩小筛选范围。", n=MOST_AT_ONCE)))
    elif not count:
        form.refuse(RuleBroken(_("没有选中项目。")))
    return not form.form_errors
