"""More fields of this trade: an instant on China's clock, several rows, a row known by what is typed, the version shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import DateTimeLocalField, IntegerField, SelectMultipleField, StringField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, Select, TextInput

from crm.choices import Labelled
from crm.forms.base import short, text_filter
from crm.rules.bookings import read_length
from crm.rules.days import FIRST_YEAR, LAST_YEAR, at, local


class MomentField(DateTimeLocalField):
    """A wall clock reading in China; its data is an aware instant."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
        super().__init__(label, validators or [Optional()], format=formats, **kwargs)

    def process_data(self, value: datetime | None) -> None:
        """Show the row's instant on China's clock."""
        self.data = None if value is None else local(value)

    def process_formdata(self, values: list[str]) -> None:
        """Say in words what is wrong, with the value."""
        if not values or not values[0].strip():
            return
        try:
            super().process_formdata(values)
        except ValueError as error:
            raise ValueError(_l("“%(text)s”不是时间，请写成 2022-09-30 14:00。", text=values[0])) from error
        if self.data is not None and not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            raise ValueError(_l("年份 %(year)d 不在 1980—2100 之间，请核对。", year=self.data.year))
        if self.data is not None:
            self.data = at(self.data.date(), self.data.time())


class LengthField(StringField):
    """How long something takes: 90, 1.5 小时, 1:30. Its data are minutes."""

    data: int | None  # type: ignore[assignment]

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        super().__init__(label, validators or [Optional()], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, values: list[str]) -> None:
        """Say in words what is wrong, with the value; nothing typed keeps what the form began with."""
        if not values or not values[0].strip():
            return
        self.data = read_length(values[0])
        if self.data is None:
            raise ValueError(_l("“%(text)s”不是时长，请写成 90、1.5小时 或 1:30。", text=values[0]))


class ClockField(TimeField):
    """A wall clock reading, 14:00."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        super().__init__(label, validators or [Optional()], format=["%H:%M", "%H:%M:%S"], **kwargs)

    def process_formdata(self, values: list[str]) -> None:
        """Say in words what is wrong, with the value; nothing typed keeps what the form began with."""
        if not values or not values[0].strip():
            return
        try:
            super().process_formdata([values[0].strip().replace("：", ":")])
        except ValueError as error:
            raise ValueError(_l("“%(text)s”不是时间，请写成 14:00。", text=values[0])) from error


class RowsField(SelectMultipleField):
    """The ids of several rows. What is offered is a help; whether a row may be chosen is for the actions to say."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        super().__init__(label, validators, coerce=int, choices=[], validate_choice=False, **kwargs)

    def fill(self, rows: Iterable[tuple[int, str]], single: Any = None) -> None:
        """Offer these (id, text) pairs; with `single`, one at most, and these words for none."""
        offered = [SelectChoice(value=str(key), label=text) for key, text in rows]
        if single is not None:
            self.widget = Select()
            offered.insert(0, SelectChoice(value="0", label=single))
        self.choices = offered

    def process_formdata(self, values: list[str]) -> None:
        """Whatever is no id is nothing."""
        self.data = [int(value) for value in values if value.isascii() and value.isdigit() and 0 < int(value) < 2**31]


class WordsField(SelectMultipleField):
    """Any number of words of a closed vocabulary, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, vocabulary: type[Labelled], **kwargs: Any):
        offered = [SelectChoice(value=value, label=words) for value, words in vocabulary.pairs()]
        super().__init__(label, coerce=vocabulary.parse, choices=offered, **kwargs)


class ListedInput(TextInput):
    """A text input with suggestions that the browser itself offers while typing."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The input and, where the field has suggestions of its own, their list."""
        kwargs.setdefault("list", field.list_id or f"{field.id}-list")
        kwargs.setdefault("autocomplete", "off")
        box = super().__call__(field, **kwargs)
        if field.list_id:
            return box
        options = Markup("").join(Markup('<option value="{}"></option>').format(text) for text in field.suggestions)
        return box + Markup('<datalist id="{}-list">{}</datalist>').format(field.id, options)


class SuggestField(StringField):
    """Free text with suggestions; `list_id` shares the list of another field."""

    widget = ListedInput()

    def __init__(self, label: Any = None, validators: Any = None, length: int = 200, **kwargs: Any):
        self.suggestions: Sequence[str] = ()
        self.list_id = ""
        checks = [*(validators or [Optional()]), short(length)]
        super().__init__(label, checks, filters=[text_filter], **kwargs)


class TypedRowField(SuggestField):
    """A row known by what is typed (a name, a code). `find` gives the (id, text) pairs that the words may mean."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        super().__init__(label, validators, **kwargs)
        self.find: Callable[[str], Sequence[tuple[int, str]]] = lambda _text: ()
        self.row_id: int | None = None

    def pre_validate(self, form: Any) -> None:
        """Exactly one row must be meant; nothing typed is no row."""
        self.row_id = None
        if not self.data:
            return
        found = self.find(self.data)
        if not found:
            raise ValidationError(_l("没有找到“%(text)s”，请核对，或先登记。", text=self.data))
        if len(found) > 1:
            named = "；".join(text for _, text in found[:3])
            raise ValidationError(
                _l("“%(text)s”有 %(n)d 个：%(named)s。请写全。", text=self.data, n=len(found), named=named)
            )
        self.row_id = found[0][0]


MOST_VERSION = 2**31 - 1


class VersionField(IntegerField):
    """The version of the row that the page showed, carried along unseen; a number that no row has is none."""

    widget = HiddenInput()

    def __init__(self, **kwargs: Any):
        super().__init__("", [Optional()], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """What the page sends back."""
        super().process_formdata(valuelist)
        if self.data is not None and not 0 <= self.data <= MOST_VERSION:
            self.data = None

    def renew(self, version: int | None) -> None:
        """After a clash: the reader has been told, the next saving is meant."""
        self.data, self.raw_data = version, None


class SeenField(StringField):
    """The instant at which the page showed what it shows, carried along unseen; whatever is no instant is nothing."""

    widget = HiddenInput()

    def __init__(self, **kwargs: Any):
        super().__init__("", [Optional()], **kwargs)

    @property
    def instant(self) -> datetime | None:
        """The instant, aware."""
        try:
            found = datetime.fromisoformat(self.data or "")
        except ValueError:
            return None
        return found if found.tzinfo else None

    def renew(self, now: datetime) -> None:
        """The page is shown again."""
        self.data, self.raw_data = now.isoformat(), None
