"""Taking a project on or back, and saying whether it is pursued."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from crm.choices import LossReason, Stage, Status
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField, line, required, text
from crm.rules.statuses import StatusDraft


class MoveForm(HouseForm):
    """Taking a project to a stage, with the reason where one is needed."""

    reason = text(_l("说明"), length=1000)


class BackForm(HouseForm):
    """Taking a project back to an earlier stage."""

    to_stage = RowField(_l("退回到"), [required(_l("请选择阶段。"))], blank=_l("请选择"))
    reason = text(_l("退回原因"), required(_l("退回阶段要写明原因。")), length=1000)

    def stage(self) -> Stage:
        """The stage chosen."""
        return next(stage for stage in Stage if stage == self.to_stage.data)


class StatusForm(HouseForm):
    """Pausing, losing, withdrawing or taking up again; which of them is in the address."""

    changed_on = DayField(_l("日期"), [required()])
    reason_class = ChoiceField(_l("原因"), LossReason, blank=_l("请选择"))
    reason = text(_l("具体情况"), length=1000)
    lost_to = line(_l("落户到哪里"))
    review_on = DayField(_l("复核日期"), [Optional()])

    def draft(self, to_status: Status) -> StatusDraft:
        """The typed value."""
        day = self.changed_on.data
        assert day is not None
        return StatusDraft(
            to_status=to_status,
            changed_on=day,
            reason_class=self.reason_class.data,
            reason=self.reason.data or "",
            lost_to=self.lost_to.data or "",
            review_on=self.review_on.data,
        )
