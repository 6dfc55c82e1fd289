"""What a person says of a company and of the people at it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from crm.choices import CompanyClass, Origin
from crm.forms.base import ChoiceField, HouseForm, YuanField, line, required, text
from crm.forms.fields import SuggestField, TypedRowField, VersionField, WordsField
from crm.rules import credit_code
from crm.rules.companies import CompanyDraft, ContactDraft
from crm.rules.places import full_province


class CompanyForm(HouseForm):
    """An investor."""

    name = line(_l("企业全称"), required())
    short_name = line(_l("简称"), length=60)
    credit_code = line(_l("统一社会信用代码"), length=40, render_kw={"autocomplete": "off", "spellcheck": "false"})
    origin = ChoiceField(_l("来源"), Origin, blank=_l("未定"))
    province = SuggestField(_l("省份"), length=40)
    city = SuggestField(_l("城市"), length=40)
    country = SuggestField(_l("国别或地区"), length=40)
    registered_yuan = YuanField(_l("注册资本"), [Optional()], unit=_l("万元"), factor=10**4)
    parent = TypedRowField(_l("所属集团"))
    classes = WordsField(_l("企业类别"), CompanyClass)
    intro = text(_l("企业简介"))
    seen = VersionField()
    shown = WordsField(_l("企业类别"), CompanyClass)  # the classes as the form opened, carried along unseen

    def draft(self) -> CompanyDraft:
        """The typed value: a normal credit code, a province by its full name, only the place that its origin has."""
        abroad = self.origin.data is Origin.FOREIGN
        return CompanyDraft(
            name=self.name.data or "",
            short_name=self.short_name.data or "",
            credit_code=credit_code.normal(self.credit_code.data or "") or None,
            parent_id=self.parent.row_id,
            origin=self.origin.data,
            country=(self.country.data or "") if self.origin.data is not Origin.DOMESTIC else "",
            province="" if abroad else full_province(self.province.data or ""),
            city=self.city.data or "",
            registered_yuan=self.registered_yuan.yuan,
            intro=self.intro.data or "",
            classes=frozenset(self.classes.data or ()),
        )


class ContactForm(HouseForm):
    """A person at a company."""

    name = line(_l("姓名"), required(), length=60)
    title = line(_l("职务"), length=60)
    phone = line(_l("电话"), length=40, render_kw={"inputmode": "tel", "autocomplete": "off"})
    email = line(_l("邮箱"), length=120, render_kw={"inputmode": "email", "autocomplete": "off"})
    note = text(_l("备注"), length=2000)
    seen = VersionField()

    def draft(self) -> ContactDraft:
        """The typed value."""
        return ContactDraft(
            self.name.data or "",
            self.title.data or "",
            self.phone.data or "",
            self.email.data or "",
            self.note.data or "",
        )
