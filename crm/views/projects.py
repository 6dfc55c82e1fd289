"""Projects: the list and its export, and one project's page. Registering and changing: project_forms.py."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, request

from crm import policy
from crm.actions.people import note
from crm.models import Project
from crm.policy import Act
from crm.queries import project_filters, project_list
from crm.queries import projects as queries
from crm.queries.timeline import Show
from crm.views import lists, project_address, project_page, web
from reports import ledgers

views = Blueprint("projects", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ------------------------------------------------------------------------------------------------------------- the list


@views.get("/projects")
def index() -> Response:
    """The projects one may see, narrowed and sorted by the address, with totals over the whole filter."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    session, actor, today = web.session(), web.actor(), web.today()
    wanted, sort = project_address.wanted(), request.args.get("sort", project_list.DEFAULT_SORT)
    rows = project_filters.matching(actor, wanted, today)
    totals = project_list.totals(session, rows)
    pager = lists.Pager(lists.page_asked(), totals.count)
    found = project_list.page_of(session, rows, sort, pager.offset, pager.size)
    choices = project_address.choices(session)
    return web.page(
        "projects/index.html",
        rows=found,
        arrived=project_list.arrived_yuan(session, [row.id for row in found]),
        totals=totals,
        pager=pager,
        wanted=wanted,
        sort=sort,
        views=project_filters.view_counts(session, actor, today),
        choices=choices,
        applied=project_address.applied(wanted, choices),
        address=lists.address,
        sort_address=lists.sort_address,
        page_address=lists.page_address,
    )


@views.post("/projects.xlsx")
def export() -> Response:
    """The filtered list as a workbook, as far as one may export; who exported what is kept."""
    policy.ensure(web.actor(), Act.EXPORT)
    session, actor, today = web.session(), web.actor(), web.today()
    rows = project_filters.matching(actor, project_address.wanted(), today, Act.EXPORT)
    found = project_list.every(session, rows, request.args.get("sort", project_list.DEFAULT_SORT))
    arrived = project_list.arrived_yuan(session, [row.id for row in found])
    conditions = request.query_string.decode()
    note(session, actor.id, "export", f"projects.xlsx {len(found)} {conditions}"[:1000], web.now())
    session.commit()
    data = ledgers.projects(found, arrived, today, f"{actor.name} {today.isoformat()} 导出")
    return web.download(data, f"项目清单{today:%Y%m%d}.xlsx", XLSX)


# ----------------------------------------------------------------------------------------------------------- one project


@views.get("/projects/<int:project_id>")
def show(project_id: int) -> Response:
    """The project: where it stands, what is next, what is known, what happened."""
    project = web.one(queries.whole(web.actor()).where(Project.id == project_id))
    before = _instant(request.args.get("before", ""))
    show_only = lists.word("show", Show) or Show.ALL
    parts = project_page.parts(project, show_only, before)
    if web.wants_fragment():
        return web.page("projects/_timeline.html", **parts)
    return web.page("projects/show.html", **parts)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in an address reads as a space
    except ValueError:
        return None
    return found if found.tzinfo else None
