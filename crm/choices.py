"""Closed vocabularies with their Chinese labels. The value is stored, the label is shown.

Open vocabularies (industries, areas, units) are rows of the database and come from seed_data/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from enum import IntEnum, StrEnum
from html import escape
from typing import Any, Self

reader: ContextVar[Callable[[str], str] | None] = ContextVar("reader", default=None)


class Word(str):
    """A Chinese word or phrase of ours, with the values in it: `Word("逾期 %(n)d 天", n=3)`.

    Printed while a page is made for a reader of another language (`reader`, set by crm/language.py), it is in that language;
    compared, kept and exported it is always the Chinese one.
    """

    def __new__(cls, text: str, **values: object) -> Self:
        made = str.__new__(cls, text % values if values else text)
        made._text, made._values = text, values
        return made

    _text: str
    _values: dict[str, object]

    def __str__(self) -> str:
        translate = reader.get()
        if translate is None:
            return str.__str__(self)
        return translate(self._text) % self._values if self._values else translate(self._text)

    def packed(self) -> dict[str, Any]:
        """What it is made of, for JSON: its text, and the values in it."""
        return {"text": self._text, "values": {name: _packed(value) for name, value in self._values.items()}}

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Self:
        """The word that `packed` made."""
        values = {
            name: cls.unpacked(value) if isinstance(value, dict) else value for name, value in kept["values"].items()
        }
        return cls(kept["text"], **values)

    def __html__(self) -> str:
        """For templates: `a ~ b` would take the Chinese as it is, but asks what can speak HTML."""
        return escape(str(self))


def _packed(value: object) -> object:
    if isinstance(value, Word):
        return value.packed()
    return value if isinstance(value, int) else str(value)


def listed(words: Iterable[str], between: Word | None = None) -> Word:
    """Words one after another, each in the reader's language when printed."""
    return _joined(list(words), between or Word("、"))


def either(words: Iterable[str]) -> Word:
    """This one or that one, each in the reader's language when printed."""
    return _joined(list(words), Word("或"))


def _joined(words: Sequence[str], between: Word) -> Word:
    values = {f"word{n}": word for n, word in enumerate(words)}
    return Word("%(between)s".join(f"%({name})s" for name in values), between=between, **values)


