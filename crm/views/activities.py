"""Touchpoints: the list, the quick log from anywhere, one with its history, changing and settling it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.actions import activities as actions
from crm.actions.two_editors import EditClash
from crm.choices import ActivityKind, ActivityState
from crm.errors import RuleBroken
from crm.forms.activities import SHORT_KINDS, ActivityForm
from crm.models import Activity, Project
from crm.policy import Act
from crm.queries import activities as queries
from crm.queries import changes, people, trash
from crm.rules.activities import is_late_entry
from crm.rules.dues import due
from crm.views import activity_log, clashes, lists, web

views = Blueprint("activities", __name__, url_prefix="/activities")


@views.get("")
def index() -> Response:
    """The touchpoints one may see, narrowed by the address, with the totals of the whole list."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    filters = _filters()
    rows = queries.matching(web.actor(), filters)
    found, turn = lists.turned(rows, queries.order_of(filters))
    return web.page(
        "activities/index.html",
        rows=found,
        turn=turn,
        totals=queries.totals(web.session(), rows) if lists.sums_asked(turn) else [],
        filters=filters,
        project=_project(filters.project_id),
        people=people.people_of(web.session(), activity_log.OUR_PEOPLE),
        cities=queries.cities(web.session(), web.actor()),
        periods=lists.periods(web.today()),
        **_list_helpers(),
    )


def _filters() -> queries.Filters:
    return queries.Filters(
        state=lists.word("state", ActivityState) or ActivityState.DONE,
        kind=lists.word("kind", ActivityKind),
        first_on=lists.day("from"),
        last_on=lists.day("to"),
        person_id=lists.number("person"),
        city=request.args.get("city", "").strip(),
        project_id=lists.number("project"),
        words=request.args.get("q", "").strip()[:60],
    )


def _list_helpers() -> dict[str, Any]:
    return {
        "short_kinds": SHORT_KINDS,
        "is_late_entry": is_late_entry,
        "due": lambda on: due(on, web.today()),
        "address": lists.address,
    }


def _project(project_id: int | None) -> Project | None:
    """The project of an address, if it may be seen; an address that names another one is not found."""
    if project_id is None:
        return None
    return web.one(queries.project_to_see(web.actor(), project_id))


# ------------------------------------------------------------------------------------------------------------ writing down


@views.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """The quick log: now, me, the project I wrote about last; “写详细” opens the rest without losing what was typed."""
    policy.ensure(web.actor(), Act.LOG_ACTIVITY)
    promise = _promise(lists.number("follow", request.values))
    form = activity_log.new_form(promise)
    if "detail" not in request.form and form.validate_on_submit():
        try:
            logged = _log(form, promise)
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            activity_log.tell(logged)
            return _back(logged.activity)
    return _edit_page(form, None, promise=promise)


def _log(form: ActivityForm, promise: Activity | None) -> actions.Logged:
    if promise is None:
        return actions.log(web.session(), web.actor(), form.draft(), web.now())
    return actions.complete_and_plan_next(web.session(), web.actor(), promise, form.draft(), web.now())


def _promise(activity_id: int | None) -> Activity | None:
    """The touchpoint whose follow-up is being had."""
    return None if activity_id is None else web.one(_one(activity_id))


def _one(activity_id: int) -> Any:
    return queries.whole(web.actor()).where(Activity.id == activity_id)


def _edit_page(form: ActivityForm, activity: Activity | None, status: int = 0, **more: Any) -> Response:
    wrong = form.is_submitted() and "detail" not in request.form
    asked_for_more = "detail" in request.values
    full = asked_for_more or activity is not None or form.state.data is ActivityState.PLANNED or bool(form.errors)
    return web.page(
        "activities/edit.html",
        status or (422 if wrong else 200),
        form=form,
        activity=activity,
        full=full,
        target=activity_log.came_from(),
        short_kinds=SHORT_KINDS,
        **{"promise": None, "questions": (), "told": 0, **more},
    )


def _back(activity: Activity) -> Response:
    target = web.safe_target(request.form.get("next")) or url_for("activities.show", activity_id=activity.id)
    return redirect(target, 303)  # type: ignore[return-value]


@views.get("/projects")
def projects() -> Response:
    """Projects to log on whose name, alias or code holds the words typed: for the search inside the select."""
    policy.ensure(web.actor(), Act.LOG_ACTIVITY)
    words = request.args.get("q", "").strip()[:60]
    rows = web.session().execute(queries.loggable(web.actor(), words).limit(50))
    return jsonify([{"value": str(key), "text": f"{name} · {code}"} for key, code, name in rows])


# ------------------------------------------------------------------------------------------------------------------- one


@views.get("/<int:activity_id>")
def show(activity_id: int) -> Response:
    """One touchpoint with what was agreed and what was corrected since."""
    activity = web.one(_one(activity_id))
    return web.page(
        "activities/show.html",
        activity=activity,
        history=changes.of_row(web.session(), web.actor(), "activity", activity.id),
        owner=people.find_user(web.session(), activity.next_owner_id) if activity.next_owner_id else None,
        editable=_editable(activity),
        deletable=trash.deletable(web.session(), web.actor(), activity),
        **_list_helpers(),
    )


def _editable(activity: Activity) -> bool:
    mine = _one(activity.id).where(queries.editable_by(web.actor()))
    return policy.can(web.actor(), Act.LOG_ACTIVITY) and web.session().scalars(mine).unique().one_or_none() is not None


@views.route("/<int:activity_id>/edit", methods=["GET", "POST"])
def edit(activity_id: int) -> Response:
    """Change a touchpoint, or write down how a planned one went (?done=1)."""
    policy.ensure(web.actor(), Act.LOG_ACTIVITY)
    activity = web.one(_one(activity_id))
    form = activity_log.form_of(activity)
    if "detail" in request.form or not form.validate_on_submit():
        return _edit_page(form, activity)
    try:
        actions.edit(
            web.session(), web.actor(), activity, form.draft(), form.seen.data or 0, web.now(), clashes.answers()
        )
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        return _edit_page(form, activity, 409, questions=clashes.questions(clash), told=clash.told)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _edit_page(form, web.one(_one(activity_id)))
    web.session().commit()
    flash(_("已保存。改前的内容在“改动”里。"))
    return _back(activity)


# --------------------------------------------------------------------------------------------------------------- settling


@views.post("/<int:activity_id>/complete")
def complete(activity_id: int) -> Response:
    """What was promised to follow is done."""
    activity = web.one(_one(activity_id))
    actions.complete(web.session(), web.actor(), activity, web.now())
    web.session().commit()
    flash(_("已办结：%(what)s。", what=activity.next_step or _("下次联系")))
    return _back(activity)


@views.post("/<int:activity_id>/reopen")
def reopen(activity_id: int) -> Response:
    """It is not done after all."""
    activity = web.one(_one(activity_id))
    actions.reopen(web.session(), web.actor(), activity)
    web.session().commit()
    flash(_("已恢复为待办：%(what)s。", what=activity.next_step or _("下次联系")))
    return _back(activity)


@views.post("/<int:activity_id>/cancel")
def cancel(activity_id: int) -> Response:
    """Called off, or written down by mistake; it can be taken back by editing."""
    activity = web.one(_one(activity_id))
    actions.cancel(web.session(), web.actor(), activity, lists.number("version", request.form) or 0, web.now())
    web.session().commit()
    flash(_("已撤销，不再计入统计。需要时可在“修改”里恢复。"))
    return _back(activity)
