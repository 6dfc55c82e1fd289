"""The timeline: everything that happened, as far as the reader may know of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.choices import ActionState, ActivityState, ClaimState, Stage
from crm.history import Signature, sign
from crm.models import Attachment
from crm.queries.ahead import ahead, counts
from crm.queries.edits import edits
from crm.queries.timeline import PAGE, Show, Span, timeline
from tests import factories as make


@pytest.fixture
def project(session, officer):
    return make.make_project(session, lead=officer)


def kinds(session, actor, project, show=Show.ALL):
    return [entry.kind for entry in timeline(session, actor, project.id, show)[0]]


def test_all_kinds_come_in_order_of_time(session, acting, officer, statistician, project):
    make.make_move(session, project, Stage.NEGOTIATION, date(2022, 3, 1), from_stage=Stage.SCREENING)
    make.make_activity(session, project, at=datetime(2022, 4, 1, tzinfo=UTC))
    make.make_meeting(session, project, at=datetime(2022, 5, 1, tzinfo=UTC))
    make.make_action(session, project, make.team(session), entered_at=datetime(2022, 6, 1, tzinfo=UTC))
    make.sign(session, project, on=date(2022, 7, 1))
    make.lose(session, project, date(2022, 8, 1))
    sign(session, Signature(officer.id, datetime(2022, 9, 1, tzinfo=UTC)))
    project.content = "一期"
    session.flush()
    assert kinds(session, acting(officer), project) == [
        "edit", "status", "claim", "action", "meeting", "activity", "move",
    ]  # fmt: skip
    assert kinds(session, acting(officer), project, Show.STAGES) == ["status", "claim", "move"]


def test_a_claim_is_one_entry_at_the_last_thing_that_became_of_it(session, acting, officer, statistician, project, now):
    claim = make.sign(session, project, on=date(2022, 9, 1), amount=300_000_000)
    draft = make.make_claim(session, project, state=ClaimState.DRAFT)

    def only():
        (entry,) = timeline(session, acting(officer), project.id, Show.STAGES)[0]
        return entry.at, entry.by, entry.yuan

    assert only() == (claim.verified_at, statistician.name, 300_000_000)
    claim.state, claim.reversed_at, claim.reversed_by_id = ClaimState.REVERSED, now, officer.id
    session.flush()
    assert only() == (now, officer.name, 300_000_000)
    assert draft.state is ClaimState.DRAFT


def test_what_touches_a_secret_project_is_not_told(session, acting, officer, other_officer, project):
    secret = make.make_project(session, lead=other_officer, is_secret=True)
    make.make_activity(session, project, secret, by=other_officer)
    make.make_meeting(session, project, secret)
    seen = counts(session, acting(officer), project.id, date(2022, 10, 20))
    assert kinds(session, acting(officer), project) == []
    assert (seen.talks, seen.meetings) == (0, 0)
    leader = acting(make.person(session, "leader"))
    assert counts(session, leader, project.id, date(2022, 10, 20)).talks == 1


def test_evidence_shows_with_its_claim_and_alone_among_the_files(session, acting, officer, project):
    claim = make.sign(session, project)
    for claim_id in (claim.id, None):
        session.add(
            Attachment(
                project_id=project.id, claim_id=claim_id, kind="contract", filename="a.pdf", media_type="x", size_bytes=1,
                digest="0", uploaded_at=make.NOW,
            )
        )  # fmt: skip
    session.flush()
    shown = [entry.row.claim_id for entry in timeline(session, acting(officer), project.id)[0] if entry.kind == "file"]
    alone = [entry.row.claim_id for entry in timeline(session, acting(officer), project.id, Show.FILES)[0]]
    assert (shown, sorted(alone, key=bool)) == ([None], [None, claim.id])


def test_older_entries_begin_where_the_page_ends(session, acting, officer, project):
    start = datetime(2022, 1, 1, tzinfo=UTC)
    for number in range(PAGE + 5):
        make.make_activity(session, project, at=start + timedelta(days=number))
    page, older = timeline(session, acting(officer), project.id)
    rest, end = timeline(session, acting(officer), project.id, span=Span(older))
    assert (len(page), len(rest), end) == (PAGE, 5, None)
    assert page[-1].at > rest[0].at


def test_what_lies_ahead(session, acting, officer, project, now):
    planned = make.make_activity(session, project, at=now + timedelta(days=1), state=ActivityState.PLANNED)
    promised = make.make_activity(session, project, next_on=date(2022, 10, 17), next_step="送测算口径")
    make.make_activity(session, project, next_on=date(2022, 10, 17), next_done_at=now)
    meeting = make.make_meeting(session, project, at=now + timedelta(hours=4), state=ActivityState.PLANNED)
    make.make_meeting(session, project)
    found = ahead(session, acting(officer), project.id)
    assert [item.id for item in found.activities] == [planned.id]
    assert [item.id for item in found.follow_ups] == [promised.id]
    assert [item.meeting_id for item in found.meetings] == [meeting.id]


def test_late_actions_are_counted_apart(session, acting, officer, project):
    for deadline, state in (
        (date(2022, 10, 19), ActionState.DOING),
        (date(2022, 10, 19), ActionState.DONE),
        (date(2022, 10, 20), ActionState.DOING),
    ):
        make.make_action(session, project, make.team(session), deadline, state=state)
    found = counts(session, acting(officer), project.id, date(2022, 10, 20))
    assert (found.actions, found.late_actions) == (3, 1)


def test_one_saving_is_one_edit_with_names_for_keys(session, acting, officer, team_lead, project, now):
    area = make.make_area(session, "石桥片区")
    session.commit()
    sign(session, Signature(officer.id, now, "r1"))
    project.area_id, project.land_mu, project.stage = area.id, 86, Stage.REVIEW
    session.flush()
    sign(session, Signature(team_lead.id, now + timedelta(hours=1), "r2"))
    project.is_relocation = True
    session.flush()
    newest, older = edits(session, acting(officer), project.id, 10)
    assert (newest.by, [(d.label, d.old, d.new) for d in newest.differences]) == (
        team_lead.name,
        [("市内平移", "否", "是")],
    )
    assert {(d.label, d.old, d.new) for d in older.differences} == {
        ("片区", "空", "石桥片区"),
        ("用地面积", "空", "86 亩"),
    }


def test_plans_and_the_moves_of_their_nodes(session, acting, officer, statistician, project):
    first = make.make_plan(session, project, approved_by_id=statistician.id, goal="主体封顶")
    second = make.make_plan(
        session, project, 150_000_000, approved_at=datetime(2022, 6, 1, tzinfo=UTC), reason="增加设备",
        approved_by_id=statistician.id, goal="主体封顶",
    )  # fmt: skip
    node = make.make_node(session, project, forecast_on=date(2022, 12, 5))
    other = make.make_plan(session, make.make_project(session, lead=officer))
    entries = timeline(session, acting(officer), project.id, Show.PLANS)[0]
    assert [(entry.kind, entry.at.month) for entry in entries] == [("plan", 6), ("node", 2), ("plan", 1)]
    changed, moved, stated = (entry.row for entry in entries)
    assert (changed.plan, stated.plan, stated.changes) == (second, first, None)
    assert [(one.label, one.old, one.new) for one in changed.changes] == [("计划投资（亿元）", "1.2", "1.5")]
    assert (moved.node_id, moved.is_new, moved.is_off) == (node.id, True, False)
    assert [(move.day.value, move.new_on) for move in moved.moves] == [
        ("planned", date(2022, 11, 20)), ("forecast", date(2022, 12, 5)),
    ]  # fmt: skip
    assert entries[0].by == statistician.name and other.id not in {entry.row.id for entry in entries}
    assert kinds(session, acting(officer), project) == ["plan", "node", "plan"]
    older = timeline(session, acting(officer), project.id, Show.PLANS, Span(entries[0].at))[0]
    assert [entry.kind for entry in older] == ["node", "plan"]


def test_every_move_of_a_node_is_reached_page_by_page(session, acting, officer, project):
    for number in range(PAGE + 5):
        make.make_node(session, project, f"节点{number}", at=datetime(2022, 2, 1, tzinfo=UTC) + timedelta(hours=number))
    page, edge = timeline(session, acting(officer), project.id, Show.PLANS)
    rest, end = timeline(session, acting(officer), project.id, Show.PLANS, Span(edge))
    assert (len(page), len(rest), end) == (PAGE, 5, None)
