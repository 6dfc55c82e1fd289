"""入统: what is recorded of a project, and which started projects are not in the statistics yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import Stage, Status
from crm.models import Claim, FaiEntry, Project, StageMove, User
from crm.policy import Act, Actor
from crm.queries.day import named_on
from crm.queries.totals.basis import Basis, verified

MOST = 100


def standing(project_id: int) -> Select[FaiEntry]:
    """The entry of a project that stands."""
    return select(FaiEntry).where(FaiEntry.project_id == project_id, FaiEntry.withdrawn_at.is_(None))


def of_project(session: Session, project_id: int) -> Sequence[tuple[FaiEntry, str | None, str | None]]:
    """Every entry of a project with who recorded and who withdrew it, the newest first."""
    by, gone_by = aliased(User), aliased(User)
    rows = session.execute(
        select(FaiEntry, by.name, gone_by.name)
        .outerjoin(by, by.id == FaiEntry.recorded_by_id)
        .outerjoin(gone_by, gone_by.id == FaiEntry.withdrawn_by_id)
        .where(FaiEntry.project_id == project_id)
        .order_by(FaiEntry.id.desc())
    )
    return [(entry, name, gone) for entry, name, gone in rows]


def started_on(session: Session, project_id: int, basis: Basis) -> date | None:
    """The day the project started, as far as it is verified."""
    rows = (
        select(func.min(StageMove.moved_on))
        .join(Claim, Claim.id == StageMove.claim_id)
        .where(StageMove.project_id == project_id, StageMove.to_stage == Stage.STARTED, verified(Claim, basis))
    )
    return session.scalar(rows)


def has_code(session: Session, code: str, besides: int) -> bool:
    """Whether another project stands in the statistics under the code."""
    rows = select(FaiEntry.id).where(
        FaiEntry.code == code, FaiEntry.withdrawn_at.is_(None), FaiEntry.project_id != besides
    )
    return session.scalar(rows.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Missing:
    """A started project that is not in the statistics."""

    project_id: int
    name: str
    started_on: date


def missing(session: Session, actor: Actor, basis: Basis, until: date) -> list[Missing]:
    """Projects started by a day and not in the statistics: all that a statistician sees, else those one leads; one statement."""
    whose = policy.project_rows(actor, Act.VERIFY)
    if not policy.can(actor, Act.VERIFY):
        whose = named_on(actor.id) & policy.project_rows(actor, Act.EDIT_PROJECT)
    entered = exists(select(FaiEntry.id).where(FaiEntry.project_id == Project.id, FaiEntry.withdrawn_at.is_(None)))
    begun = func.min(StageMove.moved_on)
    rows = (
        select(Project.id, Project.name, begun)
        .join(StageMove, StageMove.project_id == Project.id)
        .join(Claim, Claim.id == StageMove.claim_id)
        .where(
            whose, ~entered, Project.duplicate_of_id.is_(None), Project.status == Status.ACTIVE,
            Project.stage >= Stage.STARTED, StageMove.to_stage == Stage.STARTED, verified(Claim, basis),
        )
        .group_by(Project.id, Project.name)
        .having(begun <= until)
        .order_by(begun.desc(), Project.id)
        .limit(MOST)
    )  # fmt: skip
    return [Missing(*row) for row in session.execute(rows)]
