"""Handing work over: whose, what there is, to whom; for team leads in their own units and for administrators."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import handover as actions
from crm.errors import RuleBroken
from crm.forms.handover import HandOverForm
from crm.models import User
from crm.policy import Act
from crm.queries import handover as queries
from crm.rules.handover import Holding
from crm.views import lists, web

views = Blueprint("handover", __name__)


@views.get("/handover")
def index() -> Response:
    """The people whose work one may hand over."""
    people = web.session().scalars(queries.people_of(web.actor())).all()
    return web.page("handover/index.html", people=people)


@views.route("/users/<int:user_id>/hand-over", methods=["GET", "POST"])
def person(user_id: int) -> Response:
    """What the person holds, and who gets it; then all of it changes hands at once."""
    session, actor = web.session(), web.actor()
    user = web.one(queries.people_of(actor).where(User.id == user_id))
    counts = queries.counts(session, actor, user_id)
    form = HandOverForm()
    receivers = queries.receivers_for(session, actor, user)
    form.offer(receivers, [kind for kind in Holding if counts[kind]])
    if form.validate_on_submit():
        try:
            taken = actions.hand_over(session, actor, user, form.plan(_by_project()), web.now())
        except RuleBroken as refusal:
            session.rollback()
            form.refuse(refusal)
            user = web.one(queries.people_of(actor).where(User.id == user_id))
        else:
            total = sum(counted.total() for counted in taken.values())
            session.commit()
            flash(_("已交接%(name)s的工作，共 %(n)d 项；接收人已收到提醒。", name=user.name, n=total))
            return web.see_other("handover.index")
    return web.page(
        "handover/person.html",
        422 if form.is_submitted() else 200,
        form=form,
        user=user,
        counts=counts,
        kinds=[kind for kind in Holding if counts[kind]],
        receivers=receivers,
        parts=queries.named_projects(session, actor, user_id),
        most=queries.MOST_NAMED,
        chosen=_by_project(),
        secrets=queries.secret_count(session, user_id) if policy.can(actor, Act.MANAGE_USERS) else None,
    )


def _by_project() -> dict[int, int]:
    """project-12=7 in the form: the receiver of a single project."""
    found = {}
    for name in request.form:
        key = lists.key(name.removeprefix("project-")) if name.startswith("project-") else None
        receiver = lists.number(name, request.form)
        if key is not None and receiver is not None:
            found[key] = receiver
    return found
