"""月度填报 on its way: filled in, handed in, checked by the team lead, verified; given back with a reason (domain.md §4.5).

What a month says of itself is closed when its briefing is checked: later corrections go by completion claims and stand in the
next month's 调整说明. The investment becomes a completion claim, in the name of whoever filled it in, when it is checked.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import claims, verdicts
from crm.actions.drafts import MoneyDraft, Report
from crm.actions.locking import hold
from crm.actions.money import Amount
from crm.actions.notices import News, tell
from crm.actions.versions import ensure_fresh
from crm.choices import ClaimState, NoticeKind, ReportState, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import MonthlyReport, Project, User
from crm.policy import Act, Actor
from crm.queries import monthly as queries
from crm.queries.people import actor_of
from crm.rules import monthly as rules
from crm.rules.days import Month, day_of
from crm.rules.monthly import EDITABLE, Entry, Known
from crm.rules.settings import Settings

FIELDS = ("completed_yuan", "percent", "progress", "problem", "issue_class", "request", "next_plan")


def save(
    session: Session, actor: Actor, project: Project, month: Month, entry: Entry, version: int | None, settings: Settings,
    now: datetime,
) -> MonthlyReport:  # fmt: skip
    """Keep what was filled in (`project.members` loaded). `version` is that of the report which was shown, None for none.

    Raises Clash when somebody else has filled it in meanwhile, RuleBroken when the month is closed, not open yet, or the
    report is on its way already.
    """
    policy.ensure(actor, Act.FILE_MONTH, project)
    hold(session, project)
    _ensure_open(session, month, settings, now)
    report = queries.find_report(session, project.id, month)
    if report is None:
        if version is not None:
            raise Clash("这份填报刚被撤走，请刷新后再填。")
        report = MonthlyReport(project_id=project.id, month=month.first)
        session.add(report)
    else:
        hold(session, report)
        ensure_fresh(session, report, version)
        if report.state not in EDITABLE:
            raise RuleBroken(Word("这份填报已是“%(state)s”，要改请先由审核人退回。", state=report.state.label))
    for field in FIELDS:
        setattr(report, field, getattr(entry, field))
    report.reported_by_id = actor.id
    session.flush()
    return report


def submit(session: Session, actor: Actor, report: MonthlyReport, known: Known, confirmed: bool, now: datetime) -> None:
    """Hand in what was kept; a team lead's own is checked with it.

    Raises RuleBroken with the field for what is missing, and for what is doubtful unless it is confirmed.
    """
    project = report.project
    policy.ensure(actor, Act.FILE_MONTH, project)
    _ensure_state(report, *EDITABLE)
    entry = Entry(**{field: getattr(report, field) for field in FIELDS})
    found = rules.problem(entry) or (None if confirmed else next(rules.doubts(entry, known), None))
    if found:
        raise RuleBroken(found[1], found[0])
    report.state, report.reported_by_id, report.reported_at = ReportState.REPORTED, actor.id, now
    report.is_confirmed, report.reason = confirmed, ""
    if policy.allows(actor, Act.CHECK_MONTH, project):
        _check(session, actor, report, now)
    session.flush()


def check(session: Session, actor: Actor, report: MonthlyReport, now: datetime) -> None:
    """组长审核: pass it on to be verified. The investment is reported now, in the name of whoever filled it in."""
    policy.ensure(actor, Act.CHECK_MONTH, report.project)
    _hold(session, report)
    _ensure_unlocked(session, report)
    _ensure_state(report, ReportState.REPORTED)
    _check(session, actor, report, now)


def _check(session: Session, actor: Actor, report: MonthlyReport, now: datetime) -> None:
    _report_money(session, report, now)
    report.state, report.checked_by_id, report.checked_at = ReportState.CHECKED, actor.id, now


def _report_money(session: Session, report: MonthlyReport, now: datetime) -> None:
    """The claim that lets the month's investment count once it is verified; nothing for nothing completed."""
    before = report.claim
    if before is not None and before.state is not ClaimState.RETURNED:
        return  # given back by words alone: the money stood
    if not report.completed_yuan:
        return
    month = Month.of(report.month)
    if before is None and (apart := queries.find_money(session, report.project_id, month, report.completed_yuan)):
        report.claim = apart  # the very amount was reported on the project's page: it is not reported twice
        return
    filler = session.get(User, report.reported_by_id)
    if filler is None or not filler.is_active:
        raise RuleBroken("填报人已停用，请退回后由现在的负责人重新填报。")
    draft = MoneyDraft(
        rules.stated_on(month, day_of(now)), Amount(report.completed_yuan), note=f"{month.label}月度填报"
    )
    stated = Report(Path(), note=draft.note, confirmed=True, instead_of=before)
    claim = claims.report_completion(session, actor_of(session, filler), report.project, draft, stated, now)
    claim.reported_at = report.reported_at
    report.claim = claim
    session.flush()


