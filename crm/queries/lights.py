"""Lights read: how key projects stood at the end of each month of a year, what was set by hand, and the letters about red ones.

A flat number of statements, whatever the number of projects and months. The board, the history of a project and the briefing
all ask here and judge by rules/lights.py, so they say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import KeyList, Light, ListingClass
from crm.models import (
    ActionItem,
    AnnualPlan,
    LightOverride,
    Listing,
    MonthlyReport,
    Project,
    SupervisionLetter,
    Unit,
    User,
)
from crm.policy import Act, Actor
from crm.queries.action_items import deadline_as_of
from crm.queries.plans import in_force
from crm.queries.totals.basis import Basis, Verdict, month_of
from crm.queries.totals.listed import started_on
from crm.queries.totals.money import completions
from crm.rules import lights
from crm.rules.days import Month, Period
from crm.rules.lights import Standing, Thresholds
from crm.rules.monthly import EDITABLE
from crm.rules.schedule import deviation_points, schedule_share


@dataclass(frozen=True, slots=True)
class Placed:
    """A key project at the end of a month: its lists of the year, its plan, what it had completed, how it stood."""

    lists: tuple[KeyList, ...]
    classes: tuple[ListingClass, ...]
    plan: AnnualPlan | None
    due_share: Fraction
    done_yuan: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Lit:
    """A key project's light of a month: as computed, and as somebody set it where somebody did."""

    month: Month
    placed: Placed
    verdict: lights.Verdict
    override: LightOverride | None = None

    @property
    def light(self) -> Light:
        """The light that holds."""
        made = self.override
        return lights.effective(self.verdict.light, made.system_light, made.light) if made else self.verdict.light

    @property
    def token(self) -> str:
        """What a form that was filled in before shows differently: the computed light, and who set another."""
        return f"{self.verdict.light.value}.{self.override.id if self.override else 0}"


def months_to(month: Month) -> list[Month]:
    """January to the month."""
    return [Month(month.year, number) for number in range(1, month.number + 1)]


def lit(
    session: Session, basis: Basis, ids: Collection[int], until: Month, thresholds: Thresholds
) -> Mapping[int, list[Lit | None]]:
    """The lights of some projects, January to `until`; None for a month at whose end one stood on no list. Six statements."""
    placed, set_by_hand = standings(session, basis, ids, until), overrides(session, basis, ids, until.year)
    found: dict[int, list[Lit | None]] = {}
    for key, row in placed.items():
        verdicts = lights.year([place.standing if place else None for place in row], thresholds)
        found[key] = [
            Lit(month, place, verdict, set_by_hand.get((key, month))) if place and verdict else None
            for month, place, verdict in zip(months_to(until), row, verdicts, strict=True)
        ]
    return found


def standings(session: Session, basis: Basis, ids: Collection[int], until: Month) -> Mapping[int, list[Placed | None]]:
    """How some projects stood at the end of each month, January to `until`; five statements."""
    months = months_to(until)
    listings, plans = _listings(session, ids, until.year), in_force(session, ids, until.year, basis.known_before)
    done, red = _done(session, basis, ids, until), _red(session, basis, ids, months)
    days = select(Project.id, Project.planned_start_on, started_on(basis, until.last)).where(Project.id.in_(ids))
    found: dict[int, list[Placed | None]] = {}
    for key, own_start_on, began_on in session.execute(days):
        plan, total = plans.get(key), 0
        found[key] = []
        for month in months:
            total += done.get((key, month.first), 0)
            mine = [listing for listing in listings.get(key, ()) if _stands(listing, month.last)]
            started = began_on if lights.has_started(began_on, month.last) else None
            planned = _planned_start(plan, mine, own_start_on)
            is_red = (key, month) in red
            found[key].append(_placed(month, mine, plan, total, (planned, started, is_red)) if mine else None)
    return found


