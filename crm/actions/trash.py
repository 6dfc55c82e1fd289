"""Deleting and restoring: at once, with what hangs on nothing else, and back again as it was (ADR 6).

Nothing is ever purged: bytes, history and figures of the past keep what they rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.bookings import give_up_room
from crm.actions.locking import hold, hold_projects, kept
from crm.actions.rollups import settle_contact
from crm.choices import CollisionState, TransferState, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.formats import moment
from crm.models import (
    Activity,
    ActivityProject,
    AgendaItem,
    Claim,
    Collision,
    Comment,
    Company,
    Meeting,
    Minutes,
    Project,
    Transfer,
    User,
)
from crm.policy import Act, Actor
from crm.queries import merges
from crm.queries import trash as queries
from crm.queries.trash import MODELS
from crm.rules import trash as rules
from crm.rules.trash import Kind
from crm.trash import WITH_DELETED

_KINDS = {model: kind for kind, model in MODELS.items()}


def problem(session: Session, row: Any) -> str | None:
    """Why a record cannot be deleted, and what to do about it, or None."""
    match _KINDS[type(row)]:
        case Kind.PROJECT:
            return _project_problem(session, row.id)
        case Kind.COMPANY:
            living = select(Project.id).where(Project.company_id == row.id).limit(1)
            return rules.company_problem(session.scalar(living) is not None)
        case Kind.FILE:
            return rules.file_problem(session.scalar(select(Claim.state).where(Claim.id == row.claim_id)))
        case Kind.MEETING:
            minutes = select(Minutes.id).where(Minutes.meeting_id == row.id).limit(1)
            return rules.meeting_problem(session.scalar(minutes) is not None)
        case _:
            return None


def _project_problem(session: Session, project_id: int) -> str | None:
    disputed = select(Collision.id).where(
        (Collision.first_id == project_id) | (Collision.second_id == project_id),
        Collision.state.in_((CollisionState.OPEN, CollisionState.APPEALED)),
    )
    offered = select(Transfer.id).where(Transfer.project_id == project_id, Transfer.state == TransferState.PROPOSED)
    return rules.project_problem(
        set(session.scalars(select(Claim.state).where(Claim.project_id == project_id).distinct())),
        session.scalar(disputed.limit(1)) is not None,
        session.scalar(offered.limit(1)) is not None,
    )


def delete(session: Session, actor: Actor, row: Any, now: datetime) -> None:
    """Put a record into the trash, with what hangs only on it. Raises RuleBroken where it must not go, Clash if it is gone."""
    _ensure_right(session, actor, row)
    _hold(session, row)
    if row.deleted_at is not None:
        who, at = _who(session, row), moment(row.deleted_at)
        raise Clash(Word("这条记录已由%(who)s于 %(at)s 删除。", who=who, at=at))
    refusal = problem(session, row)
    if refusal:
        raise RuleBroken(refusal)
    gone = [row, *_all(session, queries.hanging_only_on(_KINDS[type(row)], row.id))]
    for item in gone:
        item.deleted_at, item.deleted_by_id = now, actor.id
    _settle(session, gone, now)


def restore(session: Session, actor: Actor, row: Any, now: datetime) -> None:
    """Take a record out of the trash, with what went with it. Raises RuleBroken where it has nowhere to come back to."""
    _ensure_right(session, actor, row)
    missing = _missing(session, row)  # what it belongs to is held before it
    _hold(session, row)
    if row.deleted_at is None:
        raise Clash("这条记录刚由别人恢复，不用再恢复。")
    if isinstance(row, Company) and session.scalars(merges.standing("company", row.id)).first():
        raise RuleBroken("这家企业是合并到另一家的，请在“合并记录”里撤销合并，联系人和项目才会一并回来。")
    refusal = rules.restore_problem(missing, _name_taken(session, row))
    if refusal:
        raise RuleBroken(refusal)
    back = [row, *_all(session, queries.gone_with(_KINDS[type(row)], row))]
    for item in back:
        item.deleted_at = item.deleted_by_id = None
        if isinstance(item, Meeting):
            give_up_room(session, item)
    _settle(session, back, now)


def _hold(session: Session, row: Any) -> None:
    """Hold it; of a touchpoint first its projects, whose last contact follows."""
    if isinstance(row, Activity):
        hold_projects(session, _project_ids(session, row))
    hold(session, row, or_deleted=True)


def _ensure_right(session: Session, actor: Actor, row: Any) -> None:
    """As policy.ensure_row, for rows that may be deleted."""
    model = type(row)
    policy.ensure(actor, queries.opening(actor, _KINDS[model]))
    mine = select(model.id).where(model.id == row.id, policy.rows(actor, Act.DELETE, model))
    if session.scalar(mine.execution_options(**WITH_DELETED)) is None:
        if model is Comment:
            raise NotAllowed("评论由写的人恢复，组长在本组项目、综合统计在全部项目里也可以恢复。")
        raise NotAllowed("这条记录由项目主办、协办和所在组组长在各自范围内删除和恢复，综合统计可办理全部。")


def _who(session: Session, row: Any) -> str:
    return session.scalar(select(User.name).where(User.id == row.deleted_by_id)) or "系统"


def _all(session: Session, statements: Iterable[Any]) -> list[Any]:
    return [row for rows in statements for row in session.scalars(rows)]


def _missing(session: Session, row: Any) -> str:
    """The kind of record that a deleted one belongs to and that is deleted too; "" where there is none."""
    match _KINDS[type(row)]:
        case Kind.PROJECT | Kind.CONTACT if row.company_id and not _lives(session, Company, [row.company_id]):
            return Kind.COMPANY.label
        case Kind.FILE | Kind.COMMENT if not _lives(session, Project, [row.project_id]):
            return Kind.PROJECT.label
        case Kind.FILE if row.comment_id and not _lives(session, Comment, [row.comment_id]):
            return Kind.COMMENT.label
        case Kind.ACTIVITY | Kind.MEETING if (ids := _project_ids(session, row)) and not _lives(session, Project, ids):
            return Kind.PROJECT.label
        case _:
            return ""


def _lives(session: Session, model: type[Any], ids: Sequence[int]) -> bool:
    """Whether one of them is there; it stays so until this transaction ends."""
    rows = select(model.id).where(model.id.in_(ids)).order_by(model.id).limit(1)
    return session.scalar(kept(rows, model)) is not None


def _project_ids(session: Session, row: Any) -> Sequence[int]:
    if isinstance(row, Activity):
        return session.scalars(select(ActivityProject.project_id).where(ActivityProject.activity_id == row.id)).all()
    items = select(AgendaItem.project_id).where(AgendaItem.meeting_id == row.id)
    return [key for key in session.scalars(items) if key is not None]


def _name_taken(session: Session, row: Any) -> bool:
    """A company of the same name was registered meanwhile."""
    if not isinstance(row, Company):
        return False
    namesake = select(Company.id).where(Company.name_key == row.name_key, Company.credit_code.is_(None))
    return row.credit_code is None and session.scalar(namesake.limit(1)) is not None


def _settle(session: Session, rows: Iterable[Any], now: datetime) -> None:
    """Last contacts follow the touchpoints that are there."""
    session.flush()
    ids = [row.id for row in rows if isinstance(row, Activity)]
    touched = select(ActivityProject.project_id).where(ActivityProject.activity_id.in_(ids)).distinct()
    if ids:
        settle_contact(session, session.scalars(touched).all(), now)
