"""The key projects of a month with what was filled in for it, last month's values beside; a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import BriefingState, ClaimKind, ClaimState, EvidenceKind, KeyList, ReportState, Status
from crm.models import Attachment, BriefingIssue, Claim, Listing, MoneyEntry, MonthlyReport, Project, User
from crm.policy import Act, Actor
from crm.queries.plans import in_force
from crm.queries.totals.basis import EPOCH, Basis, Verdict
from crm.queries.totals.listed import on_list, planned_start_on, started_on
from crm.queries.totals.money import completions
from crm.rules.days import Month, Period, start_of
from crm.rules.monthly import EDITABLE, Known, owes
from crm.rules.schedule import deviation_points, joint_share, schedule_share, share


@dataclass(frozen=True)
class Line:
    """A key project in a month. `known` is what stands before it; `owed` is False before the month of its planned start."""

    project: Project
    lists: tuple[KeyList, ...]
    report: MonthlyReport | None
    last: MonthlyReport | None
    known: Known
    owed: bool
    lead: str = ""
    due_share: Fraction = Fraction(0)  # 序时进度 at the month's end, by its own plan where it has one by month

    @property
    def state(self) -> ReportState | None:
        """Where the report is on its way; None where nothing was filled in."""
        return self.report.state if self.report else None

    @property
    def month_yuan(self) -> int | None:
        """What was filled in for the month."""
        return self.report.completed_yuan if self.report else None

    @property
    def cumulative_yuan(self) -> int:
        """January to the month, with what was filled in."""
        return self.known.year_yuan + (self.month_yuan or 0)

    @property
    def _judged_yuan(self) -> int | None:
        """What is held against the plan: nothing before the month of the planned start, unless something was done."""
        return self.cumulative_yuan if self.owed or self.cumulative_yuan else None

    @property
    def completion(self) -> Fraction | None:
        """年度完成率 with what was filled in."""
        return share(self._judged_yuan, self.known.plan_yuan)

    @property
    def deviation(self) -> Decimal | None:
        """较序时进度 with what was filled in, points."""
        return deviation_points(self._judged_yuan, self.known.plan_yuan, self.due_share)


@dataclass(frozen=True)
class Sums:
    """Some lines together."""

    count: int
    plan_yuan: int
    year_yuan: int  # before the month
    month_yuan: int
    due_share: Fraction | None  # of all plans: each by its own schedule

    @property
    def cumulative_yuan(self) -> int:
        """January to the month."""
        return self.year_yuan + self.month_yuan

    @property
    def completion(self) -> Fraction | None:
        """年度完成率."""
        return share(self.cumulative_yuan, self.plan_yuan)

    @property
    def deviation(self) -> Decimal | None:
        """较序时进度, points."""
        return deviation_points(self.cumulative_yuan, self.plan_yuan, self.due_share or Fraction(0))


def sums(found: Sequence[Line]) -> Sums:
    """The foot under some lines."""
    return Sums(
        len(found),
        sum(line.known.plan_yuan or 0 for line in found),
        sum(line.known.year_yuan for line in found),
        sum(line.month_yuan or 0 for line in found),
        joint_share((line.known.plan_yuan, line.due_share) for line in found),
    )


def lines(session: Session, actor: Actor, act: Act, month: Month, basis: Basis) -> list[Line]:
    """The projects on a list at the month's end that the actor may fill in (or check, by `act`), the highest list first."""
    rows = (
        select(Project, planned_start_on(basis, month.last), started_on(basis, month.last), User.name)
        .outerjoin(User, User.id == Project.lead_id)
        .options(joinedload(Project.unit), selectinload(Project.members))
        .where(
            _on_any_list(month.last),
            Project.duplicate_of_id.is_(None),
            Project.status.in_((Status.ACTIVE, Status.PAUSED)),
            policy.project_rows(actor, act),
        )
    )
    found = session.execute(rows).all()
    ids = [project.id for project, *_rest in found]
    lists, plans, reports = (
        _lists(session, ids, month.last),
        in_force(session, ids, month.year),
        _reports(session, ids, month),
    )
    done, photos = _done(session, ids, basis, month), _photos(session, ids, month)
    made = []
    for project, planned, started, lead in found:
        last = reports.get((project.id, month.shifted(-1).first))
        report, before = reports.get((project.id, month.first)), done.get(project.id, Done())
        known = Known(
            plan_yuan=plans[project.id].planned_yuan if project.id in plans else None,
            total_yuan=project.total_yuan,
            year_yuan=before.year_yuan,
            ever_yuan=before.ever_yuan,
            last_yuan=before.last_yuan,
            apart_yuan=0 if report and report.claim_id else before.apart_yuan,
            last_percent=last.percent if last else None,
            starts_now=started is not None and Month.of(started) == month,
            photos=photos.get(project.id, 0),
        )
        due = schedule_share(month.number, plans[project.id].month_yuan if project.id in plans else None)
        made.append(
            Line(project, lists[project.id], report, last, known, owes(planned, started, month), lead or "", due)
        )
    ranks = list(KeyList)
    return sorted(made, key=lambda line: (not line.owed, ranks.index(line.lists[0]), line.project.name))


def _on_any_list(day: date) -> ColumnElement[bool]:
    return exists(select(Listing.id).where(Listing.project_id == Project.id, on_list(day)))


