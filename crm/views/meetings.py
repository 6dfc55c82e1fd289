"""Meetings: the list, one with its agenda, and the form for what was held. Planned: bookings.py; handed out: action_items.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Response, flash, g, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import meetings as actions
from crm.choices import ActivityState, MeetingKind, Reply, Role
from crm.errors import Clash, RuleBroken
from crm.forms.meetings import SPARE_ROWS, MeetingForm
from crm.models import ActionItem, Meeting, Project
from crm.policy import Act
from crm.queries import action_items, activities, bookings, changes, minutes, people, settings, trash
from crm.queries import meetings as queries
from crm.rules import action_items as item_rules
from crm.rules.dues import Due
from crm.rules.recurrence import rule_words
from crm.rules.workdays import Calendar
from crm.views import lists, web

views = Blueprint("meetings", __name__, url_prefix="/meetings")
CHAIRS = (Role.LEADER, Role.TEAM_LEAD, Role.COORDINATOR, Role.STATISTICIAN)


# -------------------------------------------------------------------------------------------------------------- the lists


@views.get("")
def index() -> Response:
    """The meetings one may see, narrowed by the address, with how many of each kind."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    filters = queries.Filters(
        state=lists.word("state", ActivityState) or ActivityState.DONE,
        kind=lists.word("kind", MeetingKind),
        first_on=lists.day("from"),
        last_on=lists.day("to"),
        project_id=lists.number("project"),
        series_id=lists.number("series"),
        words=request.args.get("q", "").strip()[:60],
    )
    rows = queries.matching(web.actor(), filters)
    found, turn = lists.turned(rows, queries.order_of(filters))
    return web.page(
        "meetings/index.html",
        rows=found,
        turn=turn,
        totals=queries.totals(web.session(), rows) if lists.sums_asked(turn) else [],
        filters=filters,
        seen=seen(item.project_id for row in found for item in row.agenda),
        **shared(filters.project_id),
    )


def shared(project_id: int | None) -> dict[str, Any]:
    """What both lists show: the project they are narrowed to, the counts of items, and addresses."""
    project = None if project_id is None else web.one(activities.project_to_see(web.actor(), project_id))
    return {
        "project": project,
        "counts": action_items.counts(web.session(), web.actor(), web.today()),
        "kinds": list(MeetingKind),
        "periods": lists.periods(web.today()),
        "address": lists.address,
        "standing": standing,
    }


def standing(item: ActionItem) -> Due:
    """How an item stands to its deadline today."""
    return item_rules.standing(item.state, item.deadline_on, item.done_on, web.today(), working_days())


def working_days() -> Calendar:
    """The working calendar; read once in a request."""
    if "crm_working_days" not in g:
        g.crm_working_days = settings.calendar(web.session())
    return cast(Calendar, g.crm_working_days)


def seen(project_ids: Iterable[int | None]) -> frozenset[int]:
    """Those of some projects that the reader may see."""
    return queries.visible_projects(web.session(), web.actor(), project_ids)


# ------------------------------------------------------------------------------------------------------------- one meeting


def get_meeting(meeting_id: int) -> Meeting:
    """A visible meeting; raises NotFound."""
    return web.one(queries.whole(web.actor()).where(Meeting.id == meeting_id))


@views.get("/<int:meeting_id>")
def show(meeting_id: int) -> Response:
    """A meeting: its agenda as far as one may see it, and what it handed out."""
    meeting = get_meeting(meeting_id)
    items = action_items.visible_to(web.actor()).where(ActionItem.meeting_id == meeting.id)
    visible = seen(item.project_id for item in meeting.agenda)
    actor = web.actor()
    return web.page(
        "meetings/show.html",
        meeting=meeting,
        mine=next((each for each in meeting.invited if each.user_id == actor.id), None),
        changeable=bookings.changeable(web.session(), actor, meeting),
        rule=rule_words(bookings.pattern_of(meeting.series)) if meeting.series else "",
        responses=list(Reply),
        is_over=meeting.ends_at < web.now(),
        agenda=[item for item in meeting.agenda if item.project_id is None or item.project_id in visible],
        others=sum(item.project_id is not None and item.project_id not in visible for item in meeting.agenda),
        items=web.session().scalars(items).all(),
        carried=action_items.carried_onto(web.session(), actor, meeting.id),
        history=changes.of_row(web.session(), web.actor(), "meeting", meeting.id),
        deletable=trash.deletable(web.session(), web.actor(), meeting),
        standing=standing,
        may_write=minutes.rights(web.session(), actor, meeting).write,
        has_edition=bool(minutes.editions(web.session(), meeting.id)),
    )


