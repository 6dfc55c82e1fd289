"""年度计划: a key project's year with its nodes, and every key project of a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import plans as actions
from crm.actions.people import note
from crm.choices import KeyList, MemberRole
from crm.errors import Clash, NotFound, RuleBroken
from crm.forms.base import HouseForm
from crm.forms.plans import NodeForm, NodePlanForm, NodeReportForm, PlanForm, plan_form
from crm.models import PlanNode, Project
from crm.policy import Act
from crm.queries import plans as queries
from crm.queries import projects
from crm.queries import settings as office
from crm.queries.plans import Wanted, YearRow
from crm.rules import monthly
from crm.rules import plans as rules
from crm.rules.days import FIRST_YEAR, LAST_YEAR, Month
from crm.rules.listings import YEARS_AHEAD, YEARS_BACK
from crm.rules.plans import Progress
from crm.rules.schedule import deviation_points, share
from crm.views import lists, web
from crm.views.figures import XLSX
from reports.catalogue import build

views = Blueprint("plans", __name__)
MOST_EXPORTED = 2_000


def _one(project_id: int, year: int) -> Project:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound
    return web.one(projects.whole(web.actor()).where(Project.id == project_id))


# --------------------------------------------------------------------------------------------------------- a project's year


@views.get("/projects/<int:project_id>/plans/<int:year>")
def show(project_id: int, year: int) -> Response:
    """The plan of a year beside what was done, its nodes, the other years, and what was changed."""
    return _page(_one(project_id, year), year)


def _page(project: Project, year: int, status: int = 200, **forms: HouseForm) -> Response:
    session, today = web.session(), web.today()
    plans = queries.of_project(session, project.id)
    versions = [(plan, by) for plan, by in plans if plan.year == year]
    now = versions[0][0] if versions else None
    done = queries.done_by_month(session, project.id, office.basis(session, today))
    months = rules.month_lines(
        now.planned_yuan if now else None, now.month_yuan if now else None, done.get(year, {}),
        rules.months_told(year, _running()), rules.begins(now) if now else 1,
    )  # fmt: skip
    done_ever = sum(sum(of_year.values()) for of_year in done.values())
    may = {act: policy.allows(web.actor(), act, project) for act in (Act.LIST_PROJECT, Act.REPORT_NODE)}
    context: dict[str, Any] = {"form": plan_form(now), "node_form": NodeForm(formdata=None, prefix="node-"), **forms}
    return web.page(
        "plans/show.html",
        status,
        project=project,
        year=year,
        plan=now,
        approved_by=versions[0][1] if versions else None,
        months=months,
        told=_told(months),
        nodes=queries.nodes(session, [project.id], year),
        standing=lambda node: rules.standing(node, today),
        years=_years(plans, done),
        done_ever=done_ever,
        ever=share(done_ever, project.total_yuan),
        changes=[(new, by, rules.differences(old, new)) for (new, by), (old, _by) in pairwise(versions)],
        leaders=[m.user.name for m in project.members if m.role is MemberRole.LEADER and m.to_on is None],
        usual=rules.names_of(web.settings().plan_nodes),
        may=may,
        plannable=_plannable(year),
        **context,
    )  # fmt: skip


def _plannable(year: int) -> bool:
    return web.today().year - YEARS_BACK <= year <= web.today().year + YEARS_AHEAD


def _running() -> Month:
    """The month that is filled in now: what is done is judged up to its end, as the briefing does."""
    return monthly.running(web.today(), web.settings(), office.calendar(web.session()))


def _told(months: Sequence[rules.MonthLine]) -> rules.MonthLine | None:
    """The last month of which the investment is told."""
    return next((line for line in reversed(months) if line.done_so_far_yuan is not None), None)


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year of a project: what it planned, what it did."""

    year: int
    planned_yuan: int | None
    done_yuan: int

    @property
    def completion(self) -> Any:
        """年度完成率."""
        return share(self.done_yuan, self.planned_yuan)


