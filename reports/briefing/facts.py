"""Everything the monthly briefing shows, frozen: the seam collect -> facts -> render.

`collect` reads the database into a `Briefing`; text.py, sheets/ and render.py turn it into paragraphs, tables and bytes
and read nothing else, so that an issued month is rendered again from its stored facts, the same bytes for ever.

Units: `_yuan` whole yuan, `_usd` whole dollars, `_on` a day in China, `_at` an aware instant, `_share` 0 to 1. None means
"cannot be said" and is printed blank or "—" as design.md §7 asks; 0 is a true zero. Text is "" where there is none. Rows
stand in the order they are printed in within their group; the groups themselves are built when rendering. What a reader
may not see (secret names, full telephone numbers) is masked before it gets here. `_id` fields only serve the links of the
preview page and are None where the row must not be opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from crm.choices import (
    ActionState,
    BriefingSection,
    CapitalKind,
    Currency,
    IndustryGroup,
    IssueClass,
    KeyList,
    Labelled,
    Light,
    MeetingKind,
)
from crm.rules.days import Month
from crm.rules.lights import Thresholds
from crm.rules.overlaps import ListSet
from crm.rules.schedule import change, deviation_points, joint_share, schedule_share, share

Section = BriefingSection


class Line(Labelled):
    """The lines of the summary matrix (统计汇总 表1); SCREENED stands in the funnel only."""

    LEAD = "lead", "新增线索"
    SCREENED = "screened", "研判通过"
    NEGOTIATION = "negotiation", "新增在谈"
    SIGNED = "signed", "签约"
    REGISTERED = "registered", "注册落户"
    STARTED = "started", "开工"
    FINISHED = "finished", "竣工"
    PRODUCING = "producing", "投产"
    WITHDRAWN = "withdrawn", "退库（流失）"


class Flow(Labelled):
    """What an entry of the ledger adds to; those of the matrix bear the name of their line."""

    LEAD = "lead", "新增线索"
    SCREENED = "screened", "进入研判"
    NEGOTIATION = "negotiation", "新增在谈"
    SIGNED = "signed", "签约"
    SUPPLEMENT = "supplement", "补充协议"
    FRAMEWORK = "framework", "框架协议"
    REGISTERED = "registered", "注册落户"
    STARTED = "started", "开工"
    FINISHED = "finished", "竣工"
    PRODUCING = "producing", "投产"
    LOST = "withdrawn", "签约后退库（流失）"
    ARRIVED = "arrived", "到位资金"
    ARRIVED_USD = "arrived_usd", "实际使用外资"
    COMPLETED = "completed", "完成投资"


class Touch(Labelled):
    """The kinds of the activity summary, in the order printed; the first four are also listed one by one."""

    TRIP = "trip", "外出招商"
    VISIT = "visit", "来访接待"
    EVENT = "event", "招商活动"
    VIDEO = "video", "线上视频会"
    MEETING = "meeting", "协调会/碰头会"
    SERVICE = "service", "企业走访"


class Outlook(Labelled):
    """研判结果 of a project in negotiation."""

    TO_SIGN = "to_sign", "拟签约"
    PRIORITY = "priority", "跟进（优先）"
    FOLLOW = "follow", "跟进"
    PENDING = "pending", "待研判"
    PAUSED = "paused", "暂缓"


@dataclass(frozen=True, slots=True)
class Office:
    """Who reports: the zone's name, its bureau and the people who sign. `phone` arrives masked."""

    zone: str
    bureau: str
    head: str = ""  # 单位负责人, 签发
    reviewer: str = ""  # 审核人
    compiler: str = ""  # 填表人, 编辑
    phone: str = ""
    recipients: str = ""  # 分送


@dataclass(frozen=True, slots=True)
class Edition:
    """Number and day of issue; all None until the month is issued (the cover then says 预览)."""

    number: int | None = None
    total_number: int | None = None
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure in four spans, all in one unit: the month, the year to date, last year's same span, the annual target."""

    month: int | None = None
    year: int | None = None
    last_year: int | None = None
    target: int | None = None

    @property
    def change(self) -> Fraction | None:
        """同比."""
        return change(self.year, self.last_year)

    @property
    def completion(self) -> Fraction | None:
        """完成率."""
        return share(self.year, self.target)


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of crm.queries.totals by its key, in whole units; of a state only `year` is said: the month's end."""

    key: str
    month: int | None
    year: int
    last_year: int | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A project that entries speak of, by its number; `project_id` is None where it must not be opened."""

    key: int
    name: str
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that makes a figure of this year or of last year's same months. `key` tells it from all others, for ever;
    `subject` is the number of its project, never shown."""

    key: str
    flow: Flow
    subject: int
    on: date
    counts: int = 1  # 0: it adds money, but no project
    yuan: int | None = None
    fixed_yuan: int | None = None
    usd: int | None = None


