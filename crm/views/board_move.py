"""Taking a card of the board to another column: the dialog says what the move needs, its form fills it in and moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.actions import filling as actions
from crm.actions.two_editors import EditClash
from crm.choices import ClaimKind, Role, Stage, Status
from crm.errors import Clash, NotFound, RuleBroken
from crm.forms.board import PEOPLE, TakeForm, fields_of
from crm.forms.fields import SuggestField
from crm.models import Claim, Project
from crm.policy import Act
from crm.queries import companies, people
from crm.queries import projects as queries
from crm.queries.claims import find_live
from crm.queries.gate import ACT_FOR, facts_of
from crm.queries.row_history import last_change_id
from crm.rules import lifecycle
from crm.rules.board import BY_SLUG, Lane, lane_of
from crm.rules.claims import CLAIM_FOR
from crm.rules.lifecycle import Facts, Missing, Place, Way
from crm.rules.places import COUNTRIES, PROVINCES
from crm.rules.statuses import ALLOWED_STATUSES
from crm.views import clashes, project_gate, web
from crm.views.board import views
from crm.views.project_forms import offer_choices

__all__ = ["views"]
_GATED = (Way.STEP, Way.SCREEN, Way.CLAIM, Way.CONCLUDE)
_INVESTOR = frozenset({"company_id", "origin", "contact", "credit_code", "company_code"})  # what names a new investor


@dataclass(frozen=True)
class Offer:
    """What the move asks for: what is filled in here, what is done elsewhere, and whether the reader may go there."""

    way: Way
    facts: Facts
    fields: Sequence[Missing]
    elsewhere: Sequence[project_gate.Gap]
    may_go: bool
    holders: str
    kind: ClaimKind | None  # it has to be reported and verified
    waiting: Claim | None  # and has been reported already

    @property
    def moves(self) -> bool:
        """Whether sending the form takes the project there; else it only keeps what is filled in."""
        asked_too = bool(self.elsewhere and self.fields)
        return self.may_go and self.kind is None and self.way is not Way.STAY and not asked_too

    @property
    def needs_reason(self) -> bool:
        """Whether the move is only made with a reason."""
        return self.way in (Way.SKIP, Way.BACK, Way.CONCLUDE)


@views.route("/projects/<int:project_id>/take", methods=["GET", "POST"])
def take(project_id: int) -> Response:
    """Ask what it takes to bring the project to the column `to`; filled in, take it there in one transaction."""
    project, lane = _whole(project_id), _lane()
    if lane.stage is None or project.status is not Status.ACTIVE:
        return _status_page(project, lane)
    offer, form = _offer(project, lane.stage), _form(project)
    offer_choices(form)
    form.keep(item.field for item in (*offer.fields, *_answered(project, offer, lane.stage)))
    _fill_choices(form)
    if not form.is_submitted():
        return _page(form, project, lane, offer, 200)
    if (
        offer.may_go or not form.asked
    ):  # what was typed is kept for who may not move it any more: each part asks its own right
        policy.ensure(web.actor(), _act(offer.way), project)
    complete = offer.way in _GATED and not offer.elsewhere
    if not form.validate() or (complete and form.lacks(offer.facts, lane.stage)):
        return _page(form, project, lane, offer, 422)
    return _carry_out(form, project, lane, offer)


def _carry_out(form: TakeForm, project: Project, lane: Lane, offer: Offer) -> Response:
    session, actor, key = web.session(), web.actor(), project.id
    filling, seen, chosen = form.filling(project.company_id is not None), form.seen_state(), clashes.answers()
    assert lane.stage is not None
    try:
        if offer.moves:
            reason = form.reason.data or ""
            actions.take(session, actor, project, lane.stage, filling, reason, seen, web.now(), chosen)
        else:
            actions.fill(session, actor, project, filling, seen, web.now(), chosen)
    except EditClash as clash:
        asked = clashes.questions(clash, of_blanks=True)  # while the rows that were made for it are there
        session.rollback()
        form.refuse(RuleBroken(clash.message))
        return _page(form, _whole(key), lane, offer, 409, questions=asked, told=clash.told)
    except Clash as clash:
        session.rollback()
        form.refuse(RuleBroken(clash.message))
        return _told(form, _whole(key), lane)
    except RuleBroken as refusal:
        session.rollback()
        form.refuse(refusal)
        return _page(form, _whole(key), lane, offer, 422)
    session.commit()
    return _done(key, project.name, lane, offer)


def _told(form: TakeForm, project: Project, lane: Lane) -> Response:
    """The dialog again after somebody else moved the project: what is typed stays, and to send it once more is to mean it."""
    assert lane.stage is not None
    form.stood.renew(int(project.stage))
    form.investor_shown.renew(project.company_id)
    form.investor_seen.renew(last_change_id(web.session(), project.company) if project.company else 0)
    if project.status is not Status.ACTIVE:
        return _status_page(project, lane, 409)
    return _page(form, project, lane, _offer(project, lane.stage), 409)


def _done(key: int, name: str, lane: Lane, offer: Offer) -> Response:
    if offer.kind is not None and not offer.elsewhere:
        return _go(url_for("claims.new", project_id=key, kind=offer.kind.value))
    words = (
        _("“%(name)s”已移到“%(stage)s”。", name=name, stage=lane.label)
        if offer.moves
        else _("已保存。")
        if offer.way is Way.STAY
        else _("已保存，还没有移动。")
    )
    if not web.wants_fragment():
        flash(words)
        return _go(_back())
    answer = make_response("", 204)
    answer.headers["HX-Trigger"] = json.dumps({"board-moved": {"id": key, "words": words}})  # ASCII, as headers are
    return answer


def _go(target: str) -> Response:
    """On to another page, by browser or by htmx."""
    answer = make_response("", 204 if web.wants_fragment() else 303)
    answer.headers["HX-Redirect" if web.wants_fragment() else "Location"] = target
    return answer


def _back() -> str:
    return web.safe_target(request.values.get("back")) or url_for("projects.board")


def _whole(project_id: int) -> Project:
    return web.one(queries.whole(web.actor()).where(Project.id == project_id))


def _lane() -> Lane:
    try:
        return BY_SLUG[request.values.get("to", "")]
    except KeyError as error:
        raise NotFound from error


# ---------------------------------------------------------------------------------------------------- what the move needs


def _act(way: Way) -> Act:
    return ACT_FOR.get(way, Act.MOVE_STAGE)


def _offer(project: Project, to: Stage) -> Offer:
    facts, way = facts_of(web.session(), project), lifecycle.way(project.stage, to)
    missing = lifecycle.missing_for(facts, to) if way in _GATED else []
    kind = CLAIM_FOR.get(to) if way in (Way.CLAIM, Way.SKIP) else None
    may_go = policy.allows(web.actor(), _act(way), project)
    here = [item for item in missing if may_go and _may_fill(project, item)]
    return Offer(
        way,
        facts,
        here,
        [project_gate.gap(project, item) for item in missing if item not in here],
        may_go,
        policy.holders(_act(way)),
        kind,
        find_live(web.session(), project.id, kind) if kind else None,
    )


def _answered(project: Project, offer: Offer, to: Stage) -> list[Missing]:
    """What the form sent answers though it is not missing any more: somebody else was quicker, nothing typed is dropped."""
    asked = {item.field for item in offer.fields}
    every = lifecycle.required_for(offer.facts, to) if request.method == "POST" else []
    again = [Missing(item.field, item.words, item.place) for item in every if item.field not in asked]
    return [item for item in again if any(map(request.form.get, fields_of(item.field))) and _may_fill(project, item)]


def _may_fill(project: Project, item: Missing) -> bool:
    """Whether the dialog has the field, and the reader the right to fill it in."""
    actor = web.actor()
    match item.anchor:
        case Place.PROJECT:
            return policy.allows(actor, Act.EDIT_PROJECT, project)
        case Place.TEAM:
            return policy.allows(actor, Act.EDIT_TEAM, project)
        case Place.COMPANY | Place.CONTACT if project.company_id is None:
            return item.field in _INVESTOR and policy.allows(actor, Act.EDIT_PROJECT, project)
        case Place.COMPANY | Place.CONTACT:
            return companies.may(web.session(), actor, Act.EDIT_COMPANY, project.company_id or 0)
        case _:
            return False


# --------------------------------------------------------------------------------------------------------------- the form


def _form(project: Project) -> TakeForm:
    company = project.company
    return TakeForm(
        obj=project,
        seen=last_change_id(web.session(), project),
        stood=int(project.stage),
        origin=company.origin if company else None,
        investor_shown=project.company_id,
        investor_seen=last_change_id(web.session(), company) if company else 0,
    )


def _fill_choices(form: TakeForm) -> None:
    session, actor = web.session(), web.actor()
    suggested: dict[str, Sequence[str]] = {"company": (), "province": PROVINCES, "country": COUNTRIES}
    if "company" in form:
        suggested["company"] = companies.suggestions(session, actor)
    for field in form:
        if isinstance(field, SuggestField) and field.name in suggested:
            field.suggestions = suggested[field.name]
    roles = {"lead": (Role.OFFICER, Role.TEAM_LEAD), "leader": (Role.LEADER,), "agent": (Role.AGENT,)}
    for name in PEOPLE:
        if name in form:
            found = people.people_of(session, roles[name])
            form[name].fill((user.id, f"{user.name} · {user.unit.short_name}") for user in found)


def _page(form: TakeForm, project: Project, lane: Lane, offer: Offer, status: int, **asked: object) -> Response:
    shown = {"form": form, "project": project, "lane": lane, "offer": offer, "statuses": (), "holders": offer.holders}
    return _answer(status, **shown, **asked)


def _status_page(project: Project, lane: Lane, status: int = 200) -> Response:
    """To the last column and back: by the pages where a status is changed, with its reason."""
    if request.method == "POST" and status == 200:
        raise Clash(_("“%(name)s”现在是“%(now)s”，这次没有移动。", name=project.name, now=project.status.label))
    may = policy.allows(web.actor(), Act.CHANGE_STATUS, project)
    resumed = lane.stage is not None
    wanted = [status for status in ALLOWED_STATUSES[project.status] if (status is Status.ACTIVE) == resumed]
    holders = policy.holders(Act.CHANGE_STATUS)
    return _answer(
        status, form=None, project=project, lane=lane, offer=None, statuses=wanted if may else (), holders=holders
    )


def _answer(status: int, **context: object) -> Response:
    project = context["project"]
    assert isinstance(project, Project)
    template = "board/_move.html" if web.wants_fragment() else "board/move.html"
    from_lane = lane_of(project.stage, project.status)
    shown = {"questions": (), "told": 0, **context}
    return web.page(template, status, back=_back(), from_lane=from_lane, stale=status == 409, **shown)
