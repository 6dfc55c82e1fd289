"""What a person says of a meeting that was held, and its agenda."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField
from wtforms.validators import Optional

from crm.choices import IssueClass, MeetingKind
from crm.forms.base import ChoiceField, HouseForm, RowField, line, required, text
from crm.forms.fields import LengthField, MomentField, SuggestField, TypedRowField, VersionField
from crm.rules.bookings import USUAL_MINUTES
from crm.rules.meetings import AgendaDraft, MeetingDraft

SPARE_ROWS = 2
MOST_ROWS = 40


class AgendaRow(Form):
    """A point of the agenda: a project, a title, or both; a row without either and without words is no row."""

    project = TypedRowField(_l("项目"))
    title = line(_l("议题"))
    issue_class = ChoiceField(_l("问题类别"), IssueClass, [Optional()], default=IssueClass.OTHER)
    situation = text(_l("情况"), length=4000)
    conclusion = text(_l("议定"), length=4000)

    def validate(self, extra_validators: Any = None) -> bool:
        """Words belong to something."""
        right: bool = super().validate(extra_validators)
        named = self.project.data or self.title.data
        if right and not named and (self.situation.data or self.conclusion.data):
            self.project.errors = [_l("请写是哪个项目，或写议题。")]
            return False
        return right

    def draft(self) -> AgendaDraft | None:
        """The typed value, or nothing."""
        if self.project.row_id is None and not self.title.data:
            return None
        words = (self.situation.data or "", self.conclusion.data or "", self.title.data or "")
        return AgendaDraft(self.project.row_id, self.issue_class.data, *words)


class MeetingForm(HouseForm):
    """A meeting that was held, with its agenda."""

    title = line(_l("会议名称"), required())
    kind = ChoiceField(_l("类型"), MeetingKind, default=MeetingKind.COORDINATION)
    held_at = MomentField(_l("开始时间"))
    minutes = LengthField(_l("时长"), default=USUAL_MINUTES)
    place = SuggestField(_l("地点"))
    chair_id = RowField(_l("主持"))
    attendees = text(_l("参会单位和人员"), length=4000)
    minutes_number = line(_l("纪要编号"), length=60)
    summary = text(_l("会议小结"))
    agenda = FieldList(FormField(AgendaRow), _l("议程"), max_entries=MOST_ROWS)
    version = VersionField()

    def add_rows(self, count: int = SPARE_ROWS) -> None:
        """More empty rows at the end of the agenda, as far as there is room."""
        for _ in range(min(count, MOST_ROWS - len(self.agenda.entries))):
            self.agenda.append_entry()

    def draft(self) -> MeetingDraft:
        """The typed value."""
        held_at = self.held_at.data
        assert held_at is not None  # the view begins with one, and nothing typed keeps it
        rows = (entry.form.draft() for entry in self.agenda.entries)
        return MeetingDraft(
            kind=self.kind.data,
            title=self.title.data or "",
            held_at=held_at,
            minutes=self.minutes.data or 0,
            place=self.place.data or "",
            chair_id=self.chair_id.data,
            attendees=self.attendees.data or "",
            minutes_number=self.minutes_number.data or "",
            summary=self.summary.data or "",
            agenda=tuple(row for row in rows if row is not None),
        )
