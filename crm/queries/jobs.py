"""Jobs read: a person's own, the one that works on a row, what may be fetched, and how the work as a whole stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import JobKind, JobState
from crm.models import Job, Project
from crm.policy import Act, Actor
from crm.queries.keyset import Key
from crm.rules.jobs import LEASE, OPEN, unpacked

NEWEST = (Key(Job.id, int, descending=True),)


def of(actor: Actor) -> Select[Job]:
    """The actor's own jobs: nobody sees another's."""
    return select(Job).where(Job.owner_id == actor.id)


def on_row(table: str, row_id: int) -> Select[Job]:
    """The last job that works, or worked, on a row."""
    return select(Job).where(Job.table_name == table, Job.row_id == row_id).order_by(Job.id.desc()).limit(1)


def to_do(at: datetime) -> Select[Job]:
    """What a worker may take: what waits, and what was left by one that is gone; the longest waiting first."""
    waiting = (Job.state == JobState.WAITING) & (Job.not_before <= at)
    left = (Job.state == JobState.RUNNING) & (Job.beat_at < at - LEASE)
    return select(Job).where(Job.state.in_(OPEN), or_(waiting, left)).order_by(Job.not_before, Job.id)


def out_of_reach(session: Session, actor: Actor, job: Job) -> int:
    """How many projects of a result its owner may no longer export: given away, secret now, or deleted. One statement."""
    if not job.project_ids:
        return 0
    mine = session.scalars(select(Project.id).where(policy.project_rows(actor, Act.EXPORT)))
    return len(set(unpacked(job.project_ids)).difference(mine))


def standing(session: Session, since: datetime) -> dict[JobKind, dict[JobState, int]]:
    """How many jobs of a kind stand where, of those made since an instant; one statement."""
    counted = select(Job.kind, Job.state, func.count()).where(or_(Job.created_at >= since, Job.state.in_(OPEN)))
    found: dict[JobKind, dict[JobState, int]] = {}
    for kind, state, count in session.execute(counted.group_by(Job.kind, Job.state)):
        found.setdefault(kind, {})[state] = count
    return {kind: found[kind] for kind in JobKind if kind in found}


def made(session: Session, keys: list[str]) -> set[str]:
    """Which of these keys there is a job of already."""
    return {key for key in session.scalars(select(Job.key).where(Job.key.in_(keys))) if key}