@dataclass(frozen=True, slots=True)
class LineFigures:
    """A line of the matrix: verified figures only. A measure without values is not applicable to the line."""

    line: Line
    count: Measure = Measure()
    total_yuan: Measure = Measure()
    foreign_usd: Measure = Measure()
    fixed_yuan: Measure = Measure()
    arrived_yuan: Measure = Measure()


@dataclass(frozen=True, slots=True)
class MonthSigned:
    """Formal contracts signed in one month of the year."""

    month: int
    count: int
    total_yuan: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Projects signed this year that share an industry, an origin, a kind of capital or an area."""

    label: str
    count: int
    total_yuan: int
    foreign_usd: int | None = None


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """What a team signed this year, against its targets (None: it has none)."""

    label: str
    count: int
    total_yuan: int
    target_count: int | None = None
    target_yuan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProject:
    """One row of 重点项目推进情况表; a project appears once, with every list it stands on in `lists`."""

    project_id: int | None
    name: str
    key: int = 0  # the project's number: tells the rows of two months together, never shown
    lists: tuple[KeyList, ...]
    due_share: Fraction  # 序时进度 that applies to this project: n/12 or its own curve
    has_own_curve: bool = False
    short_name: str = ""  # for charts; made from the name where there is none
    builder: str = ""  # 建设单位（投资方）
    industry: str = ""
    industry_group: IndustryGroup = IndustryGroup.OTHER
    area: str = ""
    site: str = ""  # 用地或载体, with its unit: 48亩, 载体5200㎡
    content: str = ""
    total_yuan: int | None = None
    foreign_usd: int | None = None
    built_from: int | None = None  # years
    built_to: int | None = None
    plan_yuan: int | None = None  # 年度计划投资
    month_yuan: int | None = None  # completed in the month; None with reported=False is printed 未报
    done_yuan: int | None = None  # completed from January on; carried over where the month is not reported
    since_start_yuan: int | None = None
    last_year_yuan: int | None = None  # completed in last year's same months; None: no base
    planned_start_on: date | None = None
    started_on: date | None = None  # verified, not after the cut-off
    goal: str = ""  # 年度目标形象进度
    progress: str = ""  # 本月形象进度
    problem: str = ""
    request: str = ""
    next_plan: str = ""
    light: Light = Light.NONE
    light_reasons: tuple[str, ...] = ()
    system_light: Light | None = None  # what was computed, where a person overrode it
    light_note: str = ""  # why
    light_by: str = ""  # who
    reported: bool = True  # False: owed for the month and not sent
    supervision: str = ""  # e.g. 已发督办函，须于10月15日前报送赶工计划
    leader: str = ""
    unit: str = ""
    person: str = ""
    person_phone: str = ""  # printed in the office's own copy only
    note: str = ""
    # What only an office that asks for it prints; blank in months that were frozen before it was told.
    code: str = ""  # 项目编号
    capital: CapitalKind | None = None
    origin: str = ""
    fixed_yuan: int | None = None
    planned_finish_on: date | None = None
    planned_production_on: date | None = None

    @property
    def completion(self) -> Fraction | None:
        """年度完成率."""
        return share(self.done_yuan, self.plan_yuan)

    @property
    def deviation(self) -> Decimal | None:
        """较序时进度, points."""
        return deviation_points(self.done_yuan, self.plan_yuan, self.due_share)

    @property
    def change(self) -> Fraction | None:
        """同比."""
        return change(self.done_yuan, self.last_year_yuan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One row of 签约项目一览表: a formal contract, or a framework agreement listed apart and not counted."""

    project_id: int | None
    name: str
    key: int = 0  # as in KeyProject
    signed_on: date
    total_yuan: int | None = None  # a supplement's own delta
    investor: str = ""
    origin: str = ""
    capital: CapitalKind = CapitalKind.DOMESTIC
    industry: str = ""
    foreign_usd: int | None = None
    fixed_yuan: int | None = None
    registered_yuan: int | None = None
    contract: str = ""  # 协议类型
    site: str = ""
    officer: str = ""
    node: str = ""  # how far it is at the cut-off: 签约, 注册, 拿地, 开工 ...
    started_on: date | None = None
    counts: bool = True  # False: its money counts, but no further project (增资, 补充协议)
    note: str = ""
    code: str = ""  # this and what follows as in KeyProject
    area: str = ""
    content: str = ""
    unit: str = ""
    planned_start_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiation:
    """One row of 在谈项目情况表. `phone` arrives masked."""

    project_id: int | None
    name: str
    key: int = 0  # as in KeyProject
    investor: str = ""
    fixed_yuan: int | None = None
    profile: str = ""
    content: str = ""
    site: str = ""
    contact: str = ""
    phone: str = ""
    area: str = ""
    progress: str = ""
    category: str = ""  # 产业类, 人才类, 总部类 ...
    outlook: Outlook = Outlook.FOLLOW
    is_new: bool = False  # entered negotiation in the month
    code: str = ""  # this and what follows as in KeyProject
    capital: CapitalKind | None = None
    origin: str = ""
    industry: str = ""
    total_yuan: int | None = None
    unit: str = ""
    officer: str = ""
    expected_sign_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A project that waits for its start (since signing) or its production (since its start)."""

    project_id: int | None
    name: str
    since_on: date
    investor: str = ""
    industry: str = ""
    total_yuan: int | None = None
    due_on: date | None = None  # promised start, promised production
    step: str = ""  # 当前环节 (not started)
    done_yuan: int | None = None  # 完成投资 (started)
    state: str = ""  # 未开工原因, or 形象进度
    measures: str = ""
    unit: str = ""
    person: str = ""
    light: Light = Light.NONE
    code: str = ""  # this and what follows as in KeyProject
    area: str = ""
    capital: CapitalKind | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """All projects that wait: how many, how much, and the largest of them to print."""

    count: int = 0
    total_yuan: int = 0
    rows: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One row of 问题与交办清单. `overdue_days` is counted by the collector, which knows the calendar of work days."""

    action_item_id: int | None
    project: str
    problem: str
    kind: IssueClass
    due_on: date
    meeting: str = ""
    met_on: date | None = None
    lead_unit: str = ""
    support_units: str = ""
    progress: str = ""
    done_on: date | None = None
    overdue_days: int = 0  # of an open item; 0 when done or not due
    note: str = ""
    late_days: int = 0  # of a done item; 0 when done in time
    state: ActionState | None = None  # at the month's end; None in months that were frozen before it was told

    @property
    def is_done_late(self) -> bool:
        """逾期办结: made good later, which stays to be seen."""
        return self.done_on is not None and self.late_days > 0

    @property
    def is_done(self) -> bool:
        """已办结."""
        return self.done_on is not None

    @property
    def is_overdue(self) -> bool:
        """超期: open past its deadline."""
        return self.done_on is None and self.overdue_days > 0


