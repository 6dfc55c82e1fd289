"""A cell of the project list changed in its place: the form of one field, then the cell as it is now."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from crm import language, policy
from crm.actions import projects as actions
from crm.actions.two_editors import EditClash
from crm.errors import NotFound, RuleBroken
from crm.forms.fields import TypedRowField
from crm.forms.projects import COLUMN_OF, EditForm
from crm.models import Project
from crm.policy import Act
from crm.queries import companies, project_filters, project_list
from crm.queries import projects as queries
from crm.queries.project_columns import COLUMNS, Column, Shown
from crm.queries.project_filters import ProjectFilter, View
from crm.queries.row_history import last_change_id
from crm.rules.two_editors import Side
from crm.views import clashes, project_address, web
from crm.views.project_looks import Beside, cell_printer

views = Blueprint("project_cells", __name__)


@views.route("/projects/<int:project_id>/cell/<column>", methods=["GET", "POST"])
def cell(project_id: int, column: str) -> Response:
    """The form of one cell; saved, or asked to show (`show=1`), the cell itself. Whole pages edit on the project's form."""
    found = COLUMNS.get(column)
    project = web.one(queries.whole(web.actor()).where(Project.id == project_id))
    if found is None or not found.edits:
        raise NotFound
    if request.method == "GET" and not web.wants_fragment():
        address = url_for("projects.edit", project_id=project_id, _anchor=found.edits)
        return redirect(address)  # type: ignore[return-value]
    if request.method == "GET" and request.args.get("show") == "1":
        return _closed(project_id, found)
    policy.ensure(web.actor(), Act.EDIT_PROJECT, project)
    form = _form(project, found.edits)
    if not form.validate_on_submit():
        return _open(form, project, found, 422 if form.is_submitted() else 200)
    return _save(form, project, found)


def _save(form: EditForm, project: Project, column: Column) -> Response:
    name, session = column.edits, web.session()
    values = {COLUMN_OF.get(name, name): form.value(name)}
    project_id = project.id
    try:
        actions.edit(
            session, web.actor(), project, values, form.seen.data or 0, web.now(), bool(form.confirmed.data)
        )  # fmt: skip
    except EditClash as clash:
        form.refuse(RuleBroken(_clash_words(clash), name))
        form.seen.renew(clash.told)
        return _open(form, project, column, 409)
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(RuleBroken(refusal.message, form.column_field(refusal.field or "")))
        return _open(form, web.one(queries.visible_to(web.actor()).where(Project.id == project_id)), column, 422)
    session.commit()
    if not web.wants_fragment():
        return web.see_other("projects.show", project_id=project_id)
    return _closed(project_id, column)


def _clash_words(clash: EditClash) -> str:
    """Who wrote what into the cell meanwhile; to save once more is to mean it."""
    theirs = dict(clashes.questions(clash)[0].sides)[Side.THEIRS]
    words = _("%(who)s刚改成“%(theirs)s”。再保存以你填的为准，取消则保留对方的。", who=clash.who, theirs=theirs)
    return str(words)


def _form(project: Project, name: str) -> EditForm:
    session, actor = web.session(), web.actor()
    investor = project.company.name if project.company else ""
    form = EditForm(obj=project, investor=investor, seen=last_change_id(session, project))
    form.keep_only(name)
    field = form[name]
    if isinstance(field, TypedRowField):
        field.suggestions = companies.suggestions(session, actor)
        field.find = lambda text: companies.named(session, actor, text)
    elif name in ("industry_id", "area_id"):
        offered = project_address.choices(session)
        field.fill(offered.industries if name == "industry_id" else offered.areas)
    for each in form:
        each.id = f"cell-{project.id}-{each.id}"  # the page holds other fields of this name
        each.label.field_id = each.id
    return form


def _open(form: EditForm, project: Project, column: Column, status: int) -> Response:
    field, doubted = form[column.edits], column.edits == "total_yuan" and form.is_submitted()
    asks = doubted and (bool(field.errors) or bool(form.confirmed.data))
    return web.page(
        "projects/list/_cell_form.html", status, form=form, field=field, project=project, column=column, asks=asks
    )


def _closed(project_id: int, column: Column) -> Response:
    every = project_filters.matching(web.actor(), ProjectFilter(View.EVERY), web.today())
    row = project_list.one(web.session(), web.actor(), every.where(Project.id == project_id))
    beside = Beside(web.today(), web.limits())
    with language.reading():
        cell = Markup(cell_printer(Shown(column), beside, fresh=True)(row))  # noqa: S704 - escaped where it is printed
    return web.page("projects/list/_cell.html", cell=cell)
