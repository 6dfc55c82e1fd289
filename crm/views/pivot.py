"""透视: amounts by stage, month, team and industry, as far as their reader may see the projects; each cell a link to its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.choices import Role, Stage, UnitKind, Word
from crm.errors import NotFound
from crm.policy import Act, Scope
from crm.queries.totals import Basis, kept
from crm.queries.totals.kept import Asked, Axis, Sums
from crm.queries.totals.reached import FIGURE, Measure
from crm.queries.totals.rows import Question, answer
from crm.queries.totals.slices import UNKNOWN, Dimension
from crm.rules.days import Month, Period
from crm.rules.figures import printed, wan, yi
from crm.views import lists, months, web
from crm.views.figures import Cell, link, views

__all__ = ["views"]

VALUES = {"total_yuan": Measure.YUAN, "fixed_yuan": Measure.FIXED, "foreign_usd": Measure.USD, "count": Measure.COUNT}
UNITS = {
    Measure.YUAN: Word("亿元"),
    Measure.FIXED: Word("亿元"),
    Measure.USD: Word("万美元"),
    Measure.COUNT: Word("个"),
}
SPANS = (12, 24, 36)  # months


@dataclass(frozen=True)
class Layout:
    """What the address asks for. Without a stage on an axis one stage is looked at, the signing by default."""

    rows: Axis
    columns: Axis
    value: str
    last: Month
    span: int
    stage: Stage | None
    team: Place | None
    industry: Place | None

    @property
    def measure(self) -> Measure:
        """What is added up."""
        return VALUES[self.value]

    @property
    def months(self) -> list[Month]:
        """The months looked at, in order."""
        return [self.last.shifted(-back) for back in reversed(range(self.span))]

    def has(self, axis: Axis) -> bool:
        """Whether it is laid out by this."""
        return axis in (self.rows, self.columns)


@dataclass(frozen=True)
class Head:
    """A row or column: the keys that fall into it, its name, and how the address of its rows says it (`stage=lead`)."""

    keys: frozenset[Any]
    name: str
    argument: str


def _layout(places: Places) -> Layout:
    rows = lists.word("rows", Axis) or Axis.STAGE
    columns = lists.word("columns", Axis) or Axis.MONTH
    if columns is rows:
        columns = Axis.MONTH if rows is not Axis.MONTH else Axis.STAGE
    stage = next((one for one in Stage if one.slug == request.args.get("stage")), Stage.SIGNED)
    asked = request.args.get("month", "")
    span = lists.number("span")
    return Layout(
        rows=rows,
        columns=columns,
        value=request.args.get("value", "") if request.args.get("value") in VALUES else "total_yuan",
        last=months.asked() if asked else months.newest(),
        span=span if span in SPANS else SPANS[0],
        stage=None if Axis.STAGE in (rows, columns) else stage,
        team=_one(places.units, lists.number("team")),
        industry=_one(places.roots, lists.number("industry")),
    )


def _one(rows: Iterable[Any], key: int | None) -> Any:
    return next((row for row in rows if row.id == key), None)


@dataclass(frozen=True)
class Place:
    """A unit or an industry as a choice."""

    id: int
    name: str
    is_offered: bool  # a team; an industry below none
    parent_id: int | None


@dataclass(frozen=True)
class Places:
    """The units and industries there are; an industry below another one falls into it."""

    units: Sequence[Place]
    industries: Sequence[Place]

    @property
    def teams(self) -> list[Place]:
        """The units that a reader chooses from."""
        return [unit for unit in self.units if unit.is_offered]

    @property
    def roots(self) -> list[Place]:
        """The industries that stand below none."""
        return [industry for industry in self.industries if industry.is_offered]

    def below(self, root: Place) -> frozenset[int]:
        """The keys of an industry and those below it."""
        return frozenset(one.id for one in self.industries if root.id in (one.id, one.parent_id))


def _places() -> Places:
    units, industries = kept.places(web.session())
    return Places(
        [Place(key, name, kind is UnitKind.TEAM, None) for key, name, kind in units],
        [Place(key, name, parent_id is None, parent_id) for key, name, parent_id in industries],
    )


def basis() -> Basis:
    """What counts today; working days play no part here."""
    return Basis(web.today(), web.settings().counts_relocations)


@views.get("/pivot", endpoint="pivot")
@web.elsewhere
def index() -> Response:
    """The table, with a total wherever adding up says something: never over stages, which one project passes one by one."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    places = _places()
    layout = _layout(places)
    found = kept.sums(web.session(), web.actor(), basis(), _asked(layout, places))
    return web.page(
        "figures/pivot.html",
        layout=layout,
        places=places,
        table=_table(layout, places, found),
        axes=Axis,
        values=VALUES,
        units=UNITS,
        spans=SPANS,
        stages=Stage,
        offered=months.offered(layout.last),
        scope=_scope_words(),
        address=lists.address,
    )


