"""The search box of every page."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm import policy
from crm.policy import Act
from crm.queries import search as queries
from crm.rules.search import LONGEST_QUERY, excerpt, words_of
from crm.views import web

views = Blueprint("search", __name__)


@views.get("/search")
def index() -> Response:
    """What holds the words, kind by kind, with the words marked."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    words = words_of(query)
    return web.page(
        "search/index.html",
        query=query,
        found=queries.search(web.session(), web.actor(), words) if words else None,
        pieces=lambda text, width=80: excerpt(text, words, width),
    )
