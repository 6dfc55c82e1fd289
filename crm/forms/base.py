"""The form every form is made from, and the fields this trade needs: amounts with units, days, choices that begin empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from crm.choices import Labelled
from crm.errors import RuleBroken
from crm.language import translated
from crm.rules.days import FIRST_YEAR, LAST_YEAR

FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
LONGEST_NUMBER = 24
LARGEST_YUAN = 10**15  # ten million 亿元: more than anybody invests, less than a column holds
_UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
YI = _l("亿元")


class HouseForm(FlaskForm):  # type: ignore[misc]
    """A form with CSRF that can take a refusal of the domain to the field it belongs to."""

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a rule's refusal at its field, or at the head of the form."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(translated(refusal.message))
        else:
            field.errors = [*field.errors, translated(refusal.message)]

    def error_links(self) -> list[tuple[str, str]]:
        """(field id, label) of every field with an error, for the note above the form."""
        return [(field.id, str(field.label.text)) for field in self if field.errors]


def required(message: str | None = None) -> InputRequired:
    """The field must be filled."""
    return InputRequired(message or _l("这一项必填。"))


def short(length: int = 200) -> Length:
    """Not longer than the column."""
    return Length(max=length, message=_l("最多 %(max)d 个字符。"))


def read_number(text: str) -> Decimal | None:
    """The number typed (full-width digits and thousands separators allowed), None for nothing; raises ValueError."""
    cleaned = text.translate(FULL_WIDTH).replace(",", "").replace(" ", "").strip()
    if not cleaned:
        return None
    if len(cleaned) > LONGEST_NUMBER:
        raise ValueError(_l("这个数太长，请核对。"))
    try:
        number = Decimal(cleaned)
    except InvalidOperation as error:
        raise ValueError(_l("“%(text)s”不是数字，请只填数字，单位见右侧。", text=text)) from error
    if not number.is_finite():
        raise ValueError(_l("“%(text)s”不是数字，请只填数字，单位见右侧。", text=text))
    return number


class NumberField(Field):
    """A decimal typed by a person; what was typed is shown again when it is wrong."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, unit: Any = "", places: int = 2, **kwargs: Any):
        super().__init__(label, validators, **kwargs)
        self.unit, self.places, self.typed = unit, places, ""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format(self.data.normalize(), "f")

    def process_formdata(self, values: list[str]) -> None:
        """Shape only; whether the figure makes sense is for the rules."""
        self.data = read_number(values[0]) if values else None
        if self.data is not None and abs(self.data) >= Decimal(10) ** 13:
            raise ValueError(_l("这个数过大，请核对单位。"))


class YuanField(NumberField):
    """Money typed in 亿元 or 万元, kept as whole yuan (half up). `factor` is yuan per unit."""

    def __init__(self, label: Any = None, validators: Any = None, unit: Any = YI, factor: int = 10**8, **kwargs: Any):
        super().__init__(label, validators, unit=unit, **kwargs)
        self.factor = factor

    @property
    def yuan(self) -> int | None:
        """Whole yuan, or None for nothing."""
        return None if self.data is None else int((self.data * self.factor).quantize(Decimal(1), ROUND_HALF_UP))

    def process_data(self, value: Any) -> None:
        """From whole yuan of the row to the unit of the field."""
        self.data = None if value is None else Decimal(value) / self.factor

    def pre_validate(self, form: Any) -> None:
        """Money stated by a person is not negative here; deltas have a form of their own."""
        if self.data is not None and self.data < 0:
            raise ValidationError(_l("金额不能为负数。"))
        if self.data is not None and not self.process_errors and self.data * self.factor > LARGEST_YUAN:
            raise ValidationError(_l("这个数过大，请核对单位。"))


class DayField(DateField):
    """A calendar day in China."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any):
        super().__init__(label, validators, format=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"], **kwargs)

    def process_formdata(self, values: list[str]) -> None:
        """Say in words what is wrong, with the value."""
        try:
            super().process_formdata(values)
        except ValueError as error:
            raise ValueError(_l("“%(text)s”不是日期，请写成 2022-09-30。", text=values[0])) from error
        if self.data is not None and not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            raise ValueError(_l("年份 %(year)d 不在 1980—2100 之间，请核对。", year=self.data.year))


class ChoiceField(SelectField):
    """One word of a closed vocabulary, or (where `blank` is given) nothing; its data is the member, never a string."""

    def __init__(
        self, label: Any, vocabulary: type[Labelled], validators: Any = None, blank: Any = None, **kwargs: Any
    ):
        members, self.blank = vocabulary.pairs(), blank
        super().__init__(
            label,
            validators if validators is not None else [Optional() if blank is not None else required()],
            choices=_choices(members if blank is None else [("", blank), *members]),
            coerce=lambda value: vocabulary.parse(value) if value else None,
            **kwargs,
        )

    def offer(self, members: Iterable[Labelled]) -> None:
        """Offer only these, after what stands for nothing."""
        pairs = [(member.value, member.label) for member in members]
        self.choices = _choices([("", self.blank), *pairs] if self.blank is not None else pairs)


class RowField(SelectField):
    """The id of a row among those offered (`fill`), or nothing."""

    def __init__(self, label: Any, validators: Any = None, blank: Any = "—", **kwargs: Any):
        self.blank = blank
        super().__init__(label, validators or [Optional()], coerce=_whole, choices=_choices([("", blank)]), **kwargs)

    def fill(self, rows: Iterable[tuple[int, str]]) -> None:
        """Offer these (id, text) pairs."""
        self.choices = _choices([("", self.blank), *[(str(key), text) for key, text in rows]])


def _choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def _whole(value: Any) -> int | None:
    return int(value) if str(value).isascii() and str(value).isdigit() else None


def text_filter(value: Any) -> Any:
    """Strip what people type around a text, and the characters that no database and no workbook keeps."""
    return _UNKEPT.sub("", value).strip() if isinstance(value, str) else value


def line(label: Any, *validators: Callable[..., Any], length: int = 200, **kwargs: Any) -> StringField:
    """A one-line text."""
    return StringField(label, [*(validators or (Optional(),)), short(length)], filters=[text_filter], **kwargs)


def text(label: Any, *validators: Callable[..., Any], length: int = 10_000, **kwargs: Any) -> TextAreaField:
    """A text of several lines."""
    return TextAreaField(label, [*(validators or (Optional(),)), short(length)], filters=[text_filter], **kwargs)


__all__ = [
    "ChoiceField", "DayField", "HouseForm", "IntegerField", "NumberField", "RowField", "YuanField",
    "line", "read_number", "required", "short", "text",
]  # fmt: skip