def _placed(
    month: Month, mine: Sequence[Listing], plan: AnnualPlan | None, done_yuan: int,
    days: tuple[date | None, date | None, bool],
) -> Placed:  # fmt: skip
    ranks = list(KeyList)
    due = schedule_share(month.number, plan.month_yuan if plan else None)
    points = deviation_points(done_yuan, plan.planned_yuan if plan else None, due)
    return Placed(
        lists=tuple(sorted((listing.key_list for listing in mine), key=ranks.index)),
        classes=tuple({listing.listing_class: None for listing in mine}),
        plan=plan,
        due_share=due,
        done_yuan=done_yuan,
        standing=Standing(month.last, points, *days),
    )


def _stands(listing: Listing, day: date) -> bool:
    """As totals/listed.on_list says it of a day of the list's year."""
    return listing.from_on <= day and (listing.to_on is None or listing.to_on > day)


def _planned_start(plan: AnnualPlan | None, mine: Sequence[Listing], own: date | None) -> date | None:
    """As totals/listed.planned_start_on: by the year's plan, else by its lists, else by its own record."""
    by_lists = [listing.planned_start_on for listing in mine if listing.planned_start_on]
    return (plan.planned_start_on if plan else None) or min(by_lists, default=None) or own


def _listings(session: Session, ids: Collection[int], year: int) -> Mapping[int, list[Listing]]:
    found: dict[int, list[Listing]] = {}
    for listing in session.scalars(select(Listing).where(Listing.project_id.in_(ids), Listing.year == year)):
        found.setdefault(listing.project_id, []).append(listing)
    return found


def _done(session: Session, basis: Basis, ids: Collection[int], until: Month) -> Mapping[tuple[int, date], int]:
    """Verified investment by project and month, also of a time in which it stood on no list."""
    rows = completions(basis, Period(date(until.year, 1, 1), until.last)).subquery("done")
    month = month_of(rows.c.on)
    asked = (
        select(rows.c.project_id, month, func.sum(rows.c.yuan))
        .where(rows.c.project_id.in_(ids), rows.c.verdict.in_((Verdict.COUNTED.value, Verdict.NOT_LISTED.value)))
        .group_by(rows.c.project_id, month)
    )
    return {(key, first): int(yuan or 0) for key, first, yuan in session.execute(asked)}


def _red(session: Session, basis: Basis, ids: Collection[int], months: Sequence[Month]) -> frozenset[tuple[int, Month]]:
    """In which months an action item of a project was open past its deadline: under red supervision (rules/action_items.py).

    Of a month that still runs, as of the day that is known.
    """
    ends = [min(month.last, basis.as_of) for month in months]
    deadlines = (deadline_as_of(day).label(f"deadline_{number}") for number, day in enumerate(ends))
    rows = select(ActionItem.project_id, ActionItem.assigned_on, ActionItem.done_on, *deadlines).where(
        ActionItem.project_id.in_(ids),
        ActionItem.assigned_on <= ends[-1],
        or_(ActionItem.done_on.is_(None), ActionItem.done_on > ends[0]),
    )
    return frozenset(
        (key, month)
        for key, assigned_on, done_on, *deadline in session.execute(rows)
        for month, day, deadline_on in zip(months, ends, deadline, strict=True)
        if assigned_on <= day and (done_on is None or done_on > day) and deadline_on <= basis.calendar.overdue_from(day)
    )


# ------------------------------------------------------------------------------------------------------ set by hand, letters


def overrides(
    session: Session, basis: Basis, ids: Collection[int], year: int
) -> Mapping[tuple[int, Month], LightOverride]:
    """What was set by hand and holds as far as is known, by project and month; one statement."""
    known = basis.known_before
    rows = select(LightOverride).where(
        LightOverride.project_id.in_(ids), *_in_year(LightOverride.month, year), LightOverride.at < known,
        or_(LightOverride.ended_at.is_(None), LightOverride.ended_at >= known),
    )  # fmt: skip
    found = session.scalars(rows.options(joinedload(LightOverride.by)).order_by(LightOverride.id))
    return {(row.project_id, Month.of(row.month)): row for row in found}