class Labelled(StrEnum):
    """A stored word with a Chinese label: `OFFICER = "officer", "招商专员"`."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = Word(label)
        return member

    @classmethod
    def parse(cls, value: str) -> Self:
        """The member of a stored word; raises ValueError for an unknown one."""
        for member in cls:
            if member.value == value:
                return member
        raise ValueError(f"{value!r} is not a {cls.__name__}")

    @classmethod
    def known(cls, value: str) -> Self | None:
        """The member of a word typed in an address, or None."""
        return next((member for member in cls if member.value == value), None)

    @classmethod
    def pairs(cls) -> list[tuple[str, str]]:
        """(value, label) of every member, in order of declaration: what a select field wants."""
        return [(member.value, member.label) for member in cls]


class Role(Labelled):
    """What a person does in the zone (domain.md §2.6)."""

    OFFICER = "officer", "招商专员"
    TEAM_LEAD = "team_lead", "组长"
    STATISTICIAN = "statistician", "综合统计"
    COORDINATOR = "coordinator", "统筹协调"
    AGENT = "agent", "代办员"
    LIAISON = "liaison", "部门协办人"
    LEADER = "leader", "领导"
    ADMIN = "admin", "管理员"
    AUDITOR = "auditor", "审计"


class UnitKind(Labelled):
    """Levels of the tree of units."""

    ZONE = "zone", "开发区"
    BUREAU = "bureau", "局办"
    TEAM = "team", "招商组"
    DEPARTMENT = "department", "协办部门"


class Stage(IntEnum):
    """How far a project is (domain.md §2.2). The number orders; the slug stands in addresses and files."""

    label: str
    slug: str

    def __new__(cls, value: int, slug: str, label: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.slug = slug
        member.label = Word(label)
        return member

    LEAD = 0, "lead", "线索"
    SCREENING = 1, "screening", "研判"
    NEGOTIATION = 2, "negotiation", "在谈"
    REVIEW = 3, "review", "评审"
    SIGNED = 4, "signed", "签约"
    REGISTERED = 5, "registered", "注册到资"
    PREPARATION = 6, "preparation", "前期"
    STARTED = 7, "started", "开工"
    FINISHED = 8, "finished", "竣工"
    PRODUCING = 9, "producing", "投产"
    FULL_CAPACITY = 10, "full_capacity", "达产"

    @classmethod
    def by_slug(cls, slug: str) -> Stage:
        """The stage of an address; raises KeyError for an unknown slug."""
        return {stage.slug: stage for stage in cls}[slug]

    @property
    def counted(self) -> bool:
        """Reaching it is reported by one person and verified by another before it counts."""
        return self in COUNTED_STAGES


COUNTED_STAGES = frozenset({Stage.SIGNED, Stage.STARTED, Stage.FINISHED, Stage.PRODUCING})


class Status(Labelled):
    """Whether a project goes on, apart from how far it is (domain.md §0.2)."""

    ACTIVE = "active", "进行"
    PAUSED = "paused", "暂缓"
    LOST = "lost", "流失"
    WITHDRAWN = "withdrawn", "退库"


class LossReason(Labelled):
    """Why a project was paused, lost or withdrawn."""

    POLICY = "policy", "政策条件不合"
    LAND = "land", "用地或载体不合"
    MONEY = "money", "投资方资金问题"
    MARKET = "market", "市场变化"
    APPROVAL = "approval", "环评、能耗或审批不过"
    ELSEWHERE = "elsewhere", "落户其他地区"
    SILENT = "silent", "长期无联系"
    OTHER = "other", "其他"


class CapitalKind(Labelled):
    """Domestic or foreign capital."""

    DOMESTIC = "domestic", "内资"
    FOREIGN = "foreign", "外资"


class Origin(Labelled):
    """Where an investor comes from: a province and city, or a country."""

    DOMESTIC = "domestic", "国内"
    FOREIGN = "foreign", "境外"


class IndustryGroup(Labelled):
    """The 2+3+X system (domain.md §1.5)."""

    LEAD = "lead", "主导产业"
    FEATURE = "feature", "特色产业"
    BREAKTHROUGH = "breakthrough", "突破产业"
    OTHER = "other", "其他产业"

    @property
    def short(self) -> Word:
        """As it stands before an industry's name: 特色 · 智能制造."""
        words = {"lead": Word("主导"), "feature": Word("特色"), "breakthrough": Word("突破"), "other": Word("其他")}
        return words[self.value]


class SourceChannel(Labelled):
    """How a lead came in (domain.md §1.5)."""

    CHAIN = "chain", "产业链招商"
    REFERRAL = "referral", "以商引商"
    CAPITAL = "capital", "资本招商"
    SCIENCE = "science", "科创招商"
    OUTPOST = "outpost", "驻点招商"
    FAIR = "fair", "会展活动"
    AGENCY = "agency", "委托招商"
    TALENT = "talent", "人才校友"
    SUPERIOR = "superior", "上级推介"
    EXISTING = "existing", "增资扩产"
    WALK_IN = "walk_in", "主动来访"
    OTHER = "other", "其他"


class InvestmentForm(Labelled):
    """投资形态."""

    NEW = "new", "新设"
    INCREASE = "increase", "增资"
    ACQUISITION = "acquisition", "并购"
    UPGRADE = "upgrade", "技改"
    OTHER = "other", "其他"


class LandUse(Labelled):
    """用地情况."""

    NEW_LAND = "new_land", "新供地"
    OWN_LAND = "own_land", "现有用地"
    LEASE = "lease", "租赁厂房"
    PURCHASE = "purchase", "购买房产"
    OTHER = "other", "其他"


