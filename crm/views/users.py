"""Accounts: the list, a new one with its one-time link, changing and ending one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm import policy
from crm.actions import people as actions
from crm.errors import Clash, RuleBroken
from crm.forms.account import AccountForm
from crm.models import Unit, User
from crm.policy import Act
from crm.queries import people
from crm.views import web

views = Blueprint("users", __name__, url_prefix="/users")


def _form(user: User | None = None) -> AccountForm:
    form = AccountForm(obj=user)
    form.unit_id.fill((unit.id, unit.name) for unit in web.session().scalars(select(Unit).order_by(Unit.rank, Unit.id)))
    return form


@views.get("")
def index() -> Response:
    """Everybody, by unit."""
    policy.ensure(web.actor(), Act.MANAGE_USERS)
    return web.page("users/index.html", users=web.session().scalars(people.everybody()).all())


@views.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """A new account; its page then shows the one-time link."""
    policy.ensure(web.actor(), Act.MANAGE_USERS)
    form = _form()
    if form.validate_on_submit():
        draft = form.draft()
        try:
            user = actions.create_user(
                web.session(),
                web.actor(),
                draft.login,
                draft.name,
                draft.title,
                draft.role,
                draft.unit_id,
                web.now(),
                draft.email,
            )
        except Clash as clash:
            form.refuse(RuleBroken(clash.message, "login"))
        else:
            return _invited(user)
    return web.page("users/edit.html", 422 if form.is_submitted() else 200, form=form, user=None)


def _invited(user: User) -> Response:
    token = actions.invite(web.session(), web.actor(), user, web.now())
    web.session().commit()
    link = url_for("account.accept", token=token, _external=True)
    return web.page("users/invited.html", user=user, link=link, days=actions.INVITATION_LIFE.days)


@views.route("/<int:user_id>", methods=["GET", "POST"])
def edit(user_id: int) -> Response:
    """Change an account."""
    policy.ensure(web.actor(), Act.MANAGE_USERS)
    user = web.one(people.everybody().where(User.id == user_id))
    form = _form(user)
    del form.login
    if form.validate_on_submit():
        try:
            actions.change_user(
                web.session(), web.actor(), user, form.name.data or "", form.title.data or "", form.role.data,
                form.unit_id.data or 0, form.email.data or "",
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已保存 %(name)s 的账号。", name=user.name))
            return web.see_other("users.index")
    return web.page("users/edit.html", 422 if form.is_submitted() else 200, form=form, user=user)


@views.post("/<int:user_id>/invitation")
def invite(user_id: int) -> Response:
    """A fresh one-time link; earlier ones stop working."""
    policy.ensure(web.actor(), Act.MANAGE_USERS)
    return _invited(web.one(people.everybody().where(User.id == user_id, User.is_active.is_(True))))


@views.post("/<int:user_id>/active/<int:active>")
def set_active(user_id: int, active: int) -> Response:
    """End or reopen an account."""
    user = web.one(people.everybody().where(User.id == user_id))
    actions.set_active(web.session(), web.actor(), user, bool(active))
    web.session().commit()
    flash(_("账号 %(name)s 已启用。", name=user.name) if active else _("账号 %(name)s 已停用。", name=user.name))
    return web.see_other("users.index")
