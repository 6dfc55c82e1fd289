"""A PDF shown inside a page of ours: the one answer that may stand in a frame, and in a frame of ours alone."""

from __future__ import annotations

from flask import Blueprint, Response, make_response
from sqlalchemy import select

from crm import policy, storage
from crm.errors import NotFound
from crm.models import Attachment
from crm.policy import Act
from crm.rules.files import PDF
from crm.views import web

views = Blueprint("previews", __name__)
# Browsers open a PDF in a viewer of their own, outside the page's origin; a sandbox would keep them from it. Everything else
# is closed: no scripts, no requests, and only we may frame it.
FRAMED = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@views.get("/files/<int:file_id>/preview")
def pdf(file_id: int) -> Response:
    """The PDF, for the frame under its name; by the right to see its project. Other kinds are not framed."""
    visible = policy.rows(web.actor(), Act.SEE_PROJECT, Attachment)
    file = web.one(select(Attachment).where(Attachment.id == file_id, visible))
    if file.media_type != PDF:
        raise NotFound
    response = make_response(storage.load(web.config().files_dir, file.digest))
    response.headers["Content-Type"] = PDF
    web.name_file(response, "inline", file.filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
