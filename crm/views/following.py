"""Following a project, and pinning entries of its timeline."""

from __future__ import annotations

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from crm.actions import following, pins
from crm.models import Project
from crm.queries import projects
from crm.views import web

views = Blueprint("following", __name__, url_prefix="/projects/<int:project_id>")


def _project(project_id: int) -> Project:
    return web.one(projects.visible_to(web.actor()).where(Project.id == project_id))


@views.post("/follow")
def follow(project_id: int) -> Response:
    """Hear what happens to the project."""
    following.follow(web.session(), web.actor(), _project(project_id), web.now())
    web.session().commit()
    flash(_("已关注，项目有动态会通知你。"))
    return web.see_other("projects.show", project_id=project_id)


@views.post("/unfollow")
def unfollow(project_id: int) -> Response:
    """Hear no more of it."""
    following.unfollow(web.session(), web.actor(), _project(project_id))
    web.session().commit()
    flash(_("已取消关注。"))
    return web.see_other("projects.show", project_id=project_id)


@views.post("/pins/<kind>/<int:entry_id>")
def pin(project_id: int, kind: str, entry_id: int) -> Response:
    """Let an entry stand on top of the timeline."""
    pins.pin(web.session(), web.actor(), _project(project_id), kind, entry_id, web.now())
    web.session().commit()
    flash(_("已置顶。"))
    return web.see_other("projects.show", project_id=project_id, _anchor="timeline")


@views.post("/pins/<kind>/<int:entry_id>/remove")
def unpin(project_id: int, kind: str, entry_id: int) -> Response:
    """Let it stand in its place again."""
    pins.unpin(web.session(), web.actor(), _project(project_id), kind, entry_id)
    web.session().commit()
    flash(_("已取消置顶。"))
    return web.see_other("projects.show", project_id=project_id, _anchor="timeline")
