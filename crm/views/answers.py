"""The page behind the link in a mail: whether somebody comes, without signing in.

A GET only shows it (programs that look at mails follow links); the answer is given by the button. What it shows is what the mail
said, by the rights of this moment.
"""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask_babel import gettext as _

from crm import history
from crm.actions import invitations as actions
from crm.choices import ActivityState, Reply
from crm.errors import NotFound, RuleBroken
from crm.forms.bookings import LinkAnswerForm
from crm.models import Attendee
from crm.queries import bookings, feeds, people
from crm.rules import mails as rules
from crm.rules.bookings import when
from crm.rules.mails import Link
from crm.views import lists, web

views = Blueprint("answers", __name__)
GONE = "这个链接已过期，或会议已不再需要你答复；请联系会议安排人。"


@views.route("/answer/<token>", methods=["GET", "POST"])
def show(token: str) -> Response:
    """The meeting and the buttons; 404 for a link that is none, has run out, or whose reader may not see the meeting any more."""
    attendee, link = _asked(token)
    meeting = attendee.meeting
    reader = None
    if attendee.user_id is not None:
        found = people.find_account(web.session(), attendee.user_id)
        if found is None:
            raise NotFound(_(GONE))
        reader = found[1]
    entry = feeds.entry_for(web.session(), meeting, reader, None)
    if entry is None or meeting.is_draft:
        raise NotFound(_(GONE))
    wished = lists.word("r", Reply)
    form = LinkAnswerForm(response=wished, note=attendee.note, sequence=meeting.sequence)
    status, answered = 200, False
    if form.validate_on_submit():
        if form.sequence.data != meeting.sequence:
            form.refuse(RuleBroken("会议安排刚有变动，请看清下面的时间地点后再答复。"))
            form.sequence.renew(meeting.sequence)
            status = 409
        else:
            answered = _answer(form, attendee)
            status = 200 if answered else 422
    elif form.is_submitted():
        status = 422
    return web.page(
        "bookings/answer.html",
        status,
        form=form,
        entry=entry,
        when=when(entry.begins, entry.ends),
        is_on=meeting.state is ActivityState.PLANNED and meeting.ends_at > web.now(),
        is_changed=link.sequence != meeting.sequence,
        mine=attendee,
        wished=wished,
        answered=answered,
        responses=[reply for reply in Reply if reply is not Reply.NONE],
    )


def _asked(token: str) -> tuple[Attendee, Link]:
    """Whose answer the link gives; raises NotFound."""
    found = rules.attendee_of(web.config().secret_key, token, web.now())
    attendee = bookings.find_attendee(web.session(), found[0].attendee_id) if found else None
    if found is None or attendee is None or attendee.meeting is None:
        raise NotFound(_(GONE))
    address = attendee.user.email if attendee.user else attendee.email
    if not address or not rules.is_bound(found[1], attendee.meeting_id, address):
        raise NotFound(_(GONE))
    return attendee, found[0]


def _answer(form: LinkAnswerForm, attendee: Attendee) -> bool:
    session = web.session()
    history.sign(session, history.Signature(attendee.user_id, web.now(), g.request_id))
    try:
        actions.record_answer(session, attendee.meeting, attendee, form.response.data, form.note.data or "", web.now())
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(refusal)
        return False
    session.commit()
    return True
