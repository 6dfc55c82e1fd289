"""Addresses made of a pattern are those that Flask makes."""

from __future__ import annotations

import flask
import pytest
from werkzeug.routing import BuildError

from crm.views import addresses

ASKED = [
    ("projects.show", {"project_id": 12}),
    ("projects.show", {"project_id": 100_000, "_anchor": "timeline"}),
    ("projects.show", {"project_id": 3, "show": "talks", "edge": None}),
    ("projects.index", {"stage": "在谈", "q": "50% of"}),
    ("lifecycle.move", {"project_id": 7, "slug": "signed"}),
    ("plans.show", {"year": 2022, "project_id": 5, "_anchor": "edit"}),
    ("claims.new", {"project_id": 1, "kind": "contract", "instead": 9}),
    ("activities.edit", {"activity_id": 4, "done": 1, "next": "/projects/4#timeline"}),
    ("files.show", {"file_id": 0}),
    ("projects.index", {"page": -1}),
    ("projects.index", {"q": "长" * 80}),
    ("projects.index", {"ids": [1, 2]}),
    ("projects.index", {"yes": True}),
    ("projects.index", {"number": 1_000_000_007, "word": "1000000007"}),
    ("projects.show", {"project_id": 3, "_external": True}),
    ("static", {"filename": "css/crm.css"}),
]


@pytest.mark.parametrize("root", ["", "/crm"])
@pytest.mark.parametrize(("endpoint", "values"), ASKED)
def test_as_flask_makes_them(app, root, endpoint, values):
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        for _ in range(2):
            assert addresses.url_for(endpoint, **values) == flask.url_for(endpoint, **values)


def test_each_number_is_its_own(app):
    with app.test_request_context("/"):
        found = [addresses.url_for("projects.show", project_id=number) for number in (1, 22, 333)]
    assert found == ["/projects/1", "/projects/22", "/projects/333"]


def test_only_so_many_are_kept(app, monkeypatch):
    monkeypatch.setattr(addresses, "MOST_KEPT", 3)
    with app.test_request_context("/"):
        for word in "abcdefgh":
            assert addresses.url_for("projects.index", q=word) == f"/projects?q={word}"
            assert len(addresses._kept) <= 3


def test_what_is_no_page_is_refused_as_ever(app):
    with app.test_request_context("/"), pytest.raises(BuildError):
        addresses.url_for("nowhere.at_all")
