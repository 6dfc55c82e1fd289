"""What every view needs of the request: who, when, one visible row, a page or its fragment."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy import Select
from sqlalchemy.orm import Session

from crm.clock import Clock
from crm.config import Config
from crm.errors import NotFound
from crm.extensions import db
from crm.policy import Actor
from crm.queries import settings as office
from crm.replica import Replica
from crm.rules.limits import Limits
from crm.rules.settings import Settings
from crm.views import memory

T = TypeVar("T")
P = ParamSpec("P")
WROTE_AT = "wrote_at"  # in the cookie, so that every server of several knows it


def session() -> Session:
    """The request's database session."""
    return cast(Session, db.session())


def replica() -> Replica | None:
    """The server to read figures, reports and exports from, if there is one beside the primary."""
    return cast("Replica | None", current_app.extensions["crm_replica"])


def read_elsewhere(work: Callable[[], T]) -> T:
    """What `work` reads, from the replica where one may be used; from the primary for who wrote a moment ago."""
    server = replica()
    if server is None or wrote_lately():
        return work()
    return server.read(work, session().rollback)


def wrote_lately() -> bool:
    """Whether this person wrote something a moment ago, which a replica may not have yet."""
    server = replica()
    return server is not None and time.time() - cookie.get(WROTE_AT, 0) < server.lag_seconds


def elsewhere(view: Callable[P, T]) -> Callable[P, T]:
    """A view that only reads and may read from the replica; the route's decorator stands above it."""

    @wraps(view)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        return read_elsewhere(lambda: view(*args, **kwargs))

    return reading


def by_key(view: Callable[P, T]) -> Callable[P, T]:
    """A view whose statements find rows by their keys: PostgreSQL may keep their plans (crm/db.py); stands below the route."""
    view.asks_by_key = True  # type: ignore[attr-defined]
    return view


def asks_by_key() -> bool:
    """Whether the view of this request is one of those."""
    return hasattr(current_app.view_functions.get(request.endpoint or ""), "asks_by_key")


def remember_writing() -> None:
    """Note in the cookie that this person has just written: what follows at once is read from the primary."""
    if replica() is not None:
        cookie[WROTE_AT] = int(time.time())


def config() -> Config:
    """The configuration the application was made with."""
    return cast(Config, current_app.extensions["crm_config"])


def clock() -> Clock:
    """The application's clock."""
    return cast(Clock, current_app.extensions["crm_clock"])


def today() -> date:
    """The present day in China."""
    return clock().today()


def now() -> datetime:
    """The present instant, UTC, the same throughout one request."""
    if "crm_now" not in g:
        g.crm_now = clock().now()
    return cast(datetime, g.crm_now)


def settings() -> Settings:
    """The office's settings; read once in a request, and by one that only reads as they were up to a minute ago."""
    if "crm_settings" not in g:
        g.crm_settings = memory.remembered("settings", lambda: office.current(session()))
    return cast(Settings, g.crm_settings)


def limits() -> Limits:
    """How long things may rest, as the office has it."""
    return settings().limits


def actor() -> Actor:
    """The person who asks; only called behind the default-deny gate."""
    return cast(Actor, g.actor)


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""


def one(rows: Select[T]) -> T:
    """The one row, or NotFound: what is not visible and what does not exist answer alike."""
    row = session().scalars(rows).unique().one_or_none()
    if row is None:
        raise NotFound
    return row


def wants_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page, never cached: it shows what this person may see now."""
    response = make_response(render_template(template, **context), status)
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Vary", "HX-Request")
    return response


def see_other(endpoint: str, **values: Any) -> Response:
    """After a write: 303 to where its effect is seen."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))


def safe_target(target: str | None) -> str | None:
    """An address within this application to go back to; anything that leads elsewhere is dropped."""
    if not target or not target.isprintable():  # browsers skip tabs and line breaks, headers refuse them
        return None
    # Browsers take a backslash for a slash, and any number of leading slashes for the two before a host.
    plain = target.replace("\\", "/")
    inside = plain.startswith("/") and not plain.startswith("//") and not urlsplit(plain).netloc
    return target if inside else None


def name_file(response: Response, disposition: str, filename: str) -> None:
    """Say what the file is called and whether it is shown ("inline") or kept ("attachment").

    Headers are Latin-1: an old client gets a plain name with the right ending, all others the real one (RFC 5987).
    """
    ending = filename.rpartition(".")[2]
    plain = f"download.{ending}" if ending.isascii() and ending.isalnum() else "download"
    encoded = {"filename": plain, "filename*": f"UTF-8''{quote(filename, safe='')}"}
    response.headers.set("Content-Disposition", disposition, **encoded)


def download(data: bytes, filename: str, media_type: str) -> Response:
    """A file with its Chinese name (RFC 5987), never shown inside the page and never sniffed."""
    response = make_response(data)
    response.headers["Content-Type"] = media_type
    name_file(response, "attachment", filename)
    response.headers["Cache-Control"] = "no-store"
    return response
