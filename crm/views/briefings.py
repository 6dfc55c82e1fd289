"""月度简报: the months, the preview with every figure's rows beside it, and the workbook."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.actions.jobs import Order
from crm.choices import BriefingState, JobKind
from crm.errors import NotFound
from crm.forms.base import HouseForm
from crm.forms.briefings import CheckForm, IssueForm, RemarkForm
from crm.models import BriefingIssue, Project
from crm.policy import Act
from crm.queries import briefings as queries
from crm.queries import keyset
from crm.rules import briefings as rules
from crm.rules.days import Month
from crm.rules.jobs import BRIEFED_AT_ONCE
from crm.views import briefing_facts, jobs, web
from reports import preview
from reports.briefing import checks, render, text
from reports.briefing.compare import between
from reports.briefing.default_layout import KEY_PROJECTS
from reports.briefing.evidence import behind
from reports.briefing.facts import Briefing
from reports.briefing.layout import Layout
from reports.briefing.words import long_day

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


@views.get("")
@web.elsewhere
def index() -> Response:
    """The months, the newest complete one first."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    newest = Month.of(web.today())
    return web.page(
        "briefings/index.html",
        months=[newest.shifted(-n) for n in range(MONTHS_OFFERED)],
        newest=newest,
        issues={Month.of(issue.month): issue for issue in web.session().scalars(queries.issues())},
        is_large=is_large(None),
    )


@views.get("/compare")
@web.elsewhere
def compare() -> Response:
    """Two months side by side: added, left, changed with the old value above the new."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    newest = Month.of(web.today())
    new = month_of(request.args.get("to") or str(newest.shifted(-1)), web.today())
    old = month_of(request.args.get("from") or str(new.shifted(-1)), web.today())
    found = between(*briefing_facts.pair(old, new))
    rows = [row for table in found.tables for row in (*table.added, *table.left, *table.changed)]
    return web.page(
        "briefings/compare.html",
        found=found,
        old=old,
        new=new,
        months=sorted({old, new, *(newest.shifted(-n) for n in range(MONTHS_OFFERED))}, reverse=True),
        openable=_openable({row.project_id for row in rows}),
    )


@views.get("/<month>")
@web.elsewhere
def show(month: str) -> Response:
    """The preview; `figure` and `about` open the rows behind a figure, `sheet` one of the workbook's tables."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    return page(month_of(month, web.today()))


def page(month: Month, status: int = 200, **forms: HouseForm) -> Response:
    """The month's page; `forms` are those that were refused."""
    issue = queries.find(web.session(), month)
    briefing = briefing_facts.facts(month, issue)
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
        "openable": _openable({row.project_id for row in evidence.rows} if evidence else ()),
    }
    if web.wants_fragment():
        return web.page("briefings/_evidence.html", **context)
    layout = briefing_facts.layout(issue)
    chosen = render.table(briefing, request.args.get("sheet", ""), layout)
    table = preview.table(chosen) if chosen else []
    return web.page(
        "briefings/show.html",
        status,
        dated=long_day(briefing.edition.issued_on or briefing.month.last),
        chapters=text.overview(briefing, layout),
        findings=checks.findings(briefing, layout),
        headline=render.headline(briefing, layout),
        titles=[sheet.tab for sheet in render.tables(layout)],
        chosen=chosen.name if chosen else None,
        table=table,
        lit=_lit(briefing, layout, chosen.name if chosen else None, table),
        **_steps(month, issue, forms),
        is_large=is_large(issue),
        has_template=queries.template_of(web.session(), issue) is not None,
        **context,
    )


def _steps(month: Month, issue: BriefingIssue | None, forms: Mapping[str, HouseForm]) -> dict[str, Any]:
    """How far the month's briefing is, and what this reader may do next."""
    session, actor = web.session(), web.actor()
    newest = queries.newest_issued(session)
    state = issue.state if issue else BriefingState.DRAFT
    problem = rules.month_problem(month, web.today(), newest) if state is not BriefingState.ISSUED else None
    checks_it, signs_it = policy.can(actor, Act.CHECK_BRIEFING), policy.can(actor, Act.ISSUE_BRIEFING)
    return {
        "issue": issue,
        "state": state,
        "problem": problem,
        "check_form": forms.get("check_form") or CheckForm(formdata=None),
        "issue_form": forms.get("issue_form") or issue_form(formdata=None),
        "remark_form": forms.get("remark_form") or RemarkForm(formdata=None),
        "typed": queries.remarks(session, month) if checks_it else [],
        "may_check": checks_it and state is BriefingState.DRAFT and not problem,
        "may_write": checks_it and state is BriefingState.DRAFT,
        "may_reopen": checks_it and state is BriefingState.CHECKED,
        "may_issue": (checks_it or signs_it) and state is BriefingState.CHECKED and not problem,
        "begins_year": newest is None or newest.year != month.year,
    }


