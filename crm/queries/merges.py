"""Merges: what decides whether two records may be merged, and what would move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from crm import policy
from crm.choices import ClaimState, CollisionState, MoneyKind, TransferState, Word
from crm.models import (
    ActionItem,
    Activity,
    ActivityProject,
    AgendaItem,
    Attachment,
    Claim,
    Collision,
    Comment,
    Company,
    CompanyClassMark,
    Contact,
    Follow,
    Listing,
    Meeting,
    Merge,
    MoneyEntry,
    Pin,
    Project,
    ProjectMember,
    Transfer,
)
from crm.policy import Act, Actor
from crm.rules.merging import Side
from crm.trash import WITH_DELETED

OPEN_CASES = (CollisionState.OPEN, CollisionState.APPEALED)


def _number(rows: Select[Any]) -> ScalarSelect[int]:
    return rows.correlate(Project).scalar_subquery()


def sides(session: Session, kept_id: int, gone_id: int) -> tuple[Side, Side]:
    """What decides about merging these two projects; one statement. Raises KeyError where one is not there."""
    pair = (kept_id, gone_id)
    claims = select(func.count(Claim.id)).where(Claim.project_id == Project.id)
    phase = aliased(Project)
    third = or_(Collision.first_id.not_in(pair), Collision.second_id.not_in(pair))
    rows = session.execute(
        select(
            Project.id,
            Project.name,
            Project.is_secret,
            Project.parent_id,
            Project.duplicate_of_id,
            _number(claims.where(Claim.state == ClaimState.VERIFIED)),
            _number(claims.where(Claim.state == ClaimState.REPORTED)),
            _number(select(func.count(Listing.id)).where(Listing.project_id == Project.id, Listing.to_on.is_(None))),
            _number(select(func.count(phase.id)).where(phase.parent_id == Project.id, phase.duplicate_of_id.is_(None))),
            _number(
                select(func.count(Transfer.id)).where(
                    Transfer.project_id == Project.id, Transfer.state == TransferState.PROPOSED
                )
            ),
            _number(
                select(func.count(Collision.id)).where(
                    or_(Collision.first_id == Project.id, Collision.second_id == Project.id),
                    third,
                    Collision.state.in_(OPEN_CASES),
                )
            ),
        ).where(Project.id.in_(pair))
    )
    found = {row[0]: Side(*row) for row in rows}
    return found[kept_id], found[gone_id]


def standing(table_name: str, gone_id: int) -> Select[Merge]:
    """The merge by which a row went into another and which has not been undone."""
    return select(Merge).where(Merge.table_name == table_name, Merge.gone_id == gone_id, Merge.undone_at.is_(None))


def find_project(session: Session, project_id: int) -> Project | None:
    """A project of a merge with its members, deleted or not."""
    rows = select(Project).where(Project.id == project_id).options(selectinload(Project.members))
    return session.scalars(rows.execution_options(**WITH_DELETED, populate_existing=True)).one_or_none()


def find_company(session: Session, company_id: int) -> Company | None:
    """A company of a merge, deleted or not."""
    rows = select(Company).where(Company.id == company_id)
    return session.scalars(rows.execution_options(**WITH_DELETED)).one_or_none()


def plans_of(session: Session, project_id: int) -> Sequence[MoneyEntry]:
    """Every planned total stated of a project, in order."""
    rows = select(MoneyEntry).where(MoneyEntry.project_id == project_id, MoneyEntry.kind == MoneyKind.PLAN)
    return session.scalars(rows.order_by(MoneyEntry.happened_on, MoneyEntry.id)).all()


def proving_files(session: Session, attachment_ids: Sequence[int]) -> Sequence[str]:
    """Names of those of these files that prove a claim by now."""
    proving = Attachment.id.in_(attachment_ids), Attachment.claim_id.is_not(None)
    return session.scalars(select(Attachment.filename).where(*proving).order_by(Attachment.id)).all()


def is_secret_alone(session: Session, company_id: int) -> bool:
    """All the company's projects are secret ones: who may not see them may not see the company."""
    secret = select(Project.is_secret).where(Project.company_id == company_id).distinct()
    return session.scalars(secret).all() == [True]


