"""The check while somebody types a project's or a company's name: fragments for htmx, the same search as on saving."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm import policy
from crm.forms.base import read_number
from crm.forms.projects import RegisterForm
from crm.policy import Act
from crm.queries import likeness
from crm.queries.likeness import Asked
from crm.rules import credit_code
from crm.views import lists, web

views = Blueprint("alike", __name__)
LONGEST = 200
YI = 10**8


def _typed(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST]


def _total() -> int | None:
    try:
        number = read_number(_typed("total_yuan"))
    except ValueError:
        return None
    return int(number * YI) if number is not None and 0 <= number < YI else None


@views.get("/projects/alike")
def projects() -> Response:
    """Registered projects that are perhaps the same; a registering officer is asked what he makes of a collision."""
    actor, besides = web.actor(), lists.number("besides") or 0
    policy.ensure(actor, Act.EDIT_PROJECT if besides else Act.REGISTER_PROJECT)
    code = credit_code.normal(_typed("credit_code"))
    asked = Asked(_typed("name"), _typed("company") or _typed("investor"), code, _total())
    people = {actor.id, *([lead] if (lead := lists.number("lead_id")) else ())}
    form = None if besides else RegisterForm(request.args)
    if form:
        form.seen_at.renew(web.now())
    found = likeness.likes(web.session(), actor, asked, people, besides)
    return web.page("alike/projects.html", alike=found, form=form)


@views.get("/companies/alike")
def companies() -> Response:
    """Registered companies that are perhaps the same."""
    policy.ensure(web.actor(), Act.EDIT_COMPANY)
    asked = Asked(company_name=_typed("name"), credit_code=credit_code.normal(_typed("credit_code")))
    found, elsewhere = likeness.companies(web.session(), web.actor(), asked, lists.number("besides") or 0)
    return web.page("alike/companies.html", found=found, elsewhere=elsewhere)
