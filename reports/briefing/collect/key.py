"""重点项目推进情况表: every project on a list of the year, once, with what it did, what it says of itself, and its light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select

from crm.choices import KeyList, ListingClass
from crm.models import ActionItem, AnnualPlan, Listing, MonthlyReport, Project
from crm.queries.action_items import deadline_as_of
from crm.queries.plans import in_force, nodes_as_of
from crm.queries.totals.listed import on_list, planned_start_on, started_on
from crm.queries.totals.registry import KEY_PROJECTS
from crm.rules import lights
from crm.rules.days import Month
from crm.rules.lights import Thresholds
from crm.rules.monthly import EDITABLE, owes
from crm.rules.plans import due_on, is_open
from crm.rules.schedule import deviation_points, schedule_share
from reports.briefing.collect.cards import Card
from reports.briefing.collect.month import Reading
from reports.briefing.facts import DueNode, KeyProject


@dataclass(frozen=True, slots=True)
class Year:
    """What the year's lists and plans say of a project."""

    lists: tuple[KeyList, ...] = ()
    classes: tuple[ListingClass, ...] = ()
    plan: AnnualPlan | None = None
    planned_start_on: date | None = None
    started_on: date | None = None
    has_red_action: bool = False

    def due_share(self, month: Month) -> Fraction:
        """序时进度: the project's own curve where its plan has one, else n/12."""
        return schedule_share(month.number, self.plan.month_yuan if self.plan else None)


def key_projects(reading: Reading, thresholds: Thresholds) -> tuple[KeyProject, ...]:
    """One row a project, the highest list first, then by total investment."""
    rows = reading.rows(KEY_PROJECTS, reading.totals.in_year)
    ids = [row.project_id for row in rows]
    years, cards = _years(reading, ids), reading.cards(ids)
    made = [_key_project(reading, cards[number], years[number], number, thresholds) for number in ids]
    ranks = list(KeyList)
    return tuple(sorted(made, key=lambda row: (min(map(ranks.index, row.lists)), -(row.total_yuan or 0), row.name)))


def due_nodes(reading: Reading, rows: Sequence[KeyProject]) -> tuple[DueNode, ...]:
    """What is to be reached next month by the plans, as far as it was known; one statement."""
    after = reading.month.shifted(1)
    shown = {row.key: row for row in rows if row.project_id is not None}
    found = nodes_as_of(
        reading.session, list(shown), {reading.month.year, after.year}, reading.totals.basis.known_before
    )
    due = [
        DueNode(project=shown[node.project_id].name, name=node.name, due_on=on, planned_on=planned,
                project_id=node.project_id)
        for node in found
        if is_open(node.days) and (on := due_on(node.days)) and (planned := node.days.planned_on) and Month.of(on) == after
    ]  # fmt: skip
    return tuple(sorted(due, key=lambda node: (node.due_on, node.project, node.name)))


def _years(reading: Reading, ids: Sequence[int]) -> Mapping[int, Year]:
    """Five statements for all of them: lists, plans, starts, and the action items that are overdue."""
    session, basis, last = reading.session, reading.totals.basis, reading.month.last
    listings: dict[int, list[Listing]] = {number: [] for number in ids}
    for listing in session.scalars(select(Listing).where(Listing.project_id.in_(ids), on_list(last))):
        listings[listing.project_id].append(listing)
    plans = in_force(session, ids, last.year, basis.known_before)
    days = select(Project.id, planned_start_on(basis, last), started_on(basis, last)).where(Project.id.in_(ids))
    late = select(ActionItem.project_id).where(
        ActionItem.project_id.in_(ids),
        deadline_as_of(last) <= basis.calendar.overdue_from(last),
        (ActionItem.done_on.is_(None)) | (ActionItem.done_on > last),
        ActionItem.assigned_on <= last,
    )
    red = frozenset(session.scalars(late))
    ranks = list(KeyList)
    return {
        number: Year(
            tuple(sorted((listing.key_list for listing in listings[number]), key=ranks.index)),
            tuple({listing.listing_class: None for listing in listings[number]}),
            plans.get(number),
            planned,
            started,
            number in red,
        )
        for number, planned, started in session.execute(days)
    }


def _key_project(reading: Reading, card: Card, year: Year, number: int, thresholds: Thresholds) -> KeyProject:
    totals, month = reading.totals, reading.month
    due = year.due_share(month)
    plan_yuan = year.plan.planned_yuan if year.plan else None
    done_yuan = reading.completed_yuan(number, totals.in_year)
    verdict = lights.light(
        deviation_points=deviation_points(done_yuan, plan_yuan, due),
        planned_start_on=year.planned_start_on,
        started_on=year.started_on,
        cut_off_on=month.last,
        has_red_action=year.has_red_action,
        thresholds=thresholds,
    )
    report = reading.reports.get(number)
    reported = _is_reported(report, year, month)
    month_yuan = reading.completed_yuan(number, totals.in_month)
    words = None if card.is_secret else report
    finish_on = (year.plan.planned_finish_on if year.plan else None) or card.planned_finish_on
    return KeyProject(
        project_id=card.project_id,
        name=card.name,
        key=number,
        lists=year.lists,
        due_share=due,
        has_own_curve=bool(year.plan and year.plan.month_yuan),
        builder=card.investor,
        industry=card.industry,
        industry_group=card.industry_group,
        area=card.area,
        site=card.site,
        content=card.content,
        total_yuan=card.total_yuan,
        foreign_usd=card.foreign_usd,
        built_from=(year.started_on or year.planned_start_on or month.first).year,
        built_to=finish_on.year if finish_on else None,
        plan_yuan=plan_yuan,
        month_yuan=month_yuan if reported or month_yuan else None,
        done_yuan=done_yuan,
        since_start_yuan=reading.completed_yuan(number, reading.so_far),
        last_year_yuan=reading.completed_yuan(number, totals.in_last_year) or None,
        planned_start_on=year.planned_start_on,
        started_on=year.started_on,
        goal="" if card.is_secret or not year.plan else year.plan.goal,
        progress=words.progress if words else "",
        problem=words.problem if words else "",
        request=words.request if words else "",
        next_plan=words.next_plan if words else "",
        light=verdict.light,
        light_reasons=verdict.reasons,
        reported=reported,
        leader=card.leader,
        unit=card.unit,
        person=card.officer,
        note="、".join(kind.label for kind in year.classes if kind is not ListingClass.NEW),
        code=card.code,
        capital=card.capital,
        origin=card.origin,
        fixed_yuan=card.fixed_yuan,
        planned_finish_on=card.planned_finish_on,
        planned_production_on=card.planned_production_on,
    )


def _is_reported(report: MonthlyReport | None, year: Year, month: Month) -> bool:
    """A draft is no report, nor is what was given back."""
    owed = owes(year.planned_start_on, year.started_on, month)
    return not owed or (report is not None and report.state not in EDITABLE)
