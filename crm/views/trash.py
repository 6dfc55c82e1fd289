"""Deleting records, the trash, and bringing them back. Every kind has the same two addresses, named by the key of its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.actions import trash as actions
from crm.errors import CrmError
from crm.forms.base import HouseForm
from crm.language import translated
from crm.models import Activity
from crm.policy import Act
from crm.queries import activities
from crm.queries import trash as queries
from crm.rules.trash import Kind
from crm.views import lists, web

views = Blueprint("trash", __name__)
PLACES: Mapping[Kind, tuple[str, str]] = {  # the folder of the addresses, the argument that names the row
    Kind.PROJECT: ("projects", "project_id"),
    Kind.COMPANY: ("companies", "company_id"),
    Kind.CONTACT: ("contacts", "contact_id"),
    Kind.ACTIVITY: ("activities", "activity_id"),
    Kind.MEETING: ("meetings", "meeting_id"),
    Kind.FILE: ("files", "file_id"),
    Kind.COMMENT: ("comments", "comment_id"),
}
# What others belong to comes back before them.
_ORDER = (Kind.COMPANY, *(kind for kind in Kind if kind not in (Kind.COMPANY, Kind.FILE)), Kind.FILE)


@views.get("/trash")
def index() -> Response:
    """What was deleted, by whom, when; the latest first."""
    actor = web.actor()
    policy.ensure(actor, queries.opening(actor))
    filters = queries.Filters(kind=lists.word("kind", Kind), person_id=lists.number("person"))
    at = lists.place(queries.ORDER)
    page = queries.lines(web.session(), actor, filters, at)
    return web.page(
        "trash/index.html",
        lines=page.rows,
        page=page,
        filters=filters,
        kinds=Kind if policy.can(actor, Act.DELETE) else (),
        form=HouseForm(formdata=None),
        restoring=restoring,
        address=lists.address,
    )


def deleting(kind: Kind, row_id: int) -> str:
    """The address of the page that asks before deleting."""
    return url_for(f"trash.delete_{kind.value}", **cast(Any, {PLACES[kind][1]: row_id}))


def restoring(kind: Kind, row_id: int) -> str:
    """The address that brings a record back."""
    return url_for(f"trash.restore_{kind.value}", **cast(Any, {PLACES[kind][1]: row_id}))


# ---------------------------------------------------------------------------------------------------------------- deleting


def _delete(kind: Kind, row_id: int) -> Response:
    """What is linked and what stands against it; then gone, with a way back."""
    session, actor = web.session(), web.actor()
    policy.ensure(actor, Act.DELETE)
    row = web.one(queries.living(actor, kind, row_id))
    policy.ensure_row(session, actor, Act.DELETE, row)
    form = HouseForm()
    if form.validate_on_submit():
        target, name = _beside(kind, row), queries.name_of(session, kind, row_id)
        actions.delete(session, actor, row, web.now())
        session.commit()
        flash((_("已删除%(kind)s“%(name)s”。", kind=kind.label, name=name), restoring(kind, row_id)), "undo")  # type: ignore[arg-type]
        return web.see_other(target[0], **target[1])
    return web.page(
        "trash/confirm.html",
        kind=kind,
        name=queries.name_of(session, kind, row_id),
        problem=translated(actions.problem(session, row) or ""),
        linked=queries.linked(session, kind, row),
        form=form,
        back=_page_of(kind, row),
    )


def _beside(kind: Kind, row: Any) -> tuple[str, dict[str, Any]]:
    """Where one goes on after the record is gone: to what it belonged to, else to the list of its kind."""
    match kind:
        case Kind.CONTACT:
            return "companies.show", {"company_id": row.company_id}
        case Kind.FILE:
            return "projects.show", {"project_id": row.project_id, "show": "files"}
        case Kind.COMMENT:
            return "projects.show", {"project_id": row.project_id, "show": "comments", "_anchor": "timeline"}
        case Kind.ACTIVITY if (project_id := _only_project(row.id)) is not None:
            return "projects.show", {"project_id": project_id}
        case _:
            return f"{PLACES[kind][0]}.index", {}


def _only_project(activity_id: int) -> int | None:
    found = web.session().scalars(activities.visible_to(web.actor()).where(Activity.id == activity_id)).unique().first()
    ids = [link.project_id for link in found.project_links] if found else []
    return ids[0] if len(ids) == 1 else None


def _page_of(kind: Kind, row: Any) -> str:
    """The record's own page, or that of what it belongs to."""
    if kind in (Kind.CONTACT, Kind.FILE, Kind.COMMENT):
        endpoint, values = _beside(kind, row)
        return url_for(endpoint, **values)
    return url_for(f"{PLACES[kind][0]}.show", **cast(Any, {PLACES[kind][1]: row.id}))


# --------------------------------------------------------------------------------------------------------------- restoring


def _restore(kind: Kind, row_id: int) -> Response:
    """Back as it was."""
    policy.ensure(web.actor(), queries.opening(web.actor(), kind))
    row = web.one(queries.buried(web.actor(), kind, row_id))
    actions.restore(web.session(), web.actor(), row, web.now())
    web.session().commit()
    flash(_("已恢复%(kind)s“%(name)s”。", kind=kind.label, name=_called(kind, row_id)))
    return cast(Response, redirect(_page_of(kind, row), 303))


def _called(kind: Kind, row_id: int) -> str:
    """What a record is called; a comment may be a picture alone."""
    return queries.name_of(web.session(), kind, row_id) or _("图片")


@views.post("/trash/restore")
def restore_some() -> Response:
    """Several at once; each is judged by itself, and what could not come back is said."""
    policy.ensure(web.actor(), queries.opening(web.actor()))
    restored, refusals = 0, []
    for kind, row_id in _named(request.form.getlist("row")):
        row = web.one(queries.buried(web.actor(), kind, row_id))
        try:
            actions.restore(web.session(), web.actor(), row, web.now())
        except CrmError as refusal:  # raised before anything is written
            refusals.append(f"“{_called(kind, row_id)}”：{refusal.message}")
        else:
            restored += 1
    web.session().commit()
    if restored:
        flash(_("已恢复 %(n)d 条。", n=restored))
    for sentence in refusals:
        flash(sentence, "warning")
    return web.see_other("trash.index")


def _named(keys: list[str]) -> list[tuple[Kind, int]]:
    """The records that a form names as kind-key, companies and projects first: the others belong to them."""
    found = []
    for text in dict.fromkeys(keys[: queries.PAGE_SIZE]):
        kind, _sep, key = text.partition("-")
        if kind in {member.value for member in Kind} and (row_id := lists.key(key)) is not None:
            found.append((Kind.parse(kind), row_id))
    return sorted(found, key=lambda pair: _ORDER.index(pair[0]))


# ----------------------------------------------------------------------------------------------------------- the addresses


def _route(kind: Kind, act: Callable[[Kind, int], Response]) -> Callable[..., Response]:
    return lambda **arguments: act(kind, arguments[PLACES[kind][1]])


for _kind, (_folder, _argument) in PLACES.items():
    if _kind is not Kind.COMMENT:
        _deleting = f"/{_folder}/<int:{_argument}>/delete"
        views.add_url_rule(_deleting, f"delete_{_kind.value}", _route(_kind, _delete), methods=["GET", "POST"])
    views.add_url_rule(
        f"/trash/{_folder}/<int:{_argument}>/restore",
        f"restore_{_kind.value}",
        _route(_kind, _restore),
        methods=["POST"],
    )
