"""What a project asks for by itself, and when somebody is told: idle, stays, timers of leads, dates of plan (domain.md §2.2).

`project_dues` judges one project; what is agreed with people (follow-ups, visits, action items) comes from its own rows
(queries/day.py). A thing is told twice at most: when it comes near, by the days each person chose, and when it is late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol

from crm.choices import NoticeKind, SourceChannel, Stage, Status, Word
from crm.rules.days import day_of
from crm.rules.dues import due
from crm.rules.limits import Limits
from crm.rules.settings import Settings
from crm.rules.today import Todo, TodoKind
from crm.rules.workdays import Calendar

# Whoever brought such a lead waits to hear of it.
INTRODUCED = (SourceChannel.REFERRAL, SourceChannel.AGENCY, SourceChannel.TALENT, SourceChannel.SUPERIOR)
EVERY_WEEK = Calendar()  # a working calendar without holidays
FARTHEST_DAYS = 60  # nobody is told earlier than this


class Watched(Protocol):
    """A project, as far as its dates and its silence go."""

    id: int
    name: str
    stage: Stage
    status: Status
    stage_since_on: date
    last_contact_on: date | None
    registered_at: datetime
    judgement: str
    needs_experts: bool
    fed_back_on: date | None
    source_channel: SourceChannel | None
    protected_until_on: date | None
    review_on: date | None
    expected_sign_on: date | None
    planned_start_on: date | None
    planned_finish_on: date | None
    planned_production_on: date | None


@dataclass(frozen=True, slots=True)
class Node:
    """A planned date that stands until the stage it leads to is reached; it worries from `first` on."""

    field: str
    words: str
    first: Stage
    before: Stage


NODES = (
    Node("expected_sign_on", Word("预计签约"), Stage.LEAD, Stage.SIGNED),
    Node("planned_start_on", Word("计划开工"), Stage.SIGNED, Stage.STARTED),
    Node("planned_finish_on", Word("计划竣工"), Stage.STARTED, Stage.FINISHED),
    Node("planned_production_on", Word("计划投产"), Stage.STARTED, Stage.PRODUCING),
)


def project_dues(project: Watched, today: date, limits: Limits, calendar: Calendar) -> Iterator[Todo]:
    """Everything a project asks for, however far ahead; a paused one only to be looked at again."""
    if project.status is Status.PAUSED and project.review_on:
        yield _todo(project, TodoKind.REVIEW, project.review_on, Word("暂缓的项目到期复核"))
    if project.status is not Status.ACTIVE:
        return
    if project.stage <= Stage.SCREENING:
        yield from _lead_timers(project, limits, calendar)
    else:
        yield from _stay(project, today, limits)
    yield from _idle(project, today, limits)
    if project.protected_until_on and project.stage < Stage.SIGNED:
        yield _todo(project, TodoKind.PROTECTION, project.protected_until_on, Word("首报首谈保护期到期"))
    for node in NODES:
        on = getattr(project, node.field)
        if on and node.first <= project.stage < node.before:
            yield _todo(project, TodoKind.NODE, on, node.words, node.field)


def _todo(project: Watched, kind: TodoKind, on: date, what: str, field: str = "") -> Todo:
    return Todo(kind, project, on, project=(project.id, project.name), what=what, field=field)


def _lead_timers(project: Watched, limits: Limits, calendar: Calendar) -> Iterator[Todo]:
    """First somebody answers, then it is judged; who brought it is told in any case."""
    registered_on, lead = day_of(project.registered_at), limits.lead
    if project.last_contact_on is None and not project.judgement:
        words = Word("联系投资方或给出研判（登记后 %(n)d 个工作日内）", n=lead.respond_days)
        yield _todo(project, TodoKind.RESPOND, calendar.after(registered_on, lead.respond_days), words)
    else:
        days = lead.expert_days if project.needs_experts else lead.judge_days
        words = Word("给出研判结论（登记后 %(n)d 个工作日内）", n=days)
        yield _todo(project, TodoKind.JUDGE, calendar.after(registered_on, days), words)
    if project.source_channel in INTRODUCED and project.fed_back_on is None:
        words = Word("向引荐方反馈（登记后 %(n)d 个工作日内）", n=lead.feedback_days)
        yield _todo(project, TodoKind.FEEDBACK, calendar.after(registered_on, lead.feedback_days), words)


def _stay(project: Watched, today: date, limits: Limits) -> Iterator[Todo]:
    limit = limits.stay_days.get(project.stage)
    if limit:
        days = (today - project.stage_since_on).days
        words = Word("在“%(stage)s”停留 %(days)d/%(limit)d 天", stage=project.stage.label, days=days, limit=limit)
        yield _todo(project, TodoKind.STAY, project.stage_since_on + timedelta(days=limit), words)


def _idle(project: Watched, today: date, limits: Limits) -> Iterator[Todo]:
    limit = limits.idle_days.get(project.stage)
    if limit:
        on = (project.last_contact_on or project.stage_since_on) + timedelta(days=limit)
        words = Word("超过 %(n)d 天没有联系", n=limit) if on < today else Word("满 %(n)d 天没有联系", n=limit)
        yield _todo(project, TodoKind.IDLE, on, words)


# ------------------------------------------------------------------------------------------------------- who is told when

NOTICE_OF: Mapping[TodoKind, NoticeKind] = {
    TodoKind.FOLLOW_UP: NoticeKind.FOLLOW_UP,
    TodoKind.PLAN: NoticeKind.FOLLOW_UP,
    TodoKind.SIGN: NoticeKind.ACTION,
    TodoKind.ACTION: NoticeKind.ACTION,
    TodoKind.CHECK: NoticeKind.ACTION,
    TodoKind.RESPOND: NoticeKind.LEAD,
    TodoKind.JUDGE: NoticeKind.LEAD,
    TodoKind.FEEDBACK: NoticeKind.LEAD,
    TodoKind.IDLE: NoticeKind.IDLE,
    TodoKind.STAY: NoticeKind.STAY,
    TodoKind.PROTECTION: NoticeKind.PROTECTION,
    TodoKind.NODE: NoticeKind.PLAN,
    TodoKind.MILESTONE: NoticeKind.PLAN,
    TodoKind.REVIEW: NoticeKind.PLAN,
}
TABLE_OF: Mapping[TodoKind, str] = {
    TodoKind.FOLLOW_UP: "activity",
    TodoKind.PLAN: "activity",
    TodoKind.SIGN: "action_item",
    TodoKind.ACTION: "action_item",
    TodoKind.CHECK: "action_item",
}


class Phase(Enum):
    """How often a thing is told: when it comes near, on the day what was handed out, and when its day has passed."""

    NEAR = "near"
    TODAY = "today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of one kind of news: at all, in the daily digest, and how many days ahead (None: as the office)."""

    is_on: bool = True
    in_digest: bool = True
    days: int | None = None


