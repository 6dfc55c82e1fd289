"""What counts: one verdict a row, as of a day (domain.md §4.3, §10).

A source (sources.py, money.py, work.py, listed.py) selects every row that speaks of a figure and judges each exactly once: it
counts, it is reported but not yet verified, or it is left out for a reason a reader can be told. So the figure, "未核定" beside
it and "未计入" under it are three sums over the same rows and can never contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Label,
    String,
    and_,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from crm.choices import ClaimState, Labelled, MoneyKind
from crm.models import MoneyEntry, Project
from crm.rules.days import Period, start_of
from crm.rules.workdays import Calendar

EPOCH = date(1900, 1, 1)  # before everything anybody reports


class Verdict(Labelled):
    """Whether a row counts and, if not, why: the words of 未计入."""

    COUNTED = "counted", "计入"
    PENDING = "pending", "已报未核定"
    RETURNED = "returned", "已退回"
    REVERSED = "reversed", "已作废"
    DUPLICATE = "duplicate", "重复登记"
    PHASED = "phased", "按分期计，母项目不重复计"
    RELOCATED = "relocated", "市内平移"
    FRAMEWORK = "framework", "框架协议、意向书"
    REPEATED = "repeated", "同一项目已计一次"
    BACKWARD = "backward", "由后面的阶段退回"
    UNSIGNED = "unsigned", "补充协议，尚无正式合同"
    RESUMED = "resumed", "已恢复推进"
    PAUSED = "paused", "暂缓"
    LOST = "lost", "流失"
    WITHDRAWN = "withdrawn", "退库"
    OTHER_CURRENCY = "other_currency", "非美元外币，未折算"
    NOT_LISTED = "not_listed", "未列入当年重点项目清单"
    PLANNED = "planned", "尚未举行"
    CANCELLED = "cancelled", "已取消"


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known and what counts: rows as they stood at the end of `as_of`, relocations by the office's switch, deadlines
    by its working calendar."""

    as_of: date
    counts_relocations: bool = False
    calendar: Calendar = field(default_factory=Calendar)

    @property
    def known_before(self) -> datetime:
        """The first instant that is not known any more."""
        return start_of(self.as_of + timedelta(days=1))


# ------------------------------------------------------------------------------------------------------- shape of a row


class china_day(GenericFunction[date]):  # noqa: N801 - named as it is written in SQL
    """The calendar day in China of an instant, on every database."""

    type = Date()
    inherit_cache = True