@views.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Record a meeting that was held."""
    policy.ensure(web.actor(), Act.HOLD_MEETING)
    project = _project_asked()
    form = MeetingForm(
        held_at=web.now(), agenda=[{"project": f"{project.name} · {project.code}"}] if project else []
    )  # fmt: skip
    _offer(form)
    if "more" not in request.form and form.validate_on_submit():
        try:
            meeting = actions.record(web.session(), web.actor(), form.draft(), web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已登记会议。需要交办的，在下面逐项交办。"))
            return web.see_other("meetings.show", meeting_id=meeting.id)
    return _meeting_page(form, None)


def _project_asked() -> Project | None:
    asked = lists.number("project")
    return None if asked is None else web.one(activities.project_to_see(web.actor(), asked))


def _offer(form: MeetingForm) -> None:
    """Fill what the fields offer, and leave room for more on the agenda."""
    session, actor = web.session(), web.actor()
    if not form.is_submitted():
        form.add_rows(max(SPARE_ROWS, 3 - len(form.agenda.entries)))
    elif "more" in request.form:
        form.add_rows(SPARE_ROWS + 1)
    form.chair_id.fill(
        (user.id, f"{user.name} · {user.title or user.role.label}") for user in people.people_of(session, CHAIRS)
    )
    for entry in form.agenda.entries:
        entry.form.project.find = lambda text: queries.find_projects(session, actor, text)
        entry.form.project.list_id = "projects-list"


def _meeting_page(form: MeetingForm, meeting: Meeting | None, status: int = 0) -> Response:
    wrong = form.is_submitted() and "more" not in request.form
    return web.page(
        "meetings/edit.html",
        status or (422 if wrong else 200),
        form=form,
        meeting=meeting,
        suggestions=queries.project_suggestions(web.session(), web.actor()),
    )


@views.route("/<int:meeting_id>/edit", methods=["GET", "POST"])
def edit(meeting_id: int) -> Response:
    """Correct a meeting, or write down how a planned one went."""
    policy.ensure(web.actor(), Act.HOLD_MEETING)
    meeting = get_meeting(meeting_id)
    form = MeetingForm(data=_values(meeting))
    _offer(form)
    status = 0
    if "more" not in request.form and form.validate_on_submit():
        try:
            actions.edit(web.session(), web.actor(), meeting, form.draft(), form.version.data, web.now())
        except Clash as clash:
            web.session().rollback()
            form.refuse(RuleBroken(clash.message))
            form.version.renew(get_meeting(meeting_id).version)
            status = 409
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已保存会议。"))
            return web.see_other("meetings.show", meeting_id=meeting.id)
    return _meeting_page(form, get_meeting(meeting_id), status)


def _values(meeting: Meeting) -> dict[str, Any]:
    """The meeting as the form begins with it."""
    names = ("title", "kind", "held_at", "place", "chair_id", "attendees", "minutes_number", "summary", "version")
    agenda = [
        {
            "project": f"{item.project.name} · {item.project.code}" if item.project else "",
            "title": item.title,
            "issue_class": item.issue_class,
            "situation": item.situation,
            "conclusion": item.conclusion,
        }
        for item in meeting.agenda
    ]
    length = (meeting.ends_at - meeting.held_at) // timedelta(minutes=1)
    return {**{name: getattr(meeting, name) for name in names}, "minutes": length, "agenda": agenda}