class CompanyClass(Labelled):
    """企业类别 (domain.md §1.5)."""

    FORTUNE_500 = "fortune_500", "世界500强"
    CHINA_500 = "china_500", "中国500强"
    LISTED = "listed", "上市公司"
    HIGH_TECH = "high_tech", "高新技术企业"
    SPECIALISED = "specialised", "专精特新"
    LITTLE_GIANT = "little_giant", "专精特新“小巨人”"
    GAZELLE = "gazelle", "瞪羚企业"
    UNICORN = "unicorn", "独角兽"


class MemberRole(Labelled):
    """What a person is to a project (domain.md §1.4)."""

    FIRST_REPORTER = "first_reporter", "首报人"
    LEAD = "lead", "主办"
    SUPPORT = "support", "协办"
    LEADER = "leader", "挂钩领导"
    AGENT = "agent", "代办员"
    READER = "reader", "知悉人"


class KeyList(Labelled):
    """The annual lists a project may stand on, several at once (domain.md §1.4); in order of rank."""

    PROVINCE = "province", "省重点"
    CITY = "city", "市重点"
    DISTRICT = "district", "区重点"
    PROVINCE_BATCH = "province_batch", "省集中开工"
    CITY_BATCH = "city_batch", "市集中开工"
    ZONE = "zone", "经开区重点"


class ListingClass(Labelled):
    """List class of a key project."""

    NEW = "new", "新建"
    CONTINUED = "continued", "续建"
    RESERVE = "reserve", "储备"


class ActivityKind(Labelled):
    """Touchpoints (domain.md §3)."""

    TALK = "talk", "洽谈"
    VIDEO = "video", "线上视频会"
    TRIP = "trip", "外出拜访"
    VISIT = "visit", "来访接待"
    CALL = "call", "电话"
    MESSAGE = "message", "微信、函件"
    EVENT = "event", "招商活动"
    SERVICE = "service", "企业走访服务"


class ActivityState(Labelled):
    """Planned above, done below."""

    PLANNED = "planned", "计划"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"


class ActivityResult(Labelled):
    """洽谈结果 (domain.md §3.1)."""

    LEAD = "lead", "获取线索"
    ADVANCE = "advance", "推进签约"
    SOLVE = "solve", "解决困难"
    OTHER = "other", "其他"


class MeetingKind(Labelled):
    """Meetings (domain.md §3.6)."""

    COORDINATION = "coordination", "协调会"
    HUDDLE = "huddle", "碰头会"
    TOPIC = "topic", "专题会"
    DISPATCH = "dispatch", "调度会"
    REVIEW = "review", "联审会"
    JOINT = "joint", "联席会议"


# 协调会/碰头会 are the ones the model year counts ("80余次", domain.md §11).
COUNTED_MEETINGS = frozenset({MeetingKind.COORDINATION, MeetingKind.HUDDLE})


class Reply(Labelled):
    """What an invited person answered."""

    NONE = "none", "未答复"
    ACCEPTED = "accepted", "参加"
    TENTATIVE = "tentative", "待定"
    DECLINED = "declined", "不能参加"


class Presence(Labelled):
    """Whether an invited person was there."""

    PRESENT = "present", "到会"
    SUBSTITUTE = "substitute", "派人代会"
    LEAVE = "leave", "请假"
    ABSENT = "absent", "缺席"


class MinutesState(Labelled):
    """The life of a meeting's minutes (domain.md §3.6)."""

    DRAFT = "draft", "起草"
    SENT = "sent", "待主持人确认"
    CONFIRMED = "confirmed", "主持人已确认"
    ISSUED = "issued", "已印发"


class MinutesDeed(Labelled):
    """A step of a meeting's minutes on their way (domain.md §3.6)."""

    SEND = "send", "送主持人确认"
    RECALL = "recall", "撤回"
    CONFIRM = "confirm", "确认"
    RETURN = "return", "退回修改"
    ISSUE = "issue", "印发"
    CORRECT = "correct", "更正"


class Repeat(Labelled):
    """How a meeting repeats."""

    DAILY = "daily", "每天"
    WORKDAY = "workday", "每个工作日"
    WEEKLY = "weekly", "每周"
    MONTHLY = "monthly", "每月"


