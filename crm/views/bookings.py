"""Planning meetings: the form with what stands against it while one types, sending the invitations, changing, calling off.

Stands under the address of meetings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm import policy
from crm.actions import bookings as actions
from crm.actions import carrying, invitations
from crm.choices import MeetingKind, Reach, Role
from crm.errors import Clash, RuleBroken
from crm.forms.bookings import FIRST_ROWS, SPARE_ROWS, AnswerForm, BookingForm, CancelForm
from crm.models import Meeting, Project, Room, User
from crm.policy import Act
from crm.queries import activities, minutes, people
from crm.queries import bookings as queries
from crm.queries import meetings as meeting_queries
from crm.rules.bookings import USUAL_MINUTES, BookingDraft, carried, write_outside
from crm.rules.days import FIRST_YEAR, LAST_YEAR, at, day_of, local
from crm.rules.engagements import next_half_hour
from crm.rules.recurrence import Pattern
from crm.views import lists, web
from crm.views.action_items import views
from crm.views.booking_panel import Panel, panel
from crm.views.meetings import get_meeting

__all__ = ["views"]
PEOPLE = [role for role in Role if role not in actions.NOT_INVITED]
PARTS = ("people", "place", "agenda")


# ---------------------------------------------------------------------------------------------------------------- the form


@views.route("/plan", methods=["GET", "POST"])
def plan() -> Response:
    """Plan a meeting: empty, for a project, at a time of the calendar, or like another one."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    form = BookingForm(data=_begin())
    offered = _offer(form)
    if _is_sent(form) and form.validate():
        try:
            booked = actions.book(web.session(), web.actor(), form.draft(), web.now())
            brought = _bring_unfinished(booked.first)
            if "announce" in request.form:
                invitations.announce(web.session(), web.actor(), booked.meetings, web.now())
        except (RuleBroken, actions.DoubleBooked) as refusal:
            web.session().rollback()
            return _refused(form, refusal, None)
        web.session().commit()
        _say_booked(booked)
        if brought:
            flash(_("已把 %(n)d 项议题移交到那次会议的议程。", n=brought))
        return web.see_other("meetings.show", meeting_id=booked.first.id)
    return _page(form, None, offered)


def _bring_unfinished(meeting: Meeting) -> int:
    """What another meeting left unfinished, where the address names one, goes on to the one just booked; how many points."""
    if (key := lists.number("unfinished")) is None:
        return 0
    before = get_meeting(key)
    items = minutes.unfinished(web.session(), web.actor(), before)
    return carrying.carry(web.session(), web.actor(), before, items, meeting, web.now()) if items else 0


def _is_sent(form: BookingForm) -> bool:
    """Whether the form is meant to be kept, not only to grow or to take another time."""
    return form.is_submitted() and not {"more", "slot"} & set(request.form)


def _say_booked(booked: actions.Booked) -> None:
    if "announce" in request.form:
        flash(_("已安排并通知参会人。"))
    elif len(booked.meetings) > 1:
        flash(_("已存草稿，共 %(n)d 次；还没有通知参会人。", n=len(booked.meetings)))
    else:
        flash(_("已存草稿，还没有通知参会人。"))


def _begin() -> dict[str, Any]:
    """What an empty form begins with."""
    if (like := lists.number("like")) is not None:
        return _like(get_meeting(like))
    project = _project_asked()
    day, clock = lists.day("on"), request.args.get("at", "")
    held_at = next_half_hour(web.now())
    if day is not None:
        held_at = at(day, _clock(clock) or _morning())
    agenda = [{"project": f"{project.name} · {project.code}"}] if project else []
    return {
        **_when(held_at, USUAL_MINUTES),
        "agenda": agenda,
        "secretary_id": web.actor().id if policy.can(web.actor(), Act.HOLD_MEETING) else None,
        "kind": lists.word("kind", MeetingKind) or MeetingKind.COORDINATION,
        "room_id": lists.number("room"),
        "chair_id": lists.number("chair"),
        "required_ids": [key] if (key := lists.number("person")) else [],
    }