Wishes = Mapping[NoticeKind, Wish]
# Kinds that hang on a day, so that a person may choose how early to hear of it.
TIMED = tuple(dict.fromkeys(NOTICE_OF.values()))


def office_days(kind: NoticeKind, settings: Settings) -> int:
    """How many days ahead the office tells of it."""
    return {
        NoticeKind.ACTION: settings.ahead_action_days,
        NoticeKind.PLAN: settings.ahead_plan_days,
        NoticeKind.PROTECTION: settings.ahead_protection_days,
    }.get(kind, 0)


def phase(todo: Todo, wishes: Wishes, settings: Settings, today: date, calendar: Calendar = EVERY_WEEK) -> Phase | None:
    """Whether a thing is to be told today, and as what; None for what is still far or not wanted.

    What was handed out is told working days ahead, and on the day once more; that it waits to be signed for was told when it was
    handed out, and is told again when the time for it has passed.
    """
    kind = NOTICE_OF.get(todo.kind)
    wish = wishes.get(kind, Wish()) if kind else None
    if kind is None or wish is None or not wish.is_on:
        return None
    if todo.on < today:
        return Phase.LATE
    ahead = wish.days
    if kind is NoticeKind.ACTION:
        return _phase_of_item(todo, office_days(kind, settings) if ahead is None else ahead, today, calendar)
    if ahead is None:
        ahead = _near_days(todo, settings) if todo.kind is TodoKind.STAY else office_days(kind, settings)
    return Phase.NEAR if todo.on <= today + timedelta(days=ahead) else None


def _phase_of_item(todo: Todo, ahead: int, today: date, calendar: Calendar) -> Phase | None:
    if todo.kind is TodoKind.SIGN:
        return None
    if todo.on == today:
        return Phase.TODAY
    return Phase.NEAR if ahead and today >= calendar.before(todo.on, ahead) else None


def _near_days(todo: Todo, settings: Settings) -> int:
    """A stay is near from the office's share of its limit on."""
    limit = settings.limits.stay_days[todo.row.stage]
    return limit * (100 - settings.stay_near_percent) // 100


def occasion(todo: Todo, as_what: Phase) -> str:
    """The key under which it is told once: a new day agreed, a new contact or another phase is another occasion."""
    return f"{todo.kind.value}:{todo.row.id}:{todo.on.isoformat()}:{as_what.value}"


def sentence(todo: Todo, today: date) -> str:
    """“澜芯项目”计划开工：10月20日，逾期 3 天。 A silence or a stay says its own days."""
    name = Word("“%(name)s”", name=todo.project[1]) if todo.project else ""
    if todo.kind in (TodoKind.IDLE, TodoKind.STAY):
        return Word("%(name)s%(what)s。", name=name, what=todo.what)
    on = todo.on
    day = Word("%(month)d月%(day)d日", month=on.month, day=on.day) if on.year == today.year else on.isoformat()
    return Word("%(name)s%(what)s：%(day)s，%(due)s。", name=name, what=todo.what, day=day, due=due(on, today).words)
