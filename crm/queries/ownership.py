"""Whose a project is and was: what its page shows of the pool, of transfers and of merges."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from crm.models import PoolEvent, Project, Transfer, User
from crm.policy import Actor
from crm.queries import compiled, merge_log, presence, transfers
from crm.queries.merge_log import Signpost

MOST = 20


class PoolLine(NamedTuple):
    """Into the pool or out of it, who did it and who was in charge."""

    event: PoolEvent
    by: str | None
    holder: str | None


@dataclass(frozen=True)
class Ownership:
    """The panel of a project's page."""

    pooling: Sequence[PoolLine]
    transfers: Sequence[Transfer]
    signposts: Sequence[Signpost]

    @property
    def went(self) -> Signpost | None:
        """Where the project went when it was merged."""
        return next((post for post in self.signposts if post.is_gone), None)

    @property
    def came(self) -> Sequence[Signpost]:
        """What was merged into it."""
        return [post for post in self.signposts if not post.is_gone]


def ownership(
    session: Session, actor: Actor, project: Project, there: Collection[str] = presence.EVERYTHING
) -> Ownership:
    """All of it, of a project the actor may see; at most three statements, of what is there at all (queries/presence.py)."""
    key = {"project_id": project.id}
    return Ownership(
        [PoolLine(*row) for row in compiled.entities(session, _pooling, (), key)] if "pooling" in there else (),
        transfers.of_project(session, actor, project.id) if "transfer" in there else (),
        merge_log.signposts(session, actor, project.id) if "merge" in there else (),
    )


@compiled.by_key
def _pooling() -> Select[PoolEvent, str, str]:
    by, holder = aliased(User), aliased(User)
    return (
        select(PoolEvent, by.name, holder.name)
        .outerjoin(by, by.id == PoolEvent.by_id)
        .outerjoin(holder, holder.id == PoolEvent.holder_id)
        .where(PoolEvent.project_id == bindparam("project_id", type_=Integer()))
        .order_by(PoolEvent.at.desc(), PoolEvent.id.desc())
        .limit(MOST)
    )
