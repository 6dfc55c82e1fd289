"""Verifying, giving back, reversing: what makes a claim count, and who decides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from crm.actions import claims, lifecycle, verdicts
from crm.choices import ClaimKind, ClaimState, LossReason, Stage, Status
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.extensions import db
from crm.models import Claim, Project, User
from crm.queries import claims as queries
from crm.queries.people import actor_of
from crm.rules.statuses import StatusDraft
from tests import factories as make
from tests.actions.ready import SIGNING, loaded, make_ready, report


@pytest.fixture
def project(session, officer):
    return make_ready(session, officer)


@pytest.fixture
def claim(session, acting, officer, project, tmp_path, now):
    return claims.report_signing(session, acting(officer), project, SIGNING, report(tmp_path), now)


def test_verifying_moves_the_project_to_the_day_it_happened(session, acting, statistician, project, claim, now):
    verdicts.verify(session, acting(statistician), claim, now)
    assert (claim.state, claim.verified_by_id, claim.verified_at) == (ClaimState.VERIFIED, statistician.id, now)
    assert (project.stage, project.stage_since_on) == (Stage.SIGNED, date(2022, 10, 12))


@pytest.mark.parametrize("login", ["officer", "team_lead", "coordinator", "leader", "agent", "auditor", "admin"])
def test_only_the_statistician_verifies(session, acting, claim, now, login):
    with pytest.raises(NotAllowed):
        verdicts.verify(session, acting(make.person(session, login)), claim, now)


def test_nobody_verifies_his_own(session, acting, statistician, claim, now):
    claim.reported_by_id = statistician.id
    with pytest.raises(NotAllowed, match="不能核定自己提交的内容"):
        verdicts.verify(session, acting(statistician), claim, now)


def test_a_secret_project_is_verified_by_the_named_only(session, acting, statistician, project, claim, now):
    project.is_secret = True
    with pytest.raises(NotAllowed):
        verdicts.verify(session, acting(statistician), claim, now)


def test_giving_back_needs_a_reason_and_nothing_moves(session, acting, statistician, project, claim, now):
    with pytest.raises(RuleBroken):
        verdicts.give_back(session, acting(statistician), claim, "", now)
    verdicts.give_back(session, acting(statistician), claim, "合同页不全", now)
    assert (claim.state, claim.reason, project.stage) == (ClaimState.RETURNED, "合同页不全", Stage.REVIEW)


@pytest.mark.parametrize("decision", ["verify", "give_back"])
def test_the_second_verifier_is_told_who_was_first(
    session, acting, statistician, second_statistician, claim, decision, now
):
    verdicts.verify(session, acting(statistician), claim, now)
    again = {
        "verify": lambda: verdicts.verify(session, acting(second_statistician), claim, now),
        "give_back": lambda: verdicts.give_back(session, acting(second_statistician), claim, "x", now),
    }[decision]
    with pytest.raises(Clash, match=f"{statistician.name}于 2022-10-20 处理，现在已核定"):
        again()


def test_reversing_takes_the_stage_back_and_keeps_what_was(session, acting, statistician, project, claim, now):
    verdicts.verify(session, acting(statistician), claim, now)
    later = now + timedelta(days=40)
    with pytest.raises(RuleBroken):
        verdicts.reverse(session, acting(statistician), claim, "", later)
    verdicts.reverse(session, acting(statistician), claim, "合同解除", later)
    assert (claim.state, claim.verified_at, claim.reversed_at) == (ClaimState.REVERSED, now, later)
    assert project.stage is Stage.REVIEW


def test_reversing_does_not_pull_back_a_project_that_has_gone_further(session, acting, statistician, officer, now):
    project = make_ready(session, officer)
    signing = make.sign(session, project, on=date(2022, 3, 1))
    make.reach(session, project, Stage.STARTED, date(2022, 6, 1))
    session.commit()
    fetched = session.scalars(queries.visible_to(acting(statistician)).where(Claim.id == signing.id)).one()
    verdicts.reverse(session, acting(statistician), fetched, "重复登记", now)
    assert session.get(Project, project.id).stage is Stage.STARTED


def test_after_reversing_it_can_be_reported_anew(session, acting, officer, statistician, project, claim, tmp_path, now):
    verdicts.verify(session, acting(statistician), claim, now)
    verdicts.reverse(session, acting(statistician), claim, "金额有误", now)
    assert claims.report_signing(session, acting(officer), loaded(session, project), SIGNING, report(tmp_path), now)


def test_two_claims_of_a_counted_stage_do_not_both_count(session, acting, statistician, project, claim, now):
    other = make.make_claim(session, project, ClaimKind.SIGNING, state=ClaimState.REPORTED)
    session.flush()
    verdicts.verify(session, acting(statistician), claim, now)
    fetched = session.scalars(queries.visible_to(acting(statistician)).where(Claim.id == other.id)).one()
    with pytest.raises(Clash, match="已有一条核定"):
        verdicts.verify(session, acting(statistician), fetched, now)


def test_a_withdrawal_counts_once_verified_and_is_taken_back_by_reversing(
    session, acting, officer, statistician, project, now
):
    draft = StatusDraft(Status.WITHDRAWN, date(2022, 10, 19), LossReason.OTHER, "重复录入")
    change = lifecycle.change_status(session, acting(officer), project, draft, now)
    assert project.status is Status.ACTIVE
    with pytest.raises(Clash, match="“退库”已由"):
        lifecycle.change_status(session, acting(officer), project, draft, now)
    claim = session.scalars(queries.visible_to(acting(statistician)).where(Claim.id == change.claim_id)).one()
    verdicts.verify(session, acting(statistician), claim, now)
    assert project.status is Status.WITHDRAWN
    verdicts.reverse(session, acting(statistician), claim, "不是重复", now)
    assert project.status is Status.ACTIVE


def test_of_two_who_verify_at_once_exactly_one_does(
    app, session, acting, statistician, second_statistician, claim, now
):
    """Two real transactions: whoever comes second waits for the lock and then sees that it is done."""
    session.commit()
    key, people = claim.id, (statistician.id, second_statistician.id)
    session.rollback()  # the test itself must hold nothing
    gate = Barrier(2, timeout=60)

    def attempt(user_id: int) -> str:
        with app.app_context():
            mine = db.session()
            user = mine.get(User, user_id)
            actor = actor_of(mine, user)
            mine.rollback()  # so that the transaction begins after the barrier
            gate.wait(10)
            try:
                fetched = mine.scalars(queries.visible_to(actor).where(Claim.id == key)).one()
                verdicts.verify(mine, actor, fetched, now)
                mine.commit()
            except Clash:
                mine.rollback()
                return "clash"
            return "verified"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["clash", "verified"]
    verified = session.execute(select(Claim.state, Claim.verified_by_id).where(Claim.id == key)).one()
    assert verified.state is ClaimState.VERIFIED
    assert verified.verified_by_id in people
