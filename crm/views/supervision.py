"""督办: the board by unit and by person, who is overdue how much, what one's own unit has to do, and letters."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import policy
from crm.actions import action_items as actions
from crm.actions import letters, supervision
from crm.choices import ActionState
from crm.errors import Clash, RuleBroken
from crm.forms.lights import AnswerForm
from crm.language import translated
from crm.models import ActionItem, AgendaCarry, SupervisionLetter
from crm.policy import Act
from crm.queries import action_items as queries
from crm.queries import meetings as meeting_queries
from crm.rules import action_items as rules
from crm.rules.days import FIRST_YEAR, Month
from crm.views import lists, web
from crm.views.meetings import seen, standing, working_days

views = Blueprint("supervision", __name__, url_prefix="/supervision")
MOST = 200  # of one's own unit; the list shows the rest


@views.get("")
def board() -> Response:
    """How much every unit, or person, has in each state; each figure leads to its rows."""
    policy.ensure(web.actor(), Act.SEE_ACTION)
    by_person = request.args.get("by") == "person"
    rows = queries.lanes(web.session(), web.actor(), web.today(), by_person=by_person)
    return web.page(
        "supervision/board.html",
        rows=rows,
        by_person=by_person,
        first=web.today().replace(day=1),
        address=lists.address,
    )


@views.get("/ranking")
def ranking() -> Response:
    """The units by what is overdue, with the rate of what was done in time and what it is made of."""
    policy.ensure(web.actor(), Act.SEE_ACTION)
    year = lists.number("year") or web.today().year
    year = year if FIRST_YEAR <= year <= web.today().year else web.today().year
    found = queries.standings(web.session(), web.actor(), year, web.today(), working_days())
    return web.page("supervision/ranking.html", rows=rules.ranked(found), year=year, address=lists.address)


@views.get("/mine")
def mine() -> Response:
    """What one's own unit has to do or helps with, to be signed for and reported from here."""
    actor = web.actor()
    policy.ensure(actor, Act.WORK_ACTION)
    ours = or_(queries.handed_to(actor), queries.helped_by(actor.unit_ids))
    rows = queries.visible_to(actor).where(ours, queries.is_open()).limit(MOST)
    found = web.session().scalars(rows).all()
    notes = queries.notes_of(web.session(), [row.id for row in found])
    groups = [
        (state, [row for row in found if row.state in states])
        for state, states in (
            (ActionState.ASSIGNED, (ActionState.ASSIGNED,)),
            (ActionState.DOING, (ActionState.DOING, ActionState.RETURNED)),
            (ActionState.CHECKING, (ActionState.CHECKING,)),
        )
    ]
    return web.page(
        "supervision/mine.html",
        groups=[group for group in groups if group[1]],
        notes=notes,
        standing=standing,
        seen=seen(row.project_id for row in found),
        handed=lambda row: rules.is_handed_to(row.lead_unit_id, row.person_id, actor.unit_ids, actor.id),
    )


@views.post("/carried/<int:carry_id>/off")
def take_off(carry_id: int) -> Response:
    """Take an overdue item off the agenda it came onto by itself."""
    policy.ensure(web.actor(), Act.OVERSEE_ACTION)
    row = web.one(
        select(AgendaCarry)
        .join(ActionItem, ActionItem.id == AgendaCarry.item_id)
        .where(AgendaCarry.id == carry_id, policy.rows(web.actor(), Act.SEE_ACTION, ActionItem))
    )
    supervision.take_off(web.session(), web.actor(), row, web.now())
    web.session().commit()
    flash(_("已移出议程；到下次会议仍逾期的，会再列入。"))
    return web.see_other("meetings.show", meeting_id=row.meeting_id, _anchor="agenda")


@views.post("/letters/of/<int:action_id>")
def issue_letter(action_id: int) -> Response:
    """Send a letter about an overdue item."""
    policy.ensure(web.actor(), Act.OVERSEE_ACTION)
    item = web.one(queries.visible_to(web.actor()).where(ActionItem.id == action_id))
    try:
        letter = actions.issue_letter(
            web.session(), web.actor(), item, lists.number("version", request.form), web.today(), web.now()
        )
    except RuleBroken as refusal:
        web.session().rollback()
        flash(translated(refusal.message), "warning")
        return web.see_other("meetings.action", action_id=action_id)
    web.session().commit()
    flash(_("已编号，可以打印。牵头单位和分管领导已收到提醒。"))
    return web.see_other("supervision.letter", letter_id=letter.id)


@views.get("/letters")
def letters_sent() -> Response:
    """The register of letters, the newest first: to whom, about what, by when an answer is wanted and whether it came."""
    policy.ensure(web.actor(), Act.SEE_ACTION)
    state = lists.word("state", queries.LetterState)
    found = queries.letter_counts(web.session(), web.actor(), web.today())
    rows = queries.letters_visible_to(web.actor())
    if state:
        rows = rows.where(queries.letters_in(state, web.today()))
    shown, turn = lists.turned(rows, queries.LETTER_ORDER, found[state], exact=True)
    return web.page(
        "supervision/letters.html",
        letters=shown,
        turn=turn,
        counts=found,
        state=state,
        states=queries.LetterState,
        number_words=rules.number_words,
        month_of=Month.of,
        address=lists.address,
    )


@views.get("/letters/<int:letter_id>")
def letter(letter_id: int) -> Response:
    """A letter as it is printed: one page of A4."""
    return _letter_page(_letter(letter_id), AnswerForm(formdata=None, answered_on=web.today()))


def _letter(letter_id: int) -> SupervisionLetter:
    return web.one(queries.letters_visible_to(web.actor()).where(SupervisionLetter.id == letter_id))


def _letter_page(found: SupervisionLetter, form: AnswerForm, status: int = 200) -> Response:
    project_id = found.item.project_id if found.item else found.project_id
    seen_ids = meeting_queries.visible_projects(web.session(), web.actor(), [project_id] if project_id else [])
    act = Act.OVERSEE_ACTION if found.item else Act.SEND_LETTER
    return web.page(
        "supervision/letter.html",
        status,
        letter=found,
        item=found.item,
        named=project_id in seen_ids,
        month=Month.of(found.month) if found.month else None,
        number=rules.number_words(found.year, found.serial),
        office=queries.office_name(web.session()),
        form=form,
        may_answer=policy.can(web.actor(), act) and found.answered_on is None,
    )


@views.post("/letters/<int:letter_id>/answer")
def answer(letter_id: int) -> Response:
    """Enter that the plan, or the answer, has come."""
    found, form, status = _letter(letter_id), AnswerForm(), 422
    if form.validate_on_submit():
        try:
            letters.answer(
                web.session(), web.actor(), found, form.answered_on.data, form.answer.data or "", web.today()
            )
        except (Clash, RuleBroken) as refusal:
            web.session().rollback()
            form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
            status = 409 if isinstance(refusal, Clash) else 422
        else:
            web.session().commit()
            flash(_("已登记回复。"))
            return web.see_other("supervision.letter", letter_id=letter_id)
    return _letter_page(_letter(letter_id), form, status)