class OffDay(Labelled):
    """What becomes of a repeated meeting whose day is off."""

    AFTER = "after", "顺延到下一个工作日"
    SKIP = "skip", "跳过这一次"
    KEEP = "keep", "照常召开"


class Reach(Labelled):
    """How much of a series a change is meant for."""

    THIS = "this", "只改这一次"
    FOLLOWING = "following", "这一次和以后各次"
    ALL = "all", "所有还没开的"


class AbsenceKind(Labelled):
    """Why somebody cannot be met."""

    TRIP = "trip", "出差"
    LEAVE = "leave", "休假"
    TRAINING = "training", "学习培训"
    DUTY = "duty", "其他公务"


class Span(Labelled):
    """How much of the calendar is shown."""

    MONTH = "month", "月"
    WEEK = "week", "周"
    DAY = "day", "日"
    AGENDA = "agenda", "列表"


class DayPart(Labelled):
    """How much of a day somebody is away."""

    WHOLE = "whole", "全天"
    MORNING = "morning", "上午"
    AFTERNOON = "afternoon", "下午"


class FeedKind(Labelled):
    """Whose calendar a secret address shows."""

    PERSON = "person", "个人"
    ROOM = "room", "会议室"
    PROJECT = "project", "项目"


class MailKind(Labelled):
    """What a mail about a meeting says."""

    INVITATION = "invitation", "会议通知"
    CHANGE = "change", "会议变更"
    CANCELLATION = "cancellation", "会议取消"


class NodeDay(Labelled):
    """The three days of a node of an annual plan: as planned, as it looks now, as it was."""

    PLANNED = "planned", "计划"
    FORECAST = "forecast", "预计"
    ACTUAL = "actual", "实际"


class IssueClass(Labelled):
    """存在问题 (domain.md §1.3)."""

    MONEY = "money", "资金"
    LAND = "land", "土地"
    APPROVAL = "approval", "审批"
    POLICY = "policy", "政策"
    OTHER = "other", "其他"


class ActionState(Labelled):
    """交办事项 (domain.md §3.6)."""

    ASSIGNED = "assigned", "待签收"
    DOING = "doing", "办理中"
    CHECKING = "checking", "待核验"
    DONE = "done", "办结"
    RETURNED = "returned", "退回"


class ActionStepKind(Labelled):
    """What is done with an action item; each is a row of its history. RECORD is what stood before the history began."""

    ASSIGN = "assign", "交办"
    RECORD = "record", "原有记录"
    ACCEPT = "accept", "签收"
    REPORT = "report", "填写进展"
    NOTE = "note", "配合情况"
    FINISH = "finish", "报办结"
    VERIFY = "verify", "核验办结"
    RETURN = "return", "退回"
    HAND_OVER = "hand_over", "转办"


class Priority(Labelled):
    """How pressing an action item is."""

    URGENT = "urgent", "特急"
    HIGH = "high", "加急"
    NORMAL = "normal", "一般"


class ActionSource(Labelled):
    """Where an action item comes from."""

    MEETING = "meeting", "会议议定"
    LEADER = "leader", "领导交办"
    VISIT = "visit", "走访调研"
    DEMAND = "demand", "企业诉求"
    OTHER = "other", "其他"


class Rating(Labelled):
    """How well an action item was done, said when it is verified."""

    GOOD = "good", "好"
    FAIR = "fair", "较好"
    PLAIN = "plain", "一般"
    POOR = "poor", "较差"


class ContractKind(Labelled):
    """Only a formal contract counts as 签约 (domain.md §1.3); a supplement counts as its own delta."""

    INTENT = "intent", "意向书"
    FRAMEWORK = "framework", "框架协议"
    STRATEGIC = "strategic", "战略合作协议"
    FORMAL = "formal", "正式合同"
    SUPPLEMENT = "supplement", "补充协议"


COUNTED_CONTRACTS = frozenset({ContractKind.FORMAL, ContractKind.SUPPLEMENT})


