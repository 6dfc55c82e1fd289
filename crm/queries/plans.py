"""Annual plans of key projects: one project's years, and every key project of a year in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, extract, func, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import KeyList, NodeDay, Status
from crm.models import AnnualPlan, Listing, PlanNode, PlanNodeMove, Project, User
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.queries.keyset import Key
from crm.queries.totals.basis import EPOCH, Basis, Verdict
from crm.queries.totals.listed import newest_plan, on_list
from crm.queries.totals.money import completions
from crm.rules.days import Month, Period
from crm.rules.plans import NodeDays, days_after
from crm.rules.schedule import joint_due

NAMED = 8  # so many projects are named in a sentence


def of_project(session: Session, project_id: int) -> Sequence[tuple[AnnualPlan, str | None]]:
    """Every plan of a project with who approved it; the first of a year is the one in force."""
    rows = compiled.entities(session, _of_project, (), {"project_id": project_id})
    return [(plan, name) for plan, name in rows]


def _of_project() -> Select[AnnualPlan, str]:
    return (
        select(AnnualPlan, User.name)
        .outerjoin(User, User.id == AnnualPlan.approved_by_id)
        .where(AnnualPlan.project_id == bindparam("project_id", type_=Integer()))
        .order_by(AnnualPlan.year.desc(), AnnualPlan.approved_at.desc(), AnnualPlan.id.desc())
    )


def in_force(
    session: Session, ids: Collection[int], year: int, before: datetime | None = None
) -> Mapping[int, AnnualPlan]:
    """The newest plan of the year by project; of those known before an instant, where one is given."""
    rows = select(AnnualPlan).where(AnnualPlan.project_id.in_(ids), AnnualPlan.year == year)
    if before is not None:
        rows = rows.where(AnnualPlan.approved_at < before)
    found = session.scalars(rows.order_by(AnnualPlan.approved_at, AnnualPlan.id))
    return {plan.project_id: plan for plan in found}  # the newest comes last


def _verified(basis: Basis, within: Period) -> Any:
    """Verified completions, also of years in which a project stood on no list."""
    rows = completions(basis, within).subquery("done")
    counted = rows.c.verdict.in_((Verdict.COUNTED.value, Verdict.NOT_LISTED.value))
    return rows, counted


def done_by_month(session: Session, project_id: int, basis: Basis) -> Mapping[int, Mapping[int, int]]:
    """Verified investment of a project by year and month, whole yuan."""
    rows, counted = _verified(basis, Period(EPOCH, basis.as_of))
    parts = extract("year", rows.c.on), extract("month", rows.c.on)
    asked = select(*parts, func.sum(rows.c.yuan)).where(rows.c.project_id == project_id, counted).group_by(*parts)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for year, month, yuan in session.execute(asked):
        found[int(year)][int(month)] = int(yuan or 0)
    return found


# --------------------------------------------------------------------------------------------------------------- the nodes


def nodes(session: Session, ids: Collection[int], year: int) -> Sequence[PlanNode]:
    """The nodes on the plans of a year, the first planned first."""
    rows = select(PlanNode).where(PlanNode.project_id.in_(ids), PlanNode.year == year, PlanNode.planned_on.is_not(None))
    return session.scalars(rows.order_by(PlanNode.planned_on, PlanNode.id)).all()


def node_of(project_id: int, node_id: int) -> Select[PlanNode]:
    """A node of a project, also one taken off the plan."""
    return select(PlanNode).where(PlanNode.id == node_id, PlanNode.project_id == project_id)


def moves(session: Session, node_ids: Collection[int]) -> Sequence[tuple[PlanNodeMove, str | None]]:
    """What became of the days of nodes, the newest first, with who moved them."""
    rows = session.execute(
        select(PlanNodeMove, User.name)
        .outerjoin(User, User.id == PlanNodeMove.by_id)
        .where(PlanNodeMove.node_id.in_(node_ids))
        .order_by(PlanNodeMove.at.desc(), PlanNodeMove.id.desc())
    )
    return [(move, name) for move, name in rows]


@dataclass(frozen=True, slots=True)
class NodeThen:
    """A node as it stood at an instant."""

    project_id: int
    name: str
    days: NodeDays


def nodes_as_of(session: Session, ids: Collection[int], years: Collection[int], before: datetime) -> list[NodeThen]:
    """The nodes of projects as they were known before an instant: by their moves, not by what they say now."""
    rows = session.execute(
        select(PlanNode.id, PlanNode.project_id, PlanNode.name, PlanNodeMove.day, PlanNodeMove.new_on)
        .join(PlanNodeMove, PlanNodeMove.node_id == PlanNode.id)
        .where(PlanNode.project_id.in_(ids), PlanNode.year.in_(years), PlanNodeMove.at < before)
        .order_by(PlanNodeMove.at, PlanNodeMove.id)
    )
    heads: dict[int, tuple[int, str]] = {}
    steps: dict[int, list[tuple[NodeDay, date | None]]] = defaultdict(list)
    for key, project_id, name, which, new_on in rows:
        heads[key] = project_id, name
        steps[key].append((which, new_on))
    return [NodeThen(*heads[key], days_after(steps[key])) for key in sorted(heads)]


def expected_on() -> ColumnElement[date]:
    """When a node is expected."""
    return func.coalesce(PlanNode.forecast_on, PlanNode.planned_on)


def open_nodes(until: date) -> Select[PlanNode]:
    """The nodes expected up to a day and not reached, of projects that go on; the project loaded."""
    return (
        select(PlanNode)
        .join(Project, Project.id == PlanNode.project_id)
        .options(joinedload(PlanNode.project))
        .where(
            PlanNode.planned_on.is_not(None),
            PlanNode.actual_on.is_(None),
            expected_on() <= until,
            Project.status == Status.ACTIVE,
        )
        .order_by(expected_on(), PlanNode.id)
    )


# ------------------------------------------------------------------------------------------------------- a year's projects


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page of a year asks for."""

    year: int
    unit_id: int | None = None
    key_list: KeyList | None = None
    missing: bool = False  # only those without a plan

    @property
    def narrows(self) -> bool:
        """Whether a filter is on."""
        return bool(self.unit_id or self.key_list or self.missing)


