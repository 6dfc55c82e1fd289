"""Every figure leadership sees, by its key: what it is called, what it counts, which rows stand behind it.

To change what a figure means, change its source or its definition here; screens, briefing, command and exports follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Select

from crm.choices import (
    COUNTED_MEETINGS,
    ActivityKind,
    ContractKind,
    Currency,
    Indicator,
    IssueClass,
    KeyList,
    Labelled,
    MeetingKind,
    Stage,
    Status,
    Word,
)
from crm.queries.totals import listed, money, sources, work
from crm.queries.totals.basis import Basis
from crm.rules.days import Period


class Unit(Labelled):
    """What a figure is counted in."""

    COUNT = "count", "个"
    TIMES = "times", "次"
    ITEMS = "items", "项"
    YUAN = "yuan", "亿元"
    USD = "usd", "万美元"

    @property
    def is_money(self) -> bool:
        """Whole yuan or whole dollars inside, 亿元 and 万美元 when printed."""
        return self in (Unit.YUAN, Unit.USD)


class Subject(Enum):
    """What a row of a source is about; `id` of the row is its key except for PROJECT, where `project_id` is."""

    PROJECT = "project"
    ACTIVITY = "activity"
    MEETING = "meeting"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Source:
    """A set of judged rows. `at_end`: they are a state at the end of a period, not events on days of it; `narrows`: it can
    spare itself the facets nobody asks for."""

    name: str
    rows: Callable[..., Select[Any]]  # (Basis, Period), and the facets asked for where it narrows
    day: str  # what its day is called
    facets: Mapping[str, str]  # facet -> what it is called
    at_end: bool = False
    subject: Subject = Subject.PROJECT
    narrows: bool = False


def _labels(vocabulary: Iterable[Labelled]) -> dict[str, str]:
    return {member.value: member.label for member in vocabulary}


STAGES = {str(int(stage)): stage.label for stage in Stage}
STARTS = {listed.ON_TIME: Word("按期开工"), listed.LATE: Word("逾期开工"), listed.MISSING: Word("尚未开工")}
NONE: dict[str, str] = {"": ""}

LEADS = Source("leads", sources.leads, Word("登记日期"), NONE)
MOVES = Source("moves", sources.moves, Word("日期"), STAGES, narrows=True)
MILESTONES = Source("milestones", sources.milestones, Word("日期"), STAGES, narrows=True)
CONTRACTS = Source("contracts", sources.contracts, Word("签约日期"), _labels(ContractKind))
RELOCATIONS = Source("relocations", sources.relocations, Word("签约日期"), _labels(ContractKind))
AGREEMENTS = Source("agreements", sources.agreements, Word("签订日期"), _labels(ContractKind))
FAI_ENTRIES = Source("fai_entries", sources.fai_entries, Word("入统日期"), NONE)
LOSSES = Source("losses", sources.losses, Word("变更日期"), _labels(Status))
COHORT = Source("cohort", sources.cohort, Word("登记日期"), STAGES, at_end=True)
STANDING = Source("standing", sources.standing, Word("进入日期"), STAGES, at_end=True, narrows=True)
ARRIVALS = Source("arrivals", money.arrivals, Word("到账日期"), _labels(Currency))
FOREIGN_ARRIVALS = Source("foreign_arrivals", money.foreign_arrivals, Word("到账日期"), _labels(Currency))
COMPLETIONS = Source("completions", money.completions, Word("完成日期"), NONE | _labels(Currency))
KEY_PROJECTS = Source("key_projects", listed.key_projects, Word("列入日期"), NONE, at_end=True)
LISTINGS = Source("listings", listed.listings, Word("列入日期"), _labels(KeyList), at_end=True)
KEY_STARTS = Source("key_starts", listed.key_starts, Word("开工日期"), NONE)
LIST_STARTS = Source("list_starts", listed.list_starts, Word("开工日期"), _labels(KeyList))
PLANNED_STARTS = Source("planned_starts", listed.planned_starts, Word("计划开工"), STARTS, at_end=True)
ACTIVITIES = Source("activities", work.activities, Word("日期"), _labels(ActivityKind), subject=Subject.ACTIVITY)
MEETINGS = Source("meetings", work.meetings, Word("日期"), _labels(MeetingKind), subject=Subject.MEETING)
ASSIGNED = Source("assigned", work.assigned, Word("交办日期"), _labels(IssueClass), subject=Subject.ACTION)
SETTLED = Source("settled", work.settled, Word("办结日期"), _labels(IssueClass), subject=Subject.ACTION)
OPEN_ITEMS = Source(
    "open_items", work.open_items, Word("时限"), {work.IN_HAND: Word("办理中"), work.OVERDUE: Word("超期")}, at_end=True,
    subject=Subject.ACTION,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `measure` names the column that is summed: counts, or whole yuan or dollars; `facets` narrows the rows."""

    key: str
    name: str
    unit: Unit
    source: Source
    definition: str
    measure: str = "counts"
    facets: frozenset[str] | None = None
    indicator: Indicator | None = None  # the annual target it is held against
    plan: str = ""  # the figure that stands in for a target nobody set

    def __post_init__(self) -> None:
        for words in ("name", "definition"):
            text = getattr(self, words)
            object.__setattr__(self, words, text if isinstance(text, Word) else Word(text))

    def rows(self, basis: Basis, within: Period) -> Select[Any]:
        """The judged rows of its source, those of facets it does not take left aside where that is cheaper."""
        if self.source.narrows and self.facets is not None:
            return self.source.rows(basis, within, self.facets)
        return self.source.rows(basis, within)

    def takes(self, facet: str) -> bool:
        """Whether rows of the facet belong to it."""
        return self.facets is None or facet in self.facets


