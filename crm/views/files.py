"""Attachments: adding them to a project, and showing one to those who may see its project."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy, storage
from crm.actions import files as actions
from crm.errors import RuleBroken
from crm.forms.claims import AttachForm
from crm.models import Activity, Attachment, Project
from crm.policy import Act
from crm.queries import activities, projects
from crm.rules.files import SHOWN_INLINE
from crm.views import lists, web

views = Blueprint("files", __name__)
# What was uploaded is shown, never run: no scripts, no requests, an origin of its own.
CLOSED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@views.route("/projects/<int:project_id>/files/new", methods=["GET", "POST"])
def upload(project_id: int) -> Response:
    """Add files to a project; with ?activity= to one of its touchpoints."""
    project = web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
    policy.ensure(web.actor(), Act.ATTACH, project)
    activity_id = _activity(project_id)
    form = AttachForm()
    if form.validate_on_submit():
        try:
            kept = [
                actions.attach(
                    web.session(),
                    web.actor(),
                    project,
                    item,
                    web.config().files_dir,
                    web.now(),
                    activity_id=activity_id,
                )
                for item in form.uploads()
            ]
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = web.one(projects.visible_to(web.actor()).where(Project.id == project_id))
        else:
            web.session().commit()
            flash(_("已上传 %(n)d 个附件。", n=len(kept)))
            return web.see_other("projects.show", project_id=project_id, show="files")
    return web.page("files/new.html", 422 if form.is_submitted() else 200, form=form, project=project)


def _activity(project_id: int) -> int | None:
    """The touchpoint of the address, if it is one of this project's and may be seen."""
    key = lists.number("activity")
    if key is None:
        return None
    return web.one(activities.visible_to(web.actor()).where(Activity.id == key, activities.touching(project_id))).id


@views.get("/files/<int:file_id>")
def show(file_id: int) -> Response:
    """The file: pictures and PDF in the browser, everything else as a download; by the right to see its project."""
    file = web.one(
        select(Attachment).where(Attachment.id == file_id, policy.rows(web.actor(), Act.SEE_PROJECT, Attachment))
    )
    data = storage.load(web.config().files_dir, file.digest)
    if file.media_type not in SHOWN_INLINE:
        return web.download(data, file.filename, file.media_type)
    response = make_response(data)
    response.headers["Content-Type"] = file.media_type
    web.name_file(response, "inline", file.filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = CLOSED
    return response