@dataclass(frozen=True, slots=True)
class YearRow:
    """A key project in a year."""

    project: Project
    lists: tuple[KeyList, ...]
    plan: AnnualPlan | None
    done_yuan: int
    next_node: PlanNode | None  # the open one that is expected first
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """Over the whole filter: how many, what they plan, what they did, and who has no plan (the first of them by name)."""

    count: int = 0
    planned_yuan: int = 0
    done_yuan: int = 0
    due: Fraction = Fraction(0)  # 序时进度 of all together: each plan by its own schedule
    missing: int = 0
    missing_names: tuple[str, ...] = ()


ORDER = (Key(Project.total_yuan, int, descending=True, nullable=True), Key(Project.id, int))


def listed_day(year: int, today: date) -> date:
    """The day on which a year's lists are read: today in this year, else its last."""
    return today if year == today.year else date(year, 12, 31)


def of_year(actor: Actor, wanted: Wanted, basis: Basis, act: Act = Act.SEE_PROJECT) -> Select[Project]:
    """The key projects of a year that the actor may see, in the order of ORDER."""
    mine = [Listing.project_id == Project.id, on_list(listed_day(wanted.year, basis.as_of))]
    if wanted.key_list:
        mine.append(Listing.key_list == wanted.key_list)
    rows = (
        select(Project)
        .options(joinedload(Project.unit))
        .where(
            exists(select(Listing.id).where(and_(*mine)).correlate(Project)),
            Project.duplicate_of_id.is_(None),
            policy.project_rows(actor, act),
        )
    )
    if wanted.unit_id:
        rows = rows.where(Project.unit_id == wanted.unit_id)
    return rows.where(_has_no_plan(wanted.year)) if wanted.missing else rows


def _has_no_plan(year: int) -> ColumnElement[bool]:
    plan = select(AnnualPlan.id).where(AnnualPlan.project_id == Project.id, AnnualPlan.year == year)
    return ~exists(plan.correlate(Project))


