"""The form of a touchpoint: what it begins with, what it offers, what is said once it is saved, where one goes back to."""

from __future__ import annotations

from datetime import time, timedelta
from urllib.parse import urlsplit

from flask import flash, request, url_for
from flask_babel import gettext as _

from crm.actions.activities import Logged
from crm.choices import ActivityKind, ActivityState, Role
from crm.forms.activities import ActivityForm
from crm.models import Activity, Company
from crm.queries import activities as queries
from crm.queries import companies, people
from crm.queries.row_history import last_change_id
from crm.rules.activities import is_late_entry
from crm.rules.days import at
from crm.views import lists, web

# Who sits at a table with investors; administrators and auditors do not.
OUR_PEOPLE = [role for role in Role if role not in (Role.ADMIN, Role.AUDITOR)]
_PLAIN = (
    "kind", "state", "happened_at", "title", "place", "city", "our_side", "their_side", "their_count", "summary", "demands",
    "commitments", "result", "next_step", "next_on", "next_owner_id",
)  # fmt: skip


def new_form(promise: Activity | None = None) -> ActivityForm:
    """A form for a new touchpoint: what the address asks for, else what one did last.

    `promise` is the touchpoint whose follow-up is being had. The quick log takes one project, “写详细” takes several.
    """
    planned = request.values.get("state") == ActivityState.PLANNED.value
    company = _company()
    form = ActivityForm(
        happened_at=at(web.today() + timedelta(days=1), time(9, 30)) if planned else web.now(),
        state=ActivityState.PLANNED if planned else ActivityState.DONE,
        kind=lists.word("kind", ActivityKind) or ActivityKind.TALK,
        project_ids=[] if company else _projects(promise),
        company=company.name if company else "",
        title=promise.next_step if promise is not None else "",
    )
    _offer(form, several=planned or "detail" in request.values or len(form.project_ids.data or ()) > 1)
    return form


def _projects(promise: Activity | None) -> list[int]:
    if promise is not None:
        return [link.project_id for link in promise.project_links]
    asked = lists.number("project") or queries.last_project_id(web.session(), web.actor())
    return [asked] if asked else []


def _company() -> Company | None:
    asked = lists.number("company")
    return None if asked is None else web.one(companies.visible_to(web.actor()).where(Company.id == asked))


def form_of(activity: Activity) -> ActivityForm:
    """A form for changing a touchpoint (?done=1: for writing down how a planned one went)."""
    form = ActivityForm(
        data={
            **{name: getattr(activity, name) for name in _PLAIN},
            "project_ids": [link.project_id for link in activity.project_links],
            "people_ids": [person.user_id for person in activity.people],
            "company": activity.company.name if activity.company else "",
            "seen": last_change_id(web.session(), activity),
        }
    )
    if not form.is_submitted() and "done" in request.args:
        form.state.data = ActivityState.DONE
    _offer(form, several=True)
    return form


def _offer(form: ActivityForm, several: bool) -> None:
    """Fill what the fields offer; what is chosen already is always among it."""
    actor, session = web.actor(), web.session()
    offered = [(key, f"{name} · {code}") for key, code, name in session.execute(queries.loggable(actor))]
    missing = set(form.project_ids.data or ()) - {key for key, _text in offered}
    chosen = session.execute(queries.named(actor, missing)) if missing else ()
    rows = [*((key, f"{name} · {code}") for key, code, name in chosen), *offered]
    form.project_ids.fill(rows, None if several else _("选择项目"))
    form.project_ids.render_kw = {
        "data-pick": _("搜索名称或编号，可选几个") if several else _("搜索名称或编号"),
        "data-pick-none": _("没有找到；还没有登记的，先登记线索。"),
        "data-pick-url": url_for("activities.projects"),
    }
    team = [(user.id, f"{user.name} · {user.unit.short_name}") for user in people.people_of(session, OUR_PEOPLE)]
    form.people_ids.render_kw = {"data-pick": _("选择人员"), "data-pick-none": _("没有找到；写在“我方其他人”里。")}
    form.people_ids.fill(team)
    form.next_owner_id.fill(team)
    form.city.suggestions = queries.cities(session, actor)
    form.company.find = lambda text: companies.named(session, actor, text)
    form.company.suggestions = companies.suggestions(session, actor)
    form.summary.flags.required = form.state.data is not ActivityState.PLANNED
    form.title.flags.required = form.state.data is ActivityState.PLANNED


def tell(logged: Logged) -> None:
    """Say what was kept, when it comes up again, and what it settled."""
    activity = logged.activity
    if activity.state is ActivityState.PLANNED:
        flash(_("已安排：%(title)s。到时会出现在“今天”。", title=activity.title))
        return
    words = _("已记录%(kind)s。", kind=activity.kind.label)
    if activity.next_on:
        words += _("下次联系 %(month)d月%(day)d日。", month=activity.next_on.month, day=activity.next_on.day)
    if logged.settled:
        words += _("此前约定的 %(n)d 项跟进一并办结。", n=logged.settled)
    if is_late_entry(activity.happened_at, activity.entered_at):
        words += _("超过 48 小时，标为补记。")
    flash(words)


def came_from() -> str:
    """Where to go back to: said by the page that led here, else the page itself; empty for neither."""
    said = web.safe_target(request.values.get("next"))
    if said:
        return said
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or parts.path == request.path or parts.path.startswith("/sign-in"):
        return ""
    return web.safe_target(f"{parts.path}?{parts.query}" if parts.query else parts.path) or ""
