"""What stands around a page is printed once for each way it can look: nobody gets the other's name, counts, place or language."""

from __future__ import annotations

import re

from flask import g

from crm.choices import NoticeKind
from crm.models import Notice
from crm.queries import frame
from crm.views import chrome
from tests import factories as make


def _rail(page):
    return page[page.index('<aside class="rail"') : page.index("</aside>")]


def _top(page):
    return page[page.index('<header class="topbar">') : page.index("</header>")]


def test_two_of_a_role_share_the_menu_and_not_the_bar(session, client_for, officer, other_officer):
    other = other_officer
    session.add(Notice(user_id=other.id, kind=NoticeKind.MENTION, key="k", text="看一下", at=make.NOW))
    session.flush()
    mine, theirs = (client_for(person).get("/projects").text for person in (officer, other))
    assert _rail(mine) == _rail(theirs)
    assert officer.name in _top(mine) and officer.name not in _top(theirs)
    assert "1 条未读" in _top(theirs) and "条未读" not in _top(mine)


def test_the_menu_says_where_one_is(client_for, officer, statistician):
    here = re.compile(r'href="([^"]*)"[^>]*aria-current="page"')
    client = client_for(officer)
    assert here.findall(_rail(client.get("/projects").text)) == ["/projects"]
    assert here.findall(_rail(client.get("/activities").text)) == ["/activities"]
    assert "/claims" in _rail(client_for(statistician).get("/projects").text)
    assert "/claims" not in _rail(client.get("/projects").text)


def test_each_language_has_its_own(client_for, officer):
    client = client_for(officer)
    chinese = client.get("/projects").text
    with client.session_transaction() as cookie:
        cookie["language"] = "en"
    english = client.get("/projects").text
    assert "月度简报" in _rail(chinese) and "月度简报" not in _rail(english)
    assert _top(english) != _top(chinese)


def test_what_waits_is_part_of_how_it_looks(app, acting, officer):
    with app.test_request_context("/projects"):
        g.actor = acting(officer)
        quiet, busy = (chrome.rail(frame.Counts(late=late)) for late in (0, 7))
    assert "count-late" not in quiet and ">7<" in busy


def test_only_so_many_are_kept(app, acting, officer):
    with app.test_request_context("/projects"):
        g.actor = acting(officer)
        for late in range(chrome.MOST_KEPT + 20):
            chrome.top(late)
        assert len(app.extensions["crm_chrome"]) == chrome.MOST_KEPT


def test_a_row_is_printed_anew_when_it_changed(session, client_for, officer):
    project = make.make_project(session, name="改名前", lead=officer)
    session.flush()
    client = client_for(officer)
    assert "改名前" in client.get("/projects").text
    project.name = "改名后"
    session.flush()
    page = client.get("/projects").text
    assert "改名后" in page and "改名前" not in page
