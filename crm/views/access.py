"""“谁能看到什么”: a person's rights for himself and for administrators, a project's readers for who may change its team."""

from __future__ import annotations

from flask import Blueprint, Response

from crm import policy
from crm.models import Project, User
from crm.policy import Act
from crm.queries import access, people, projects
from crm.views import web

views = Blueprint("access", __name__)


@views.get("/me/access")
def mine() -> Response:
    """What I may do and see."""
    return _page(web.one(people.everybody().where(User.id == web.actor().id)))


@views.get("/users/<int:user_id>/access")
def person(user_id: int) -> Response:
    """What somebody may do and see."""
    policy.ensure(web.actor(), Act.MANAGE_USERS)
    return _page(web.one(people.everybody().where(User.id == user_id)))


def _page(user: User) -> Response:
    reader = web.actor()
    reach = access.reach(web.session(), reader, people.actor_of(web.session(), user))
    return web.page("access/person.html", user=user, reach=reach, own=user.id == reader.id, most=access.MOST_NAMED)


@views.get("/projects/<int:project_id>/access")
def project(project_id: int) -> Response:
    """Who sees a project and why."""
    found = web.one(projects.whole(web.actor()).where(Project.id == project_id))
    policy.ensure(web.actor(), Act.EDIT_TEAM, found)
    return web.page("access/project.html", project=found, audience=access.audience(web.session(), found))
