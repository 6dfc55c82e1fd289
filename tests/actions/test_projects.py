"""Registering, changing what differs, and two people changing at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions import projects as actions
from crm.actions.investors import Investor
from crm.actions.two_editors import Answers, EditClash
from crm.choices import CapitalKind, LandUse, MemberRole, MoneyKind, Origin, SourceChannel, Stage
from crm.errors import NotAllowed, RuleBroken
from crm.history import Signature, sign
from crm.models import Change, Company, Contact, MoneyEntry, ProjectMember, Setting, StageMove
from crm.queries.row_history import last_change_id
from crm.rules.credit_code import check_character
from crm.rules.two_editors import Side
from tests import factories as make
from tests.actions.ready import YI, loaded


def code(body: str) -> str:
    """A credit code that checks."""
    return body + check_character(body)


ONE, OTHER = code("91310000DEM1K8L2Q"), code("91310000DEM2K8L2Q")

DRAFT = actions.ProjectDraft(
    name="澜芯精密减速器总部基地",
    capital_kind=CapitalKind.DOMESTIC,
    investor=Investor(
        "澜芯传动科技（上海）有限公司",
        origin=Origin.DOMESTIC,
        province="上海市",
        contact_name="罗映川",
        contact_phone="13800000421",
    ),
    source_channel=SourceChannel.CHAIN,
    total_yuan=12 * YI,
)


def test_registering_writes_the_rows_a_project_begins_with(session, acting, officer, now):
    project = actions.register(session, acting(officer), replace(DRAFT, lead_id=officer.id), now)
    assert (project.code, project.stage, project.stage_since_on) == ("YH-2022-0001", Stage.LEAD, date(2022, 10, 20))
    assert (project.registered_at, project.registered_by_id, project.unit_id) == (now, officer.id, officer.unit_id)
    assert project.total_yuan == 12 * YI
    money = session.scalars(select(MoneyEntry)).one()
    assert (money.kind, money.amount_yuan, money.claim_id) == (MoneyKind.PLAN, 12 * YI, None)
    move = session.scalars(select(StageMove)).one()
    assert (move.from_stage, move.to_stage) == (None, Stage.LEAD)
    roles = session.execute(select(ProjectMember.role, ProjectMember.user_id).order_by(ProjectMember.id)).all()
    assert roles == [(MemberRole.FIRST_REPORTER, officer.id), (MemberRole.LEAD, officer.id)]
    company, contact = session.scalars(select(Company)).one(), session.scalars(select(Contact)).one()
    assert (company.name_key, company.province, contact.name) == ("澜芯传动科技上海", "上海市", "罗映川")


def test_a_known_investor_is_found_by_name_and_only_blanks_are_filled(session, acting, officer, now):
    known = make.make_company(session, "澜芯传动科技(上海)有限责任公司", name_key="澜芯传动科技上海", province="江苏省")
    investor = replace(DRAFT.investor, credit_code=ONE)
    actions.register(session, acting(officer), replace(DRAFT, investor=investor), now)
    assert session.scalars(select(Company.id)).all() == [known.id]
    assert (known.province, known.credit_code) == ("江苏省", ONE)


def test_a_namesake_with_another_credit_code_is_another_company(session, acting, officer, now):
    make.make_company(session, "澜芯传动科技（上海）有限公司", name_key="澜芯传动科技上海", credit_code=ONE)
    investor = replace(DRAFT.investor, credit_code=OTHER)
    actions.register(session, acting(officer), replace(DRAFT, investor=investor), now)
    assert session.scalars(select(Company.credit_code).order_by(Company.id)).all() == [
        ONE,
        OTHER,
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "澜"}, "company"),
        ({"credit_code": "91310000"}, "credit_code"),
        ({"province": ""}, "province"),
        ({"origin": Origin.FOREIGN}, "country"),
        ({"contact_phone": "1380000"}, "contact_phone"),
    ],
)
def test_an_investor_that_cannot_be_right_is_refused_at_its_field(session, acting, officer, changes, field, now):
    with pytest.raises(RuleBroken) as refusal:
        actions.register(session, acting(officer), replace(DRAFT, investor=replace(DRAFT.investor, **changes)), now)
    assert refusal.value.field == field


@pytest.mark.parametrize("login", ["coordinator", "agent", "liaison", "leader", "admin", "auditor"])
def test_who_may_not_register(session, acting, login, now):
    with pytest.raises(NotAllowed):
        actions.register(session, acting(make.person(session, login)), DRAFT, now)


def test_a_total_in_the_wrong_unit_is_asked_about_and_passes_once_confirmed(session, acting, officer, now):
    wrong = replace(DRAFT, total_yuan=120_000 * YI)
    with pytest.raises(RuleBroken, match=r"是否误填万元？应为 12.00 亿元") as refusal:
        actions.register(session, acting(officer), wrong, now)
    assert refusal.value.field == "total_yuan"
    assert actions.register(session, acting(officer), replace(wrong, confirmed=True), now).total_yuan == 120_000 * YI


def test_the_prefix_of_codes_is_a_setting(session, acting, officer, now):
    session.add(Setting(name="project_code_prefix", value="ST"))
    session.flush()
    assert actions.register(session, acting(officer), DRAFT, now).code == "ST-2022-0001"


def test_eight_who_register_at_once_get_eight_codes(session, acting, officer, now):
    actor = acting(officer)
    session.commit()

    def register(number):
        with Session(session.get_bind()) as own:
            project = actions.register(own, actor, replace(DRAFT, name=f"并发登记{number}", investor=Investor()), now)
            code = project.code
            own.commit()
            return code

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(register, range(8)))
    assert sorted(taken) == [f"YH-2022-{number:04d}" for number in range(1, 9)]


# ------------------------------------------------------------------------------------------------------------- changing


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, "鲲图自动驾驶测试中心", lead=officer, land_mu=Decimal("80"), content="一期")
    session.commit()
    return loaded(session, row)


def test_only_what_differs_is_written(session, acting, officer, project, now):
    sign(session, Signature(officer.id, now))
    values = {"name": project.name, "land_mu": Decimal("80.00"), "content": "一期、二期", "land_use": LandUse.NEW_LAND}
    assert actions.edit(session, acting(officer), project, values, 0, now) == ["content", "land_use"]
    written = session.execute(
        select(Change.column_name, Change.old, Change.new, Change.by_id).order_by(Change.id)
    ).all()
    assert written == [("content", "一期", "一期、二期", officer.id), ("land_use", None, "new_land", officer.id)]


def test_a_new_total_is_appended_and_rolled_up(session, acting, officer, project, now):
    actions.edit(session, acting(officer), project, {"total_yuan": 4 * YI}, 0, now)
    actions.edit(session, acting(officer), project, {"total_yuan": 4 * YI}, 0, now)
    actions.set_planned_total(session, acting(officer), project, 5 * YI, "增加二期", now)
    amounts = session.scalars(select(MoneyEntry.amount_yuan).order_by(MoneyEntry.id)).all()
    assert (amounts, project.total_yuan) == ([4 * YI, 5 * YI], 5 * YI)


def test_renaming_renews_the_key(session, acting, officer, project, now):
    actions.edit(session, acting(officer), project, {"name": "鲲图测试中心（二期）项目"}, 0, now)
    assert project.name_key == "鲲图测试中心2期"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"fixed_yuan": 4 * YI}, "fixed_yuan"),
        ({"fixed_yuan": 3 * YI, "equipment_yuan": 3 * YI + 1}, "equipment_yuan"),
        ({"planned_start_on": date(2023, 5, 1), "planned_finish_on": date(2023, 1, 1)}, "planned_finish_on"),
        ({"total_yuan": None}, "total_yuan"),
        ({"total_yuan": 35_000 * YI}, "total_yuan"),
    ],
)
def test_what_cannot_be_right(session, acting, officer, project, values, field, now):
    with pytest.raises(RuleBroken) as refusal:
        actions.edit(session, acting(officer), project, values, 0, now)
    assert refusal.value.field == field


def test_a_project_is_not_its_own_duplicate_or_phase(session, acting, officer, project, now):
    for name in ("duplicate_of_id", "parent_id"):
        with pytest.raises(RuleBroken):
            actions.edit(session, acting(officer), project, {name: project.id}, 0, now)


def test_different_columns_changed_at_once_both_last(session, acting, officer, project, now):
    opened = {"content": project.content, "land_mu": project.land_mu}  # what both forms showed
    seen = last_change_id(session, project)
    actions.edit(session, acting(officer), project, {**opened, "content": "一期、二期"}, seen, now)
    actions.edit(session, acting(officer), project, {**opened, "land_mu": Decimal(86)}, seen, now)
    assert (project.content, project.land_mu) == ("一期、二期", Decimal(86))


def test_the_same_column_changed_at_once_is_told_with_who_and_what(session, acting, officer, project, now):
    sign(session, Signature(officer.id, now))
    seen = last_change_id(session, project)
    actions.edit(session, acting(officer), project, {"land_mu": Decimal(86)}, seen, now)
    session.flush()
    with pytest.raises(EditClash, match=f"{officer.name} 10月20日 10:00 改过“用地面积”") as clash:
        actions.edit(session, acting(officer), project, {"land_mu": Decimal(90), "content": "二期"}, seen, now)
    (dispute,) = clash.value.disputes
    assert dispute.column == "land_mu"
    assert [Decimal(text) for text in astuple(dispute.values)] == [80, 86, 90]
    assert project.content == "一期", "nothing of a refused form is written"


@pytest.mark.parametrize(
    ("side", "kept"), [(Side.MINE, Decimal(90)), (Side.THEIRS, Decimal(86)), (Side.ORIGINAL, Decimal(80))]
)
def test_whose_value_stands_is_chosen_column_by_column(session, acting, officer, project, now, side, kept):
    seen = last_change_id(session, project)
    actions.edit(session, acting(officer), project, {"land_mu": Decimal(86), "site": "B-12"}, seen, now)
    answers = Answers(last_change_id(session, project), {"land_mu": side})
    mine = {"land_mu": Decimal(90), "site": "", "content": "二期"}
    actions.edit(session, acting(officer), project, mine, seen, now, answers=answers)
    assert (project.land_mu, project.site, project.content) == (kept, "B-12", "二期")


def test_a_third_change_is_asked_anew(session, acting, officer, project, now):
    seen = last_change_id(session, project)
    actions.edit(session, acting(officer), project, {"land_mu": Decimal(86)}, seen, now)
    answers = Answers(last_change_id(session, project), {"land_mu": Side.MINE})
    actions.edit(session, acting(officer), project, {"land_mu": Decimal(88)}, answers.told, now)
    with pytest.raises(EditClash):
        actions.edit(session, acting(officer), project, {"land_mu": Decimal(90)}, seen, now, answers=answers)


# ---------------------------------------------------------------------------------------------------------- putting back


def changed(session, project, column):
    rows = select(Change).where(Change.row_id == project.id, Change.column_name == column).order_by(Change.id)
    return session.scalars(rows).all()


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("land_mu", Decimal("86.5"), Decimal(90)),
        ("site", "B-12", ""),
        ("expected_sign_on", date(2022, 11, 1), None),
        ("land_use", LandUse.NEW_LAND, None),
        ("is_relocation", True, False),
        ("total_yuan", 900_000_000, 800_000_000),
    ],
)
def test_an_old_value_is_put_back_as_a_change_of_its_own(session, acting, officer, project, now, column, first, second):
    for value in (first, second):
        actions.edit(session, acting(officer), project, {column: value}, last_change_id(session, project), now)
    last = changed(session, project, column)[-1]
    assert actions.restore(session, acting(officer), project, last, now) == [column]
    assert getattr(project, column) == first
    assert changed(session, project, column)[-1].new == last.old


def test_what_is_not_edited_by_hand_is_not_put_back(session, acting, officer, project, now):
    project.stage = Stage.REVIEW
    session.flush()
    with pytest.raises(RuleBroken, match="不能从改动记录里恢复"):
        actions.restore(session, acting(officer), project, changed(session, project, "stage")[-1], now)


def test_a_company_out_of_sight_is_not_put_back(session, acting, officer, other_officer, project, now):
    company = make.make_company(session)
    make.make_project(session, lead=other_officer, company_id=company.id, is_secret=True)
    project.company_id = company.id
    session.flush()
    project.company_id = None
    session.flush()
    with pytest.raises(RuleBroken, match="不在你的可见范围"):
        actions.restore(session, acting(officer), project, changed(session, project, "company_id")[-1], now)
    assert project.company_id is None


def test_two_who_write_the_same_agree(session, acting, officer, project, now):
    seen = last_change_id(session, project)
    actions.edit(session, acting(officer), project, {"land_mu": Decimal(86)}, seen, now)
    assert actions.edit(session, acting(officer), project, {"land_mu": Decimal("86.0")}, seen, now) == []


@pytest.mark.parametrize("login", ["other_officer", "statistician", "leader", "agent", "coordinator"])
def test_who_may_not_edit(session, acting, project, login, now):
    with pytest.raises(NotAllowed):
        actions.edit(session, acting(make.person(session, login)), project, {"content": "x"}, 0, now)
