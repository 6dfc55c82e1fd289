"""统计报表: the figures of a month, every one a link to the rows behind it, and the same as a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from crm import policy
from crm.choices import Currency, KeyList, Stage
from crm.errors import NotFound
from crm.language import translated
from crm.policy import Act
from crm.queries import settings
from crm.queries.totals import FIGURES, Figure, Totals, Verdict
from crm.queries.totals.converted import Converted, converted
from crm.queries.totals.known import find_figure
from crm.queries.totals.overlaps import key_of, overlaps
from crm.queries.totals.registry import Subject
from crm.queries.totals.rows import FigureRow, Question, answer
from crm.queries.totals.slices import Dimension, Slice, name_of, slices
from crm.rules.days import Month, Period
from crm.rules.figures import percent, printed, signed_percent, wan, yi
from crm.rules.overlaps import BITS, Overlaps, Sum
from crm.rules.schedule import share
from crm.views import lists, months, web
from reports.catalogue import build

views = Blueprint("figures", __name__, url_prefix="/figures")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# The lines of the matrix: what they are called, how many, how much.
LINES = (
    ("lead_count", "lead_total_yuan"),
    ("screened_count", "screened_total_yuan"),
    ("negotiation_new_count", "negotiation_new_total_yuan"),
    ("reviewed_count", "reviewed_total_yuan"),
    ("signed_count", "signed_total_yuan"),
    ("registered_count", "registered_total_yuan"),
    ("started_count", "started_total_yuan"),
    ("finished_count", "finished_total_yuan"),
    ("producing_count", "producing_total_yuan"),
    ("fai_count", "fai_total_yuan"),
    ("signed_lost_count", "signed_lost_yuan"),
    ("framework_count", "framework_total_yuan"),
    ("relocated_count", "relocated_total_yuan"),
)
MONEY = ("signed_fixed_yuan", "signed_foreign_usd", "arrived_yuan", "arrived_usd", "completed_yuan")
WORK = (
    "video_meeting_count", "coordination_meeting_count", "trip_count", "visit_count", "event_count", "service_count",
    "talk_count", "action_assigned_count", "action_done_count",
)  # fmt: skip
SPANS = {"month": "in_month", "year": "in_year", "last_year": "in_last_year"}


def amount(figure: Figure, value: int | None) -> str:
    """A figure as it is printed, without its unit."""
    if figure.measure in ("yuan", "fixed_yuan"):
        return yi(value)
    return wan(value) if figure.measure == "usd" else printed(value)


@dataclass(frozen=True)
class Cell:
    """A printed figure and, unless nothing stands behind it, the address of its rows."""

    text: str
    url: str = ""


def cell(totals: Totals, key: str, span: str) -> Cell:
    """A figure of the month, of the year to date or of last year's span."""
    figure, value = FIGURES[key], getattr(totals[key], span)
    return Cell(amount(figure, value), address(key, totals.month, span) if value else "")


def address(key: str, month: Month, span: str = "year", **part: str) -> str:
    """Where the rows behind a figure are."""
    return url_for("figures.rows", key=key, month=str(month), span=None if span == "year" else span, **part)  # type: ignore[arg-type]


def pending(totals: Totals, key: str) -> Cell:
    """未核定 beside a figure; blank where nothing waits."""
    spans = totals[key]
    if not spans.pending:
        return Cell("")
    return Cell(amount(spans.figure, spans.pending), address(key, totals.month) + "#left-out")


def _line(totals: Totals, key: str) -> dict[str, Any]:
    spans = totals[key]
    return {
        "figure": spans.figure,
        "cells": [cell(totals, key, span) for span in SPANS],
        "change": signed_percent(spans.change),
        "target": amount(spans.figure, spans.target),
        "completion": percent(spans.completion),
        "pending": pending(totals, key),
    }


def totals_of(month: Month) -> Totals:
    """The month's figures as known today."""
    return Totals(web.session(), settings.basis(web.session(), web.today()), month)


