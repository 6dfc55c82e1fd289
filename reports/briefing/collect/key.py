"""重点项目推进情况表: every project on a list of the year, once, with what it did, what it says of itself, and its light."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from crm.choices import KeyList, ListingClass
from crm.models import MonthlyReport, SupervisionLetter
from crm.queries import lights as queries
from crm.queries.lights import Lit
from crm.queries.plans import nodes_as_of
from crm.queries.totals.registry import KEY_PROJECTS
from crm.rules import lights
from crm.rules.days import Month
from crm.rules.lights import Thresholds
from crm.rules.monthly import EDITABLE, owes
from crm.rules.plans import due_on, is_open
from reports.briefing.collect.cards import Card
from reports.briefing.collect.month import Reading
from reports.briefing.facts import DueNode, KeyProject


def key_projects(reading: Reading, thresholds: Thresholds) -> tuple[KeyProject, ...]:
    """One row a project, the highest list first, then by total investment."""
    session, basis, month = reading.session, reading.totals.basis, reading.month
    ids = [row.project_id for row in reading.rows(KEY_PROJECTS, reading.totals.in_year)]
    lit, cards = queries.lit(session, basis, ids, month, thresholds), reading.cards(ids)
    sent: dict[int, list[SupervisionLetter]] = {}
    for letter in queries.letters(session, ids, month, basis):
        assert letter.project_id is not None  # asked by it
        sent.setdefault(letter.project_id, []).append(letter)
    standing = {number: lit[number][-1] for number in ids}
    made = [
        _key_project(reading, cards[number], found, number, sent.get(number, ()))
        for number, found in standing.items()
        if found is not None
    ]
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


def _key_project(
    reading: Reading, card: Card, found: Lit, number: int, letters: Sequence[SupervisionLetter]
) -> KeyProject:
    totals, month, placed = reading.totals, reading.month, found.placed
    plan, standing = placed.plan, placed.standing
    report, made = reading.reports.get(number), found.override
    reported = _is_reported(report, found, month)
    month_yuan = reading.completed_yuan(number, totals.in_month)
    words = None if card.is_secret else report
    finish_on = (plan.planned_finish_on if plan else None) or card.planned_finish_on
    return KeyProject(
        project_id=card.project_id,
        name=card.name,
        key=number,
        lists=placed.lists,
        due_share=placed.due_share,
        has_own_curve=bool(plan and plan.month_yuan),
        builder=card.investor,
        industry=card.industry,
        industry_group=card.industry_group,
        area=card.area,
        site=card.site,
        content=card.content,
        total_yuan=card.total_yuan,
        foreign_usd=card.foreign_usd,
        built_from=(standing.started_on or standing.planned_start_on or month.first).year,
        built_to=finish_on.year if finish_on else None,
        plan_yuan=plan.planned_yuan if plan else None,
        month_yuan=month_yuan if reported or month_yuan else None,
        done_yuan=placed.done_yuan,
        since_start_yuan=reading.completed_yuan(number, reading.so_far),
        last_year_yuan=reading.completed_yuan(number, totals.in_last_year) or None,
        planned_start_on=standing.planned_start_on,
        started_on=standing.started_on,
        goal="" if card.is_secret or not plan else plan.goal,
        progress=words.progress if words else "",
        problem=words.problem if words else "",
        request=words.request if words else "",
        next_plan=words.next_plan if words else "",
        light=found.light,
        light_reasons=found.verdict.reasons,
        system_light=found.verdict.light if made else None,
        light_note="" if card.is_secret or not made else made.reason,
        light_by=made.by.name if made else "",
        reported=reported,
        supervision=_supervision(letters, month, totals.basis.as_of),
        leader=card.leader,
        unit=card.unit,
        person=card.officer,
        note="、".join(kind.label for kind in placed.classes if kind is not ListingClass.NEW),
        code=card.code,
        capital=card.capital,
        origin=card.origin,
        fixed_yuan=card.fixed_yuan,
        planned_finish_on=card.planned_finish_on,
        planned_production_on=card.planned_production_on,
    )


def _is_reported(report: MonthlyReport | None, found: Lit, month: Month) -> bool:
    """A draft is no report, nor is what was given back."""
    standing = found.placed.standing
    owed = owes(standing.planned_start_on, standing.started_on, month)
    return not owed or (report is not None and report.state not in EDITABLE)


def _supervision(letters: Sequence[SupervisionLetter], month: Month, as_of: date) -> str:
    """What is said of the newest letter: of this month's, or of an earlier one while its plan is awaited."""
    day = min(month.last, as_of)
    told = [row for row in letters if row.month == month.first or row.answered_on is None or row.answered_on > day]
    return lights.letter_words(told[-1].answer_by_on, told[-1].answered_on, as_of) if told else ""
