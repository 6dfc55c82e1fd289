"""What is to be done with many projects at once; a field that is left blank is left alone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Optional

from crm.actions.project_bulk import FIELDS, BulkChange
from crm.choices import InvestmentForm, SourceChannel
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField
from crm.forms.fields import VersionField

LEFT = _l("不改")


class BulkForm(HouseForm):
    """Named like the columns they fill."""

    industry_id = RowField(_l("产业"), blank=LEFT)
    area_id = RowField(_l("落地片区"), blank=LEFT)
    source_channel = ChoiceField(_l("来源渠道"), SourceChannel, blank=LEFT)
    investment_form = ChoiceField(_l("投资形态"), InvestmentForm, blank=LEFT)
    expected_sign_on = DayField(_l("预计签约"), [Optional()])
    planned_start_on = DayField(_l("计划开工"), [Optional()])
    lead = RowField(_l("主办"), blank=LEFT)
    unit = RowField(_l("责任单位"), blank=LEFT)
    follow = BooleanField(_l("我要关注这些项目"))
    seen = VersionField()

    def change(self) -> BulkChange:
        """The typed value."""
        given = {name: self[name].data for name in FIELDS if self[name].data is not None}
        return BulkChange(given, self.lead.data, self.unit.data, bool(self.follow.data))
