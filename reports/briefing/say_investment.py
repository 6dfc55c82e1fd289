"""Sentences of the overview on what was signed and what is being negotiated (二)."""

from __future__ import annotations

from collections.abc import Sequence

from crm.choices import CapitalKind
from crm.rules.days import Month
from crm.rules.figures import percent, wan, yi
from crm.rules.schedule import share
from reports.briefing import words
from reports.briefing.facts import Briefing, Line, Measure, Outlook, Signed, Slice
from reports.briefing.grammar import Clause, Figure, completions, joined, money, trend, trends
from reports.briefing.groups import large_negotiations

LARGE_YUAN = 1_000_000_000  # 10亿元以上


def investment(briefing: Briefing) -> list[Clause]:
    """What was signed: the month, the year against last year and the target, industries, the largest; what is negotiated."""
    return [_signings(briefing), (*_industries(briefing), *_largest(briefing.signed), *_negotiated(briefing))]


def _signings(briefing: Briefing) -> Clause:
    line, month = briefing.figures(Line.SIGNED), briefing.month
    if not line.count.year:
        return (f"{words.span(month)}无核定签约项目。",)
    year: tuple[Clause, ...] = (
        (f"{words.span(month)}累计签约", Figure(str(line.count.year), "signed_year"), "个"),
        money("总投资", line.total_yuan.year, "signed_year"),
        trends(line.count.change, line.total_yuan.change, "signed_year"),
        completions(line.count.completion, line.total_yuan.completion, "signed_year"),
    )
    foreign = _foreign(briefing)
    return (
        *_signed_in_month(line.count, line.total_yuan, month),
        *joined("，", year),
        *(("；", *foreign) if foreign else ()),
        "。",
    )


def _signed_in_month(count: Measure, amount: Measure, month: Month) -> Clause:
    if not count.month:
        return (f"{month.number}月无新签约项目。",)
    signed: Clause = (f"{month.number}月新签约项目", Figure(str(count.month), "signed_month"), "个")
    return (*joined("，", (signed, money("总投资", amount.month, "signed_month"))), "。")


def _foreign(briefing: Briefing) -> Clause:
    usd = briefing.figures(Line.SIGNED).foreign_usd
    count = next((piece.count for piece in briefing.by_capital if piece.label == CapitalKind.FOREIGN.label), 0)
    if not count:
        return ()
    amount: Clause = ("合同外资", Figure(wan(usd.year), "signed_foreign"), "万美元") if usd.year is not None else ()
    head: Clause = ("其中外资项目", Figure(str(count), "signed_foreign"), "个")
    return joined("，", (head, amount, trend(usd.change, "signed_foreign")))


def _industries(briefing: Briefing) -> Clause:
    ranked = sorted((piece for piece in briefing.by_industry if piece.total_yuan), key=lambda piece: -piece.total_yuan)
    whole = sum(piece.total_yuan for piece in briefing.by_industry)
    top = ranked[:3]
    if not top:
        return ()
    names = "、".join(piece.label for piece in top)
    if len(ranked) == 1:
        return (f"分产业看，签约额均为{names}。",)
    part = share(sum(piece.total_yuan for piece in top), whole)
    ratio: Clause = ("，合计占", Figure(percent(part), "signed_year")) if len(ranked) > len(top) else ()
    amounts = joined("、", (_industry(piece) for piece in top))
    return (f"分产业看，{names}签约额居前，分别为", *amounts, *ratio, "。")


def _industry(piece: Slice) -> Clause:
    return (Figure(yi(piece.total_yuan), "signed_industry", piece.label), "亿元")


def _largest(signed: Sequence[Signed]) -> Clause:
    rows = sorted((row for row in signed if row.counts and row.total_yuan), key=lambda row: -(row.total_yuan or 0))
    if not rows:
        return ()
    large = sum(1 for row in rows if (row.total_yuan or 0) >= LARGE_YUAN)
    head: Clause = ("总投资10亿元以上项目", Figure(str(large), "signed_big"), "个，") if large else ()
    amount = Figure(yi(rows[0].total_yuan), "signed_project", str(rows[0].project_id or ""))
    return (*head, f"最大项目为{rows[0].name}（", amount, "亿元）。")


def _negotiated(briefing: Briefing) -> Clause:
    rows = briefing.negotiations
    if not rows:
        return ("本月无在谈项目。",)
    large, ready = len(large_negotiations(rows)), sum(row.outlook is Outlook.TO_SIGN for row in rows)
    clauses: tuple[Clause, ...] = (
        ("在谈项目", Figure(str(len(rows)), "negotiations"), "个"),
        ("其中5亿元以上", Figure(str(large), "negotiations_big"), "个") if large else (),
        ("拟签约", Figure(str(ready), "negotiations_to_sign"), "个") if ready else (),
    )
    return (*joined("，", clauses), "。")
