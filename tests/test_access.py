"""Default deny, walked over the whole URL map, and the headers every answer carries."""

from __future__ import annotations

import re

import pytest

from crm.app import CONTENT_POLICY, PUBLIC
from tests import factories as make


def addresses(app):
    """(endpoint, method, address) of every route; arguments are filled with something plausible."""
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<int:[^>]+>", "1", rule.rule)
        address = re.sub(r"<(?:\w+:)?month[^>]*>", "2022-09", address)
        address = re.sub(r"<[^>]+>", "x", address)
        for method in rule.methods & {"GET", "POST"}:
            yield rule.endpoint, method, address


def test_a_stranger_gets_nowhere(app, client_for):
    client = client_for(None)
    for endpoint, method, address in addresses(app):
        if endpoint in PUBLIC:
            continue
        answer = client.open(address, method=method) if method == "GET" else client.post(address)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"), (endpoint, method)


def test_htmx_is_sent_to_the_sign_in_page_whole(client_for):
    answer = client_for(None).get("/me", headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer.headers["HX-Redirect"].startswith("/sign-in")


def test_every_address_answers_every_role_without_a_fault(app, session, client_for):
    """On an almost empty database each page is a page, or refused (403), or not there (404): never a 500."""
    for login in (
        "officer",
        "team_lead",
        "statistician",
        "coordinator",
        "agent",
        "liaison",
        "leader",
        "admin",
        "auditor",
    ):
        client = client_for(make.person(session, login))
        for endpoint, method, address in addresses(app):
            if method == "GET" and endpoint not in {"static"}:
                assert client.get(address).status_code in (200, 302, 303, 403, 404, 422), (login, endpoint)


def test_an_unknown_address_is_a_page_with_a_way_back(client_for, officer):
    answer = client_for(officer).get("/no-such-page")
    assert answer.status_code == 404 and "没有找到" in answer.text and 'href="/"' in answer.text


@pytest.mark.parametrize("address", ["/sign-in", "/me", "/no-such-page", "/static/css/crm.css"])
def test_security_headers_stand_on_every_answer(client_for, officer, address):
    with client_for(officer).get(address) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == CONTENT_POLICY
    assert "unsafe-eval" not in CONTENT_POLICY and "script-src 'self';" in CONTENT_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_pages_are_not_cached(client_for, officer):
    assert client_for(officer).get("/me").headers["Cache-Control"] == "no-store"


def test_cookies_are_closed_to_scripts(client_for, session, officer):
    answer = client_for(None).get("/sign-in")
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]
