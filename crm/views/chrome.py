"""What stands around a page: the menu, the bars, the dialogs. Each is rendered once for each way it can look.

A piece is a template of templates/frame that is given what its key holds and nothing else: no request, nobody but the person
named. So the same key is the same HTML, for everybody in this process, and a page prints it as it stands (ADR 12).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from typing import Any, cast

from flask import current_app, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from crm import language
from crm.forms.comments import CommentForm
from crm.policy import Actor
from crm.queries import frame
from crm.views import navigation, shortcuts
from crm.views.addresses import url_for

MOST_KEPT = 500
_MARKS = {"to": "\ue000", "people": "\ue001", "token": "\ue002"}  # private characters: no text of ours holds them
_INDENT = re.compile(r"\s*\n\s*")


def head() -> Markup:
    """The styles and scripts that every page loads."""
    return _piece("head", None, dict)


def rail(counts: frame.Counts) -> Markup:
    """The menu beside the page, with what waits behind its entries."""
    here = navigation.here(g.actor, navigation.ENTRIES) if _actor() else ()

    def given() -> Mapping[str, Any]:
        return {"menu": navigation.menu(g.actor) if _actor() else (), "here": here, "counts": counts}

    return _piece("rail", (_named(here), counts), given)


def top(unread: int) -> Markup:
    """The right of the bar above the page: finding, logging, notices, one's own page."""
    actor = _actor()
    name = actor.name if actor else ""
    role = actor.role if actor else None
    return _piece("top", (unread, name), lambda: {"unread": unread, "name": name, "role": role})


def tabbar() -> Markup:
    """The bar at the bottom of a phone."""
    tabs = navigation.tabs(g.actor) if _actor() else []
    here = navigation.here(g.actor, tabs) if _actor() else ()
    return _piece("tabs", _named(here), lambda: {"tabs": tabs, "here": here})


def dialogs(single_keys: bool) -> Markup:
    """The palette and the map of the keyboard."""
    return _piece(
        "dialogs", single_keys, lambda: {"shortcuts": shortcuts.sections(g.actor), "single_keys": single_keys}
    )


def comment_box(project_id: int, may_attach: bool) -> Markup:
    """The empty box of a project's page: printed once with marks for what differs, which is put in each time."""
    shown = _piece(
        "comment", may_attach, lambda: {"form": CommentForm(formdata=None), "may_attach": may_attach, **_MARKS}
    )
    for name, value in of_comment_box(project_id).items():
        shown = shown.replace(_MARKS[name], escape(value))
    return shown


def of_comment_box(project_id: int) -> Mapping[str, str]:
    """What differs from box to box: where it is sent to, who can be named in it, whose session it is."""
    return {
        "to": url_for("comments.new", project_id=project_id),
        "people": url_for("comments.people", project_id=project_id),
        "token": generate_csrf(),
    }


def unindented(html: str) -> Markup:
    """A rendered piece without the indentation of its template, which every page would carry."""
    return Markup(_INDENT.sub("\n", html))  # noqa: S704 - a rendered template


def _named(entries: tuple[navigation.Entry, ...]) -> Hashable:
    return tuple((entry.endpoint, entry.args) for entry in entries)


def _actor() -> Actor | None:
    return cast("Actor | None", g.get("actor"))


def _piece(name: str, looks: Hashable, given: Callable[[], Mapping[str, Any]]) -> Markup:
    """The template of that name, for this role, language and place of the application; `looks` tells what `given` holds."""
    kept = cast("OrderedDict[Any, Markup]", current_app.extensions.setdefault("crm_chrome", OrderedDict()))
    actor = _actor()
    key = (name, actor and actor.role, language.is_english(), request.script_root, looks)
    known = kept.get(key)
    if known is None:
        template = current_app.jinja_env.get_template(f"frame/_{name}.html")
        known = kept[key] = unindented(template.render(**given()))
        while len(kept) > MOST_KEPT:
            with suppress(KeyError):  # another thread was quicker
                kept.popitem(last=False)
    return known
