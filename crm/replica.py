"""A read replica: figures, reports and exports read there, and on the primary whenever the replica cannot be trusted.

A reader must never miss what he himself just wrote. Who wrote within the last `lag_seconds` reads on the primary (the caller
asks), and the replica is used only while it is known to be at most that far behind: at each look, half of it at most, and a
look is good for the other half.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from crm import db

T = TypeVar("T")
log = logging.getLogger("crm.replica")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0
WRITTEN = text("SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn() END")
# A server that is no standby (a logical copy) cannot say how far behind it is. A standby has either replayed all that the
# primary had written, or replayed something recent.
BEHIND = text(
    "SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn) THEN 0 "
    "ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 1000000) END"
)

_chosen: ContextVar[Engine | None] = ContextVar("crm_replica", default=None)


def chosen() -> Engine | None:
    """The engine to read from at this moment, or None for the primary; the session asks before every statement."""
    return _chosen.get()


class Replica:
    """One replica as this process knows it: whether it may be used, and when to look again."""

    def __init__(self, engine: Engine, primary: Engine, lag_seconds: int, clock: Callable[[], float] = time.monotonic):
        self.engine, self.primary, self.lag_seconds = engine, primary, lag_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._good = False
        self._look_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def read(self, work: Callable[[], T], again: Callable[[], Any]) -> T:
        """What `work` reads, from the replica if it may be used; when it fails in between, after `again`, from the primary."""
        if not self.usable():
            return work()
        try:
            with self._reading():
                return work()
        except SQLAlchemyError as error:
            if db.trouble(error) is None:
                raise
            self._failed(error)
            again()
        return work()

    def usable(self) -> bool:
        """Whether the replica answers and is fresh enough; looks at most every few seconds, one thread at a time."""
        if self._clock() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._good

    @contextmanager
    def _reading(self) -> Iterator[None]:
        token = _chosen.set(self.engine)
        try:
            yield
        finally:
            _chosen.reset(token)

    def _look(self) -> None:
        try:
            behind = self.seconds_behind()
        except SQLAlchemyError as error:
            self._failed(error)
            return
        if behind > self.lag_seconds / 2:
            self._failed(f"{behind:.0f} s behind the primary")
            return
        if not self._good:
            log.info("replica in use: %s", self.engine.url.render_as_string(hide_password=True))
        self._good, self._pause = True, FIRST_PAUSE_SECONDS
        self._look_at = self._clock() + self.lag_seconds / 2

    def seconds_behind(self) -> float:
        """How far the replica is behind the primary at most; raises SQLAlchemyError when either is away."""
        with db.reading():
            with self.primary.connect() as connection:
                written = connection.scalar(WRITTEN)
            with self.engine.connect() as connection:
                return float(connection.scalar(BEHIND, {"written": written or "0/0"}))

    def _failed(self, reason: object) -> None:
        """Leave the replica alone for a while, longer each time."""
        first_line = (str(reason).strip().splitlines() or [type(reason).__name__])[0]
        log.warning("replica not used for %.0f s, reading from the primary: %s", self._pause, first_line)
        self._good = False
        self._look_at = self._clock() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
