"""Taking a project on or back, and saying whether it is pursued."""

from __future__ import annotations

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import lifecycle as actions
from crm.choices import Stage, Status
from crm.errors import Clash, NotFound, RuleBroken
from crm.forms.lifecycle import BackForm, MoveForm, StatusForm
from crm.models import Project
from crm.policy import Act
from crm.queries import projects as queries
from crm.queries.claims import verified_stages
from crm.queries.gate import ACT_FOR, facts_of
from crm.queries.stage_log import stage_log
from crm.rules import lifecycle as rules
from crm.rules.lifecycle import Way
from crm.rules.statuses import ALLOWED_STATUSES
from crm.views import web
from crm.views.project_gate import gap

views = Blueprint("lifecycle", __name__, url_prefix="/projects/<int:project_id>")


def _one(project_id: int) -> Project:
    return web.one(queries.whole(web.actor()).where(Project.id == project_id))


@views.route("/stage/<slug>", methods=["GET", "POST"])
def move(project_id: int, slug: str) -> Response:
    """Ask about a stage, then take the project there: what an arrow leads to, and what the gate's button sends."""
    project, to = _one(project_id), _stage(slug)
    form = MoveForm()
    if not form.validate_on_submit():
        return _move_page(form, project, to, 422 if form.is_submitted() else 200)
    try:
        actions.move(web.session(), web.actor(), project, to, form.reason.data or "", web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _move_page(form, _one(project_id), to, 422)
    web.session().commit()
    flash(_("已进入“%(stage)s”。", stage=to.label))
    return web.see_other("projects.show", project_id=project_id)


def _stage(slug: str) -> Stage:
    try:
        return Stage.by_slug(slug)
    except KeyError as error:
        raise NotFound from error


def _move_page(form: MoveForm, project: Project, to: Stage, status: int) -> Response:
    taken = rules.way(project.stage, to)
    facts = facts_of(web.session(), project)
    missing = rules.missing_for(facts, to) if taken in (Way.STEP, Way.SCREEN, Way.CLAIM, Way.CONCLUDE) else []
    return web.page(
        "lifecycle/move.html",
        status,
        form=form,
        project=project,
        to=to,
        way=taken,
        steps=[step for step in stage_log(web.session(), project) if to in (step.move.from_stage, step.move.to_stage)],
        missing=[gap(project, item) for item in missing],
        may_go=policy.allows(web.actor(), ACT_FOR.get(taken, Act.MOVE_STAGE), project),
        holders=policy.holders(ACT_FOR.get(taken, Act.MOVE_STAGE)),
    )


@views.route("/back", methods=["GET", "POST"])
def back(project_id: int) -> Response:
    """Take the project back to an earlier stage."""
    project = _one(project_id)
    policy.ensure(web.actor(), Act.MOVE_BACK, project)
    form = BackForm()
    floor = max(verified_stages(web.session(), project.id), default=Stage.LEAD)
    open_stages = [(int(stage), stage.label) for stage in Stage if floor <= stage < project.stage]
    form.to_stage.fill(open_stages)
    if form.validate_on_submit():
        try:
            moved = actions.move_back(
                web.session(), web.actor(), project, form.stage(), form.reason.data or "", web.now()
            )
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _one(project_id)
        else:
            web.session().commit()
            flash(_("已退回到“%(stage)s”。", stage=moved.to_stage.label))
            return web.see_other("projects.show", project_id=project_id)
    return web.page(
        "lifecycle/back.html",
        422 if form.is_submitted() else 200,
        form=form,
        project=project,
        floor=floor,
        possible=bool(open_stages),
    )


@views.route("/status/<word>", methods=["GET", "POST"])
def status(project_id: int, word: str) -> Response:
    """Pause, lose, take up again, or hand in a withdrawal."""
    project, to = _one(project_id), _status(word)
    policy.ensure(web.actor(), Act.CHANGE_STATUS, project)
    if to not in ALLOWED_STATUSES[project.status]:
        raise Clash(_("项目现在处于“%(now)s”，不能改为“%(to)s”。", now=project.status.label, to=to.label))
    form = StatusForm(changed_on=web.today())
    if form.validate_on_submit():
        try:
            change = actions.change_status(web.session(), web.actor(), project, form.draft(to), web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _one(project_id)
        else:
            web.session().commit()
            flash(_("退库申请已提交，等待核定。") if change.claim_id else _("项目状态已改为“%(to)s”。", to=to.label))
            return web.see_other("projects.show", project_id=project_id)
    return web.page("lifecycle/status.html", 422 if form.is_submitted() else 200, form=form, project=project, to=to)


def _status(word: str) -> Status:
    try:
        return Status.parse(word)
    except ValueError as error:
        raise NotFound from error
