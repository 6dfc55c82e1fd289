"""Whose project it is: giving it into the pool, offering it to others, answering, merging."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, NumberRange, Optional

from crm.forms.base import HouseForm, IntegerField, RowField, required, text
from crm.rules.transfers import TransferDraft


class ReleaseForm(HouseForm):
    """Giving a project into the public pool."""

    reason = text(_l("释放原因"), required(_l("请写明释放原因，留作记录。")), length=1000)


class TransferForm(HouseForm):
    """Offering a project to a team or a person."""

    to_unit = RowField(_l("接收的组"), blank=_l("请选择"))
    to_user = RowField(_l("接收人"), blank=_l("由接收组组长指定"))
    from_percent = IntegerField(
        _l("首谈方业绩比例（%）"),
        [
            InputRequired(_l("请填 0 到 100 之间的整数。")),
            NumberRange(0, 100, _l("请填 0 到 100 之间的整数。")),
        ],
    )
    reason = text(_l("流转原因"), required(_l("请写明流转原因，对方据此决定是否接收。")), length=1000)

    def draft(self) -> TransferDraft:
        """The typed value."""
        percent = self.from_percent.data
        assert percent is not None
        return TransferDraft(self.to_unit.data, self.to_user.data, self.reason.data or "", percent)


class AnswerForm(HouseForm):
    """Taking an offered project or refusing it."""

    to_user = RowField(_l("主办"), blank=_l("请选择"))
    answer = text(_l("答复"), length=1000)


class MergeForm(HouseForm):
    """Why two records are one; the columns of which the other one's value stays are boxes in the preview."""

    reason = text(_l("合并原因"), Optional(), length=1000)
