"""Rooms and absences: what there is to book, and who cannot be met. Stands under the address of meetings."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.actions import absences as absence_actions
from crm.actions import rooms as actions
from crm.actions.bookings import NOT_INVITED
from crm.errors import RuleBroken
from crm.forms.rooms import AbsenceForm, RoomForm
from crm.models import Absence, Room
from crm.policy import Act
from crm.queries import absences
from crm.queries.action_items import counts as action_counts
from crm.queries.engagements import engagements
from crm.rules.days import start_of
from crm.rules.engagements import Source
from crm.views import web
from crm.views.bookings import views

__all__ = ["views"]
SHOWN = timedelta(days=60)


@views.route("/rooms", methods=["GET", "POST"])
def rooms() -> Response:
    """Every room, and the form of a new one for those who keep them."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    form = RoomForm()
    if form.is_submitted():
        policy.ensure(web.actor(), Act.MANAGE_ROOMS)
    if form.validate_on_submit() and _kept(form, None):
        flash(_("已登记会议室。"))
        return web.see_other("meetings.rooms")
    return _rooms_page(form, None)


def _kept(form: RoomForm, room: Room | None) -> bool:
    try:
        actions.keep(web.session(), web.actor(), room, form.draft(), web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return False
    web.session().commit()
    return True


def _rooms_page(form: RoomForm, room: Room | None) -> Response:
    found = web.session().scalars(select(Room).order_by(Room.is_active.desc(), Room.rank, Room.id)).all()
    form.building.suggestions = list(dict.fromkeys(each.building for each in found if each.building))
    return web.page(
        "bookings/rooms.html",
        422 if form.errors or form.form_errors else 200,
        form=form,
        rooms=found,
        room=room,
        counts=action_counts(web.session(), web.actor(), web.today()),
    )


@views.route("/rooms/<int:room_id>", methods=["GET", "POST"])
def room(room_id: int) -> Response:
    """Change a room, or close it."""
    policy.ensure(web.actor(), Act.MANAGE_ROOMS)
    found = web.one(select(Room).where(Room.id == room_id))
    form = RoomForm(obj=found)
    if form.validate_on_submit() and _kept(form, found):
        flash(_("已保存会议室。"))
        return web.see_other("meetings.rooms")
    return _rooms_page(form, web.one(select(Room).where(Room.id == room_id)))


# ---------------------------------------------------------------------------------------------------------------- absences


@views.route("/absences", methods=["GET", "POST"], endpoint="absences")
def away() -> Response:
    """Who is away in the next two months, and the form for oneself (and for those one keeps it for)."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    session, actor = web.session(), web.actor()
    form = AbsenceForm(user_id=actor.id, first_on=web.today())
    form.user_id.fill(
        (user.id, f"{user.name} · {user.unit.short_name}") for user in absences.people(session, actor, NOT_INVITED)
    )
    if form.validate_on_submit():
        try:
            kept = absence_actions.keep(session, actor, form.draft(), web.today(), web.now())
        except RuleBroken as refusal:
            session.rollback()
            form.refuse(refusal)
        else:
            busy = _meetings_in(kept)
            session.commit()
            flash(_("已登记外出请假。"))
            if busy:
                flash(_("这段时间已有 %(n)d 场会议，请答复不能参加，或请会议安排人改时间。", n=busy), "warning")
            return web.see_other("meetings.absences")
    first = start_of(web.today())
    return web.page(
        "bookings/absences.html",
        422 if form.is_submitted() else 200,
        form=form,
        away=absences.between(session, actor, first, first + SHOWN),
        keepable=set(session.scalars(absences.keepable(actor).with_only_columns(Absence.id))),
        counts=action_counts(session, actor, web.today()),
    )


def _meetings_in(absence: Absence) -> int:
    taken = engagements(web.session(), web.actor(), [absence.user_id], [], absence.starts_at, absence.ends_at)
    return sum(each.source is Source.MEETING for each in taken)


@views.post("/absences/<int:absence_id>/cancel")
def cancel_absence(absence_id: int) -> Response:
    """He is here after all."""
    found = web.one(absences.keepable(web.actor()).where(Absence.id == absence_id))
    absence_actions.cancel(web.session(), web.actor(), found, web.now())
    web.session().commit()
    flash(_("已撤销这条外出请假。"))
    return web.see_other("meetings.absences")
