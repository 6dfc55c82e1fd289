"""Reporting: one claim with the rows that will count, and nothing reported twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from crm.actions import claims as actions
from crm.actions import verdicts
from crm.actions.drafts import MoneyDraft
from crm.actions.money import Amount
from crm.choices import (
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    EvidenceKind,
    MemberRole,
    MoneyKind,
    Stage,
    Status,
)
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Attachment, Claim, Contract, ExchangeRate, MoneyEntry, StageMove
from tests import factories as make
from tests.actions.ready import SIGNING, YI, loaded, make_ready, report


@pytest.fixture
def project(session, officer):
    return make_ready(session, officer)


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def reporting(session, acting, officer, project, folder, now):
    """`reporting()` reports a signing; keywords change the draft, `r` the report."""

    def go(r=None, **changes):
        return actions.report_signing(
            session, acting(officer), loaded(session, project), replace(SIGNING, **changes), r or report(folder), now
        )

    return go


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_a_signing_is_one_claim_that_contract_money_and_move_share(session, reporting, project, officer, now):
    claim = reporting()
    contract, money, move, file = (
        session.scalars(select(model).where(model.claim_id == claim.id)).one()
        for model in (Contract, MoneyEntry, StageMove, Attachment)
    )
    assert (claim.kind, claim.state, claim.reported_by_id, claim.reported_at) == (
        ClaimKind.SIGNING, ClaimState.REPORTED, officer.id, now,
    )  # fmt: skip
    assert (contract.kind, contract.signed_on, contract.number) == (
        ContractKind.FORMAL,
        date(2022, 10, 12),
        "YH-HT-2022-031",
    )
    assert (money.kind, money.amount_yuan, money.happened_on) == (MoneyKind.CONTRACT, 3 * YI, date(2022, 10, 12))
    assert money.contract_id == contract.id
    assert (move.from_stage, move.to_stage, move.moved_on) == (Stage.REVIEW, Stage.SIGNED, date(2022, 10, 12))
    assert file.kind is EvidenceKind.CONTRACT
    assert project.stage is Stage.REVIEW, "nothing moves before it is verified"


@pytest.mark.parametrize("state", ["waiting", "verified"])
def test_a_signing_is_not_reported_twice(session, reporting, acting, statistician, project, state, now):
    claim = reporting()
    if state == "verified":
        verdicts.verify(session, acting(statistician), claim, now)
    with pytest.raises(Clash, match=r"“签约”已由.*提交，现在(待核定|已核定)，不能重复提交"):
        reporting()


def test_another_officer_is_told_who_reported(session, reporting, acting, other_officer, project, folder, now):
    make.make_member(session, project, other_officer, MemberRole.SUPPORT)
    session.commit()
    reporting()
    with pytest.raises(Clash, match=make.person(session, "officer").name):
        actions.report_signing(session, acting(other_officer), loaded(session, project), SIGNING, report(folder), now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"signed_on": date(2022, 10, 21)}, "signed_on"),
        ({"amount": None}, "amount"),
        ({"amount": Amount(35_000 * YI)}, "amount"),
        ({"fixed_yuan": 4 * YI}, "fixed_yuan"),
        ({"promised_start_on": date(2022, 1, 1)}, "promised_start_on"),
        ({"kind": ContractKind.FRAMEWORK}, "kind"),
        ({"amount": Amount(1_000_000, Currency.USD)}, "rate"),
        ({"amount": Amount(1_000_000, Currency.USD, Decimal(0))}, "rate"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(reporting, changes, field):
    with pytest.raises(RuleBroken) as refusal:
        reporting(**changes)
    assert refusal.value.field == field


def test_a_doubtful_amount_passes_once_confirmed(reporting, folder):
    claim = reporting(report(folder, confirmed=True), amount=Amount(35_000 * YI))
    assert claim.state is ClaimState.REPORTED


def test_a_scan_is_needed_but_not_for_a_draft(session, reporting, folder):
    with pytest.raises(RuleBroken) as refusal:
        reporting(report(folder, kind=None))
    assert refusal.value.field == "file"
    session.rollback()
    draft = reporting(report(folder, kind=None, as_draft=True))
    assert (draft.state, draft.reported_at) == (ClaimState.DRAFT, None)


def test_the_gate_is_asked_again_on_reporting(session, reporting, project):
    project.decision = ""
    session.commit()
    with pytest.raises(RuleBroken, match="距“签约”还差 1 项：填写评审会议编号和结论"):
        reporting()


def test_a_draft_is_replaced_by_its_report(session, reporting, folder):
    draft = reporting(report(folder, as_draft=True), number="草稿")
    claim = reporting(report(folder, kind=None, instead_of=draft), number="定稿")
    assert (count(session, Claim), count(session, Contract), count(session, MoneyEntry), count(session, StageMove)) == (
        1, 1, 1, 1,
    )  # fmt: skip
    assert session.scalars(select(Attachment.claim_id)).all() == [claim.id], "the draft's scan goes with it"


def test_a_returned_claim_is_corrected_once_and_stays(session, reporting, acting, statistician, folder, now):
    claim = reporting()
    verdicts.give_back(session, acting(statistician), claim, "合同页不全", now)
    again = reporting(report(folder, kind=None, instead_of=claim), number="更正")
    assert (claim.state, again.state, again.replaces_id) == (ClaimState.RETURNED, ClaimState.REPORTED, claim.id)
    scans = session.scalars(select(Attachment.claim_id).order_by(Attachment.id)).all()
    assert scans == [claim.id, again.id], "the evidence is carried over, the old claim keeps its own"
    verdicts.give_back(session, acting(statistician), again, "再看", now)
    with pytest.raises(Clash, match="已经改过并重新提交"):
        reporting(report(folder, instead_of=claim))


def test_a_waiting_claim_is_not_corrected(session, acting, officer, project, folder, now):
    arrival = MoneyDraft(date(2022, 10, 1), Amount(10_000_000))
    first = actions.report_arrival(session, acting(officer), project, arrival, report(folder, EvidenceKind.BANK), now)
    with pytest.raises(Clash, match="待核定，不能再改"):
        actions.report_arrival(
            session, acting(officer), project, replace(arrival, happened_on=date(2022, 10, 2)),
            report(folder, EvidenceKind.BANK, instead_of=first), now,
        )  # fmt: skip


def test_an_officer_cannot_skip_stages_and_a_team_lead_says_why(
    session, acting, officer, team_lead, project, folder, now
):
    photo = report(folder, EvidenceKind.PHOTO)
    arguments = (ClaimKind.START, date(2022, 10, 18))
    with pytest.raises(NotAllowed):
        actions.report_stage(session, acting(officer), project, *arguments, photo, now)
    session.rollback()
    project = loaded(session, project)
    with pytest.raises(RuleBroken) as refusal:
        actions.report_stage(session, acting(team_lead), project, *arguments, photo, now)
    assert refusal.value.field == "reason"
    session.rollback()
    project = loaded(session, project)
    reasoned = replace(photo, reason="技改项目，无需签约")
    claim = actions.report_stage(session, acting(team_lead), project, *arguments, reasoned, now)
    assert session.scalars(select(StageMove.reason).where(StageMove.claim_id == claim.id)).one() == "技改项目，无需签约"


def test_a_start_before_the_signing_is_refused(session, acting, officer, folder, now):
    project = make_ready(session, officer)
    make.sign(session, project, on=date(2022, 9, 15))
    project.stage = Stage.PREPARATION
    session.flush()
    photo = report(folder, EvidenceKind.PHOTO)
    with pytest.raises(RuleBroken, match="开工日期（2022-09-01）早于签约日期（2022-09-15）"):
        actions.report_stage(session, acting(officer), project, ClaimKind.START, date(2022, 9, 1), photo, now)


def test_a_supplement_waits_for_the_signing_and_may_be_negative(
    session, acting, officer, statistician, project, reporting, folder, now
):
    supplement = replace(SIGNING, kind=ContractKind.SUPPLEMENT, amount=Amount(-YI), fixed_yuan=None)
    with pytest.raises(RuleBroken) as refusal:
        actions.report_contract(session, acting(officer), project, supplement, report(folder), now)
    assert refusal.value.field == "kind"
    session.rollback()
    project = loaded(session, project)
    verdicts.verify(session, acting(statistician), reporting(), now)
    claim = actions.report_contract(session, acting(officer), project, supplement, report(folder), now)
    assert session.scalars(select(MoneyEntry.amount_yuan).where(MoneyEntry.claim_id == claim.id)).one() == -YI


def test_foreign_money_keeps_its_currency_and_the_rate_of_its_day(session, acting, officer, project, folder, now):
    session.add_all(
        ExchangeRate(currency=Currency.USD, rate_on=on, rate=Decimal(rate))
        for on, rate in ((date(2022, 9, 1), "6.8821"), (date(2022, 10, 1), "7.0992"))
    )
    session.flush()
    draft = MoneyDraft(date(2022, 9, 20), Amount(2_000_000, Currency.USD))
    claim = actions.report_arrival(session, acting(officer), project, draft, report(folder, EvidenceKind.BANK), now)
    money = session.scalars(select(MoneyEntry).where(MoneyEntry.claim_id == claim.id)).one()
    assert (money.amount, money.currency, money.rate_on) == (2_000_000, Currency.USD, date(2022, 9, 1))
    assert (money.rate, money.amount_yuan) == (Decimal("6.8821"), 13_764_200)
    with pytest.raises(RuleBroken, match="相差超过 10%"):
        wrong = MoneyDraft(date(2022, 9, 21), Amount(2_000_000, Currency.USD, Decimal("68.821")))
        actions.report_arrival(session, acting(officer), project, wrong, report(folder, EvidenceKind.BANK), now)


def test_the_same_money_twice_has_to_be_confirmed(session, acting, officer, project, folder, now):
    draft = MoneyDraft(date(2022, 10, 1), Amount(10_000_000))
    slip = report(folder, EvidenceKind.BANK)
    actions.report_arrival(session, acting(officer), project, draft, slip, now)
    with pytest.raises(RuleBroken, match="已有一笔相同金额的到位资金（待核定）"):
        actions.report_arrival(session, acting(officer), project, draft, slip, now)
    session.rollback()
    project = loaded(session, project)
    actions.report_arrival(session, acting(officer), project, draft, replace(slip, confirmed=True), now)


def test_completing_more_than_the_total_has_to_be_confirmed(session, acting, officer, project, folder, now):
    plain = report(folder, kind=None)
    half = MoneyDraft(date(2022, 8, 31), Amount(2 * YI))
    actions.report_completion(session, acting(officer), project, half, plain, now)
    rest = MoneyDraft(date(2022, 9, 30), Amount(2 * YI))
    with pytest.raises(RuleBroken, match=r"累计完成 4.00 亿元，超过总投资 3.50 亿元"):
        actions.report_completion(session, acting(officer), project, rest, plain, now)
    session.rollback()
    project = loaded(session, project)
    actions.report_completion(session, acting(officer), project, rest, replace(plain, confirmed=True), now)


@pytest.mark.parametrize("status", [Status.LOST, Status.WITHDRAWN])
def test_nothing_is_reported_of_a_project_that_is_gone(session, reporting, project, status):
    project.status = status
    session.commit()
    with pytest.raises(RuleBroken, match="请先恢复推进"):
        reporting()


@pytest.mark.parametrize(
    "login", ["other_officer", "statistician", "leader", "coordinator", "liaison", "auditor", "admin"]
)
def test_who_may_not_report(session, acting, project, folder, now, login):
    with pytest.raises(NotAllowed):
        actions.report_signing(session, acting(make.person(session, login)), project, SIGNING, report(folder), now)