VERIFIED = "综合统计已核定"
BASE = "重复登记、市内平移和已分期的母项目不计"
SIGNED = f"正式合同，签约日期在统计期内，{VERIFIED}；同一项目只计首次签约，框架协议、意向书不计；{BASE}"
MONEY_SIGNED = f"{SIGNED}；补充协议按其日期计增减额"
PLANNED = "总投资为截至当日最新的计划总投资"


def stages_from(stage: Stage) -> frozenset[str]:
    """The facets of the stage and those after it."""
    return frozenset(str(int(later)) for later in Stage if later >= stage)


def _at(*stages: Stage) -> frozenset[str]:
    return frozenset(str(int(stage)) for stage in stages)


def _signed() -> Iterable[Figure]:
    yield Figure("signed_count", "签约项目", Unit.COUNT, CONTRACTS, SIGNED, facets=frozenset({ContractKind.FORMAL.value}),
                 indicator=Indicator.SIGNED_COUNT)  # fmt: skip
    yield Figure("signed_total_yuan", "签约总投资", Unit.YUAN, CONTRACTS, MONEY_SIGNED, "yuan",
                 indicator=Indicator.SIGNED_YUAN)  # fmt: skip
    yield Figure("signed_fixed_yuan", "签约固定资产投资", Unit.YUAN, CONTRACTS,
                 f"合同约定的固定资产投资；{MONEY_SIGNED}", "fixed_yuan")  # fmt: skip
    yield Figure("signed_foreign_usd", "合同外资", Unit.USD, CONTRACTS,
                 f"合同约定的外资，以美元列示，不折算并入亿元；{MONEY_SIGNED}", "usd")  # fmt: skip
    lost = f"签约后流失，或退库经{VERIFIED}的项目，记在流失（退库）当月；原签约月份不变"
    yield Figure("signed_lost_count", "签约后流失（退库）", Unit.COUNT, LOSSES, lost)
    yield Figure(
        "signed_lost_yuan", "签约后流失（退库）总投资", Unit.YUAN, LOSSES, f"{lost}；金额为其签约总投资", "yuan"
    )
    agreed = f"框架协议、战略合作协议、意向书，签订日期在统计期内，{VERIFIED}；另列，不计入签约"
    yield Figure("framework_count", "框架协议", Unit.COUNT, AGREEMENTS, agreed)
    yield Figure("framework_total_yuan", "框架协议意向投资", Unit.YUAN, AGREEMENTS, agreed, "yuan")
    moved = f"市内平移项目的正式合同，签约日期在统计期内，{VERIFIED}；不算新签约，另列（设置为计入时是签约的其中项）"
    yield Figure("relocated_count", "市内平移（不计入签约）", Unit.COUNT, RELOCATIONS, moved,
                 facets=frozenset({ContractKind.FORMAL.value}))  # fmt: skip
    yield Figure("relocated_total_yuan", "市内平移总投资（不计入签约）", Unit.YUAN, RELOCATIONS,
                 f"{moved}；补充协议按其日期计增减额", "yuan")  # fmt: skip