def _project_asked() -> Project | None:
    asked = lists.number("project")
    return None if asked is None else web.one(activities.project_to_see(web.actor(), asked))


def _clock(text: str) -> time | None:
    """A clock reading of an address, 14:00; whatever is none is nothing."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _morning() -> time:
    return web.settings().hours.spans[0][0]


def _when(held_at: datetime, minutes: int) -> dict[str, Any]:
    there = local(held_at)
    return {"held_on": there.date(), "begins": there.time(), "minutes": minutes}


def _like(meeting: Meeting) -> dict[str, Any]:
    """Another meeting's values, as far as one wants to take them along; on the same day of a week to come."""
    parts = [part for part in PARTS if part in request.args.getlist("carry")]
    draft = carried(parts, queries.draft_of(meeting))
    there, week = local(draft.held_at), timedelta(days=7)
    day = there.date() + week
    while day <= web.today():
        day += week * max(1, (web.today() - day) // week)
    return {**_values(draft, meeting), **_when(at(day, there.time()), draft.minutes)}


def _values(draft: BookingDraft, meeting: Meeting | None) -> dict[str, Any]:
    """A draft as the form begins with it; projects that are not the reader's stay unnamed and stay as they are."""
    visible = meeting_queries.visible_projects(web.session(), web.actor(), [p.project_id for p in draft.agenda])
    named = {
        item.project_id: f"{item.project.name} · {item.project.code}"
        for item in (meeting.agenda if meeting else ())
        if item.project is not None and item.project_id in visible
    }
    plain = (
        "title", "kind", "room_id", "place", "online_url", "chair_id", "secretary_id", "attendees", "summary", "reason",
        "origin_uid", "origin_sequence",
    )  # fmt: skip
    agenda = [
        {
            "project": named.get(point.project_id or 0, ""),
            "title": point.title,
            "length_minutes": point.length_minutes,
            "notes": point.notes,
        }
        for point in draft.agenda
        if point.project_id is None or point.project_id in named
    ]
    return {
        **{name: getattr(draft, name) for name in plain},
        **_when(draft.held_at, draft.minutes),
        "required_ids": list(draft.required_ids),
        "optional_ids": list(draft.optional_ids),
        "outside": write_outside(draft.outside),
        "agenda": agenda,
    }


def _offer(form: BookingForm, meeting: Meeting | None = None, *, rows: bool = True) -> tuple[list[User], list[Room]]:
    """Fill what the fields offer, and leave room on the agenda; the people and rooms offered."""
    session, actor = web.session(), web.actor()
    if rows and not form.is_submitted():
        form.add_rows(max(SPARE_ROWS, FIRST_ROWS - len(form.agenda.entries)))
    elif "more" in request.form:
        form.add_rows(SPARE_ROWS + 1)
    offered = list(people.people_of(session, PEOPLE))
    rooms = list(queries.rooms(session, meeting.room_id if meeting else None))
    words = [(user.id, f"{user.name} · {user.title or user.role.label}") for user in offered]
    for field in (form.chair_id, form.secretary_id, form.required_ids, form.optional_ids):
        field.fill(words)
    form.room_id.fill((room.id, _("%(room)s（%(n)d 人）", room=room.name, n=room.capacity)) for room in rooms)
    for entry in form.agenda.entries:
        entry.form.project.find = lambda text: meeting_queries.find_projects(session, actor, text)
        entry.form.project.list_id = "projects-list"
    return offered, rooms


def propose(draft: BookingDraft, meeting: Meeting | None, remarks: Sequence[str]) -> Response:
    """The form with what was read elsewhere, for a new meeting or the change of one; nothing is kept before it is sent."""
    values = _values(draft, meeting)
    if meeting is not None:
        values |= {**_rule(meeting), "version": meeting.version}
    elif draft.pattern is not None:
        values |= _of_pattern(draft.pattern)
    form = BookingForm(None, data=values)
    offered = _offer(form, meeting, rows=False)
    form.add_rows(max(SPARE_ROWS, FIRST_ROWS - len(form.agenda.entries)))
    action = url_for("meetings.replan", meeting_id=meeting.id) if meeting else url_for("meetings.plan")
    return _page(form, meeting, offered, 200, remarks, action)


def _of_pattern(pattern: Pattern) -> dict[str, Any]:
    return {
        "repeat": pattern.repeat, "every": pattern.every, "weekdays": list(pattern.on_weekdays), "nth": pattern.nth,
        "off_days": pattern.off_days, "until_on": pattern.until_on, "times": pattern.times,
    }  # fmt: skip


def _page(
    form: BookingForm,
    meeting: Meeting | None,
    offered: tuple[list[User], list[Room]],
    status: int = 0,
    remarks: Sequence[str] = (),
    action: str = "",
) -> Response:
    if slot := request.form.get("slot"):
        _put(form, slot)
    wrong = _is_sent(form)
    return web.page(
        "bookings/edit.html",
        status or (422 if wrong else 200),
        form=form,
        meeting=meeting,
        panel=_panel(form, offered, meeting),
        suggestions=meeting_queries.project_suggestions(web.session(), web.actor()),
        is_past=meeting is not None and meeting.held_at < web.now(),
        remarks=remarks,
        action=action,
    )


def _panel(form: BookingForm, offered: tuple[list[User], list[Room]], meeting: Meeting | None) -> Panel:
    return panel(form.partial(), form.agenda_minutes, *offered, _left_out(form, meeting))


def _left_out(form: BookingForm, meeting: Meeting | None) -> list[int]:
    """The meetings that do not stand against the form: the one that is changed, or all of its series."""
    if meeting is None:
        return []
    if meeting.series_id is None or form.reach.data in (None, Reach.THIS):
        return [meeting.id]
    return [meeting.id, *(row.id for row in queries.of_series(web.session(), meeting.series_id))]


def _put(form: BookingForm, slot: str) -> None:
    """Another time, chosen by a button; whatever is no time changes nothing."""
    try:
        chosen = datetime.fromisoformat(slot)
    except ValueError:
        return
    if FIRST_YEAR <= chosen.year <= LAST_YEAR:
        form.put(at(chosen.date(), chosen.time()))


def _refused(form: BookingForm, refusal: RuleBroken | actions.DoubleBooked, meeting_id: int | None) -> Response:
    """The form again, with everything typed, the sentence at its field, and what stands against it beside."""
    form.refuse(RuleBroken(refusal.message, refusal.field))
    meeting = get_meeting(meeting_id) if meeting_id is not None else None
    return _page(form, meeting, _offer(form, meeting), 409 if isinstance(refusal, actions.DoubleBooked) else 422)


@views.get("/plan/check", endpoint="plan_check")
def check() -> Response:
    """The panel for what is typed so far: the same questions as when the form is sent."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    key = lists.number("meeting")
    meeting = get_meeting(key) if key is not None else None
    form = BookingForm(MultiDict(request.args), meta={"csrf": False})
    offered = _offer(form, meeting, rows=False)
    return web.page("bookings/_panel.html", panel=_panel(form, offered, meeting), web_fragment=True)


# --------------------------------------------------------------------------------------------------- changing, calling off


@views.route("/<int:meeting_id>/plan", methods=["GET", "POST"])
def replan(meeting_id: int) -> Response:
    """Change a planned meeting, this one or its series; or bring a called off one back."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    meeting = get_meeting(meeting_id)
    policy.ensure_row(web.session(), web.actor(), Act.BOOK_MEETING, meeting)
    form = BookingForm(
        data={**_values(queries.draft_of(meeting), meeting), **_rule(meeting), "version": meeting.version}
    )
    offered = _offer(form, meeting)
    if _is_sent(form) and form.validate():
        try:
            booked = _change(meeting, form)
        except Clash as clash:
            web.session().rollback()
            if isinstance(clash, actions.DoubleBooked):
                return _refused(form, clash, meeting_id)
            form.refuse(RuleBroken(clash.message))
            meeting = get_meeting(meeting_id)
            form.version.renew(meeting.version)
            return _page(form, meeting, _offer(form, meeting), 409)
        except RuleBroken as refusal:
            web.session().rollback()
            return _refused(form, refusal, meeting_id)
        web.session().commit()
        _say_changed(booked)
        alone = form.reach.data in (None, Reach.THIS)
        return web.see_other("meetings.show", meeting_id=meeting_id if alone else booked.first.id)
    return _page(form, meeting, offered)


def _change(meeting: Meeting, form: BookingForm) -> actions.Booked:
    session, actor = web.session(), web.actor()
    draft, reach = form.draft(), form.reach.data or Reach.THIS
    booked = actions.change(session, actor, meeting, draft, form.version.data, web.now(), reach)
    if "announce" in request.form:
        rows = queries.of_series(session, meeting.series_id) if meeting.series_id else [meeting]
        invitations.announce(session, actor, rows, web.now())
    return booked


def _rule(meeting: Meeting) -> dict[str, Any]:
    """The rule of its series, ending with a day."""
    if meeting.series is None:
        return {}
    rule = queries.pattern_of(meeting.series)
    rows = queries.of_series(web.session(), meeting.series.id)
    last = max((row.series_on for row in rows if row.series_on), default=day_of(meeting.held_at))
    return {
        "repeat": rule.repeat, "every": rule.every, "weekdays": list(rule.on_weekdays), "nth": rule.nth,
        "off_days": rule.off_days, "until_on": last,
    }  # fmt: skip


def _say_changed(booked: actions.Booked) -> None:
    if "announce" in request.form:
        flash(_("已保存并通知参会人。"))
    elif len(booked.meetings) > 1 or booked.cancelled:
        flash(_("已保存，改动 %(n)d 次，取消 %(off)d 次，单独改过的 %(left)d 次没有动。",
                n=len(booked.meetings), off=booked.cancelled, left=booked.left))  # fmt: skip
    elif booked.meetings[0].is_draft:
        flash(_("已保存草稿，还没有通知参会人。"))
    else:
        flash(_("已保存；时间、地点有变的，已通知参会人。"))


@views.post("/<int:meeting_id>/announce")
def announce(meeting_id: int) -> Response:
    """Send the invitations."""
    meeting = get_meeting(meeting_id)
    rows = queries.of_series(web.session(), meeting.series_id) if meeting.series_id else [meeting]
    told = invitations.announce(web.session(), web.actor(), rows, web.now())
    web.session().commit()
    flash(_("已通知 %(n)d 人。", n=told))
    return web.see_other("meetings.show", meeting_id=meeting_id)


@views.post("/<int:meeting_id>/cancel")
def cancel(meeting_id: int) -> Response:
    """Call it off; changing it brings it back."""
    meeting = get_meeting(meeting_id)
    form = CancelForm()
    reach = form.reach.data or Reach.THIS
    gone = actions.cancel(web.session(), web.actor(), meeting, form.version.data, web.now(), reach)
    web.session().commit()
    if len(gone.meetings) > 1:
        flash(_("已取消 %(n)d 次会议，会议室已空出。", n=len(gone.meetings)))
    else:
        flash(_("已取消这次会议，会议室已空出。需要时可在“修改安排”里恢复。"))
    return web.see_other("meetings.show", meeting_id=meeting_id)


@views.post("/<int:meeting_id>/answer")
def answer(meeting_id: int) -> Response:
    """What the reader answers to his invitation."""
    meeting = get_meeting(meeting_id)
    form = AnswerForm()
    if not form.validate():
        raise RuleBroken("请选“参加”“待定”或“不能参加”，附言最多 200 个字符。")
    invitations.answer(web.session(), web.actor(), meeting, form.response.data, form.note.data or "", web.now())
    web.session().commit()
    flash(_("已答复：%(answer)s。", answer=form.response.data.label))
    return web.see_other("meetings.show", meeting_id=meeting_id)


@views.get("/<int:meeting_id>/clone")
def clone(meeting_id: int) -> Response:
    """What of a meeting is to be taken along into a new one."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    return web.page("bookings/clone.html", meeting=get_meeting(meeting_id))
