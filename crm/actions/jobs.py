"""Jobs change hands here: asked for, taken, worked on, concluded (ADR 11).

A worker proves with its lease that the job is still its own: every change it makes is one UPDATE on job, lease and state,
which changes nothing once the job was cancelled or taken by another. It goes into the transaction of the job's own effect,
so that both happen or neither does.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.notices import News, tell
from crm.choices import JobKind, JobState, NoticeKind
from crm.errors import Clash, NotAllowed
from crm.models import Job
from crm.policy import Act, Actor
from crm.queries import jobs as queries
from crm.rules import jobs as rules

# The right to what a job makes; the jobs of the day are nobody's to ask for.
ACTS: Mapping[JobKind, Act] = {
    JobKind.PROJECT_LIST: Act.EXPORT,
    JobKind.BRIEFING: Act.SEE_BRIEFING,
    JobKind.LEDGER_READ: Act.IMPORT,
    JobKind.LEDGER_APPLY: Act.IMPORT,
}
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
GIVEN_UP = "处理它的进程接连中断，已停止重试。请重新执行；仍不成功请告诉管理员。"
FAULT = "系统出错，已记录。请重新执行；仍不成功请把任务编号告诉管理员。"


class LeaseLost(Exception):
    """The job is not this worker's any more: cancelled, or taken by another."""


@dataclass(frozen=True)
class Order:
    """What is asked for. `key` makes one open job of it however often it is asked; `about` is the row it works on.

    `is_fresh`: whoever asks has just written something that must be in it.
    """

    kind: JobKind
    arguments: Mapping[str, Any]
    detail: str = ""
    key: str | None = None
    about: tuple[str, int] | None = None
    is_fresh: bool = False


@dataclass(frozen=True)
class File:
    """A result in the folder of results, and the keys of the projects in it."""

    digest: str
    name: str
    media_type: str
    size_bytes: int
    project_ids: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a sentence, and a file where it made one; `events` (kind, detail) go into the log."""

    sentence: str
    file: File | None = None
    events: tuple[tuple[str, str], ...] = ()


# ---------------------------------------------------------------------------------------------------------- its owner


def order(session: Session, actor: Actor, wanted: Order, now: datetime, at: datetime) -> Job:
    """Ask for a job; one that is asked for twice while it is open is the same. `at` is the real instant."""
    policy.ensure(actor, ACTS[wanted.kind])
    key = wanted.key and f"{actor.id}:{wanted.key}"[:200]
    made = _insert(session, wanted, key, actor.id, now, at)
    if made is not None:
        return session.get_one(Job, made)
    return session.scalars(select(Job).where(Job.key == key)).one()


def order_daily(session: Session, kind: JobKind, key: str, now: datetime, at: datetime) -> bool:
    """Ask for a job of the day, unless somebody has already; the key stays with it for good."""
    return _insert(session, Order(kind, {}), key, None, now, at) is not None


def _insert(
    session: Session, wanted: Order, key: str | None, owner_id: int | None, now: datetime, at: datetime
) -> int | None:
    """The key of the new row, or None where there is one of this `key`: the database decides between two at once."""
    table, row_id = wanted.about or ("", None)
    row = {
        "kind": wanted.kind, "owner_id": owner_id, "key": key, "arguments": dict(wanted.arguments), "detail": wanted.detail,
        "table_name": table, "row_id": row_id, "is_fresh": wanted.is_fresh, "state": JobState.WAITING, "not_before": at,
        "lease": "", "attempts": 0, "done": 0, "total": 0, "sentence": "", "digest": "", "filename": "", "media_type": "",
        "size_bytes": 0, "created_at": now,
    }  # fmt: skip
    insert = _INSERT[session.get_bind().dialect.name](Job).values(**row)
    made: int | None = session.scalar(insert.on_conflict_do_nothing(index_elements=["key"]).returning(Job.id))
    return made


def cancel(session: Session, actor: Actor, job: Job, now: datetime) -> None:
    """Take a job back: whoever works on it loses it with its next step. Raises Clash for one that has ended."""
    _ensure_own(actor, job)
    ended = {"state": JobState.CANCELLED, "finished_at": now, "lease": "", "key": None, "sentence": ""}
    done = session.execute(update(Job).where(Job.id == job.id, Job.state.in_(rules.OPEN)).values(ended))
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Clash("这项任务已经结束，不能再取消。")
    session.expire(job)


def again(session: Session, actor: Actor, job: Job, now: datetime, at: datetime, *, is_fresh: bool = False) -> Job:
    """The same job anew, with today's rights and rows. Raises Clash while it is still open."""
    _ensure_own(actor, job)
    if job.state in rules.OPEN:
        raise Clash("这项任务还没有结束，不用重新执行。")
    about = (job.table_name, job.row_id) if job.row_id is not None else None
    key = f"{job.table_name}:{job.row_id}" if about else f"again:{job.id}"
    return order(session, actor, Order(job.kind, job.arguments, job.detail, key, about, is_fresh), now, at)