def _years(plans: Sequence[Any], done: Any) -> list[YearLine]:
    planned: dict[int, int] = {}
    for plan, _by in plans:  # the newest of a year comes first
        planned.setdefault(plan.year, plan.planned_yuan)
    found = sorted({*planned, *done}, reverse=True)
    return [YearLine(year, planned.get(year), sum(done.get(year, {}).values())) for year in found]


@views.post("/projects/<int:project_id>/plans/<int:year>")
def plan(project_id: int, year: int) -> Response:
    """State the year's plan, or change it with a reason."""
    project, form = _one(project_id, year), PlanForm()
    policy.ensure(web.actor(), Act.LIST_PROJECT, project)
    if not form.validate_on_submit():
        return _page(project, year, 422, form=form)
    try:
        actions.plan_year(web.session(), web.actor(), project, form.draft(year), web.now())
    except RuleBroken as refusal:
        return _refused(project_id, year, refusal, form=form)
    web.session().commit()
    flash(_("已下达 %(year)d 年度计划。", year=year))
    return web.see_other("plans.show", project_id=project_id, year=year)


def _refused(project_id: int, year: int, refusal: RuleBroken, **forms: HouseForm) -> Response:
    web.session().rollback()
    for form in forms.values():
        form.refuse(refusal)
    return _page(_one(project_id, year), year, 422, **forms)


@views.post("/projects/<int:project_id>/plans/<int:year>/nodes")
def add_node(project_id: int, year: int) -> Response:
    """Put a node on the plan."""
    project, form = _one(project_id, year), NodeForm(prefix="node-")
    policy.ensure(web.actor(), Act.LIST_PROJECT, project)
    if not form.validate_on_submit():
        return _page(project, year, 422, node_form=form)
    try:
        actions.add_node(web.session(), web.actor(), project, form.draft(year), web.now())
    except RuleBroken as refusal:
        return _refused(project_id, year, refusal, node_form=form)
    web.session().commit()
    flash(_("已加入节点“%(name)s”。", name=form.name.data))
    return web.see_other("plans.show", project_id=project_id, year=year, _anchor="nodes")


# ------------------------------------------------------------------------------------------------------------------ a node


def _node(project_id: int, node_id: int) -> tuple[Project, PlanNode]:
    project = web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
    return project, web.one(queries.node_of(project.id, node_id))


@views.get("/projects/<int:project_id>/plans/nodes/<int:node_id>")
def node(project_id: int, node_id: int) -> Response:
    """A node's days, who moved them and why, and the forms for whoever may."""
    return _node_page(*_node(project_id, node_id))


def _node_page(project: Project, found: PlanNode, status: int = 200, **forms: HouseForm) -> Response:
    days = {"forecast_on": found.forecast_on, "actual_on": found.actual_on, "note": found.note}
    context: dict[str, Any] = {
        "report_form": NodeReportForm(formdata=None, data=days),
        "plan_form": NodePlanForm(formdata=None, data={"planned_on": found.planned_on}),
        **forms,
    }
    for form in (context["report_form"], context["plan_form"]):
        form.version.renew(found.version)
    return web.page(
        "plans/node.html",
        status,
        project=project,
        node=found,
        standing=rules.standing(found, web.today()),
        moves=queries.moves(web.session(), [found.id]),
        may_report=policy.allows(web.actor(), Act.REPORT_NODE, project),
        may_plan=policy.allows(web.actor(), Act.LIST_PROJECT, project),
        **context,
    )


@views.post("/projects/<int:project_id>/plans/nodes/<int:node_id>/report")
def report_node(project_id: int, node_id: int) -> Response:
    """Say when a node is expected or was reached."""
    project, found = _node(project_id, node_id)
    policy.ensure(web.actor(), Act.REPORT_NODE, project)
    form = NodeReportForm()

    def deed() -> None:
        actions.report_node(web.session(), web.actor(), project, found, form.draft(), form.version.data, web.now())

    return _done_with(project, found, form, "report_form", deed)


