"""The public pool: what lies in it, picking, and giving a project into it. Transfers: transfers.py, on the same blueprint."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import pool as actions
from crm.errors import RuleBroken
from crm.forms.ownership import ReleaseForm
from crm.models import Project
from crm.policy import Act
from crm.queries import pool as queries
from crm.queries import projects, transfers
from crm.queries.pool import PoolFilter
from crm.rules.days import FIRST_YEAR, LAST_YEAR
from crm.rules.pool import Band, band, pick_problem, shown_name
from crm.views import lists, web

views = Blueprint("pool", __name__)
_PLACE = "%Y%m%d%H%M%S%f"


@views.get("/pool")
def index() -> Response:
    """The pool: little of each project, and a button to pick it."""
    policy.ensure(web.actor(), Act.PICK)
    session, actor, office = web.session(), web.actor(), web.settings()
    wanted = PoolFilter(lists.number("industry"), lists.word("band", Band), _place(request.args.get("before", "")))
    rows, older = queries.page(session, actor, wanted)
    picker = queries.picker(session, actor.id, None, web.today())
    return web.page(
        "pool/index.html",
        rows=rows,
        total=queries.count(session, wanted),
        most=queries.MOST_COUNTED,
        wanted=wanted,
        older=_place_text(older),
        picker=picker,
        office=office,
        problem=pick_problem(picker, office.pick_limits, web.today()),
        industries=projects.industries(session),
        bands=list(Band),
        band=band,
        called=lambda row: shown_name(row.name, row.alias, row.industry, office.pool_shows_names),
        waiting=transfers.waiting(session, actor),
        address=lists.address,
    )


def _place(text: str) -> tuple[datetime, int] | None:
    """Where a page of the list begins, as `_place_text` wrote it; anything else is the beginning."""
    instant, _mark, key = text.partition("-")
    row_id = lists.key(key)
    try:
        at = (
            datetime.strptime(instant, _PLACE).replace(tzinfo=UTC) if instant.isascii() and len(instant) == 20 else None
        )
    except ValueError:
        return None
    known = at is not None and FIRST_YEAR <= at.year <= LAST_YEAR
    return (at, row_id) if at is not None and known and row_id is not None else None


def _place_text(place: tuple[datetime, int] | None) -> str:
    return f"{place[0].astimezone(UTC):{_PLACE}}-{place[1]}" if place else ""


@views.post("/pool/<int:project_id>/pick")
def pick(project_id: int) -> Response:
    """Take a project out of the pool."""
    session = web.session()
    try:
        project = actions.pick(session, web.actor(), project_id, web.settings().pick_limits, web.now())
    except RuleBroken as refusal:
        session.rollback()
        flash(refusal.message, "warning")
        return web.see_other("pool.index")
    session.commit()
    flash(_("已领取“%(name)s”，由你主办。请尽快联系投资方。", name=project.name))
    return web.see_other("projects.show", project_id=project.id)


@views.route("/projects/<int:project_id>/release", methods=["GET", "POST"])
def release(project_id: int) -> Response:
    """Give a project into the pool."""
    project = _one(project_id)
    policy.ensure(web.actor(), Act.TRANSFER, project)
    form = ReleaseForm()
    if form.validate_on_submit():
        try:
            actions.release(web.session(), web.actor(), project, form.reason.data or "", web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _one(project_id)
        else:
            web.session().commit()
            flash(_("已释放到公共池。"))
            return web.see_other("projects.show", project_id=project_id)
    return web.page(
        "pool/release.html",
        422 if form.is_submitted() else 200,
        form=form,
        project=project,
        rest_days=web.settings().pool_rest_days,
    )


def _one(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
