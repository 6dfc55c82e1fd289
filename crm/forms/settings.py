"""What is typed on the settings pages. The forms of settings and targets are made from what there is to set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from crm.actions.settings import DayDraft, RateDraft
from crm.choices import Currency, Indicator, Word
from crm.forms.base import ChoiceField, DayField, HouseForm, NumberField, YuanField, line, required, text
from crm.rules.settings import DEFAULTS, OFF, ON, SPECS, Settings, Spec, text_of
from crm.rules.targets import Aim


class SettingsForm(HouseForm):
    """Every setting of rules/settings.py, by its name; a figure cannot be left blank."""

    def draft(self) -> Mapping[str, str]:
        """What was typed, as the rules read it."""
        return {name: _typed(self[name].data) for name in SPECS}

    def groups(self) -> Iterable[tuple[str, list[Any]]]:
        """The fields by the group they stand in."""
        for group in dict.fromkeys(spec.group for spec in SPECS.values()):
            yield Word(group), [self[name] for name, spec in SPECS.items() if spec.group == group]


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return ON if value else OFF
    return text_of(value) if isinstance(value, Decimal) else str(value or "")


def _field(name: str, spec: Spec) -> Any:
    default, label, explained = getattr(DEFAULTS, name), Word(spec.label), Word(spec.help)
    if isinstance(default, bool):
        return BooleanField(label, description=explained)
    if isinstance(default, int | Decimal):
        return NumberField(label, [required()], unit=Word(spec.unit), description=explained)
    return line(label, length=spec.longest, description=explained)


for _name, _spec in SPECS.items():
    setattr(SettingsForm, _name, _field(_name, _spec))


def settings_form(settings: Settings) -> SettingsForm:
    """The form with what is in force."""
    values = {name: getattr(settings, name) for name in SPECS}
    return SettingsForm(data={name: Decimal(v) if type(v) is int else v for name, v in values.items()})


# -------------------------------------------------------------------------------------------------------------- targets


def factor(indicator: Indicator) -> tuple[str, int]:
    """The unit a target is typed in, and how many whole ones it stands for."""
    if indicator.value.endswith("_yuan"):
        return Word("亿元"), 10**8
    return (Word("万美元"), 10**4) if indicator.value.endswith("_usd") else (Word("个"), 1)


def field_name(aim: Aim) -> str:
    """What the field of a target is called."""
    whose = f"{aim.unit_id}" if aim.officer_id is None else f"{aim.unit_id}-{aim.officer_id}"
    return f"t-{whose}-{aim.indicator.value}"


class TargetsForm(HouseForm):
    """The targets of a year: a field each, blank for none."""

    aims: tuple[Aim, ...] = ()
    reason = line(_l("改动原因"), length=200)

    def draft(self) -> dict[Aim, int | None]:
        """Whole units."""
        return {aim: self.cell(aim.unit_id, aim.indicator, aim.officer_id).yuan for aim in self.aims}

    def cell(self, unit_id: int, indicator: Indicator, officer_id: int | None = None) -> Any:
        """The field of a target."""
        return self[field_name(Aim(unit_id, indicator, officer_id))]


def targets_form(whose: Iterable[tuple[int, int | None]], values: Mapping[Aim, int]) -> TargetsForm:
    """The form for these (unit, person or None), with what is set."""
    aims = tuple(Aim(unit_id, indicator, officer_id) for unit_id, officer_id in whose for indicator in Indicator)
    made: dict[str, Any] = {"aims": aims}
    for aim in aims:
        unit, whole = factor(aim.indicator)
        made[field_name(aim)] = YuanField(Word(aim.indicator.label), unit=unit, factor=whole)
    form_class = type("TargetsFormOfYear", (TargetsForm,), made)
    form: TargetsForm = form_class(data={field_name(aim): values.get(aim) for aim in aims})
    return form


# ------------------------------------------------------------------------------------------------------- rates, calendar


class RateForm(HouseForm):
    """A rate from a day on."""

    currency = ChoiceField(_l("币种"), Currency)
    rate_on = DayField(_l("自哪一天起"), [required()])
    rate = NumberField(_l("1 单位外币合人民币"), [required()], unit=_l("元"))
    source = line(_l("来源"), length=60, description=_l("例如 中国外汇交易中心中间价。"))

    def draft(self) -> RateDraft:
        """The typed value."""
        assert self.rate_on.data is not None
        return RateDraft(self.currency.data, self.rate_on.data, self.rate.data, self.source.data or "")


class DayForm(HouseForm):
    """A day that differs from the week."""

    day = DayField(_l("日期"), [required()])
    is_working = RadioField(
        _l("当天"), choices=[SelectChoice("0", _l("放假")), SelectChoice("1", _l("上班"))], default="0"
    )
    name = line(_l("名称"), required(), length=30, description=_l("例如 国庆节、国庆节调休。"))

    def draft(self) -> DayDraft:
        """The typed value."""
        assert self.day.data is not None
        return DayDraft(self.day.data, self.is_working.data == "1", self.name.data or "")


class NoticeForm(HouseForm):
    """A whole year's notice of holidays, pasted."""

    text = text(
        _l("放假通知或日期清单"),
        required(),
        length=5000,
        description=_l(
            "粘贴国务院办公厅的放假通知原文，或每行写“2027-01-01 放假 元旦”。没有写年份的，按上面选的年份。"
        ),
    )
