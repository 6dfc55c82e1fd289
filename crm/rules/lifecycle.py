"""The life-cycle as data: what must be known before a stage, and who takes a project there.

Source: domain.md §2.2 and §2.3. To demand a field from a stage on, add a line to REQUIREMENTS. How long a project may stay
is the office's to set (rules/limits.py). The page shows the gate beforehand and the actions enforce the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol

from crm.choices import LandUse, Stage, Status, Word, listed

# ------------------------------------------------------------------------------------------------------------- the gate


class Place(Enum):
    """Where a missing thing is filled in."""

    PROJECT = "project"
    COMPANY = "company"
    CONTACT = "contact"
    TEAM = "team"
    ACTIVITY = "activity"
    ARRIVAL = "arrival"
    COMPLETION = "completion"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate judges: `given` names the requirements that are met."""

    stage: Stage
    status: Status = Status.ACTIVE
    given: frozenset[str] = frozenset()
    land_use: LandUse | None = None
    is_foreign: bool = False
    is_key: bool = False
    exempt_to: Stage | None = None  # imported at this stage: what came before it is not asked for again


def always(_: Facts) -> bool:
    """For requirements that hold for every project."""
    return True


def _on_land(facts: Facts) -> bool:
    return facts.land_use in (LandUse.NEW_LAND, LandUse.OWN_LAND)


def _in_plant(facts: Facts) -> bool:
    return facts.land_use in (LandUse.LEASE, LandUse.PURCHASE)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A field that must be filled before a project enters `stage`; `words` say what to do, `place` where."""

    field: str
    words: str
    stage: Stage
    place: Place = Place.PROJECT
    when: Callable[[Facts], bool] = always

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Word(self.words))


REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("company_id", "填写投资方", Stage.SCREENING),
    Requirement("origin", "补齐投资方来源地（国别或省市）", Stage.SCREENING, Place.COMPANY),
    Requirement("contact", "登记投资方联系人", Stage.SCREENING, Place.CONTACT),
    Requirement("industry_id", "选择产业", Stage.SCREENING),
    Requirement("source_channel", "选择线索来源渠道", Stage.SCREENING),
    Requirement("total_yuan", "填写总投资（亿元）", Stage.SCREENING),
    Requirement("judgement", "写明研判意见（产业方向、市场、技术、环保、能耗）", Stage.NEGOTIATION),
    Requirement("lead", "指定主办", Stage.NEGOTIATION, Place.TEAM),
    Requirement(
        "credit_code", "补齐投资方统一社会信用代码", Stage.REVIEW, Place.COMPANY, lambda facts: not facts.is_foreign
    ),
    Requirement("content", "填写建设内容", Stage.REVIEW),
    Requirement("fixed_yuan", "填写固定资产投资（亿元）", Stage.REVIEW),
    Requirement("equipment_yuan", "填写设备投资（没有填 0）", Stage.REVIEW),
    Requirement("output_yuan", "填写达产产值", Stage.REVIEW),
    Requirement("tax_yuan", "填写达产税收", Stage.REVIEW),
    Requirement("jobs_count", "填写就业人数", Stage.REVIEW),
    Requirement("energy_tce", "填写年综合能耗", Stage.REVIEW),
    Requirement("land_use", "选择用地情况", Stage.REVIEW),
    Requirement("land_mu", "填写用地面积（亩）", Stage.REVIEW, when=_on_land),
    Requirement("plant_m2", "填写厂房面积（平方米）", Stage.REVIEW, when=_in_plant),
    Requirement("expected_sign_on", "填写预计签约日期", Stage.REVIEW),
    Requirement("competitors", "填写其他候选地（没有写“无”）", Stage.REVIEW),
    Requirement("negotiation", "至少记录一次洽谈", Stage.REVIEW, Place.ACTIVITY),
    Requirement("leader", "确定挂钩领导", Stage.REVIEW, Place.TEAM),
    Requirement("decision", "填写评审会议编号和结论", Stage.SIGNED),
    Requirement("agent", "指派代办员", Stage.REGISTERED, Place.TEAM),
    Requirement(
        "company_code",
        "补齐落户企业的统一社会信用代码",
        Stage.REGISTERED,
        Place.COMPANY,
        lambda facts: facts.is_foreign,
    ),
    Requirement("registered_yuan", "填写注册资本", Stage.REGISTERED, Place.COMPANY),
    Requirement("arrival", "报送一笔到位资金并经核定", Stage.PREPARATION, Place.ARRIVAL),
    Requirement("area_id", "确定落地片区", Stage.STARTED),
    Requirement("planned_start_on", "填写计划开工日期", Stage.STARTED),
    Requirement("annual_plan", "下达年度计划（重点项目）", Stage.STARTED, Place.PLAN, lambda facts: facts.is_key),
    Requirement("completion", "报送完成投资并经核定", Stage.FINISHED, Place.COMPLETION),
)
# Fields of the gate that are columns of the project itself.
PROJECT_FIELDS = frozenset(item.field for item in REQUIREMENTS if item.place is Place.PROJECT)


def required_for(facts: Facts, stage: Stage) -> list[Requirement]:
    """Everything asked of this project before it enters `stage`, met or not."""
    floor = -1 if facts.exempt_to is None else facts.exempt_to
    return [item for item in REQUIREMENTS if floor < item.stage <= stage and item.when(facts)]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something to do before a move: the field, what to do, and where it is filled in."""

    field: str
    words: str
    anchor: Place


