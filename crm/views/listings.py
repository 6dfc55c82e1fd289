"""Key projects: the annual lists a project stands on; its plans: plans.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import listings as actions
from crm.errors import RuleBroken
from crm.forms.base import HouseForm
from crm.forms.listings import ListingForm
from crm.models import Listing, Project
from crm.policy import Act
from crm.queries import listings as queries
from crm.queries import plans, projects
from crm.views import web

views = Blueprint("listings", __name__, url_prefix="/projects/<int:project_id>/listings")


def _one(project_id: int) -> Project:
    project = web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
    policy.ensure(web.actor(), Act.LIST_PROJECT, project)
    return project


@views.get("")
def show(project_id: int) -> Response:
    """The lists the project stands on, the form to put it on one, and its plans."""
    return _page(_one(project_id))


def _page(project: Project, status: int = 200, **forms: HouseForm) -> Response:
    year = web.today().year
    session = web.session()
    context: dict[str, Any] = {
        "listing_form": ListingForm(formdata=None, year=year, prefix="listing-"),
        **forms,
    }
    return web.page(
        "projects/listings.html",
        status,
        project=project,
        listings=session.scalars(queries.of_project(project.id)).all(),
        plans=plans.of_project(session, project.id),
        year=year,
        **context,
    )


@views.post("")
def add(project_id: int) -> Response:
    """Put the project on a list."""
    project, form = _one(project_id), ListingForm(prefix="listing-")
    if not form.validate_on_submit():
        return _page(project, 422, listing_form=form)
    try:
        actions.enlist(web.session(), web.actor(), project, form.draft(), web.today())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _page(_one(project_id), 422, listing_form=form)
    web.session().commit()
    flash(_("已列入清单。"))
    return web.see_other("listings.show", project_id=project_id)


@views.post("/<int:listing_id>/end")
def end(project_id: int, listing_id: int) -> Response:
    """Take the project off a list."""
    project = _one(project_id)
    listing = web.one(queries.of_project(project_id).where(Listing.id == listing_id))
    actions.delist(web.session(), web.actor(), project, listing, web.today())
    web.session().commit()
    flash(_("已移出清单，以前的统计不变。"))
    return web.see_other("listings.show", project_id=project_id)