def lines(session: Session, projects: Sequence[Project], year: int, month: int, basis: Basis) -> list[YearRow]:
    """What is said of some projects in a year, done up to a month of it; five statements, whatever their number."""
    ids = [project.id for project in projects]
    lists, plans = _lists(session, ids, listed_day(year, basis.as_of)), in_force(session, ids, year)
    done, coming = _done(session, ids, year, month, basis), _coming(session, ids, year)
    leads = select(Project.id, User.name).join(User, User.id == Project.lead_id).where(Project.id.in_(ids))
    names = dict(session.execute(leads).all())
    return [
        YearRow(
            row,
            lists.get(row.id, ()),
            plans.get(row.id),
            done.get(row.id, 0),
            coming.get(row.id),
            names.get(row.id, ""),
        )
        for row in projects
    ]


def _coming(session: Session, ids: Collection[int], year: int) -> Mapping[int, PlanNode]:
    """The open node of each that is expected first."""
    rows = select(PlanNode).where(
        PlanNode.project_id.in_(ids), PlanNode.year == year, PlanNode.planned_on.is_not(None),
        PlanNode.actual_on.is_(None),
    )  # fmt: skip
    found = session.scalars(rows.order_by(expected_on().desc(), PlanNode.id.desc()))
    return {node.project_id: node for node in found}  # the first expected comes last


def _lists(session: Session, ids: Collection[int], day: date) -> Mapping[int, tuple[KeyList, ...]]:
    rows = select(Listing.project_id, Listing.key_list).where(Listing.project_id.in_(ids), on_list(day))
    found: dict[int, set[KeyList]] = defaultdict(set)
    for project_id, key_list in session.execute(rows):
        found[project_id].add(key_list)
    ranks = list(KeyList)
    return {key: tuple(sorted(lists, key=ranks.index)) for key, lists in found.items()}


def _done(session: Session, ids: Collection[int], year: int, month: int, basis: Basis) -> Mapping[int, int]:
    """Verified investment from January to a month; nothing before the year begins."""
    if not month:
        return {}
    rows, counted = _verified(basis, Period.year_to(Month(year, month)))
    asked = select(rows.c.project_id, func.sum(rows.c.yuan)).where(rows.c.project_id.in_(ids), counted)
    return {key: int(yuan or 0) for key, yuan in session.execute(asked.group_by(rows.c.project_id))}


def sums(session: Session, actor: Actor, wanted: Wanted, basis: Basis, month: int) -> Sums:
    """The foot of the page, done up to a month; four statements."""
    asked = of_year(actor, wanted, basis)
    keys = asked.with_only_columns(Project.id)
    planned = newest_plan(AnnualPlan.planned_yuan, wanted.year)
    each = asked.with_only_columns(planned.label("planned")).subquery("each")
    count, total, known = session.execute(
        select(func.count(), func.coalesce(func.sum(each.c.planned), 0), func.count(each.c.planned)).select_from(each)
    ).one()
    done, due = 0, Fraction(0)
    if month:
        due = _due(session, asked, wanted.year, month, int(total))
        rows, counted = _verified(basis, Period.year_to(Month(wanted.year, month)))
        amount = select(func.coalesce(func.sum(rows.c.yuan), 0)).where(rows.c.project_id.in_(keys), counted)
        done = int(session.scalar(amount) or 0)
    names: tuple[str, ...] = ()
    if known < count:
        bare = asked.where(_has_no_plan(wanted.year)).with_only_columns(Project.name)
        names = tuple(session.scalars(bare.order_by(Project.name, Project.id).limit(NAMED)))
    return Sums(count, int(total), done, due, count - known, names)


def _due(session: Session, asked: Select[Project], year: int, month: int, planned_yuan: int) -> Fraction:
    """序时进度 of the projects asked for together, which plan so much; one statement for those that plan by month."""
    has_curve = exists(
        select(AnnualPlan.id)
        .where(AnnualPlan.project_id == Project.id, AnnualPlan.year == year, AnnualPlan.month_yuan.is_not(None))
        .correlate(Project)
    )
    columns = (newest_plan(column, year) for column in (AnnualPlan.planned_yuan, AnnualPlan.month_yuan))
    curves = session.execute(asked.where(has_curve).with_only_columns(*columns))
    return joint_due(month, planned_yuan, ((yuan, curve) for yuan, curve in curves if curve))