def _moves() -> Iterable[Figure]:
    yield Figure("lead_count", "新增线索", Unit.COUNT, LEADS, f"统计期内登记的线索，按登记时间；{BASE}")
    yield Figure(
        "lead_total_yuan", "新增线索总投资", Unit.YUAN, LEADS, f"统计期内登记的线索；{PLANNED}；{BASE}", "yuan"
    )
    for suffix, what, unit, measure in (
        ("fixed_yuan", "固定资产投资", Unit.YUAN, "fixed_yuan"), ("foreign_usd", "外资", Unit.USD, "usd"),
    ):  # fmt: skip
        text = f"统计期内登记的线索；金额为项目登记的{what}；{BASE}"
        yield Figure(f"lead_{suffix}", f"新增线索{what}", unit, LEADS, text, measure)
    for stage, key, name, indicator in (
        (Stage.SCREENING, "screened", "进入研判", None),
        (Stage.NEGOTIATION, "negotiation_new", "新增在谈", None),
        (Stage.REVIEW, "reviewed", "进入评审", None),
        (Stage.REGISTERED, "registered", "注册落户", None),
        (Stage.PREPARATION, "preparation", "进入前期", None),
        (Stage.STARTED, "started", "新开工", Indicator.STARTED_COUNT),
        (Stage.FINISHED, "finished", "竣工", Indicator.FINISHED_COUNT),
        (Stage.PRODUCING, "producing", "投产", Indicator.PRODUCING_COUNT),
        (Stage.FULL_CAPACITY, "full_capacity", "达产", None),
    ):
        said = f"，{VERIFIED}" if stage.counted else ""
        text = f"统计期内首次到达“{stage.label}”{said}；{BASE}"
        source = MILESTONES if stage.counted else MOVES
        yield Figure(f"{key}_count", name, Unit.COUNT, source, text, facets=_at(stage), indicator=indicator)
        for measure, what, unit in (
            ("yuan", "总投资", Unit.YUAN), ("fixed_yuan", "固定资产投资", Unit.YUAN), ("usd", "外资", Unit.USD),
        ):  # fmt: skip
            suffix = {"yuan": "total_yuan", "fixed_yuan": "fixed_yuan", "usd": "foreign_usd"}[measure]
            yield Figure(f"{key}_{suffix}", f"{name}{what}", unit, source, f"{text}；{PLANNED}", measure, _at(stage))


def _fai() -> Iterable[Figure]:
    entered = f"入统日期在统计期内的项目，综合统计登记；撤销的、开工核定已作废的不计；{BASE}"
    yield Figure("fai_count", "新入统项目", Unit.COUNT, FAI_ENTRIES, entered)
    yield Figure("fai_total_yuan", "新入统项目总投资", Unit.YUAN, FAI_ENTRIES, f"{entered}；{PLANNED}", "yuan")


def _standing() -> Iterable[Figure]:
    talked = _at(Stage.NEGOTIATION, Stage.REVIEW)
    at_end = "统计截止日处于“{}”、正在推进的项目，按阶段记录推算；暂缓、流失、退库不计；" + BASE
    talking = at_end.format("在谈”“评审")
    yield Figure("negotiation_count", "在谈项目", Unit.COUNT, STANDING, talking, facets=talked)
    yield Figure(
        "negotiation_total_yuan", "在谈项目总投资", Unit.YUAN, STANDING, f"{talking}；{PLANNED}", "yuan", talked
    )
    for stage in Stage:
        name, facets = f"期末“{stage.label}”项目", _at(stage)
        slug = f"standing_{stage.slug}"
        yield Figure(f"{slug}_count", name, Unit.COUNT, STANDING, at_end.format(stage.label), facets=facets)
        yield Figure(
            f"{slug}_total_yuan", f"{name}总投资", Unit.YUAN, STANDING, at_end.format(stage.label), "yuan", facets
        )
    for stage, name in COHORT_STEPS:
        text = f"今年登记的线索中，截至统计截止日到达过“{name}”的；{BASE}"
        yield Figure(
            f"cohort_{stage.slug}_count", f"今年线索：{name}", Unit.COUNT, COHORT, text, facets=stages_from(stage)
        )
        yield Figure(
            f"cohort_{stage.slug}_total_yuan",
            f"今年线索：{name}总投资",
            Unit.YUAN,
            COHORT,
            text,
            "yuan",
            stages_from(stage),
        )


COHORT_STEPS = (
    (Stage.LEAD, Word("线索")),
    (Stage.SCREENING, Word("研判")),
    (Stage.NEGOTIATION, Word("在谈")),
    (Stage.REVIEW, Word("评审")),
    (Stage.SIGNED, Word("签约")),
    (Stage.STARTED, Word("开工")),
)