@views.get("")
@web.elsewhere
def index() -> Response:
    """The matrix of stages and spans, then the year's signings by what they are."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    totals = totals_of(months.asked())
    return web.page(
        "figures/index.html",
        totals=totals,
        month=totals.month,
        months=months.offered(totals.month),
        matrix=[(_line(totals, count), _line(totals, money)) for count, money in LINES],
        money=[_line(totals, key) for key in MONEY],
        work=[_line(totals, key) for key in WORK],
        standing=_standing(totals),
        overlap=overlap_shown(overlaps(totals), totals.month),
        foreign=[_foreign(line, totals) for line in converted(totals)],
        parts={dimension.value: (dimension, *_parts(totals, dimension)) for dimension in Dimension},
    )


def _standing(totals: Totals) -> list[tuple[Stage, Cell, Cell]]:
    keys = {stage: f"standing_{stage.slug}" for stage in Stage}
    return [
        (stage, cell(totals, f"{key}_count", "year"), cell(totals, f"{key}_total_yuan", "year"))
        for stage, key in keys.items()
    ]


def _parts(totals: Totals, dimension: Dimension) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The parts of the year's signings, and their sum."""
    found = slices(
        totals.session, FIGURES["signed_total_yuan"], dimension, totals.basis, totals.in_year, totals.in_month
    )
    whole = sum(part.yuan for part in found)
    sums = {
        "month_count": printed(sum(part.month_count for part in found)),
        "month_yuan": yi(sum(part.month_yuan for part in found)),
        "count": printed(sum(part.count for part in found)),
        "yuan": yi(whole),
        "usd": wan(sum(part.usd for part in found)),
    }
    return [_part(totals.month, dimension, part, whole) for part in found], sums


def _part(month: Month, dimension: Dimension, part: Slice, whole: int) -> dict[str, Any]:
    def shown(key: str, text: str, value: int, span: str) -> Cell:
        return Cell(text, address(key, month, span, by=dimension.value, value=part.key) if value else "")

    return {
        "name": f"{translated(part.group)} · {part.name}" if part.group else part.name,
        "month_count": shown("signed_count", printed(part.month_count), part.month_count, "month"),
        "month_yuan": shown("signed_total_yuan", yi(part.month_yuan), part.month_yuan, "month"),
        "count": shown("signed_count", printed(part.count), part.count, "year"),
        "yuan": shown("signed_total_yuan", yi(part.yuan), part.yuan, "year"),
        "share": percent(share(part.yuan, whole)),
        "usd": shown("signed_foreign_usd", wan(part.usd), part.usd, "year") if part.usd else Cell(""),
    }


def _foreign(line: Converted, totals: Totals) -> dict[str, Any]:
    """Foreign money of the month and the year in its currency and, as far as a rate is on record, in yuan."""
    month = line.within(totals.in_month)
    other = {} if line.currency is Currency.USD else {"reason": Verdict.OTHER_CURRENCY.value}
    return {
        "name": line.figure.name,
        "currency": line.currency,
        "month": Cell(
            wan(month.amount), address(line.figure.key, totals.month, "month", **other) if month.rows else ""
        ),
        "month_yuan": yi(month.yuan),
        "year": Cell(wan(line.amount), address(line.figure.key, totals.month, **other)),
        "year_yuan": yi(line.yuan),
        "rates": line.rates,
        "unconverted": wan(line.unconverted) if line.unconverted else "",
    }


# ------------------------------------------------------------------------------------------------------- lists that overlap


