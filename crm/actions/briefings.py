"""A month's briefing on its way: checked (its facts are frozen), given back to draft, issued with number and signature.

The facts are made by reports/briefing and the bytes by its renderer; siblings meet in the view (crm/views/briefings.py), so
`issue` is handed a function that binds the facts once the number is known and the row is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.people import note
from crm.choices import BriefingSection, BriefingState, Word
from crm.errors import Clash, RuleBroken
from crm.models import BriefingIssue, BriefingLayout, BriefingRemark, User
from crm.policy import Act, Actor
from crm.queries import briefings as queries
from crm.queries import settings
from crm.queries.people import actor_of
from crm.rules import briefings as rules
from crm.rules.days import Month, day_of

LONGEST_REMARK = 2000


@dataclass(frozen=True, slots=True)
class Frozen:
    """The facts of a month as text, and its figures from January on by key."""

    facts: str
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Numbered:
    """What the cover of an issue says: its number, its day, who checked and who signed; `facts` as they were checked, `layout`
    the version of that moment and what it changes."""

    facts: str
    number: int
    total_number: int | None
    issued_on: date
    checker: str
    signer: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    layout_number: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """The issue as it is kept: the facts with their number, and the bytes by their digest."""

    facts: str
    digest: str
    size_bytes: int


def check(session: Session, actor: Actor, month: Month, frozen: Frozen, now: datetime) -> BriefingIssue:
    """Freeze the month's facts: what leadership signs is what was checked. Raises Clash for one already checked or issued."""
    policy.ensure(actor, Act.CHECK_BRIEFING)
    _ensure_in_time(session, month, day_of(now))
    row = _held(session, month)
    _ensure_state(row, BriefingState.DRAFT, month)
    row.layout, row.template = queries.layout_in_force(session), queries.template_in_force(session)
    row.state = BriefingState.CHECKED
    row.facts, row.figures = frozen.facts, dict(frozen.figures)
    row.checked_at, row.checked_by_id = now, actor.id
    session.flush()
    note(session, actor.id, "briefing_check", f"核对{month.label}简报", now)
    return row


def reopen(session: Session, actor: Actor, month: Month, now: datetime) -> BriefingIssue:
    """Take a checked month back to draft; it shows today's facts again."""
    policy.ensure(actor, Act.CHECK_BRIEFING)
    row = _held(session, month)
    _ensure_state(row, BriefingState.CHECKED, month)
    row.state, row.facts, row.figures = BriefingState.DRAFT, "", None
    row.checked_at = row.checked_by_id = None
    row.layout = row.template = None
    session.flush()
    note(session, actor.id, "briefing_check", f"{month.label}简报退回草稿", now)
    return row


def issue(
    session: Session,
    actor: Actor,
    month: Month,
    signer: User,
    bind: Callable[[Numbered], Bound],
    now: datetime,
    number: int | None = None,
) -> BriefingIssue:
    """Issue a checked month: by the signer, or by who may check and enters the signature given on paper.

    Of two who issue at once the second is refused: the row is held, and the numbers of a year are unique.
    """
    if actor.id != signer.id:
        policy.ensure(actor, Act.CHECK_BRIEFING)
    policy.ensure(actor_of(session, signer), Act.ISSUE_BRIEFING)
    _ensure_in_time(session, month, day_of(now))
    row = _held(session, month)
    _ensure_state(row, BriefingState.CHECKED, month)
    if row.checked_by_id == signer.id:
        raise RuleBroken("核对人不能签发自己核对的简报，请由另一位领导签发。", "signer")
    checker = session.get_one(User, row.checked_by_id)
    issued = select(BriefingIssue.number).where(BriefingIssue.state == BriefingState.ISSUED)
    of_year = session.scalars(issued.where(BriefingIssue.year == month.year).with_for_update()).all()
    every = session.scalar(select(func.count()).select_from(issued.subquery())) or 0
    given = rules.next_number([one for one in of_year if one is not None], number)
    total = rules.total_number(settings.current(session).briefings_before, every, given)
    layout = session.get(BriefingLayout, row.layout_id) if row.layout_id else None
    kept = (layout.changes, layout.number) if layout else ({}, 0)
    numbered = Numbered(row.facts, given, total, day_of(now), checker.name, signer.name, *kept)
    bound = bind(numbered)
    row.facts, row.digest, row.size_bytes = bound.facts, bound.digest, bound.size_bytes
    row.number, row.total_number = given, total
    row.issued_on, row.issued_at = day_of(now), now
    row.issued_by_id, row.signer_id = actor.id, signer.id
    row.state = BriefingState.ISSUED
    _flush(session)
    note(session, actor.id, "briefing_issue", f"{month.year}年第{given}期（{month.label}），签发：{signer.name}", now)
    return row


def remark(session: Session, actor: Actor, month: Month, section: BriefingSection, text: str, now: datetime) -> None:
    """Put a typed paragraph into a draft's section; without words it is taken out."""
    policy.ensure(actor, Act.CHECK_BRIEFING)
    if len(text) > LONGEST_REMARK:
        raise RuleBroken(Word("每段最多 %(n)d 字。", n=LONGEST_REMARK), "text")
    _ensure_state(_held(session, month), BriefingState.DRAFT, month)
    mine = (BriefingRemark.month == month.first, BriefingRemark.section == section)
    row = session.scalars(select(BriefingRemark).where(*mine)).one_or_none()
    before = row.text if row else ""
    text = text.strip()
    if text == before:
        return
    if not text:
        session.execute(delete(BriefingRemark).where(*mine))
    elif row is None:
        session.add(
            BriefingRemark(month=month.first, section=section, text=text, entered_at=now, entered_by_id=actor.id)
        )
    else:
        row.text, row.entered_at, row.entered_by_id = text, now, actor.id
    note(
        session,
        actor.id,
        "briefing_remark",
        f"{month.label}简报“{section.label}”：{before or '（空）'} → {text or '（空）'}",
        now,
    )


# ------------------------------------------------------------------------------------------------------------- the steps


def _ensure_in_time(session: Session, month: Month, today: date) -> None:
    problem = rules.month_problem(month, today, queries.newest_issued(session))
    if problem:
        raise RuleBroken(problem)


def _held(session: Session, month: Month) -> BriefingIssue:
    """The month's row, made where there is none, and held until the transaction ends."""
    row = queries.find(session, month)
    if row is None:
        row = BriefingIssue(month=month.first, year=month.year, state=BriefingState.DRAFT)
        session.add(row)
        _flush(session)
    hold(session, row)
    return row


def _flush(session: Session) -> None:
    """Write; what another wrote in the same moment under the same month or number makes a Clash."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Clash("刚才有人在办理同一期简报，请刷新页面看最新的状态。") from error


def _ensure_state(row: BriefingIssue, wanted: BriefingState, month: Month) -> None:
    if row.state is wanted:
        return
    if row.state is BriefingState.ISSUED:
        raise Clash(Word("%(month)s简报已签发（%(year)d年第%(number)d期），不能再改；更正会列入下一期的调整说明。",
                         month=month.label, year=row.year, number=row.number))  # fmt: skip
    if wanted is BriefingState.CHECKED:
        raise Clash(Word("%(month)s简报还没有核对，请先由综合统计核对。", month=month.label))
    raise Clash(Word("%(month)s简报已核对，要改先退回草稿。", month=month.label))
