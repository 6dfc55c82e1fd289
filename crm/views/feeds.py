"""日历订阅: secret addresses at which other programs fetch meetings, and a meeting as a file.

An address needs no sign-in; it answers with its owner's rights of that moment, and as if it did not exist where they end.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import Blueprint, Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crm import icalendars, policy
from crm.actions import feeds as actions
from crm.actions.people import digest_of
from crm.choices import FeedKind
from crm.db import writing
from crm.errors import NotFound, RuleBroken
from crm.extensions import db
from crm.forms.feeds import FeedForm
from crm.models import Feed
from crm.policy import Act
from crm.queries import action_items, meetings, people
from crm.queries import feeds as queries
from crm.rules import sign_in
from crm.views import web

views = Blueprint("feeds", __name__)
KINDS = {FeedKind.PERSON: "user", FeedKind.ROOM: "door", FeedKind.PROJECT: "building-factory-2"}


@views.route("/meetings/feeds", methods=["GET", "POST"])
def index() -> Response:
    """One's own addresses, and the form of a new one; its token is in the answer to the form and nowhere else."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    session, actor = web.session(), web.actor()
    form = FeedForm()
    form.room_id.fill((room.id, room.name) for room in session.scalars(queries.rooms()))
    form.project.find = lambda text: meetings.find_projects(session, actor, text)
    form.project.list_id = "projects-list"
    if form.validate_on_submit():
        try:
            feed, token = actions.make(
                session, actor, form.kind.data, form.room_id.data, form.project.row_id, web.now()
            )
        except RuleBroken as refusal:
            session.rollback()
            form.refuse(refusal)
        else:
            name = queries.name_of(feed, actor)
            session.commit()
            address = url_for("feeds.calendar", token=token, _external=True)
            return _page(FeedForm(None), made=name, address=address, status=200)
    return _page(form, status=422 if form.is_submitted() else 200)


def _page(form: FeedForm, *, status: int, made: str = "", address: str = "") -> Response:
    session, actor = web.session(), web.actor()
    return web.page(
        "feeds/index.html",
        status,
        form=form,
        feeds=[(feed, queries.name_of(feed, actor)) for feed in session.scalars(queries.of_owner(actor))],
        icons=KINDS,
        made=made,
        address=address,
        webcal=f"webcal:{address.partition(':')[2]}",
        counts=action_items.counts(session, actor, web.today()),
        suggestions=() if made else meetings.project_suggestions(session, actor),
    )


@views.post("/meetings/feeds/<int:feed_id>/revoke")
def revoke(feed_id: int) -> Response:
    """Give an address up."""
    policy.ensure(web.actor(), Act.SEE_MEETING)
    feed = web.one(queries.of_owner(web.actor()).where(Feed.id == feed_id))
    actions.revoke(web.session(), web.actor(), feed, web.now())
    web.session().commit()
    flash(_("已撤销这个订阅地址，用它的日历程序不会再更新。"))
    return web.see_other("feeds.index")


@views.get("/feeds/<token>.ics")
def calendar(token: str) -> Response:
    """The meetings behind a secret address; 404 for one unknown, given up, or whose owner may not see them any more."""
    session, now = web.session(), web.now()
    feed = queries.find(session, digest_of(token))
    if feed is None:
        return _stranger(now)
    found = people.find_account(session, feed.owner_id)
    if found is None or (found[0].is_demo and not web.config().demo):
        raise NotFound
    owner = found[1]
    scope = queries.scope_of(session, owner, feed)
    if scope is None:
        raise NotFound
    entries = queries.entries(session, owner, scope, *queries.window(web.today()), _link)
    data = icalendars.write(entries, name=queries.name_of(feed, owner))
    return _answer(data, max((entry.changed_at for entry in entries), default=feed.created_at))


def _link(meeting_id: int) -> str:
    return url_for("meetings.show", meeting_id=meeting_id, _external=True)


def _stranger(now: datetime) -> Response:
    """No such address. It is counted in a transaction of its own: what a GET opens only reads."""
    if actions.is_throttled(web.session(), web.address(), now):
        answer = make_response(_("请求过多，请稍后再试。"), 429)
        answer.headers["Retry-After"] = str(int(sign_in.WINDOW.total_seconds()))
        return answer
    with writing(), Session(db.engine) as own:
        actions.note_stranger(own, web.address(), now)
        own.commit()
    raise NotFound


def _answer(data: bytes, changed_at: datetime) -> Response:
    """The calendar, or 304 for who has these very bytes.

    If-Modified-Since alone is not believed: a meeting that is gone, or closed to the owner, leaves no later instant behind.
    """
    tag = hashlib.sha256(data).hexdigest()[:32]
    answer = make_response(b"", 304) if request.if_none_match.contains_weak(tag) else make_response(data)
    answer.headers["Content-Type"] = f"{icalendars.MEDIA_TYPE}; charset=utf-8"
    answer.set_etag(tag)
    answer.last_modified = changed_at
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    web.name_file(answer, "inline", "meetings.ics")
    return answer


@views.get("/meetings/<int:meeting_id>.ics")
def meeting(meeting_id: int) -> Response:
    """One meeting as a file, for a calendar that subscribes to nothing."""
    entry = queries.entry(web.session(), web.actor(), meeting_id, _link)
    if entry is None:
        raise NotFound
    method = icalendars.CANCEL if entry.status == "CANCELLED" else icalendars.PUBLISH
    return web.download(
        icalendars.write([entry], method=method), f"{entry.title}.ics", f"{icalendars.MEDIA_TYPE}; charset=utf-8"
    )
