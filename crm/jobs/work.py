"""What a job is given to work with: a session, who it works for, the clock, and a way to say how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from crm import db, storage
from crm.actions.jobs import File, Outcome
from crm.clock import Clock
from crm.config import Config, Pool, Timeouts
from crm.policy import Actor
from crm.replica import Replica
from crm.rules.jobs import packed

Told = Callable[[int, int, str], None]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# A worker's connections: for the work, for its progress, for its lease. Nobody waits for it in a browser, but whoever holds
# a row that it needs for minutes is in its way.
POOL = Pool(size=3, overflow=2, wait_seconds=30)
TIMEOUTS = Timeouts(statement_seconds=0, lock_seconds=60, idle_transaction_seconds=0)


@dataclass(frozen=True)
class House:
    """Where jobs are done: the database, the configuration, the clock, and a replica to read exports from."""

    engine: Engine
    config: Config
    clock: Clock
    replica: Replica | None = None


def house(config: Config, clock: Clock) -> House:
    """With connections of its own, which have the time that a web request has not."""
    engine = create_engine(config.database_url, **db.engine_options(config.database_url, POOL, TIMEOUTS))
    db.equip(engine)
    if config.replica_url is None:
        return House(engine, config, clock)
    other = create_engine(config.replica_url, **db.engine_options(config.replica_url, POOL, TIMEOUTS))
    db.equip_replica(other)
    return House(engine, config, clock, Replica(other, engine, config.replica_lag_seconds))


class GivingWay(Exception):
    """The worker is asked to go: the job stops here and waits for another one."""


@dataclass(frozen=True)
class Work:
    """One attempt at a job. `actor` is its owner with the rights of this moment, None for the jobs of the day.

    `progress(done, total, sentence)` is called between steps, as often as one likes; where the job was cancelled or the
    worker is to go it raises, which undoes what was not committed. `keep(done, total, sentence)` also commits what was done
    so far: only for steps that do no harm when they are done again.
    """

    session: Session
    config: Config
    arguments: Mapping[str, Any]
    actor: Actor | None
    today: date
    now: datetime
    at: datetime  # the real instant, where the calendar is fixed
    progress: Told
    keep: Told

    @property
    def owner(self) -> Actor:
        """Who asked for it."""
        assert self.actor is not None
        return self.actor


def keep_file(folder: Path, name: str, write: Callable[[IO[bytes]], Iterable[int]]) -> File:
    """A workbook in the folder of results. `write` gets the open file; what it returns are the projects told of in it."""
    with storage.scratch(folder) as path:
        with path.open("wb") as file:
            projects = packed(write(file))
        size = path.stat().st_size
        return File(storage.adopt(folder, path), name, XLSX, size, projects)


@dataclass(frozen=True)
class Kind:
    """How a kind of job is done. One that only `reads` holds no lock while it does: the database refuses it writes."""

    run: Callable[[Work], Outcome]
    reads: bool = False
