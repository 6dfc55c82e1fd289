"""The calendar of meetings, receptions and absences: by month, week, day and as a list; a meeting taken to another time.

Stands under the address of meetings. Everything works without scripts; with them a meeting is dragged to its new time, and the
dialog that opens is the page of `move`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.actions import bookings as actions
from crm.actions.bookings import NOT_INVITED
from crm.choices import MeetingKind, Role, Span
from crm.errors import Clash, RuleBroken
from crm.forms.bookings import MoveForm, lasting
from crm.models import Meeting, Project, Room, User
from crm.policy import Act
from crm.queries import action_items, activities, bookings, people
from crm.queries import calendar as queries
from crm.queries import meetings as meeting_queries
from crm.queries.calendar import Marked, Scope
from crm.rules import calendars as rules
from crm.rules.bookings import when
from crm.rules.calendars import Event, Placed
from crm.rules.days import FIRST_YEAR, LAST_YEAR, Month, at, local
from crm.views import lists, web
from crm.views.booking_panel import panel
from crm.views.meetings import get_meeting
from crm.views.minutes_steps import views

__all__ = ["views"]
MONTH_MOST = 4  # events shown in a day of the month; the rest is counted
ROOMS, LEADERS = "rooms", "leaders"  # a day with a column for each


@dataclass(frozen=True)
class Column:
    """A column of the grid: a day, a room's or a leader's day."""

    name: str
    day: date
    placed: Sequence[Placed]
    whole: Sequence[Event] = ()
    mark: Marked | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)  # what a meeting planned from here begins with
    is_off: bool = False

    @property
    def count(self) -> int:
        """How much stands in it."""
        return len(self.placed) + len(self.whole)


@views.get("/calendar")
def calendar() -> Response:
    """The calendar by the address: span, day, whose."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    span, on = lists.word("view", Span) or Span.WEEK, lists.day("on") or web.today()
    offered = people.people_of(web.session(), [role for role in Role if role not in NOT_INVITED])
    rooms = bookings.rooms(web.session(), lists.number("room"))
    project = _project()
    scope = _scope(project)
    first, last = rules.shown(span, on)
    each = request.args.get("each", "") if span is Span.DAY else ""
    marks = queries.holidays(web.session(), first, last)
    context = (
        _columns(each, on, rooms, offered, marks)
        if each in (ROOMS, LEADERS)
        else _days(span, scope, first, last, marks)
    )
    template = "calendar/_calendar.html" if web.wants_fragment() else "calendar/show.html"
    return web.page(
        template,
        span=span,
        spans=list(Span),
        on=on,
        first=first,
        last=last,
        before=rules.turned(span, on, -1),
        after=rules.turned(span, on, 1),
        month=Month.of(on),
        marks=marks,
        scope=scope,
        each=each,
        people=sorted(offered, key=lambda user: user.role is not Role.LEADER),
        rooms=rooms,
        project=project,
        kinds=list(MeetingKind),
        most=MONTH_MOST,
        address=lists.address,
        counts=action_items.counts(web.session(), web.actor(), web.today()),
        suggestions=meeting_queries.project_suggestions(web.session(), web.actor()) if not web.wants_fragment() else (),
        **context,
    )


def _project() -> Project | None:
    """The project of the address, by its key or by what was typed of its name; one that is not found narrows to nothing else."""
    key, typed = lists.number("project"), request.args.get("p", "").strip()[:80]
    if key is None and typed:
        found = meeting_queries.find_projects(web.session(), web.actor(), typed)
        if len(found) != 1:
            flash(_("没有找到唯一的项目“%(text)s”，请写全名称或编号。", text=typed), "warning")
            return None
        key = found[0][0]
    return None if key is None else web.one(activities.project_to_see(web.actor(), key))


def _scope(project: Project | None) -> Scope:
    who = request.args.get("who", "")
    person_id = web.actor().id if who == "me" else lists.key(who)
    return Scope(person_id, lists.number("room"), project.id if project else None, lists.word("kind", MeetingKind))


def _days(span: Span, scope: Scope, first: date, last: date, marks: Mapping[date, Marked]) -> dict[str, Any]:
    """The events of each day, and for a week or a day where they stand in the grid."""
    found = rules.by_day(queries.events(web.session(), web.actor(), scope, first, last), first, last)
    if span not in (Span.WEEK, Span.DAY):
        return {"days": found, "columns": (), "hours": ()}
    opens, closes = rules.hours(found.values())
    plan = {
        name: value
        for name, value in (("room", scope.room_id), ("project", scope.project_id), ("person", scope.person_id))
        if value
    }
    columns = [
        Column(
            "",
            day,
            rules.laid(events, day, opens),
            [each for each in events if each.all_day],
            marks.get(day),
            plan,
            _off(day, marks),
        )
        for day, events in found.items()
    ]
    return {"days": found, "columns": columns, "hours": range(opens, closes)}


