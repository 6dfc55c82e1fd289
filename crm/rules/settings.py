"""What an office may set for itself: each value once, with its type, default, bounds and the words of the settings page.

To add a setting, add a field to `Settings`: the page, the check of what is typed and the store follow. Only deviations from
the defaults are stored, as text (models.Setting).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, get_type_hints

from crm.errors import RuleBroken
from crm.rules.codes import DEFAULT_PREFIX
from crm.rules.lights import Thresholds

Value = Decimal | int | bool | str
LIGHTS, COUNTING, OFFICE = "亮灯阈值", "统计口径", "编号与落款"
ON, OFF = "1", "0"


@dataclass(frozen=True, slots=True)
class Spec:
    """A setting as the page shows it; `low` and `high` bound figures, both included."""

    group: str
    label: str
    unit: str = ""
    help: str = ""
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    longest: int = 60


_POINTS: dict[str, Any] = {"unit": "个百分点", "low": -100, "high": 100}


@dataclass(frozen=True, slots=True)
class Settings:
    """The office's values; every name is also the name they are stored under."""

    ahead_points: Annotated[Decimal, Spec(LIGHTS, "蓝灯：较序时不低于", **_POINTS)] = Decimal(10)
    normal_points: Annotated[Decimal, Spec(LIGHTS, "绿灯：较序时不低于", **_POINTS)] = Decimal(-5)
    behind_points: Annotated[Decimal, Spec(LIGHTS, "黄灯：较序时不低于", help="再低为红灯。", **_POINTS)] = Decimal(-15)
    start_overdue_days: Annotated[
        int,
        Spec(LIGHTS, "红灯：超计划开工未开工", unit="天", help="超过这个天数仍未核定开工的亮红灯。", low=0, high=366),
    ] = 30
    counts_relocations: Annotated[
        bool, Spec(COUNTING, "市内平移项目计入统计", help="默认不计。改动后各月的当前数随之变化，已签发的简报不变。")
    ] = False
    project_code_prefix: Annotated[
        str, Spec(OFFICE, "项目编号前缀", help="1—8 个大写字母或数字，只影响新登记的项目。", pattern=r"[A-Z0-9]{1,8}")
    ] = DEFAULT_PREFIX
    briefing_head: Annotated[str, Spec(OFFICE, "简报：单位负责人（签发）")] = ""
    briefing_reviewer: Annotated[str, Spec(OFFICE, "简报：审核人")] = ""
    briefing_compiler: Annotated[str, Spec(OFFICE, "简报：填表人（编辑）")] = ""
    briefing_phone: Annotated[str, Spec(OFFICE, "简报：联系电话", help="传阅件中隐去中间几位。")] = ""
    briefing_recipients: Annotated[str, Spec(OFFICE, "简报：分送", longest=200)] = ""

    @property
    def thresholds(self) -> Thresholds:
        """Where one light ends and the next begins."""
        return Thresholds(self.ahead_points, self.normal_points, self.behind_points, self.start_overdue_days)


DEFAULTS = Settings()
SPECS: Mapping[str, Spec] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Settings, include_extras=True).items()
}


def parse(name: str, text: str) -> Value:
    """The value a text stands for; raises RuleBroken (field = name) with what is wrong, KeyError for an unknown name."""
    spec, default = SPECS[name], getattr(DEFAULTS, name)
    text = text.strip()
    if isinstance(default, bool):
        return text == ON
    if isinstance(default, int | Decimal):
        return _number(name, spec, text, whole=isinstance(default, int))
    if len(text) > spec.longest:
        raise RuleBroken(f"{spec.label}最多 {spec.longest} 个字符。", name)
    if spec.pattern and not re.fullmatch(spec.pattern, text):
        raise RuleBroken(f"“{text}”不合要求：{spec.help}", name)
    return text


def _number(name: str, spec: Spec, text: str, *, whole: bool) -> Value:
    try:
        number = Decimal(text.replace("−", "-"))
    except InvalidOperation as error:
        raise RuleBroken(f"“{text}”不是数字，请只填数字，单位见右侧。", name) from error
    if (
        not number.is_finite()
        or (spec.low is not None and number < spec.low)
        or (spec.high is not None and number > spec.high)
    ):
        raise RuleBroken(f"{spec.label}应在 {spec.low} 到 {spec.high} 之间。", name)
    if number != number.quantize(Decimal(1) if whole else Decimal("0.1")):
        raise RuleBroken(f"{spec.label}{'应为整数' if whole else '最多一位小数'}。", name)
    return int(number) if whole else number


def text_of(value: Value) -> str:
    """A value as it is stored and typed."""
    if isinstance(value, bool):
        return ON if value else OFF
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def from_texts(texts: Mapping[str, str]) -> Settings:
    """The settings of an office; names nobody knows any more are passed over."""
    return checked(Settings(**{name: parse(name, text) for name, text in texts.items() if name in SPECS}))  # type: ignore[arg-type]


def checked(settings: Settings) -> Settings:
    """The settings, if they agree with each other: the lights go from ahead to behind. Raises RuleBroken."""
    if not settings.ahead_points > settings.normal_points > settings.behind_points:
        raise RuleBroken("三档阈值要由高到低：蓝灯高于绿灯，绿灯高于黄灯。", "normal_points")
    return settings