@compiles(china_day, "sqlite")
def _china_day_sqlite(element: china_day, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+8 hours')"


@compiles(china_day, "postgresql")
def _china_day_postgresql(element: china_day, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST(timezone('Asia/Shanghai', {compiler.process(element.clauses, **more)}) AS date)"


class month_of(GenericFunction[date]):  # noqa: N801 - named as it is written in SQL
    """The first day of a day's month, on every database."""

    type = Date()
    inherit_cache = True


@compiles(month_of, "sqlite")
def _month_of_sqlite(element: month_of, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, 'start of month')"


@compiles(month_of, "postgresql")
def _month_of_postgresql(element: month_of, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST(date_trunc('month', CAST({compiler.process(element.clauses, **more)} AS timestamp)) AS date)"


def between(instant: Any, period: Period) -> ColumnElement[bool]:
    """The instant falls on a day of the period; in this form an index on the instant serves."""
    first = max(period.first, EPOCH)
    return and_(instant >= start_of(first), instant < start_of(period.last + timedelta(days=1)))


def on_days(day: Any, period: Period) -> ColumnElement[bool]:
    """The day belongs to the period."""
    return and_(day >= max(period.first, EPOCH), day <= period.last)


def shape(
    *,
    id: Any,  # noqa: A002 - the column's name
    on: Any,
    verdict: Any,
    project_id: Any = None,
    claim_id: Any = None,
    facet: Any = None,
    counts: Any = None,
    yuan: Any = None,
    fixed_yuan: Any = None,
    usd: Any = None,
    people: Any = None,
) -> tuple[Label[Any], ...]:
    """The columns every source has. `facet` parts a source (stage, kind of meeting); `counts` is 1 where the row adds to the
    number, 0 where it only adds money (a supplement)."""
    nothing = cast(null(), BigInteger)
    return (
        type_coerce(id, Integer).label("id"),
        (cast(null(), Integer) if project_id is None else type_coerce(project_id, Integer)).label("project_id"),
        (cast(null(), Integer) if claim_id is None else type_coerce(claim_id, Integer)).label("claim_id"),
        type_coerce(on, Date).label("on"),
        (literal("", String) if facet is None else type_coerce(facet, String)).label("facet"),
        type_coerce(verdict, String).label("verdict"),
        (literal(1, Integer) if counts is None else counts).label("counts"),
        *(
            (nothing if value is None else cast(value, BigInteger)).label(name)
            for name, value in (("yuan", yuan), ("fixed_yuan", fixed_yuan), ("usd", usd), ("people", people))
        ),
    )


# ------------------------------------------------------------------------------------------------------------- verdicts

When = tuple[ColumnElement[bool], Verdict]


def judged(*whens: When, otherwise: Verdict = Verdict.COUNTED) -> ColumnElement[str]:
    """The first verdict whose condition holds."""
    if not whens:
        return literal(otherwise.value, String)
    return case(*((condition, verdict.value) for condition, verdict in whens), else_=otherwise.value)


def verified(claim: Any, basis: Basis) -> ColumnElement[bool]:
    """The claim counts as of the basis: verified by then, and not reversed by then."""
    known = basis.known_before
    return and_(
        claim.state.in_((ClaimState.VERIFIED, ClaimState.REVERSED)),
        claim.verified_at < known,
        or_(claim.reversed_at.is_(None), claim.reversed_at >= known),
    )


def made(claim: Any, basis: Basis) -> ColumnElement[bool]:
    """The claim was made by then: a draft is nobody's business yet."""
    reported = or_(claim.reported_at.is_(None), claim.reported_at < basis.known_before)
    return and_(claim.state != ClaimState.DRAFT, reported)


def claim_verdicts(claim: Any, basis: Basis) -> Sequence[When]:
    """What keeps a row from counting because of its claim; a row without one is not judged by it."""
    known = basis.known_before
    pending = and_(claim.id.is_not(None), or_(claim.verified_at.is_(None), claim.verified_at >= known))
    return (
        (and_(claim.reversed_at.is_not(None), claim.reversed_at < known), Verdict.REVERSED),
        (and_(claim.returned_at.is_not(None), claim.returned_at < known), Verdict.RETURNED),
        (pending, Verdict.PENDING),
    )


def project_verdicts(basis: Basis) -> Sequence[When]:
    """What keeps any row of a project from counting: it is somebody else's double, its phases count, it only moved house."""
    phase = aliased(Project)
    living = phase.deleted_at.is_(None)  # said here too, for statements that no session sees (actions/stage_totals.py)
    parents = select(phase.parent_id).where(phase.parent_id.is_not(None), phase.duplicate_of_id.is_(None), living)
    phased = Project.id.in_(
        parents
    )  # found once and looked up; asked of each row, SQLite reads the whole register for it
    moved = () if basis.counts_relocations else ((Project.is_relocation.is_(True), Verdict.RELOCATED),)
    return ((Project.duplicate_of_id.is_not(None), Verdict.DUPLICATE), (phased, Verdict.PHASED), *moved)


# ------------------------------------------------------------------------------------------------------- planned totals


def planned_yuan(basis: Basis) -> ColumnElement[int | None]:
    """计划总投资 of Project: the newest statement known as of the basis."""
    return (
        select(MoneyEntry.amount_yuan)
        .where(
            MoneyEntry.project_id == Project.id,
            MoneyEntry.kind == MoneyKind.PLAN,
            MoneyEntry.happened_on <= basis.as_of,
            MoneyEntry.entered_at < basis.known_before,
        )
        .order_by(MoneyEntry.happened_on.desc(), MoneyEntry.id.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
