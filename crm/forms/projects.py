"""Registering a project, changing what is known of it, its team and its secrecy."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField
from wtforms.validators import NumberRange, Optional

from crm.actions.investors import Investor
from crm.actions.projects import ProjectDraft
from crm.choices import CapitalKind, InvestmentForm, LandUse, MemberRole, Origin, SourceChannel
from crm.forms.base import ChoiceField, DayField, HouseForm, NumberField, RowField, YuanField, line, required, text
from crm.forms.fields import RowsField, SeenField, SuggestField, TypedRowField, VersionField
from crm.queries.likeness import Asked
from crm.rules import credit_code
from crm.rules.collisions import Answer, AnswerKind
from crm.rules.places import full_province


def _wan(label: Any, **kwargs: Any) -> YuanField:
    return YuanField(label, [Optional()], unit=_l("万元"), factor=10**4, **kwargs)


def _usd(label: Any) -> YuanField:
    """Whole dollars typed in 万美元."""
    return YuanField(label, [Optional()], unit=_l("万美元"), factor=10**4)


class RegisterForm(HouseForm):
    """A new lead. Only the name is a must; the gate asks for the rest before the next stage."""

    name = line(_l("项目名称"), required())
    capital_kind = ChoiceField(_l("内外资"), CapitalKind, default=CapitalKind.DOMESTIC)
    total_yuan = YuanField(_l("计划总投资"), [Optional()])
    foreign_usd = _usd(_l("其中外资"))
    industry_id = RowField(_l("产业"), blank=_l("未定"))
    area_id = RowField(_l("意向片区"), blank=_l("未定"))
    content = text(_l("建设内容"))
    source_channel = ChoiceField(_l("来源渠道"), SourceChannel, blank=_l("未定"))
    source_note = line(_l("谁介绍的、在哪里得知"))
    company = SuggestField(_l("投资方"))
    credit_code = line(_l("统一社会信用代码"), length=40, render_kw={"autocomplete": "off", "spellcheck": "false"})
    origin = ChoiceField(_l("来源"), Origin, blank=_l("未定"))
    province = SuggestField(_l("省份"), length=40)
    country = SuggestField(_l("国别或地区"), length=40)
    contact_name = line(_l("联系人"), length=60)
    contact_title = line(_l("职务"), length=60)
    contact_phone = line(_l("电话"), length=40, render_kw={"inputmode": "tel", "autocomplete": "off"})
    unit_id = RowField(_l("责任单位"), blank=_l("我所在单位"))
    lead_id = RowField(_l("主办"), blank=_l("暂不指定"))
    confirmed = BooleanField(_l("金额无误，按此登记"))
    is_new = BooleanField(_l("已核对，不是同一个项目，继续登记"))
    seen_at = SeenField()
    answer = ChoiceField(_l("怎么办"), AnswerKind, blank=_l("请选择"))
    words = text(_l("说明"), length=2000)

    def draft(self) -> ProjectDraft:
        """The typed value."""
        return ProjectDraft(
            name=self.name.data or "",
            capital_kind=self.capital_kind.data,
            investor=self._investor(),
            industry_id=self.industry_id.data,
            area_id=self.area_id.data,
            source_channel=self.source_channel.data,
            source_note=self.source_note.data or "",
            content=self.content.data or "",
            total_yuan=self.total_yuan.yuan,
            foreign_usd=self.foreign_usd.yuan,
            unit_id=self.unit_id.data if self.unit_id else None,  # officers register for their own team
            lead_id=self.lead_id.data,
            confirmed=self.confirmed.data,
        )

    def asked(self) -> Asked:
        """What the register is searched for."""
        total_yuan = self.total_yuan.yuan if not self.total_yuan.errors else None
        code = credit_code.normal(self.credit_code.data or "")
        return Asked(self.name.data or "", self.company.data or "", code, total_yuan)

    def reply(self) -> Answer | None:
        """What the officer says to a collision."""
        return Answer(self.answer.data, self.words.data or "") if self.answer.data else None

    def _investor(self) -> Investor:
        return Investor(
            name=self.company.data or "",
            credit_code=credit_code.normal(self.credit_code.data or "") or None,
            origin=self.origin.data,
            country=self.country.data or "",
            province=full_province(self.province.data or ""),
            contact_name=self.contact_name.data or "",
            contact_title=self.contact_title.data or "",
            contact_phone=self.contact_phone.data or "",
        )


# The sections of the edit page: anchor, heading, fields in order.
SECTIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (
        "identity",
        _l("项目"),
        ("name", "alias", "investor", "capital_kind", "industry_id", "area_id", "site", "investment_form",
         "source_channel", "source_note", "responsible_unit_id", "content"),
    ),
    (
        "value",
        _l("投资与效益"),
        ("total_yuan", "fixed_yuan", "equipment_yuan", "foreign_usd", "output_yuan", "tax_yuan", "jobs_count"),
    ),
    ("land", _l("用地与能耗"), ("land_use", "land_mu", "plant_m2", "energy_tce")),
    (
        "plan",
        _l("时间安排"),
        ("expected_sign_on", "planned_start_on", "planned_finish_on", "planned_production_on"),
    ),
    ("judgement", _l("研判与决策"), ("competitors", "confidence_percent", "judgement", "decision")),
    ("counting", _l("归并与统计口径"), ("parent", "duplicate_of", "is_relocation")),
)  # fmt: skip


# Fields named otherwise than the columns they fill.
COLUMN_OF = {"investor": "company_id", "parent": "parent_id", "duplicate_of": "duplicate_of_id"}


class EditForm(HouseForm):
    """All that is known of a project; fields are named like the columns they fill."""

    name = line(_l("项目名称"), required())
    alias = line(_l("代号"), length=60)
    investor = TypedRowField(_l("投资方"))
    capital_kind = ChoiceField(_l("内外资"), CapitalKind)
    industry_id = RowField(_l("产业"), blank=_l("未定"))
    area_id = RowField(_l("落地片区"), blank=_l("未定"))
    site = line(_l("地块或载体"))
    investment_form = ChoiceField(_l("投资形态"), InvestmentForm, blank=_l("未定"))
    source_channel = ChoiceField(_l("来源渠道"), SourceChannel, blank=_l("未定"))
    source_note = line(_l("谁介绍的、在哪里得知"))
    responsible_unit_id = RowField(_l("牵头单位"), blank=_l("未定"))
    content = text(_l("建设内容"))
    total_yuan = YuanField(_l("计划总投资"), [Optional()])
    fixed_yuan = YuanField(_l("固定资产投资"), [Optional()])
    equipment_yuan = YuanField(_l("设备投资"), [Optional()])
    foreign_usd = _usd(_l("外资"))
    output_yuan = YuanField(_l("达产年产值"), [Optional()])
    tax_yuan = _wan(_l("达产年税收"))
    jobs_count = IntegerField(_l("就业人数"), [Optional(), NumberRange(0, 10_000_000)])
    land_use = ChoiceField(_l("用地情况"), LandUse, blank=_l("未定"))
    land_mu = NumberField(_l("用地面积"), [Optional(), NumberRange(0, 1_000_000)], unit=_l("亩"))
    plant_m2 = NumberField(_l("厂房面积"), [Optional(), NumberRange(0, 100_000_000)], unit=_l("平方米"))
    energy_tce = NumberField(_l("年综合能耗"), [Optional(), NumberRange(0, 1_000_000_000)], unit=_l("吨标煤"))
    expected_sign_on = DayField(_l("预计签约"), [Optional()])
    planned_start_on = DayField(_l("计划开工"), [Optional()])
    planned_finish_on = DayField(_l("计划竣工"), [Optional()])
    planned_production_on = DayField(_l("计划投产"), [Optional()])
    competitors = line(_l("其他候选地"))
    confidence_percent = IntegerField(_l("把握程度（%）"), [Optional(), NumberRange(0, 100)])
    judgement = text(_l("研判意见"))
    decision = text(_l("评审会议编号和结论"))
    parent = TypedRowField(_l("是哪个项目的分期"))
    duplicate_of = TypedRowField(_l("重复于"))
    is_relocation = BooleanField(_l("市内平移项目，不计入新增"))
    confirmed = BooleanField(_l("金额无误，按此保存"))
    seen = VersionField()

    def values(self) -> dict[str, Any]:
        """Column -> value, for every column the form shows."""
        names = (name for _anchor, _title, names in SECTIONS for name in names)
        return {COLUMN_OF.get(name, name): self.value(name) for name in names}

    def value(self, name: str) -> Any:
        """What a field says; texts are never None in the register, figures and days may be."""
        field = self[name]
        if isinstance(field, TypedRowField):
            return field.row_id
        if isinstance(field, YuanField):
            return field.yuan
        return field.data or "" if field.type in ("StringField", "TextAreaField") else field.data

    def keep_only(self, name: str) -> None:
        """Leave out every field but this one and what comes with any: for a cell of the list."""
        for field in list(self):
            if field.name not in (name, "confirmed", "seen", "csrf_token"):
                del self[field.name]

    def column_field(self, column: str) -> str:
        """The field that fills a column."""
        return next((name for name, filled in COLUMN_OF.items() if filled == column), column)


class TeamForm(HouseForm):
    """The people of a project and its team; the first reporter is a fact and stands above."""

    lead = RowField(_l("主办"), [required(_l("请选择主办。"))], blank=_l("请选择"))
    support = RowsField(_l("协办"))
    leader = RowField(_l("挂钩领导"), blank=_l("未定"))
    agent = RowField(_l("代办员"), blank=_l("签约后指派"))
    reader = RowsField(_l("知悉人"))
    unit_id = RowField(_l("责任单位"), [required(_l("请选择单位。"))])

    def people(self) -> dict[MemberRole, list[int]]:
        """Who has which part."""
        one = {MemberRole.LEAD: self.lead, MemberRole.LEADER: self.leader, MemberRole.AGENT: self.agent}
        several = {MemberRole.SUPPORT: self.support, MemberRole.READER: self.reader}
        return {role: [field.data] if field.data else [] for role, field in one.items()} | {
            role: list(field.data or ()) for role, field in several.items()
        }


class SecrecyForm(HouseForm):
    """Whether only the named may know of the project."""

    is_secret = BooleanField(_l("涉密：只有班子成员和领导能看到"))
    alias = line(_l("代号"), length=60)