def _asked(layout: Layout, places: Places) -> Asked:
    return Asked(
        axes=(layout.rows, layout.columns),
        first=layout.months[0].first,
        last=layout.last.first,
        stages=tuple(Stage) if layout.stage is None else (layout.stage,),
        unit_id=layout.team.id if layout.team else None,
        industry_ids=tuple(sorted(places.below(layout.industry))) if layout.industry else None,
    )


def _scope_words() -> str:
    """What of the register this reader's sums speak of."""
    if web.actor().role is Role.LEADER:
        return ""
    if policy.scope(web.actor(), Act.SEE_PROJECT) is Scope.ALL:
        return str(_("涉密项目只计你参与的。"))
    return str(_("只计本组的和你参与的项目。"))


# ------------------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class Table:
    """As it is printed: heads of the columns, and lines of (head, cells); totals are None where they would say nothing."""

    heads: Sequence[str]
    lines: Sequence[tuple[Head, Sequence[Cell], Cell | None]]
    foot: Sequence[Cell] | None
    whole: Cell | None


def _heads(axis: Axis, layout: Layout, places: Places, found: Iterable[Any]) -> list[Head]:
    """The rows or columns of an axis; of teams and industries those that have something in them."""
    present = set(found)
    match axis:
        case Axis.STAGE:
            return [Head(frozenset({stage}), str(stage.label), f"stage={stage.slug}") for stage in Stage]
        case Axis.MONTH:
            return [Head(frozenset({month.first}), str(month), f"from={month}&to={month}") for month in layout.months]
        case Axis.TEAM:
            heads = [Head(frozenset({unit.id}), unit.name, f"team={unit.id}") for unit in places.units]
        case Axis.INDUSTRY:
            heads = [Head(places.below(root), root.name, f"industry={root.id}") for root in places.roots]
            heads.append(Head(frozenset({0}), _(UNKNOWN), "industry=0"))
    return [head for head in heads if head.keys & present]


def _table(layout: Layout, places: Places, found: Mapping[tuple[Any, ...], Sums]) -> Table:
    rows = _heads(layout.rows, layout, places, (row for row, _column in found))
    columns = _heads(layout.columns, layout, places, (column for _row, column in found))
    row_of = {key: place for place, head in enumerate(rows) for key in head.keys}
    column_of = {key: place for place, head in enumerate(columns) for key in head.keys}
    amounts = [[0] * len(columns) for _ in rows]
    counts = [[0] * len(columns) for _ in rows]
    for (row, column), added in found.items():
        amounts[row_of[row]][column_of[column]] += getattr(added, layout.measure.value)
        counts[row_of[row]][column_of[column]] += 1
    cells = _cells(layout)
    across, down = layout.columns is not Axis.STAGE, layout.rows is not Axis.STAGE
    lines = [
        (
            head,
            [
                cells(amount, head.argument, column.argument) if count else Cell("")
                for amount, count, column in zip(amounts[place], counts[place], columns, strict=True)
            ],
            cells(sum(amounts[place]), head.argument)
            if across and any(counts[place])
            else Cell("")
            if across
            else None,
        )
        for place, head in enumerate(rows)
    ]
    foot = [cells(sum(line[place] for line in amounts), column=column.argument) for place, column in enumerate(columns)]
    whole = cells(sum(map(sum, amounts)))
    return Table(
        [head.name for head in columns], lines, foot if down and rows else None, whole if down and across else None
    )


