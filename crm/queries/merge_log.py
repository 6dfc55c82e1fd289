"""What was merged, as far as a person may look into it, and where a merged record has gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.models import Company, Merge, Project
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.trash import WITH_DELETED


class MergeLine(NamedTuple):
    """A merge with the names of its two records as they are now."""

    merge: Merge
    kept: str
    gone: str


def _known(actor: Actor) -> ColumnElement[bool]:
    """Merges of records that the actor may merge: both projects, or the company that is left."""
    may = [
        exists(
            select(Project.id)
            .where(Project.id == column, policy.project_rows(actor, Act.MERGE))
            .correlate_except(Project)
        )
        for column in (Merge.kept_id, Merge.gone_id)
    ]
    firm = exists(
        select(Company.id)
        .where(Company.id == Merge.kept_id, policy.rows(actor, Act.MERGE, Company))
        .correlate_except(Company)
    )
    return or_(and_(Merge.table_name == "project", *may), and_(Merge.table_name == "company", firm))


def history(actor: Actor) -> Select[Merge]:
    """The merges a person may look into and undo, in the order of HISTORY."""
    return select(Merge).where(_known(actor)).options(joinedload(Merge.merged_by))


HISTORY = (Key(Merge.merged_at, datetime, descending=True), Key(Merge.id, int, descending=True))  # the newest first


def named(session: Session, merges: Sequence[Merge]) -> list[MergeLine]:
    """With the names, in two statements."""
    names: dict[tuple[str, int], str] = {}
    for table, model in (("project", Project), ("company", Company)):
        keys = {key for merge in merges if merge.table_name == table for key in (merge.kept_id, merge.gone_id)}
        rows = select(model.id, model.name).where(model.id.in_(keys)).execution_options(**WITH_DELETED)
        names |= {(table, key): name for key, name in session.execute(rows)}
    return [
        MergeLine(
            merge,
            names.get((merge.table_name, merge.kept_id), ""),
            names.get((merge.table_name, merge.gone_id), ""),
        )
        for merge in merges
    ]


class Signpost(NamedTuple):
    """A merge that stands, from one of its projects: where the other one is."""

    merge: Merge
    is_gone: bool
    id: int
    code: str
    name: str


def signposts(session: Session, actor: Actor, project_id: int) -> list[Signpost]:
    """Where the project went, and what went into it, as far as the actor may see the other side; one statement."""
    other = case((Merge.gone_id == project_id, Merge.kept_id), else_=Merge.gone_id)
    rows = (
        select(Merge, Project.id, Project.code, Project.name)
        .join(Project, Project.id == other)
        .where(
            Merge.table_name == "project",
            or_(Merge.kept_id == project_id, Merge.gone_id == project_id),
            Merge.undone_at.is_(None),
            policy.rows(actor, Act.SEE_PROJECT, Project),
        )
        .options(joinedload(Merge.merged_by))
        .order_by(Merge.id.desc())
    )
    found = session.execute(rows)
    return [Signpost(merge, merge.gone_id == project_id, key, code, name) for merge, key, code, name in found]


def heir(session: Session, actor: Actor, company_id: int) -> Company | None:
    """The company another one was merged into, where the actor may see it."""
    return session.scalars(
        select(Company)
        .join(Merge, and_(Merge.table_name == "company", Merge.kept_id == Company.id))
        .where(Merge.gone_id == company_id, Merge.undone_at.is_(None), policy.rows(actor, Act.SEE_COMPANY, Company))
    ).first()
