"""Where a person lands."""

from __future__ import annotations

from flask import Blueprint, Response, redirect

from crm.views import navigation, web

views = Blueprint("home", __name__)


@views.get("/")
def start() -> Response:
    """Each role's own first page."""
    return redirect(navigation.home(web.actor()))  # type: ignore[return-value]
