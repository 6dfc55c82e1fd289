"""“这个数是怎么来的”: the rows behind a figure that a reader may see, how many he may not, and what was left out and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, String, and_, false, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import Stage
from crm.models import ActionItem, Activity, Claim, Meeting, Project, User
from crm.policy import Act, Actor
from crm.queries.evidence import lacking, proof_count
from crm.queries.totals.basis import Basis, Verdict
from crm.queries.totals.registry import Figure, Subject
from crm.queries.totals.slices import Dimension, belonging, joined
from crm.queries.totals.sources import standing
from crm.rules.days import Period

STAGE_OF = {str(int(stage)): stage for stage in Stage}
MOST = 500  # rows shown of a figure; its sums are always over all of them
_of_item = aliased(Project, name="project_of_item")


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure over which days; of it the part that bears `key` on `dimension`, where one is given."""

    figure: Figure
    basis: Basis
    period: Period
    dimension: Dimension | None = None
    key: str = ""
    unproved: bool = False  # list only rows that lack their evidence; the figure stays whole
    also: tuple[tuple[Dimension, str], ...] = ()  # further parts that it is narrowed to
    seen_only: bool = False  # sums over nothing but what the reader may see
    reason: Verdict | None = None  # of what is left out, list only what is for this reason


class FigureRow(NamedTuple):
    """One row behind a figure; money in whole units. `subject_id` is the key of what the figure's source is about."""

    subject_id: int
    title: str
    code: str
    project_id: int | None
    on: date
    facet: str
    verdict: Verdict
    yuan: int | None
    fixed_yuan: int | None
    usd: int | None
    people: int | None
    verified_at: datetime | None
    verified_by: str | None
    proofs: int = 0
    lacks_evidence: bool = False
    is_imported: bool = False

    def amount(self, measure: str) -> int | None:
        """What the row adds to a figure of money."""
        return {"yuan": self.yuan, "fixed_yuan": self.fixed_yuan, "usd": self.usd}.get(measure)