def missing_for(facts: Facts, stage: Stage) -> list[Missing]:
    """What still has to be filled in before the project enters `stage`, in the order of the form."""
    return [
        Missing(item.field, item.words, item.place)
        for item in required_for(facts, stage)
        if item.field not in facts.given
    ]


# ------------------------------------------------------------------------------------------------------------ the moves


class Way(Enum):
    """How a project gets from one stage to another, and so who may take it there."""

    STEP = "step"  # one stage on, freely, once nothing is missing
    SCREEN = "screen"  # one stage on, as the result of 研判
    CLAIM = "claim"  # one stage on, reported by one person and verified by another
    CONCLUDE = "conclude"  # 达产, stated by those who verify
    SKIP = "skip"  # several stages on: a special right and a reason
    BACK = "back"  # a special right and a reason
    STAY = "stay"


def way(start: Stage, end: Stage) -> Way:
    """The way from one stage to another."""
    if end <= start:
        return Way.STAY if end == start else Way.BACK
    if end - start > 1:
        return Way.SKIP
    if end.counted:
        return Way.CLAIM
    return {Stage.NEGOTIATION: Way.SCREEN, Stage.FULL_CAPACITY: Way.CONCLUDE}.get(end, Way.STEP)


def next_stage(stage: Stage) -> Stage | None:
    """The stage after this one; None after the last."""
    return next((later for later in Stage if later > stage), None)


def forward_problem(facts: Facts, end: Stage, reason: str) -> str | None:
    """Why the project may not go on to `end` now, or None. A skip needs its reason instead of the fields."""
    if facts.status is not Status.ACTIVE:
        return Word("项目处于“%(status)s”，请先恢复推进。", status=facts.status.label)
    taken = way(facts.stage, end)
    if taken in (Way.STAY, Way.BACK):
        return Word("项目已在“%(now)s”，不能再推进到“%(to)s”。", now=facts.stage.label, to=end.label)
    if taken is Way.SKIP:
        skipped = Word("从“%(now)s”直接到“%(to)s”跳过了阶段，请写明原因。", now=facts.stage.label, to=end.label)
        return None if reason else skipped
    missing = missing_for(facts, end)
    if missing:
        what = listed(item.words for item in missing)
        return Word("距“%(stage)s”还差 %(n)d 项：%(what)s。", stage=end.label, n=len(missing), what=what)
    return "请写明履约结论。" if taken is Way.CONCLUDE and not reason else None


def back_problem(start: Stage, end: Stage, reason: str, verified: Collection[Stage]) -> str | None:
    """Why the project may not go back to `end`, or None. What is verified stays reached until its claim is reversed."""
    if way(start, end) is not Way.BACK:
        return Word("“%(to)s”不在当前阶段“%(now)s”之前。", to=end.label, now=start.label)
    standing_above = [stage for stage in verified if stage > end]
    if standing_above:
        above = max(standing_above).label
        return Word("“%(stage)s”已经核定，要退到它之前，请综合统计先作废这条核定。", stage=above)
    return None if reason else "退回阶段要写明原因。"


class Move(Protocol):
    """A row of the stage log."""

    @property
    def from_stage(self) -> Stage | None: ...
    @property
    def to_stage(self) -> Stage: ...
    @property
    def moved_on(self) -> date: ...


def standing(moves: Iterable[Move]) -> tuple[Stage, date] | None:
    """(stage, since when) after these moves, in the order in which they took effect; None without any.

    A move that is verified late does not pull back a project that has gone further since; a move back does.
    """
    now: tuple[Stage, date] | None = None
    for move in moves:
        goes_back = move.from_stage is not None and move.to_stage < move.from_stage
        if now is None or goes_back or move.to_stage > now[0]:
            now = move.to_stage, move.moved_on
    return now
