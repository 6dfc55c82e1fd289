"""What was handed out: the list with the late first, one item with its history, and its steps. Stands under meetings."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, request
from flask_babel import gettext as _

from crm import policy, storage
from crm.actions import action_items as actions
from crm.choices import Priority, Role
from crm.errors import Clash, RuleBroken
from crm.forms.action_items import MOST_DAYS, ActionForm, DecisionForm, ExtensionForm, HandOverForm, StepForm
from crm.forms.base import HouseForm
from crm.models import ActionFile, ActionItem, Meeting, SupervisionLetter
from crm.policy import Act
from crm.queries import action_items as queries
from crm.queries import changes, people
from crm.queries import meetings as meeting_queries
from crm.rules import action_items as rules
from crm.rules.files import SHOWN_INLINE
from crm.views import lists, web
from crm.views.files import CLOSED
from crm.views.meetings import get_meeting, seen, shared, standing, views, working_days

__all__ = ["views"]
PEOPLE = [role for role in Role if role not in (Role.ADMIN, Role.AUDITOR)]


# ---------------------------------------------------------------------------------------------------------------- the list


@views.get("/actions", endpoint="actions")
def index() -> Response:
    """What was handed out, the longest overdue first."""
    policy.ensure(web.actor(), Act.SEE_ACTION)
    show = request.args.get("show", "open")
    filters = queries.Filters(
        show=show if show in queries.SHOWN else "open",
        mine="mine" in request.args,
        unit_id=lists.number("unit"),
        person_id=lists.number("person"),
        project_id=lists.number("project"),
        priority=lists.word("priority", Priority),
        first_on=lists.day("from"),
        last_on=lists.day("to"),
        words=request.args.get("q", "").strip()[:60],
    )
    rows = queries.matching(web.actor(), filters, web.today(), working_days())
    found, turn = lists.turned(rows, queries.ORDER)
    return web.page(
        "action_items/index.html",
        rows=found,
        turn=turn,
        filters=filters,
        units=queries.units_in_use(web.session(), web.actor()),
        priorities=list(Priority),
        seen=seen(row.project_id for row in found),
        **shared(filters.project_id),
    )


# -------------------------------------------------------------------------------------------------------------- handing out


@views.route("/<int:meeting_id>/assign", methods=["GET", "POST"])
def assign(meeting_id: int) -> Response:
    """Hand something out at a meeting."""
    policy.ensure(web.actor(), Act.ASSIGN_ACTION)
    meeting = get_meeting(meeting_id)
    projects = [(item, item.project) for item in meeting.agenda if item.project is not None]
    visible = seen(project.id for _item, project in projects)
    projects = [pair for pair in projects if pair[1].id in visible]
    agenda = [f"{project.name} · {project.code}" for _item, project in projects]
    first, its = next((pair for pair in projects if pair[1].code == request.args.get("code")), (None, None))
    form = ActionForm(
        project_id=f"{its.name} · {its.code}" if its else agenda[0] if len(agenda) == 1 else "",
        issue_class=first.issue_class if first else None,
        problem=first.situation if first else "",
        task=first.conclusion if first else "",
    )
    return _assign(form, meeting, agenda)


@views.route("/actions/new", methods=["GET", "POST"])
def assign_alone() -> Response:
    """Hand something out without a meeting."""
    policy.ensure(web.actor(), Act.ASSIGN_ACTION)
    return _assign(ActionForm(), None, [])


def _assign(form: ActionForm, meeting: Meeting | None, agenda: list[str]) -> Response:
    _offer_action(form, agenda)
    if form.validate_on_submit():
        try:
            item = actions.assign(web.session(), web.actor(), meeting, form.draft(), web.today(), web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            meeting = get_meeting(meeting.id) if meeting else None
        else:
            web.session().commit()
            flash(_("已交办，时限 %(day)s，牵头单位已收到待签收提醒。", day=item.deadline_on.isoformat()))
            if meeting is None:
                return web.see_other("meetings.action", action_id=item.id)
            return web.see_other("meetings.show", meeting_id=meeting.id, _anchor=f"action-{item.id}")
    return web.page(
        "action_items/edit.html", 422 if form.is_submitted() else 200, form=form, meeting=meeting, item=None
    )


@views.get("/actions/deadline")
def deadline() -> Response:
    """The day that so many working days from today fall on: a fragment for the form."""
    policy.ensure(web.actor(), Act.ASSIGN_ACTION)
    days = lists.number("working_days")
    on = working_days().after(web.today(), days) if days and days <= MOST_DAYS else None
    return web.page("action_items/_deadline.html", on=on, days=days)


def _offer_action(form: ActionForm, agenda: list[str]) -> None:
    session, actor = web.session(), web.actor()
    form.project_id.find = lambda text: meeting_queries.find_projects(session, actor, text)
    form.project_id.suggestions = agenda or meeting_queries.project_suggestions(session, actor)
    form.falls_on = lambda days: working_days().after(web.today(), days)
    units = [(unit.id, unit.name) for unit in meeting_queries.units(session)]
    form.lead_unit_id.fill(units)
    form.support_unit_ids.fill(units)
    _offer_people(form.person_id)


def _offer_people(field: Any) -> None:
    field.fill((user.id, f"{user.name} · {user.unit.short_name}") for user in people.people_of(web.session(), PEOPLE))


# ---------------------------------------------------------------------------------------------------------------- one item


def _item(action_id: int) -> ActionItem:
    return web.one(queries.whole(web.actor()).where(ActionItem.id == action_id))


@views.route("/actions/<int:action_id>", methods=["GET", "POST"])
def action(action_id: int) -> Response:
    """One item: what is to be done, how it stands, its history, and the next step for those who may take it."""
    item = _item(action_id)
    form = StepForm()
    status = 200
    if form.validate_on_submit():
        try:
            actions.work(
                web.session(), web.actor(), item, form.draft(), form.version.data, web.today(), web.now(),
                web.config().files_dir,
            )  # fmt: skip
        except (Clash, RuleBroken) as refusal:
            status = _refused(form, refusal)
            item = _item(action_id)
        else:
            web.session().commit()
            flash(_("已%(step)s。", step=form.step.data.label))
            if web.safe_target(request.form.get("next")) and form.step.data in rules.WORKS:
                return web.see_other("supervision.mine")
            return web.see_other("meetings.action", action_id=action_id)
    elif form.is_submitted():
        status = 422
    return _item_page(item, form, status)


def _refused(form: HouseForm, refusal: Clash | RuleBroken) -> int:
    """What was typed stays; the reader is told why, and of a clash that the next saving is meant."""
    web.session().rollback()
    form.refuse(RuleBroken(refusal.message, getattr(refusal, "field", None)))
    return 409 if isinstance(refusal, Clash) else 422


def _item_page(item: ActionItem, form: StepForm, status: int, decision: DecisionForm | None = None) -> Response:
    actor = web.actor()
    form.version.renew(item.version)
    part = queries.part_of(web.session(), actor, item)
    decisions, most = [row.granted for row in item.extensions], web.settings().action_extensions
    problem = rules.asking_problem(item.state, item.deadline_on, decisions, most, web.today(), working_days())
    letters = queries.letters_visible_to(actor).where(SupervisionLetter.item_id == item.id)
    return web.page(
        "action_items/show.html",
        status,
        item=item,
        form=form,
        decision=decision or DecisionForm(formdata=None),
        part=part,
        steps=rules.open_to(item.state, part),
        may_extend=part.handed and problem is None,
        pending=next((row for row in item.extensions if row.granted is None), None),
        originally_on=next((row.old_deadline_on for row in item.extensions if row.granted), None),
        due_on=working_days().next_working(item.deadline_on),
        is_late=rules.is_late(item.state, item.deadline_on, web.today(), working_days()),
        most=most,
        letters=web.session().scalars(letters).all(),
        seen=seen([item.project_id]),
        meeting=_find_meeting(item.meeting_id),
        history=changes.of_row(web.session(), actor, "action_item", item.id),
        standing=standing,
        number_words=rules.number_words,
    )


def _find_meeting(meeting_id: int | None) -> Meeting | None:
    """The meeting an item comes from, if the reader may see it."""
    rows = meeting_queries.visible_to(web.actor()).where(Meeting.id == (meeting_id or 0))
    return web.session().scalars(rows).unique().one_or_none()


def _values(item: ActionItem) -> dict[str, Any]:
    """The item as the form begins with it."""
    names = (
        "issue_class", "problem", "task", "lead_unit_id", "support_units", "person_id", "deadline_on", "version",
        "priority", "source",
    )  # fmt: skip
    return {
        **{name: getattr(item, name) for name in names},
        "project_id": f"{item.project.name} · {item.project.code}",
        "support_unit_ids": [row.unit_id for row in item.supports],
    }


@views.route("/actions/<int:action_id>/edit", methods=["GET", "POST"])
def action_edit(action_id: int) -> Response:
    """Correct an item; its deadline only before its unit has signed for it."""
    policy.ensure(web.actor(), Act.OVERSEE_ACTION)
    item = _item(action_id)
    form = ActionForm(data=_values(item))
    _offer_action(form, [])
    form.falls_on = lambda days: working_days().after(item.assigned_on, days)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            actions.change(web.session(), web.actor(), item, form.draft(), form.version.data)
        except (Clash, RuleBroken) as refusal:
            status = _refused(form, refusal)
            form.version.renew(_item(action_id).version)
        else:
            web.session().commit()
            flash(_("已保存。改前的内容在“改动”里。"))
            return web.see_other("meetings.action", action_id=action_id)
    return web.page("action_items/edit.html", status, form=form, meeting=None, item=_item(action_id))


@views.route("/actions/<int:action_id>/hand-over", methods=["GET", "POST"])
def action_hand_over(action_id: int) -> Response:
    """Give an item to another unit."""
    policy.ensure(web.actor(), Act.OVERSEE_ACTION)
    item = _item(action_id)
    form = HandOverForm(data={"version": item.version})
    form.lead_unit_id.fill((unit.id, unit.name) for unit in meeting_queries.units(web.session()))
    _offer_people(form.person_id)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            actions.hand_over(
                web.session(), web.actor(), item, form.lead_unit_id.data or 0, form.person_id.data, form.note.data or "",
                form.version.data, web.today(), web.now(),
            )  # fmt: skip
        except (Clash, RuleBroken) as refusal:
            status = _refused(form, refusal)
            form.version.renew(_item(action_id).version)
        else:
            web.session().commit()
            flash(_("已转办，新单位收到待签收提醒。"))
            return web.see_other("meetings.action", action_id=action_id)
    return web.page("action_items/hand_over.html", status, form=form, item=_item(action_id))


# ----------------------------------------------------------------------------------------------------------------- more time


@views.route("/actions/<int:action_id>/extend", methods=["GET", "POST"])
def action_extend(action_id: int) -> Response:
    """Ask for more time."""
    policy.ensure(web.actor(), Act.WORK_ACTION)
    item = _item(action_id)
    form = ExtensionForm(data={"version": item.version})
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            actions.ask_extension(
                web.session(), web.actor(), item, form.wanted_on.data, form.reason.data or "", form.version.data,
                web.today(), web.now(),
            )  # fmt: skip
        except (Clash, RuleBroken) as refusal:
            status = _refused(form, refusal)
            form.version.renew(_item(action_id).version)
        else:
            web.session().commit()
            flash(_("已提交延期申请，批复前原时限不变。"))
            return web.see_other("meetings.action", action_id=action_id)
    return web.page(
        "action_items/extend.html",
        status,
        form=form,
        item=_item(action_id),
        most=web.settings().action_extensions,
    )


@views.post("/actions/<int:action_id>/extensions/<int:extension_id>")
def action_decide(action_id: int, extension_id: int) -> Response:
    """Grant more time, or refuse it."""
    policy.ensure(web.actor(), Act.OVERSEE_ACTION)
    item = _item(action_id)
    form = DecisionForm()
    status = 422
    if form.validate_on_submit():
        granted = form.granted.data == "yes"
        try:
            actions.decide_extension(
                web.session(), web.actor(), item, extension_id, granted, form.decision.data or "", web.now()
            )
        except (Clash, RuleBroken) as refusal:
            status = _refused(form, refusal)
        else:
            web.session().commit()
            flash(_("已同意延期。") if granted else _("已批复：不同意延期。"))
            return web.see_other("meetings.action", action_id=action_id)
    return _item_page(_item(action_id), StepForm(formdata=None), status, form)


# -------------------------------------------------------------------------------------------------------------------- files


@views.get("/actions/files/<int:file_id>")
def action_file(file_id: int) -> Response:
    """A file that proves a step: pictures and PDF in the browser, everything else as a download."""
    file = web.one(queries.files_visible_to(web.actor()).where(ActionFile.id == file_id))
    data = storage.load(web.config().files_dir, file.digest)
    if file.media_type not in SHOWN_INLINE:
        return web.download(data, file.filename, file.media_type)
    response = make_response(data)
    response.headers["Content-Type"] = file.media_type
    web.name_file(response, "inline", file.filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = CLOSED
    return response
