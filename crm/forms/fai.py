"""入统: the day and the code, and why an entry is taken back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from crm.forms.base import DayField, HouseForm, line, required
from crm.rules.fai import FaiDraft


class FaiForm(HouseForm):
    """A project is taken into the statistics."""

    entered_on = DayField(_l("入统日期"), [required()])
    code = line(_l("统计代码"), required(), length=40)

    def draft(self) -> FaiDraft:
        """The typed value."""
        assert self.entered_on.data is not None  # required
        return FaiDraft(self.entered_on.data, (self.code.data or "").upper())


class WithdrawForm(HouseForm):
    """An entry is taken back."""

    reason = line(_l("撤销原因"), required(), length=200)