@views.post("/projects/<int:project_id>/plans/nodes/<int:node_id>/plan")
def replan_node(project_id: int, node_id: int) -> Response:
    """Plan a node for another day, or take it off the plan."""
    project, found = _node(project_id, node_id)
    policy.ensure(web.actor(), Act.LIST_PROJECT, project)
    form, off = NodePlanForm(), request.form.get("deed") == "off"

    def deed() -> None:
        actions.replan_node(
            web.session(), web.actor(), project, found, None if off else form.planned_on.data, form.reason.data or "",
            form.version.data, web.now(),
        )  # fmt: skip

    return _done_with(project, found, form, "plan_form", deed)


def _done_with(project: Project, found: PlanNode, form: HouseForm, name: str, deed: Callable[[], None]) -> Response:
    """Validate, do it, commit once; what is refused stands at its field with everything typed kept."""
    if not form.validate_on_submit():
        return _node_page(project, found, 422, **{name: form})
    try:
        deed()
    except (RuleBroken, Clash) as refusal:
        web.session().rollback()
        form.refuse(refusal if isinstance(refusal, RuleBroken) else RuleBroken(refusal.message))
        status = 422 if isinstance(refusal, RuleBroken) else 409
        return _node_page(*_node(project.id, found.id), status, **{name: form})
    web.session().commit()
    flash(_("已保存节点“%(name)s”。", name=found.name))
    return web.see_other("plans.show", project_id=project.id, year=found.year, _anchor="nodes")


# ------------------------------------------------------------------------------------------------------- everybody's year


def _wanted() -> Wanted:
    year = lists.number("year") or web.today().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound
    return Wanted(year, lists.number("unit"), lists.word("list", KeyList), request.args.get("missing") == "1")


def _shown(rows: Sequence[YearRow], month: int) -> list[tuple[YearRow, Progress]]:
    """Each with how far it is at the end of a month of the year."""
    return [(row, rules.progress(row.done_yuan, row.plan, month)) for row in rows]


@views.get("/plans")
@web.elsewhere
def index() -> Response:
    """The key projects of a year: plan, done, rate, the next node; who has no plan is named."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    wanted, session, actor = _wanted(), web.session(), web.actor()
    basis = office.basis(session, web.today())
    month = rules.months_told(wanted.year, _running())
    found = queries.sums(session, actor, wanted, basis, month)
    rows, turn = lists.turned(queries.of_year(actor, wanted, basis), queries.ORDER, found.count, exact=True)
    return web.page(
        "plans/index.html",
        wanted=wanted,
        rows=_shown(queries.lines(session, rows, wanted.year, month, basis), month),
        standing=lambda node: rules.standing(node, web.today()),
        turn=turn,
        sums=found,
        month=Month(wanted.year, month) if month else None,
        completion=share(found.done_yuan, found.planned_yuan),
        deviation=deviation_points(found.done_yuan, found.planned_yuan, found.due) if month else None,
        missing_words=rules.missing_words(found.missing_names, found.missing),
        units=[unit for unit in session.scalars(office.units_with_targets()) if unit.parent_id is not None],
        key_lists=list(KeyList),
        may_export=policy.can(actor, Act.EXPORT),
        address=lists.address,
    )


@views.post("/plans.xlsx")
def export() -> Response:
    """The list as a workbook, as far as one may export; who exported what is kept."""
    policy.ensure(web.actor(), Act.EXPORT)
    wanted, session, actor = _wanted(), web.session(), web.actor()
    basis = office.basis(session, web.today())
    visible = queries.of_year(actor, wanted, basis).where(policy.project_rows(actor, Act.EXPORT))
    found = session.scalars(visible.order_by(*(key.sorted() for key in queries.ORDER)).limit(MOST_EXPORTED)).all()
    month = rules.months_told(wanted.year, _running())
    rows = _shown(queries.lines(session, found, wanted.year, month, basis), month)
    name = _("%(zone)s重点项目年度计划（%(year)d年）.xlsx", zone=web.config().zone_name, year=wanted.year)
    data = build("plans", wanted.year, month, web.today(), rows, web.config().zone_name, web.now())
    note(session, actor.id, "export", f"plans.xlsx {len(rows)} {request.query_string.decode()}"[:1000], web.now())
    session.commit()
    return web.download(data, name, XLSX)
