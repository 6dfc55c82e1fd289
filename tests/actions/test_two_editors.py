"""Two people saving one record in the same second: real threads, real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions import activities, companies, projects
from crm.actions.two_editors import EditClash
from crm.choices import ActivityKind, CompanyClass
from crm.models import Activity, Company, CompanyClassMark, Project
from crm.queries import activities as activity_queries
from crm.queries.projects import visible_to
from crm.queries.row_history import last_change_id
from crm.rules.activities import ActivityDraft
from crm.rules.companies import CompanyDraft
from tests import factories as make


def both(session, save, mine, theirs):
    """Both at once, each in a transaction of its own: the names of those who were asked."""
    session.commit()
    start = Barrier(2, timeout=60)

    def one(values):
        with Session(session.get_bind()) as own:
            start.wait()
            try:
                save(own, values)
            except EditClash as clash:
                return [dispute.column for dispute in clash.disputes]
            own.commit()
            return []

    with ThreadPoolExecutor(2) as pool:
        asked = list(pool.map(one, (mine, theirs)))
    session.expire_all()
    return asked


@pytest.fixture
def save_project(session, acting, officer, now):
    project = make.make_project(session, lead=officer, land_mu=Decimal(80), content="一期")
    actor, key, seen = acting(officer), project.id, last_change_id(session, project)
    shown = {"land_mu": project.land_mu, "content": project.content, "site": project.site}

    def save(own, values):
        row = own.scalars(visible_to(actor).where(Project.id == key)).one()
        projects.edit(own, actor, row, {**shown, **values}, seen, now)

    return save


def test_different_fields_lose_nothing(session, save_project):
    asked = both(session, save_project, {"land_mu": Decimal(86)}, {"content": "一期、二期"})
    project = session.scalars(select(Project)).one()
    assert (asked, project.land_mu, project.content) == ([[], []], Decimal(86), "一期、二期")


def test_of_the_same_field_one_is_asked(session, save_project):
    asked = both(session, save_project, {"land_mu": Decimal(86)}, {"land_mu": Decimal(90), "site": "B-12"})
    assert sorted(asked) == [[], ["land_mu"]]
    assert session.scalars(select(Project.land_mu)).one() == (86 if asked[1] else 90)


def test_touchpoints_alike(session, acting, officer, now):
    project = make.make_project(session, lead=officer)
    activity = make.make_activity(session, project, by=officer, summary="谈了供地。")
    actor, key, seen = acting(officer), activity.id, last_change_id(session, activity)
    shown = ActivityDraft(
        ActivityKind.TALK, activity.happened_at, project_ids=(project.id,), summary="谈了供地。", next_on=now.date()
    )
    session.commit()

    def save(own, values):
        row = own.scalars(activity_queries.whole(actor).where(Activity.id == key)).unique().one()
        activities.edit(own, actor, row, replace(shown, **values), seen, now)

    assert both(session, save, {"place": "302"}, {"their_side": "罗映川"}) == [[], []]
    assert session.execute(select(Activity.place, Activity.their_side)).one() == ("302", "罗映川")
    assert sorted(both(session, save, {"summary": "谈了用电。", "place": "302"}, {"summary": "谈了能耗。"})) == [
        [],
        ["summary"],
    ]


def test_companies_alike(session, acting, statistician):
    company = make.make_company(session, "澜芯演示公司", origin=None, province="", city="")
    actor, key, seen = acting(statistician), company.id, last_change_id(session, company)
    shown = CompanyDraft("澜芯演示公司")

    def save(own, values):
        row = own.get(Company, key)
        companies.edit(own, actor, row, replace(shown, **values), seen, shown=frozenset())

    mine, theirs = (
        {"intro": "做减速器", "classes": {CompanyClass.LISTED}},
        {"city": "三亚市", "classes": {CompanyClass.GAZELLE}},
    )
    assert both(session, save, mine, theirs) == [[], []]
    assert session.execute(select(Company.intro, Company.city)).one() == ("做减速器", "三亚市")
    assert set(session.scalars(select(CompanyClassMark.company_class))) == {CompanyClass.LISTED, CompanyClass.GAZELLE}
    assert sorted(both(session, save, {"short_name": "澜芯"}, {"short_name": "澜芯演示"})) == [[], ["short_name"]]
