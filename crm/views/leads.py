"""A lead's timers: experts are asked, the introducer is told, and a promised contact is put off."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from crm.actions import activities as activity_actions
from crm.actions import leads as actions
from crm.errors import RuleBroken
from crm.forms.activities import PostponeForm
from crm.models import Activity, Project
from crm.queries import activities, projects
from crm.views import web

views = Blueprint("leads", __name__)


def _one(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))


def _back(address: str) -> Response:
    return redirect(web.safe_target(request.form.get("next")) or address, 303)  # type: ignore[return-value]


@views.post("/projects/<int:project_id>/experts")
def experts(project_id: int) -> Response:
    """Experts are needed for the judgement, or (`needed=0`) not after all."""
    project, needed = _one(project_id), request.form.get("needed") != "0"
    actions.ask_experts(web.session(), web.actor(), project, needed)
    web.session().commit()
    flash(_("已标注需专家研判，时限相应延长。") if needed else _("已取消需专家研判。"))
    return _back(url_for("projects.show", project_id=project_id))


@views.post("/projects/<int:project_id>/feedback")
def feedback(project_id: int) -> Response:
    """Whoever introduced the lead has been told."""
    actions.feed_back(web.session(), web.actor(), _one(project_id), web.today())
    web.session().commit()
    flash(_("已记下向引荐方反馈。"))
    return _back(url_for("projects.show", project_id=project_id))


@views.route("/activities/<int:activity_id>/postpone", methods=["GET", "POST"])
def postpone(activity_id: int) -> Response:
    """Another day for a promised contact."""
    activity = web.one(activities.visible_to(web.actor()).where(Activity.id == activity_id))
    form = PostponeForm(data={"next_on": activity.next_on})
    if form.validate_on_submit() and form.next_on.data:
        try:
            activity_actions.postpone(web.session(), web.actor(), activity, form.next_on.data, web.today())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已延期到 %(day)s。", day=form.next_on.data.isoformat()))
            return _back(url_for("activities.show", activity_id=activity_id))
    target = web.safe_target(request.values.get("next")) or url_for("home.today")
    status = 422 if form.is_submitted() else 200
    return web.page("activities/postpone.html", status, form=form, activity=activity, target=target)
