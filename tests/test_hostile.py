"""Whatever is typed, sent or asked for: an answer in words, never a fault, never markup or formulas made of what was typed."""

from __future__ import annotations

import io
import re
import traceback
from dataclasses import replace
from html import unescape
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from flask import got_request_exception

from crm.choices import MemberRole
from crm.models import ImportBatch, ImportRow
from tests import factories as make
from tests.hanging import PHONE, everything_about, investment
from tests.walking import addresses

ROLES = (
    "officer", "other_officer", "team_lead", "statistician", "coordinator", "agent", "liaison", "leader", "admin", "auditor",
)  # fmt: skip
MARKUP = "'\"><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://x")'
# In addresses, as bytes: what browsers, tools and attackers send.
ASKED = [
    text if isinstance(text, bytes) else text.encode()
    for text in (
        "", "abc", "-1", "0", "1e9", "999999999999999999999999", "2147483648", "9223372036854775808", "2022-13", "9999-12",
        "1900-01", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "绝\x00密",
        b"\xed\xa0\x80", b"\xff\xfe", MARKUP, FORMULA, "长" * 3000, "NaN", "-Infinity", "1e400", "²", "٣", "%", "_", "\\",
        "//evil.test", "a\r\nSet-Cookie: x=1", "../../etc/passwd", "{{7*7}}", "all", "1",
    )
]  # fmt: skip
# In fields of forms.
TYPED = (
    "", "abc", "-1", "1e400", "NaN", "1e-400", "9999999999999", "999999999999999999999999", "2147483648",
    "9223372036854775808", "0001-01-01", "9999-12-31", "2100-12-31", "1980-01-01", "2022-10-10T25:00", "2100-12-31T23:59",
    "绝\x00密", "\x00", "²", "٣", "长" * 10_001, "长" * 200, MARKUP, FORMULA, "a\r\nb", "-5", "0", "0.001", "1", "2",
)  # fmt: skip


