"""Key projects: lists and plans, kept by the statistician."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.choices import KeyList, Stage
from crm.models import AnnualPlan, Listing
from tests import factories as make
from tests.actions.ready import make_ready


@pytest.fixture
def project(session, officer):
    return make_ready(session, officer, Stage.PREPARATION)


LISTING = {"listing-year": "2022", "listing-key_list": "city", "listing-listing_class": "new"}
PLAN = {"planned_yuan": "1.2", "goal": "主体封顶"}


def test_a_project_goes_on_several_lists_once_each_and_off_again(session, client_for, statistician, project, today):
    client, address = client_for(statistician), f"/projects/{project.id}/listings"
    assert client.post(address, data=LISTING).status_code == 303
    again = client.post(address, data=LISTING)
    assert (again.status_code, "项目已在2022年“市重点”清单上" in again.text) == (422, True)
    batch = {**LISTING, "listing-key_list": "province_batch"}
    assert 'id="listing-batch_label-error"' in client.post(address, data=batch).text
    assert client.post(address, data={**batch, "listing-batch_label": "2022年第三季度"}).status_code == 303
    city = session.scalars(select(Listing).where(Listing.key_list == KeyList.CITY)).one()
    assert client.post(f"{address}/{city.id}/end").status_code == 303
    assert client.post(f"{address}/{city.id}/end").status_code == 409
    session.expire_all()
    assert city.to_on == today
    assert client.post(address, data=LISTING).status_code == 303
    session.expire_all()
    assert (city.to_on, session.query(Listing).count()) == (None, 2)


def test_a_years_plan_opens_the_gate_and_is_changed_with_a_reason(session, client_for, officer, statistician, project):
    make.make_listing(session, project)
    claim = make.make_claim(session, project, make.ClaimKind.ARRIVAL)
    make.make_money(session, project, make.MoneyKind.ARRIVED, 10_000_000, date(2022, 9, 1), claim)
    assert "下达年度计划（重点项目）" in client_for(officer).get(f"/projects/{project.id}").text
    client, address = client_for(statistician), f"/projects/{project.id}/plans/2022"
    assert client.post(address, data=PLAN).status_code == 303
    assert "可以进入“开工”" in client_for(officer).get(f"/projects/{project.id}").text
    assert client.post(address, data=PLAN).status_code == 422
    revised = {**PLAN, "planned_yuan": "0.9", "reason": "供地推迟"}
    assert client.post(address, data=revised).status_code == 303
    assert session.scalars(select(AnnualPlan.planned_yuan).order_by(AnnualPlan.id)).all() == [120_000_000, 90_000_000]
    page = client.get(f"/projects/{project.id}/listings").text
    assert page.index("0.90") < page.index("1.20") and "已调整" in page and "供地推迟" in page


@pytest.mark.parametrize("login", ["officer", "team_lead", "leader", "auditor"])
def test_who_may_not(session, client_for, project, login):
    client = client_for(make.person(session, login))
    assert client.get(f"/projects/{project.id}/listings").status_code == 403
    assert client.post(f"/projects/{project.id}/listings", data=LISTING).status_code == 403
    assert client.post(f"/projects/{project.id}/plans/2022", data=PLAN).status_code == 403


def test_a_listing_of_another_project_is_not_ended(session, client_for, officer, statistician, project):
    other = make_ready(session, officer)
    listing = make.make_listing(session, other)
    answer = client_for(statistician).post(f"/projects/{project.id}/listings/{listing.id}/end")
    assert answer.status_code == 404
