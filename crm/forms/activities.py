"""What a person says of a touchpoint. The quick form shows a few of these fields, the full one all."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import Optional

from crm.choices import ActivityKind, ActivityResult, ActivityState
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField, line, required, text
from crm.forms.fields import MomentField, RowsField, SuggestField, TypedRowField, VersionField
from crm.rules.activities import ActivityDraft

# Words short enough for a row of buttons; the vocabulary's own stand in lists.
SHORT_KINDS = {
    ActivityKind.TALK: _l("面谈"),
    ActivityKind.VIDEO: _l("视频会"),
    ActivityKind.CALL: _l("电话"),
    ActivityKind.MESSAGE: _l("微信函件"),
    ActivityKind.VISIT: _l("来访"),
    ActivityKind.TRIP: _l("外出"),
    ActivityKind.EVENT: _l("招商活动"),
    ActivityKind.SERVICE: _l("走访服务"),
}


class ActivityForm(HouseForm):
    """A touchpoint, done or planned. Fields that a page does not show keep their defaults."""

    kind = ChoiceField(_l("方式"), ActivityKind, default=ActivityKind.TALK)
    state = ChoiceField(_l("状态"), ActivityState, [Optional()], default=ActivityState.DONE)
    happened_at = MomentField(_l("时间"))
    project_ids = RowsField(_l("项目"))
    company = TypedRowField(_l("企业"))
    title = line(_l("事由"))
    place = line(_l("地点"))
    city = SuggestField(_l("城市"))
    people_ids = RowsField(_l("我方参加人"))
    our_side = line(_l("我方其他人"))
    their_side = line(_l("对方参加人"))
    their_count = IntegerField(_l("对方人数"), [Optional()])
    summary = text(_l("谈了什么"))
    demands = text(_l("对方诉求"))
    commitments = text(_l("我方答复和承诺"))
    result = ChoiceField(_l("结果"), ActivityResult, blank=_l("未定"))
    next_step = line(_l("下一步"))
    next_on = DayField(_l("下次联系"), [Optional()])
    next_owner_id = RowField(_l("由谁跟进"), blank=_l("记录人"))
    seen = VersionField()

    def draft(self) -> ActivityDraft:
        """The typed value."""
        moment = self.happened_at.data
        assert moment is not None  # the view begins with one, and nothing typed keeps it
        return ActivityDraft(
            kind=self.kind.data,
            happened_at=moment,
            state=self.state.data,
            project_ids=tuple(self.project_ids.data or ()),
            company_id=self.company.row_id,
            title=self.title.data or "",
            place=self.place.data or "",
            city=self.city.data or "",
            our_side=self.our_side.data or "",
            people_ids=tuple(self.people_ids.data or ()),
            their_side=self.their_side.data or "",
            their_count=self.their_count.data,
            summary=self.summary.data or "",
            demands=self.demands.data or "",
            commitments=self.commitments.data or "",
            result=self.result.data,
            next_step=self.next_step.data or "",
            next_on=self.next_on.data,
            next_owner_id=self.next_owner_id.data,
        )


class PostponeForm(HouseForm):
    """Another day for a promised contact."""

    next_on = DayField(_l("延期到"), [required()])
