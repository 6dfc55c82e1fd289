"""Where a person lands, and the day's work: late, today, the next seven days, with the quick log beside."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from crm import policy
from crm.forms.activities import SHORT_KINDS
from crm.policy import Act
from crm.queries import home as queries
from crm.rules import lifecycle
from crm.rules.today import calendar_words, standing
from crm.views import activity_log, navigation, web

views = Blueprint("home", __name__)
MY_PROJECTS = 8


@views.get("/")
def start() -> Response:
    """Each role's own first page."""
    return redirect(navigation.home(web.actor()))  # type: ignore[return-value]


@views.get("/today")
def today() -> Response:
    """What to do: the late first, then today, then the coming week."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    session, actor, day = web.session(), web.actor(), web.today()
    waiting, since = queries.claims_waiting(session, actor)
    mine = session.scalars(queries.my_projects(actor).limit(MY_PROJECTS + 1)).all()
    return web.page(
        "home/today.html",
        day=queries.day_for(session, actor, day),
        standing=lambda todo: standing(todo, day),
        calendar=calendar_words((found.day, found.is_working, found.name) for found in queries.holidays(session, day)),
        waiting=waiting,
        waiting_since=since,
        returned=queries.returned_to(session, actor),
        mine=mine[:MY_PROJECTS],
        more=len(mine) > MY_PROJECTS,
        stay=lambda project: lifecycle.stay(project.stage, project.stage_since_on, day, project.status),
        form=activity_log.new_form() if policy.can(actor, Act.LOG_ACTIVITY) else None,
        target=request.path,
        short_kinds=SHORT_KINDS,
    )
