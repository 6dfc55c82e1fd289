"""Whether the server lives, and whether it wants requests: for a load balancer and for systemd."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crm.views import web

views = Blueprint("health", __name__)


@views.get("/health")
def alive() -> tuple[str, int]:
    """200 as long as the process answers; it asks nobody else, so that a database away does not get servers restarted."""
    return "ok", 200


@views.get("/ready")
def ready() -> tuple[str, int, dict[str, str]]:
    """200 when a request would be served; 503 while the server is about to go or its database is away."""
    drain = web.config().drain_file
    if drain is not None and drain.exists():
        return _not_now("draining")
    try:
        web.session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return _not_now("no database")
    return "ready", 200, {"Cache-Control": "no-store"}


def _not_now(reason: str) -> tuple[str, int, dict[str, str]]:
    return reason, 503, {"Cache-Control": "no-store", "Retry-After": "5"}
