"""Companies and contacts registered once, corrected, and kept from those who may not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.actions import companies as actions
from crm.actions.two_editors import Answers, EditClash
from crm.choices import CompanyClass, Origin
from crm.errors import NotAllowed, RuleBroken
from crm.models import Change, Company, Contact
from crm.queries.row_history import last_change_id
from crm.rules.companies import CompanyDraft, ContactDraft
from crm.rules.credit_code import check_character
from crm.rules.two_editors import Side
from tests import factories as make

BODY = "91320507MA1XXXXX0"
CODE = BODY + check_character(BODY)
DRAFT = CompanyDraft(
    "霁澜演示科技（上海）有限公司",
    credit_code=CODE,
    origin=Origin.DOMESTIC,
    province="上海市",
    classes=frozenset({CompanyClass.LISTED, CompanyClass.HIGH_TECH}),
)


def whole(session, company):
    session.commit()
    rows = select(Company).options(selectinload(Company.class_marks)).where(Company.id == company.id)
    return session.scalars(rows).one()


def test_a_new_company_keeps_its_classes_and_its_key(session, acting, officer, now):
    made = whole(session, actions.create(session, acting(officer), DRAFT, now))
    assert made.name_key == "霁澜演示科技上海"
    assert {mark.company_class for mark in made.class_marks} == DRAFT.classes
    assert made.created_by_id == officer.id


@pytest.mark.parametrize("login", ["coordinator", "liaison", "leader", "auditor"])
def test_who_may_not_register(session, acting, now, login):
    with pytest.raises(NotAllowed):
        actions.create(session, acting(make.person(session, login)), DRAFT, now)


def test_a_known_code_leads_to_the_company_that_has_it(session, acting, officer, now):
    known = make.make_company(session, "别名演示公司", credit_code=CODE)
    with pytest.raises(actions.Duplicate) as refusal:
        actions.create(session, acting(officer), DRAFT, now)
    assert (refusal.value.field, refusal.value.company_id) == ("credit_code", known.id)
    assert "别名演示公司" in refusal.value.message


def test_a_known_code_of_a_hidden_company_names_nobody(session, acting, officer, other_officer, now):
    hidden = make.make_company(session, "不可见演示公司", credit_code=CODE)
    make.make_project(session, lead=other_officer, company_id=hidden.id, is_secret=True)
    with pytest.raises(actions.Duplicate) as refusal:
        actions.create(session, acting(officer), DRAFT, now)
    assert refusal.value.company_id is None and "不可见" not in refusal.value.message


@pytest.mark.parametrize(
    ("known_code", "own_code", "refused"),
    [(None, CODE, True), ("X", None, True), (None, None, True), ("X", CODE, False)],
)
def test_one_name_is_one_company_unless_codes_differ(session, acting, officer, now, known_code, own_code, refused):
    first = replace(DRAFT, credit_code=None)
    made = actions.create(session, acting(officer), first, now)
    made.credit_code = known_code
    session.flush()
    again = replace(DRAFT, name="霁澜演示科技(上海) 有限责任公司", credit_code=own_code)
    if refused:
        with pytest.raises(actions.Duplicate) as refusal:
            actions.create(session, acting(officer), again, now)
        assert (refusal.value.field, refusal.value.company_id) == ("name", made.id)
    else:
        assert actions.create(session, acting(officer), again, now).id != made.id


def test_correcting_is_kept_in_the_history_and_may_clash(session, acting, officer, statistician, now):
    company = whole(session, actions.create(session, acting(officer), DRAFT, now))
    make.make_project(session, lead=officer, company_id=company.id)
    seen = last_change_id(session, company)
    corrected = replace(DRAFT, city="上海市", classes=frozenset({CompanyClass.LISTED}))
    actions.edit(session, acting(officer), company, corrected, seen)
    company = whole(session, company)
    assert {mark.company_class for mark in company.class_marks} == {CompanyClass.LISTED}
    assert session.scalar(select(Change.new).where(Change.column_name == "city")) == "上海市"
    both = replace(DRAFT, city="苏州市", intro="做减速器", classes=DRAFT.classes | {CompanyClass.UNICORN})
    with pytest.raises(EditClash, match="改过“城市”，你也改了") as clash:
        actions.edit(session, acting(statistician), company, both, seen, shown=DRAFT.classes)
    answers = Answers(clash.value.told, {"city": Side.THEIRS})
    actions.edit(session, acting(statistician), company, both, seen, answers, DRAFT.classes)
    company = whole(session, company)
    assert (company.city, company.intro) == ("上海市", "做减速器")
    ticked = {mark.company_class for mark in company.class_marks}
    assert ticked == {CompanyClass.LISTED, CompanyClass.UNICORN}, "what one took away and the other added"


def test_what_only_one_changed_is_not_asked(session, acting, officer, statistician, now):
    company = whole(session, actions.create(session, acting(officer), DRAFT, now))
    make.make_project(session, lead=officer, company_id=company.id)
    abroad = replace(DRAFT, origin=Origin.FOREIGN, province="", country="德国")
    actions.edit(session, acting(officer), company, abroad, 0)
    company = whole(session, company)
    actions.edit(session, acting(statistician), company, replace(DRAFT, city="慕尼黑"), 0)
    company = whole(session, company)
    assert (company.origin, company.country, company.province, company.city) == (Origin.FOREIGN, "德国", "", "慕尼黑")


def test_an_officer_edits_companies_of_his_projects_only(session, acting, officer, other_officer, now):
    company = make.make_company(session)
    make.make_project(session, lead=other_officer, company_id=company.id)
    company = whole(session, company)
    with pytest.raises(NotAllowed):
        actions.edit(session, acting(officer), company, DRAFT, 0)
    with pytest.raises(NotAllowed):
        actions.add_contact(session, acting(officer), company, ContactDraft("罗映川"), now)


def test_a_group_is_no_circle(session, acting, statistician, now):
    top = actions.create(session, acting(statistician), replace(DRAFT, name="演示集团", credit_code=None), now)
    below = actions.create(session, acting(statistician), replace(DRAFT, parent_id=top.id), now)
    top = whole(session, top)
    with pytest.raises(RuleBroken) as refusal:
        actions.edit(
            session,
            acting(statistician),
            top,
            replace(DRAFT, name="演示集团", credit_code=None, parent_id=below.id),
            0,
        )
    assert refusal.value.field == "parent"


def test_contacts_are_added_corrected_and_leave(session, acting, officer, now):
    company = make.make_company(session, created_by_id=officer.id)
    actor = acting(officer)
    actions.add_contact(session, actor, company, ContactDraft("罗映川", "财务总监", "13800000421"), now)
    session.commit()
    contact = session.scalars(select(Contact).options(joinedload(Contact.company))).one()
    actions.edit_contact(session, actor, contact, ContactDraft("罗映川", "总经理"), 0)
    assert (contact.title, contact.phone) == ("总经理", "")
    actions.edit_contact(session, actor, contact, ContactDraft("罗映川", "财务总监", email="luo@example.test"), 0)
    assert (contact.title, contact.email, contact.phone) == ("总经理", "luo@example.test", "")
    with pytest.raises(EditClash, match="职务"):
        actions.edit_contact(session, actor, contact, ContactDraft("罗映川", "董事长"), 0)
    actions.set_contact_active(session, actor, contact, False)
    assert contact.is_active is False
    with pytest.raises(RuleBroken) as refusal:
        actions.add_contact(session, actor, company, ContactDraft("罗", phone="1380000"), now)
    assert refusal.value.field == "phone"