def verify(session: Session, actor: Actor, report: MonthlyReport, now: datetime) -> None:
    """综合统计核定: its words stand in the briefing, its investment counts. Never by who filled it in."""
    policy.ensure(actor, Act.VERIFY, report.project)
    _hold(session, report)
    _ensure_unlocked(session, report)
    _ensure_state(report, ReportState.CHECKED)
    if report.reported_by_id == actor.id:
        raise NotAllowed("不能核定自己填报的内容，请由另一位综合统计核定。")
    claim = report.claim
    if claim is not None:
        if claim.state is ClaimState.REPORTED:
            verdicts.verify(session, actor, claim, now)
        elif claim.state is not ClaimState.VERIFIED:
            raise RuleBroken(Word("本月完成投资在待核定里已是“%(state)s”，请先退回这份填报。", state=claim.state.label))
    report.state, report.verified_by_id, report.verified_at = ReportState.VERIFIED, actor.id, now


def give_back(session: Session, actor: Actor, report: MonthlyReport, reason: str, now: datetime) -> None:
    """Return it to who filled it in, with the reason: by the team lead before he has passed it on, by the statistician after."""
    is_checked = report.state is ReportState.CHECKED
    policy.ensure(actor, Act.VERIFY if is_checked else Act.CHECK_MONTH, report.project)
    _hold(session, report)
    _ensure_unlocked(session, report)
    _ensure_state(report, ReportState.CHECKED if is_checked else ReportState.REPORTED)
    if not reason:
        raise RuleBroken("请写明退回原因，填报人照此修改。", "reason")
    claim = report.claim
    if claim is not None and claim.state is ClaimState.REPORTED:
        verdicts.give_back(session, actor, claim, reason, now)
    report.state, report.returned_by_id, report.returned_at, report.reason = ReportState.RETURNED, actor.id, now, reason
    if report.reported_by_id is None:
        return
    text = Word(
        "“%(project)s”%(month)s的填报被退回：%(reason)s",
        project=report.project.name, month=Month.of(report.month).label, reason=reason,
    )  # fmt: skip
    news = News(
        NoticeKind.MONTHLY,
        f"monthly:{Month.of(report.month)}:returned:{report.id}:{report.version}",
        text,
        project_id=report.project_id,
    )
    tell(session, [report.reported_by_id], news, now, actor.id)


def _hold(session: Session, report: MonthlyReport) -> None:
    """The project first, then the report, then its claim: in the order of docs/locks.md."""
    hold(session, report.project)
    hold(session, report)


def _ensure_state(report: MonthlyReport, *wanted: ReportState) -> None:
    if report.state not in wanted:
        raise Clash(Word("这份填报已是“%(state)s”，请刷新后再看。", state=report.state.label))


def _ensure_unlocked(session: Session, report: MonthlyReport) -> None:
    refuse_locked(session, Month.of(report.month))


def refuse_locked(session: Session, month: Month) -> None:
    """Raise RuleBroken for a month whose briefing is checked or issued."""
    lock = queries.lock_of(session, month)
    if lock is not None:
        raise RuleBroken(
            Word(
                "%(month)s的简报%(state)s，填报已锁定；漏报的投资请在项目页提交“完成投资”，会写入下月的调整说明。",
                month=month.label, state=lock.state.label,
            )
        )  # fmt: skip


def _ensure_open(session: Session, month: Month, settings: Settings, now: datetime) -> None:
    refuse_locked(session, month)
    first = rules.opens_on(month, settings)
    if day_of(now) < first:
        raise RuleBroken(Word("%(month)s从 %(day)s 起填报。", month=month.label, day=first))
