"""Lists paged by key: going on and back through the real pages meets every row once, and the count that stops says so."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import insert

from crm.choices import ClaimKind, ClaimState, Currency
from crm.models import AuditEvent, Claim, ExchangeRate, ImportBatch
from tests import factories as make

ROWS, SIZE = 110, 50


def _events(session, person, count):
    rows = [{"at": make.NOW - timedelta(minutes=n // 3), "kind": "export", "detail": f"第{n}次"} for n in range(count)]
    session.execute(insert(AuditEvent), [{"by_id": person.id, "request_id": "", **row} for row in rows])


def _claims(session, person, count):
    project = make.make_project(session, lead=person)
    rows = [
        {"happened_on": date(2022, 9, 1), "reported_at": make.NOW - timedelta(minutes=n // 3)} for n in range(count)
    ]
    given = {
        "project_id": project.id,
        "kind": ClaimKind.ARRIVAL,
        "state": ClaimState.REPORTED,
        "note": "",
        "reason": "",
    }
    session.execute(insert(Claim), [{**given, **row, "reported_by_id": person.id} for row in rows])


def _rates(session, _person, count):
    rows = [
        {"currency": currency, "rate_on": date(2022, 9, 1) - timedelta(days=n // 2), "rate": 7, "source": ""}
        for n, currency in zip(range(count), [Currency.USD, Currency.EUR] * count, strict=False)
    ]
    session.execute(insert(ExchangeRate), rows)


def _deleted(session, person, count):
    for n in range(count):
        make.make_project(session, name=f"第{n}号", lead=person, deleted_at=make.NOW - timedelta(minutes=n // 3))


def _batches(session, person, count):
    given = {
        "filename": "x.xlsx",
        "size_bytes": 1,
        "digest": "0",
        "options": {},
        "counts": {},
        "uploaded_by_id": person.id,
    }
    rows = [{**given, "uploaded_at": make.NOW - timedelta(minutes=n // 3)} for n in range(count)]
    session.execute(insert(ImportBatch), rows)


LISTS = {
    "log": ("admin", "/log", r"第(\d+)次</span>", _events),
    "claims": ("statistician", "/claims", r'href="/claims/(\d+)"', _claims),
    "rates": ("statistician", "/settings/rates", r"<tr><th[^>]*>([\d-]+)</th><td[^>]*>([^<]+)<", _rates),
    "trash": ("statistician", "/trash", r'title="第(\d+)号"', _deleted),
    "imports": ("statistician", "/imports", r'main-link" href="/imports/(\d+)"', _batches),
}


def _turn(page, which):
    found = re.search(rf'href="([^"]*)" rel="{which}"', page)
    return unescape(found.group(1)) if found else None


@pytest.mark.parametrize("name", LISTS)
def test_every_row_is_met_once_going_on_and_back(session, client_for, officer, name):
    login, address, row, fill = LISTS[name]
    fill(session, officer, ROWS)
    client = client_for(make.person(session, login))
    pages = []
    while address:
        page = client.get(address).text
        pages.append(re.findall(row, page))
        last, address = address, _turn(page, "next")
    assert [len(found) for found in pages] == [SIZE, SIZE, ROWS - 2 * SIZE]
    met = [key for found in pages for key in found]
    assert len(set(met)) == ROWS
    before = client.get(_turn(client.get(last).text, "prev")).text
    assert re.findall(row, before) == pages[1]
    assert re.findall(row, client.get(_turn(before, "prev")).text) == pages[0]


def test_a_count_stops_and_says_so(session, client_for, officer, admin, statistician):
    _events(session, officer, 1_005)
    _claims(session, officer, 1_005)
    assert "共 1,000+ 条" in client_for(admin).get("/log").text
    page = client_for(statistician).get("/claims").text
    assert "全部 1,000+" in page and "到位资金 1,000+" in page and "共 1,000+ 条" in page
