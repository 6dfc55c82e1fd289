"""Files of the register: companies, contacts, projects, lists of key projects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.choices import (
    CapitalKind,
    CompanyClass,
    Currency,
    InvestmentForm,
    KeyList,
    LandUse,
    ListingClass,
    MemberRole,
    MoneyKind,
    Origin,
    SourceChannel,
    Stage,
)
from crm.models import (
    Company,
    CompanyClassMark,
    Contact,
    FaiEntry,
    Listing,
    MoneyEntry,
    Project,
    ProjectMember,
    StageMove,
)
from crm.rules.days import day_of
from crm.rules.names import company_key, project_key
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.parts import Part, Ref

MEMBER_HEADS = {
    "首报人": MemberRole.FIRST_REPORTER,
    "主办": MemberRole.LEAD,
    "协办": MemberRole.SUPPORT,
    "挂钩领导": MemberRole.LEADER,
    "代办员": MemberRole.AGENT,
    "知悉人": MemberRole.READER,
}


def company(cells: Cells) -> list[Part]:
    """companies.csv: an investor and the classes it bears."""
    name = cells.needed("企业名称")
    values = {
        "name": name,
        "name_key": company_key(name),
        "short_name": cells.text("简称"),
        "credit_code": cells.text("统一社会信用代码") or None,
        "parent_id": cells.one("企业", "上级企业"),
        "origin": cells.needed_word(Origin, "来源"),
        "country": cells.text("国家或地区"),
        "province": cells.text("省"),
        "city": cells.text("市"),
        "registered_yuan": cells.wan("注册资本（万元）"),
        "intro": cells.long("简介"),
        "is_demo": True,
        "created_at": cells.needed_instant("登记时间"),
        "created_by_id": cells.one("人员", "登记人"),
    }
    marks = [_mark(label) for label in cells.items("企业类别")]
    return [Part(Company, values), *marks]


def _mark(label: str) -> Part:
    found = next((member for member in CompanyClass if member.label == label), None)
    if found is None:
        names = "、".join(member.label for member in CompanyClass)
        raise CellWrong("企业类别", f"没有“{label}”这一项，可填：{names}。")
    return Part(CompanyClassMark, {"company_id": Ref("company"), "company_class": found}, found.value)


def contact(cells: Cells) -> list[Part]:
    """contacts.csv: a person at a company."""
    values = {
        "company_id": cells.needed_one("企业", "企业"),
        "name": cells.needed("姓名"),
        "title": cells.text("职务"),
        "phone": cells.text("电话"),
        "email": cells.text("邮箱"),
        "note": cells.long("备注"),
        "created_at": cells.needed_instant("登记时间"),
        "created_by_id": cells.one("人员", "登记人"),
    }
    return [Part(Contact, values)]


def project(cells: Cells) -> list[Part]:
    """projects.csv: a project, its team, its first planned total, and the first line of its stage log."""
    at = cells.needed_instant("登记时间")
    by_id = cells.one("人员", "首报人")
    started = Part(
        StageMove,
        {
            "project_id": Ref("project"),
            "from_stage": None,
            "to_stage": Stage.LEAD,
            "moved_on": day_of(at),
            "claim_id": None,
            "reason": "",
            "recorded_at": at,
            "recorded_by_id": by_id,
        },
    )
    return [Part(Project, _project(cells, at, by_id)), started, *_plan(cells, at, by_id), *_members(cells, at)]


def _project(cells: Cells, at: datetime, by_id: int | None) -> dict[str, Any]:
    return {
        **_identity(cells),
        **_size(cells),
        **_needs(cells),
        "stage": Stage.LEAD,
        "stage_since_on": day_of(at),
        "registered_at": at,
        "registered_by_id": by_id,
        "is_demo": True,
    }


def _identity(cells: Cells) -> dict[str, Any]:
    name = cells.needed("项目名称")
    return {
        "code": cells.needed("项目编号"),
        "name": name,
        "name_key": project_key(name),
        "alias": cells.text("代号"),
        "company_id": cells.one("企业", "投资方"),
        "parent_id": cells.one("项目", "上级项目"),
        "duplicate_of_id": cells.one("项目", "重复于"),
        "unit_id": cells.needed_one("单位", "招商组"),
        "responsible_unit_id": cells.one("单位", "责任单位"),
        "capital_kind": cells.needed_word(CapitalKind, "内外资"),
        "industry_id": cells.one("产业", "产业"),
        "source_channel": cells.word(SourceChannel, "来源渠道"),
        "source_note": cells.text("来源说明"),
        "investment_form": cells.word(InvestmentForm, "投资形态"),
        "is_secret": cells.flag("涉密"),
        "is_relocation": cells.flag("市内平移"),
    }


def _size(cells: Cells) -> dict[str, Any]:
    return {
        "content": cells.long("建设内容"),
        "fixed_yuan": cells.yi("固定资产投资（亿元）"),
        "equipment_yuan": cells.yi("设备投资（亿元）"),
        "foreign_usd": cells.wan("意向外资（万美元）"),
        "output_yuan": cells.yi("达产产值（亿元）"),
        "tax_yuan": cells.wan("达产税收（万元）"),
        "jobs_count": cells.whole("就业（人）"),
        "energy_tce": cells.number("年能耗（吨标煤）"),
        "judgement": cells.long("研判意见"),
        "decision": cells.long("评审结论"),
        "confidence_percent": cells.whole("把握（%）"),
    }


def _needs(cells: Cells) -> dict[str, Any]:
    return {
        "area_id": cells.one("片区", "片区"),
        "site": cells.text("具体位置"),
        "land_use": cells.word(LandUse, "用地方式"),
        "land_mu": cells.number("用地（亩）"),
        "plant_m2": cells.number("厂房（平方米）"),
        "competitors": cells.text("其他候选地"),
        "expected_sign_on": cells.day("预计签约"),
        "planned_start_on": cells.day("计划开工"),
        "planned_finish_on": cells.day("计划竣工"),
        "planned_production_on": cells.day("计划投产"),
    }


def _plan(cells: Cells, at: datetime, by_id: int | None) -> list[Part]:
    amount = cells.yi("首报总投资（亿元）")
    if amount is None:
        return []
    values = {
        "project_id": Ref("project"),
        "kind": MoneyKind.PLAN,
        "amount": amount,
        "currency": Currency.CNY,
        "rate": 1,
        "rate_on": None,
        "amount_yuan": amount,
        "happened_on": day_of(at),
        "note": "",
        "entered_at": at,
        "entered_by_id": by_id,
    }
    return [Part(MoneyEntry, values)]


def _members(cells: Cells, at: datetime) -> list[Part]:
    return [
        Part(
            ProjectMember,
            {"project_id": Ref("project"), "user_id": user_id, "role": role, "from_on": day_of(at)},
            f"{role.value}-{user_id}",
        )
        for head, role in MEMBER_HEADS.items()
        for user_id in cells.many("人员", head)
    ]


def listing(cells: Cells) -> list[Part]:
    """listings.csv: a project on an annual list."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "key_list": cells.needed_word(KeyList, "清单"),
        "year": cells.needed_whole("年度"),
        "listing_class": cells.needed_word(ListingClass, "类别"),
        "batch_label": cells.text("批次"),
        "planned_start_on": cells.day("计划开工"),
        "from_on": cells.needed_day("列入日期"),
        "to_on": cells.day("调出日期"),
    }
    return [Part(Listing, values)]


def fai_entry(cells: Cells) -> list[Part]:
    """fai.csv: a started project in the statistics of fixed-asset investment."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "entered_on": cells.needed_day("入统日期"),
        "code": cells.needed("统计代码"),
        "recorded_at": cells.needed_instant("登记时间"),
        "recorded_by_id": cells.one("人员", "登记人"),
    }
    return [Part(FaiEntry, values)]
