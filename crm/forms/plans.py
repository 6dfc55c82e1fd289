"""A key project's plan of a year, and the nodes on it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from crm.choices import Word
from crm.forms.base import DayField, HouseForm, YuanField, line, required, text
from crm.forms.fields import VersionField
from crm.rules.plans import NUMBERS, NodeDraft, NodeReport, PlanDraft


class PlanForm(HouseForm):
    """What the project means to invest in a year, and by month where the twelfths do not fit."""

    planned_yuan = YuanField(_l("年度计划投资"), [required()])
    planned_start_on = DayField(_l("计划开工"), [Optional()])
    planned_finish_on = DayField(_l("计划竣工"), [Optional()])
    planned_production_on = DayField(_l("计划投产"), [Optional()])
    goal = text(_l("年度目标"), length=1000)
    reason = text(_l("调整原因"), length=1000)

    @property
    def months(self) -> list[Any]:
        """The twelve fields of the months."""
        return [self[f"month_{number}"] for number in NUMBERS]

    def draft(self, year: int) -> PlanDraft:
        """The typed value; months of which some are filled count blanks as nothing, none filled are n/12."""
        amounts = [field.yuan for field in self.months]
        return PlanDraft(
            year=year,
            planned_yuan=self.planned_yuan.yuan or 0,
            goal=self.goal.data or "",
            planned_start_on=self.planned_start_on.data,
            planned_finish_on=self.planned_finish_on.data,
            planned_production_on=self.planned_production_on.data,
            month_yuan=None if all(amount is None for amount in amounts) else tuple(one or 0 for one in amounts),
            reason=self.reason.data or "",
        )


for _number in NUMBERS:
    setattr(PlanForm, f"month_{_number}", YuanField(Word("%(n)d月", n=_number), [Optional()]))


def plan_form(plan: Any = None) -> PlanForm:
    """The form with the plan in force; the reason for the next change is still to be typed."""
    if plan is None:
        return PlanForm(formdata=None)
    months = {f"month_{number}": (plan.month_yuan or [None] * 12)[number - 1] for number in NUMBERS}
    kept = ("planned_yuan", "planned_start_on", "planned_finish_on", "planned_production_on", "goal")
    return PlanForm(formdata=None, data={**{name: getattr(plan, name) for name in kept}, **months})


class NodeForm(HouseForm):
    """A node for the plan of a year."""

    name = line(_l("节点"), required(), length=60)
    planned_on = DayField(_l("计划日期"), [required()])

    def draft(self, year: int) -> NodeDraft:
        """The typed value."""
        assert self.planned_on.data is not None
        return NodeDraft(year, self.name.data or "", self.planned_on.data)


class NodeReportForm(HouseForm):
    """What the responsible person says of a node."""

    version = VersionField()
    forecast_on = DayField(_l("预计日期"), [Optional()])
    actual_on = DayField(_l("实际日期"), [Optional()])
    note = text(_l("说明"), length=1000)

    def draft(self) -> NodeReport:
        """The typed value."""
        return NodeReport(self.forecast_on.data, self.actual_on.data, self.note.data or "")


class NodePlanForm(HouseForm):
    """Another planned day for a node."""

    version = VersionField()
    planned_on = DayField(_l("计划日期"), [required()])
    reason = text(_l("原因"), length=1000)