def overlap_shown(found: Overlaps, month: Month) -> dict[str, Any]:
    """The lists with what they share: a line a list, the sum that leads to the distinct total, and each combination."""

    def cells(size: Sum, key: str) -> tuple[Cell, Cell]:
        count = Cell(printed(size.count), address(f"{key}_count", month) if size.count else "")
        return count, Cell(yi(size.yuan), address(f"{key}_total_yuan", month) if size.yuan else "")

    def both(one: KeyList, other: KeyList) -> Cell:
        return cells(found.on(one, other), key_of(one, other))[0] if one is not other else Cell("")

    return {
        "lists": found.lists,
        "lines": [
            {
                "list": one,
                "size": cells(found.on(one), key_of(one)),
                "only": cells(found.only(one), f"lists_only_{one.value}")[0],
                "both": [both(one, other) for other in found.lists],
            }
            for one in found.lists
        ],
        "listed": (printed(found.listed.count), yi(found.listed.yuan)),
        "repeated": (printed(found.repeated.count), yi(found.repeated.yuan)),
        "distinct": cells(found.distinct, "lists_distinct"),
        "numbers": [(number, *cells(size, f"lists_number_{number}")) for number, size in found.numbers.items()],
        "shared": [
            (one.lists, *cells(Sum(one.count, one.yuan), f"lists_set_{sum(BITS[name] for name in one.lists)}"))
            for one in found.shared
        ],
    }


# ------------------------------------------------------------------------------------------------- the rows behind a figure


def _question(key: str, totals: Totals) -> Question:
    """What the address asks; an unknown figure, span or part is not found."""
    figure, span = find_figure(key), SPANS.get(request.args.get("span", "year"))
    if figure is None or span is None:
        raise NotFound(_("没有这个指标。"))
    period = getattr(totals, "in_year" if figure.source.at_end and span == "in_month" else span)
    by = request.args.get("by", "")
    unproved = request.args.get("proof") == "missing" and figure.source.subject is Subject.PROJECT
    reason = Verdict.known(request.args.get("reason", ""))
    if not by:
        return Question(figure, totals.basis, period, unproved=unproved, reason=reason)
    if by not in [dimension.value for dimension in Dimension] or figure.source.subject is not Subject.PROJECT:
        raise NotFound(_("这个指标不能这样拆分。"))
    return Question(figure, totals.basis, period, Dimension(by), request.args.get("value", ""), unproved)


@views.get("/<key>")
@web.elsewhere
def rows(key: str) -> Response:
    """“这个数是怎么来的”: the rows the reader may see, how many he may not, what was left out and why."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    totals = totals_of(months.asked())
    question = _question(key, totals)
    found = answer(web.session(), web.actor(), question)
    figure = question.figure
    part = question.dimension and name_of(web.session(), question.dimension, question.key)
    return web.page(
        "figures/_rows.html" if web.wants_fragment() else "figures/rows.html",
        figure=figure,
        question=question,
        part=part,
        narrowed=[(question.dimension.label, part)] if question.dimension else [],
        month=totals.month,
        months=months.offered(totals.month),
        span=request.args.get("span", "year"),
        found=found,
        total=amount(figure, found.total),
        amount=lambda row: amount(figure, row.amount(figure.measure)) if row.amount(figure.measure) is not None else "",
        link=link,
        address=lists.address,
        words=_period_words(question, totals.month),
    )


def _period_words(question: Question, month: Month) -> str:
    """2022年1—9月, 2022年9月, 2021年1—9月; of a state its day."""
    period: Period = question.period
    if question.figure.source.at_end:
        return str(_("%(day)s 的状态", day=period.last.isoformat()))
    if period.first.month == period.last.month:
        return str(_("%(year)d年%(month)d月", year=period.last.year, month=period.last.month))
    return str(_("%(year)d年1—%(month)d月", year=period.last.year, month=month.number))


def link(figure: Figure, row: FigureRow) -> str:
    """Where a row is told in full."""
    match figure.source.subject:
        case Subject.ACTIVITY:
            return url_for("activities.show", activity_id=row.subject_id)
        case Subject.MEETING:
            return url_for("meetings.show", meeting_id=row.subject_id)
        case _:
            return url_for("projects.show", project_id=row.project_id)


@views.get("/export.xlsx")
@web.elsewhere
def export() -> Response:
    """The month's statistics as a workbook; sums only, so every reader of the figures may have it."""
    policy.ensure(web.actor(), Act.SEE_FIGURES)
    totals = totals_of(months.asked())
    data = build("statistics", totals, web.config().zone_name, web.now())
    name = _("%(zone)s招商引资统计报表（%(month)s）.xlsx", zone=web.config().zone_name, month=totals.month.label)
    return web.download(data, name, XLSX)