class MoneyKind(Labelled):
    """What a money entry states (domain.md §10.1)."""

    PLAN = "plan", "计划总投资"
    CONTRACT = "contract", "合同投资"
    ARRIVED = "arrived", "到位资金"
    COMPLETED = "completed", "完成投资"


class Currency(Labelled):
    """ISO 4217 codes the zone's investors pay in."""

    CNY = "CNY", "人民币"
    USD = "USD", "美元"
    HKD = "HKD", "港元"
    EUR = "EUR", "欧元"
    JPY = "JPY", "日元"
    GBP = "GBP", "英镑"
    SGD = "SGD", "新加坡元"
    KRW = "KRW", "韩元"
    TWD = "TWD", "新台币"


class ClaimKind(Labelled):
    """What a claim states and, once verified, makes count."""

    SIGNING = "signing", "签约"
    START = "start", "开工"
    FINISH = "finish", "竣工"
    PRODUCTION = "production", "投产"
    CONTRACT = "contract", "协议"
    ARRIVAL = "arrival", "到位资金"
    COMPLETION = "completion", "完成投资"
    STATUS = "status", "退库"


class ClaimState(Labelled):
    """Reported is not counted; only verified is (domain.md §10.1)."""

    DRAFT = "draft", "草稿"
    REPORTED = "reported", "待核定"
    VERIFIED = "verified", "已核定"
    RETURNED = "returned", "已退回"
    REVERSED = "reversed", "已作废"


class EvidenceKind(Labelled):
    """What an attachment proves."""

    CONTRACT = "contract", "合同扫描件"
    REGISTRATION = "registration", "营业执照或登记通知"
    BANK = "bank", "银行回单或票据"
    PERMIT = "permit", "许可证件"
    PHOTO = "photo", "现场照片"
    ACCEPTANCE = "acceptance", "验收文件"
    PRODUCTION = "production", "投产证明"
    MINUTES = "minutes", "纪要"
    OTHER = "other", "其他"


class ReportState(Labelled):
    """Monthly progress (domain.md §4.5)."""

    DRAFT = "draft", "草稿"
    REPORTED = "reported", "已报"
    CHECKED = "checked", "组长已审"
    VERIFIED = "verified", "已核定"
    RETURNED = "returned", "已退回"


class BriefingState(Labelled):
    """The way of a month's briefing (domain.md §4.5): checked freezes its facts, issued its number and its bytes."""

    DRAFT = "draft", "草稿"
    CHECKED = "checked", "已核对"
    ISSUED = "issued", "已签发"


class BriefingSection(Labelled):
    """The sections of the briefing's overview, in order (domain.md §4.1)."""

    OVERALL = "overall", "总体情况"
    INVESTMENT = "investment", "招商引资"
    PROGRESS = "progress", "项目推进"
    LIGHTS = "lights", "亮灯情况"
    PROBLEMS = "problems", "存在问题及需协调事项"
    MEETINGS = "meetings", "会议协调与企业服务"
    NEXT = "next", "下月重点"


class Light(Labelled):
    """亮灯; a colour is never shown without its word."""

    BLUE = "blue", "蓝"
    GREEN = "green", "绿"
    YELLOW = "yellow", "黄"
    ORANGE = "orange", "橙"  # only where an office shows five colours
    RED = "red", "红"
    NONE = "none", "—"


class BatchState(Labelled):
    """The life of an import."""

    UPLOADED = "uploaded", "已上传"
    PREVIEWED = "previewed", "待写入"
    APPLIED = "applied", "已写入"
    ROLLED_BACK = "rolled_back", "已撤销"


class RowDecision(Labelled):
    """What an import does with a row."""

    CREATE = "create", "新增"
    UPDATE = "update", "更新"
    SKIP = "skip", "跳过"
    ASK = "ask", "待定"


class RowResult(Labelled):
    """What an import did with a row."""

    CREATED = "created", "已新增"
    UPDATED = "updated", "已更新"
    UNCHANGED = "unchanged", "无变化"
    SKIPPED = "skipped", "已跳过"
    FAILED = "failed", "未写入"


