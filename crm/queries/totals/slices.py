"""A figure parted by what its projects are: 内外资, industry (sub-industries rolled up), origin, area, team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from crm.choices import CapitalKind, IndustryGroup, Origin, Word
from crm.models import Area, Company, Industry, Project, Unit
from crm.queries.totals.basis import Basis, Verdict
from crm.queries.totals.registry import Figure
from crm.rules.days import Period

UNKNOWN = "未填"
_root = aliased(Industry, name="root_industry")


class Dimension(Enum):
    """By what a figure is parted; the value stands in addresses."""

    INDUSTRY = "industry"
    ORIGIN = "origin"
    CAPITAL = "capital"
    AREA = "area"
    TEAM = "team"

    @property
    def label(self) -> str:
        """按产业 ..."""
        return Word(_LABELS[self])

    @property
    def head(self) -> str:
        """产业 ...: the head of a table's column."""
        return Word(_HEADS[self])


_LABELS = {
    Dimension.INDUSTRY: "按产业",
    Dimension.ORIGIN: "按来源地",
    Dimension.CAPITAL: "按内外资",
    Dimension.AREA: "按片区",
    Dimension.TEAM: "按招商组",
}
_HEADS = {
    Dimension.INDUSTRY: "产业",
    Dimension.ORIGIN: "来源地",
    Dimension.CAPITAL: "内外资",
    Dimension.AREA: "片区",
    Dimension.TEAM: "招商组",
}


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a figure that shares a key. Counts, whole yuan, whole dollars; `month_` within the month alone."""

    key: str
    name: str
    count: int
    yuan: int
    usd: int
    month_count: int
    month_yuan: int
    rank: int = 0
    group: str = ""  # of an industry: its place in the 2+3+X system


def _origin() -> ColumnElement[str]:
    """The country of a foreign investor, the city (else the province) of a domestic one: 上海 and 上海市 are one place."""
    place = func.coalesce(func.nullif(Company.city, ""), func.nullif(Company.province, ""))
    plain = func.replace(func.replace(place, "市", ""), "省", "")
    return case((Company.origin == Origin.FOREIGN, func.nullif(Company.country, "")), else_=plain)


def _text(column: Any) -> ColumnElement[str]:
    return cast(column, String)


def keyed(dimension: Dimension) -> tuple[Any, Any, Any]:
    """(key, name, rank) of a project on the dimension; all NULL where it has none."""
    unranked = literal(0, Integer)
    match dimension:
        case Dimension.INDUSTRY:
            found = func.coalesce(_root.id, Industry.id)
            return _text(found), func.coalesce(_root.name, Industry.name), func.coalesce(_root.rank, Industry.rank)
        case Dimension.ORIGIN:
            return _origin(), _origin(), unranked
        case Dimension.CAPITAL:
            return type_coerce(Project.capital_kind, String), type_coerce(Project.capital_kind, String), unranked
        case Dimension.AREA:
            return _text(Area.id), Area.name, Area.rank
        case Dimension.TEAM:
            return _text(Unit.id), Unit.short_name, Unit.rank


def joined(dimension: Dimension, rows: Select[Any]) -> Select[Any]:
    """A selection of projects with the tables of the dimension beside it."""
    match dimension:
        case Dimension.INDUSTRY:
            within = rows.outerjoin(Industry, Industry.id == Project.industry_id)
            return within.outerjoin(_root, _root.id == Industry.parent_id)
        case Dimension.ORIGIN:
            return rows.outerjoin(Company, Company.id == Project.company_id)
        case Dimension.CAPITAL:
            return rows
        case Dimension.AREA:
            return rows.outerjoin(Area, Area.id == Project.area_id)
        case Dimension.TEAM:
            return rows.join(Unit, Unit.id == Project.unit_id)


class PartDay(NamedTuple):
    """What fell to one part of a figure on one day; whole units."""

    key: str
    name: str
    rank: int
    group: str
    on: date
    counts: int
    yuan: int
    usd: int


def by_day(session: Session, figure: Figure, dimension: Dimension, basis: Basis, within: Period) -> list[PartDay]:
    """The figure by part and day; one statement. A project without a key is 未填."""
    parts = _keyed_rows(figure, dimension, basis, within)
    keys = (parts.c.key, parts.c.name, parts.c.rank, parts.c.group, parts.c.on)
    sums = (func.sum(column) for column in (parts.c.counts, parts.c.yuan, parts.c.usd))
    found = session.execute(select(*keys, *sums).group_by(*keys))
    return [
        PartDay(
            key or "", _named(dimension, name), rank or 0, _grouped(group), on, *(int(value or 0) for value in amounts)
        )
        for key, name, rank, group, on, *amounts in found
    ]


def slices(
    session: Session, figure: Figure, dimension: Dimension, basis: Basis, within: Period, month: Period
) -> Sequence[Slice]:
    """The figure's parts over `within` and, of it, over `month`; the largest amount first. One statement."""
    found: dict[str, list[PartDay]] = {}
    for day in by_day(session, figure, dimension, basis, within):
        found.setdefault(day.key, []).append(day)
    return sorted(
        (_slice(days, month) for days in found.values()), key=lambda part: (-part.yuan, -part.count, part.name)
    )


