"""`crm totals 2022-09`: the figures of a month, as the screens and the briefing state them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from itertools import combinations
from typing import Any

import click

from crm.choices import Stage
from crm.cli import group
from crm.commands.values import DAY, MONTH
from crm.db import reading
from crm.queries import settings
from crm.queries.totals import FIGURES, Figure, Spans, Totals, Unit
from crm.queries.totals.converted import Converted, converted
from crm.queries.totals.ledger import Line, ledger
from crm.queries.totals.overlaps import overlaps
from crm.queries.totals.slices import Dimension, slices
from crm.rules import figures
from crm.rules.days import Month
from crm.rules.schedule import schedule_share
from crm.views import web

# The keys of --json are stable: other programs read them. A figure's own key is its sum from January on.
MONTHLY = ("lead_count", "signed_count", "signed_total_yuan", "started_count", "arrived_yuan", "arrived_usd")


@group.command("totals")
@click.argument("month", type=MONTH)
@click.option("--as-of", "as_of", type=DAY, help="只认到这一天为止的登记和核定；默认今天。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，金额为整元、整美元。")
def totals(month: Month, as_of: Any, as_json: bool) -> None:
    """Print the figures of a month; from January on unless a figure says otherwise."""
    with reading():
        found = Totals(web.session(), settings.basis(web.session(), as_of or web.clock().today()), month)
        lines = [json.dumps(document(found), ensure_ascii=False, indent=2)] if as_json else list(table(found))
    if not as_json:
        click.echo(f"{month.label}　1—{month.number}月累计，截至 {found.basis.as_of} 已核定")
    click.echo("\n".join(lines))


def document(found: Totals) -> dict[str, Any]:
    """Everything, by stable keys."""
    month = found.month
    return {
        "month": str(month),
        "cut_off": month.last.isoformat(),
        "as_of": found.basis.as_of.isoformat(),
        "schedule_share": _share(schedule_share(month.number)),
        **{key: found[key].year for key in FIGURES if not key.startswith(("key_", "standing_", "cohort_"))},
        **{f"month_{key}": found[key].month for key in MONTHLY},
        "signed_net_count": found["signed_count"].year - found["signed_lost_count"].year,
        "signed_net_yuan": found["signed_total_yuan"].year - found["signed_lost_yuan"].year,
        "signed_foreign_count": sum(p["count"] for p in _parts(found, Dimension.CAPITAL) if p["key"] == "foreign"),
        "trip_cities": list(found.trip_cities),
        "key_projects": _key_projects(found),
        "key_lists": _key_lists(found),
        "left_out": [_left_out(line) for line in ledger(found)],
        "foreign": [_foreign(line) for line in converted(found)],
        "by_stage": {stage.slug: found[f"standing_{stage.slug}_count"].year for stage in Stage},
        "funnel": {
            key[7:-6]: found[key].year for key in FIGURES if key.startswith("cohort_") and key.endswith("_count")
        },
        **{f"signed_by_{dimension.value}": _parts(found, dimension) for dimension in Dimension},
        "figures": {key: _spans(found[key]) for key in FIGURES if not FIGURES[key].source.at_end},
    }


def _key_projects(found: Totals) -> dict[str, int]:
    return {
        "total": found["key_project_count"].year,
        "province": found["key_province_count"].year,
        "city": found["key_city_count"].year,
        "district": found["key_district_count"].year,
        "zone": found["key_zone_count"].year,
        "province_batch": found["key_province_batch_count"].year,
        "city_new_starts": found["key_city_starts"].year,
        "provincial_batch_starts": found["key_province_batch_starts"].year,
        "new_starts": found["key_start_count"].year,
        "planned_starts": found["planned_start_count"].year,
        "started_on_time": found["started_on_time_count"].year,
        "started_late": found["started_late_count"].year,
        "start_missing": found["start_missing_count"].year,
        "planned_yuan": found["key_planned_yuan"].year,
        "completed_yuan": found["completed_yuan"].year,
    }


def _key_lists(found: Totals) -> dict[str, Any]:
    """The lists, what every two of them share, and the sum that leads to the distinct total."""
    lists = overlaps(found)
    return {
        "lists": {one.value: asdict(lists.on(one)) | {"only": lists.only(one).count} for one in lists.lists},
        "pairs": {
            f"{one.value}-{other.value}": asdict(lists.on(one, other))
            for one, other in combinations(lists.lists, 2)
            if lists.on(one, other).count
        },
        "sets": [
            {"lists": [each.value for each in one.lists], "count": one.count, "yuan": one.yuan} for one in lists.sets
        ],
        "on_number_of_lists": {str(number): asdict(size) for number, size in lists.numbers.items()},
        "listed": asdict(lists.listed),
        "repeated": asdict(lists.repeated),
        "distinct": asdict(lists.distinct),
    }


def _left_out(line: Line) -> dict[str, Any]:
    """`amount` in whole yuan or dollars by `unit`, null where several currencies would be added."""
    return {
        "figure": line.figure.key,
        "reason": line.verdict.value,
        "unit": _unit(line.figure),
        **{
            span: {"rows": size.rows, "amount": size.amount if line.has_amount else None}
            for span, size in (("month", line.month), ("year", line.year))
        },
    }


def _foreign(line: Converted) -> dict[str, Any]:
    return {
        "figure": line.figure.key,
        "currency": line.currency.value,
        "amount": line.amount,
        "yuan": line.yuan,
        "unconverted": line.unconverted,
        "rates": [{"rate": str(used.rate.normalize()), "on": used.rate_on.isoformat()} for used in line.rates],
    }


def _unit(figure: Figure) -> str:
    return {Unit.YUAN: "yuan", Unit.USD: "usd"}.get(figure.unit, "count")


def _parts(found: Totals, dimension: Dimension) -> list[dict[str, Any]]:
    figure = FIGURES["signed_total_yuan"]
    parts = slices(found.session, figure, dimension, found.basis, found.in_year, found.in_month)
    return [
        {"key": part.key, "name": part.name, "count": part.count, "total_yuan": part.yuan, "foreign_usd": part.usd}
        for part in parts
    ]


def _spans(spans: Spans) -> dict[str, Any]:
    return {
        "name": spans.figure.name,
        "unit": _unit(spans.figure),
        "month": spans.month,
        "year": spans.year,
        "last_year": spans.last_year,
        "change": _share(spans.change),
        "target": spans.target,
        "completion": _share(spans.completion),
        "schedule_share": _share(spans.due_share) if spans.target is not None else None,
        "deviation_points": None if spans.deviation is None else float(spans.deviation),
        "unverified": spans.pending,
        "unverified_reports": spans.pending_rows,
    }


def _share(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)


def printed(amount: int, unit: Unit) -> str:
    """In the unit a reader expects: 亿元 with two places, 万美元, or a number."""
    if unit is Unit.YUAN:
        return figures.yi(amount)
    return figures.wan(amount) if unit is Unit.USD else figures.printed(amount)


def table(found: Totals) -> Iterator[str]:
    """A line a figure: the month, the year to date, last year, 同比, 完成率 and what is not verified."""
    yield _line("指标", "单位", "本月", "累计", "上年同期", "同比", "完成率", "未核定")
    for key, figure in FIGURES.items():
        if figure.source.at_end or (
            figure.measure not in ("counts", "yuan") and not key.startswith(("signed", "arrived"))
        ):
            continue
        spans, unit = found[key], figure.unit
        amounts = (printed(amount, unit) for amount in (spans.month, spans.year, spans.last_year))
        rates = (figures.signed_percent(spans.change), figures.percent(spans.completion))
        yield _line(
            figure.name, unit.label, *amounts, *rates, printed(spans.pending, unit) if spans.pending_rows else ""
        )
    yield ""
    for key, figure in FIGURES.items():
        if figure.source.at_end:
            yield _line(figure.name, figure.unit.label, printed(found[key].year, figure.unit))
    yield ""
    yield from _overlap_lines(found)
    yield f"外出城市：{'、'.join(found.trip_cities) or '无'}"


def _overlap_lines(found: Totals) -> Iterator[str]:
    """重点项目清单: each list, then lists less repetitions make the total, then who stands on which together."""
    lists = overlaps(found)
    if not lists.sets:
        return
    for each in lists.lists:
        size, alone = lists.on(each), lists.only(each).count
        yield f"{each.label} {size.count} 个、{figures.yi(size.yuan)} 亿元（仅在本清单 {alone} 个）"
    whole, twice, distinct = lists.listed, lists.repeated, lists.distinct
    yield f"各清单合计 {whole.count} 个 − 重复 {twice.count} 个 = 剔重 {distinct.count} 个、{figures.yi(distinct.yuan)} 亿元"
    for one in lists.shared:
        yield f"同时列入 {'＋'.join(each.label for each in one.lists)} {one.count} 个、{figures.yi(one.yuan)} 亿元"


def _line(*cells: str) -> str:
    widths = (26, 8, 12, 12, 12, 10, 10, 10)
    return "".join(
        _padded(cell, width, number == 0) for number, (cell, width) in enumerate(zip(cells, widths, strict=False))
    )


def _padded(text: str, width: int, left: bool) -> str:
    """Chinese characters take two places on a terminal."""
    gap = " " * max(1, width - sum(2 if ord(mark) > 0x2E80 else 1 for mark in text))
    return text + gap if left else gap + text