class Indicator(Labelled):
    """Figures that carry an annual target (domain.md §6)."""

    SIGNED_COUNT = "signed_count", "签约项目（个）"
    SIGNED_YUAN = "signed_yuan", "签约金额（亿元）"
    STARTED_COUNT = "started_count", "新开工（个）"
    ARRIVED_YUAN = "arrived_yuan", "到位资金（亿元）"
    FOREIGN_USD = "foreign_usd", "实际使用外资（万美元）"
    COMPLETED_YUAN = "completed_yuan", "重点项目投资（亿元）"
    FINISHED_COUNT = "finished_count", "竣工（个）"
    PRODUCING_COUNT = "producing_count", "投产（个）"


class Theme(Labelled):
    """A person's choice of colours."""

    AUTO = "auto", "自动"
    LIGHT = "light", "浅色"
    DARK = "dark", "深色"


class CollisionState(Labelled):
    """The life of a collision case (domain.md §2.5)."""

    OPEN = "open", "待裁定"
    RULED = "ruled", "已裁定"
    APPEALED = "appealed", "申诉中"
    FINAL = "final", "已终裁"
    DISMISSED = "dismissed", "非同一项目"


class CollisionOutcome(Labelled):
    """What a collision is ruled to be; 先报方 registered earlier."""

    FIRST = "first", "归先报方"
    SECOND = "second", "归后报方"
    SHARED = "shared", "共享"
    MERGED = "merged", "合并"
    APART = "apart", "不是同一项目"


class PoolMove(Labelled):
    """Into the public pool and out of it."""

    EXPIRED = "expired", "保护期满"
    RELEASED = "released", "主动释放"
    PICKED = "picked", "领取"


class TransferState(Labelled):
    """The life of a transfer (流转)."""

    PROPOSED = "proposed", "待接收"
    ACCEPTED = "accepted", "已接收"
    REFUSED = "refused", "已拒绝"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "逾期未复"


class NoticeKind(Labelled):
    """What people are told of in the application."""

    MENTION = "mention", "有人提到我"
    ASSIGNED = "assigned", "项目分派给我"
    FOLLOWED = "followed", "关注的项目有动态"
    CLAIM = "claim", "报送被核定或退回"
    COLLISION = "collision", "撞单裁定"
    TRANSFER = "transfer", "项目流转"
    LEAD = "lead", "线索办理时限"
    FOLLOW_UP = "follow_up", "约定的跟进"
    IDLE = "idle", "久未联系"
    STAY = "stay", "阶段停留"
    PROTECTION = "protection", "保护期将满"
    ACTION = "action", "交办事项"
    MEETING = "meeting", "会议通知"
    PLAN = "plan", "计划节点"
    MONTHLY = "monthly", "月度填报"
    LIGHT = "light", "亮灯"
    DIGEST = "digest", "每日提要"
    JOB = "job", "后台任务完成"


class JobKind(Labelled):
    """Work that is done outside a request; the last four are done by themselves: mails when some are due, the others daily."""

    PROJECT_LIST = "project_list", "导出项目清单"
    BRIEFING = "briefing", "生成月度简报"
    LEDGER_READ = "ledger_read", "读取台账"
    LEDGER_APPLY = "ledger_apply", "写入台账"
    MAIL = "mail", "发送会议邮件"
    TIDY = "tidy", "每日整理"
    REMIND = "remind", "到期提醒"
    MONTHLY = "monthly", "月度填报"
    DIGEST = "digest", "每日提要"


class JobState(Labelled):
    """The life of a job."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "进行中"
    DONE = "done", "完成"
    FAILED = "failed", "失败"
    CANCELLED = "cancelled", "已取消"


class Found(Labelled):
    """What the search box finds; an agenda item is shown as its meeting."""

    PROJECT = "project", "项目"
    COMPANY = "company", "企业"
    CONTACT = "contact", "联系人"
    ACTIVITY = "activity", "洽谈与接待"
    MEETING = "meeting", "会议"
    AGENDA = "agenda", "会议"
