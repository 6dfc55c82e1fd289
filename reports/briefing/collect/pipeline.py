"""在谈项目情况表, and the projects that wait: signed but not started, started but not producing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from crm.choices import ActivityState, Light, SourceChannel, Stage
from crm.models import Activity, ActivityProject, Contract
from crm.rules import lights
from crm.rules.days import start_of
from crm.rules.lights import Thresholds
from reports.briefing.collect.cards import Card
from reports.briefing.collect.month import Counted, Reading
from reports.briefing.facts import KeyProject, Negotiation, Outlook, Queue, Waiting

PRINTED = 10  # of each queue; its count and sum cover all
LIKELY_PERCENT = 70
SOON = timedelta(days=60)
BIG_YUAN = 500_000_000


def negotiations(reading: Reading) -> tuple[Negotiation, ...]:
    """Projects that stood in 在谈 or 评审 at the month's end, the largest first."""
    talking = {
        number: stage
        for number, (stage, _since) in reading.stages.items()
        if stage in (Stage.NEGOTIATION, Stage.REVIEW)
    }
    cards, words = reading.cards(talking), _last_words(reading, talking)
    entered = reading.arrived_at(Stage.NEGOTIATION)
    rows = [
        Negotiation(
            project_id=card.project_id,
            name=card.name,
            key=number,
            investor=card.investor,
            fixed_yuan=card.fixed_yuan or card.total_yuan,
            profile=card.profile,
            content=card.content,
            site=card.site,
            contact=card.contact,
            phone=card.phone,
            area=card.area,
            progress="" if card.is_secret else words.get(number, ""),
            category="人才类" if card.channel is SourceChannel.TALENT else "产业类",
            outlook=outlook(card, talking[number], reading.month.last),
            is_new=number in entered and entered[number] in reading.totals.in_month,
            code=card.code,
            capital=card.capital,
            origin=card.origin,
            industry=card.industry,
            total_yuan=card.total_yuan,
            unit=card.unit,
            officer=card.officer,
            expected_sign_on=card.expected_sign_on,
        )
        for number, card in cards.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-(row.fixed_yuan or 0), row.name)))


def outlook(card: Card, stage: Stage, on: date) -> Outlook:
    """研判结果: 拟签约 under review with its signing near, 待研判 without a judgement, 优先 where it is likely or big."""
    if stage is Stage.REVIEW and card.expected_sign_on and card.expected_sign_on <= on + SOON:
        return Outlook.TO_SIGN
    if not card.judgement and not card.is_secret:
        return Outlook.PENDING
    if (card.confidence_percent or 0) >= LIKELY_PERCENT or (card.total_yuan or 0) >= BIG_YUAN:
        return Outlook.PRIORITY
    return Outlook.FOLLOW


def _last_words(reading: Reading, ids: Mapping[int, Stage]) -> dict[int, str]:
    """What was said in each project's last touchpoint of the time; one statement."""
    newest = (
        select(
            ActivityProject.project_id,
            Activity.summary,
            func.row_number()
            .over(partition_by=ActivityProject.project_id, order_by=(Activity.happened_at.desc(), Activity.id.desc()))
            .label("place"),
        )
        .join(Activity, Activity.id == ActivityProject.activity_id)
        .where(
            ActivityProject.project_id.in_(ids),
            Activity.state == ActivityState.DONE,
            Activity.happened_at < start_of(reading.month.after),
        )
        .subquery()
    )
    found = reading.session.execute(select(newest.c.project_id, newest.c.summary).where(newest.c.place == 1))
    return {row.project_id: row.summary for row in found}


# ------------------------------------------------------------------------------------------------------------- who waits


