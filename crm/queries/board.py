"""The board: how many projects stand in each column and how their next steps are arranged, and the cards of a column.

A fixed number of statements, whatever the register holds: one for all heads, one for all cards, two for their next steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from crm.choices import MemberRole, Stage, Status
from crm.models import Company, Project, ProjectMember, User
from crm.policy import Actor
from crm.queries import project_filters
from crm.queries.arrangements import Step, arranged, due_of, next_steps, over
from crm.queries.project_filters import ProjectFilter, View
from crm.rules.board import LANES, Arrangement, Lane, Standing, arrangement, is_over
from crm.rules.limits import Limits, Stay, stay

CARDS_AT_ONCE = 20


def rows_of(actor: Actor, wanted: ProjectFilter, today: date) -> Select[int]:
    """The ids of the projects on the board: those of the list, and those given up, which have a column of their own."""
    if wanted.view is not View.ALL or wanted.status:
        return project_filters.matching(actor, wanted, today)
    every = project_filters.matching(actor, replace(wanted, view=View.EVERY), today)
    return every.where(Project.duplicate_of_id.is_(None))


def _in(lane: Lane) -> ColumnElement[bool]:
    if lane.stage is None:
        return Project.status != Status.ACTIVE
    return and_(Project.status == Status.ACTIVE, Project.stage == lane.stage)


# ------------------------------------------------------------------------------------------------------------- the heads


@dataclass
class Head:
    """What stands above a column: how many, what they are worth, how many are over their stage's limit."""

    lane: Lane
    parts: dict[Arrangement, int] = field(default_factory=lambda: dict.fromkeys(Arrangement, 0))
    total_yuan: int = 0
    over: int = 0

    @property
    def count(self) -> int:
        """How many projects stand in it."""
        return sum(self.parts.values())


def heads(session: Session, actor: Actor, rows: Select[int], today: date, limits: Limits) -> Mapping[Lane, Head]:
    """Every column's head over the whole filter, empty ones too; one statement."""
    due = due_of(actor, today)
    lane = case(*((_in(each), number) for number, each in enumerate(LANES)), else_=len(LANES) - 1)
    found = (
        rows.outerjoin(due, due.c.project_id == Project.id)
        .with_only_columns(
            lane.label("lane"),
            arranged(due, today, limits).label("state"),
            Project.total_yuan.label("total"),
            case((over(today, limits), 1), else_=0).label("over"),
        )
        .subquery()
    )
    columns = found.c
    summed = (func.count(), func.coalesce(func.sum(columns.total), 0), func.sum(columns.over))
    made = {each: Head(each) for each in LANES}
    for number, state, count, total, late in session.execute(
        select(columns.lane, columns.state, *summed).group_by(columns.lane, columns.state)
    ):
        head = made[LANES[number]]
        head.parts[Arrangement(state)] += count  # type: ignore[call-arg]
        head.total_yuan += int(total)
        head.over += int(late)
    return made


# ------------------------------------------------------------------------------------------------------------- the cards


class After(NamedTuple):
    """The last card shown of a column: the next ones stand after it."""

    since_on: date
    id: int


@dataclass(frozen=True)
class Wanted:
    """What is asked of one column: only one part of its bar, only what stands after a card."""

    lane: Lane
    only: Arrangement | None = None
    after: After | None = None


class Card(NamedTuple):
    """A project on the board; money in whole yuan."""

    id: int
    name: str
    company: str | None
    stage: Stage
    stage_since_on: date
    status: Status
    total_yuan: int | None
    lead: str | None
    last_contact_on: date | None
    is_secret: bool
    next: Step | None = None

    @property
    def standing(self) -> Standing:
        """Where it stands, for the rules."""
        due_on = self.next.on if self.next else None
        return Standing(self.stage, self.stage_since_on, self.status, self.last_contact_on, due_on)

    def stay(self, today: date, limits: Limits) -> Stay:
        """How long it has been in its stage."""
        return stay(self.stage, self.stage_since_on, today, self.status, limits)

    def is_over(self, today: date, limits: Limits) -> bool:
        """Whether that is too long."""
        return is_over(self.standing, today, limits)

    def arrangement(self, today: date, limits: Limits) -> Arrangement:
        """How its next step stands."""
        return arrangement(self.standing, today, limits)


@dataclass
class Column:
    """The cards of one column, and the last of them where more follow."""

    cards: list[Card] = field(default_factory=list)
    more: After | None = None


def columns(
    session: Session, actor: Actor, rows: Select[int], wanted: Sequence[Wanted], today: date, limits: Limits
) -> Mapping[Lane, Column]:
    """The cards of these columns, the longest stay first, CARDS_AT_ONCE of each; three statements."""
    found: dict[Lane, Column] = {each.lane: Column() for each in wanted}
    if not wanted:
        return found
    cards = _cards(session, actor, rows, wanted, today, limits)
    steps = next_steps(session, actor, [card.id for _, card in cards])
    for number, card in cards:
        column = found[LANES[number]]
        if len(column.cards) == CARDS_AT_ONCE:
            last = column.cards[-1]
            column.more = After(last.stage_since_on, last.id)
        else:
            column.cards.append(card._replace(next=steps.get(card.id)))
    return found


def _cards(
    session: Session, actor: Actor, rows: Select[int], wanted: Sequence[Wanted], today: date, limits: Limits
) -> list[tuple[int, Card]]:
    """(number of the column, card), one card more of each column than is shown."""
    parts = [select(_picked(actor, rows, each, today, limits).subquery()) for each in wanted]
    picked = union_all(*parts).subquery()
    lead = (
        select(func.min(User.name))
        .join(ProjectMember, ProjectMember.user_id == User.id)
        .where(
            ProjectMember.project_id == Project.id, ProjectMember.role == MemberRole.LEAD, ProjectMember.to_on.is_(None)
        )
        .correlate(Project)
        .scalar_subquery()
    )
    shown = (
        select(
            picked.c.lane, Project.id, Project.name, _short_name(), Project.stage, Project.stage_since_on, Project.status,
            Project.total_yuan, lead, Project.last_contact_on, Project.is_secret,
        )
        .join(picked, picked.c.id == Project.id)
        .outerjoin(Company, Company.id == Project.company_id)
        .order_by(picked.c.lane, Project.stage_since_on, Project.id)
    )  # fmt: skip
    return [(row[0], Card._make([*row[1:], None])) for row in session.execute(shown)]


def _short_name() -> ColumnElement[str]:
    """What a narrow card calls the investor."""
    return func.coalesce(func.nullif(Company.short_name, ""), Company.name)


def _picked(actor: Actor, rows: Select[int], wanted: Wanted, today: date, limits: Limits) -> Select[int, int]:
    number = literal(LANES.index(wanted.lane)).label("lane")
    found = rows.with_only_columns(Project.id.label("id"), number).where(_in(wanted.lane))
    if wanted.only is not None:
        due = due_of(actor, today)
        found = found.outerjoin(due, due.c.project_id == Project.id)
        found = found.where(arranged(due, today, limits) == wanted.only.value)
    if wanted.after is not None:
        since_on, key = wanted.after
        later = and_(Project.stage_since_on == since_on, Project.id > key)
        found = found.where(or_(Project.stage_since_on > since_on, later))
    return found.order_by(Project.stage_since_on, Project.id).limit(CARDS_AT_ONCE + 1)
