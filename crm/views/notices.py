"""Notices: the list behind the bell, reading them, the day's digest, and what one wants to be told."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from crm.actions import notices as actions
from crm.choices import NoticeKind
from crm.forms.notices import reminders_form
from crm.models import Notice
from crm.queries import home
from crm.queries import notices as queries
from crm.queries.digest import digest
from crm.queries.notices import Place
from crm.rules.days import day_of
from crm.rules.reminders import office_days
from crm.rules.today import standing
from crm.views import lists, web

views = Blueprint("notices", __name__)
# The page of the row a notice leads to, and the argument that names it; every other notice leads to its project.
PAGES = {
    "activity": ("activities.show", "activity_id"),
    "meeting": ("meetings.show", "meeting_id"),
    "action_item": ("meetings.action", "action_id"),
    "supervision_letter": ("supervision.letter", "letter_id"),
    "claim": ("claims.show", "claim_id"),
    "collision": ("collisions.show", "collision_id"),
    "transfer": ("pool.transfer", "transfer_id"),
    "job": ("jobs.show", "job_id"),
}


def address_of(notice: Notice) -> str:
    """Where a notice leads."""
    if notice.kind is NoticeKind.DIGEST:
        return url_for("notices.daily", day=notice.key.removeprefix("digest:"))
    if notice.kind is NoticeKind.MONTHLY:
        return url_for("monthly.fill", month=notice.key.split(":")[1])
    if notice.table_name in PAGES and notice.row_id:
        endpoint, argument = PAGES[notice.table_name]
        return url_for(endpoint, **{argument: notice.row_id})  # type: ignore[arg-type]
    if notice.kind is NoticeKind.LIGHT and notice.project_id:
        return url_for("lights.history", project_id=notice.project_id)
    return url_for("projects.show", project_id=notice.project_id) if notice.project_id else url_for("notices.index")


@views.get("/notices")
def index() -> Response:
    """What one was told: unread first, then by day."""
    found, following = queries.page_of(web.session(), web.actor(), _place())
    days = groupby(found, key=lambda notice: (notice.read_at is not None, day_of(notice.at)))
    return web.page(
        "notices/index.html",
        days=[(read, day, list(notices)) for (read, day), notices in days],
        following=_text(following) if following else "",
        is_first="after" not in request.args,
    )


def _text(place: Place) -> str:
    return f"{int(place.is_read)}.{place.at.timestamp():.6f}.{place.id}"


def _place() -> Place | None:
    """Where the page begins; an address nobody made begins at the first."""
    read, _dot, rest = request.args.get("after", "").partition(".")
    instant, _dot, key = rest.rpartition(".")
    try:
        return Place(read == "1", datetime.fromtimestamp(float(instant), web.now().tzinfo), min(int(key), 2**31 - 1))
    except (ValueError, OverflowError, OSError):
        return None


@views.post("/notices/<int:notice_id>/read")
def read(notice_id: int) -> Response:
    """Read one, and go to where it leads."""
    notice = web.one(queries.of(web.actor()).where(Notice.id == notice_id))
    actions.read(notice, web.now())
    target = address_of(notice)
    web.session().commit()
    return redirect(target, 303)  # type: ignore[return-value]


@views.post("/notices/read")
def read_all() -> Response:
    """All of them are read."""
    count = actions.read_all(web.session(), web.actor(), web.now())
    web.session().commit()
    flash(_("已把 %(n)d 条通知标为已读。", n=count) if count else _("没有未读的通知。"))
    return web.see_other("notices.index")


@views.get("/digest")
def daily() -> Response:
    """One's digest of a day, as things stand now."""
    session, actor, on = web.session(), web.actor(), lists.day("day") or web.today()
    wishes = queries.wishes_of(session, [actor.id])[actor.id]
    found = digest(session, actor, home.measure(session, on, web.limits(), web.settings().action_sign_days), wishes)
    return web.page("notices/digest.html", digest=found, standing=lambda todo: standing(todo, on))


@views.route("/me/reminders", methods=["GET", "POST"])
def reminders() -> Response:
    """What one wants to be told, how early, and what the digest holds."""
    actor = web.actor()
    form = reminders_form(queries.wishes_of(web.session(), [actor.id])[actor.id])
    if form.validate_on_submit():
        actions.subscribe(web.session(), actor, form.draft())
        web.session().commit()
        flash(_("提醒设置已保存。"))
        return web.see_other("notices.reminders")
    values = web.settings()
    return web.page(
        "notices/reminders.html",
        422 if form.is_submitted() else 200,
        form=form,
        office_days=lambda kind: office_days(kind, values),
    )
