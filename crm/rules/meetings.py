"""Meetings that were held: what must be said (domain.md §3.6). What they hand out: action_items.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.choices import IssueClass, MeetingKind
from crm.rules.bookings import LONGEST_MINUTES, SHORTEST_MINUTES, USUAL_MINUTES


@dataclass(frozen=True, slots=True)
class AgendaDraft:
    """A point of the agenda, mostly a project, with what was found and decided."""

    project_id: int | None
    issue_class: IssueClass = IssueClass.OTHER
    situation: str = ""
    conclusion: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """What somebody says of a meeting that was held."""

    kind: MeetingKind
    title: str
    held_at: datetime
    minutes: int = USUAL_MINUTES
    place: str = ""
    chair_id: int | None = None
    attendees: str = ""
    minutes_number: str = ""
    summary: str = ""
    agenda: tuple[AgendaDraft, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """When it ended."""
        return self.held_at + timedelta(minutes=self.minutes)


def problem(draft: MeetingDraft, now: datetime) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    return next(_problems(draft, now), None)


def _problems(draft: MeetingDraft, now: datetime) -> Iterator[tuple[str, str]]:
    if not draft.title:
        yield "title", "请写会议名称。"
    if draft.held_at > now:
        yield "held_at", "会议还没开，请用“安排会议”，或改时间。"
    if not SHORTEST_MINUTES <= draft.minutes <= LONGEST_MINUTES:
        yield "minutes", "时长应在 5 分钟到 24 小时之间。"
    projects = [item.project_id for item in draft.agenda if item.project_id is not None]
    if len(projects) != len(set(projects)):
        yield "agenda", "同一个项目在议程里出现了两次，请合并成一项。"
