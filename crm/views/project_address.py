"""The list of projects as an address: what its arguments mean, what they offer, and how they read as chips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.choices import CapitalKind, KeyList, SourceChannel, Stage, Status, UnitKind
from crm.models import Area, Unit
from crm.queries import projects as queries
from crm.queries.project_filters import ProjectFilter, View
from crm.rules.days import Month
from crm.rules.figures import YUAN_PER_YI
from crm.views import lists

LONGEST_WORDS = 60


def wanted() -> ProjectFilter:
    """The filter of this address; whatever it does not understand narrows nothing."""
    return ProjectFilter(
        view=lists.word("view", View) or View.ALL,
        words=request.args.get("q", "").strip()[:LONGEST_WORDS],
        stage=_stage(request.args.get("stage", "")),
        industry_id=lists.number("industry"),
        capital_kind=lists.word("capital", CapitalKind),
        lead_id=lists.number("lead"),
        unit_id=lists.number("unit"),
        area_id=lists.number("area"),
        source_channel=lists.word("source", SourceChannel),
        key_list=lists.word("list", KeyList),
        status=lists.word("status", Status),
        signed_in=_month(request.args.get("signed", "")),
        least_yuan=_yuan(request.args.get("least", "")),
    )


def _stage(slug: str) -> Stage | None:
    return next((stage for stage in Stage if stage.slug == slug), None)


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None


def _yuan(text: str) -> int | None:
    """Whole yuan of 亿元 in the address."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return int(amount * YUAN_PER_YI) if amount.is_finite() and 0 < amount < 10**6 else None


@dataclass(frozen=True)
class Choices:
    """What the filters offer: (value, name) pairs of rows and of closed vocabularies."""

    industries: Sequence[tuple[int, str]]
    areas: Sequence[tuple[int, str]]
    leads: Sequence[tuple[int, str]]
    units: Sequence[tuple[int, str]]
    stages: Sequence[tuple[str, str]] = tuple((stage.slug, stage.label) for stage in Stage)
    capitals: Sequence[tuple[str, str]] = tuple(CapitalKind.pairs())
    lists: Sequence[tuple[str, str]] = tuple(KeyList.pairs())
    statuses: Sequence[tuple[str, str]] = tuple(Status.pairs())
    sources: Sequence[tuple[str, str]] = tuple(SourceChannel.pairs())


def choices(session: Session) -> Choices:
    """Four statements."""
    areas = session.execute(select(Area.id, Area.name).order_by(Area.rank, Area.id)).all()
    units = session.execute(
        select(Unit.id, Unit.short_name).where(Unit.kind == UnitKind.TEAM).order_by(Unit.rank, Unit.id)
    ).all()
    return Choices(
        industries=[(row.id, row.name) for row in queries.industries(session)],
        areas=[(key, name) for key, name in areas],
        leads=[(user.id, user.name) for user in queries.officers(session)],
        units=[(key, name) for key, name in units],
    )


@dataclass(frozen=True)
class Chip:
    """A condition in force, as the reader sees it, and the argument that holds it."""

    argument: str
    name: str
    value: str


def applied(found: ProjectFilter, offered: Choices) -> list[Chip]:
    """The conditions beside the view, each to be taken away with a click."""
    return [Chip(argument, name, value) for argument, name, value in _said(found, offered) if value]


def _said(found: ProjectFilter, offered: Choices) -> Iterator[tuple[str, str, str]]:
    def named(rows: Sequence[tuple[int, str]], key: int | None) -> str:
        return dict(rows).get(key, _("未知")) if key else ""

    def word(value: Any) -> str:
        return value.label if value is not None else ""

    yield "q", _("关键词"), str(found.words)
    yield "stage", _("阶段"), word(found.stage)
    yield "status", _("状态"), word(found.status)
    yield "industry", _("产业"), named(offered.industries, found.industry_id)
    yield "capital", _("内外资"), word(found.capital_kind)
    yield "lead", _("主办"), named(offered.leads, found.lead_id)
    yield "unit", _("责任单位"), named(offered.units, found.unit_id)
    yield "area", _("片区"), named(offered.areas, found.area_id)
    yield "source", _("来源渠道"), word(found.source_channel)
    yield "list", _("清单"), word(found.key_list)
    yield "signed", _("签约月份"), found.signed_in.label if found.signed_in else ""
    least = Decimal(found.least_yuan or 0) / YUAN_PER_YI
    yield "least", _("总投资不低于"), _("%(yi)s 亿元", yi=f"{least.normalize():f}") if found.least_yuan else ""
