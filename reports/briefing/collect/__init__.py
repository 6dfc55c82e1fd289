"""Database to facts: everything the briefing of a month says, read once, from history up to the month's end.

matrix      figures, slices, months        cards     what a row says of its project, masked where it is secret
key         key projects with their lights contracts signed, frameworks, losses
pipeline    in negotiation, waiting        work      action items, touchpoints, outings
ledger      the rows that make the figures adjustments what differs from the last issue

Figures come from crm.queries.totals alone. Two times are kept apart: the days of the month say what belongs to it, `now` says
what is known. A signing of 28 September that is verified on 3 October belongs to September.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.queries import briefings, settings
from crm.queries.totals import Totals
from crm.rules.days import Month, day_of
from crm.rules.settings import Settings
from reports.briefing.codec import from_json
from reports.briefing.collect import adjustments, contracts, key, ledger, matrix, meetings, pipeline, work
from reports.briefing.collect.month import Reading
from reports.briefing.facts import Briefing, Office, Previous, Remark

__all__ = ["collect", "office_of"]


def office_of(zone: str, bureau: str, values: Settings) -> Office:
    """Who reports, by the configuration's names and the office's settings; the telephone stays out of what circulates."""
    return Office(
        zone=zone,
        bureau=bureau.removeprefix(zone),
        head=values.briefing_head,
        reviewer=values.briefing_reviewer,
        compiler=values.briefing_compiler,
        phone=values.briefing_phone,
        recipients=values.briefing_recipients,
    )


def collect(
    session: Session, month: Month, zone: str, bureau: str, now: datetime, *, is_demo: bool = False, version: str = ""
) -> Briefing:
    """The facts of the month as known now, in a fixed number of statements. Secret projects are counted and masked."""
    values, issue = settings.current(session), briefings.issued_before(session, month)
    issued = from_json(issue.facts) if issue else None
    totals = Totals(session, settings.basis(session, day_of(now)), month)
    reading = Reading(session, totals)
    rows = ledger.entries(reading, adjustments.first_day(issued) if issued else totals.in_last_year.first)
    entries = ledger.of_two_years(rows, reading)
    closed = work.closed_meetings(reading)
    key_rows = key.key_projects(reading, values.thresholds)
    return Briefing(
        month=month,
        frozen_at=now,
        sums_follow_plans=True,
        office=office_of(zone, bureau, values),
        is_demo=is_demo,
        thresholds=values.thresholds,
        totals=matrix.totals(reading),
        lines=matrix.lines(reading),
        arrived_yuan=matrix.measure(totals["arrived_yuan"]),
        months=matrix.months(reading),
        by_industry=matrix.parts(reading, "industry"),
        by_origin=matrix.parts(reading, "origin"),
        by_capital=matrix.parts(reading, "capital"),
        by_area=matrix.parts(reading, "area"),
        by_team=matrix.teams(reading),
        key_projects=key_rows,
        signed=contracts.signed(reading),
        frameworks=contracts.frameworks(reading),
        negotiations=pipeline.negotiations(reading),
        not_started=pipeline.not_started(reading, values.thresholds),
        not_producing=pipeline.not_producing(reading, values.thresholds),
        assignments=work.assignments(reading, closed),
        held=meetings.held(reading),
        decisions=meetings.decisions(reading, closed),
        nodes=key.due_nodes(reading, key_rows),
        touches=work.touches(reading),
        outings=work.outings(reading),
        trip_cities=totals.trip_cities,
        rates=contracts.rates(reading),
        entries=entries,
        named=ledger.named(reading, entries),
        previous=Previous(issued.month, issue.number or 0, issue.issued_on or issued.month.last)
        if issue and issued
        else None,
        adjustments=adjustments.adjustments(reading, issued, rows, values.thresholds) if issued else (),
        withdrawals=contracts.withdrawals(reading),
        unverified=matrix.unverified(reading),
        list_sets=matrix.list_sets(reading),
        left_out=matrix.left_out(reading),
        relocated=contracts.relocated(reading),
        converted=matrix.foreign(reading),
        remarks=tuple(Remark(typed.section, typed.text) for typed in briefings.remarks(session, month)),
        version=version,
    )
