"""A project on the annual lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, Optional

from crm.choices import KeyList, ListingClass
from crm.forms.base import ChoiceField, DayField, HouseForm, line
from crm.rules.listings import ListingDraft


class ListingForm(HouseForm):
    """Putting a project on a list."""

    year = IntegerField(_l("年度"), [InputRequired(_l("这一项必填。"))])
    key_list = ChoiceField(_l("清单"), KeyList)
    listing_class = ChoiceField(_l("类别"), ListingClass)
    batch_label = line(_l("批次"), length=60)
    planned_start_on = DayField(_l("计划开工"), [Optional()])

    def draft(self) -> ListingDraft:
        """The typed value."""
        return ListingDraft(
            key_list=self.key_list.data,
            year=self.year.data or 0,
            listing_class=self.listing_class.data,
            batch_label=self.batch_label.data or "",
            planned_start_on=self.planned_start_on.data,
        )