def _cells(layout: Layout) -> Callable[..., Cell]:
    """Makes the printed amounts; every one leads to its rows: those of its row and column, of all months in a total."""
    fixed = {"value": layout.value}
    if layout.stage is not None:
        fixed["stage"] = layout.stage.slug
    if layout.team:
        fixed["team"] = str(layout.team.id)
    if layout.industry:
        fixed["industry"] = str(layout.industry.id)
    address = f"{url_for('figures.pivot_rows')}?{urlencode(fixed)}"  # once: a page has hundreds of cells
    span = f"from={layout.months[0]}&to={layout.last}"

    def cell(amount: int, row: str = "", column: str = "") -> Cell:
        month = row if layout.rows is Axis.MONTH else column if layout.columns is Axis.MONTH else ""
        return Cell(said(layout.measure, amount), "&".join(filter(None, (address, row, column, "" if month else span))))

    return cell


def said(measure: Measure, amount: int) -> str:
    """An amount as it is printed, without its unit."""
    if measure in (Measure.YUAN, Measure.FIXED):
        return yi(amount)
    return wan(amount) if measure is Measure.USD else printed(amount)


# --------------------------------------------------------------------------------------------------- the rows behind a cell


@views.get("/pivot/rows", endpoint="pivot_rows")
@web.elsewhere
def rows() -> Response:
    """What stands behind an amount, by the definition of its figure: the rows this reader may see, and nothing else."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    places = _places()
    stage = next((one for one in Stage if one.slug == request.args.get("stage")), None)
    measure = VALUES.get(request.args.get("value", "total_yuan"))
    if stage is None or measure is None:
        raise NotFound(_("没有这个指标。"))
    first, last = _month("from"), _month("to")
    narrowed = _narrowed(places)
    figure = FIGURE[stage, measure]
    question = Question(
        figure,
        basis(),
        Period(first.first, last.last),
        unproved=request.args.get("proof") == "missing",
        also=tuple((dimension, key) for dimension, key, _name in narrowed),
        seen_only=True,
    )
    found = answer(web.session(), web.actor(), question)
    words = first.label if first == last else _("%(first)s—%(last)s", first=first.label, last=last.label)
    return web.page(
        "figures/_rows.html" if web.wants_fragment() else "figures/pivot_rows.html",
        figure=figure,
        question=question,
        narrowed=[(dimension.label, name) for dimension, _key, name in narrowed],
        found=found,
        total=said(measure, found.total),
        amount=lambda row: said(measure, row.amount(measure.value)) if row.amount(measure.value) is not None else "",
        link=link,
        address=lists.address,
        words=words,
        scope=_scope_words(),
    )


def _month(name: str) -> Month:
    try:
        return Month.parse(request.args.get(name, ""))
    except ValueError as error:
        raise NotFound(_("没有“%(text)s”这个月份，请写成 2022-09。", text=request.args.get(name, ""))) from error


def _narrowed(places: Places) -> list[tuple[Dimension, str, str]]:
    """The team and industry of the address: (dimension, its key, what it is called)."""
    found = []
    for name, dimension, rows_of in (
        ("team", Dimension.TEAM, places.units),
        ("industry", Dimension.INDUSTRY, places.roots),
    ):
        key = lists.number(name)
        row = _one(rows_of, key)
        if row is not None:
            found.append((dimension, str(row.id), row.name))
        elif dimension is Dimension.INDUSTRY and key == 0:
            found.append((dimension, "", _(UNKNOWN)))
        elif key is not None:
            raise NotFound
    return found
