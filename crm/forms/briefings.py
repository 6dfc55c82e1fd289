"""Checking and issuing a month's briefing, and the paragraphs typed for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField
from wtforms.validators import Optional

from crm.actions.briefings import LONGEST_REMARK
from crm.choices import BriefingSection
from crm.forms.base import ChoiceField, HouseForm, RowField, required, text


class CheckForm(HouseForm):
    """Freezing the month; `confirmed` where figures do not agree with each other."""

    confirmed = BooleanField(_l("勾稽检查的问题已逐项核实"))


class IssueForm(HouseForm):
    """Who signed, and the number where the year's first issue may begin at another than 1."""

    signer = RowField(_l("签发人"), [required(_l("请选择签发的领导。"))], blank=_l("请选择"))
    number = IntegerField(_l("期号"), [Optional()])


class RemarkForm(HouseForm):
    """A paragraph for a section of the overview."""

    section = ChoiceField(_l("章节"), BriefingSection)
    text = text(_l("补充文字"), length=LONGEST_REMARK)
