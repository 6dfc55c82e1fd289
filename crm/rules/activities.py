"""Touchpoints with investors: what must be said of each kind, and when (domain.md §3.1 to §3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.choices import ActivityKind, ActivityResult, ActivityState, Word
from crm.rules.days import day_of, minute

LATE_AFTER = timedelta(hours=48)
MOST_VISITORS = 9_999


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """What somebody says of a touchpoint; `next_*` is what was agreed to follow."""

    kind: ActivityKind
    happened_at: datetime
    state: ActivityState = ActivityState.DONE
    project_ids: tuple[int, ...] = ()
    company_id: int | None = None
    title: str = ""
    place: str = ""
    city: str = ""
    our_side: str = ""
    people_ids: tuple[int, ...] = ()
    their_side: str = ""
    their_count: int | None = None
    summary: str = ""
    demands: str = ""
    commitments: str = ""
    result: ActivityResult | None = None
    next_step: str = ""
    next_on: date | None = None
    next_owner_id: int | None = None


def problem(draft: ActivityDraft, negotiated: str | None, now: datetime) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None; `negotiated` names a project in 在谈 that it touches."""
    return next(iter((*_when(draft, now), *_what(draft), *_follow_up(draft, negotiated))), None)


def _when(draft: ActivityDraft, now: datetime) -> Iterator[tuple[str, str]]:
    if draft.state is ActivityState.DONE and draft.happened_at > now:
        yield "happened_at", Word("时间不能晚于现在（%(now)s）；还没发生的请选“计划”。", now=minute(now))
    if draft.state is ActivityState.PLANNED and draft.happened_at < now:
        yield "happened_at", Word("计划的时间已过（现在是 %(now)s），请改时间，或选“已完成”。", now=minute(now))
    if draft.state is ActivityState.CANCELLED:
        yield "state", "请选“已完成”或“计划”；要取消，用“撤销这条记录”。"


def _what(draft: ActivityDraft) -> Iterator[tuple[str, str]]:
    if not draft.project_ids and draft.company_id is None and draft.kind is not ActivityKind.EVENT:
        yield "project_ids", "请选择项目；还没有项目的，请选择企业。"
    if draft.state is ActivityState.DONE and not draft.summary:
        yield "summary", "请写谈了什么。"
    if not draft.title and (draft.state is ActivityState.PLANNED or draft.kind is ActivityKind.EVENT):
        yield "title", "请写活动名称。" if draft.kind is ActivityKind.EVENT else "请写计划做什么。"
    if draft.kind is ActivityKind.TRIP and not draft.city:
        yield "city", "外出拜访请写城市，月度简报按城市统计。"
    counted = draft.kind is ActivityKind.VISIT and draft.state is ActivityState.DONE
    if counted and draft.their_count is None:
        yield "their_count", "来访接待请写来访人数，月度简报统计批次和人次。"
    if draft.their_count is not None and not 1 <= draft.their_count <= MOST_VISITORS:
        yield "their_count", Word("对方人数应在 1—%(most)d 之间。", most=MOST_VISITORS)


def _follow_up(draft: ActivityDraft, negotiated: str | None) -> Iterator[tuple[str, str]]:
    if draft.state is not ActivityState.DONE:
        return
    if draft.next_on is None and draft.next_step:
        yield "next_on", "写了下一步，请定日期，到期会出现在“今天”。"
    elif draft.next_on is None and negotiated:
        yield "next_on", Word("“%(name)s”在谈，请定下次联系日期。", name=negotiated)
    if draft.next_on is not None and draft.next_on < day_of(draft.happened_at):
        yield "next_on", Word("下次联系不能早于本次（%(day)s）。", day=day_of(draft.happened_at))


def is_late_entry(happened_at: datetime, entered_at: datetime) -> bool:
    """补记: written down more than 48 hours after it happened (domain.md §3.1)."""
    return entered_at - happened_at > LATE_AFTER
