"""Action items and meetings in the briefing: as they stood at the month's end, in the sheet and in the text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crm.choices import ActionState, IssueClass, MeetingKind, Presence
from crm.choices import ActionStepKind as Step
from crm.models import ActionExtension, AgendaItem, Attendee, SupervisionLetter
from crm.queries.totals import Totals
from crm.queries.totals.basis import Basis
from crm.rules.days import Month
from reports.briefing import evidence
from reports.briefing.codec import from_json, to_json
from reports.briefing.collect import collect
from reports.briefing.facts import Section
from reports.briefing.render import render
from reports.briefing.sheets.assignments import state, summary
from reports.briefing.text import overview
from tests import factories as make
from tests.reports.sample import september

SEPTEMBER = Month(2022, 9)
OCTOBER_3 = datetime(2022, 10, 3, 2, tzinfo=UTC)


def said(briefing, section):
    """A section as printed."""
    chapter = next(chapter for chapter in overview(briefing) if chapter.section is section)
    return "".join(paragraph.text for paragraph in chapter.paragraphs)


@pytest.fixture
def read(session):
    def reading(month=SEPTEMBER):
        session.flush()
        return collect(session, month, "云湖经开区", "经发局（招商局）", make.NOW)

    return reading


@pytest.fixture
def items(session, officer, coordinator, liaison):
    """One open, one overdue, one done in time, one done late, and one that got more time only in October."""
    project, unit = make.make_project(session, "澜芯减速器", lead=officer), make.team(session, "资规局")
    early = {"assigned_on": date(2022, 9, 1)}
    made = {
        "open": make.make_action(session, project, unit, date(2022, 10, 20), **early),
        "overdue": make.make_action(
            session, project, unit, date(2022, 9, 20), helps=[make.team(session, "招商二组")], **early
        ),
        "done": make.make_action(session, project, unit, date(2022, 9, 20), done_on=date(2022, 9, 19), **early),
        "late": make.make_action(session, project, unit, date(2022, 9, 14), done_on=date(2022, 9, 19), **early),
        "extended": make.make_action(session, project, unit, date(2022, 10, 31), **early),
    }
    session.add(
        ActionExtension(
            item_id=made["extended"].id, number=1, old_deadline_on=date(2022, 9, 15), wanted_on=date(2022, 10, 31), reason="材料",
            asked_at=OCTOBER_3, asked_by_id=liaison.id, granted=True, decision="可以", decided_at=OCTOBER_3,
            decided_by_id=coordinator.id,
        )
    )  # fmt: skip
    session.add(
        SupervisionLetter(
            item_id=made["overdue"].id, year=2022, serial=4, issued_on=date(2022, 9, 26), unit_id=unit.id,
            deadline_on=date(2022, 9, 20), late_days=4, answer_by_on=date(2022, 9, 29), at=datetime(2022, 9, 26, tzinfo=UTC),
            by_id=coordinator.id,
        )
    )  # fmt: skip
    said = datetime(2022, 9, 25, tzinfo=UTC)
    doing = ActionState.DOING
    make.make_step(session, made["overdue"], Step.NOTE, doing, doing, note="九月说的", at=said)
    make.make_step(session, made["overdue"], Step.NOTE, doing, doing, note="十月说的", at=OCTOBER_3)
    return made


def by_id(briefing, items):
    rows = {row.action_item_id: row for row in briefing.assignments}
    return {name: rows.get(item.id) for name, item in items.items()}


def test_as_they_stood_at_the_months_end(read, items):
    rows = by_id(read(), items)
    assert (rows["overdue"].overdue_days, rows["overdue"].progress, rows["overdue"].note) == (
        10,
        "九月说的",
        "督办函〔2022〕第4号",
    )
    assert rows["overdue"].support_units == "招商二组"
    assert (rows["extended"].due_on, rows["extended"].overdue_days, rows["extended"].note) == (
        date(2022, 9, 15),
        15,
        "",
    )
    assert (rows["late"].late_days, rows["late"].is_done_late, rows["done"].is_done_late) == (5, True, False)
    october = by_id(read(Month(2022, 10)), items)
    assert (october["extended"].due_on, october["extended"].note) == (date(2022, 10, 31), "延期1次，原时限2022-09-15")
    assert october["overdue"].progress == "十月说的" and october["done"] is None


def test_the_sheet_the_totals_and_the_rows_agree(session, read, items):
    briefing = read()
    rows, totals = briefing.assignments, Totals(session, Basis(date(2022, 10, 20)), SEPTEMBER)
    assert totals["action_done_count"].month == sum(row.is_done for row in rows) == 2
    assert totals["action_overdue_count"].year == sum(row.is_overdue for row in rows) == 2
    assert totals["action_open_count"].year == sum(not row.is_done for row in rows) == 3
    assert totals["action_assigned_count"].month == 5


def test_what_was_late_and_made_good_stays_yellow(read, items):
    briefing = read()
    rows = by_id(briefing, items)
    assert {name: state(row).value for name, row in rows.items()} == {
        "open": "办理中", "overdue": "超期", "done": "已办结", "late": "逾期办结", "extended": "超期",
    }  # fmt: skip
    assert state(rows["late"]).look.name == "STATE_YELLOW"
    assert summary(briefing.assignments) == "合计（5项：已办结2（逾期办结1）、办理中1、超期2；按期办结率25.0%）"
    text = said(briefing, Section.PROBLEMS)
    assert "已办结2项（其中逾期办结1项）、办理中1项、超期2项" in text
    shown = evidence.behind(briefing, "assignments_done_late")
    assert len(shown.rows) == 1


@pytest.fixture
def meetings(session, officer):
    first, second = (make.make_project(session, name, lead=officer) for name in ("澜芯减速器", "新安电器"))
    hidden = make.make_project(session, "涉密", lead=officer, is_secret=True)
    at = datetime(2022, 9, 14, 1, tzinfo=UTC)
    meeting = make.make_meeting(session, first, second, title="用地协调会", at=at)
    closed = make.make_meeting(session, first, hidden, title="涉密协调会", kind=MeetingKind.HUDDLE, at=at)
    make.make_meeting(session, title="八月碰头会", kind=MeetingKind.HUDDLE, at=datetime(2022, 8, 14, 1, tzinfo=UTC))
    for point in session.query(AgendaItem).order_by(AgendaItem.id):
        point.conclusion, point.issue_class = f"议定{point.id}", IssueClass.LAND
    for presence in (Presence.PRESENT, Presence.SUBSTITUTE, Presence.ABSENT, None):
        session.add(Attendee(meeting_id=meeting.id, name="来宾", presence=presence))
    return meeting, closed


def test_meetings_presence_and_what_was_decided(session, read, meetings):
    briefing = read()
    held = {row.kind: (row.month_count, row.year_count, row.invited, row.present) for row in briefing.held}
    assert held == {MeetingKind.COORDINATION: (1, 1, 3, 2), MeetingKind.HUDDLE: (1, 2, 0, 0)}
    counted = Totals(session, Basis(date(2022, 10, 20)), SEPTEMBER)["coordination_meeting_count"]
    assert (counted.month, counted.year) == (2, 3)
    assert [(row.project, row.meeting) for row in briefing.decisions] == [
        ("澜芯减速器", "用地协调会"), ("新安电器", "用地协调会"), ("澜芯减速器", ""),
    ]  # fmt: skip
    text = said(briefing, Section.MEETINGS)
    assert "本月召开会议2次（协调会1次、碰头会1次），应到3人次、实到2人次，就2个项目议定3项。" in text
    assert len(evidence.behind(briefing, "decisions").rows) == 3
    assert [row.name for row in evidence.behind(briefing, "held", "huddle").rows] == ["碰头会"]


def test_statements_do_not_grow(session, read, items, meetings, count_queries):
    read()
    with count_queries() as few:
        read()
    project, unit = make.make_project(session), make.team(session, "资规局")
    for _ in range(20):
        make.make_action(
            session,
            project,
            unit,
            date(2022, 9, 20),
            assigned_on=date(2022, 9, 1),
            helps=[make.team(session, "招商二组")],
        )
        point = AgendaItem(meeting_id=meetings[0].id, project_id=make.make_project(session).id, conclusion="好")
        make.add(session, point)
    session.flush()
    with count_queries() as many:
        read()
    assert len(many) == len(few)


def test_facts_come_back_and_old_ones_are_read(read, items, meetings):
    briefing = read()
    assert from_json(to_json(briefing)) == briefing
    old = september()
    assert old.held == old.decisions == () and all(row.state is None and not row.late_days for row in old.assignments)


def test_a_month_frozen_before_says_what_it_said(read):
    """Facts without the new fields give the text and the bytes they gave before."""
    old = september()
    text = "".join(said(old, section) for section in Section)
    assert "逾期办结" not in text and "本月召开会议" not in text
    assert render(old) == render(replace(old, held=(), decisions=()))
