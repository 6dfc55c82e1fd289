"""What is typed of a meeting that is planned: when, where, with whom, about what, and how it repeats."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from crm.choices import MeetingKind, OffDay, Reach, Repeat, Reply
from crm.errors import RuleBroken
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField, line, required, text
from crm.forms.fields import ClockField, LengthField, RowsField, SuggestField, TypedRowField, VersionField
from crm.language import translated
from crm.rules.bookings import USUAL_MINUTES, BookingDraft, Outsider, Point, read_outside
from crm.rules.days import at, local
from crm.rules.recurrence import NTHS, WEEKDAYS, Pattern

SPARE_ROWS = 2
MOST_ROWS = 40
FIRST_ROWS = 3


class WholeField(IntegerField):
    """A whole number; says in words what is wrong, with the value."""

    def process_formdata(self, values: list[str]) -> None:
        """Nothing typed is nothing."""
        if not values or not values[0].strip():
            self.data = None
            return
        text = values[0].strip()
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            self.data = None
            raise ValueError(_l("“%(text)s”不是整数。", text=text))
        self.data = int(text)


class WeekdaysField(SelectMultipleField):
    """Days of the week as boxes to tick, Monday first."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, **kwargs: Any):
        offered = [SelectChoice(value=str(number), label=words) for number, words in enumerate(WEEKDAYS)]
        super().__init__(label, coerce=int, choices=offered, validate_choice=False, **kwargs)

    def process_formdata(self, values: list[str]) -> None:
        """Whatever is no day of the week is nothing."""
        self.data = [int(value) for value in values if value in "0123456" and len(value) == 1]


class PointRow(Form):
    """A point of the agenda: a project, a title, or both; a row without either is no row."""

    project = TypedRowField(_l("项目"))
    title = line(_l("议题"))
    length_minutes = WholeField(_l("分钟"), [Optional()])
    notes = text(_l("说明"), length=2000)

    def validate(self, extra_validators: Any = None) -> bool:
        """Minutes and notes belong to something."""
        right: bool = super().validate(extra_validators)
        named = self.project.data or self.title.data
        if right and not named and (self.length_minutes.data or self.notes.data):
            self.title.errors = [_l("请写项目或议题。")]
            return False
        return right

    def draft(self) -> Point | None:
        """The typed value, or nothing."""
        if self.project.row_id is None and not self.title.data:
            return None
        return Point(
            self.project.row_id, self.title.data or "", self.length_minutes.data, self.notes.data or ""
        )  # fmt: skip


