"""What meetings handed out: the list with the late first, one item and its next step. Stands under the address of meetings."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import meetings as actions
from crm.choices import Role
from crm.errors import Clash, RuleBroken
from crm.forms.meetings import ActionForm, StepForm
from crm.models import ActionItem, Meeting
from crm.policy import Act
from crm.queries import changes, people
from crm.queries import meetings as queries
from crm.rules import meetings as rules
from crm.views import lists, web
from crm.views.meetings import get_meeting, seen, shared, standing, views

__all__ = ["views"]
PEOPLE = [role for role in Role if role not in (Role.ADMIN, Role.AUDITOR)]


@views.get("/actions", endpoint="actions")
def index() -> Response:
    """What was handed out, the longest overdue first."""
    policy.ensure(web.actor(), Act.SEE_ACTION)
    filters = queries.ActionFilters(
        show=request.args.get("show", "open"),
        mine="mine" in request.args,
        unit_id=lists.number("unit"),
        project_id=lists.number("project"),
        words=request.args.get("q", "").strip()[:60],
    )
    found, turn = lists.turned(queries.actions_matching(web.actor(), filters, web.today()), queries.ACTION_ORDER)
    return web.page(
        "meetings/actions.html",
        rows=found,
        turn=turn,
        filters=filters,
        units=queries.units(web.session()),
        seen=seen(row.project_id for row in found),
        **shared(filters.project_id),
    )


@views.route("/<int:meeting_id>/assign", methods=["GET", "POST"])
def assign(meeting_id: int) -> Response:
    """Hand something out at a meeting."""
    policy.ensure(web.actor(), Act.HOLD_MEETING)
    meeting = get_meeting(meeting_id)
    projects = [(item, item.project) for item in meeting.agenda if item.project is not None]
    agenda = [f"{project.name} · {project.code}" for _item, project in projects]
    first, its = next((pair for pair in projects if pair[1].code == request.args.get("code")), (None, None))
    form = ActionForm(
        project_id=f"{its.name} · {its.code}" if its else agenda[0] if len(agenda) == 1 else "",
        issue_class=first.issue_class if first else None,
        problem=first.situation if first else "",
        task=first.conclusion if first else "",
    )
    _offer_action(form, agenda)
    if form.validate_on_submit():
        try:
            item = actions.assign(web.session(), web.actor(), meeting, form.draft(), web.today(), web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已交办，到期会出现在牵头单位的“今天”。"))
            return web.see_other("meetings.show", meeting_id=meeting.id, _anchor=f"action-{item.id}")
    return web.page("meetings/assign.html", 422 if form.is_submitted() else 200, form=form, meeting=meeting, item=None)


def _offer_action(form: ActionForm, agenda: list[str]) -> None:
    session, actor = web.session(), web.actor()
    form.project_id.find = lambda text: queries.find_projects(session, actor, text)
    form.project_id.suggestions = agenda or queries.project_suggestions(session, actor)
    form.lead_unit_id.fill((unit.id, unit.name) for unit in queries.units(session))
    form.person_id.fill(
        (user.id, f"{user.name} · {user.unit.short_name}") for user in people.people_of(session, PEOPLE)
    )


def _item(action_id: int) -> ActionItem:
    return web.one(queries.actions_visible_to(web.actor()).where(ActionItem.id == action_id))


@views.route("/actions/<int:action_id>", methods=["GET", "POST"])
def action(action_id: int) -> Response:
    """One item: what is to be done, how it stands, and the next step for those who may take it."""
    item = _item(action_id)
    form = StepForm()
    status = 200
    if form.validate_on_submit():
        try:
            actions.work(
                web.session(), web.actor(), item, form.step.data, form.note.data or "", form.version.data, web.today()
            )
        except (Clash, RuleBroken) as refusal:
            web.session().rollback()
            status = 409 if isinstance(refusal, Clash) else 422
            form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
            item = _item(action_id)
        else:
            web.session().commit()
            flash(_("已%(step)s。", step=form.step.data.label))
            return web.see_other("meetings.action", action_id=action_id)
    elif form.is_submitted():
        status = 422
    form.version.renew(item.version)
    return _item_page(item, form, status)


def _item_page(item: ActionItem, form: StepForm, status: int) -> Response:
    actor = web.actor()
    holds = policy.can(actor, Act.HOLD_MEETING)
    handed = rules.is_handed_to(item.lead_unit_id, item.person_id, actor.unit_ids, actor.id)
    works = policy.can(actor, Act.WORK_ACTION) and (handed or holds)
    return web.page(
        "meetings/action.html",
        status,
        item=item,
        form=form,
        steps=[step for step in rules.steps(item.state) if (holds if step in rules.CHECKS else works)],
        seen=seen([item.project_id]),
        meeting=_find_meeting(item.meeting_id),
        history=changes.of_row(web.session(), actor, "action_item", item.id),
        standing=standing,
    )


def _find_meeting(meeting_id: int | None) -> Meeting | None:
    """The meeting an item comes from, if the reader may see it."""
    rows = queries.visible_to(web.actor()).where(Meeting.id == (meeting_id or 0))
    return web.session().scalars(rows).unique().one_or_none()


def _values(item: ActionItem) -> dict[str, Any]:
    """The item as the form begins with it."""
    names = (
        "issue_class", "problem", "task", "lead_unit_id", "support_units", "person_id", "deadline_on", "version",
    )  # fmt: skip
    return {**{name: getattr(item, name) for name in names}, "project_id": f"{item.project.name} · {item.project.code}"}


@views.route("/actions/<int:action_id>/edit", methods=["GET", "POST"])
def action_edit(action_id: int) -> Response:
    """Correct an item or move its deadline."""
    policy.ensure(web.actor(), Act.HOLD_MEETING)
    item = _item(action_id)
    form = ActionForm(data=_values(item))
    _offer_action(form, [])
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            actions.change(web.session(), web.actor(), item, form.draft(), form.version.data)
        except Clash as clash:
            web.session().rollback()
            form.refuse(RuleBroken(clash.message))
            form.version.renew(_item(action_id).version)
            status = 409
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已保存。改前的内容在“改动”里。"))
            return web.see_other("meetings.action", action_id=action_id)
    return web.page("meetings/assign.html", status, form=form, meeting=None, item=_item(action_id))