def _ensure_own(actor: Actor, job: Job) -> None:
    if job.owner_id != actor.id:
        raise NotAllowed("只有发起人能取消或重新执行这项任务。")


# ------------------------------------------------------------------------------------------------------------ a worker


def claim(session: Session, at: datetime, now: datetime) -> Job | None:
    """Take the job that waits longest, with a lease of one's own. One that broke too many workers is given up."""
    first = queries.to_do(at).limit(1).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    while (job := session.scalars(first).one_or_none()) is not None:
        if job.attempts < rules.MOST_ATTEMPTS:
            job.state, job.lease, job.beat_at = JobState.RUNNING, secrets.token_hex(16), at
            job.attempts += 1
            job.started_at = now
            job.done = job.total = 0
            job.sentence = ""
            session.flush()
            return job
        job.state, job.finished_at, job.sentence, job.lease = JobState.FAILED, now, GIVEN_UP, ""
        job.key = _kept_key(job)
        _tell(session, job, JobState.FAILED, GIVEN_UP, now)
    return None


def beat(session: Session, job_id: int, lease: str, at: datetime, **values: Any) -> bool:
    """Say that one is still at work, and how far (`done`, `total`, `sentence`); False where the job is lost."""
    mine = (Job.id == job_id, Job.lease == lease, Job.state == JobState.RUNNING)
    changed = session.execute(update(Job).where(*mine).values(beat_at=at, **values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def finish(
    session: Session, job: Job, outcome: Outcome, rights: Mapping[str, Any] | None, days: int, now: datetime
) -> None:
    """The work is done: goes into the transaction of its effect. Raises LeaseLost, which undoes both."""
    values: dict[str, Any] = {"sentence": outcome.sentence}
    if (file := outcome.file) is not None:
        values |= {
            "digest": file.digest, "filename": file.name, "media_type": file.media_type, "size_bytes": file.size_bytes,
            "project_ids": file.project_ids, "rights": rights, "expires_at": now + timedelta(days=days),
        }  # fmt: skip
    _end(session, job, JobState.DONE, now, **values)
    _tell(session, job, JobState.DONE, outcome.sentence, now)


def fail(session: Session, job: Job, sentence: str, now: datetime) -> None:
    """It cannot be done; the sentence says why. Raises LeaseLost."""
    _end(session, job, JobState.FAILED, now, sentence=sentence)
    _tell(session, job, JobState.FAILED, sentence, now)


def put_back(session: Session, job: Job, at: datetime, *, is_counted: bool) -> None:
    """Let somebody else do it from an instant on; an attempt that only gave way is not counted. Raises LeaseLost."""
    attempts = job.attempts if is_counted else job.attempts - 1
    values = {"state": JobState.WAITING, "lease": "", "not_before": at, "attempts": attempts, "done": 0, "sentence": ""}
    _change(session, job, values)


def _end(session: Session, job: Job, state: JobState, now: datetime, **values: Any) -> None:
    _change(session, job, {"state": state, "lease": "", "finished_at": now, "key": _kept_key(job), **values})


def _kept_key(job: Job) -> str | None:
    """The key of a job that ends: a daily one, which nobody owns, keeps it for the day."""
    return job.key if job.owner_id is None else None


def _change(session: Session, job: Job, values: Mapping[str, Any]) -> None:
    mine = (Job.id == job.id, Job.lease == job.lease, Job.state == JobState.RUNNING)
    if not session.execute(update(Job).where(*mine).values(values)).rowcount:  # type: ignore[attr-defined]
        raise LeaseLost


def _tell(session: Session, job: Job, state: JobState, sentence: str, now: datetime) -> None:
    if job.owner_id is None:
        return
    about = f"{job.kind.label}（{job.detail}）" if job.detail else job.kind.label
    text = f"{about}：{sentence}" if state is JobState.DONE else f"{about}没有完成：{sentence}"
    tell(session, [job.owner_id], News(NoticeKind.JOB, f"job:{job.id}", text, table_name="job", row_id=job.id), now)


# -------------------------------------------------------------------------------------------------------------- in time


def expire(session: Session, now: datetime) -> int:
    """Results past their days are results no more, and jobs that ended long ago go; returns how many results went."""
    past = update(Job).where(Job.digest != "", Job.expires_at <= now)
    gone = session.execute(past.values(digest="", project_ids=None))
    session.execute(delete(Job).where(Job.finished_at < now - rules.KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def needed_files(session: Session) -> set[str]:
    """The digests of the results that are still to be had."""
    return set(session.scalars(select(Job.digest).where(Job.digest != "")))
