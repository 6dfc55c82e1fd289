"""One job from the queue to its end: taken with a lease, done, concluded in the transaction of its own effect."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from crm import history, replica
from crm.actions import jobs as actions
from crm.actions.jobs import LeaseLost, Outcome
from crm.actions.people import note
from crm.db import reading, writing
from crm.errors import CrmError, NotAllowed
from crm.jobs.kinds import KINDS
from crm.jobs.work import GivingWay, House, Work
from crm.models import Job
from crm.policy import Actor
from crm.queries import jobs as queries
from crm.queries import people, settings
from crm.rules import jobs as rules

log = logging.getLogger("crm.jobs")
SAID_EVERY_SECONDS = 0.5  # progress is written down no more often
NO_OWNER = "发起人的账号已停用，任务没有执行。"


def instant() -> datetime:
    """The real instant: leases are compared by it, whatever day the calendar is fixed on."""
    return datetime.now(UTC)


def session_on(engine: Engine) -> Session:
    """A session whose rows stay readable after a commit."""
    return Session(engine, expire_on_commit=False)


def run_next(house: House, giving_way: threading.Event | None = None) -> bool:
    """Do the job that waits longest; False where none does. With `giving_way` set it is put back at its next step."""
    job = _claim(house)
    if job is None:
        return False
    log.info("job %s (%s) begins, attempt %s", job.id, job.kind.value, job.attempts)
    with Hold(house.engine, job, giving_way or threading.Event()) as hold:
        try:
            _run(house, job, hold)
        except LeaseLost:
            log.info("job %s was cancelled or taken by another", job.id)
        except GivingWay:
            _put_back(house, job, instant(), is_counted=False)
        except CrmError as refusal:
            _fail(house, job, refusal.message)
        except Exception:
            log.exception("job %s (%s), attempt %s", job.id, job.kind.value, job.attempts)
            if job.attempts < rules.MOST_ATTEMPTS:
                _put_back(house, job, instant() + rules.retry_delay(job.attempts), is_counted=True)
            else:
                _fail(house, job, actions.FAULT)
    return True


def _claim(house: House) -> Job | None:
    """Looked for without a lock first: an idle worker disturbs nobody."""
    at = instant()
    with session_on(house.engine) as session:
        with reading():
            waiting = session.scalars(queries.to_do(at).limit(1)).one_or_none()
            session.rollback()
        if waiting is None:
            return None
        job = actions.claim(session, at, house.clock.now())
        session.commit()
        if job is not None:
            session.expunge(job)
        return job


def _run(house: House, job: Job, hold: Hold) -> None:
    kind, now = KINDS[job.kind], house.clock.now()
    with session_on(house.engine) as session, reading():
        actor, days = _actor(session, job), settings.current(session).result_days

    def done_in(session: Session) -> Outcome:
        hold.watch(session, writes=not kind.reads)
        history.sign(session, history.Signature(job.owner_id, now, f"job:{job.id}"))
        return kind.run(
            Work(
                session,
                house.config,
                job.arguments,
                actor,
                house.clock.today(),
                now,
                instant(),
                hold.progress,
                hold.keep,
            )
        )

    read = _read(house, job, done_in) if kind.reads else None
    with session_on(house.engine) as session:
        outcome = read or done_in(session)
        _conclude(session, job, outcome, actor, days, house.clock.now())
        session.commit()
    log.info("job %s is done: %s", job.id, outcome.sentence)


def _read(house: House, job: Job, done_in: Callable[[Session], Outcome]) -> Outcome:
    """What a job makes that only reads: from the replica where there is one, unless its owner had just written something."""

    def done() -> Outcome:
        with reading(), session_on(replica.chosen() or house.engine) as session:
            return done_in(session)

    if house.replica is None or job.is_fresh:
        return done()
    return house.replica.read(done, lambda: None)


def _actor(session: Session, job: Job) -> Actor | None:
    """Its owner with the rights of this moment; raises NotAllowed for one who works here no more."""
    if job.owner_id is None:
        return None
    user = people.find_user(session, job.owner_id)
    if user is None:
        raise NotAllowed(NO_OWNER)
    return people.actor_of(session, user)


def _conclude(session: Session, job: Job, outcome: Outcome, actor: Actor | None, days: int, now: datetime) -> None:
    for kind, detail in outcome.events:
        note(session, job.owner_id, kind, detail, now)
    actions.finish(session, job, outcome, rules.rights_of(actor) if actor else None, days, now)


def _fail(house: House, job: Job, sentence: str) -> None:
    _change(house, lambda session: actions.fail(session, job, sentence, house.clock.now()))


def _put_back(house: House, job: Job, at: datetime, *, is_counted: bool) -> None:
    _change(house, lambda session: actions.put_back(session, job, at, is_counted=is_counted))


def _change(house: House, change: Callable[[Session], None]) -> None:
    """What becomes of a job that did not end well; nothing, where it is another's by now or the database is away."""
    try:
        with session_on(house.engine) as session:
            change(session)
            session.commit()
    except LeaseLost:
        log.info("the job was cancelled or taken by another meanwhile")
    except (DBAPIError, PoolTimeout):
        log.exception("the job stays as it is until its lease runs out")


class Hold:
    """A lease that is kept alive while a job is worked on, and what the worker says of its progress.

    A thread renews it, so that a long step is not taken for a dead worker. Both use a connection of their own.
    """

    def __init__(self, engine: Engine, job: Job, giving_way: threading.Event) -> None:
        self._engine, self._job, self._giving_way = engine, job, giving_way
        self._lost, self._over = threading.Event(), threading.Event()
        self._session: Session | None = None
        self._writes = False
        self._said_at = self._beaten_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep_alive, name=f"lease of job {job.id}", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def watch(self, session: Session, *, writes: bool) -> None:
        """The session the work is done in."""
        self._session, self._writes = session, writes

    def progress(self, done: int, total: int, sentence: str) -> None:
        """Write down how far the work is; raises LeaseLost or GivingWay where it is to end here."""
        if self._giving_way.is_set():
            raise GivingWay
        if done == 0 or time.monotonic() - self._said_at >= SAID_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._beat(done=done, total=total, sentence=sentence)
        if self._lost.is_set():
            raise LeaseLost

    def keep(self, done: int, total: int, sentence: str) -> None:
        """Commit what was done so far, if the job is still ours, and say how far it is."""
        assert self._session is not None
        if not actions.beat(
            self._session, self._job.id, self._job.lease, instant(), done=done, total=total, sentence=sentence
        ):
            raise LeaseLost
        self._session.commit()
        if self._giving_way.is_set():
            raise GivingWay

    def _keep_alive(self) -> None:
        while not self._over.wait(rules.BEAT.total_seconds()):
            self._beat()

    def _beat(self, **values: Any) -> None:
        """Renew the lease. One that could not be renewed for its whole length is lost."""
        if self._is_the_writer():
            return
        try:
            with writing(), session_on(self._engine) as session:
                is_ours = actions.beat(session, self._job.id, self._job.lease, instant(), **values)
                session.commit()
            self._beaten_at = time.monotonic()
        except (DBAPIError, PoolTimeout):
            log.warning("the lease of job %s could not be renewed", self._job.id, exc_info=True)
            is_ours = time.monotonic() - self._beaten_at < rules.LEASE.total_seconds()
        if not is_ours:
            self._lost.set()

    def _is_the_writer(self) -> bool:
        """SQLite has one writer at a time: while that is the work itself, nobody else can take the job."""
        at_work = self._session is not None and self._writes and self._session.in_transaction()
        return at_work and self._engine.dialect.name == "sqlite"
