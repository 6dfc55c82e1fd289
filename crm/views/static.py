"""Static files as the application itself serves them: packed, and kept by the browser for as long as their name is theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, make_response, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join

from crm.assets import Assets
from crm.errors import NotFound

A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
NEVER = "no-cache"


class Cookies(SecureCookieSessionInterface):
    """A session's cookie is renewed by every page, but stands on no answer that others may be given from a cache."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Put the cookie on the answer."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def serve_static(app: Flask) -> None:
    """Hang the files of crm/static into the application, under their names with digests."""
    app.extensions["crm_assets"] = assets = Assets(Path(app.root_path) / "static")
    app.session_interface = Cookies()
    app.add_url_rule("/static/<path:filename>", "static", _static)

    def name(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = assets.versioned(values["filename"])

    app.url_defaults(name)


def _static(filename: str) -> Response:
    assets = cast(Assets, current_app.extensions["crm_assets"])
    name, asked = assets.plain(filename)
    asset = assets.find(name) if safe_join("", name) else None
    if asset is None:
        raise NotFound
    answer = (
        _packed(asset.packed, asset.digest, name) if asset.packed and request.accept_encodings.quality("gzip") else None
    )
    answer = answer or send_from_directory(assets.folder, name, etag=asset.digest, conditional=True)
    # A vendor's style sheet asks for its font with the vendor's version behind it.
    named = asked == asset.digest or (not asked and name.startswith("vendor/") and bool(request.query_string))
    answer.headers["Cache-Control"] = A_YEAR if named else NEVER if asked else AN_HOUR
    if asset.packed:
        answer.headers["Vary"] = "Accept-Encoding"
    return answer


def _packed(data: bytes, digest: str, name: str) -> Response:
    answer = make_response(data)
    answer.mimetype = _kind(name)
    answer.headers["Content-Encoding"] = "gzip"
    answer.set_etag(f"{digest}-gz")
    return cast(Response, answer.make_conditional(request.environ))


def _kind(name: str) -> str:
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}
    return kinds.get(Path(name).suffix, "text/plain")