def _slice(days: Sequence[PartDay], month: Period) -> Slice:
    first, of_month = days[0], [day for day in days if day.on in month]
    return Slice(
        key=first.key,
        name=first.name,
        count=sum(day.counts for day in days),
        yuan=sum(day.yuan for day in days),
        usd=sum(day.usd for day in days),
        month_count=sum(day.counts for day in of_month),
        month_yuan=sum(day.yuan for day in of_month),
        rank=first.rank,
        group=first.group,
    )


def _keyed_rows(figure: Figure, dimension: Dimension, basis: Basis, within: Period) -> Subquery:
    """The rows that make the figure, each with its key on the dimension."""
    rows = figure.rows(basis, within).subquery(figure.source.name)
    key, name, rank = keyed(dimension)
    group = func.coalesce(_root.group, Industry.group) if dimension is Dimension.INDUSTRY else literal("", String)
    selected = select(
        key.label("key"), name.label("name"), rank.label("rank"), type_coerce(group, String).label("group"), rows.c.on,
        rows.c.counts, rows.c.yuan, rows.c.usd,
    )  # fmt: skip
    counted = [rows.c.verdict == Verdict.COUNTED.value]
    if figure.facets is not None:
        counted.append(rows.c.facet.in_(sorted(figure.facets)))
    beside = selected.select_from(rows).join(Project, Project.id == rows.c.project_id)
    return joined(dimension, beside).where(*counted).subquery("parts")


def _grouped(group: str | None) -> str:
    return IndustryGroup.parse(group).short if group else ""


def _named(dimension: Dimension, name: str | None) -> str:
    if not name:
        return UNKNOWN
    return CapitalKind.parse(name).label if dimension is Dimension.CAPITAL else name


def name_of(session: Session, dimension: Dimension, key: str) -> str:
    """What a key of an address is called; the key itself where nothing bears it."""
    if not key:
        return UNKNOWN
    if dimension is Dimension.CAPITAL:
        return dict(CapitalKind.pairs()).get(key, key)
    if dimension is Dimension.ORIGIN:
        return key
    column = {Dimension.INDUSTRY: Industry.name, Dimension.AREA: Area.name, Dimension.TEAM: Unit.short_name}[dimension]
    found = (
        session.scalar(select(column).where(column.class_.id == int(key)))
        if key.isdecimal() and len(key) < 10
        else None
    )
    return found or key


def belonging(dimension: Dimension, key: str) -> ColumnElement[bool]:
    """The project bears the key on the dimension; "" asks for those that bear none."""
    column = keyed(dimension)[0]
    return func.coalesce(column, "") == key