@dataclass(frozen=True, slots=True)
class Held:
    """Meetings of a kind: how many in the month and the year; of the month's how many people were to come and came, as far as it
    was written down."""

    kind: MeetingKind
    month_count: int = 0
    year_count: int = 0
    invited: int = 0
    present: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNode:
    """A node of a key project's annual plan that is expected next month; secret projects are left out."""

    project: str
    name: str
    due_on: date
    planned_on: date
    project_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a meeting of the month decided for a project."""

    project: str
    met_on: date
    text: str
    project_id: int | None = None
    meeting: str = ""
    kind: IssueClass = IssueClass.OTHER


@dataclass(frozen=True, slots=True)
class TouchFigures:
    """A line of the activity summary: batches and people in the month and the year, and what came of the year's."""

    touch: Touch
    month_count: int = 0
    month_people: int | None = None
    year_count: int = 0
    year_people: int | None = None
    leads: int | None = None
    negotiations: int | None = None
    signings: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One trip, visit, event or video meeting of the month worth listing; several may be merged into one row."""

    touch: Touch
    name: str
    first_on: date
    last_on: date
    activity_id: int | None = None
    place: str = ""
    leader: str = ""
    people: int | None = None
    companies: int | None = None
    content: str = ""
    leads: int | None = None
    negotiations: int | None = None
    signings: int | None = None
    follow_up: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RateUsed:
    """An exchange rate by which the month's money was converted."""

    currency: Currency
    yuan: Decimal
    rate_on: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was reported of a figure from January on and does not count, for one reason; `amount` in whole yuan or dollars,
    None where several currencies would be added."""

    label: str  # 签约, 开工, 到位资金 ...
    reason: str
    count: int
    amount: int | None = None
    is_usd: bool = False
    month_count: int = 0


@dataclass(frozen=True, slots=True)
class Relocated:
    """A project that only moved within the city and signed this year: named, not counted."""

    project_id: int | None
    name: str
    signed_on: date
    total_yuan: int | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """Foreign money of the year to date beside its worth in yuan, each amount at the rate of its own day; never in 亿元."""

    label: str  # 合同外资, 实际使用外资
    currency: Currency
    amount: int
    yuan: int | None = None  # None: no rate is on record
    unconverted: int = 0
    rates: tuple[RateUsed, ...] = ()


class Correction(Labelled):
    """Why a figure of an earlier issue is different now; the order in which adjustments are told."""

    LATE = "late", "补报补录"
    VERIFIED = "verified", "截止后核定"
    AMOUNT = "amount", "改数"
    MOVED = "moved", "调整月份"
    VOIDED = "voided", "作废"
    EXCLUDED = "excluded", "改变计入"
    LOST = "lost", "退库流失"
    LISTED = "listed", "清单调整"
    PLANNED = "planned", "计划调整"
    REPORTED = "reported", "补报月报"


@dataclass(frozen=True, slots=True)
class Previous:
    """The issue that adjustments are told against."""

    month: Month
    number: int
    issued_on: date


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A figure of an earlier month that is now known to be different; the earlier issue stays as it was."""

    item: str  # e.g. 2022年8月“沐阳项目”累计完成
    old: str
    new: str
    difference: str
    reason: str
    kind: Correction = Correction.AMOUNT
    evidence: str = ""  # who verified when, and which files prove it
    name: str = ""
    project_id: int | None = None
    month: str = ""  # the month it belongs to: 2022年8月


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A signed project lost in the month (退库)."""

    project_id: int | None
    name: str
    total_yuan: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unverified:
    """Reported by the cut-off but not yet verified: stands beside the figures, counts in none."""

    label: str  # 签约, 开工, 到位资金 ...
    count: int
    amount_yuan: int | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """A paragraph an editor typed for a section; section 5 is generated where nobody typed one."""

    section: Section
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """The facts of one month. `frozen_at` is when they were read: it dates the workbook's properties."""

    month: Month
    frozen_at: datetime
    office: Office
    edition: Edition = Edition()
    is_demo: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)
    totals: tuple[Total, ...] = ()  # every figure by its key, as `crm totals` states it
    lines: tuple[LineFigures, ...] = ()
    arrived_yuan: Measure = Measure()  # 到位资金, all projects
    months: tuple[MonthSigned, ...] = ()  # January to the month, none left out
    by_industry: tuple[Slice, ...] = ()
    by_origin: tuple[Slice, ...] = ()
    by_capital: tuple[Slice, ...] = ()
    by_area: tuple[Slice, ...] = ()
    by_team: tuple[TeamFigures, ...] = ()
    key_projects: tuple[KeyProject, ...] = ()
    signed: tuple[Signed, ...] = ()  # formal contracts of the year to date
    frameworks: tuple[Signed, ...] = ()
    negotiations: tuple[Negotiation, ...] = ()
    not_started: Queue = Queue()
    not_producing: Queue = Queue()
    assignments: tuple[Assignment, ...] = ()
    held: tuple[Held, ...] = ()
    decisions: tuple[Decision, ...] = ()
    nodes: tuple[DueNode, ...] = ()  # due next month, the first first
    touches: tuple[TouchFigures, ...] = ()
    outings: tuple[Outing, ...] = ()
    trip_cities: tuple[str, ...] = ()  # of the year to date, the most visited first
    rates: tuple[RateUsed, ...] = ()
    entries: tuple[Entry, ...] = ()  # the rows that make the figures, of this year and of last year's same months
    named: tuple[Named, ...] = ()  # the projects of the entries
    previous: Previous | None = None  # the issue before this one
    adjustments: tuple[Adjustment, ...] = ()  # what is known to be different since
    withdrawals: tuple[Withdrawal, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    list_sets: tuple[ListSet, ...] = ()  # key projects by the exact lists they stand on, as `crm totals` states them
    left_out: tuple[LeftOut, ...] = ()
    relocated: tuple[Relocated, ...] = ()
    converted: tuple[Converted, ...] = ()
    remarks: tuple[Remark, ...] = ()
    version: str = ""  # of the system that read them
    sums_follow_plans: bool = False  # months frozen before measured every sum by n ÷ 12, and keep it

    @property
    def due_share(self) -> Fraction:
        """序时进度 of the month, n ÷ 12."""
        return schedule_share(self.month.number)

    def due_of(self, rows: Iterable[KeyProject]) -> Fraction:
        """序时进度 of some key projects together: what each was to have done by its own schedule, of what all plan."""
        own = joint_share((row.plan_yuan, row.due_share) for row in rows) if self.sums_follow_plans else None
        return self.due_share if own is None else own

    def figures(self, line: Line) -> LineFigures:
        """The line of the matrix; without values where nothing was collected for it."""
        return next((figures for figures in self.lines if figures.line is line), LineFigures(line))

    def touch(self, touch: Touch) -> TouchFigures:
        """The line of the activity summary; zero where nothing was collected for it."""
        return next((figures for figures in self.touches if figures.touch is touch), TouchFigures(touch))