def issue_form(**values: Any) -> IssueForm:
    """The form with the leaders who may sign; one who signs himself need not choose."""
    actor, form = web.actor(), IssueForm(**values)
    if policy.can(actor, Act.ISSUE_BRIEFING):
        form.signer.fill([(actor.id, actor.name)])
        form.signer.data = form.signer.data or actor.id
    else:
        form.signer.fill([(user.id, user.name) for user in web.session().scalars(queries.signers())])
    return form


def _lit(briefing: Briefing, layout: Layout, tab: str | None, table: Sequence[Sequence[preview.Shown]]) -> list[str]:
    """For each row of the table where its light leads: of key projects to their history, as far as this reader may open it."""
    if not any(sheet.tab == tab and sheet.rows_of == KEY_PROJECTS.key for sheet in render.tables(layout)):
        return [""] * len(table)
    mine, month = _openable({row.project_id for row in briefing.key_projects}), briefing.month
    names = {
        row.name: url_for("lights.history", project_id=row.project_id, year=month.year, _anchor=f"m{month.number}")
        for row in briefing.key_projects
        if row.project_id in mine
    }
    return [next((names[cell.text] for cell in row if cell.text in names), "") for row in table]


def _openable(found: Collection[int | None]) -> frozenset[int]:
    """The projects among these that this reader may open: the others are named, as in the circulated copy."""
    ids = {key for key in found if key}
    if not ids:
        return frozenset()
    mine = policy.rows(web.actor(), Act.SEE_PROJECT, Project)
    return frozenset(web.session().scalars(select(Project.id).where(Project.id.in_(ids), mine)))


def is_large(issue: BriefingIssue | None) -> bool:
    """Whether the workbook is better made in the background: the register is large and nothing of the month is frozen yet."""
    if issue is not None and issue.state is not BriefingState.DRAFT:
        return False
    return keyset.count(web.session(), select(Project.id), BRIEFED_AT_ONCE) > BRIEFED_AT_ONCE


@views.post("/<month>/make")
def make(month: str) -> Response:
    """The workbook as a job."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    wanted = month_of(month, web.today())
    return jobs.ordered(Order(JobKind.BRIEFING, {"month": str(wanted)}, wanted.label))


@views.get("/<month>.xlsx")
@web.elsewhere
def download(month: str) -> Response:
    """The workbook, in the copy that circulates: secret projects and telephones are masked for everybody.

    Of a large register it is made in the background: the page has the button for it.
    """
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    asked = month_of(month, web.today())
    issue = queries.find(web.session(), asked)
    if is_large(issue):
        return web.see_other("briefings.show", month=str(asked))
    briefing = briefing_facts.facts(asked, issue)
    log.info("briefing %s downloaded by user %s from %s", month, web.actor().id, web.address())
    return web.download(
        briefing_facts.workbook(briefing, issue), render.file_name(briefing, briefing_facts.layout(issue)), XLSX
    )


@views.get("/<month>/template.xlsx")
@web.elsewhere
def template(month: str) -> Response:
    """The office's own template filled in, under the rights of the briefing: the same facts as the workbook beside it."""
    policy.ensure(web.actor(), Act.SEE_BRIEFING)
    asked = month_of(month, web.today())
    issue = queries.find(web.session(), asked)
    briefing = briefing_facts.facts(asked, issue)
    data = briefing_facts.filled(briefing, issue)
    log.info("briefing %s in the template downloaded by user %s from %s", month, web.actor().id, web.address())
    return web.download(data, render.file_name(briefing, briefing_facts.layout(issue), own=True), XLSX)
