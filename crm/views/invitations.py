"""Somebody else's invitation (.ics) read into a draft: a new meeting, or the change of one that was read from it before.

Nothing is written here: what was read fills the form of planning, where it is checked, completed and kept.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response
from flask_babel import gettext as _

from crm import icalendars, policy
from crm.actions.bookings import NOT_INVITED
from crm.choices import ActivityState, Word
from crm.errors import RuleBroken
from crm.forms.invitations import InvitationForm, packed
from crm.models import Meeting
from crm.policy import Act
from crm.queries import action_items, bookings, meetings
from crm.queries import invitations as queries
from crm.rules import bookings as booking_rules
from crm.rules import invitations as rules
from crm.rules.bookings import BookingDraft, when
from crm.rules.invitations import Invitation, News
from crm.views import web
from crm.views.bookings import propose
from crm.views.meetings import get_meeting

views = Blueprint("invitations", __name__)


@views.route("/meetings/import", methods=["GET", "POST"])
def read() -> Response:
    """Upload an invitation; of several meetings in it one is chosen."""
    policy.ensure(web.actor(), Act.BOOK_MEETING)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.is_submitted() else 200)
    data = form.upload()
    try:
        found = icalendars.read(data).meetings
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(form, 422)
    number = 0 if len(found) == 1 else form.number
    if number is None or number >= len(found):
        return _page(InvitationForm(None, kept=packed(data)), 200, choices=found)
    return _one(found[number])


def _page(
    form: InvitationForm, status: int, *, choices: tuple[Invitation, ...] = (), said: str = "", meeting: Meeting | None = None,
    may_cancel: bool = False,
) -> Response:  # fmt: skip
    return web.page(
        "bookings/invitation.html",
        status,
        form=form,
        choices=choices,
        when=when,
        said=said,
        meeting=meeting,
        may_cancel=may_cancel,
        counts=action_items.counts(web.session(), web.actor(), web.today()),
    )


def _tell(said: str, meeting: Meeting | None = None, *, may_cancel: bool = False) -> Response:
    return _page(InvitationForm(None), 200, said=said, meeting=meeting, may_cancel=may_cancel)


def _one(invitation: Invitation) -> Response:
    """What becomes of one meeting of the file."""
    session, actor = web.session(), web.actor()
    if (own := icalendars.own_id(invitation.uid)) is not None:
        row = queries.entered_of(session, own)
        if row is not None and icalendars.uid_of(row.id, row.entered_at) == invitation.uid:
            return _own(row)
    people = [person for person in (invitation.organizer, *invitation.people) if person is not None]
    ours = queries.ours(session, [person.address for person in people], NOT_INVITED)
    carried = rules.carried(invitation, ours, queries.rooms(session), web.now())
    key = queries.known_id(session, actor, invitation.uid)
    if key is not None:
        return _again(get_meeting(key), invitation, carried)
    if invitation.is_cancelled:
        return _tell(_("对方取消了“%(title)s”。这次会议没有登记过，不用办理。", title=invitation.title))
    return propose(
        carried.draft,
        None,
        [Word("从邀请带入，请核对后存草稿；对方改期时再导入新的邀请，会接着改这一次。"), *carried.remarks],
    )


def _own(row: Meeting) -> Response:
    """A file that this application made."""
    visible = meetings.visible_to(web.actor()).where(Meeting.id == row.id)
    meeting = web.session().scalars(visible).unique().one_or_none()
    if meeting is None:
        return _tell(_("这份邀请是本系统发出的，但这次会议你看不到；请找会议的安排人。"))
    return _tell(_("这份邀请是本系统发出的，会议就在这里，不用导入。"), meeting)


def _again(meeting: Meeting, invitation: Invitation, carried: rules.Carried) -> Response:
    """A later, the same or an earlier version of an invitation that a meeting was read from."""
    before = bookings.draft_of(meeting)
    after = rules.updated(before, carried.draft)
    changes = booking_rules.differences(_known(before, meeting), _known(after, meeting))
    versions = {"new": invitation.sequence, "known": meeting.origin_sequence}
    match rules.news(invitation, meeting.origin_sequence, changes):
        case News.OLDER:
            said = _("这份邀请比已登记的旧（版本 %(new)d，已登记版本 %(known)d），没有改动。", **versions)
            return _tell(said, meeting)
        case News.CALLED_OFF if meeting.state is ActivityState.CANCELLED:
            return _tell(_("对方取消了这次会议，这里也已经取消，不用办理。"), meeting)
        case News.CALLED_OFF:
            return _tell(_("对方取消了这次会议，这里还排着：会议室和参会人的时间仍占住。"), meeting, may_cancel=True)
        case News.SAME:
            return _tell(_("这份邀请已经登记过，时间、地点、名称都没有变。"), meeting)
    if meeting.state is ActivityState.DONE:
        return _tell(_("对方改了邀请，但这次会议已经登记为开过，没有改动。"), meeting)
    remarks = [
        Word("对方改了邀请（版本 %(new)d）：%(what)s。核对后保存。", new=invitation.sequence, what="；".join(changes))
    ]
    if meeting.series_id is not None:
        remarks.append(Word("这是重复会议的一次；要改以后各次，请在“改哪几次”里选。"))
    return propose(after, meeting, [*remarks, *(each for each in carried.remarks if invitation.repetition is None)])


def _known(draft: BookingDraft, meeting: Meeting) -> dict[str, str]:
    """What those invited would be told of a draft; a room by its name."""
    names = {room.id: room.name for room in bookings.rooms(web.session(), meeting.room_id)}
    told = replace(draft, place=names.get(draft.room_id or 0, draft.place))
    state = meeting.state if meeting.state is not ActivityState.CANCELLED else ActivityState.PLANNED
    return {
        "title": told.title, "held_at": told.held_at.isoformat(), "ends_at": told.ends_at.isoformat(), "place": told.place,
        "online_url": told.online_url, "state": state.value,
    }  # fmt: skip
