"""口径与目标: who may, what is stored, what is refused, and that every change is told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.choices import Currency, Indicator
from crm.models import AuditEvent, ExchangeRate, Holiday, Setting, Target
from crm.queries import settings as queries
from crm.rules.settings import DEFAULTS, SPECS, text_of
from tests import factories as make

PAGES = ("/settings", "/settings/targets", "/settings/rates", "/settings/calendar", "/settings/changes")


def typed(**changes):
    """The form as the page shows it, with some fields typed otherwise."""
    defaults = {name: getattr(DEFAULTS, name) for name in SPECS}
    switches = {name: "y" for name, value in defaults.items() if value is True}  # a box that is not ticked is not sent
    values = {name: text_of(value) for name, value in defaults.items() if not isinstance(value, bool)}
    return {**values, **switches, **changes}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize(
    ("login", "status"),
    [("statistician", 200), ("admin", 200), ("officer", 403), ("team_lead", 403), ("leader", 403), ("auditor", 403)],
)
def test_who_may_set(client_for, session, address, login, status):
    assert client_for(make.person(session, login)).get(address).status_code == status


def test_a_setting_is_stored_told_and_taken_back(client_for, session, statistician):
    client = client_for(statistician)
    answer = client.post("/settings", data=typed(start_overdue_days="45", counts_relocations="y"))
    assert answer.status_code == 303
    assert queries.current(session).start_overdue_days == 45
    assert queries.basis(session, make.NOW.date()).counts_relocations
    page = client.get("/settings/changes").text
    assert "红灯：超计划开工未开工：30天 → 45天" in page
    assert "方致远" in page
    session.commit()
    client.post("/settings", data=typed())
    session.commit()
    assert not session.scalars(select(Setting)).all()


@pytest.mark.parametrize(
    ("typing", "words"),
    [
        ({"start_overdue_days": "many"}, "不是数字"),
        ({"start_overdue_days": ""}, "这一项必填"),
        ({"normal_points": "-20"}, "由高到低"),
        ({"project_code_prefix": "相城"}, "大写字母或数字"),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(client_for, session, statistician, typing, words):
    answer = client_for(statistician).post("/settings", data=typed(briefing_head="陆怀谨", **typing))
    assert answer.status_code == 422
    assert words in answer.text
    assert "陆怀谨" in answer.text
    assert not session.scalars(select(Setting)).all()


def test_targets_are_kept_in_whole_units_and_changed_with_a_reason(client_for, session, statistician):
    zone, team = make.team(session, "云湖经开区"), make.team(session)
    client, address = client_for(statistician), "/settings/targets?year=2022"
    data = {f"t-{zone.id}-signed_yuan": "260", f"t-{zone.id}-foreign_usd": "15,000", f"t-{team.id}-signed_count": "26"}
    assert client.post(address, data=data).status_code == 303
    stored = {(row.unit_id, row.indicator): row.value for row in session.scalars(select(Target))}
    assert stored == {
        (zone.id, Indicator.SIGNED_YUAN): 26_000_000_000, (zone.id, Indicator.FOREIGN_USD): 150_000_000,
        (team.id, Indicator.SIGNED_COUNT): 26,
    }  # fmt: skip
    assert 'value="260"' in client.get(address).text
    del data[f"t-{zone.id}-signed_yuan"]
    refused = client.post(address, data=data)
    assert (refused.status_code, "改动已有的目标要写明原因" in refused.text) == (422, True)
    assert client.post(address, data={**data, "reason": "按市下达数调整"}).status_code == 303
    assert len(session.scalars(select(Target)).all()) == 2
    said = "2022年云湖经开区签约金额（亿元）：260.00 → 未设（按市下达数调整）"
    assert said in client.get("/settings/changes").text and said in client.get(address).text
    assert client.post(address, data=data).status_code == 303  # nothing changes, nothing is to be explained


def test_a_teams_people_have_targets_of_their_own(client_for, session, statistician, officer, team_lead, other_officer):
    team = make.team(session)
    client, address = client_for(statistician), f"/settings/targets?year=2022&unit={team.id}"
    page = client.get(address).text
    assert officer.name in page and team_lead.name in page and other_officer.name not in page
    data = {
        f"t-{team.id}-signed_yuan": "10", f"t-{team.id}-{officer.id}-signed_yuan": "6",
        f"t-{team.id}-{team_lead.id}-signed_yuan": "3",
        f"t-{team.id}-{other_officer.id}-signed_yuan": "99",  # not of this page
    }  # fmt: skip
    assert client.post(address, data=data).status_code == 303
    stored = {(row.officer_id): row.value for row in session.scalars(select(Target))}
    assert stored == {None: 1_000_000_000, officer.id: 600_000_000, team_lead.id: 300_000_000}
    page = client.get(address).text
    assert "签约金额（亿元）：分解合计 9.00，比总目标 10.00 少 1.00。" in page
    assert f"2022年{team.short_name}{officer.name}签约金额（亿元）：未设 → 6.00" in page
    officer.is_active = False
    assert officer.name in client.get(address).text  # whoever left keeps what he was given


def test_last_years_targets_are_taken_over_where_there_is_none(client_for, session, statistician, officer, team_lead):
    team = make.team(session)
    for whose, value in ((None, 10), (officer.id, 6), (team_lead.id, 3)):
        session.add(Target(year=2021, indicator=Indicator.SIGNED_COUNT, unit_id=team.id, officer_id=whose, value=value))
    session.add(Target(year=2022, indicator=Indicator.SIGNED_COUNT, unit_id=team.id, value=12))
    team_lead.is_active = False
    client = client_for(statistician)
    assert client.post("/settings/targets/copy?year=2022").status_code == 303
    of_2022 = session.scalars(select(Target).where(Target.year == 2022))
    assert {row.officer_id: row.value for row in of_2022} == {None: 12, officer.id: 6}
    assert "没有可沿用的目标" in client.post("/settings/targets/copy?year=2022", follow_redirects=True).text


def test_nobody_has_a_target_twice(session, officer):
    of_unit = {"year": 2022, "indicator": Indicator.SIGNED_COUNT, "unit_id": officer.unit_id, "value": 1}
    session.add_all([Target(**of_unit), Target(**of_unit, officer_id=officer.id)])
    session.commit()
    for whose in (None, officer.id):
        session.add(Target(**of_unit, officer_id=whose))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


@pytest.mark.parametrize("year", ["1850", "99999999999"])
def test_a_year_nobody_plans_is_not_found(client_for, statistician, year):
    assert client_for(statistician).get(f"/settings/targets?year={year}").status_code == 404


def test_a_rate_is_stated_and_corrected(client_for, session, statistician):
    client = client_for(statistician)
    for rate in ("7.0998", "7.1021"):
        data = {"currency": "USD", "rate_on": "2022-09-30", "rate": rate, "source": "中间价"}
        assert client.post("/settings/rates", data=data).status_code == 303
    row = session.scalars(select(ExchangeRate)).one()
    assert (row.currency, row.rate) == (Currency.USD, Decimal("7.1021"))
    assert "7.0998 → 7.1021" in client.get("/settings/changes").text


@pytest.mark.parametrize(
    ("typing", "words"),
    [
        ({"currency": "CNY"}, "人民币不需要汇率"),
        ({"rate": "0"}, "大于零"),
        ({"rate": "-7"}, "大于零"),
        ({"rate": ""}, "必填"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(client_for, session, statistician, typing, words):
    data = {"currency": "USD", "rate_on": "2022-09-30", "rate": "7.1", "source": "", **typing}
    answer = client_for(statistician).post("/settings/rates", data=data)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_holiday_is_marked_and_taken_back(client_for, session, statistician):
    client = client_for(statistician)
    data = {"day": "2022-10-03", "is_working": "0", "name": "国庆节"}
    assert client.post("/settings/calendar?year=2022", data=data).status_code == 303
    assert "国庆节" in client.get("/settings/calendar?year=2022").text
    assert client.post("/settings/calendar/2022-10-03/clear").status_code == 303
    assert client.post("/settings/calendar/2022-10-03/clear").status_code == 404
    assert client.post("/settings/calendar/soon/clear").status_code == 404
    assert not session.scalars(select(Holiday)).all()


def test_an_ordinary_day_cannot_be_marked_as_worked(client_for, statistician):
    data = {"day": "2022-10-10", "is_working": "1", "name": "国庆节"}
    answer = client_for(statistician).post("/settings/calendar", data=data)
    assert answer.status_code == 422
    assert "本来就上班" in answer.text


def test_every_change_bears_a_name_and_an_instant(client_for, session, statistician):
    client_for(statistician).post("/settings", data=typed(behind_points="-20"))
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "setting")).one()
    assert (event.by_id, event.detail) == (statistician.id, "黄灯：较序时不低于：-15个百分点 → -20个百分点")


def test_a_whole_notice_is_pasted_for_a_year_without_a_table(client_for, session, statistician):
    client = client_for(statistician)
    assert "2027 年还没有登记放假与调休，按周一至周五上班计算。" in client.get("/settings/calendar?year=2027").text
    session.add(Holiday(day=make.NOW.date().replace(year=2027, month=1, day=2), is_working=False, name="元旦"))
    pasted = "一、元旦：1月1日至3日放假调休，共3天。\n二、春节：2月5日至11日放假。2月14日（星期日）上班。"
    answer = client.post("/settings/calendar/paste?year=2027", data={"text": pasted}, follow_redirects=True)
    assert "读出 11 天，改动 10 天。" in answer.text and "2027-02-14" in answer.text
    assert len(session.scalars(select(Holiday)).all()) == 11
    assert "粘贴放假通知：2027-01-01 至 2027-02-14，改动 10 天" in client.get("/settings/changes").text


@pytest.mark.parametrize(
    ("pasted", "words"), [("", "这一项必填"), ("值班", "没有读出放假"), ("元旦：1月4日上班", "请核对年份")]
)
def test_a_notice_that_cannot_be_read_comes_back(client_for, session, statistician, pasted, words):
    answer = client_for(statistician).post("/settings/calendar/paste?year=2027", data={"text": pasted})
    assert answer.status_code == 422 and words in answer.text and pasted in answer.text
    assert not session.scalars(select(Holiday)).all()


def test_only_who_sets_may_paste(client_for, officer):
    assert (
        client_for(officer).post("/settings/calendar/paste?year=2027", data={"text": "元旦：1月1日放假"}).status_code
        == 403
    )
