"""The way of a briefing: checked, issued once, never changed; whoever tries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from crm.actions import briefings as actions
from crm.actions.briefings import Bound, Frozen
from crm.choices import BriefingSection, BriefingState
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.guards import Fixed
from crm.models import AuditEvent, BriefingIssue, BriefingRemark, User
from crm.queries import briefings as queries
from crm.rules.days import Month

AUGUST, SEPTEMBER = Month(2022, 8), Month(2022, 9)
FACTS = Frozen('{"schema": 1}', {"signed_count": 62})


def bind(numbered):
    return Bound(f"第{numbered.number}期 {numbered.checker} {numbered.signer} {numbered.facts}", "ab" * 32, 7)


@pytest.fixture
def checked(session, acting, statistician, now):
    """September, checked by the statistician."""
    row = actions.check(session, acting(statistician), SEPTEMBER, FACTS, now)
    session.commit()
    return row


def test_a_leader_issues_what_was_checked(session, acting, checked, statistician, leader, now):
    row = actions.issue(session, acting(leader), SEPTEMBER, leader, bind, now)
    session.commit()
    assert (row.state, row.number, row.total_number, row.issued_on) == (BriefingState.ISSUED, 1, 1, date(2022, 10, 20))
    assert (row.checked_by_id, row.signer_id, row.issued_by_id) == (statistician.id, leader.id, leader.id)
    assert row.facts == f"第1期 {statistician.name} {leader.name} {FACTS.facts}"
    assert queries.issued_figures(session, SEPTEMBER) == {"signed_count": 62}
    assert session.query(AuditEvent).filter_by(kind="briefing_issue").count() == 1


def test_the_statistician_enters_a_signature_given_on_paper(session, acting, checked, statistician, leader, now):
    row = actions.issue(session, acting(statistician), SEPTEMBER, leader, bind, now, number=9)
    assert (row.signer_id, row.issued_by_id, row.number, row.total_number) == (leader.id, statistician.id, 9, None)


@pytest.mark.parametrize(
    "login", ["officer", "team_lead", "coordinator", "agent", "liaison", "leader", "admin", "auditor"]
)
def test_only_the_statistician_checks(session, acting, login, now):
    user = session.query(User).filter_by(login=login).one()
    with pytest.raises(NotAllowed):
        actions.check(session, acting(user), SEPTEMBER, FACTS, now)


def test_only_a_leader_signs_and_not_in_anothers_name(
    session, acting, checked, officer, statistician, leader, admin, now
):
    for actor, signer in ((statistician, statistician), (officer, leader), (admin, leader), (statistician, officer)):
        with pytest.raises(NotAllowed):
            actions.issue(session, acting(actor), SEPTEMBER, signer, bind, now)


def test_order_draft_checked_issued(session, acting, statistician, leader, now):
    keeper, signs = acting(statistician), acting(leader)
    with pytest.raises(Clash, match="还没有核对"):
        actions.issue(session, signs, SEPTEMBER, leader, bind, now)
    actions.check(session, keeper, SEPTEMBER, FACTS, now)
    with pytest.raises(Clash, match="退回草稿"):
        actions.check(session, keeper, SEPTEMBER, FACTS, now)
    with pytest.raises(Clash, match="退回草稿"):
        actions.remark(session, keeper, SEPTEMBER, BriefingSection.NEXT, "盯牢土地。", now)
    row = actions.reopen(session, keeper, SEPTEMBER, now)
    assert (row.state, row.facts, row.checked_by_id) == (BriefingState.DRAFT, "", None)
    actions.check(session, keeper, SEPTEMBER, FACTS, now)
    actions.issue(session, signs, SEPTEMBER, leader, bind, now)
    for step in (
        lambda: actions.check(session, keeper, SEPTEMBER, FACTS, now),
        lambda: actions.reopen(session, keeper, SEPTEMBER, now),
        lambda: actions.issue(session, signs, SEPTEMBER, leader, bind, now),
        lambda: actions.remark(session, keeper, SEPTEMBER, BriefingSection.NEXT, "盯牢土地。", now),
    ):
        with pytest.raises(Clash, match="已签发"):
            step()
    with pytest.raises(RuleBroken, match="不再补发"):
        actions.check(session, keeper, AUGUST, FACTS, now)
    with pytest.raises(RuleBroken, match="还没有结束"):
        actions.check(session, keeper, Month(2022, 10), FACTS, now)


def test_numbers_of_a_year_follow_and_begin_anew(session, acting, statistician, leader):
    numbers = []
    for month, now in (
        (Month(2022, 11), datetime(2022, 12, 3, tzinfo=UTC)),
        (Month(2022, 12), datetime(2023, 1, 4, tzinfo=UTC)),
        (Month(2023, 1), datetime(2023, 2, 3, tzinfo=UTC)),
    ):
        actions.check(session, acting(statistician), month, FACTS, now)
        numbers.append(actions.issue(session, acting(leader), month, leader, bind, now))
    assert [(row.year, row.number, row.total_number) for row in numbers] == [(2022, 1, 1), (2022, 2, 2), (2023, 1, 3)]


def test_what_is_issued_never_changes(session, acting, checked, leader, now):
    row = actions.issue(session, acting(leader), SEPTEMBER, leader, bind, now)
    session.commit()
    row.digest = "cd" * 32
    with pytest.raises(Fixed):
        session.flush()
    session.rollback()
    session.delete(session.get(BriefingIssue, row.id))
    with pytest.raises(Fixed):
        session.flush()
    session.rollback()
    with pytest.raises(DatabaseError, match="an issued briefing never changes"):
        session.execute(update(BriefingIssue).values(facts="other"))
    session.rollback()
    assert row.digest == "ab" * 32


def test_of_two_who_issue_at_once_one_does(session, acting, checked, statistician, leader, now):
    bind_to, signer_id = session.get_bind(), leader.id
    actors = [acting(statistician), acting(leader)]
    session.commit()
    start = Barrier(2, timeout=60)

    def issue(actor):
        with Session(bind_to) as own:
            signer = own.get(User, signer_id)
            own.rollback()
            start.wait()
            try:
                actions.issue(own, actor, SEPTEMBER, signer, bind, now)
                own.commit()
            except Clash as refusal:
                return refusal.message
            return ""

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(issue, actors))
    assert answers[0] == "" and "已签发" in answers[1]
    assert [row.number for row in session.query(BriefingIssue)] == [1]


def test_a_typed_paragraph_is_kept_changed_and_taken_out(session, acting, statistician, now):
    for text in ("一是抓用地。", "一是抓要素。", " "):
        actions.remark(session, acting(statistician), SEPTEMBER, BriefingSection.PROBLEMS, text, now)
        session.flush()
        assert [row.text for row in session.query(BriefingRemark)] == ([text] if text.strip() else [])
    assert session.query(AuditEvent).filter_by(kind="briefing_remark").count() == 3
