"""The way of a meeting's minutes: sent, confirmed or given back, issued, corrected; the paper; what goes on to another meeting.

Stands under the address of meetings.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import carrying
from crm.actions import minutes as actions
from crm.errors import Clash, NotFound, RuleBroken
from crm.forms.minutes import CarryForm, StepForm
from crm.models import Meeting
from crm.policy import Act
from crm.queries import meetings as meeting_queries
from crm.queries import minutes as queries
from crm.rules import minutes as rules
from crm.views import lists, web
from crm.views.meetings import get_meeting
from crm.views.minutes import offer_carry, page, views

__all__ = ["views"]


def office() -> str:
    """The office whose minutes they are, by its own name."""
    config = web.config()
    return f"{config.zone_name}{config.bureau_name}"


# --------------------------------------------------------------------------------------------------------------- the steps


def _step(meeting_id: int, act: Act, said: str, deed: Callable[[Meeting, StepForm], object]) -> Response:
    """Take a step; what stands against it is said on the page, with the typed reason still there."""
    policy.ensure(web.actor(), act)
    meeting, form = get_meeting(meeting_id), StepForm()
    status = 422
    if form.validate_on_submit():
        try:
            deed(meeting, form)
        except (Clash, RuleBroken) as refusal:
            web.session().rollback()
            status = 409 if isinstance(refusal, Clash) else 422
            form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
        else:
            web.session().commit()
            flash(said)
            return web.see_other("meetings.minutes", meeting_id=meeting_id, _anchor="way")
    return page(get_meeting(meeting_id), status, step_form=form)


@views.post("/<int:meeting_id>/minutes/send", endpoint="send_minutes")
def send(meeting_id: int) -> Response:
    """Lay the minutes before the chair."""
    return _step(
        meeting_id, Act.WRITE_MINUTES, _("已送主持人确认；确认前可以撤回。"),
        lambda meeting, _form: actions.send(web.session(), web.actor(), meeting, office(), web.now()),
    )  # fmt: skip


@views.post("/<int:meeting_id>/minutes/recall", endpoint="recall_minutes")
def recall(meeting_id: int) -> Response:
    """Take them back before they are confirmed."""
    return _step(
        meeting_id, Act.WRITE_MINUTES, _("已撤回，可以继续修改。"),
        lambda meeting, _form: actions.recall(web.session(), web.actor(), meeting, web.now()),
    )  # fmt: skip


@views.post("/<int:meeting_id>/minutes/confirm", endpoint="confirm_minutes")
def confirm(meeting_id: int) -> Response:
    """The chair confirms what the page showed him."""
    return _step(
        meeting_id, Act.CONFIRM_MINUTES, _("已确认，可以印发。"),
        lambda meeting, form: actions.confirm(
            web.session(), web.actor(), meeting, form.digest.data or "", form.reason.data or "", web.now()
        ),
    )  # fmt: skip


@views.post("/<int:meeting_id>/minutes/return", endpoint="return_minutes")
def give_back(meeting_id: int) -> Response:
    """The chair gives them back with a reason."""
    return _step(
        meeting_id, Act.CONFIRM_MINUTES, _("已退回修改。"),
        lambda meeting, form: actions.give_back(
            web.session(), web.actor(), meeting, form.reason.data or "", web.now()
        ),
    )  # fmt: skip


@views.post("/<int:meeting_id>/minutes/issue", endpoint="issue_minutes")
def issue(meeting_id: int) -> Response:
    """Give them their number."""
    return _step(
        meeting_id, Act.ISSUE_MINUTES, _("已印发，编号见下；文本不再改动。"),
        lambda meeting, _form: actions.issue(web.session(), web.actor(), meeting, web.now()),
    )  # fmt: skip


@views.post("/<int:meeting_id>/minutes/correct", endpoint="correct_minutes")
def correct(meeting_id: int) -> Response:
    """Open issued minutes for a correction."""
    return _step(
        meeting_id, Act.ISSUE_MINUTES, _("已开始更正；原件仍可查看，更正件同样经主持人确认后印发。"),
        lambda meeting, form: actions.correct(web.session(), web.actor(), meeting, form.reason.data or "", web.now()),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- the paper


@views.get("/<int:meeting_id>/minutes/paper", endpoint="paper")
def paper(meeting_id: int) -> Response:
    """The minutes as they are printed: an edition of the address, else the last one, else as they stand now."""
    session, meeting = web.session(), get_meeting(meeting_id)
    editions = queries.editions(session, meeting.id)
    asked = lists.number("edition")
    row = next((each for each in editions if asked in (None, each.edition)), None)
    if asked is not None and row is None:
        raise NotFound
    if row is not None:
        row = queries.with_text(session, meeting.id, row.edition)
    whole = rules.read(row.facts) if row else queries.paper_of(session, meeting, office())
    shown = whole.seen_by(queries.readable(session, web.actor(), [point.key for point in whole.points]))
    return web.page(
        "minutes/paper.html",
        meeting=meeting,
        paper=shown,
        lines=rules.head_lines(shown),
        opening=rules.opening(shown),
        points=rules.numbers(shown),
        row=row,
        digest=rules.digest(row.facts) if row else "",
        editions=editions,
        rules=rules,
    )


# ---------------------------------------------------------------------------------------------- what goes on to another one


@views.post("/<int:meeting_id>/carry", endpoint="carry")
def carry(meeting_id: int) -> Response:
    """Put unfinished points on the agenda of another meeting."""
    policy.ensure(web.actor(), Act.WRITE_MINUTES)
    meeting, form = get_meeting(meeting_id), CarryForm()
    offer_carry(form, meeting)
    status = 422
    if form.validate_on_submit():
        chosen, target_id = form.chosen()
        try:
            if target_id is None:
                raise RuleBroken("请选择移交到哪次会议。", "target")
            target = web.one(meeting_queries.visible_to(web.actor()).where(Meeting.id == target_id))
            count = carrying.carry(web.session(), web.actor(), meeting, chosen, target, web.now())
        except (Clash, RuleBroken) as refusal:
            web.session().rollback()
            status = 409 if isinstance(refusal, Clash) else 422
            form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
        else:
            web.session().commit()
            flash(_("已把 %(n)d 项议题移交到那次会议的议程。", n=count))
            return web.see_other("meetings.minutes", meeting_id=meeting_id, _anchor="carry")
    return page(get_meeting(meeting_id), status, carry_form=form)
