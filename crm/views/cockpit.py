"""驾驶舱: how the year stands against target, last year and calendar; every figure opens its rows (ui/design.md §4, §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from crm import policy
from crm.choices import Light
from crm.language import translated
from crm.policy import Act
from crm.queries import settings
from crm.queries.totals import FIGURES, Spans, Totals, Unit
from crm.queries.totals.registry import COHORT_STEPS
from crm.queries.totals.rows import stages_of
from crm.queries.totals.slices import Dimension, Slice, slices
from crm.rules import lights
from crm.rules.figures import half_up, in_yi, percent, printed, signed, signed_percent, wan, yi
from crm.rules.lights import Thresholds
from crm.rules.schedule import MONTHS, schedule_share, share
from crm.views import months, web
from crm.views.figures import address
from reports.briefing.collect.key import key_projects
from reports.briefing.collect.month import Reading
from reports.briefing.facts import KeyProject

views = Blueprint("cockpit", __name__, url_prefix="/cockpit")

CARDS = (
    ("signed_total_yuan", 1), ("signed_count", 0), ("started_count", 0), ("arrived_yuan", 1), ("arrived_usd", 0),
    ("completed_yuan", 2),
)  # fmt: skip
RANKED = 8  # bars of a ranking; the rest is one bar
LATE = (Light.RED, Light.ORANGE, Light.YELLOW)
TRENDS = {"yuan": "signed_total_yuan", "count": "signed_count"}


@dataclass(frozen=True)
class Card:
    """A figure against its target, last year and the calendar; texts as printed."""

    name: str
    url: str
    value: str
    unit: str
    light: Light
    done: float  # of the target, 0 to 1 and beyond: the length of the bar
    due: float  # 序时进度, likewise: the mark on it
    target: str
    completion: str
    change: str
    deviation: str
    pending: str


def _card(spans: Spans, places: int, thresholds: Thresholds) -> Card:
    figure, unit = spans.figure, spans.figure.unit

    def shown(value: int | None) -> str:
        if unit is Unit.YUAN:
            return yi(value, places)
        return wan(value) if unit is Unit.USD else printed(value)

    return Card(
        name=figure.name,
        url=address(figure.key, spans.totals.month),
        value=shown(spans.year),
        unit=unit.label,
        light=_light(spans, thresholds),
        done=float(spans.completion or 0),
        due=float(spans.due_share),
        target=shown(spans.target),
        completion=percent(spans.completion),
        change=signed_percent(spans.change),
        deviation=signed(spans.deviation),
        pending=shown(spans.pending) if spans.pending_rows else "",
    )


def _light(spans: Spans, thresholds: Thresholds) -> Light:
    """As of a key project: by the distance from the calendar."""
    return lights.light(
        deviation_points=spans.deviation, planned_start_on=None, started_on=None, cut_off_on=spans.totals.month.last,
        thresholds=thresholds,
    ).light  # fmt: skip


@views.get("")
@web.elsewhere
def show() -> Response:
    """The month asked for, else the last complete one."""
    policy.ensure(web.actor(), Act.SEE_COCKPIT)
    session, month, values = web.session(), months.asked(), settings.current(web.session())
    totals = Totals(session, settings.basis(session, web.today(), values), month)
    rows = key_projects(Reading(session, totals), values.thresholds)
    late = sorted((row for row in rows if row.light in LATE), key=_gravest_first)
    trend = request.args.get("trend", "yuan")
    return web.page(
        "cockpit/show.html",
        month=month,
        months=months.offered(month),
        due_words=percent(schedule_share(month.number)),
        totals=totals,
        cards=[_card(totals[key], places, values.thresholds) for key, places in CARDS],
        funnel=_funnel(totals),
        trend=_trend(totals, TRENDS.get(trend, TRENDS["yuan"])),
        counting=trend == "count",
        rankings=[(dimension, _ranking(totals, dimension)) for dimension in (Dimension.INDUSTRY, Dimension.ORIGIN)],
        late=[(row, percent(row.completion), signed(row.deviation)) for row in late],
        stages=stages_of(session, totals.basis, totals.in_month, [row.project_id for row in late if row.project_id]),
        both=lights.both,
        lit={light: sum(row.light is light for row in rows) for light in LATE},
        key_count=len(rows),
        key_url=address("key_project_count", month),
    )


def _gravest_first(row: KeyProject) -> tuple[int, Decimal]:
    return LATE.index(row.light), row.deviation if row.deviation is not None else Decimal(0)


def _funnel(totals: Totals) -> list[dict[str, Any]]:
    """This year's leads: how many of them came how far, against the step before."""
    steps: list[dict[str, Any]] = []
    before: int | None = None
    for stage, name in COHORT_STEPS:
        key = f"cohort_{stage.slug}_count"
        count, yuan = totals[key].year, totals[f"cohort_{stage.slug}_total_yuan"].year
        first = steps[0]["count"] if steps else count
        steps.append(
            {
                "name": name, "count": count, "yuan": yi(yuan, 1), "url": address(key, totals.month) if count else "",
                "share": float(share(count, first) or 0), "rate": percent(share(count, before)),
            }
        )  # fmt: skip
        before = count
    return steps


