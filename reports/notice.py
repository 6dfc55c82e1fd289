"""招商业绩通报 as a workbook: teams and people by verified results, their work apart from it, the rates, the definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction

from crm.queries.totals import FIGURES, Figure, Unit
from crm.queries.totals.credits import EFFORTS, RESULTS, Ranked
from crm.queries.totals.rates import Rated
from crm.rules.figures import DASH, in_wan, in_yi
from reports import workbook
from reports.sheet import Faces, Footer, Format, Value
from reports.tables import NAME_WIDTH, Column, Table, sheet

RULES = (
    ("计入范围", "只计综合统计已核定的数据；已报未核定的总投资不参加排名。"),
    (
        "业绩归属",
        "约定了业绩比例的（流转、撞单裁定为共享），按比例分摊；没有约定的，归事发当日的主办。分摊后各组之和等于全区数。",
    ),
    (
        "排名",
        "招商组先按年度目标完成率，再按数额，没有目标的排在有目标的之后；个人按数额。并列的名次相同；招商组以外的单位不排名。",
    ),
    ("工作量", "洽谈、视频会、来访、外出、走访按参加人计次；一个组多人参加同一次，本组只计一次。工作量不参加排名。"),
)


def build(
    words: str, cut_off: date, by: Figure, teams: Sequence[Ranked], people: Sequence[Ranked], rates: Sequence[Rated],
    zone: str, now: datetime,
) -> bytes:  # fmt: skip
    """The workbook's bytes; `words` is the period (2022年1—9月), `by` ranks, `people` are those the reader may see."""
    title = f"{zone}招商业绩通报（{words}）"
    said = (f"统计截止：{cut_off}", "只计已核定", f"按{by.name}排名")
    footer = Footer(words, f"截至 {cut_off}")
    sheets = [sheet(table, title, said, footer) for table in tables(by, teams, people, rates)]
    return workbook.render(sheets, workbook.Properties(title, zone, now), Faces())


def tables(by: Figure, teams: Sequence[Ranked], people: Sequence[Ranked], rates: Sequence[Rated]) -> Iterator[Table]:
    """Every sheet, in order; no sheet of people where the reader may see nobody's standing."""
    yield _results("招商组业绩", "招商组", by, teams, are_teams=True)
    if people:
        yield _results("个人业绩", "姓名", by, people, are_teams=False)
    yield _rates(rates)
    yield Table(
        "说明", "", (Column("事项", width=NAME_WIDTH), Column("口径", width=150)), [list(rule) for rule in RULES]
    )


def _results(name: str, head: str, by: Figure, lines: Sequence[Ranked], *, are_teams: bool) -> Table:
    figures = [FIGURES[key] for key in RESULTS]
    columns = (
        Column("名次", width=8), Column(head, width=NAME_WIDTH),
        *(() if are_teams else (Column("所在单位", width=NAME_WIDTH),)),
        Column(f"{by.name}年度目标（{by.unit.label}）", _format(by), 16), Column("年度目标完成率", Format.RATE, 16),
        *(Column(f"{figure.name}（{figure.unit.label}）", _format(figure), 16) for figure in figures),
        *(Column(f"{kind.label}（次）", Format.COUNT, 12) for kind in EFFORTS),
    )  # fmt: skip
    rows: list[list[Value]] = [
        [
            line.rank or DASH, line.standing.name, *(() if are_teams else (line.unit,)),
            DASH if line.target is None else _value(by, Fraction(line.target)), _rate(line),
            *(_value(figure, line.standing.results[figure.key]) for figure in figures),
            *(line.standing.efforts[kind] for kind in EFFORTS),
        ]
        for line in lines
    ]  # fmt: skip
    if are_teams:
        sums = (sum((line.standing.results[figure.key] for line in lines), Fraction(0)) for figure in figures)
        efforts = [None] * len(EFFORTS)  # joint trips of two teams are one trip: their sum says nothing
        rows.append(["", "合计", "", "", *map(_value, figures, sums), *efforts])
    return Table(name, "", columns, rows, has_total=are_teams)


def _format(figure: Figure) -> Format:
    return Format.COUNT if figure.unit is Unit.USD else Format.YI


def _rate(line: Ranked) -> Value:
    return DASH if line.completion is None else line.completion


def _value(figure: Figure, amount: Fraction) -> Value:
    """亿元, 万美元, or a number that is whole unless a project is shared."""
    if figure.unit is Unit.YUAN:
        return in_yi(round(amount))
    if figure.unit is Unit.USD:
        return in_wan(round(amount))
    return int(amount) if amount.denominator == 1 else amount


def _rates(rates: Sequence[Rated]) -> Table:
    columns = (
        Column("指标", width=NAME_WIDTH), Column("比率", Format.RATE, 12), Column("分子", width=30), Column("", Format.YI, 14),
        Column("分母", width=30), Column("", Format.YI, 14), Column("口径", width=70),
    )  # fmt: skip
    rows: list[list[Value]] = [
        [
            one.rate.name, DASH if one.share is None else one.share,
            f"{one.rate.done.name}（{one.rate.done.unit.label}）", _value(one.rate.done, Fraction(one.done)),
            f"{one.rate.of.name}（{one.rate.of.unit.label}）", _value(one.rate.of, Fraction(one.of)), one.rate.definition,
        ]
        for one in rates
    ]  # fmt: skip
    return Table("考核指标", "", columns, rows)
