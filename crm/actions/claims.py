"""Reporting: what one person states and another verifies before it counts (actions/verdicts.py).

Each `report_…` makes one claim with the rows that will count, and refuses what already stands. A claim that was given back is
corrected by reporting anew with `instead_of`; a draft is kept the same way and replaced when it is taken up again.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import corrections, files, money
from crm.actions.drafts import ContractDraft, MoneyDraft, Report
from crm.actions.locking import hold
from crm.actions.money import Valued
from crm.choices import ClaimKind, ClaimState, ContractKind, MoneyKind, Stage, Status, Word
from crm.errors import Clash, RuleBroken
from crm.models import Attachment, Claim, Contract, Project, StageMove
from crm.policy import Act, Actor
from crm.queries import claims as queries
from crm.queries import merges, standing
from crm.queries.gate import facts_of
from crm.rules import checks, lifecycle
from crm.rules.claims import CLAIMED_STAGES, evidence_problem
from crm.rules.contracts import Terms, contract_problem
from crm.rules.days import day_of
from crm.rules.lifecycle import Way


def report_signing(
    session: Session, actor: Actor, project: Project, draft: ContractDraft, report: Report, now: datetime
) -> Claim:
    """Report the formal contract: one claim that the contract, its money and the move to 签约 share.

    Raises Clash when a signing is reported or verified already, RuleBroken with the field for what cannot be right.
    """
    policy.ensure(actor, Act.REPORT, project)
    claim = _open(session, actor, project, ClaimKind.SIGNING, draft.signed_on, report, now)
    if draft.kind is not ContractKind.FORMAL:
        raise RuleBroken("只有正式合同算签约，其他协议请用“报协议”提交。", "kind")
    _contract(session, actor, claim, draft, report, now)
    _move(session, actor, claim, Stage.SIGNED, report, now)
    return _close(session, actor, claim, report, now)


def report_stage(
    session: Session, actor: Actor, project: Project, kind: ClaimKind, on: date, report: Report, now: datetime
) -> Claim:
    """Report 开工, 竣工 or 投产 with its day: one claim and the move; the project moves when it is verified."""
    policy.ensure(actor, Act.REPORT, project)
    claim = _open(session, actor, project, kind, on, report, now)
    problem = checks.order_problem(
        [*standing.stage_days(session, project.id, CLAIMED_STAGES[kind]), (f"{kind.label}日期", on)]
    )
    if problem:
        raise RuleBroken(problem, "happened_on")
    _move(session, actor, claim, CLAIMED_STAGES[kind], report, now)
    return _close(session, actor, claim, report, now)


def report_contract(
    session: Session, actor: Actor, project: Project, draft: ContractDraft, report: Report, now: datetime
) -> Claim:
    """Report an agreement that is no signing: 意向书, 框架协议, 战略合作协议, or a supplement with its delta."""
    policy.ensure(actor, Act.REPORT, project)
    if draft.kind is ContractKind.FORMAL:
        raise RuleBroken("正式合同请用“报签约”提交。", "kind")
    claim = _open(session, actor, project, ClaimKind.CONTRACT, draft.signed_on, report, now)
    if draft.kind is ContractKind.SUPPLEMENT and Stage.SIGNED not in queries.verified_stages(session, project.id):
        raise RuleBroken("补充协议要在签约核定之后提交。", "kind")
    _contract(session, actor, claim, draft, report, now)
    return _close(session, actor, claim, report, now)


def report_arrival(
    session: Session, actor: Actor, project: Project, draft: MoneyDraft, report: Report, now: datetime
) -> Claim:
    """Report money that arrived; foreign money keeps its currency and the rate of its day."""
    policy.ensure(actor, Act.REPORT, project)
    return _money(session, actor, project, ClaimKind.ARRIVAL, MoneyKind.ARRIVED, draft, report, now)


def report_completion(
    session: Session, actor: Actor, project: Project, draft: MoneyDraft, report: Report, now: datetime
) -> Claim:
    """Report investment completed; more than the planned total in all has to be confirmed."""
    policy.ensure(actor, Act.REPORT, project)
    doubt = checks.completion_doubt(
        standing.completed_yuan(session, project.id), draft.amount.units, project.total_yuan
    )
    if doubt and not (report.confirmed or report.as_draft):
        raise RuleBroken(doubt, "amount")
    return _money(session, actor, project, ClaimKind.COMPLETION, MoneyKind.COMPLETED, draft, report, now)


# ------------------------------------------------------------------------------------------------------------- the steps


def _open(
    session: Session, actor: Actor, project: Project, kind: ClaimKind, on: date, report: Report, now: datetime
) -> Claim:
    """The claim itself, once it is sure that nothing of the kind stands and that it lies in the past."""
    hold(session, project)
    problem = checks.happened_problem(Word("%(kind)s日期", kind=kind.label), on, day_of(now))
    if problem:
        raise RuleBroken(problem, "signed_on" if kind in (ClaimKind.SIGNING, ClaimKind.CONTRACT) else "happened_on")
    if kind in CLAIMED_STAGES and not report.as_draft:
        refuse_second(session, project, kind)
    if project.status in (Status.LOST, Status.WITHDRAWN):
        raise RuleBroken(Word("项目处于“%(status)s”，请先恢复推进。", status=project.status.label))
    refuse_merged(session, project)
    claim = Claim(
        project=project,
        kind=kind,
        state=ClaimState.DRAFT if report.as_draft else ClaimState.REPORTED,
        happened_on=on,
        note=report.note,
        reported_by_id=actor.id,
        reported_at=None if report.as_draft else now,
    )
    session.add(claim)
    session.flush()
    corrections.replace(session, report.instead_of, claim)
    return claim


def refuse_merged(session: Session, project: Project) -> None:
    """What is reported on a merged project would count nowhere."""
    if session.scalars(merges.standing("project", project.id)).first():
        raise RuleBroken("项目已并入另一个项目，在这里报送不会计入统计；请到合并后的项目（见本项目页面上方）报送。")


def refuse_second(session: Session, project: Project, kind: ClaimKind) -> None:
    """Raise Clash when a claim of this kind is verified or waits; the project must be held."""
    standing = queries.find_live(session, project.id, kind)
    if standing is None:
        return
    who = standing.reported_by.name if standing.reported_by else Word("台账导入")
    when = day_of(standing.reported_at) if standing.reported_at else standing.happened_on
    raise Clash(
        Word(
            "“%(kind)s”已由%(who)s于 %(at)s 提交，现在%(state)s，不能重复提交。",
            kind=kind.label, who=who, at=when, state=standing.state.label,
        )
    )  # fmt: skip


def _contract(
    session: Session, actor: Actor, claim: Claim, draft: ContractDraft, report: Report, now: datetime
) -> Contract:
    valued = money.value(session, draft.amount, draft.signed_on, report.confirmed) if draft.amount else None
    problem = contract_problem(_terms(draft, valued), report.confirmed)
    if problem:
        raise RuleBroken(problem[1], problem[0])
    contract = Contract(
        project_id=claim.project_id,
        kind=draft.kind,
        number=draft.number,
        signed_on=draft.signed_on,
        parties=draft.parties,
        fixed_yuan=draft.fixed_yuan,
        foreign_usd=draft.foreign_usd,
        promised_start_on=draft.promised_start_on,
        promised_finish_on=draft.promised_finish_on,
        promised_production_on=draft.promised_production_on,
        valid_until_on=draft.valid_until_on,
        converted_from_id=draft.converted_from_id,
        note=draft.note,
        claim_id=claim.id,
        entered_at=now,
        entered_by_id=actor.id,
    )
    session.add(contract)
    session.flush()
    if valued:
        money.enter(
            session, actor, claim.project, MoneyKind.CONTRACT, valued, draft.signed_on, now, draft.note, claim, contract
        )
    return contract


def _terms(draft: ContractDraft, valued: Valued | None) -> Terms:
    return Terms(
        draft.kind,
        draft.signed_on,
        valued.yuan if valued else None,
        draft.fixed_yuan,
        draft.promised_start_on,
        draft.promised_finish_on,
        draft.promised_production_on,
    )


def _move(session: Session, actor: Actor, claim: Claim, to: Stage, report: Report, now: datetime) -> None:
    project = claim.project
    if not report.as_draft:
        skips = lifecycle.way(project.stage, to) is Way.SKIP
        if skips:
            policy.ensure(actor, Act.MOVE_BACK, project)
        problem = lifecycle.forward_problem(facts_of(session, project), to, report.reason)
        if problem:
            raise RuleBroken(problem, "reason" if skips else None)
    session.add(
        StageMove(
            project_id=project.id,
            from_stage=project.stage,
            to_stage=to,
            moved_on=claim.happened_on,
            claim_id=claim.id,
            reason=report.reason,
            recorded_at=now,
            recorded_by_id=actor.id,
        )
    )


def _money(
    session: Session,
    actor: Actor,
    project: Project,
    claim_kind: ClaimKind,
    money_kind: MoneyKind,
    draft: MoneyDraft,
    report: Report,
    now: datetime,
) -> Claim:
    claim = _open(session, actor, project, claim_kind, draft.happened_on, report, now)
    if draft.amount.units <= 0:
        raise RuleBroken("金额要大于 0。", "amount")
    valued = money.value(session, draft.amount, draft.happened_on, report.confirmed)
    twin = standing.find_twin(session, project.id, money_kind, draft.happened_on, valued.units, valued.currency)
    if twin and not (report.confirmed or report.as_draft):
        raise RuleBroken(
            f"{draft.happened_on} 已有一笔相同金额的{money_kind.label}（{twin.state.label}），请核对是否重复。",
            "amount",
        )
    entry = money.enter(session, actor, project, money_kind, valued, draft.happened_on, now, draft.note, claim)
    entry.contract_id = draft.contract_id
    return _close(session, actor, claim, report, now)


def _close(session: Session, actor: Actor, claim: Claim, report: Report, now: datetime) -> Claim:
    """Keep the evidence and see that it is enough; a draft may still lack some."""
    for upload in report.evidence:
        files.attach(session, actor, claim.project, upload, report.folder, now, claim)
    session.flush()
    attached = session.scalars(select(Attachment.kind).where(Attachment.claim_id == claim.id)).all()
    problem = None if report.as_draft else evidence_problem(claim.kind, attached)
    if problem:
        raise RuleBroken(problem, "file")
    return claim