class Part(NamedTuple):
    """How many rows share a verdict and are (not) the reader's to see, and what they add to the figure."""

    verdict: Verdict
    visible: bool
    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands behind a figure. `parts` cover every row, `rows` and `left_out` only what the reader may see."""

    rows: Sequence[FigureRow]
    left_out: Sequence[FigureRow]
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """The figure."""
        return sum(part.total for part in self.parts if part.verdict is Verdict.COUNTED)

    @property
    def count(self) -> int:
        """How many rows make the figure."""
        return sum(part.rows for part in self.parts if part.verdict is Verdict.COUNTED)

    @property
    def hidden(self) -> int:
        """How many rows make the figure that this reader may not see."""
        return sum(part.rows for part in self.parts if part.verdict is Verdict.COUNTED and not part.visible)

    @property
    def is_cut(self) -> bool:
        """There are more visible rows than shown."""
        return len(self.rows) >= MOST and self.count - self.hidden > len(self.rows)

    @property
    def reasons(self) -> dict[Verdict, int]:
        """未计入: how many rows by reason, seen or not."""
        found: dict[Verdict, int] = {}
        for part in self.parts:
            if part.verdict is not Verdict.COUNTED:
                found[part.verdict] = found.get(part.verdict, 0) + part.rows
        return found


def answer(session: Session, actor: Actor, question: Question) -> Answer:
    """Three statements: the sums over everything, the visible rows that count, the visible rows left out."""
    return Answer(
        rows=_rows(session, actor, question, counted=True),
        left_out=_rows(session, actor, question, counted=False),
        parts=_parts(session, actor, question),
    )


def _sourced(question: Question) -> FromClause:
    return question.figure.rows(question.basis, question.period).subquery(question.figure.source.name)


def _of(question: Question, selected: Select[Any], rows: Any) -> Select[Any]:
    """The selection over the rows of the figure, counted or left out, in the part that is asked for."""
    selected = _beside(question.figure.source.subject, selected.select_from(rows), rows)
    first = () if question.dimension is None else ((question.dimension, question.key),)
    for dimension, key in (*first, *question.also):
        selected = joined(dimension, selected).where(belonging(dimension, key))
    facets = question.figure.facets
    if facets is None:
        return selected
    # What was left out as a framework agreement speaks of no other facet: it belongs to every figure of contracts.
    return selected.where(or_(rows.c.facet.in_(sorted(facets)), rows.c.verdict == Verdict.FRAMEWORK.value))


def _beside(subject: Subject, selected: Select[Any], rows: Any) -> Select[Any]:
    """With what the rows are about beside them. The policy's conditions speak of Project inside, so it may stand here only
    where the rows are about projects."""
    match subject:
        case Subject.ACTIVITY:
            return selected.join(Activity, Activity.id == rows.c.id)
        case Subject.MEETING:
            return selected.join(Meeting, Meeting.id == rows.c.id)
        case Subject.ACTION:
            found = selected.join(ActionItem, ActionItem.id == rows.c.id)
            return found.join(_of_item, _of_item.id == ActionItem.project_id)
        case Subject.PROJECT:
            return selected.join(Project, Project.id == rows.c.project_id)


def _visible(actor: Actor, subject: Subject) -> ColumnElement[bool]:
    match subject:
        case Subject.ACTIVITY:
            return policy.rows(actor, Act.SEE_PROJECT, Activity)
        case Subject.MEETING:
            return policy.rows(actor, Act.SEE_MEETING, Meeting)
        case Subject.ACTION:
            return policy.rows(actor, Act.SEE_ACTION, ActionItem)
        case Subject.PROJECT:
            return policy.rows(actor, Act.SEE_PROJECT, Project)


def _title(subject: Subject) -> tuple[Any, Any]:
    """(title, code) of what the rows are about."""
    nothing = literal("", String)
    match subject:
        case Subject.ACTIVITY:
            return func.coalesce(func.nullif(Activity.title, ""), func.substr(Activity.summary, 1, 40)), Activity.city
        case Subject.MEETING:
            return Meeting.title, nothing
        case Subject.ACTION:
            return ActionItem.problem, _of_item.name
        case Subject.PROJECT:
            return Project.name, Project.code


def _parts(session: Session, actor: Actor, question: Question) -> list[Part]:
    rows: Any = _sourced(question)
    visible = _visible(actor, question.figure.source.subject)
    seen = type_coerce(visible, rows.c.counts.type).label("seen")
    every = _of(question, select(rows.c.verdict, seen, rows.c[question.figure.measure].label("value")), rows)
    judged = (every.where(visible) if question.seen_only else every).subquery()
    grouped = (judged.c.verdict, judged.c.seen)
    found = session.execute(select(*grouped, func.count(), func.sum(judged.c.value)).group_by(*grouped))
    return [Part(Verdict.parse(verdict), bool(seen), int(n), int(total or 0)) for verdict, seen, n, total in found]


def _rows(session: Session, actor: Actor, question: Question, *, counted: bool) -> list[FigureRow]:
    rows: Any = _sourced(question)
    subject = question.figure.source.subject
    title, code = _title(subject)
    key = rows.c.project_id if subject is Subject.PROJECT else rows.c.id
    selected = _of(
        question,
        select(
            key, title, code, rows.c.project_id, rows.c.on, rows.c.facet, rows.c.verdict, rows.c.yuan, rows.c.fixed_yuan,
            rows.c.usd, rows.c.people, Claim.verified_at, User.name,
            proof_count(), func.coalesce(lacking(), false()), Claim.batch_id.is_not(None),
        ),
        rows,
    )  # fmt: skip
    matches = rows.c.verdict == Verdict.COUNTED.value
    if question.reason is not None and not counted:
        selected = selected.where(rows.c.verdict == question.reason.value)
    if question.unproved:
        selected = selected.where(lacking())
    found = session.execute(
        selected.outerjoin(Claim, Claim.id == rows.c.claim_id)
        .outerjoin(User, User.id == Claim.verified_by_id)
        .where(and_(_visible(actor, subject), matches if counted else ~matches))
        .order_by(rows.c.verdict, func.coalesce(rows.c.yuan, rows.c.usd, 0).desc(), rows.c.on, rows.c.id)
        .limit(MOST)
    )
    return [FigureRow._make((*row[:6], Verdict.parse(row[6]), *row[7:])) for row in found]


def stages_of(session: Session, basis: Basis, until: Period, project_ids: Collection[int]) -> dict[int, Stage]:
    """Where these projects stood at the end of the period; one statement."""
    rows = standing(basis, until, project_ids=project_ids).subquery("standing")
    found = session.execute(select(rows.c.project_id, rows.c.facet))
    return {project_id: STAGE_OF[facet] for project_id, facet in found}
