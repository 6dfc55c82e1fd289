"""`crm rates 2022`: the rates of the assessment, each with its numerator and denominator, as the page states them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from crm.cli import group
from crm.commands.figures import printed
from crm.commands.values import DAY
from crm.db import reading
from crm.queries import settings
from crm.queries.totals import Figure, Totals, Unit
from crm.queries.totals.rates import Lapsed, Rated, lapsed, rated
from crm.rules import figures
from crm.rules.days import Month
from crm.views import web

UNITS = {Unit.YUAN: "yuan", Unit.USD: "usd"}


@group.command("rates")
@click.argument("year", type=click.IntRange(1990, 2999))
@click.option("--month", type=click.IntRange(1, 12), help="统计到几月底；默认全年，当年到本月。")
@click.option("--as-of", "as_of", type=DAY, help="只认到这一天为止的登记和核定；默认今天。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，金额为整元、整美元，比率为小数。")
def rates(year: int, month: int | None, as_of: Any, as_json: bool) -> None:
    """Print the rates of a year, from January to its end or the running month."""
    today = as_of or web.clock().today()
    last = Month(year, month or (today.month if year == today.year else 12))
    if last > Month.of(today):
        raise click.UsageError(f"{last.label}还没有开始。")
    with reading():
        totals = Totals(web.session(), settings.basis(web.session(), today), last)
        found, times = rated(totals), lapsed(totals)
    if as_json:
        click.echo(json.dumps(document(totals, found, times), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(totals, found, times)))


def document(totals: Totals, found: Sequence[Rated], times: Sequence[Lapsed]) -> dict[str, Any]:
    """Everything, by stable keys; `share` is a fraction rounded to six places, null where nothing is to be divided by."""
    return {
        "year": totals.month.year,
        "month": str(totals.month),
        "cut_off": totals.month.last.isoformat(),
        "as_of": totals.basis.as_of.isoformat(),
        "rates": {
            one.rate.key: {
                "name": one.rate.name,
                "definition": one.rate.definition,
                "numerator": _side(one.rate.done, one.done),
                "denominator": _side(one.rate.of, one.of),
                "share": None if one.share is None else round(float(one.share), 6),
            }
            for one in found
        },
        "days": {
            one.lapse.key: {
                "name": one.lapse.name,
                "median": None if one.median_days is None else float(one.median_days),
                "projects": one.count,
            }
            for one in times
        },
    }


def _side(figure: Figure, value: int) -> dict[str, Any]:
    return {"figure": figure.key, "name": figure.name, "unit": UNITS.get(figure.unit, "count"), "value": value}


def _lines(totals: Totals, found: Sequence[Rated], times: Sequence[Lapsed]) -> Iterator[str]:
    yield f"{totals.month.year}年1—{totals.month.number}月，截至 {totals.basis.as_of} 已核定"
    for one in found:
        parts = (
            f"{figure.name} {printed(value, figure.unit)} {figure.unit.label}"
            for figure, value in ((one.rate.done, one.done), (one.rate.of, one.of))
        )
        yield f"{one.rate.name}：{figures.percent(one.share)}（{' ÷ '.join(parts)}）"
    for lapse in times:
        yield f"{lapse.lapse.name}：{figures.printed(lapse.median_days)} 天（{lapse.count} 个项目的中位数）"
