"""A meeting while it is held: what is written point by point, who came, what closes it; and each point large for the projector.

Stands under the address of meetings. The way of the minutes to their number: minutes_steps.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import minutes as actions
from crm.actions.minutes import Came
from crm.actions.two_editors import EditClash
from crm.choices import ActivityState, MinutesState, Presence
from crm.errors import Clash, NotFound, RuleBroken
from crm.formats import moment
from crm.forms.minutes import CarryForm, ItemForm, NewItemForm, PresenceForm, StepForm, WordsForm
from crm.models import ActionItem, AgendaItem, Meeting, Minutes
from crm.policy import Act
from crm.queries import action_items
from crm.queries import meetings as meeting_queries
from crm.queries import minutes as queries
from crm.queries.row_history import last_change_id
from crm.rules import minutes as rules
from crm.rules.bookings import read_outside
from crm.views import clashes, lists, web
from crm.views.meetings import get_meeting, seen, standing
from crm.views.rooms import views

__all__ = ["views"]
DARK, LIGHT = "dark", "light"


# ---------------------------------------------------------------------------------------------------------------- the page


@dataclass(frozen=True)
class Spot:
    """A point of the agenda as the page shows it, with everything beside it."""

    item: AgendaItem
    number: int
    form: ItemForm | None
    situation: queries.Situation | None
    earlier: Sequence[queries.Earlier]
    went_on: bool
    goes_to: Meeting | None
    saved: bool = False
    questions: Sequence[clashes.Question] = ()
    told: int = 0


@views.get("/<int:meeting_id>/minutes", endpoint="minutes")
def write(meeting_id: int) -> Response:
    """The meeting while it is held, for who writes its minutes; for everybody else who sees it, what is written so far."""
    return page(get_meeting(meeting_id))


def page(meeting: Meeting, status: int = 200, **forms: Any) -> Response:
    """The whole page; `forms` are those that were sent and refused."""
    session, actor, now = web.session(), web.actor(), web.now()
    rights = queries.rights(session, actor, meeting)
    problem = actions.writing_problem(session, meeting, now)
    may_write = rights.write and problem is None
    visible = seen(item.project_id for item in meeting.agenda)
    items = [item for item in meeting.agenda if item.project_id is None or item.project_id in visible]
    handed = action_items.visible_to(actor).where(ActionItem.meeting_id == meeting.id)
    editions = queries.editions(session, meeting.id)
    shown: dict[str, Any] = {
        "meeting": meeting,
        "rights": rights,
        "problem": problem,
        "may_write": may_write,
        "spots": _spots(meeting, items, may_write),
        "others": len(meeting.agenda) - len(items),
        "handed": session.scalars(handed).all(),
        "standing": standing,
        "presences": list(Presence),
        "presence_form": PresenceForm(formdata=None),
        "typed": {},
        "words_form": _words_form(meeting),
        "new_form": _new_form(),
        "step_form": StepForm(formdata=None),
        "carry_form": _carry_form(meeting, rights),
        "editions": editions,
        "pending": next((row for row in editions if row.issued_at is None), None),
        "pending_digest": _pending_digest(meeting, editions) if rights.confirm else "",
        "limits": web.limits(),
        "steps": queries.steps(session, meeting.id),
        "questions": (),
        "told": 0,
        "suggestions": meeting_queries.project_suggestions(session, actor) if may_write else (),
        "copies": queries.copies_proposed(session, meeting) if may_write and not meeting.copies_to else "",
        "is_held": meeting.state is ActivityState.DONE,
        "states": list(MinutesState),
    }
    sent = forms.pop("sent", None)
    if sent is not None:
        shown["spots"] = [sent if spot.item.id == sent.item.id else spot for spot in shown["spots"]]
    return web.page("minutes/write.html", status, **{**shown, **forms})


def _pending_digest(meeting: Meeting, editions: Sequence[Minutes]) -> str:
    """Of the text that waits for the chair: what he confirms is what he was shown."""
    if meeting.minutes_state is not MinutesState.SENT or not editions:
        return ""
    row = queries.with_text(web.session(), meeting.id, editions[0].edition)
    return rules.digest(row.facts) if row else ""


def _spots(meeting: Meeting, items: Sequence[AgendaItem], may_write: bool) -> list[Spot]:
    session, actor = web.session(), web.actor()
    stand = queries.situations(session, actor, [item.project_id for item in items if item.project_id], web.today())
    before = queries.earlier(session, actor, items)
    gone_on = queries.went_to(session, actor, [item.id for item in items])
    numbers = {item.id: number for number, item in enumerate(meeting.agenda, 1)}
    changes = queries.last_changes(session, [item.id for item in items]) if may_write else {}
    return [
        Spot(
            item=item,
            number=numbers[item.id],
            form=_item_form(item, changes.get(item.id, 0)) if may_write else None,
            situation=stand.get(item.project_id or 0),
            earlier=before.get(item.id, ()),
            went_on=item.id in gone_on,
            goes_to=gone_on.get(item.id),
        )
        for item in items
    ]


def _item_form(item: AgendaItem, last_change: int) -> ItemForm:
    form = ItemForm(formdata=None, obj=item, seen=last_change)
    form.settle(item.id)
    return form


def _words_form(meeting: Meeting) -> WordsForm:
    return WordsForm(formdata=None, obj=meeting, seen=last_change_id(web.session(), meeting))


def _new_form(sent: bool = False) -> NewItemForm:
    form = NewItemForm() if sent else NewItemForm(formdata=None)
    form.project.find = lambda text: meeting_queries.find_projects(web.session(), web.actor(), text)
    form.project.list_id = "projects-list"
    form.settle()
    return form


def _carry_form(meeting: Meeting, rights: queries.Rights) -> CarryForm | None:
    """The unfinished points that can go on, all of them ticked, and where to; None where there is nothing to carry."""
    if not rights.write or meeting.state is not ActivityState.DONE:
        return None
    keys = queries.unfinished(web.session(), web.actor(), meeting)
    if not keys:
        return None
    form = CarryForm(formdata=None, items=keys)
    offer_carry(form, meeting)
    return form


def offer_carry(form: CarryForm, meeting: Meeting) -> None:
    """Fill what the form offers; the next meeting of the series is chosen already."""
    keys = set(queries.unfinished(web.session(), web.actor(), meeting))
    items = [item for item in meeting.agenda if item.id in keys]
    form.items.fill((item.id, rules.title_of(item.project.name if item.project else "", item.title)) for item in items)
    found = queries.targets(web.session(), web.actor(), meeting, web.now())
    form.target.fill((row.id, _("%(title)s（%(at)s）", title=row.title, at=moment(row.held_at))) for row in found)
    if form.target.data is None and meeting.series_id and found and found[0].series_id == meeting.series_id:
        form.target.data = found[0].id


# ----------------------------------------------------------------------------------------------------------- a point of it


@views.post("/<int:meeting_id>/points/<int:item_id>", endpoint="save_point")
def save_item(meeting_id: int, item_id: int) -> Response:
    """Write at one point; two who write different things both keep theirs, of the same thing one is chosen."""
    policy.ensure(web.actor(), Act.WRITE_MINUTES)
    meeting = get_meeting(meeting_id)
    item = _item(meeting, item_id)
    form = ItemForm()
    form.settle(item_id)
    if not form.validate_on_submit():
        return _answer_item(meeting_id, item_id, 422, form=form)
    try:
        actions.save_item(
            web.session(), web.actor(), meeting, item, form.draft(), form.seen.data or 0, web.now(), clashes.answers()
        )
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        questions = clashes.questions(clash)
        web.session().rollback()
        return _answer_item(meeting_id, item_id, 409, form=form, questions=questions, told=clash.told)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _answer_item(meeting_id, item_id, 422, form=form)
    number = _number(meeting, item_id)
    web.session().commit()
    if not web.wants_fragment():
        flash(_("已保存第 %(n)d 项。", n=number))
        return _back(meeting_id, item_id)
    return _answer_item(meeting_id, item_id, 200, saved=True)


def _item(meeting: Meeting, item_id: int) -> AgendaItem:
    """A point of a meeting, if the reader may see its project; raises NotFound."""
    found = next((item for item in meeting.agenda if item.id == item_id), None)
    if found is None or (found.project_id is not None and not seen([found.project_id])):
        raise NotFound
    return found


def _number(meeting: Meeting, item_id: int) -> int:
    return next(number for number, item in enumerate(meeting.agenda, 1) if item.id == item_id)


def _back(meeting_id: int, item_id: int) -> Response:
    return web.see_other("meetings.minutes", meeting_id=meeting_id, _anchor=f"point-{item_id}")


def _answer_item(
    meeting_id: int,
    item_id: int,
    status: int,
    *,
    form: ItemForm | None = None,
    questions: Sequence[clashes.Question] = (),
    told: int = 0,
    saved: bool = False,
) -> Response:
    """The point as it is now, with what was typed where it was refused: alone for htmx, in its page otherwise."""
    meeting = get_meeting(meeting_id)
    found = _spots(meeting, [_item(meeting, item_id)], True)[0]
    spot = Spot(
        found.item, found.number, form or found.form, found.situation, found.earlier, found.went_on, found.goes_to,
        saved, questions, told,
    )  # fmt: skip
    if web.wants_fragment():
        handed = action_items.visible_to(web.actor()).where(ActionItem.meeting_id == meeting.id)
        return web.page(
            "minutes/_point.html", status, spot=spot, meeting=meeting, may_write=True, standing=standing,
            handed=web.session().scalars(handed).all(), limits=web.limits(),
        )  # fmt: skip
    return page(meeting, status, sent=spot)


@views.post("/<int:meeting_id>/points", endpoint="add_point")
def add_item(meeting_id: int) -> Response:
    """A point that came up in the meeting."""
    policy.ensure(web.actor(), Act.WRITE_MINUTES)
    meeting, form = get_meeting(meeting_id), _new_form(sent=True)
    if form.validate_on_submit():
        try:
            item = actions.add_item(
                web.session(), web.actor(), meeting, form.project.row_id, form.title.data or "", web.now()
            )
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            return _back(meeting_id, item.id)
    return page(get_meeting(meeting_id), 422, new_form=form)


# ----------------------------------------------------------------------------------------------- who came, and the closing


@views.post("/<int:meeting_id>/presence", endpoint="presence")
def save_presence(meeting_id: int) -> Response:
    """Who came, who was on leave, who sent somebody, who did not come."""
    policy.ensure(web.actor(), Act.WRITE_MINUTES)
    meeting, form = get_meeting(meeting_id), PresenceForm()
    came = {each.id: _came(each.id) for each in meeting.invited if f"presence-{each.id}" in request.form}
    status = 422
    if form.validate_on_submit():
        try:
            actions.save_presence(
                web.session(), web.actor(), meeting, came, read_outside(form.more.data or ""), web.now(),
                rest_came="rest" in request.form,
            )  # fmt: skip
        except (Clash, RuleBroken) as refusal:
            web.session().rollback()
            status = 409 if isinstance(refusal, Clash) else 422
            form.refuse(RuleBroken(refusal.message, "more" if getattr(refusal, "field", "") == "outside" else None))
        else:
            web.session().commit()
            flash(_("已保存到会情况。"))
            return web.see_other("meetings.minutes", meeting_id=meeting_id, _anchor="who")
    typed = {} if status == 409 else {key: (said.presence, said.stand_in) for key, said in came.items()}
    return page(get_meeting(meeting_id), status, presence_form=form, typed=typed)


def _came(key: int) -> Came:
    """What the form says of one of those invited, and what it had shown of him."""
    said, before = (Presence.known(request.form.get(f"{name}-{key}", "")) for name in ("presence", "was"))
    stand_in, stood_in = (request.form.get(f"{name}-{key}", "").strip()[:200] for name in ("stand_in", "stood_in"))
    return Came(said, stand_in, (before, stood_in))


@views.post("/<int:meeting_id>/closing", endpoint="closing")
def save_words(meeting_id: int) -> Response:
    """会议小结 and 抄送."""
    policy.ensure(web.actor(), Act.WRITE_MINUTES)
    meeting, form = get_meeting(meeting_id), WordsForm()
    if not form.validate_on_submit():
        return page(meeting, 422, words_form=form)
    try:
        actions.save_words(
            web.session(), web.actor(), meeting, form.values(), form.seen.data or 0, web.now(), clashes.answers()
        )
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        questions = clashes.questions(clash)
        web.session().rollback()
        return page(get_meeting(meeting_id), 409, words_form=form, questions=questions, told=clash.told)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return page(get_meeting(meeting_id), 422, words_form=form)
    web.session().commit()
    flash(_("已保存会议小结和抄送。"))
    return web.see_other("meetings.minutes", meeting_id=meeting_id, _anchor="closing")


# ------------------------------------------------------------------------------------------------------------ the projector


@views.get("/<int:meeting_id>/present", endpoint="present")
def present(meeting_id: int) -> Response:
    """One point at a time, large; `at` is its number. Alone for htmx, so that the full screen stays."""
    meeting = get_meeting(meeting_id)
    visible = seen(item.project_id for item in meeting.agenda)
    items = [item for item in meeting.agenda if item.project_id is None or item.project_id in visible]
    last = max(len(items), 1)
    at = min(max(lists.number("at") or 1, 1), last)
    item = items[at - 1] if items else None
    theme = request.args.get("theme", "")
    shown: Mapping[str, Any] = {
        "meeting": meeting,
        "item": item,
        "at": at,
        "last": last,
        "items": items,
        "others": len(meeting.agenda) - len(items),
        "chosen": theme if theme in (DARK, LIGHT) else "",
        "result": _result(meeting, item),
    }
    if web.wants_fragment():
        part = "minutes/_decided.html" if request.args.get("decided") == "1" else "minutes/_slide.html"
        return web.page(part, **shown, **_beside(item))
    if shown["chosen"]:
        shown = {**shown, "theme": shown["chosen"]}
    return web.page("minutes/present.html", **shown, **_beside(item))


def _result(meeting: Meeting, item: AgendaItem | None) -> Sequence[ActionItem]:
    """What was handed out at this point, as far as the reader may see it."""
    if item is None or item.project_id is None:
        return ()
    rows = action_items.visible_to(web.actor()).where(
        ActionItem.meeting_id == meeting.id, ActionItem.project_id == item.project_id
    )
    return web.session().scalars(rows).all()


def _beside(item: AgendaItem | None) -> dict[str, Any]:
    """How the project stands, and what was said of it before."""
    if item is None:
        return {"situation": None, "earlier": (), "limits": web.limits()}
    session, actor = web.session(), web.actor()
    keys = [item.project_id] if item.project_id is not None else []
    stand = queries.situations(session, actor, keys, web.today())
    return {
        "situation": stand.get(item.project_id or 0),
        "earlier": queries.earlier(session, actor, [item]).get(item.id, ()),
        "limits": web.limits(),
    }
