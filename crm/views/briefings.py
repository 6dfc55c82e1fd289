"""月度简报: the months, the preview with every figure's rows beside it, and the workbook."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.errors import NotFound
from crm.models import Project
from crm.policy import Act
from crm.rules.days import Month, start_of
from crm.views import web
from reports import preview
from reports.briefing import checks, render, text
from reports.briefing.collect import collect
from reports.briefing.evidence import Evidence, behind
from reports.briefing.facts import Briefing

views = Blueprint("briefings", __name__, url_prefix="/briefings")
log = logging.getLogger("crm.downloads")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONTHS_OFFERED = 24


def month_of(asked: str, today: date) -> Month:
    """The month of an address; what is no month, or has not begun, is not found."""
    try:
        month = Month.parse(asked)
    except ValueError as error:
        raise NotFound(_("没有“%(text)s”这个月份，请写成 2022-09。", text=asked)) from error
    if month.first > today:
        raise NotFound(_("%(month)s还没有开始。", month=month.label))
    return month


def facts(month: Month) -> Briefing:
    """The month's facts as known today, the same whoever asks: page, download and command make the same bytes of them."""
    config = web.config()
    known = start_of(web.clock().today())
    return collect(web.session(), month, config.zone_name, config.bureau_name, known, is_demo=config.demo)


@views.get("")
def index() -> Response:
    """The months, the newest complete one first."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    newest = Month.of(web.today())
    return web.page("briefings/index.html", months=[newest.shifted(-n) for n in range(MONTHS_OFFERED)], newest=newest)


@views.get("/<month>")
def show(month: str) -> Response:
    """The preview; `figure` and `about` open the rows behind a figure, `sheet` one of the workbook's tables."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    briefing = facts(month_of(month, web.today()))
    key, about = request.args.get("figure", ""), request.args.get("about", "")
    evidence = behind(briefing, key, about) if key else None
    if key and evidence is None:
        raise NotFound(_("简报里没有这个数字。"))
    context: dict[str, Any] = {
        "briefing": briefing,
        "evidence": evidence,
        "said": request.args.get("said", ""),
        "key": key,
        "about": about,
        "openable": _openable(evidence),
    }
    if web.wants_fragment():
        return web.page("briefings/_evidence.html", **context)
    chosen = render.table(briefing, request.args.get("sheet", ""))
    return web.page(
        "briefings/show.html",
        chapters=text.overview(briefing),
        findings=checks.findings(briefing),
        titles=[sheet.tab for sheet in render.tables()],
        chosen=chosen.name if chosen else None,
        table=preview.table(chosen) if chosen else [],
        **context,
    )


def _openable(evidence: Evidence | None) -> frozenset[int]:
    """The projects behind the figure that this reader may open: the others are named, as in the circulated copy."""
    ids = {row.project_id for row in evidence.rows if row.project_id} if evidence else set()
    mine = policy.rows(web.actor(), Act.SEE_PROJECT, Project)
    return frozenset(web.session().scalars(select(Project.id).where(Project.id.in_(ids), mine)))


@views.get("/<month>.xlsx")
def download(month: str) -> Response:
    """The workbook, in the copy that circulates: secret projects and telephones are masked for everybody."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    briefing = facts(month_of(month, web.today()))
    log.info("briefing %s downloaded by user %s from %s", month, web.actor().id, web.address())
    return web.download(render.render(briefing), render.file_name(briefing), XLSX)