def group_of(session: Session) -> Mapping[int, int | None]:
    """Which company stands below which."""
    below = select(Company.id, Company.parent_id).where(Company.parent_id.is_not(None))
    found: Sequence[tuple[int, int | None]] = session.execute(below).all()
    return dict(found)


def contacts_of(session: Session, *company_ids: int) -> Sequence[Contact]:
    """The people at these companies, the oldest first."""
    return session.scalars(select(Contact).where(Contact.company_id.in_(company_ids)).order_by(Contact.id)).all()


def holder_of_code(session: Session, credit_code: str) -> Company | None:
    """The company of a credit code, deleted or not."""
    rows = select(Company).where(Company.credit_code == credit_code)
    return session.scalars(rows.execution_options(**WITH_DELETED)).one_or_none()


# ------------------------------------------------------------------------------------------------------------ the preview


def _in_project(actor: Actor, project_id: int) -> Iterator[tuple[str, Select[int]]]:
    """(what, how many of it would go over); of talks and meetings those the actor may see."""
    activity = select(func.count(func.distinct(Activity.id))).join(ActivityProject)
    seen = policy.rows(actor, Act.SEE_PROJECT, Activity)
    yield Word("洽谈"), activity.where(ActivityProject.project_id == project_id, seen, Activity.deleted_at.is_(None))
    item = aliased(AgendaItem)
    held = select(func.count(func.distinct(item.id))).join(Meeting, Meeting.id == item.meeting_id)
    yield Word("会议议题"), held.where(item.project_id == project_id, policy.rows(actor, Act.SEE_MEETING, Meeting))
    yield Word("交办事项"), select(func.count(ActionItem.id)).where(ActionItem.project_id == project_id)
    yield (
        Word("评论"),
        select(func.count(Comment.id)).where(Comment.project_id == project_id, Comment.deleted_at.is_(None)),
    )
    yield (
        Word("附件"),
        select(func.count(Attachment.id)).where(
            Attachment.project_id == project_id, Attachment.claim_id.is_(None), Attachment.deleted_at.is_(None)
        ),
    )
    yield (
        Word("班子成员"),
        select(func.count(func.distinct(ProjectMember.user_id))).where(
            ProjectMember.project_id == project_id, ProjectMember.to_on.is_(None)
        ),
    )
    yield Word("关注"), select(func.count(Follow.user_id)).where(Follow.project_id == project_id)
    yield Word("置顶"), select(func.count(Pin.row_id)).where(Pin.project_id == project_id)
    phase = aliased(Project)
    yield Word("分期"), select(func.count(phase.id)).where(phase.parent_id == project_id)


def _in_company(actor: Actor, company_id: int) -> Iterator[tuple[str, Select[int]]]:
    """(what, how many of it would go over), as far as the actor may see it."""
    seen = policy.rows(actor, Act.SEE_PROJECT, Project)
    yield (
        Word("项目"),
        select(func.count(Project.id)).where(Project.company_id == company_id, Project.deleted_at.is_(None), seen),
    )
    yield (
        Word("联系人"),
        select(func.count(Contact.id)).where(Contact.company_id == company_id, Contact.deleted_at.is_(None)),
    )
    talks = policy.rows(actor, Act.SEE_PROJECT, Activity)
    yield (
        Word("洽谈"),
        select(func.count(Activity.id)).where(Activity.company_id == company_id, Activity.deleted_at.is_(None), talks),
    )
    yield Word("企业类别"), select(func.count()).where(CompanyClassMark.company_id == company_id)
    below = aliased(Company)
    yield (
        Word("下属企业"),
        select(func.count(below.id)).where(below.parent_id == company_id, below.deleted_at.is_(None)),
    )


def would_move(session: Session, actor: Actor, table_name: str, gone_id: int) -> list[tuple[str, int]]:
    """(what, how many) goes over with the record; one statement."""
    counted = list((_in_company if table_name == "company" else _in_project)(actor, gone_id))
    numbers = session.execute(select(*(rows.scalar_subquery() for _, rows in counted))).one()
    return [(what, number) for (what, _), number in zip(counted, numbers, strict=True) if number]
