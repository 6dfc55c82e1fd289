"""交办事项: what must be said, the steps and whose they are, how an item stands to its deadline (domain.md §3.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from crm.choices import (
    ActionSource,
    ActionState,
    IssueClass,
    Light,
    MeetingKind,
    Priority,
    Rating,
    Word,
)
from crm.choices import ActionStepKind as Step
from crm.rules.dues import Due, due
from crm.rules.schedule import share
from crm.rules.workdays import Calendar, overdue_days

# Meetings that coordinate: onto the next of them comes what is overdue.
CARRYING = frozenset({MeetingKind.COORDINATION, MeetingKind.HUDDLE, MeetingKind.DISPATCH})
NEAR_DAYS = 2  # working days before the deadline from which an item is near


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """What is handed out: to whom, by when. `support_units` names helpers that are no units of ours, in words."""

    project_id: int
    problem: str
    task: str
    lead_unit_id: int
    deadline_on: date
    issue_class: IssueClass = IssueClass.OTHER
    support_units: str = ""
    person_id: int | None = None
    support_unit_ids: tuple[int, ...] = ()
    priority: Priority = Priority.NORMAL
    source: ActionSource | None = None  # None: a meeting, or whoever hands it out without one


def action_problem(draft: ActionDraft, assigned_on: date) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if not draft.problem:
        return "problem", "请写是什么问题。"
    if not draft.task:
        return "task", "请写要办到什么程度。"
    if draft.deadline_on < assigned_on:
        return "deadline_on", Word("时限不能早于交办日期（%(day)s）。", day=assigned_on)
    if draft.lead_unit_id in draft.support_unit_ids:
        return "support_unit_ids", "牵头单位不用再列为配合单位。"
    return None


def deadline_problem(state: ActionState, old: date, new: date) -> tuple[str, str] | None:
    """(field, sentence) why the deadline cannot be corrected: once a unit has signed, more time is asked for and kept."""
    if new != old and state is not ActionState.ASSIGNED:
        return "deadline_on", "已签收的事项不能直接改时限，请由牵头单位申请延期。"
    return None


# -------------------------------------------------------------------------------------------------------------- the steps

CHECKS = frozenset({Step.VERIFY, Step.RETURN})
WORKS = (Step.ACCEPT, Step.REPORT, Step.FINISH)  # of the unit it was handed to
_AT_WORK = (ActionState.DOING, ActionState.RETURNED)
_OPEN = tuple(state for state in ActionState if state is not ActionState.DONE)
FROM: Mapping[Step, tuple[ActionState, ...]] = {
    Step.ACCEPT: (ActionState.ASSIGNED,),
    Step.REPORT: _AT_WORK,
    Step.NOTE: _OPEN,
    Step.FINISH: _AT_WORK,
    Step.VERIFY: (ActionState.CHECKING,),
    Step.RETURN: (ActionState.CHECKING,),
    Step.HAND_OVER: (ActionState.ASSIGNED, *_AT_WORK),
}
_TO: Mapping[Step, ActionState] = {
    Step.ACCEPT: ActionState.DOING,
    Step.REPORT: ActionState.DOING,
    Step.FINISH: ActionState.CHECKING,
    Step.VERIFY: ActionState.DONE,
    Step.RETURN: ActionState.RETURNED,
    Step.HAND_OVER: ActionState.ASSIGNED,
}


def steps(state: ActionState) -> list[Step]:
    """The steps that are open to an item in this state, whoever takes them."""
    return [step for step in FROM if state in FROM[step]]


def after(state: ActionState, step: Step) -> ActionState:
    """The state a step leads to; raises KeyError where the step is not open."""
    if state not in FROM.get(step, ()):
        raise KeyError(step)
    return _TO.get(step, state)


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody is to an item: it was handed to him or his unit, his unit helps, he oversees, he may verify,
    he was the one who reported it done."""

    handed: bool = False
    helps: bool = False
    oversees: bool = False
    verifies: bool = False
    reported: bool = False


def open_to(state: ActionState, part: Part) -> list[Step]:
    """The steps that somebody may take now. Who oversees may write for a unit that has nobody here; what he reported done
    another verifies."""
    mine = {
        **dict.fromkeys(WORKS, part.handed or part.oversees),
        Step.NOTE: part.helps and not part.handed,
        Step.VERIFY: part.verifies and not part.reported,
        Step.RETURN: part.verifies,
        Step.HAND_OVER: part.oversees,
    }
    return [step for step in steps(state) if mine[step]]


def step_problem(state: ActionState, step: Step, note: str, rating: Rating | None = None) -> tuple[str, str] | None:
    """(field, sentence) why the step cannot be taken, or None."""
    if state not in FROM.get(step, ()):
        return "step", Word("事项已在“%(state)s”，不能%(step)s。", state=state.label, step=step.label)
    if step is Step.RETURN and not note:
        return "note", "退回要写明还差什么。"
    if step is Step.HAND_OVER and not note:
        return "note", "请写为什么转办。"
    if step in (Step.REPORT, Step.FINISH, Step.NOTE) and not note:
        return "note", "请写办到了什么程度。"
    if step is Step.VERIFY and rating is None:
        return "rating", "核验办结要给出评价。"
    return None


