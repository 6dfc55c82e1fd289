"""A light set by hand, and what came in answer to a letter."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import Optional

from crm.actions.letters import LONGEST_ANSWER
from crm.actions.lights import Wanted
from crm.choices import Light
from crm.forms.base import ChoiceField, DayField, HouseForm, required, text
from crm.rules.days import Month
from crm.rules.lights import LONGEST_REASON


class LightForm(HouseForm):
    """The light of a month and why; `seen` is what the page showed (queries.lights.Lit.token)."""

    light = ChoiceField(_l("改亮"), Light, blank=_l("请选择"))
    reason = text(_l("理由"), length=LONGEST_REASON)
    seen = HiddenField()

    @classmethod
    def of(cls, month: Month, offered: tuple[Light, ...], **values: Any) -> LightForm:
        """The form of a month, offering these lights; a page holds one a month."""
        form = cls(prefix=f"m{month.number}", **values)
        form.light.offer(offered)
        return form

    def wanted(self) -> Wanted:
        """The typed value."""
        return Wanted(self.light.data, (self.reason.data or "").rstrip("。；，、"), self.seen.data or "")


class AnswerForm(HouseForm):
    """The day on which an answer came, and what it says."""

    answered_on = DayField(_l("收到日期"), [required(_l("请填写收到的日期。"))])
    answer = text(_l("回复内容"), Optional(), length=LONGEST_ANSWER)
