"""Amounts by stage, month, team and industry as one reader may see them, from the totals that are kept.

The kept totals know each project's unit and secrecy, so what a reader sees by those is a sum over few rows. Two kinds of projects
are taken one by one: those open to him only because he is named on them, by their shares; and those whose rows changed since
they were added up (crm/stale.py), by the definition itself (reached.py). So the answer is always what the definition says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import Labelled, Role, Stage
from crm.models import Industry, Project, ProjectMember, StageShare, StageTotal, StaleProject, Unit
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.queries.totals import reached
from crm.queries.totals.basis import Basis
from crm.queries.totals.reached import SUMS


class Axis(Labelled):
    """What amounts are laid out by; the value stands in addresses."""

    STAGE = "stage", "阶段"
    MONTH = "month", "月份"
    TEAM = "team", "招商组"
    INDUSTRY = "industry", "产业"

    @property
    def column(self) -> str:
        """Its column in the kept tables."""
        return {Axis.TEAM: "unit_id", Axis.INDUSTRY: "industry_id"}.get(self, self.value)


ALL_STAGES = tuple(Stage)


@dataclass(frozen=True)
class Asked:
    """What is laid out, and of what; months are their first days, both included."""

    axes: tuple[Axis, ...]
    first: date
    last: date
    stages: tuple[Stage, ...] = ALL_STAGES
    unit_id: int | None = None
    industry_ids: tuple[int, ...] | None = None  # an industry with those below it; 0 is none


class Sums(NamedTuple):
    """What was added up: a number, whole yuan and whole dollars."""

    counts: int
    yuan: int
    fixed_yuan: int
    usd: int


FIRST: Any = bindparam("first", type_=Date())
LAST: Any = bindparam("last", type_=Date())
STAGES: Any = bindparam("stages", expanding=True, type_=Integer())
UNIT: Any = bindparam("asked_unit_id", type_=Integer())
INDUSTRIES: Any = bindparam("industry_ids", expanding=True, type_=Integer())


def places(session: Session) -> tuple[Sequence[Any], Sequence[Any]]:
    """(id, short name, kind) of the units and (id, name, the one above) of the industries, in their orders; two statements."""
    return compiled.rows(session, _units, (), {}), compiled.rows(session, _industries, (), {})


def _units() -> Select[*tuple[Any, ...]]:
    return select(Unit.id, Unit.short_name, Unit.kind).order_by(Unit.rank, Unit.id)


def _industries() -> Select[*tuple[Any, ...]]:
    return select(Industry.id, Industry.name, Industry.parent_id).order_by(Industry.rank, Industry.id)


def stale(session: Session, as_of: date) -> Sequence[int]:
    """The projects whose shares are not to be trusted on the day; one statement."""
    found = compiled.rows(session, _stale, (), {"as_of": as_of})
    return [row[0] for row in found]


def is_due(as_of: Any) -> ColumnElement[bool]:
    """The note holds on the day."""
    return or_(StaleProject.due_on.is_(None), StaleProject.due_on <= as_of)


def _stale() -> Select[*tuple[Any, ...]]:
    return select(StaleProject.project_id).where(is_due(reached.AS_OF)).distinct()


def sums(session: Session, actor: Actor, basis: Basis, asked: Asked) -> dict[tuple[Any, ...], Sums]:
    """What the reader may see, by the keys of the axes; two statements.

    Which projects are stale is asked first. One that becomes so in between is counted as it was, or as it is: never in part,
    because the second statement sees totals, shares and rows at one instant.
    """
    changed = stale(session, basis.as_of)
    narrowed = (
        asked.stages != ALL_STAGES,
        asked.unit_id is not None,
        asked.industry_ids is not None,
        basis.counts_relocations,
    )
    shape = (compiled.reader(actor), asked.axes, narrowed, bool(changed))
    values = {
        **compiled.values_of(actor),
        **reached.values_of(basis),
        "first": asked.first,
        "last": asked.last,
        "stages": [int(stage) for stage in asked.stages],
        "asked_unit_id": asked.unit_id,
        "industry_ids": list(asked.industry_ids or ()),
        "project_ids": list(changed),
    }
    width = len(asked.axes)
    found = compiled.rows(session, _sums, shape, values)
    return {
        tuple(_key(axis, key) for axis, key in zip(asked.axes, row, strict=False)): Sums(*map(int, row[width:]))
        for row in found
        if any(row[width:])  # what was taken off again leaves nothing
    }


def _key(axis: Axis, key: Any) -> Any:
    return reached.STAGES[key] if axis is Axis.STAGE else key


# ----------------------------------------------------------------------------------------------------------- the statement


Narrowed = tuple[bool, bool, bool, bool]  # by stages, unit and industry; whether relocations count


def _sums(actor: Actor, axes: tuple[Axis, ...], narrowed: Narrowed, with_stale: bool) -> Select[*tuple[Any, ...]]:
    """`sums` by its shape: the totals, the shares of the projects he is named on, and what is added up anew."""
    parts = [_part(StageTotal, axes, narrowed, _open(actor, StageTotal)[0])]
    named = select(ProjectMember.project_id).where(ProjectMember.user_id == actor.id, ProjectMember.to_on.is_(None))
    fresh = [StageShare.project_id.not_in(reached.PROJECTS)] if with_stale else []
    within, beyond = _open(actor, StageShare)
    if actor.role is not Role.LEADER:
        parts.append(_part(StageShare, axes, narrowed, beyond, StageShare.project_id.in_(named), *fresh))
    if with_stale:
        live = reached.rows(
            reached.BOUND, reached.EVER, Project.id.in_(reached.PROJECTS), policy.project_rows(actor, Act.SEE_PROJECT)
        )
        parts.append(_part(StageShare, axes, narrowed, within, StageShare.project_id.in_(reached.PROJECTS), sign=-1))
        parts.append(_part(live.c, axes, narrowed))
    table = union_all(*parts).subquery("seen")
    keys = [table.c[axis.value] for axis in axes]
    return select(*keys, *(func.sum(table.c[name]) for name in SUMS)).group_by(*keys)


def _open(actor: Actor, table: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return policy.by_columns(actor, Act.SEE_PROJECT, table.unit_id, table.is_secret)


def _part(
    table: Any, axes: Sequence[Axis], narrowed: Narrowed, *conditions: ColumnElement[bool], sign: int = 1
) -> Select[*tuple[Any, ...]]:
    """The sums over a table of shares or totals, of what is asked."""
    by_stage, by_unit, by_industry, with_relocations = narrowed
    wanted = [table.month >= FIRST, table.month <= LAST]
    if by_stage:
        wanted.append(table.stage.in_(STAGES))
    if by_unit:
        wanted.append(table.unit_id == UNIT)
    if by_industry:
        wanted.append(table.industry_id.in_(INDUSTRIES))
    if not with_relocations:
        wanted.append(table.is_relocation.is_(False))
    keys = [getattr(table, axis.column).label(axis.value) for axis in axes]
    columns = [getattr(table, name) for name in SUMS]
    added = [func.sum(column if sign > 0 else -column).label(column.key) for column in columns]
    return select(*keys, *added).where(*wanted, *conditions).group_by(*keys)