@pytest.fixture
def served(app, monkeypatch):
    """The application as a server runs it: a fault is an answer (500), it does not come up to the test."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.fixture
def keys(app, session, client_for, served):
    """The keys of a project led by the officer and of all that hangs on it; every text of it is markup."""
    officer = make.person(session, "officer")

    def say(what):
        return f"{MARKUP}{what}"

    project = investment(session, officer, say)
    make.make_member(session, project, make.person(session, "agent"), MemberRole.AGENT)
    folder = app.extensions["crm_config"].files_dir
    found, *_rest = everything_about(session, folder, project, officer, make.person(session, "team_lead"), say)
    session.commit()
    return found | _ledger(client_for(make.person(session, "statistician")), session)


def _ledger(client, session):
    """The keys of an uploaded ledger and of a row of it."""
    lines = [
        "项目名称,投资方,总投资（亿元）,签约日期,联系电话",
        f'"{FORMULA}乙",某演示公司,2.5,2022-09-01,{PHONE}',
        "丙\u200b项目,,abc,,",
    ]
    client.post("/imports", data={"file": (io.BytesIO("\r\n".join(lines).encode()), f"{MARKUP}台账.csv")})
    batch = session.query(ImportBatch).one()
    client.post(f"/imports/{batch.id}/read")
    return {"batch_id": batch.id, "row_id": session.query(ImportRow.id).filter_by(batch_id=batch.id).first()[0]}


def _parameters():
    """The names of all arguments that views read from addresses."""
    reads = r'(?:args\.get|values\.get|word|number|day|_number)\(\s*"(\w+)"|"(\w+)" in request'
    source = "".join(path.read_text() for path in Path("crm/views").glob("*.py"))
    return sorted({first or second for first, second in re.findall(reads, source)} | {"page", "sort", "month"})


def _queries(first, step):
    """Arguments of an address: each name gets another value in each of them, so that in time all meet all."""
    names = _parameters()
    for shift in range(first % step, len(ASKED), step):
        values = islice(cycle(ASKED), shift, shift + len(names))
        pairs = [f"{name}={quote_from_bytes(value)}" for name, value in zip(names, values, strict=True)]
        yield "&".join(pair for pair in pairs if not pair.startswith("month="))


def test_the_arguments_of_addresses_are_known():
    assert {"q", "page", "sort", "month", "state", "from", "to", "before", "next", "least", "signed"} <= set(
        _parameters()
    )


@pytest.mark.parametrize("login", ROLES)
def test_no_address_is_a_fault(app, client_for, session, keys, login):
    client = client_for(make.person(session, login))
    faults = []
    for number, address in enumerate(addresses(app, keys)):
        if "GET" not in address.methods or client.get(address.path).status_code == 403:
            continue
        for query in _queries(
            number + ROLES.index(login), 40 if address.names_a_row or ".xlsx" in address.path else 12
        ):
            path = f"{address.path}?{query}"
            answer = _answer(faults, client.get, path)
            faults += [(path, wrong) for wrong in _wrongs(answer)]
    assert not faults, "\n".join(f"{path[:600]} {wrong}" for path, wrong in faults)


@pytest.mark.parametrize("path", ["/figures", "/figures/signed_count", "/cockpit", "/projects"])
def test_no_month_is_a_fault(client_for, statistician, path):
    client, faults = client_for(statistician), []
    for value in ASKED:
        _answer(faults, client.get, f"{path}?month={quote_from_bytes(value)}&signed={quote_from_bytes(value)}")
    assert not faults


def _answer(faults, ask, path, **sent):
    """The answer; a fault gets a line among the faults that says where it was."""
    caught = []
    with got_request_exception.connected_to(lambda _app, exception: caught.append(exception), ask.__self__.application):
        answer = ask(path, **sent)
    for fault in caught:
        at = [frame for frame in traceback.extract_tb(fault.__traceback__) if "/crm/" in frame.filename][-1:]
        faults.append((path, f"{fault!r:.150} {sent!r:.300} {at}"))
    return answer


def _wrongs(answer):
    """What no answer may do: hold what was typed as markup, or lead out of the application."""
    if answer.mimetype == "text/html" and b"<img src=x" in answer.data:
        yield "markup"
    target = answer.headers.get("Location", "/")
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        yield f"leads to {target}"


# ------------------------------------------------------------------------------------------------------------------- forms

WRITERS = ("officer", "team_lead", "coordinator", "statistician", "admin", "leader", "agent")


def _writer(client_for, session, address):
    """Somebody who may use the form, and its fields as the page offers them."""
    for login in WRITERS:
        client = client_for(make.person(session, login))
        page = client.get(address.path) if "GET" in address.methods else None
        if page is None or page.status_code == 200:
            return client, _fields(page.text if page else "")
    return client, {}


def _fields(page):
    """Name -> value of every field of the page's forms; of a choice the first that is offered."""
    found = {}
    for name, tag in re.findall(r'<(?:input|textarea|select|button)\b[^>]*?\bname="([^"]+)"([^>]*)>', page):
        value = re.search(r'value="([^"]*)"', tag)
        found.setdefault(unescape(name), unescape(value[1]) if value else "")
    for name, options in re.findall(r'(?s)<select\b[^>]*?\bname="([^"]+)"[^>]*>(.*?)</select>', page):
        offered = [value for value in re.findall(r'value="([^"]*)"', options) if value]
        found[unescape(name)] = unescape(offered[0]) if offered else ""
    found.pop("csrf_token", None)
    return found


def _bodies(fields, number):
    """Nothing; one thing wrong among what is right, another one in each field; everything wrong in the same way."""
    yield {}
    names = [name for name in fields if not name.startswith("csrf")] or ["note", "reason", "version"]
    for shift in range(number % 3, len(TYPED), 3):
        values = islice(cycle(TYPED), shift, shift + len(names))
        yield {
            name: value if place % 3 == shift // 3 % 3 else fields.get(name, "")
            for place, (name, value) in enumerate(zip(names, values, strict=True))
        }
    for typed in TYPED[number % 4 :: 4]:
        yield dict.fromkeys(names, typed)


def test_no_form_is_a_fault(app, session, client_for, keys):
    faults = []
    for number, address in enumerate(addresses(app, keys)):
        if "POST" not in address.methods or address.endpoint in ("account.sign_in",):
            continue
        path = f"{address.path}?kind=signing" if address.endpoint == "claims.new" else address.path
        client, fields = _writer(client_for, session, replace(address, path=path))
        for body in _bodies(fields, number):
            answer = _answer(faults, client.post, path, data=body)
            faults += [(path, wrong) for wrong in _wrongs(answer)]
    # Whatever was taken in must not break the pages that show it.
    client = client_for(make.person(session, "statistician"))
    for address in addresses(app, keys):
        if "GET" in address.methods:
            answer = _answer(faults, client.get, address.path)
            faults += [(address.path, wrong) for wrong in _wrongs(answer)]
    assert not faults, "\n".join(f"{path} {wrong}" for path, wrong in faults)
