"""Briefings that were checked or issued, what was typed for a month's overview, and who may sign."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from crm.choices import BriefingSection, BriefingState, Role
from crm.models import BriefingIssue, BriefingLayout, BriefingRemark, BriefingTemplate, User
from crm.rules.days import Month

SECTIONS = tuple(BriefingSection)
PEOPLE = (
    joinedload(BriefingIssue.checked_by),
    joinedload(BriefingIssue.issued_by),
    joinedload(BriefingIssue.signer),
    joinedload(BriefingIssue.layout),
    joinedload(BriefingIssue.template),
)


def issues() -> Select[BriefingIssue]:
    """Every month that was touched, the newest first, with the people on it."""
    return select(BriefingIssue).options(*PEOPLE).order_by(BriefingIssue.month.desc())


def find(session: Session, month: Month) -> BriefingIssue | None:
    """The month's briefing; None for a draft nobody has touched."""
    return session.scalars(issues().where(BriefingIssue.month == month.first)).one_or_none()


def newest_issued(session: Session) -> Month | None:
    """The latest month that was issued."""
    issued = select(BriefingIssue.month).where(BriefingIssue.state == BriefingState.ISSUED)
    month = session.scalars(issued.order_by(BriefingIssue.month.desc()).limit(1)).one_or_none()
    return Month.of(month) if month else None


def issued_before(session: Session, month: Month) -> BriefingIssue | None:
    """The last issue before a month: what its adjustments are told against."""
    earlier = issues().where(BriefingIssue.state == BriefingState.ISSUED, BriefingIssue.month < month.first)
    return session.scalars(earlier.limit(1)).one_or_none()


def issued_figures(session: Session, month: Month) -> dict[str, int]:
    """{figure: its sum from January on} as the month's issue states it; empty where it was not issued."""
    stated = select(BriefingIssue.figures).where(
        BriefingIssue.month == month.first, BriefingIssue.state == BriefingState.ISSUED
    )
    return session.scalars(stated).one_or_none() or {}


def remarks(session: Session, month: Month) -> Sequence[BriefingRemark]:
    """What was typed for the month's overview, in the order of its sections."""
    found = session.scalars(select(BriefingRemark).where(BriefingRemark.month == month.first))
    return sorted(found, key=lambda remark: SECTIONS.index(remark.section))


def layouts() -> Select[BriefingLayout]:
    """Every version of the layout, the newest first, with who made it."""
    return select(BriefingLayout).options(joinedload(BriefingLayout.made_by)).order_by(BriefingLayout.number.desc())


def layout_in_force(session: Session) -> BriefingLayout | None:
    """The newest version of the layout; None while the default was never changed."""
    return session.scalars(layouts().limit(1)).one_or_none()


def layout_of(session: Session, issue: BriefingIssue | None) -> BriefingLayout | None:
    """The version a month is printed in: of a checked or issued one that of its check, else the one in force."""
    return layout_in_force(session) if issue is None or issue.state is BriefingState.DRAFT else issue.layout


def templates() -> Select[BriefingTemplate]:
    """Every version of the template, the newest first, with who uploaded it."""
    return (
        select(BriefingTemplate).options(joinedload(BriefingTemplate.made_by)).order_by(BriefingTemplate.number.desc())
    )


def template_in_force(session: Session) -> BriefingTemplate | None:
    """The newest version of the template; None where none was uploaded, or the last was taken out of use."""
    newest = session.scalars(templates().limit(1)).one_or_none()
    return newest if newest is not None and newest.digest else None


def template_of(session: Session, issue: BriefingIssue | None) -> BriefingTemplate | None:
    """The template a month is filled into: of a checked or issued one that of its check, else the one in force."""
    return template_in_force(session) if issue is None or issue.state is BriefingState.DRAFT else issue.template


def signers() -> Select[User]:
    """Leaders who may sign, by rank of registration."""
    return select(User).where(User.role == Role.LEADER, User.is_active.is_(True)).order_by(User.id)


def people_called(session: Session, who: str) -> Sequence[User]:
    """Active people whose login or name is exactly this."""
    wanted = select(User).where(
        User.is_active.is_(True), (User.login == who.strip().lower()) | (User.name == who.strip())
    )
    return session.scalars(wanted.order_by(User.id)).all()