def _lists(session: Session, ids: Collection[int], day: date) -> Mapping[int, tuple[KeyList, ...]]:
    ranks, found = list(KeyList), dict[int, list[KeyList]]()
    rows = select(Listing.project_id, Listing.key_list).where(Listing.project_id.in_(ids), on_list(day))
    for project_id, key_list in session.execute(rows):
        found.setdefault(project_id, []).append(key_list)
    return {key: tuple(sorted(set(lists), key=ranks.index)) for key, lists in found.items()}


def _reports(session: Session, ids: Collection[int], month: Month) -> Mapping[tuple[int, date], MonthlyReport]:
    """This month's and last month's, by project and month."""
    rows = select(MonthlyReport).where(
        MonthlyReport.project_id.in_(ids), MonthlyReport.month.in_((month.first, month.shifted(-1).first))
    )
    found = session.scalars(rows.options(joinedload(MonthlyReport.reported_by)))
    return {(report.project_id, report.month): report for report in found}


@dataclass(frozen=True)
class Done:
    """Investment completed, whole yuan: verified before the month, and what was reported for the month by itself already."""

    year_yuan: int = 0
    ever_yuan: int = 0
    last_yuan: int | None = None
    apart_yuan: int = 0


def _done(session: Session, ids: Collection[int], basis: Basis, month: Month) -> Mapping[int, Done]:
    rows = completions(basis, Period(EPOCH, month.last)).subquery("done")
    counted = rows.c.verdict.in_((Verdict.COUNTED.value, Verdict.NOT_LISTED.value))
    earlier = counted & (rows.c.on < month.first)
    january, last_month = date(month.year, 1, 1), month.shifted(-1).first
    sums = (
        func.sum(rows.c.yuan).filter(earlier, rows.c.on >= january), func.sum(rows.c.yuan).filter(earlier),
        func.sum(rows.c.yuan).filter(earlier, rows.c.on >= last_month),
        func.sum(rows.c.yuan).filter(counted | (rows.c.verdict == Verdict.PENDING.value), rows.c.on >= month.first),
    )  # fmt: skip
    asked = select(rows.c.project_id, *sums).where(rows.c.project_id.in_(ids)).group_by(rows.c.project_id)
    return {
        key: Done(int(year or 0), int(ever or 0), None if last is None else int(last), int(apart or 0))
        for key, year, ever, last, apart in session.execute(asked)
    }


def _photos(session: Session, ids: Collection[int], month: Month) -> Mapping[int, int]:
    """How many pictures were added to each project from the month's first day on."""
    rows = select(Attachment.project_id, func.count()).where(
        Attachment.project_id.in_(ids),
        Attachment.kind == EvidenceKind.PHOTO,
        Attachment.uploaded_at >= start_of(month.first),
    )
    return dict(session.execute(rows.group_by(Attachment.project_id)).all())


def unfiled(session: Session, actor: Actor, month: Month, basis: Basis) -> int:
    """How many key projects that the actor leads owe a report of the month and have none that was handed in."""
    if not policy.can(actor, Act.FILE_MONTH):
        return 0
    mine = (line for line in lines(session, actor, Act.FILE_MONTH, month, basis) if line.project.lead_id == actor.id)
    return sum(line.owed and line.state in (None, *EDITABLE) for line in mine)


def lock_of(session: Session, month: Month) -> BriefingIssue | None:
    """The briefing that closed the month: checked or issued; None while it is open."""
    closed = BriefingIssue.state != BriefingState.DRAFT
    return session.scalars(select(BriefingIssue).where(BriefingIssue.month == month.first, closed)).one_or_none()


def find_report(session: Session, project_id: int, month: Month) -> MonthlyReport | None:
    """The report of a project and month."""
    rows = select(MonthlyReport).where(MonthlyReport.project_id == project_id, MonthlyReport.month == month.first)
    return session.scalars(rows).one_or_none()


def find_money(session: Session, project_id: int, month: Month, yuan: int) -> Claim | None:
    """A claim of just this investment that was reported for the month by itself, and stands."""
    rows = (
        select(Claim)
        .join(MoneyEntry, MoneyEntry.claim_id == Claim.id)
        .where(
            Claim.project_id == project_id, Claim.kind == ClaimKind.COMPLETION,
            Claim.state.in_((ClaimState.REPORTED, ClaimState.VERIFIED)), MoneyEntry.amount_yuan == yuan,
            MoneyEntry.happened_on >= month.first, MoneyEntry.happened_on <= month.last,
        )
        .order_by(Claim.id)
        .limit(1)
    )  # fmt: skip
    return session.scalars(rows).one_or_none()


def reports_by_id(session: Session, actor: Actor, act: Act, keys: Sequence[int]) -> Sequence[MonthlyReport]:
    """Those of the reports whose project the actor may act on; project, its members and the claim loaded."""
    rows = (
        select(MonthlyReport)
        .join(Project, Project.id == MonthlyReport.project_id)
        .where(MonthlyReport.id.in_(keys), policy.project_rows(actor, act), policy.project_rows(actor, Act.SEE_PROJECT))
        .options(joinedload(MonthlyReport.project).selectinload(Project.members), joinedload(MonthlyReport.claim))
        .order_by(MonthlyReport.project_id)
    )
    return session.scalars(rows).unique().all()
