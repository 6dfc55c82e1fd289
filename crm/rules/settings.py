"""What an office may set for itself: each value once, with its type, default, bounds and the words of the settings page.

To add a setting, add a field to `Settings`: the page, the check of what is typed and the store follow. Only deviations from
the defaults are stored, as text (models.Setting).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, get_type_hints

from crm.choices import Stage, Word
from crm.errors import RuleBroken
from crm.rules.codes import DEFAULT_PREFIX
from crm.rules.engagements import Hours, read_hours
from crm.rules.lights import Thresholds
from crm.rules.limits import LeadTimes, Limits, idle_days
from crm.rules.pool import PickLimits

Value = Decimal | int | bool | str
LIGHTS, COUNTING, OFFICE = "亮灯阈值", "统计口径", "编号与落款"
POOL, TRANSFER, MEETINGS = "公共池", "项目流转", "会议安排"
IDLE, STAY, LEADS, AHEAD, FIRST = "久未联系", "阶段停留", "线索办理时限", "提醒提前量", "首报首谈与撞单"
BACKGROUND, ITEMS, MONTHLY = "后台任务", "交办与督办", "月度填报与年度计划"
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
_DAYS: dict[str, Any] = {"unit": "天", "low": 0, "high": 999}
_WORKING: dict[str, Any] = {"unit": "个工作日", "low": 1, "high": 60}
_AHEAD: dict[str, Any] = {"unit": "天", "low": 0, "high": 60}
_TIME: dict[str, Any] = {"pattern": r"|([01]\d|2[0-3]):[0-5]\d", "longest": 5}


STAY_STAGES = (Stage.LEAD, Stage.SCREENING, Stage.NEGOTIATION, Stage.REVIEW, Stage.SIGNED, Stage.REGISTERED)


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
    months_not_started: Annotated[
        int,
        Spec(LIGHTS, "红灯：连续未按计划开工", unit="个月", help="从计划开工的当月算起，填 0 不用。", low=0, high=12),
    ] = 3
    months_behind: Annotated[
        int,
        Spec(
            LIGHTS,
            "加重一档：连续滞后",
            unit="个月",
            help="年度内连续这么多个月达不到绿灯的，黄灯转红灯（五色时黄转橙、橙转红），填 0 不用。",
            low=0,
            high=12,
        ),
    ] = 3
    five_colours: Annotated[
        bool, Spec(LIGHTS, "用五色", help="蓝超前、绿正常、黄滞后、橙严重滞后、红停滞；阈值用下面四项，不用上面三项。")
    ] = False
    five_ahead_points: Annotated[Decimal, Spec(LIGHTS, "五色·蓝灯：较序时不低于", **_POINTS)] = Decimal(10)
    five_normal_points: Annotated[Decimal, Spec(LIGHTS, "五色·绿灯：较序时不低于", **_POINTS)] = Decimal(-5)
    five_serious_points: Annotated[Decimal, Spec(LIGHTS, "五色·黄灯：较序时不低于", **_POINTS)] = Decimal(-15)
    five_behind_points: Annotated[Decimal, Spec(LIGHTS, "五色·橙灯：较序时不低于", help="再低为红灯。", **_POINTS)] = (
        Decimal(-30)
    )
    plan_answer_days: Annotated[
        int, Spec(LIGHTS, "红灯督办函：限期报送赶工计划", help="从发函的次日算起。", **_WORKING)
    ] = 10
    idle_early_days: Annotated[
        int, Spec(IDLE, "线索、研判", help="超过这个天数没有联系即提醒，填 0 不提醒。", **_DAYS)
    ] = 45
    idle_talking_days: Annotated[int, Spec(IDLE, "在谈、评审", **_DAYS)] = 30
    idle_signed_days: Annotated[int, Spec(IDLE, "签约后至开工前", **_DAYS)] = 20
    stay_lead_days: Annotated[int, Spec(STAY, "线索", help="各阶段最长停留天数，填 0 不设限。", **_DAYS)] = 3
    stay_screening_days: Annotated[int, Spec(STAY, "研判", **_DAYS)] = 3
    stay_negotiation_days: Annotated[int, Spec(STAY, "在谈", **_DAYS)] = 90
    stay_review_days: Annotated[int, Spec(STAY, "评审", **_DAYS)] = 20
    stay_signed_days: Annotated[int, Spec(STAY, "签约", **_DAYS)] = 90
    stay_registered_days: Annotated[int, Spec(STAY, "注册到资", **_DAYS)] = 90
    stay_near_percent: Annotated[
        int, Spec(STAY, "黄灯：停留达到限期的", unit="%", help="达到即提示停留将满。", low=1, high=100)
    ] = 75
    lead_respond_days: Annotated[int, Spec(LEADS, "登记后响应", help="联系投资方或给出研判。", **_WORKING)] = 1
    lead_judge_days: Annotated[int, Spec(LEADS, "登记后研判", **_WORKING)] = 3
    lead_expert_days: Annotated[int, Spec(LEADS, "登记后研判（需专家）", **_WORKING)] = 7
    lead_feedback_days: Annotated[int, Spec(LEADS, "登记后向引荐方反馈", **_WORKING)] = 7
    ahead_action_days: Annotated[
        int,
        Spec(
            AHEAD, "交办事项到期前", unit="个工作日", help="当天和逾期另行提醒；个人可在提醒设置中改。", low=0, high=60
        ),
    ] = 2
    ahead_plan_days: Annotated[int, Spec(AHEAD, "计划签约、开工、竣工、投产和年度计划节点前", **_AHEAD)] = 7
    ahead_protection_days: Annotated[int, Spec(AHEAD, "保护期满前", **_AHEAD)] = 7
    pool_daily_picks: Annotated[int, Spec(POOL, "每人每天最多领取", unit="个", low=1, high=99)] = 3
    pool_capacity: Annotated[
        int,
        Spec(
            POOL,
            "每人主办的在库线索上限",
            unit="个",
            help="签约以前、正在推进的项目；到上限不能再领取。",
            low=1,
            high=999,
        ),
    ] = 30
    pool_rest_days: Annotated[
        int, Spec(POOL, "原主办多少天内不能领回", help="释放或到期之后起算，填 0 不限。", **_DAYS)
    ] = 30
    pool_shows_names: Annotated[
        bool, Spec(POOL, "公共池显示项目名称", help="默认只显示代号或产业；投资方、联系人和金额始终不显示。")
    ] = False
    transfer_days: Annotated[int, Spec(TRANSFER, "接收方答复时限", **_WORKING)] = 5
    transfer_from_percent: Annotated[
        int, Spec(TRANSFER, "首谈方默认业绩比例", unit="%", help="其余归落地方，发起时可改。", low=0, high=100)
    ] = 40
    protection_days: Annotated[
        int,
        Spec(FIRST, "首报保护期", unit="天", help="从登记或最近一次与投资方的联系算起；改动后对新的登记和联系生效。",
             low=1, high=999),
    ] = 90  # fmt: skip
    appeal_days: Annotated[int, Spec(FIRST, "撞单裁定后可申诉", **_WORKING)] = 5
    travel_minutes: Annotated[
        int,
        Spec(
            MEETINGS,
            "换地方要留的路上时间",
            unit="分钟",
            help="两场安排不在同一楼宇、间隔不足这个时间的，安排会议时提醒；填 0 不提醒。",
            low=0,
            high=240,
        ),
    ] = 30
    work_hours: Annotated[
        str, Spec(MEETINGS, "工作时段", help="推荐会议时间时用，例如“08:30-12:00，13:30-17:30”。")
    ] = "08:30-12:00，13:30-17:30"
    action_sign_days: Annotated[int, Spec(ITEMS, "交办后应签收", help="逾期未签收的提醒牵头单位。", **_WORKING)] = 1
    action_extensions: Annotated[
        int, Spec(ITEMS, "每个事项最多申请延期", unit="次", help="填 0 不允许延期。", low=0, high=9)
    ] = 2
    letter_answer_days: Annotated[int, Spec(ITEMS, "督办函限期回复", **_WORKING)] = 3
    plan_nodes: Annotated[
        str, Spec(MONTHLY, "年度计划的常用节点", help="用顿号分开，编制计划时可选，也可另写。", longest=200)
    ] = "取得用地、施工许可、开工、主体封顶、竣工验收、设备安装、投产"
    filling_from_day: Annotated[
        int, Spec(MONTHLY, "每月几日起填报本月", unit="日", help="当月各项目由负责人填报进展。", low=1, high=28)
    ] = 25
    filling_due_day: Annotated[
        int,
        Spec(
            MONTHLY,
            "次月几日前报齐",
            unit="日",
            help="遇休息日顺延到下一个工作日；逾期没报的列为未报送。",
            low=1,
            high=20,
        ),
    ] = 3
    fai_entry_days: Annotated[
        int,
        Spec(COUNTING, "开工后应在多少天内入统", unit="天", help="到期仍未登记入统的提醒主办和综合统计，填 0 不提醒。",
             low=0, high=366),
    ] = 30  # fmt: skip
    ahead_filling_days: Annotated[int, Spec(AHEAD, "月度填报截止前", **_AHEAD)] = 7
    counts_relocations: Annotated[
        bool, Spec(COUNTING, "市内平移项目计入统计", help="默认不计。改动后各月的当前数随之变化，已签发的简报不变。")
    ] = False
    project_code_prefix: Annotated[
        str, Spec(OFFICE, "项目编号前缀", help="1—8 个大写字母或数字，只影响新登记的项目。", pattern=r"[A-Z0-9]{1,8}")
    ] = DEFAULT_PREFIX
    briefings_before: Annotated[
        int, Spec(OFFICE, "简报：启用本系统前已印发", unit="期", help="用于“总第×期”。", low=0, high=9999)
    ] = 0
    result_days: Annotated[
        int, Spec(BACKGROUND, "生成的文件保留", unit="天", help="过期清除，需要时可重新生成。", low=1, high=90)
    ] = 7
    tidy_at: Annotated[
        str, Spec(BACKGROUND, "每日整理", help="保护到期、流转逾期、过期文件。写 05:30 这样的时刻，留空不做。", **_TIME)
    ] = "05:30"
    remind_at: Annotated[str, Spec(BACKGROUND, "到期提醒", help="写 06:30 这样的时刻，留空不做。", **_TIME)] = "06:30"
    digest_at: Annotated[str, Spec(BACKGROUND, "每日提要", help="写 07:00 这样的时刻，留空不做。", **_TIME)] = "07:00"
    briefing_head: Annotated[str, Spec(OFFICE, "简报：单位负责人（签发）")] = ""
    briefing_reviewer: Annotated[str, Spec(OFFICE, "简报：审核人")] = ""
    briefing_compiler: Annotated[str, Spec(OFFICE, "简报：填表人（编辑）")] = ""
    briefing_phone: Annotated[str, Spec(OFFICE, "简报：联系电话", help="传阅件中隐去中间几位。")] = ""
    briefing_recipients: Annotated[str, Spec(OFFICE, "简报：分送", longest=200)] = ""

    @property
    def thresholds(self) -> Thresholds:
        """Where one light ends and the next begins."""
        points = (self.ahead_points, self.normal_points, self.behind_points)
        five = (self.five_ahead_points, self.five_normal_points, self.five_behind_points)
        return Thresholds(
            *(five if self.five_colours else points),
            self.start_overdue_days,
            self.five_serious_points if self.five_colours else None,
            self.months_behind,
            self.months_not_started,
        )

    @property
    def pick_limits(self) -> PickLimits:
        """How much somebody may pick from the public pool."""
        return PickLimits(self.pool_daily_picks, self.pool_capacity, self.pool_rest_days)

    @property
    def travel(self) -> timedelta:
        """How long somebody needs from one place to another."""
        return timedelta(minutes=self.travel_minutes)

    @property
    def hours(self) -> Hours:
        """When offices work."""
        return read_hours(self.work_hours, "work_hours")

    @property
    def limits(self) -> Limits:
        """How long things may rest."""
        stays = ((stage, getattr(self, f"stay_{stage.slug}_days")) for stage in STAY_STAGES)
        return Limits(
            {stage: days for stage, days in stays if days},
            idle_days(self.idle_early_days, self.idle_talking_days, self.idle_signed_days),
            self.stay_near_percent,
            LeadTimes(self.lead_respond_days, self.lead_judge_days, self.lead_expert_days, self.lead_feedback_days),
        )


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
        raise RuleBroken(Word("%(what)s最多 %(n)d 个字符。", what=spec.label, n=spec.longest), name)
    if spec.pattern and not re.fullmatch(spec.pattern, text):
        raise RuleBroken(Word("“%(typed)s”不合要求：%(help)s", typed=text, help=spec.help), name)
    return text


def _number(name: str, spec: Spec, text: str, *, whole: bool) -> Value:
    try:
        number = Decimal(text.replace("−", "-"))
    except InvalidOperation as error:
        raise RuleBroken(Word("“%(typed)s”不是数字，请只填数字，单位见右侧。", typed=text), name) from error
    if (
        not number.is_finite()
        or (spec.low is not None and number < spec.low)
        or (spec.high is not None and number > spec.high)
    ):
        raise RuleBroken(
            Word("%(what)s应在 %(low)s 到 %(high)s 之间。", what=spec.label, low=spec.low, high=spec.high), name
        )
    if number != number.quantize(Decimal(1) if whole else Decimal("0.1")):
        coarse = (
            Word("%(what)s应为整数。", what=spec.label) if whole else Word("%(what)s最多一位小数。", what=spec.label)
        )
        raise RuleBroken(coarse, name)
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
    """The settings, if they agree with each other: the lights go from ahead to behind, hours are hours. Raises RuleBroken."""
    read_hours(settings.work_hours, "work_hours")
    if not settings.ahead_points > settings.normal_points > settings.behind_points:
        raise RuleBroken("三档阈值要由高到低：蓝灯高于绿灯，绿灯高于黄灯。", "normal_points")
    five = settings.five_ahead_points, settings.five_normal_points, settings.five_serious_points
    if not five[0] > five[1] > five[2] > settings.five_behind_points:
        raise RuleBroken("五色的四档阈值要由高到低：蓝灯高于绿灯，绿灯高于黄灯，黄灯高于橙灯。", "five_normal_points")
    return settings
