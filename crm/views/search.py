"""Finding: the search page, the palette's fragment, and the note that a record was opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request, url_for

from crm import policy
from crm.actions import visits
from crm.choices import Found
from crm.errors import NotFound
from crm.policy import Act
from crm.queries import search as queries
from crm.queries.search import Hit
from crm.rules.search import LONGEST_QUERY, answers, excerpt, words_of
from crm.views import navigation, web
from crm.views.navigation import Entry

views = Blueprint("search", __name__)

MOST_ON_PAGE, MOST_IN_PALETTE, MOST_RECENT = 8, 5, 8
RECORDS = {  # the page of a record, and its key in the address
    "projects.show": (Found.PROJECT, "project_id"),
    "companies.show": (Found.COMPANY, "company_id"),
    "activities.show": (Found.ACTIVITY, "activity_id"),
    "meetings.show": (Found.MEETING, "meeting_id"),
}
LISTS = {
    Found.PROJECT: ("projects.index", "building-factory-2"),
    Found.COMPANY: ("companies.index", "building"),
    Found.CONTACT: ("", "user"),
    Found.ACTIVITY: ("activities.index", "messages"),
    Found.MEETING: ("meetings.index", "calendar-event"),
}


@views.get("/search")
def index() -> Response:
    """What holds the words, kind by kind, with the words marked."""
    query, words = _asked()
    groups = queries.search(web.session(), web.actor(), words, web.now(), MOST_ON_PAGE) if words else []
    return web.page(
        "search/index.html", groups=groups, details=queries.details(web.session(), groups), **_shown(query, words)
    )


@views.get("/palette")
def palette() -> Response:
    """What the palette lists: hits, pages and deeds by the words; without words what was opened lately."""
    query, words = _asked()
    session, actor, now = web.session(), web.actor(), web.now()
    return web.page(
        "search/_palette.html",
        groups=queries.search(session, actor, words, now, MOST_IN_PALETTE) if words else [],
        recent=[] if words else queries.recent(session, actor, now, MOST_RECENT),
        deeds=_answering(navigation.making(actor), words),
        places=_answering(navigation.going(actor), words),
        **_shown(query, words),
    )


@views.post("/visits")
@web.by_key
def visit() -> Response:
    """A record's page was opened: sent by the page itself, so that reading stays reading."""
    kind, row_id = Found.known(request.form.get("kind", "")), request.form.get("row_id", 0, type=_key)
    if kind not in queries.VISITED_KINDS or not row_id:
        raise NotFound
    visits.record(web.session(), web.actor(), kind, row_id, web.now())
    web.session().commit()
    return Response(status=204)


def _key(typed: str) -> int:
    """A key of a row; ValueError for anything else."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise ValueError(typed)
    return int(typed)


def visited() -> str:
    """The record whose page is asked for, as the page notes it: `project:12`, or nothing."""
    kind, argument = RECORDS.get(request.endpoint or "", (None, ""))
    return f"{kind.value}:{(request.view_args or {}).get(argument)}" if kind else ""


def _asked() -> tuple[str, list[str]]:
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    return query, words_of(query)


def _shown(query: str, words: list[str]) -> dict[str, Any]:
    return {
        "query": query,
        "pieces": lambda text, width=80: excerpt(text, words, width),
        "address": _address,
        "lists": LISTS,
    }


def _address(hit: Hit) -> str:
    """The page that shows a hit: a contact's is the company's, an agenda item's the meeting's."""
    kind = {Found.CONTACT: Found.COMPANY, Found.AGENDA: Found.MEETING}.get(hit.kind, hit.kind)
    endpoint, argument = next((page, name) for page, (of, name) in RECORDS.items() if of is kind)
    return url_for(endpoint, **{argument: hit.page_id})  # type: ignore[arg-type]


def _answering(entries: Iterable[Entry], words: list[str]) -> list[Entry]:
    return [entry for entry in entries if answers(str(entry.name), words)]
