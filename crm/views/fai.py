"""入统: one project's place in the statistics of fixed-asset investment, kept by the statistician."""

from __future__ import annotations

from flask import Blueprint, Response, flash
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.actions import fai as actions
from crm.errors import RuleBroken
from crm.forms.fai import FaiForm, WithdrawForm
from crm.models import FaiEntry, Project
from crm.policy import Act
from crm.queries import fai as queries
from crm.queries import projects, settings
from crm.views import web

views = Blueprint("fai", __name__, url_prefix="/projects/<int:project_id>/fai")


def _one(project_id: int) -> Project:
    project = web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
    policy.ensure(web.actor(), Act.VERIFY, project)
    return project


@views.get("")
def show(project_id: int) -> Response:
    """What is recorded, and the form to record it or to take it back."""
    return _page(_one(project_id))


def _page(
    project: Project, status: int = 200, form: FaiForm | None = None, withdrawal: WithdrawForm | None = None
) -> Response:
    session = web.session()
    entries = queries.of_project(session, project.id)
    return web.page(
        "projects/fai.html",
        status,
        project=project,
        entries=entries,
        standing=next((entry for entry, _by, _gone in entries if entry.withdrawn_at is None), None),
        started_on=queries.started_on(session, project.id, settings.basis(session, web.today())),
        form=form or FaiForm(formdata=None, entered_on=web.today()),
        withdrawal=withdrawal or WithdrawForm(formdata=None, prefix="withdraw-"),
    )


@views.post("")
def record(project_id: int) -> Response:
    """Record the day and the code."""
    project, form = _one(project_id), FaiForm()
    if not form.validate_on_submit():
        return _page(project, 422, form)
    try:
        actions.record(web.session(), web.actor(), project, form.draft(), web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _page(_one(project_id), 422, form)
    web.session().commit()
    flash(_("已登记入统。"))
    return web.see_other("projects.show", project_id=project_id)


@views.post("/<int:fai_id>/withdraw")
def withdraw(project_id: int, fai_id: int) -> Response:
    """Take an entry back."""
    project, form = _one(project_id), WithdrawForm(prefix="withdraw-")
    entry = web.one(select(FaiEntry).where(FaiEntry.id == fai_id, FaiEntry.project_id == project_id))
    if not form.validate_on_submit():
        return _page(project, 422, withdrawal=form)
    try:
        actions.withdraw(web.session(), web.actor(), project, entry, form.reason.data or "", web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _page(_one(project_id), 422, withdrawal=form)
    web.session().commit()
    flash(_("已撤销入统登记，原记录保留。"))
    return web.see_other("fai.show", project_id=project_id)