def _trend(totals: Totals, key: str) -> dict[str, Any]:
    """This year and last month by month, and the mean month the target asks for; the data of the chart and its table."""
    figure, year = FIGURES[key], totals.month.year
    is_money = figure.unit is Unit.YUAN
    unit = figure.unit.label

    def shown(values: Sequence[int]) -> list[float | int]:
        return [float(half_up(in_yi(value), 1)) if is_money else value for value in values]

    target = totals[key].target
    mean = None if target is None else half_up((in_yi(target) if is_money else Decimal(target)) / MONTHS, 1)
    names = [_("%(n)d月", n=number) for number in range(1, totals.month.number + 1)]
    years = {one: totals.by_month(key, one) for one in (year, year - 1)}
    return {
        "unit": unit,
        "is_empty": not any(value for values in years.values() for value in values),
        "years": list(years),
        "rows": [
            (name, [yi(values[place], 1) if is_money else printed(values[place]) for values in years.values()])
            for place, name in enumerate(names)
        ],
        "data": {
            "categories": names,
            "dim": _("月份"),
            "mark": None if mean is None else {"name": _("月均目标 %(n)s", n=printed(mean, 1)), "value": float(mean)},
            "series": [
                {
                    "name": _("%(year)d年", year=one),
                    "unit": translated(unit),
                    "places": int(is_money),
                    "data": shown(values),
                }
                for one, values in years.items()
            ],
        },
    }


def _ranking(totals: Totals, dimension: Dimension) -> dict[str, Any]:
    """The largest parts of the year's signings, the rest as one; the data of the chart and its table."""
    found = slices(
        totals.session, FIGURES["signed_total_yuan"], dimension, totals.basis, totals.in_year, totals.in_month
    )
    shown, rest = found[:RANKED], found[RANKED:]
    rows = [_bar(totals, dimension, part) for part in shown]
    if rest:
        folded = {"name": _("其他 %(n)d 个", n=len(rest)), "yuan": sum(part.yuan for part in rest)}
        rows.append({**folded, "count": sum(part.count for part in rest), "url": ""})
    return {
        "rows": rows,
        "data": {
            "categories": [row["name"] for row in rows],
            "dim": dimension.label,
            "series": [
                {
                    "name": _("签约金额"),
                    "unit": _("亿元"),
                    "places": 1,
                    "data": [float(half_up(in_yi(row["yuan"]), 1)) for row in rows],
                },
                {"name": _("签约项目"), "unit": _("个"), "places": 0, "data": [row["count"] for row in rows]},
            ],
        },
    }


def _bar(totals: Totals, dimension: Dimension, part: Slice) -> dict[str, Any]:
    url = address("signed_total_yuan", totals.month, by=dimension.value, value=part.key)
    name = f"{translated(part.group)} · {part.name}" if part.group else part.name
    return {"name": name, "yuan": part.yuan, "count": part.count, "url": url}
