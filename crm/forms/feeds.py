"""What is asked of a calendar's secret address: whose calendar it shows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from crm.choices import FeedKind
from crm.forms.base import ChoiceField, HouseForm, RowField
from crm.forms.fields import TypedRowField


class FeedForm(HouseForm):
    """A new address; of room and project only the one that the kind names counts."""

    kind = ChoiceField(_l("订阅什么"), FeedKind, default=FeedKind.PERSON)
    room_id = RowField(_l("会议室"))
    project = TypedRowField(_l("项目"))