def overrides_of(session: Session, project_id: int, year: int) -> Sequence[LightOverride]:
    """Everything that was set by hand for a project in a year, ended or not, the newest first."""
    rows = select(LightOverride).where(LightOverride.project_id == project_id, *_in_year(LightOverride.month, year))
    people = (joinedload(LightOverride.by), joinedload(LightOverride.ended_by))
    return session.scalars(rows.options(*people).order_by(LightOverride.month.desc(), LightOverride.id.desc())).all()


def open_override(session: Session, project_id: int, month: Month) -> LightOverride | None:
    """What holds for a project and month now."""
    rows = select(LightOverride).where(
        LightOverride.project_id == project_id, LightOverride.month == month.first, LightOverride.ended_at.is_(None)
    )
    return session.scalars(rows.options(joinedload(LightOverride.by))).one_or_none()


def letters(
    session: Session, ids: Collection[int], until: Month, known: Basis | None = None
) -> Sequence[SupervisionLetter]:
    """The letters about lights of some projects in the year up to a month, the oldest first; one statement."""
    rows = select(SupervisionLetter).where(
        SupervisionLetter.project_id.in_(ids), *_in_year(SupervisionLetter.month, until.year),
        SupervisionLetter.month <= until.first,
    )  # fmt: skip
    if known is not None:
        rows = rows.where(SupervisionLetter.at < known.known_before)
    return session.scalars(rows.order_by(SupervisionLetter.year, SupervisionLetter.serial)).all()


def _in_year(column: Any, year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= date(year, 1, 1), column <= date(year, 12, 31)


# ----------------------------------------------------------------------------------------------------------------- the board


@dataclass(frozen=True, slots=True)
class Row:
    """A key project as the board names it."""

    id: int
    name: str
    unit: str
    lead: str


def board(
    session: Session, actor: Actor, year: int, key_list: KeyList | None = None, unit_id: int | None = None
) -> Sequence[Row]:
    """The projects on a list of the year that the actor may see, whoever's doubles left out; one statement."""
    mine = (Listing.project_id == Project.id, Listing.year == year)
    rows = (
        select(Project.id, Project.name, Unit.short_name, func.coalesce(User.name, ""))
        .join(Unit, Unit.id == func.coalesce(Project.responsible_unit_id, Project.unit_id))
        .outerjoin(User, User.id == Project.lead_id)
        .where(
            exists(select(Listing.id).where(*mine, *((Listing.key_list == key_list,) if key_list else ()))),
            Project.duplicate_of_id.is_(None),
            policy.project_rows(actor, Act.SEE_PROJECT),
        )
        .order_by(Project.name, Project.id)
    )
    if unit_id is not None:
        rows = rows.where(Project.unit_id == unit_id)
    return [Row(*row) for row in session.execute(rows)]


def units(session: Session, actor: Actor, year: int) -> Sequence[Unit]:
    """The units whose projects stand on a list of the year, as far as the actor may see them; one statement."""
    listed = select(Project.unit_id).where(
        exists(select(Listing.id).where(Listing.project_id == Project.id, Listing.year == year)),
        policy.project_rows(actor, Act.SEE_PROJECT),
    )
    return session.scalars(select(Unit).where(Unit.id.in_(listed)).order_by(Unit.rank, Unit.id)).all()


def reported(session: Session, ids: Collection[int], year: int) -> frozenset[tuple[int, Month]]:
    """For which months a report was handed in, by project; one statement."""
    rows = select(MonthlyReport.project_id, MonthlyReport.month).where(
        MonthlyReport.project_id.in_(ids), *_in_year(MonthlyReport.month, year), MonthlyReport.state.not_in(EDITABLE)
    )
    return frozenset((key, Month.of(first)) for key, first in session.execute(rows))