def is_handed_to(lead_unit_id: int, person_id: int | None, unit_ids: Collection[int], user_id: int) -> bool:
    """Whether an item was handed to this person, or to a unit he belongs to or leads."""
    return person_id == user_id or lead_unit_id in unit_ids


# --------------------------------------------------------------------------------------------------------- more time asked


def asking_problem(
    state: ActionState, deadline_on: date, asked: Sequence[bool | None], most: int, today: date, calendar: Calendar
) -> tuple[str, str] | None:
    """(field, sentence) why no more time can be asked for now, or None. `asked` are the decisions on those asked before.

    It is asked before the deadline has passed: what was missed stays missed.
    """
    if state not in _AT_WORK:
        return "wanted_on", Word("事项在“%(state)s”，不能申请延期。", state=state.label)
    if any(granted is None for granted in asked):
        return "wanted_on", "上一次申请还没有批复。"
    if len(asked) >= most:
        return "wanted_on", Word("已申请 %(n)d 次延期，不能再申请。", n=len(asked))
    if today > calendar.next_working(deadline_on):
        return "wanted_on", "已经逾期，不能再申请延期；请抓紧办结，逾期会如实记录。"
    return None


def extension_problem(deadline_on: date, wanted_on: date | None, reason: str) -> tuple[str, str] | None:
    """(field, sentence) what is missing in what is asked, or None."""
    if wanted_on is None or wanted_on <= deadline_on:
        return "wanted_on", Word("延期后的时限要晚于原时限（%(day)s）。", day=deadline_on)
    if not reason:
        return "reason", "请写延期的理由。"
    return None


# ------------------------------------------------------------------------------------------------------ how an item stands


def standing(state: ActionState, deadline_on: date, done_on: date | None, today: date, calendar: Calendar) -> Due:
    """How an item stands to the deadline that holds; one that falls on a day off is due on the next day worked.

    Green before, yellow on the day, red after. What was late and made good stays yellow: history is not whitewashed.
    """
    due_on = calendar.next_working(deadline_on)
    if state is ActionState.DONE and done_on is not None:
        late = overdue_days(deadline_on, done_on, calendar)
        return Due(Light.YELLOW, Word("逾期办结，迟 %(n)d 天", n=late)) if late else Due(Light.GREEN, Word("按期办结"))
    found = due(due_on, today)
    if found.light is Light.GREEN and today >= calendar.before(due_on, NEAR_DAYS):
        return Due(Light.GREEN, Word("临期，%(when)s", when=found.words))
    return found


def is_late(state: ActionState, deadline_on: date, today: date, calendar: Calendar) -> bool:
    """Open past its deadline."""
    return state is not ActionState.DONE and overdue_days(deadline_on, today, calendar) > 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit stands in a year: what is overdue now and for how many days, and of what was due how much was done in time."""

    key: int
    name: str
    late: int = 0
    late_days: int = 0
    longest_days: int = 0
    done: int = 0
    done_late: int = 0

    @property
    def in_time(self) -> int:
        """Done by the deadline."""
        return self.done - self.done_late

    @property
    def due(self) -> int:
        """Done, or overdue: what the rate is measured against."""
        return self.done + self.late

    @property
    def share(self) -> Fraction | None:
        """按期办结率: in time of due; None where nothing was due."""
        return share(self.in_time, self.due)


def ranked(rows: Iterable[Standing]) -> list[tuple[int, Standing]]:
    """(place, unit), the most overdue items first, then the most days; equals share a place."""
    ordered = sorted(rows, key=lambda row: (-row.late, -row.late_days, row.share if row.due else 1, row.key))
    found: list[tuple[int, Standing]] = []
    for number, row in enumerate(ordered, 1):
        same = bool(found) and (found[-1][1].late, found[-1][1].late_days) == (row.late, row.late_days)
        found.append((found[-1][0] if same else number, row))
    return found


def letter_problem(
    state: ActionState, deadline_on: date, answer_by_on: date | None, today: date, calendar: Calendar
) -> str | None:
    """Why no letter can be sent, or None. `answer_by_on` is the day by which the last one asked for an answer."""
    if not is_late(state, deadline_on, today, calendar):
        return "没有逾期的事项不发督办函。"
    if answer_by_on is not None and answer_by_on >= today:
        return Word("已发过督办函，限 %(day)s 前回复，到期后才能再发。", day=answer_by_on)
    return None


def number_words(year: int, serial: int) -> str:
    """督办函〔2022〕第3号."""
    return f"督办函〔{year}〕第{serial}号"
