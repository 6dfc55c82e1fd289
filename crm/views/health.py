"""Whether the server lives and reaches its database: for a load balancer."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text

from crm.views import web

views = Blueprint("health", __name__)


@views.get("/health")
def alive() -> tuple[str, int]:
    """200 with one word; a database out of reach raises and answers 500."""
    web.session().execute(text("SELECT 1"))
    return "ok", 200
