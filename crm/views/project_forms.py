"""Registering a project and changing it, its team and its secrecy: the writing half of the projects' blueprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.actions import projects as actions
from crm.actions import teams
from crm.actions.two_editors import EditClash
from crm.choices import MemberRole, Role, UnitKind
from crm.errors import RuleBroken
from crm.forms.projects import SECTIONS, EditForm, RegisterForm, SecrecyForm, TeamForm
from crm.models import Change, Project, Unit
from crm.policy import Act
from crm.queries import collisions, companies, people
from crm.queries import projects as queries
from crm.queries.likeness import Likes, likes
from crm.queries.row_history import last_change_id
from crm.rules import names
from crm.rules.labels import label
from crm.rules.places import COUNTRIES, PROVINCES
from crm.views import clashes, web
from crm.views.projects import views

__all__ = ["views"]


@views.route("/projects/new", methods=["GET", "POST"])
@web.by_key
def new() -> Response:
    """Register a lead. What is perhaps the same is shown before anything is written, and a collision asks for an answer."""
    policy.ensure(web.actor(), Act.REGISTER_PROJECT)
    form = _register_form()
    alike = Likes()
    if form.validate_on_submit():
        people = {web.actor().id, *([form.lead_id.data] if form.lead_id.data else ())}
        alike = likes(web.session(), web.actor(), form.asked(), people)
        if not _is_asked(form, alike):
            try:
                project = actions.register(web.session(), web.actor(), form.draft(), web.now(), form.reply())
            except RuleBroken as refusal:
                web.session().rollback()
                form.refuse(refusal)
                alike = likes(web.session(), web.actor(), form.asked(), people)
            else:
                key, code, waits = project.id, project.code, project.duplicate_of_id is not None
                web.session().commit()
                _say_registered(key, code, waits)
                return web.see_other("projects.show", project_id=key)
    form.company.suggestions = companies.suggestions(web.session(), web.actor())
    form.seen_at.renew(web.now())
    return web.page("projects/new.html", 422 if form.is_submitted() else 200, form=form, alike=alike)


def _is_asked(form: RegisterForm, alike: Likes) -> bool:
    """Whether the officer has to answer first. What was registered after he last looked makes a case by itself."""
    if alike.collided_by(form.seen_at.instant or web.now()):
        if not form.answer.data:
            form.refuse(RuleBroken("与已登记的项目撞单，请选择怎么办。", "answer"))
        return not form.answer.data
    return bool(alike) and not alike.collisions and not (form.is_new.data or form.answer.data)


def _say_registered(key: int, code: str, waits: bool) -> None:
    """The same words whether nothing was found or something that must not be told; `waits`: it stands as a duplicate."""
    if waits and collisions.of_project(web.session(), web.actor(), key):
        flash(_("已保留登记，编号 %(code)s；与已登记的项目撞单，等待裁定。裁定前不计入统计。", code=code))
    else:
        flash(_("已受理，编号 %(code)s，待综合科核对。", code=code))


def _register_form() -> RegisterForm:
    actor = web.actor()
    mine = actor.id if actor.role in (Role.OFFICER, Role.TEAM_LEAD) else None
    form = RegisterForm(lead_id=mine)
    form.lead_id.fill(offer_choices(form)["lead"])
    form.province.suggestions, form.country.suggestions = PROVINCES, COUNTRIES
    if mine:
        del form.unit_id
    else:
        form.unit_id.fill((unit.id, unit.name) for unit in _units(UnitKind.TEAM))
    return form


def _units(*kinds: UnitKind) -> list[Unit]:
    rows = select(Unit).where(Unit.kind.in_(kinds)).order_by(Unit.rank, Unit.id)
    return list(web.session().scalars(rows))


def offer_choices(form: RegisterForm | EditForm) -> Mapping[str, Sequence[tuple[int, str]]]:
    """Fill what both forms choose from; what there is, of those who may lead too."""
    offered = queries.offered(web.session())
    form.industry_id.fill(offered["industry"])
    form.area_id.fill(offered["area"])
    return offered


# -------------------------------------------------------------------------------------------------------------- changing


def _whole(project_id: int) -> Project:
    return web.one(queries.whole(web.actor()).where(Project.id == project_id))


@views.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
def edit(project_id: int) -> Response:
    """Change what is known. Two who change different things both keep theirs; of the same thing one value is chosen."""
    project = _whole(project_id)
    policy.ensure(web.actor(), Act.EDIT_PROJECT, project)
    form = _edit_form(project)
    if not form.validate_on_submit():
        return _edit_page(form, project, 422 if form.is_submitted() else 200)
    try:
        changed = actions.edit(
            web.session(), web.actor(), project, _meant(form, project), form.seen.data or 0, web.now(),
            form.confirmed.data, clashes.answers(),
        )  # fmt: skip
    except EditClash as clash:
        form.refuse(RuleBroken(clash.message))
        return _edit_page(form, project, 409, questions=clashes.questions(clash), told=clash.told)
    except RuleBroken as refusal:
        web.session().rollback()
        form.refuse(RuleBroken(refusal.message, form.column_field(refusal.field or "")))
        return _edit_page(form, _whole(project_id), 422)
    web.session().commit()
    _tell_saved(changed)
    return web.see_other("projects.show", project_id=project_id)


def _tell_saved(changed: list[str]) -> None:
    flash(_("已保存：%(what)s。", what="、".join(label(name) for name in changed)) if changed else _("没有改动。"))


@views.post("/projects/<int:project_id>/changes/<int:change_id>/restore")
def restore(project_id: int, change_id: int) -> Response:
    """Put back what stood in a column before a change."""
    project = _whole(project_id)
    policy.ensure(web.actor(), Act.EDIT_PROJECT, project)
    change = web.one(select(Change).where(Change.id == change_id, Change.project_id == project_id))
    changed = actions.restore(web.session(), web.actor(), project, change, web.now())
    web.session().commit()
    _tell_saved(changed)
    return web.see_other("projects.show", project_id=project_id)


def _edit_form(project: Project) -> EditForm:
    session, actor = web.session(), web.actor()
    related = {row.id: row.code for row in session.scalars(_related(project))}
    form = EditForm(
        obj=project,
        investor=project.company.name if project.company else "",
        parent=related.get(project.parent_id or 0, ""),
        duplicate_of=related.get(project.duplicate_of_id or 0, ""),
        seen=last_change_id(session, project),
    )
    offer_choices(form)
    form.responsible_unit_id.fill((unit.id, unit.name) for unit in _units(UnitKind.BUREAU, UnitKind.DEPARTMENT))
    form.investor.suggestions = companies.suggestions(session, actor)
    form.investor.find = lambda text: companies.named(session, actor, text)
    form.parent.find = form.duplicate_of.find = _find_project
    return form


def _related(project: Project) -> Any:
    ids = [project.parent_id or 0, project.duplicate_of_id or 0]
    return queries.visible_to(web.actor()).where(Project.id.in_(ids))


def _meant(form: EditForm, project: Project) -> dict[str, Any]:
    """What the form says; a project that its reader cannot see he cannot have meant to take away."""
    seen = {row.id for row in web.session().scalars(_related(project))}
    unseen = [name for name in ("parent_id", "duplicate_of_id") if getattr(project, name) not in (None, *seen)]
    return {name: value for name, value in form.values().items() if value is not None or name not in unseen}


def _find_project(text: str) -> list[tuple[int, str]]:
    """The visible projects that a typed code or name means."""
    meant = (Project.code == text.strip()) | (Project.name_key == names.project_key(text))
    rows = queries.visible_to(web.actor()).where(meant).limit(5)
    return [(row.id, f"{row.name}（{row.code}）") for row in web.session().scalars(rows)]


def _edit_page(form: EditForm, project: Project, status: int, **clash: Any) -> Response:
    shown = {"questions": (), "told": 0, **clash}
    return web.page("projects/edit.html", status, form=form, project=project, sections=SECTIONS, **shown)


# -------------------------------------------------------------------------------------------------- people and secrecy


@views.route("/projects/<int:project_id>/team", methods=["GET", "POST"])
def team(project_id: int) -> Response:
    """Who works on it, and which team it belongs to."""
    project = _whole(project_id)
    policy.ensure(web.actor(), Act.EDIT_TEAM, project)
    form = _team_form(project)
    if form.validate_on_submit():
        try:
            teams.set_team(web.session(), web.actor(), project, form.people(), form.unit_id.data, web.today())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _whole(project_id)
        else:
            web.session().commit()
            flash(_("项目班子已更新。"))
            return web.see_other("projects.show", project_id=project_id)
    return web.page("projects/team.html", 422 if form.is_submitted() else 200, form=form, project=project)


def _team_form(project: Project) -> TeamForm:
    now: dict[MemberRole, list[int]] = {}
    for member in project.members:
        if member.to_on is None:
            now.setdefault(member.role, []).append(member.user_id)
    one_person = (MemberRole.LEAD, MemberRole.LEADER, MemberRole.AGENT)
    first = {role: next(iter(now.get(role, ())), None) for role in one_person}
    form = TeamForm(
        lead=first[MemberRole.LEAD],
        leader=first[MemberRole.LEADER],
        agent=first[MemberRole.AGENT],
        support=now.get(MemberRole.SUPPORT, []),
        reader=now.get(MemberRole.READER, []),
        unit_id=project.unit_id,
    )
    everybody = people.people_of(web.session(), [role for role in Role if role is not Role.ADMIN])
    known = {user.id: f"{user.name} · {user.unit.short_name}" for user in everybody}
    by_role = {user.id: user.role for user in everybody}

    def of(*roles: Role) -> list[tuple[int, str]]:
        return [(key, text) for key, text in known.items() if by_role[key] in roles]

    staff = of(Role.OFFICER, Role.TEAM_LEAD)
    form.lead.fill(staff)
    form.support.fill(staff)
    form.leader.fill(of(Role.LEADER))
    form.agent.fill(of(Role.AGENT))
    form.reader.fill(known.items())
    form.unit_id.fill((unit.id, unit.name) for unit in _units(UnitKind.TEAM))
    for field in (form.support, form.reader):
        field.render_kw = {"data-pick": _("选择人员")}
    return form


@views.route("/projects/<int:project_id>/secrecy", methods=["GET", "POST"])
def secrecy(project_id: int) -> Response:
    """Close the project to all but its people and the leaders, or open it again."""
    project = _whole(project_id)
    policy.ensure(web.actor(), Act.SET_SECRET, project)
    form = SecrecyForm(obj=project)
    if form.validate_on_submit():
        try:
            teams.set_secret(web.session(), web.actor(), project, form.is_secret.data, form.alias.data or "", web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            project = _whole(project_id)
        else:
            web.session().commit()
            flash(_("已设为涉密。") if form.is_secret.data else _("已解除涉密。"))
            return web.see_other("projects.show", project_id=project_id)
    return web.page("projects/secrecy.html", 422 if form.is_submitted() else 200, form=form, project=project)
