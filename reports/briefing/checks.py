"""勾稽关系: where two figures of the briefing that must agree do not. The preview shows it before a month is issued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crm.rules.figures import wan, yi
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing, Line, Slice
from reports.briefing.groups import project_count, total
from reports.briefing.layout import Layout


def findings(briefing: Briefing, layout: Layout = DEFAULT) -> list[str]:
    """Sentences that say which two figures differ, the sheets as the layout calls them; empty when everything agrees."""
    signed, statistics = layout.sheet("signed").tab, layout.sheet("statistics").tab
    return [
        *_signed(briefing, signed, statistics),
        *_pieces(briefing, signed),
        *_months(briefing, statistics),
        *_key_projects(briefing),
    ]


def _signed(briefing: Briefing, signed: str, statistics: str) -> Iterator[str]:
    line = briefing.figures(Line.SIGNED)
    count, amount = project_count(briefing.signed), total(row.total_yuan for row in briefing.signed) or 0
    if count != (line.count.year or 0):
        yield f"{signed}为{count}个，{statistics}签约累计为{line.count.year or 0}个，请核对。"
    if amount != (line.total_yuan.year or 0):
        yield f"{signed}总投资{yi(amount)}亿元，{statistics}为{yi(line.total_yuan.year or 0)}亿元，请核对。"
    foreign = total(row.foreign_usd for row in briefing.signed) or 0
    if foreign != (line.foreign_usd.year or 0):
        yield f"{signed}合同外资{wan(foreign)}万美元，{statistics}为{wan(line.foreign_usd.year or 0)}万美元，请核对。"


def _pieces(briefing: Briefing, signed: str) -> Iterator[str]:
    count, amount = project_count(briefing.signed), total(row.total_yuan for row in briefing.signed) or 0
    tables: tuple[tuple[str, Sequence[Slice]], ...] = (
        ("表2（按产业）", briefing.by_industry),
        ("表3（按来源地）", briefing.by_origin),
        ("表4（按内外资）", briefing.by_capital),
        ("表5（按片区）", briefing.by_area),
        ("表6（按招商组）", tuple(Slice(team.label, team.count, team.total_yuan) for team in briefing.by_team)),
    )
    for name, pieces in tables:
        found = sum(piece.count for piece in pieces), sum(piece.total_yuan for piece in pieces)
        if found != (count, amount):
            yield f"{name}合计{found[0]}个、{yi(found[1])}亿元，{signed}为{count}个、{yi(amount)}亿元，请核对。"


def _months(briefing: Briefing, statistics: str) -> Iterator[str]:
    line, months = briefing.figures(Line.SIGNED), briefing.months
    if [entry.month for entry in months] != list(range(1, briefing.month.number + 1)):
        yield "表8缺少月份或月份顺序不对，请重新生成。"
    if sum(entry.count for entry in months) != (line.count.year or 0):
        yield f"表8各月签约合计{sum(entry.count for entry in months)}个，{statistics}为{line.count.year or 0}个，请核对。"
    if months and months[-1].count != (line.count.month or 0):
        yield f"表8当月签约{months[-1].count}个，{statistics}本月为{line.count.month or 0}个，请核对。"


def _key_projects(briefing: Briefing) -> Iterator[str]:
    for row in briefing.key_projects:
        done = row.done_yuan or 0
        if (row.month_yuan or 0) > done:
            yield f"{row.name}：本月完成投资大于本年累计完成，请核对。"
        if row.since_start_yuan is not None and row.since_start_yuan < done:
            yield f"{row.name}：开工以来累计小于本年累计完成，请核对。"
        if row.total_yuan is not None and (row.since_start_yuan or 0) > row.total_yuan:
            yield f"{row.name}：开工以来累计大于总投资，请核对。"
