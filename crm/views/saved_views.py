"""Saved views of the project list: making, saving, renaming, sharing, marking and deleting them."""

from __future__ import annotations

import re
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm import policy
from crm.actions import views as actions
from crm.actions.views import ViewDraft
from crm.errors import Clash, RuleBroken
from crm.forms.views import ViewForm
from crm.language import translated
from crm.models import SavedView
from crm.policy import Act
from crm.queries import saved_views as queries
from crm.queries.saved_views import Kept, KeptView
from crm.views import project_state, web

views = Blueprint("saved_views", __name__, url_prefix="/views")
PAGE = "projects.index"
MARKS = {
    "pin": {"pinned": True}, "unpin": {"pinned": False}, "default": {"default": True}, "plain": {"default": False},
}  # fmt: skip


def address_of(view: SavedView | KeptView) -> str:
    """The list as the view keeps it; a view that keeps nothing shows everything that is in the register."""
    arguments: dict[str, Any] = {}
    for name, value in parse_qsl(view.query):
        arguments.setdefault(name, []).append(value)
    return url_for(PAGE, v=view.id, **(arguments or {"view": "all"}))


def opened(kept: list[Kept]) -> Kept | None:
    """The view that this address began from."""
    asked = request.args.get("v", "")
    return next((item for item in kept if str(item.view.id) == asked), None)


def default_address(kept: list[Kept]) -> str | None:
    """Where the list opens for this person when nothing is asked."""
    return next((address_of(item.view) for item in kept if item.is_default), None)


def bar(kept: list[Kept]) -> dict[str, Any]:
    """What the list shows of views: which there are, which one it began from, and whether it differs from it."""
    now, item = project_state.query(), opened(kept)
    return {
        "kept": kept,
        "kept_here": item,
        "state_query": now,
        "is_changed": item is not None and item.view.query != now,
        "may_save": item is not None and actions.may_save(web.actor(), item.view),
        "view_address": address_of,
    }


def _plain(query: str | None) -> str:
    """The state of a list out of a form: only what the list knows."""
    return project_state.query(MultiDict(parse_qsl(query or "", max_num_fields=200)))


def _view(view_id: int) -> SavedView:
    return web.one(queries.visible_to(web.actor()).where(SavedView.id == view_id))


def _form(**values: Any) -> ViewForm:
    form = ViewForm(**values)
    form.unit_id.fill((unit.id, unit.name) for unit in queries.units_to_share_with(web.session(), web.actor()))
    return form


@views.route("", methods=["GET", "POST"])
def index() -> Response:
    """One's views, and keeping the list as a new one."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    form = _form(query=request.args.get("query", ""))
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        draft = ViewDraft(form.name.data or "", _plain(form.query.data), form.unit_id.data)
        try:
            view = actions.create(web.session(), web.actor(), PAGE, draft, web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("已保存视图“%(name)s”。", name=view.name))
            return _to(view)
    kept = queries.of_page(web.session(), web.actor(), PAGE)
    return web.page("views/index.html", status, form=form, kept=kept, view_address=address_of)


def _to(view: SavedView) -> Response:
    return redirect(address_of(view), 303)  # type: ignore[return-value]


@views.post("/<int:view_id>/save")
def save(view_id: int) -> Response:
    """Keep what the list shows now in the view; whoever saved it meanwhile is told of first."""
    view, form = _view(view_id), _form()
    try:
        actions.save_query(web.session(), web.actor(), view, _plain(form.query.data), form.version.data, web.now())
    except (Clash, RuleBroken) as refusal:
        web.session().rollback()
        status = 409 if isinstance(refusal, Clash) else 422
        view, mine = _view(view_id), _plain(form.query.data)
        return web.page(
            "views/clash.html", status, view=view, mine=mine, message=refusal.message, view_address=address_of
        )
    web.session().commit()
    flash(_("已保存视图“%(name)s”的改动。", name=view.name))
    return _to(view)


@views.route("/<int:view_id>", methods=["GET", "POST"])
def edit(view_id: int) -> Response:
    """Rename a view of one's own, or share it."""
    view = _view(view_id)
    form = _form(obj=view)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            actions.rename(web.session(), web.actor(), view, form.name.data or "", form.unit_id.data, web.now())
        except RuleBroken as refusal:
            web.session().rollback()
            form.refuse(refusal)
            view = _view(view_id)
        else:
            web.session().commit()
            flash(_("已保存视图“%(name)s”。", name=view.name))
            return web.see_other("saved_views.index")
    return web.page("views/edit.html", status, form=form, view=view, is_mine=view.owner_id == web.actor().id)


@views.post("/<int:view_id>/copy")
def copy(view_id: int) -> Response:
    """A view of one's own that begins like this one."""
    view = _view(view_id)
    names = (_copy_name(view.name, number) for number in count(1))
    try:
        made = actions.copy(web.session(), web.actor(), view, names, web.now())
    except RuleBroken as refusal:
        web.session().rollback()
        flash(translated(refusal.message), "warning")
    else:
        web.session().commit()
        flash(_("已复制为“%(name)s”。", name=made.name))
    return web.see_other("saved_views.index")


def _copy_name(name: str, number: int) -> str:
    """甲 副本, 甲 副本 2, …; a copy of a copy counts on from the first one's name."""
    stem = re.sub(re.escape(_("%(name)s 副本", name="")) + r"( \d+)?$", "", name)[: actions.LONGEST_NAME - 12]
    if number == 1:
        return str(_("%(name)s 副本", name=stem))
    return str(_("%(name)s 副本 %(n)d", name=stem, n=number))


@views.post("/<int:view_id>/delete")
def delete(view_id: int) -> Response:
    """Take a view of one's own away."""
    view = _view(view_id)
    name = view.name
    actions.delete(web.session(), web.actor(), view)
    web.session().commit()
    flash(_("已删除视图“%(name)s”。", name=name))
    return web.see_other("saved_views.index")


@views.post("/<int:view_id>/mark/<word>")
def mark(view_id: int, word: str) -> Response:
    """Pin a view, make it what the list opens with, or take that back."""
    view = _view(view_id)
    if word not in MARKS:
        abort(404)
    actions.mark(web.session(), web.actor(), view, **MARKS[word])
    web.session().commit()
    return web.see_other("saved_views.index")