def _money() -> Iterable[Figure]:
    yield Figure("arrived_yuan", "到位资金", Unit.YUAN, ARRIVALS,
                 f"统计期内实际到账的人民币资金，有凭证，{VERIFIED}；外币另计，不折算并入；{BASE}", "yuan",
                 indicator=Indicator.ARRIVED_YUAN)  # fmt: skip
    yield Figure("arrived_usd", "实际使用外资", Unit.USD, FOREIGN_ARRIVALS,
                 f"统计期内实际到账的美元资金，有凭证，{VERIFIED}；其他外币单列，折算前不计；{BASE}", "usd",
                 indicator=Indicator.FOREIGN_USD)  # fmt: skip
    yield Figure("completed_yuan", "重点项目投资", Unit.YUAN, COMPLETIONS,
                 f"列入当年清单的重点项目统计期内完成的投资，{VERIFIED}；同一项目列入多个清单只计一次", "yuan",
                 indicator=Indicator.COMPLETED_YUAN, plan="key_planned_yuan")  # fmt: skip


def _key_projects() -> Iterable[Figure]:
    once = "同一项目列入多个清单只计一次"
    yield Figure("key_project_count", "重点项目", Unit.COUNT, KEY_PROJECTS, f"统计截止日列入当年清单的项目；{once}")
    yield Figure("key_planned_yuan", "重点项目年度计划投资", Unit.YUAN, KEY_PROJECTS,
                 f"列入当年清单的项目最新的年度计划投资；{once}", "yuan")  # fmt: skip
    yield Figure("key_start_count", "重点项目新开工", Unit.COUNT, KEY_STARTS,
                 f"列入当年清单的项目中统计期内开工的，{VERIFIED}；{once}")  # fmt: skip
    for key_list in KeyList:
        facets = frozenset({key_list.value})
        yield Figure(f"key_{key_list.value}_count", key_list.label, Unit.COUNT, LISTINGS,
                     f"统计截止日列入{key_list.label}清单的项目；可与其他清单重叠", facets=facets)  # fmt: skip
        yield Figure(f"key_{key_list.value}_starts", f"{key_list.label}新开工", Unit.COUNT, LIST_STARTS,
                     f"{key_list.label}清单中统计期内开工的项目，{VERIFIED}", facets=facets)  # fmt: skip
    due = f"当年清单中计划开工日期在统计期内的项目（年度计划优先，其次清单、项目登记）；{once}"
    yield Figure("planned_start_count", "按计划应开工", Unit.COUNT, PLANNED_STARTS, due)
    for facet, (key, text) in {
        listed.ON_TIME: ("started_on_time_count", f"不晚于计划月份的月底开工，{VERIFIED}"),
        listed.LATE: ("started_late_count", f"晚于计划月份开工，{VERIFIED}"),
        listed.MISSING: ("start_missing_count", "截至统计截止日没有核定的开工"),
    }.items():
        yield Figure(key, STARTS[facet], Unit.COUNT, PLANNED_STARTS, f"{due}；{text}", facets=frozenset({facet}))


def _work() -> Iterable[Figure]:
    for key, name, kind in (
        ("video_meeting_count", "线上视频会", ActivityKind.VIDEO),
        ("trip_count", "外出招商", ActivityKind.TRIP),
        ("visit_count", "来访接待", ActivityKind.VISIT),
        ("event_count", "招商活动", ActivityKind.EVENT),
        ("service_count", "企业走访", ActivityKind.SERVICE),
        ("talk_count", "洽谈", ActivityKind.TALK),
    ):
        yield Figure(key, name, Unit.TIMES, ACTIVITIES, f"统计期内已举行的{kind.label}；涉及多个项目只计一次",
                     facets=frozenset({kind.value}))  # fmt: skip
    counted = frozenset(kind.value for kind in COUNTED_MEETINGS)
    yield Figure("coordination_meeting_count", "协调会、碰头会", Unit.TIMES, MEETINGS,
                 "统计期内已召开的协调会和碰头会；专题会、调度会、联审会、联席会议另计", facets=counted)  # fmt: skip
    yield Figure("action_assigned_count", "交办事项", Unit.ITEMS, ASSIGNED, "统计期内会议交办的事项")
    yield Figure("action_done_count", "办结事项", Unit.ITEMS, SETTLED, "统计期内办结的交办事项")
    yield Figure("action_open_count", "未办结事项", Unit.ITEMS, OPEN_ITEMS, "统计截止日尚未办结的交办事项")
    yield Figure("action_overdue_count", "超期事项", Unit.ITEMS, OPEN_ITEMS,
                 "统计截止日已过时限、尚未办结的交办事项", facets=frozenset({work.OVERDUE}))  # fmt: skip


FIGURES: Mapping[str, Figure] = {
    figure.key: figure
    for figures in (_moves(), _signed(), _fai(), _standing(), _money(), _key_projects(), _work())
    for figure in figures
}


def asked(source: Source) -> frozenset[str] | None:
    """The facets of a source that any figure takes; None for all of them."""
    wanted = [figure.facets for figure in FIGURES.values() if figure.source is source]
    return None if None in wanted else frozenset().union(*(facets for facets in wanted if facets))
