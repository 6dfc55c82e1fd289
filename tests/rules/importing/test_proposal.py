"""What a row writes, compared with what the register has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crm.choices import (
    CapitalKind,
    Currency,
    KeyList,
    ListingClass,
    MemberRole,
    MoneyKind,
    Origin,
    SourceChannel,
    Stage,
    Status,
    UnitKind,
)
from crm.rules.importing.directory import Directory, PersonRef, RateRef, UnitRef
from crm.rules.importing.drafts import AnnualDraft, Context, ListingDraft, MemberDraft, MonthDraft
from crm.rules.importing.entry import Dated, Entry, Money
from crm.rules.importing.partners import unit_of
from crm.rules.importing.places import Place, place_of
from crm.rules.importing.proposal import merged, propose
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import CompanyStanding, Standing
from crm.rules.names import company_key

AS_OF = date(2022, 10, 20)
DIRECTORY = Directory(
    industries={"智能制造": 1, "机器人与核心部件": 2, "先进材料": 3},
    parents={2: 1},
    areas={"石桥片区": 5},
    units=(
        UnitRef(10, "招商一组", "一组", UnitKind.TEAM),
        UnitRef(11, "自然资源和规划局", "资规局", UnitKind.DEPARTMENT),
        UnitRef(12, "招商二组", "二组", UnitKind.TEAM),
    ),
    people=(
        PersonRef(21, "顾清宁", 10),
        PersonRef(22, "沈亦舟", 12),
        PersonRef(23, "王伟", 10),
        PersonRef(24, "王伟", 12),
    ),
    rates={Currency.USD: RateRef(Decimal("7.1"), date(2022, 10, 1))},
)
CONTEXT = Context(ImportSettings(AS_OF, verified=True), DIRECTORY)
YI = 100_000_000
FULL = Entry(
    name="澜芯精密减速器总部基地", company="澜芯传动科技（上海）有限公司", credit_code="91310000MA1FL3K82Q",
    origin="上海", registered=Money(5 * YI), industry="智能制造", levels=(KeyList.CITY,), listing_class=ListingClass.NEW,
    year=2022, location="石桥片区 B-12", land_mu=Decimal("60.00"), content="建设总部与产线", total=Money(12 * YI),
    fixed=Money(9 * YI), annual=Money(2 * YI), annual_goal="主体封顶", channel="以商引商", responsible_unit="一组",
    officer="顾清宁、沈亦舟", progress="看地", contact="罗映川", phones=("13800000421",),
)  # fmt: skip


def known(**values: object) -> Standing:
    """A project of the register with these columns."""
    columns = dict.fromkeys(
        ("name", "capital_kind", "industry_id", "area_id", "site", "source_channel", "source_note", "content", "fixed_yuan",
         "foreign_usd", "land_mu", "responsible_unit_id", "expected_sign_on", "planned_start_on", "planned_finish_on",
         "planned_production_on")
    )  # fmt: skip
    beside = {key: values.pop(key) for key in list(values) if key not in columns}
    stage = beside.pop("stage", Stage.NEGOTIATION)
    return Standing(1, 3, "YH-2022-0117", "甲", stage, Status.ACTIVE, {**columns, **values}, **beside)  # type: ignore[arg-type]


def test_a_new_project_takes_everything_the_row_says():
    written = propose(FULL, CONTEXT)
    assert written.project == {
        "capital_kind": CapitalKind.DOMESTIC, "name": FULL.name, "industry_id": 1, "area_id": 5, "site": "石桥片区 B-12",
        "source_channel": SourceChannel.REFERRAL, "content": "建设总部与产线", "fixed_yuan": 9 * YI,
        "land_mu": Decimal("60.00"), "responsible_unit_id": 10,
    }  # fmt: skip
    assert written.plan == Money(12 * YI)
    assert written.members == (MemberDraft(MemberRole.LEAD, 21), MemberDraft(MemberRole.SUPPORT, 22))
    assert written.listings == (ListingDraft(KeyList.CITY, 2022, ListingClass.NEW),)
    assert written.annual == AnnualDraft(2022, 2 * YI, "主体封顶") and written.month == MonthDraft("看地", "", "")
    company = written.company
    assert company is not None and (company.id, company.contact) == (None, ("罗映川", "13800000421"))
    assert company.values == {
        "credit_code": "91310000MA1FL3K82Q", "registered_yuan": 5 * YI, "origin": Origin.DOMESTIC, "province": "上海市",
        "city": "上海市",
    } or company.values["province"] == "上海市"  # fmt: skip
    assert written.changes == () and written.notes == ()


def test_blank_cells_never_overwrite():
    standing = known(name="甲", content="原有内容", industry_id=3, fixed_yuan=YI, site="石桥", plan=Money(3 * YI))
    written = propose(Entry(name="甲"), CONTEXT, standing)
    assert written.project == {} and written.plan is None and written.changes == ()


def test_differences_are_told_old_and_new():
    standing = known(name="甲", industry_id=3, plan=Money(7 * YI), content="原有内容")
    written = propose(
        Entry(name="甲", industry="智能制造", total=Money(750_000_000), content="新内容"), CONTEXT, standing
    )
    assert written.project == {"industry_id": 1, "content": "新内容"}
    assert {(change.field.label, change.old, change.new) for change in written.changes} == {
        ("产业", "先进材料", "智能制造"), ("建设内容", "原有内容", "新内容"), ("总投资", "7.00 亿元", "7.50 亿元"),
    }  # fmt: skip


def test_a_confirmed_double_only_fills_blanks():
    standing = known(name="甲", content="原有内容", plan=Money(7 * YI), members={(MemberRole.LEAD, 22): "沈亦舟"})
    row = Entry(
        name="甲乙", content="新内容", industry="先进材料", total=Money(8 * YI), officer="顾清宁", stage=Stage.SIGNED,
        signed=Dated(AS_OF, AS_OF), annual=Money(YI),
    )  # fmt: skip
    written = propose(row, CONTEXT, standing, fill_only=True)
    assert written.project == {"industry_id": 3}
    assert (written.plan, written.history.steps, written.members, written.annual) == (None, (), (), None)


@pytest.mark.parametrize(
    ("column", "old", "entry"),
    [
        ("name", "甲建设项目", Entry(name="甲")),  # only spelt otherwise
        ("industry_id", 2, Entry(name="甲", industry="智能制造")),  # the register knows the part
        ("land_mu", Decimal("60"), Entry(name="甲", land_mu=Decimal("60.00"))),
    ],
)
def test_what_is_the_same_is_no_news(column, old, entry):
    assert column not in propose(entry, CONTEXT, known(**{"name": "甲", column: old})).project


def test_who_leads_in_the_register_goes_on_leading():
    written = propose(Entry(name="甲", officer="顾清宁"), CONTEXT, known(members={(MemberRole.LEAD, 22): "沈亦舟"}))
    assert written.members == ()
    assert [note.message for note in written.notes] == ["库中主办为沈亦舟，主办以库中为准"]


@pytest.mark.parametrize(
    ("officer", "message"),
    [("张三", "没有叫“张三”的账号，没有写入"), ("王伟", "有 2 个叫“王伟”的账号，没有写入，请在项目里指定")],
)
def test_names_that_are_nobodys_or_two_peoples(officer, message):
    written = propose(Entry(name="甲", officer=officer), CONTEXT)
    assert written.members == () and [note.message for note in written.notes] == [message]


@pytest.mark.parametrize(
    ("entry", "unit_id"),
    [
        (Entry(name="甲", officer="沈亦舟", responsible_unit="一组"), 12),
        (Entry(name="甲", responsible_unit="招商一组"), 10),
        (Entry(name="甲", responsible_unit="资规局"), 99),
        (Entry(name="甲"), 99),
    ],
)
def test_whose_a_new_project_is(entry, unit_id):
    assert unit_of(entry, CONTEXT, propose(entry, CONTEXT).members, 99) == unit_id


def company(name: str, key: int = 31, open_to_actor: bool = True, **values: object) -> CompanyStanding:
    blank = dict.fromkeys(("credit_code", "registered_yuan", "origin", "country", "province", "city"))
    return CompanyStanding(key, name, {**blank, **values}, {"罗映川": "13800000421"}, open_to_actor)


def with_company(found: CompanyStanding) -> Context:
    codes = {str(found.values["credit_code"]): found} if found.values["credit_code"] else {}
    return Context(CONTEXT.settings, DIRECTORY, codes, {company_key(found.name): found})


def test_a_known_investor_is_filled_and_never_overwritten():
    found = company("澜芯传动科技(上海)有限责任公司", registered_yuan=YI)
    draft = propose(FULL, with_company(found)).company
    assert draft is not None and draft.id == 31 and draft.contact is None
    assert draft.values["credit_code"] == "91310000MA1FL3K82Q" and "registered_yuan" not in draft.values


def test_an_investor_out_of_sight_is_linked_and_left_alone():
    draft = propose(FULL, with_company(company(FULL.company, open_to_actor=False))).company
    assert draft is not None and (draft.id, draft.values, draft.contact) == (31, {}, None)


@pytest.mark.parametrize(
    ("name", "id_", "notes"),
    [("澜芯传动科技（上海）有限公司", 31, ["code_differs"]), ("澜芯传动科技（上海）股份有限公司", None, [])],
)
def test_the_same_name_with_another_code(name, id_, notes):
    written = propose(FULL, with_company(company(name, credit_code="91320500MA1MT2A27X")))
    assert written.company is not None and written.company.id == id_
    assert [note.code for note in written.notes] == notes


def test_foreign_money_is_written_at_the_rate_on_record_or_not_at_all():
    assert propose(Entry(name="甲", total=Money(50_000_000, Currency.USD)), CONTEXT).plan == Money(
        50_000_000, Currency.USD
    )
    without = propose(Entry(name="甲", total=Money(50_000_000, Currency.HKD)), CONTEXT)
    assert without.plan is None and [note.code for note in without.notes] == ["no_rate"]


def test_an_older_ledger_does_not_overrule_a_later_statement():
    standing = known(plan=Money(7 * YI), plan_on=date(2022, 10, 21))
    written = propose(Entry(name="甲", total=Money(6 * YI)), CONTEXT, standing)
    assert written.plan is None and [note.code for note in written.notes] == ["plan_older"]


@pytest.mark.parametrize(
    ("entry", "standing", "expected"),
    [
        (Entry(arrived=Money(100)), None, [(MoneyKind.ARRIVED, 100, AS_OF)]),
        (Entry(arrived=Money(100)), known(arrived_yuan=100), []),
        (Entry(arrived=Money(100)), known(arrived_yuan=30), [(MoneyKind.ARRIVED, 70, AS_OF)]),
        (Entry(arrived=Money(20)), known(arrived_yuan=30), []),
        (
            Entry(annual_done=Money(50), done=Money(80)),
            None,
            [(MoneyKind.COMPLETED, 50, AS_OF), (MoneyKind.COMPLETED, 30, date(2021, 12, 31))],
        ),
        (Entry(annual_done=Money(50)), known(completed={2022: 20, 2021: 99}), [(MoneyKind.COMPLETED, 30, AS_OF)]),
        (Entry(done=Money(80)), None, []),  # which year's?
        (
            Entry(done=Money(80), started=Dated(date(2022, 2, 1), date(2022, 2, 1))),
            None,
            [(MoneyKind.COMPLETED, 80, AS_OF)],
        ),
    ],
)
def test_running_sums_enter_as_differences(entry, standing, expected):
    assert [(step.kind, step.yuan, step.on) for step in propose(entry, CONTEXT, standing).money] == expected


def test_a_months_words_are_left_alone_where_somebody_filed_it():
    row = Entry(name="甲", progress="看地")
    assert propose(row, CONTEXT, known()).month == MonthDraft("看地", "", "")
    assert propose(row, CONTEXT, known(has_month=True)).month is None


def test_a_plan_of_the_year_comes_only_with_verified_history():
    row = Entry(name="甲", annual=Money(YI))
    reported = Context(ImportSettings(AS_OF), DIRECTORY)
    assert propose(row, CONTEXT).annual == AnnualDraft(2022, YI, "") and propose(row, reported).annual is None
    assert propose(row, CONTEXT, known(annual={2022: (YI, "目标")})).annual is None


def test_two_rows_about_one_new_project():
    first = propose(Entry(name="甲", content="一", levels=(KeyList.CITY,)), CONTEXT)
    second = propose(
        Entry(name="甲", content="二", industry="先进材料", total=Money(YI), levels=(KeyList.CITY, KeyList.PROVINCE)),
        CONTEXT,
    )
    both = merged(first, second)
    assert both.project["content"] == "一" and both.project["industry_id"] == 3 and both.plan == Money(YI)
    assert [listing.key_list for listing in both.listings] == [KeyList.CITY, KeyList.PROVINCE]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("江苏省苏州市", Place(Origin.DOMESTIC, province="江苏省", city="苏州市")),
        ("江苏 苏州", Place(Origin.DOMESTIC, province="江苏省", city="苏州市")),
        ("中国上海", Place(Origin.DOMESTIC, province="上海市", city="上海市")),
        ("广西桂林", Place(Origin.DOMESTIC, province="广西壮族自治区", city="桂林市")),
        ("深圳（广东）", Place(Origin.DOMESTIC, province="广东省", city="深圳市")),
        ("德国", Place(Origin.FOREIGN, country="德国")),
        ("香港", Place(Origin.FOREIGN, country="香港")),
        ("印度尼西亚", Place(Origin.FOREIGN, country="印度尼西亚")),
        ("本地", None),
        ("", None),
    ],
)
def test_where_an_investor_comes_from(text, place):
    assert place_of(text) == place


@pytest.mark.parametrize(
    ("text", "id_", "said"),
    [
        ("智能制造", 1, ""),
        ("智能制造产业", 1, "归入“智能制造”"),
        ("先进材料/复合材料", 3, "归入“先进材料”"),
        ("智能造", None, "“智能造”不在产业目录里，没有写入，是否“智能制造”"),
        ("冰雪旅游", None, "“冰雪旅游”不在产业目录里，没有写入"),
        ("", None, ""),
    ],
)
def test_industries_by_name(text, id_, said):
    found, note = DIRECTORY.industry(text)
    assert found == id_ and (note.message if note else "") == said