def not_started(reading: Reading, thresholds: Thresholds) -> Queue:
    """Signed, registered or in preparation: days since signing against the start the contract promised."""
    waiting, signed = _standing(reading, Stage.SIGNED, Stage.PREPARATION), _signed(reading)
    largest = _largest(waiting)
    promised, cards = _promised(reading, largest), reading.cards(largest)
    rows = []
    for number in largest:
        card, first = cards[number], signed.get(number)
        due = (promised[number].promised_start_on if number in promised else None) or card.planned_start_on
        late = lights.start_overdue_days(due, None, reading.month.last)
        stage, since = reading.stages[number]
        since = first.on if first else since
        light = lights.ageing_light(late, thresholds)
        rows.append(_waiting(reading, number, card, since, due, light, step=stage.label))
    return _queue(waiting, rows)


def not_producing(reading: Reading, thresholds: Thresholds, key_projects: Sequence[KeyProject]) -> Queue:
    """Started or finished: days since the start against the production the contract promised. A key project bears its own light,
    another one that of its delay."""
    waiting, starts = _standing(reading, Stage.STARTED, Stage.FINISHED), reading.arrived_at(Stage.STARTED)
    largest = _largest(waiting)
    promised, cards = _promised(reading, largest), reading.cards(largest)
    lit = {row.key: row.light for row in key_projects if row.light is not Light.NONE}
    rows = []
    for number in largest:
        card = cards[number]
        due = (promised[number].promised_production_on if number in promised else None) or card.planned_production_on
        late = max(0, (reading.month.last - due).days) if due else 0
        since = starts.get(number, reading.stages[number][1])
        light = lit.get(number) or lights.ageing_light(late, thresholds)
        done = reading.completed_yuan(number, reading.so_far) or None  # nobody reports it of a project on no list
        rows.append(_waiting(reading, number, card, since, due, light, done_yuan=done))
    return _queue(waiting, rows)


def _standing(reading: Reading, first: Stage, last: Stage) -> list[Counted]:
    return [row for row in reading.standing if first <= reading.stages[row.project_id][0] <= last]


def _largest(waiting: Sequence[Counted]) -> list[int]:
    """The projects to print: only they are read in full."""
    ranked = sorted(waiting, key=lambda row: (-(row.yuan or 0), row.on, row.project_id))
    return [row.project_id for row in ranked[:PRINTED]]


def _signed(reading: Reading) -> dict[int, Counted]:
    found: dict[int, Counted] = {}
    for row in reading.contracts:
        if row.counts:
            found.setdefault(row.project_id, row)
    return found


def _promised(reading: Reading, ids: Sequence[int]) -> dict[int, Contract]:
    """The first formal contract of each project, for what it promised."""
    wanted = set(ids)
    counted = [row.id for row in reading.contracts if row.counts and row.project_id in wanted]
    found = reading.session.scalars(select(Contract).where(Contract.id.in_(counted)))
    return {contract.project_id: contract for contract in found}


def _waiting(
    reading: Reading, number: int, card: Card, since: date, due: date | None, light: Light,
    *, step: str = "", done_yuan: int | None = None,
) -> Waiting:  # fmt: skip
    report = None if card.is_secret else reading.latest_words.get(number)
    said = (report.problem, report.progress) if report else ("", "")
    words = said if step else said[::-1]
    asked = "；".join(part for part in (report.problem, report.request) if part) if report and not step else ""
    return Waiting(
        project_id=card.project_id,
        name=card.name,
        since_on=since,
        investor=card.investor,
        industry=card.industry,
        total_yuan=card.total_yuan,
        due_on=due,
        step=step,
        done_yuan=done_yuan,
        state=next((text for text in words if text), ""),
        measures=asked or (report.next_plan if report else ""),
        unit=card.unit,
        person=card.officer,
        light=light,
        code=card.code,
        area=card.area,
        capital=card.capital,
        origin=card.origin,
    )


def _queue(waiting: Sequence[Counted], rows: Sequence[Waiting]) -> Queue:
    """All that wait in number and sum, the largest of them one by one."""
    return Queue(len(waiting), sum(row.yuan or 0 for row in waiting), tuple(rows))
