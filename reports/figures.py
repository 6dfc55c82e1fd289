"""统计报表 as a workbook: the figures in their spans, then month by month by stage, industry, origin, area and team.

The months are pivots (pandas) of what the totals found by day: the same rows as on the screens, only laid out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pandas as pd

from crm.choices import Stage
from crm.queries.totals import FIGURES, Spans, Totals, Verdict
from crm.queries.totals.evaluate import Tally, tallies
from crm.queries.totals.registry import CONTRACTS, LEADS, MILESTONES, MOVES, Source
from crm.queries.totals.slices import Dimension, by_day
from crm.rules.figures import DASH, in_wan, in_yi
from reports import workbook
from reports.sheet import Faces, Footer, Format, Value
from reports.tables import NAME_WIDTH, Column, Table, sheet

FORMATS = {"counts": Format.COUNT, "yuan": Format.YI, "fixed_yuan": Format.YI, "usd": Format.COUNT}
LEAD = "登记线索"
STAGES = (
    Stage.SCREENING, Stage.NEGOTIATION, Stage.REVIEW, Stage.REGISTERED, Stage.STARTED, Stage.FINISHED, Stage.PRODUCING,
)  # fmt: skip
Sums = tuple[str, int, int, int]  # what, month, count, whole yuan


def build(totals: Totals, zone: str, now: datetime) -> bytes:
    """The workbook's bytes; the same figures and instant give the same bytes."""
    title = f"{zone}招商引资统计报表"
    said = (f"统计截止：{totals.month.last}", f"只计截至 {totals.basis.as_of} 已核定")
    footer = Footer(totals.month.label, f"截至 {totals.basis.as_of}")
    sheets = [sheet(table, f"{title}：{table.name.split('（')[0]}", said, footer) for table in tables(totals)]
    return workbook.render(sheets, workbook.Properties(f"{title}（{totals.month.label}）", zone, now), Faces())


def tables(totals: Totals) -> Iterator[Table]:
    """Every sheet of the workbook, in order."""
    yield _spans(totals)
    yield from _pivots(_stages(totals), "阶段", "阶段")
    for dimension in Dimension:
        days = by_day(totals.session, FIGURES["signed_total_yuan"], dimension, totals.basis, totals.in_year)
        frame = monthly([(day.name, day.on.month, day.counts, day.yuan) for day in days], totals.month.number)
        head = dimension.label.removeprefix("按")
        yield from _pivots(frame, f"签约{dimension.label}", head, has_total=True)
    yield _definitions()


# --------------------------------------------------------------------------------------------------------------- pivots


def monthly(rows: list[Sums], last_month: int, order: Sequence[str] = ()) -> pd.DataFrame:
    """Sums by name and month, January to the last month, in whole units; names in the order given, else the largest first."""
    frame = pd.DataFrame(rows, columns=["name", "month", "counts", "yuan"])
    table = frame.pivot_table(index="name", columns="month", values=["counts", "yuan"], aggfunc="sum", fill_value=0)
    months = pd.MultiIndex.from_product([("counts", "yuan"), range(1, last_month + 1)])
    table = table.reindex(columns=months, fill_value=0).astype("int64")
    size = dict(zip(table.index, map(sum, _lines(table, "yuan")), strict=True))
    return table.reindex(list(order) or sorted(size, key=lambda name: (-size[name], name)), fill_value=0)


def _lines(frame: pd.DataFrame, measure: str) -> list[list[int]]:
    """A measure of a pivot, row by row, as plain numbers."""
    lines: list[list[int]] = frame[measure].to_numpy().tolist()
    return lines


def _stages(totals: Totals) -> pd.DataFrame:
    """What came to each stage, month by month."""
    names = {str(int(stage)): stage.label for stage in STAGES}
    moves = [day for source in (MOVES, MILESTONES) for day in _days(totals, source)]
    rows = [(names[day.facet], day.on.month, day.counts, day.yuan) for day in moves if day.facet in names]
    for label, source in ((LEAD, LEADS), (Stage.SIGNED.label, CONTRACTS)):
        rows += [(label, day.on.month, day.counts, day.yuan) for day in _days(totals, source)]
    return monthly(rows, totals.month.number, [LEAD, *(stage.label for stage in sorted((*STAGES, Stage.SIGNED)))])


def _days(totals: Totals, source: Source) -> Iterator[Tally]:
    found = tallies(totals.session, source, totals.basis, totals.in_year)
    return (day for day in found if day.verdict == Verdict.COUNTED)


def _pivots(frame: pd.DataFrame, name: str, head: str, *, has_total: bool = False) -> Iterator[Table]:
    """A pivot as two tables, numbers and amounts: a column a month, the year's sum at the end, the sum of all below."""
    for measure, unit in (("counts", "个"), ("yuan", "亿元")):
        lines = _lines(frame, measure)
        rows = [_row(str(label), amounts, measure) for label, amounts in zip(frame.index, lines, strict=True)]
        months = list(frame[measure].columns)
        if has_total:
            sums = [sum(amounts[place] for amounts in lines) for place in range(len(months))]
            rows.append(_row("合计", sums, measure))
        columns = [Column(f"{number}月", FORMATS[measure]) for number in months]
        heads = (Column(head, width=NAME_WIDTH), *columns, Column("累计", FORMATS[measure]))
        yield Table(f"{name}×月份（{unit}）", unit, heads, rows, has_total)


def _row(label: str, amounts: Sequence[int], measure: str) -> list[Value]:
    return [label, *(_value(amount, measure) for amount in (*amounts, sum(amounts)))]


def _value(amount: int, measure: str) -> Value:
    if measure in ("yuan", "fixed_yuan"):
        return in_yi(amount)
    return in_wan(amount) if measure == "usd" else amount


# ---------------------------------------------------------------------------------------------------- spans, definitions


def _spans(totals: Totals) -> Table:
    """Every figure of events in its spans, in the order of the register."""
    rows = [_span_row(totals[key]) for key, figure in FIGURES.items() if not figure.source.at_end]
    span = f"1–{totals.month.number}月" if totals.month.number > 1 else "累计"
    heads = (
        Column("指标", width=30), Column("单位", width=8), Column("本月", Format.YI), Column(span, Format.YI),
        Column("上年同期", Format.YI), Column("同比", Format.CHANGE), Column("年度目标", Format.YI),
        Column("完成率", Format.RATE), Column("较序时", Format.POINTS), Column("未核定", Format.YI),
    )  # fmt: skip
    return Table("指标汇总", "", heads, rows)


def _span_row(spans: Spans) -> list[Value]:
    figure, measure = spans.figure, spans.figure.measure
    return [
        figure.name,
        figure.unit.label,
        *(_value(amount, measure) for amount in (spans.month, spans.year, spans.last_year)),
        _or_dash(spans.change),
        DASH if spans.target is None else _value(spans.target, measure),
        _or_dash(spans.completion),
        _or_dash(spans.deviation),
        _value(spans.pending, measure) if spans.pending_rows else "",
    ]


def _or_dash(value: Value) -> Value:
    return DASH if value is None else value


def _definitions() -> Table:
    rows = [[figure.name, figure.unit.label, figure.definition] for figure in FIGURES.values()]
    return Table("口径", "", (Column("指标", width=30), Column("单位", width=8), Column("口径", width=110)), rows)