class BookingForm(HouseForm):
    """A planned meeting."""

    title = line(_l("会议名称"), required())
    kind = ChoiceField(_l("类型"), MeetingKind, default=MeetingKind.COORDINATION)
    held_on = DayField(_l("日期"), [required(_l("请选日期。"))])
    begins = ClockField(_l("开始"))
    minutes = LengthField(_l("时长"), default=USUAL_MINUTES)
    room_id = RowField(_l("会议室"), blank=_l("不用会议室"))
    place = SuggestField(_l("其他地点"))
    online_url = line(_l("线上会议链接"), length=500)
    chair_id = RowField(_l("主持"))
    secretary_id = RowField(_l("记录"))
    required_ids = RowsField(_l("必须到会"))
    optional_ids = RowsField(_l("可以不到"))
    outside = text(_l("外单位参会人"), length=8000)
    attendees = line(_l("其他参会单位"), length=2000)
    summary = text(_l("会议说明"), length=4000)
    agenda = FieldList(FormField(PointRow), _l("议程"), max_entries=MOST_ROWS)
    repeat = ChoiceField(_l("重复"), Repeat, blank=_l("不重复"))
    every = WholeField(_l("间隔"), [Optional()], default=1)
    weekdays = WeekdaysField(_l("星期几"))
    nth = SelectField(
        _l("第几个"), [Optional()], coerce=int, choices=[SelectChoice(value=n, label=words) for n, words in NTHS.items()],
        default=1,
    )  # fmt: skip
    off_days = ChoiceField(_l("遇放假"), OffDay, [Optional()], default=OffDay.AFTER)
    until_on = DayField(_l("到哪一天为止"), [Optional()])
    times = WholeField(_l("一共几次"), [Optional()])
    reason = line(_l("冲突时仍安排的理由"))
    reach = ChoiceField(_l("改哪几次"), Reach, [Optional()], default=Reach.THIS)
    origin_uid = line("", widget=HiddenInput())
    origin_sequence = VersionField()
    version = VersionField()

    def add_rows(self, count: int = SPARE_ROWS) -> None:
        """More empty rows at the end of the agenda, as far as there is room."""
        for _ in range(min(count, MOST_ROWS - len(self.agenda.entries))):
            self.agenda.append_entry()

    def validate_outside(self, field: Any) -> None:
        """One person a line."""
        try:
            read_outside(field.data or "")
        except RuleBroken as refusal:
            raise ValidationError(translated(refusal.message)) from refusal

    def put(self, held_at: datetime) -> None:
        """Another time, chosen by a button."""
        there = local(held_at)
        self.held_on.data, self.held_on.raw_data = there.date(), None
        self.begins.data, self.begins.raw_data = there.time(), None

    @property
    def held_at(self) -> datetime | None:
        """When it begins, as far as that is typed."""
        day, clock = self.held_on.data, self.begins.data
        return at(day, clock) if isinstance(day, date) and isinstance(clock, time) else None

    def draft(self) -> BookingDraft:
        """The typed value; the form has been found right."""
        held_at = self.held_at
        assert held_at is not None  # the day is required, the clock keeps what the form began with
        return self._drafted(held_at, read_outside(self.outside.data or ""))

    def partial(self) -> BookingDraft | None:
        """What can be understood while somebody still types; nothing before there is a time."""
        held_at = self.held_at
        if held_at is None:
            return None
        try:
            outside = read_outside(self.outside.data or "")
        except RuleBroken:
            outside = ()
        return self._drafted(held_at, outside)

    def _drafted(self, held_at: datetime, outside: tuple[Outsider, ...]) -> BookingDraft:
        points = (entry.form.draft() for entry in self.agenda.entries)
        needed = {self.chair_id.data, self.secretary_id.data}
        required_ids = tuple(key for key in self.required_ids.data or () if key not in needed)
        optional_ids = tuple(
            key for key in self.optional_ids.data or () if key not in needed and key not in required_ids
        )
        return BookingDraft(
            kind=self.kind.data or MeetingKind.COORDINATION,
            title=self.title.data or "",
            held_at=held_at,
            minutes=self.minutes.data or 0,
            room_id=self.room_id.data,
            place=self.place.data or "",
            online_url=self.online_url.data or "",
            chair_id=self.chair_id.data,
            secretary_id=self.secretary_id.data,
            required_ids=required_ids,
            optional_ids=optional_ids,
            outside=outside,
            attendees=self.attendees.data or "",
            summary=self.summary.data or "",
            agenda=tuple(point for point in points if point is not None),
            pattern=self._pattern(held_at),
            reason=self.reason.data or "",
            origin_uid=self.origin_uid.data or "",
            origin_sequence=self.origin_sequence.data or 0,
        )

    def _pattern(self, held_at: datetime) -> Pattern | None:
        if self.repeat.data is None:
            return None
        weekdays = self.weekdays.data if self.repeat.data in (Repeat.WEEKLY, Repeat.MONTHLY) else ()
        return Pattern(
            repeat=self.repeat.data,
            first_on=local(held_at).date(),
            every=1 if self.every.data is None else self.every.data,
            weekdays=tuple(weekdays or ()),
            nth=self.nth.data or 1,
            off_days=self.off_days.data or OffDay.AFTER,
            until_on=self.until_on.data,
            times=self.times.data,
        )

    @property
    def agenda_minutes(self) -> int:
        """How long the agenda takes, as far as it is typed."""
        return sum(entry.form.length_minutes.data or 0 for entry in self.agenda.entries)


class MoveForm(HouseForm):
    """Another time for a meeting, as by dragging it."""

    held_on = DayField(_l("日期"), [required(_l("请选日期。"))])
    begins = ClockField(_l("开始"))
    minutes = LengthField(_l("时长"))
    reason = line(_l("冲突时仍安排的理由"))
    version = VersionField()

    @property
    def held_at(self) -> datetime | None:
        """When it begins, as far as that is typed."""
        day, clock = self.held_on.data, self.begins.data
        return at(day, clock) if isinstance(day, date) and isinstance(clock, time) else None


class AnswerForm(HouseForm):
    """What somebody invited answers."""

    response = ChoiceField(_l("答复"), Reply)
    note = line(_l("附言"))


class LinkAnswerForm(AnswerForm):
    """The same by a link in a mail, where the page says of which version of the meeting it spoke."""

    sequence = VersionField()


class CancelForm(HouseForm):
    """Calling a meeting off."""

    reach = ChoiceField(_l("取消哪几次"), Reach, [Optional()], default=Reach.THIS)
    version = VersionField()


def lasting(meeting: Any) -> int:
    """How many minutes a meeting takes."""
    return int((meeting.ends_at - meeting.held_at) // timedelta(minutes=1))
