"""Statements compiled once: the same rows as the ordinary way, for every reader and filter, with nobody else's values."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import Stage
from crm.models import ProjectMember
from crm.queries import compiled, frame, keyset, project_list, saved_views
from crm.queries.project_columns import order_of
from crm.queries.project_filters import ProjectFilter, View, matching
from crm.queries.project_list import Asked
from tests import factories as make
from tests.conftest import CAST, TODAY


@pytest.fixture
def register(session, officer, other_officer):
    found = [
        make.make_project(session, "霁澜减速器项目", lead=officer, total_yuan=5_000_000_000),
        make.make_project(session, "青禾载板项目", lead=other_officer, total_yuan=None),
        make.make_project(session, "涉密光学项目", lead=other_officer, is_secret=True, total_yuan=100),
        make.make_project(session, "恒曜储能项目", lead=other_officer, total_yuan=100, stage=Stage.SIGNED),
    ]
    session.commit()
    return found


@pytest.mark.parametrize("login", CAST)
def test_every_reader_gets_the_rows_of_the_ordinary_statement(session, acting, request, register, officer, login):
    actor = acting(request.getfixturevalue(login))
    filters = (
        ProjectFilter(),
        ProjectFilter(lead_id=officer.id),
        ProjectFilter(View.EVERY, words="项目"),
        ProjectFilter(words="jsq"),
        ProjectFilter(words="100%"),
        ProjectFilter(least_yuan=100, stage=Stage.SIGNED),
        ProjectFilter(View.MINE, unit_id=officer.unit_id),
    )
    for wanted in filters:
        asked = Asked(actor, wanted, TODAY)
        plain = {key for (key,) in session.execute(matching(actor, wanted, TODAY))}
        page = project_list.page_of(session, asked, ("-total",), keyset.Place(), 50)
        assert {row.id for row in page.rows} == plain
        assert project_list.totals_of_most(session, asked).count == len(plain)


def test_pages_of_one_go_through_the_blanks_and_back(session, acting, statistician, register):
    asked, seen, after = Asked(acting(statistician), ProjectFilter(), TODAY), [], ""
    order = order_of(("-total",))
    while True:
        page = project_list.page_of(session, asked, ("-total",), keyset.place(after, "", order), 1)
        seen += [row.total_yuan for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert seen == [5_000_000_000, 100, None]
    back = project_list.page_of(session, asked, ("-total",), keyset.place("", keyset.END, order), 2)
    assert [row.total_yuan for row in back.rows] == [100, None]


def test_values_are_never_kept_with_the_text(session, acting, officer, other_officer, register):
    for person in (officer, other_officer, officer):
        asked = Asked(acting(person), ProjectFilter(View.MINE), TODAY)
        page = project_list.page_of(session, asked, ("-total",), keyset.Place(), 50)
        names = {row.name for row in page.rows}
        assert ("涉密光学项目" in names) == (person is other_officer)


def test_the_text_is_made_once(session, acting, officer, other_officer, register, monkeypatch):
    made = []
    original = compiled._compiled
    monkeypatch.setattr(compiled, "_compiled", lambda *given: made.append(1) or original(*given))
    compiled._kept.clear()
    for person in (officer, other_officer, officer):
        frame.counts(session, acting(person), date(2022, 10, 20))
        saved_views.of_page(session, acting(person), "projects.index")
    assert len(made) <= 3  # the frame's two and the views'


def test_who_leads_stands_beside_the_project(session, officer, other_officer, register):
    project = register[0]

    def lead():
        session.flush()
        session.refresh(project, ["lead_id"])
        return project.lead_id

    assert lead() == officer.id
    member = session.query(ProjectMember).filter_by(project_id=project.id).one()
    member.to_on = date(2022, 10, 1)
    assert lead() is None
    member.to_on, member.user_id = None, other_officer.id
    assert lead() == other_officer.id
    session.delete(member)
    assert lead() is None
