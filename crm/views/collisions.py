"""撞单裁定: the cases, one with both sides, what the sides say, the ruling and the one appeal."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import collisions as actions
from crm.actions import rulings
from crm.choices import CollisionState
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.forms.collisions import RulingForm, WordsForm
from crm.models import Collision
from crm.policy import Act
from crm.queries import collisions as queries
from crm.views import lists, web

views = Blueprint("collisions", __name__, url_prefix="/collisions")
TABS = (None, CollisionState.RULED, CollisionState.FINAL, CollisionState.DISMISSED)


@views.get("")
def index() -> Response:
    """The cases one may see: what waits to be ruled first."""
    policy.ensure(web.actor(), Act.SEE_COLLISION)
    state = lists.word("state", CollisionState)
    cases, turn = lists.turned(queries.listed(web.actor(), state), queries.order_of(state))
    return web.page(
        "collisions/index.html",
        cases=cases,
        turn=turn,
        state=state,
        states=TABS,
        visible=queries.visible_projects(web.session(), web.actor(), cases),
        address=lists.address,
    )


def _case(collision_id: int) -> Collision:
    policy.ensure(web.actor(), Act.SEE_COLLISION)
    return web.one(queries.visible_to(web.actor()).where(Collision.id == collision_id))


@views.get("/<int:collision_id>")
def show(collision_id: int) -> Response:
    """One case: both sides as far as the reader may see them, and what he can do."""
    return _page(_case(collision_id))


def _page(
    case: Collision, status: int = 200, words: WordsForm | None = None, ruling: RulingForm | None = None
) -> Response:
    session, actor = web.session(), web.actor()
    if words is None:
        words = WordsForm(formdata=None, version=case.version)
    return web.page(
        "collisions/show.html",
        status,
        case=case,
        sides=queries.sides(session, actor, case, web.today()),
        mine=actions.side_of(actor, case),
        words=words,
        ruling=ruling or RulingForm(formdata=None),
        refusal=_refusal(case),
        appeal_until=actions.last_appeal_on(session, case),
    )


def _refusal(case: Collision) -> str | None:
    """Why an arbitrator cannot rule this case; "" where he can, None where he is no arbitrator or nothing waits."""
    if case.state not in (CollisionState.OPEN, CollisionState.APPEALED) or not policy.can(web.actor(), Act.ARBITRATE):
        return None
    try:
        rulings.ensure_judge(web.session(), web.actor(), case)
    except NotAllowed as refusal:
        return refusal.message
    return ""


@views.post("/<int:collision_id>/ruling")
def rule(collision_id: int) -> Response:
    """Decide it."""
    case, form = _case(collision_id), RulingForm()
    rulings.ensure_judge(web.session(), web.actor(), case)
    if not form.validate_on_submit():
        return _page(case, 422, ruling=form)
    try:
        rulings.rule(web.session(), web.actor(), case, form.decision(), web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(refusal)
        return _page(_case(collision_id), 422, ruling=form)
    web.session().commit()
    flash(_("已裁定，双方会收到通知。"))
    return web.see_other("collisions.show", collision_id=collision_id)


Saying = Callable[[Collision, WordsForm], None]


def _say(collision_id: int, say: Saying, done: str) -> Response:
    """Something one side says: checked, written, told."""
    case, form = _case(collision_id), WordsForm()
    if not form.validate_on_submit():
        return _page(case, 422, words=form)
    try:
        say(case, form)
    except (RuleBroken, Clash) as refusal:
        web.session().rollback()
        case = _case(collision_id)
        form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
        form.version.renew(case.version)
        return _page(case, 409 if isinstance(refusal, Clash) else 422, words=form)
    web.session().commit()
    flash(done)
    return web.see_other("collisions.show", collision_id=collision_id)


@views.post("/<int:collision_id>/plea")
def plead(collision_id: int) -> Response:
    """State one's side."""
    session, actor = web.session(), web.actor()
    return _say(
        collision_id,
        lambda case, form: actions.plead(session, actor, case, form.words.data or "", form.version.data),
        _("陈述已保存，裁定人会看到。"),
    )


@views.post("/<int:collision_id>/objection")
def contest(collision_id: int) -> Response:
    """The earlier side objects to "another project"."""
    session, actor = web.session(), web.actor()
    return _say(
        collision_id,
        lambda case, form: actions.contest(session, actor, case, form.words.data or "", web.now()),
        _("异议已提交，等待裁定。"),
    )


@views.post("/<int:collision_id>/appeal")
def appeal(collision_id: int) -> Response:
    """Ask for the second, final ruling."""
    session, actor = web.session(), web.actor()
    return _say(
        collision_id,
        lambda case, form: actions.appeal(session, actor, case, form.words.data or "", web.now()),
        _("申诉已提交，由另一位裁定人终裁。"),
    )
