"""What stands behind a cell of the tables, told from the frozen facts alone: rows that add up to the cell, for ever.

A sheet notes at a cell what may be asked of it (`reports.sheet.Ask`); here it is answered. An `about` is divided by "|".

line     of the matrix: line|measure|span      span: month, year, last_year, m5 (May alone), to5 (January to May)
signed   of the year's signings: measure|part  part: all, industry:智能制造, origin:..., rest:origin:9 (all but the largest nine)
key      of key projects: measure|part         part: all, home:city (printed there), kind:city:lead, on:city,
         only:city, set:city:zone (on exactly these), listed, repeated, one:12
project  a project itself: its number
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from crm.choices import KeyList
from crm.rules.days import Month
from crm.rules.figures import percent, wan, yi
from reports.briefing import evidence, words
from reports.briefing.evidence import Evidence, Row
from reports.briefing.facts import Briefing, Entry, Flow, KeyProject, Line, Signed, Slice, TeamFigures
from reports.briefing.groups import home
from reports.sheet import Ask

USD = "foreign_usd"
ENTRY_AMOUNTS: dict[str, Callable[[Entry], int | None]] = {
    "count": lambda row: row.counts,
    "total_yuan": lambda row: row.yuan,
    "fixed_yuan": lambda row: row.fixed_yuan,
    "foreign_usd": lambda row: row.usd,
    "arrived_yuan": lambda row: row.yuan,
}
SIGNED_AMOUNTS: dict[str, Callable[[Signed], int | None]] = {
    "count": lambda row: int(row.counts),
    "total_yuan": lambda row: row.total_yuan,
    "fixed_yuan": lambda row: row.fixed_yuan,
    "foreign_usd": lambda row: row.foreign_usd,
    "registered_yuan": lambda row: row.registered_yuan,
}
KEY_AMOUNTS: dict[str, Callable[[KeyProject], int | None]] = {
    "count": lambda _: 1,
    "total_yuan": lambda row: row.total_yuan,
    "fixed_yuan": lambda row: row.fixed_yuan,
    "foreign_usd": lambda row: row.foreign_usd,
    "plan_yuan": lambda row: row.plan_yuan,
    "month_yuan": lambda row: row.month_yuan,
    "done_yuan": lambda row: row.done_yuan,
    "since_start_yuan": lambda row: row.since_start_yuan,
    "last_year_yuan": lambda row: row.last_year_yuan,
}
NAMES = {
    "count": "个数",
    "total_yuan": "总投资",
    "fixed_yuan": "固定资产投资",
    "foreign_usd": "外资",
    "arrived_yuan": "到位资金",
    "registered_yuan": "注册资本",
    "plan_yuan": "年度计划投资",
    "month_yuan": "本月完成投资",
    "done_yuan": "本年累计完成投资",
    "since_start_yuan": "开工以来累计完成投资",
    "last_year_yuan": "上年同期完成投资",
}
SPANS = {"month": "本月", "year": "本年累计", "last_year": "上年同期"}
SLICES: dict[str, Callable[[Briefing], Sequence[Slice]]] = {
    "industry": lambda briefing: briefing.by_industry,
    "origin": lambda briefing: briefing.by_origin,
    "capital": lambda briefing: briefing.by_capital,
    "area": lambda briefing: briefing.by_area,
}
LINE_RULE = "统计期内核定计入的记录，按签发或编制时留存的数据列示"
UNTOLD = "未列明细（涉密，或该期未留存）"
NO_ROWS = "该期简报签发时尚未留存逐条记录"


def line(which: Line, measure: str, span: str) -> Ask:
    """A cell of the matrix."""
    return Ask("line", f"{which.value}|{measure}|{span}")


def signed(measure: str, part: str = "all") -> Ask:
    """A sum of signings."""
    return Ask("signed", f"{measure}|{part}")


def key(measure: str, part: str = "all") -> Ask:
    """A sum of key projects, or a figure of one."""
    return Ask("key", f"{measure}|{part}")


def project(number: int | None) -> Ask | None:
    """A project itself; nothing where it is not to be opened."""
    return Ask("project", str(number)) if number else None


def behind(briefing: Briefing, name: str, about: str = "") -> Evidence | None:
    """The evidence of a cell, or of a figure of the text (reports/briefing/evidence.py); None for an unknown one."""
    answer = ANSWERS.get(name)
    return answer(briefing, about.split("|")) if answer else evidence.behind(briefing, name, about)


# ------------------------------------------------------------------------------------------------------------ the matrix


def _line(briefing: Briefing, asked: Sequence[str]) -> Evidence | None:
    if len(asked) != 3:
        return None
    which, measure, span = Line.known(asked[0]), asked[1], asked[2]
    within = _within(briefing.month, span)
    if which is None or measure not in ENTRY_AMOUNTS or within is None:
        return None
    title = f"{which.label}：{NAMES[measure]}（{_span(briefing.month, span)}）"
    if not briefing.entries:  # issued before rows were kept
        return Evidence(title, NO_ROWS)
    flows = _flows(which, measure)
    rows = [row for row in briefing.entries if row.flow in flows and within(row.on)]
    return _told(title, LINE_RULE, _of_entries(briefing, rows, ENTRY_AMOUNTS[measure], measure), measure)


def _flows(which: Line, measure: str) -> tuple[Flow, ...]:
    """Whose rows a line adds up: money of supplements counts with that of signings."""
    if measure == "arrived_yuan":
        return (Flow.ARRIVED,)
    if which is Line.SIGNED:
        return (Flow.SIGNED, Flow.SUPPLEMENT)
    return tuple(flow for flow in Flow if flow.value == which.value)


def _within(month: Month, span: str) -> Callable[[date], bool] | None:
    """Which days a span holds; None where it is none."""
    if span in SPANS:
        year = month.year - (span == "last_year")
        first = month.number if span == "month" else 1
        return _between(Month(year, first), Month(year, month.number))
    number = span.removeprefix("to").removeprefix("m")
    if not number.isdecimal() or not 1 <= int(number) <= month.number or span not in (f"m{number}", f"to{number}"):
        return None
    last = Month(month.year, int(number))
    return _between(last if span.startswith("m") else Month(month.year, 1), last)


def _between(first: Month, last: Month) -> Callable[[date], bool]:
    return lambda on: first.first <= on <= last.last


def _span(month: Month, span: str) -> str:
    if span in SPANS:
        return SPANS[span]
    number = span.removeprefix("to").removeprefix("m")
    return f"{number}月" if span.startswith("m") else words.span(Month(month.year, int(number)))


def _of_entries(
    briefing: Briefing, rows: Iterable[Entry], size: Callable[[Entry], int | None], measure: str
) -> Iterator[tuple[Row, int]]:
    names = {row.key: row for row in briefing.named}
    for row in rows:
        amount, who = size(row), names.get(row.subject)
        if amount:
            name, number = (who.name, who.project_id) if who else ("涉密或已删除的项目", None)
            yield Row(name, number, row.on, _printed(amount, measure), row.flow.label), amount


# -------------------------------------------------------------------------------------------------------------- signings


def _signed(briefing: Briefing, asked: Sequence[str]) -> Evidence | None:
    if len(asked) != 2 or asked[0] not in SIGNED_AMOUNTS:
        return None
    measure, (kind, _, label) = asked[0], asked[1].partition(":")
    keep = _part(briefing, kind, label)
    if keep is None:
        return None
    size = SIGNED_AMOUNTS[measure]
    rows = [(row, amount) for row in briefing.signed if keep(row) and (amount := size(row))]
    found = [
        (Row(row.name, row.project_id, row.signed_on, _printed(amount, measure), row.note), amount)
        for row, amount in rows
    ]
    rest = (_stated(briefing, measure, kind, label) or 0) - sum(amount for _, amount in found)
    if rest > 0:
        found.append((Row(UNTOLD, amount=_printed(rest, measure)), rest))
    title = f"签约：{NAMES[measure]}" + ("" if kind in ("all", "rest") else f"（{label}）")
    return _told(title, evidence.SIGNED_RULE, found, measure)


def _stated(briefing: Briefing, measure: str, kind: str, label: str) -> int | None:
    """What the small tables say of a part: a secret project counts there, but its row does not say where it belongs."""
    if kind == "team":
        pieces: Sequence[Slice | TeamFigures] = [team for team in briefing.by_team if team.label == label]
    elif kind in SLICES:
        pieces = [piece for piece in SLICES[kind](briefing) if piece.label == label]
    else:
        return None
    return sum(getattr(piece, measure, None) or 0 for piece in pieces)


def _part(briefing: Briefing, kind: str, label: str) -> Callable[[Signed], bool] | None:
    """Which signings a part holds; None for an unknown one."""
    if kind == "all":
        return lambda row: True
    if kind in LABELS:
        return lambda row: LABELS[kind](row) == label
    dimension, _, most = label.partition(":")
    if kind != "rest" or dimension not in SLICES or not most.isdecimal():
        return None
    largest = sorted(SLICES[dimension](briefing), key=lambda piece: -piece.total_yuan)
    rest = {piece.label for piece in largest[int(most) :]}
    return lambda row: LABELS[dimension](row) in rest


LABELS: dict[str, Callable[[Signed], str]] = {
    "industry": lambda row: row.industry,
    "origin": lambda row: row.origin,
    "capital": lambda row: str(row.capital.label),
    "area": lambda row: row.area,
    "team": lambda row: row.team,
}


# ---------------------------------------------------------------------------------------------------------- key projects


def _key(briefing: Briefing, asked: Sequence[str]) -> Evidence | None:
    if len(asked) != 2 or asked[0] not in KEY_AMOUNTS:
        return None
    measure, (kind, _, about) = asked[0], asked[1].partition(":")
    rows = _key_part(briefing, kind, about)
    if rows is None:
        return None
    size = KEY_AMOUNTS[measure]
    found = (
        (Row(row.name, row.project_id, row.started_on, _printed(amount, measure)), amount)
        for row in rows
        if (amount := size(row))
    )
    planned = briefing.sums_follow_plans and measure == "done_yuan" and rows
    due = f"；序时按各项目应完成数之和计算：{percent(briefing.due_of(rows))}" if planned else ""
    single = _completed(briefing, rows[0], measure) if kind == "one" and rows else None
    return _told(f"重点项目：{NAMES[measure]}", evidence.KEY_RULE + due, single or found, measure)


def _completed(briefing: Briefing, row: KeyProject, measure: str) -> list[tuple[Row, int]] | None:
    """What one project completed, report by report; None where its figure is not made of reports of two years."""
    span = {"month_yuan": "month", "done_yuan": "year", "last_year_yuan": "last_year"}.get(measure)
    within = _within(briefing.month, span) if span else None
    if within is None:
        return None
    mine = [
        one
        for one in briefing.entries
        if one.flow is Flow.COMPLETED and one.subject == row.key and within(one.on) and row.project_id
    ]
    return list(_of_entries(briefing, mine, ENTRY_AMOUNTS["total_yuan"], "total_yuan"))


def _key_part(briefing: Briefing, kind: str, about: str) -> list[KeyProject] | None:
    """The key projects of a part; None for an unknown one."""
    rows = briefing.key_projects
    if kind == "all":
        return list(rows)
    if kind == "one":
        return [row for row in rows if row.project_id and str(row.project_id) == about]
    if kind in ("listed", "repeated"):  # a project once for each list it stands on, or each but one
        return [row for row in rows for _ in row.lists[kind == "repeated" :]]
    if kind == "kind":
        place, _, group = about.partition(":")
        return [row for row in rows if home(row).value == place and row.industry_group.value == group]
    lists = {found for found in map(KeyList.known, about.split(":")) if found}
    tests: dict[str, Callable[[KeyProject], bool]] = {
        "home": lambda row: home(row) in lists,
        "on": lambda row: lists <= set(row.lists),
        "only": lambda row: lists == set(row.lists),
        "set": lambda row: lists == set(row.lists),
    }
    return [row for row in rows if tests[kind](row)] if lists and kind in tests else None


# ----------------------------------------------------------------------------------------------------------------- shared


def _told(title: str, definition: str, found: Iterable[tuple[Row, int]], measure: str) -> Evidence:
    pairs = list(found)
    whole = sum(amount for _, amount in pairs)
    return Evidence(title, definition, tuple(row for row, _ in pairs), total=_printed(whole, measure) if pairs else "")


def _printed(amount: int, measure: str) -> str:
    if measure == "count":
        return f"{amount} 个"
    if measure == USD:
        return f"{wan(amount)} 万美元"
    return f"{wan(amount)} 万元" if measure == "registered_yuan" else f"{yi(amount)} 亿元"


ANSWERS: dict[str, Callable[[Briefing, Sequence[str]], Evidence | None]] = {
    "line": _line,
    "signed": _signed,
    "key": _key,
}
