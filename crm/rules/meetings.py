"""Meetings and what they hand out: what must be said, and the way of an action item (domain.md §3.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.choices import ActionState, IssueClass, Labelled, Light, MeetingKind, Word
from crm.rules.bookings import LONGEST_MINUTES, SHORTEST_MINUTES, USUAL_MINUTES
from crm.rules.dues import Due, due


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


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """What a meeting hands out: to whom, by when."""

    project_id: int
    problem: str
    task: str
    lead_unit_id: int
    deadline_on: date
    issue_class: IssueClass = IssueClass.OTHER
    support_units: str = ""
    person_id: int | None = None


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


def action_problem(draft: ActionDraft, assigned_on: date) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if not draft.problem:
        return "problem", "请写是什么问题。"
    if not draft.task:
        return "task", "请写要办到什么程度。"
    if draft.deadline_on < assigned_on:
        return "deadline_on", Word("时限不能早于交办日期（%(day)s）。", day=assigned_on)
    return None


class Step(Labelled):
    """What is done with an action item: the first three by the unit, the last two by those who hold meetings."""

    ACCEPT = "accept", "签收"
    REPORT = "report", "填写进展"
    FINISH = "finish", "报办结"
    VERIFY = "verify", "核验办结"
    RETURN = "return", "退回"


CHECKS = frozenset({Step.VERIFY, Step.RETURN})
_OPEN = (ActionState.ASSIGNED, ActionState.DOING, ActionState.RETURNED)
_FROM: Mapping[Step, tuple[ActionState, ...]] = {
    Step.ACCEPT: (ActionState.ASSIGNED,),
    Step.REPORT: _OPEN,
    Step.FINISH: _OPEN,
    Step.VERIFY: (ActionState.CHECKING,),
    Step.RETURN: (ActionState.CHECKING,),
}
_TO: Mapping[Step, ActionState] = {
    Step.ACCEPT: ActionState.DOING,
    Step.REPORT: ActionState.DOING,
    Step.FINISH: ActionState.CHECKING,
    Step.VERIFY: ActionState.DONE,
    Step.RETURN: ActionState.RETURNED,
}


def steps(state: ActionState) -> list[Step]:
    """The steps that are open to an item in this state."""
    return [step for step in Step if state in _FROM[step]]


def after(state: ActionState, step: Step) -> ActionState:
    """The state a step leads to; raises KeyError where the step is not open."""
    if state not in _FROM[step]:
        raise KeyError(step)
    return _TO[step]


def step_problem(state: ActionState, step: Step, note: str) -> tuple[str, str] | None:
    """(field, sentence) why the step cannot be taken, or None."""
    if state not in _FROM[step]:
        return "step", Word("事项已在“%(state)s”，不能%(step)s。", state=state.label, step=step.label)
    if step is Step.RETURN and not note:
        return "note", "退回要写明还差什么。"
    if step in (Step.REPORT, Step.FINISH) and not note:
        return "note", "请写办到了什么程度。"
    return None


def is_handed_to(lead_unit_id: int, person_id: int | None, unit_ids: Collection[int], user_id: int) -> bool:
    """Whether an item was handed to this person, or to a unit he belongs to or leads."""
    return person_id == user_id or lead_unit_id in unit_ids


def standing(state: ActionState, deadline_on: date, done_on: date | None, today: date) -> Due:
    """How an item stands to its deadline. What was late and made good stays yellow: history is not whitewashed."""
    if state is not ActionState.DONE:
        return due(deadline_on, today)
    if done_on is None:
        return Due(Light.GREEN, Word("办结"))
    days = (done_on - deadline_on).days
    return Due(Light.YELLOW, Word("逾期 %(n)d 天办结", n=days)) if days > 0 else Due(Light.GREEN, Word("按期办结"))
