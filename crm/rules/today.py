"""A person's day: what is late, what is for today, what comes in the next seven days, in that order (ui/design.md §1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from crm.rules.dues import Due, due, nearby


class TodoKind(Enum):
    """Where a thing to do comes from."""

    FOLLOW_UP = "follow_up"
    PLAN = "plan"
    MEETING = "meeting"
    MINUTES = "minutes"
    SIGN = "sign"
    ACTION = "action"
    CHECK = "check"
    LETTER = "letter"
    RESPOND = "respond"
    JUDGE = "judge"
    FEEDBACK = "feedback"
    IDLE = "idle"
    STAY = "stay"
    PROTECTION = "protection"
    NODE = "node"
    MILESTONE = "milestone"
    REVIEW = "review"


# What was agreed with people; the rest is what a project asks for by its silence and its dates.
PROMISED = (
    TodoKind.FOLLOW_UP, TodoKind.PLAN, TodoKind.MEETING, TodoKind.MINUTES, TodoKind.SIGN, TodoKind.ACTION, TodoKind.CHECK,
    TodoKind.LETTER,
)  # fmt: skip


@dataclass(frozen=True)
class Todo:
    """One thing to do by a day (at an hour); `row` is what it comes from, `project` is (id, name) where it may be opened.

    `what` says it in words; `field` is the field of the project that postpones it.
    """

    kind: TodoKind
    row: Any
    on: date
    at: datetime | None = None
    project: tuple[int, str] | None = None
    what: str = ""
    field: str = ""


@dataclass(frozen=True)
class Day:
    """The three parts of the page."""

    late: tuple[Todo, ...]
    today: tuple[Todo, ...]
    ahead: tuple[Todo, ...]

    @property
    def missed(self) -> tuple[Todo, ...]:
        """Late, and promised to somebody."""
        return tuple(todo for todo in self.late if todo.kind in PROMISED)

    @property
    def stale(self) -> tuple[Todo, ...]:
        """Late by the limits of the office or by the project's own plan."""
        return tuple(todo for todo in self.late if todo.kind not in PROMISED)

    @property
    def is_free(self) -> bool:
        """Nothing late, nothing today, nothing ahead."""
        return not (self.late or self.today or self.ahead)


def arrange(todos: Iterable[Todo], today: date) -> Day:
    """Late ones oldest first, today's by the clock (those without an hour last), the coming ones in order."""
    ordered = sorted(
        todos, key=lambda todo: (todo.on, todo.at is None, todo.at.timestamp() if todo.at else 0, todo.row.id)
    )
    return Day(
        tuple(todo for todo in ordered if todo.on < today),
        tuple(todo for todo in ordered if todo.on == today),
        tuple(todo for todo in ordered if today < todo.on <= nearby(today)),
    )


def standing(todo: Todo, today: date) -> Due:
    """逾期 3 天, 今天, 3 天后."""
    return due(todo.on, today)


def calendar_words(days: Iterable[tuple[date, bool, str]]) -> str:
    """“国庆节 10月1日—7日放假，10月8日、9日上班”, from (day, is worked, name) in order; empty for nothing."""
    off: dict[str, list[date]] = {}
    worked: list[date] = []
    for day, is_working, name in days:
        if is_working:
            worked.append(day)
        else:
            off.setdefault(name, []).append(day)
    parts = [f"{name} {_span(found)}放假" for name, found in off.items()]
    if worked:
        parts.append("、".join(_day(day) for day in worked) + "上班")
    return "，".join(parts)


def _span(days: list[date]) -> str:
    first, last = days[0], days[-1]
    if first == last:
        return _day(first)
    return f"{_day(first)}—{last.day}日" if first.month == last.month else f"{_day(first)}—{_day(last)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
