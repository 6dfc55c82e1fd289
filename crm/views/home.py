"""Where a person lands, and the day's work: late, today, the next seven days, with the quick log beside."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from crm import policy
from crm.choices import Light
from crm.forms.activities import SHORT_KINDS
from crm.models import Project
from crm.policy import Act, Scope
from crm.queries import home as queries
from crm.rules import lifecycle
from crm.rules.lifecycle import Stay
from crm.rules.today import calendar_words, standing
from crm.views import activity_log, navigation, web

views = Blueprint("home", __name__)
# The gravest first; a stage without a limit comes last.
GRAVITY = (Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE, Light.NONE)


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
    return web.page(
        "home/today.html",
        day=queries.day_for(session, actor, day),
        standing=lambda todo: standing(todo, day),
        calendar=calendar_words((found.day, found.is_working, found.name) for found in queries.holidays(session, day)),
        waiting=waiting,
        waiting_since=since,
        returned=queries.returned_to(session, actor),
        mine=_mine(),
        limits=lifecycle.IDLE_DAYS,
        whole_team=policy.scope(actor, Act.EDIT_PROJECT) is Scope.TEAM,
        form=activity_log.new_form() if policy.can(actor, Act.LOG_ACTIVITY) else None,
        target=request.path,
        short_kinds=SHORT_KINDS,
    )


def _mine() -> list[tuple[Project, Stay]]:
    """One's projects with how long they have been in their stage, the gravest first."""
    found = web.session().scalars(queries.my_projects(web.actor()))
    stays = [(row, lifecycle.stay(row.stage, row.stage_since_on, web.today(), row.status)) for row in found]
    return sorted(stays, key=lambda pair: (GRAVITY.index(pair[1].light), -pair[1].days, pair[0].id))
