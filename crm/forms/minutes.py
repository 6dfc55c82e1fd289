"""What is written while a meeting is held: at a point of the agenda, of who came, in closing; and the steps of its minutes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from crm.choices import IssueClass
from crm.forms.base import ChoiceField, HouseForm, RowField, line, short, text
from crm.forms.fields import RowsField, TypedRowField, VersionField
from crm.rules.minutes import ItemDraft

LONGEST = 4000


class ItemForm(HouseForm):
    """A point of the agenda; `seen` is the last change of it that the form has seen."""

    situation = text(_l("情况"), length=LONGEST)
    issue_class = ChoiceField(_l("问题分类"), IssueClass, default=IssueClass.OTHER)
    conclusion = text(_l("议定"), length=LONGEST)
    notes = text(_l("会前说明"), length=LONGEST)
    is_deferred = BooleanField(_l("移交下次会议"))
    seen = VersionField()

    def draft(self) -> ItemDraft:
        """The typed value."""
        return ItemDraft(
            notes=self.notes.data or "",
            situation=self.situation.data or "",
            issue_class=self.issue_class.data,
            conclusion=self.conclusion.data or "",
            is_deferred=bool(self.is_deferred.data),
        )

    def settle(self, key: int) -> None:
        """Give the fields ids of their own: the page holds a form for each point."""
        for each in self:
            each.id = f"item-{key}-{each.name}"
            each.label.field_id = each.id


class NewItemForm(HouseForm):
    """A point that came up in the meeting."""

    project = TypedRowField(_l("项目"))
    title = line(_l("议题"))

    def settle(self) -> None:
        """Ids that no other form of the page has."""
        for each in self:
            each.id = f"new-{each.name}"
            each.label.field_id = each.id


class WordsForm(HouseForm):
    """What closes the minutes."""

    summary = text(_l("会议小结"))
    copies_to = text(_l("抄送"), length=2000)
    seen = VersionField()

    def values(self) -> dict[str, str]:
        """The typed values, by column."""
        return {"summary": self.summary.data or "", "copies_to": self.copies_to.data or ""}


class PresenceForm(HouseForm):
    """Those who came without having been asked; who of those invited came is read by the view, a row each."""

    more = text(_l("临时到会"), length=2000)


class StepForm(HouseForm):
    """A step of the minutes, with the reason where one is needed; `digest` is the text that the page showed."""

    reason = text(_l("理由"), length=1000)
    digest = StringField("", [Optional(), short(64)], widget=HiddenInput())


class CarryForm(HouseForm):
    """Which points go on, and to which meeting."""

    items = RowsField(_l("移交的议题"))
    target = RowField(_l("移交到"), blank=_l("请选择会议"))

    def chosen(self) -> tuple[list[int], int | None]:
        """The points and the meeting."""
        return self.items.data or [], self.target.data
