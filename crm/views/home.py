"""Where a person lands, and the day's work: late, today, the next seven days, with the quick log beside."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from crm import policy
from crm.choices import Light
from crm.forms.activities import SHORT_KINDS
from crm.models import Claim, Project
from crm.policy import Act, Scope
from crm.queries import evidence
from crm.queries import home as queries
from crm.queries.claims import QueueFilter, QueueRow, queue
from crm.queries.day import day_for, without_next_step
from crm.queries.team_day import late_by_person
from crm.rules.limits import Stay, stay
from crm.rules.today import calendar_words, standing
from crm.views import activity_log, navigation, web

views = Blueprint("home", __name__)
BARE_SHOWN = 5
WAITING_SHOWN = 8
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
    measure = queries.measure(session, day, web.limits(), web.settings().action_sign_days)
    return web.page(
        "home/today.html",
        day=day_for(session, actor, measure),
        standing=lambda todo: standing(todo, day),
        calendar=calendar_words((found.day, found.is_working, found.name) for found in queries.holidays(session, day)),
        returned=queries.returned_to(session, actor),
        shares=late_by_person(session, actor, measure),
        bare=_without_next_step(),
        bare_shown=BARE_SHOWN,
        target=request.path,
        **_at_the_side(),
    )


def _at_the_side() -> dict[str, Any]:
    session, actor = web.session(), web.actor()
    waiting, since = queries.claims_waiting(session, actor)
    return {
        "waiting": waiting,
        "waiting_since": since,
        "unproved": evidence.count_lacking(session, actor) if policy.can(actor, Act.SEE_QUEUE) else 0,
        "most_unproved": evidence.MOST_COUNTED,
        "owing": queries.unproved_of(session, actor),
        "owing_shown": queries.UNPROVED_SHOWN,
        "longest": _longest_waiting() if waiting else [],
        "mine": _mine(),
        "stages": queries.by_stage(session, actor),
        "whole_team": policy.scope(actor, Act.EDIT_PROJECT) is Scope.TEAM,
        "form": activity_log.new_form() if policy.can(actor, Act.LOG_ACTIVITY) else None,
        "short_kinds": SHORT_KINDS,
    }


def _longest_waiting() -> list[QueueRow]:
    """What has waited longest for a verification that the reader may make."""
    rows = queue(web.actor(), QueueFilter(), web.today()).where(Claim.reported_by_id.is_distinct_from(web.actor().id))
    found = web.session().execute(rows.order_by(Claim.reported_at, Claim.id).limit(WAITING_SHOWN))
    return [QueueRow(*row) for row in found]


def _without_next_step() -> list[Project]:
    """The first of the projects nobody has planned anything for, and one more to say that there are others."""
    if not policy.can(web.actor(), Act.EDIT_PROJECT):
        return []
    return list(web.session().scalars(without_next_step(web.actor()).limit(BARE_SHOWN + 1)))


def _mine() -> list[tuple[Project, Stay]]:
    """One's projects with how long they have been in their stage, the gravest first."""
    found = web.session().scalars(queries.my_projects(web.actor()))
    stays = [(row, stay(row.stage, row.stage_since_on, web.today(), row.status, web.limits())) for row in found]
    return sorted(stays, key=lambda pair: (GRAVITY.index(pair[1].light), -pair[1].days, pair[0].id))
