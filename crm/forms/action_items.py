"""What a person says when something is handed out, and with each step of working it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, MultipleFileField
from wtforms.validators import NumberRange, Optional

from crm.actions.action_items import StepDraft
from crm.actions.files import Upload
from crm.choices import ActionSource, EvidenceKind, IssueClass, Priority, Rating
from crm.choices import ActionStepKind as Step
from crm.forms.base import ChoiceField, DayField, HouseForm, IntegerField, RowField, line, required, text
from crm.forms.fields import RowsField, TypedRowField, VersionField
from crm.rules.action_items import ActionDraft
from crm.rules.files import ACCEPT, LARGEST_BYTES

MOST_DAYS = 250  # working days; a year


class WorkingDaysField(IntegerField):
    """A number of working days."""

    unit = _l("个工作日")


class ActionForm(HouseForm):
    """What is handed out. The deadline is a day, or so many working days from now on (`falls_on` says which day that is)."""

    project_id = TypedRowField(_l("项目"), [required(_l("请选择项目。"))])
    issue_class = ChoiceField(_l("问题类别"), IssueClass)
    problem = text(_l("问题"), required(), length=2000)
    task = text(_l("要求办到"), required(), length=2000)
    lead_unit_id = RowField(_l("牵头单位"), [required(_l("请选择牵头单位。"))])
    support_unit_ids = RowsField(_l("配合单位"))
    support_units = line(_l("其他配合单位"))
    person_id = RowField(_l("责任人"))
    priority = ChoiceField(_l("缓急"), Priority, [Optional()], default=Priority.NORMAL)
    source = ChoiceField(_l("来源"), ActionSource, blank="—")
    deadline_on = DayField(_l("办结时限"), [Optional()])
    working_days = WorkingDaysField(
        _l("或几个工作日内"), [Optional(), NumberRange(1, MOST_DAYS, message=_l("请填 1—250 个工作日。"))]
    )
    version = VersionField()
    falls_on: Callable[[int], date]

    def validate(self, extra_validators: Any = None) -> bool:
        """One of the two says the deadline."""
        right: bool = super().validate(extra_validators)
        told = [self.deadline_on.data is not None, self.working_days.data is not None]
        if right and sum(told) != 1:
            both = _l("日期和工作日数只填一个。")
            self.deadline_on.errors = [both if all(told) else _l("请填办结日期，或几个工作日内办结。")]
            return False
        return right

    def draft(self) -> ActionDraft:
        """The typed value."""
        deadline_on = self.deadline_on.data or self.falls_on(self.working_days.data or 1)
        return ActionDraft(
            project_id=self.project_id.row_id or 0,
            problem=self.problem.data or "",
            task=self.task.data or "",
            lead_unit_id=self.lead_unit_id.data or 0,
            deadline_on=deadline_on,
            issue_class=self.issue_class.data,
            support_units=self.support_units.data or "",
            person_id=self.person_id.data,
            support_unit_ids=tuple(dict.fromkeys(self.support_unit_ids.data or ())),
            priority=self.priority.data or Priority.NORMAL,
            source=self.source.data,
        )


class StepForm(HouseForm):
    """One step with what was handed out, what is said with it, and the files that prove it."""

    step = ChoiceField(_l("办理"), Step)
    note = text(_l("说明"), length=2000, render_kw={"rows": 3})
    rating = ChoiceField(_l("评价"), Rating, blank=_l("请选择"))
    files = MultipleFileField(_l("佐证材料"), render_kw={"accept": ACCEPT})
    version = VersionField()

    def draft(self) -> StepDraft:
        """The typed value."""
        chosen = [file for file in self.files.data or () if getattr(file, "filename", "")]
        uploads = [Upload(file.filename, file.read(LARGEST_BYTES + 1), EvidenceKind.OTHER, "files") for file in chosen]
        return StepDraft(self.step.data, self.note.data or "", self.rating.data, uploads)


class HandOverForm(HouseForm):
    """Giving an item to another unit."""

    lead_unit_id = RowField(_l("转到单位"), [required(_l("请选择单位。"))])
    person_id = RowField(_l("责任人"))
    note = text(_l("理由"), required(), length=500, render_kw={"rows": 3})
    version = VersionField()


class ExtensionForm(HouseForm):
    """Asking for more time."""

    wanted_on = DayField(_l("延期到"), [required()])
    reason = text(_l("理由"), required(), length=500, render_kw={"rows": 3})
    version = VersionField()


class DecisionForm(HouseForm):
    """Granting more time, or not."""

    granted = HiddenField()
    decision = text(_l("批复意见"), length=500, render_kw={"rows": 2})