def _off(day: date, marks: Mapping[date, Marked]) -> bool:
    return not marks[day].is_working if day in marks else day.weekday() >= 5


def _columns(
    each: str, on: date, rooms: Sequence[Room], offered: Sequence[User], marks: Mapping[date, Marked]
) -> dict[str, Any]:
    """A day of every room, or of every leader, side by side."""
    session, actor = web.session(), web.actor()
    if each == ROOMS:
        by_room = queries.of_rooms(session, actor, on)
        heads: list[tuple[str, list[Event], dict[str, Any]]] = [
            (room.name, by_room.get(room.id, []), {"room": room.id}) for room in rooms
        ]
    else:
        leaders = [user for user in offered if user.role is Role.LEADER]
        by_person = queries.of_people(session, actor, on, [user.id for user in leaders])
        heads = [(user.name, by_person[user.id], {"chair": user.id}) for user in leaders]
    opens, closes = rules.hours([events for _, events, _ in heads])
    columns = [
        Column(
            name,
            on,
            rules.laid(events, on, opens),
            [event for event in events if event.all_day],
            None,
            plan,
            _off(on, marks),
        )
        for name, events, plan in heads
    ]
    return {"days": {}, "columns": columns, "hours": range(opens, closes)}


# ----------------------------------------------------------------------------------------------------- to another time


@views.route("/<int:meeting_id>/move", methods=["GET", "POST"])
def move(meeting_id: int) -> Response:
    """Ask what another time would mean (`to`), and take the meeting there."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    meeting = get_meeting(meeting_id)
    policy.ensure_row(web.session(), web.actor(), Act.BOOK_MEETING, meeting)
    to = _to(meeting)
    form = MoveForm(
        data={
            "held_on": local(to).date(), "begins": local(to).time(), "minutes": lasting(meeting), "reason": meeting.clash_reason,
            "version": meeting.version,
        }
    )  # fmt: skip
    if not form.is_submitted() or not form.validate():
        return _move_page(form, meeting, 422 if form.is_submitted() else 200)
    try:
        wanted = _moved(meeting, form)
        actions.change(web.session(), web.actor(), meeting, wanted, form.version.data, web.now())
    except (RuleBroken, Clash) as refusal:
        web.session().rollback()
        field_name = getattr(refusal, "field", None)
        form.refuse(RuleBroken(refusal.message, "begins" if field_name in ("held_at", "room_id") else field_name))
        meeting = get_meeting(meeting_id)
        form.version.renew(meeting.version)
        return _move_page(form, meeting, 409 if isinstance(refusal, Clash) else 422)
    web.session().commit()
    return _done(meeting_id)


def _to(meeting: Meeting) -> datetime:
    """Where it was dragged: an instant, or another day at the same hour; whatever is neither is where it stands."""
    text = request.args.get("to", "")
    try:
        chosen = datetime.fromisoformat(text)
    except ValueError:
        return meeting.held_at
    if not FIRST_YEAR <= chosen.year <= LAST_YEAR:
        return meeting.held_at
    clock = chosen.time() if "T" in text else local(meeting.held_at).time()
    return at(chosen.date(), clock)


def _moved(meeting: Meeting, form: MoveForm) -> Any:
    held_at = form.held_at or meeting.held_at
    minutes = form.minutes.data or lasting(meeting)
    return replace(bookings.draft_of(meeting), held_at=held_at, minutes=minutes, reason=form.reason.data or "")


def _move_page(form: MoveForm, meeting: Meeting, status: int) -> Response:
    offered = people.people_of(web.session(), [role for role in Role if role not in NOT_INVITED])
    rooms = bookings.rooms(web.session(), meeting.room_id)
    draft = _moved(meeting, form) if form.held_at else None
    template = "calendar/_move.html" if web.wants_fragment() else "calendar/move.html"
    return web.page(
        template,
        status,
        form=form,
        meeting=meeting,
        panel=panel(draft, 0, offered, rooms, [meeting.id]),
        back=_back(),
        held_at=form.held_at,
    )


def _done(meeting_id: int) -> Response:
    moved = get_meeting(meeting_id)
    words = _("“%(title)s”已改到 %(when)s。", title=moved.title, when=when(moved.held_at, moved.ends_at))
    if not web.wants_fragment():
        flash(words)
        return redirect(_back(), 303)  # type: ignore[return-value]
    answer = make_response("", 204)
    answer.headers["HX-Trigger"] = json.dumps(
        {"calendar-moved": {"id": meeting_id, "words": words}}
    )  # ASCII, as headers are
    return answer


def _back() -> str:
    return web.safe_target(request.values.get("back")) or url_for("meetings.calendar")
