"""A worker: one job after another, until it is asked to go. A thread of `crm serve`, or a process of `crm worker`.

It asks the table every second: two short statements that need no connection of their own, where LISTEN would hold one
open a worker and does not exist on SQLite (ADR 11).
"""

from __future__ import annotations

import logging
import threading
import time

from crm.actions import jobs as actions
from crm.choices import JobKind
from crm.db import reading
from crm.jobs.running import instant, run_next, session_on
from crm.jobs.work import House
from crm.queries import jobs as queries
from crm.queries import mails, settings
from crm.rules.jobs import daily_times, due_today

log = logging.getLogger("crm.jobs")
LOOKS_EVERY_SECONDS = 1.0
DAY_EVERY_SECONDS = 30.0
AFTER_A_FAULT_SECONDS = 5.0


def plan_the_day(house: House) -> int:
    """Ask for the daily jobs whose time has come, each once however many workers plan; returns how many it asked for.

    Where the calendar is fixed (demo and tests) no day begins, and nothing is done by itself.
    """
    if house.clock.fixed_on is not None:
        return 0
    now = house.clock.now()
    with session_on(house.engine) as session:
        with reading():
            due = {key: kind for kind, key in due_today(daily_times(settings.current(session)), now)}
            missing = due.keys() - queries.made(session, list(due))
            session.rollback()
        if not missing:
            return 0
        made = sum(actions.order_daily(session, due[key], key, now, instant()) for key in sorted(missing))
        session.commit()
        return made


def plan_mails(house: House) -> bool:
    """Ask for the job that sends mails, where some are due and a server is set; once a minute however many workers ask."""
    if house.config.smtp is None:
        return False
    now, at = house.clock.now(), instant()
    with session_on(house.engine) as session:
        with reading():
            waiting = mails.count_due(session, now)
            session.rollback()
        if not waiting:
            return False
        made = actions.order_daily(session, JobKind.MAIL, f"{JobKind.MAIL.value}:{at:%Y-%m-%dT%H:%M}", now, at)
        session.commit()
        return made


class Worker:
    """Does jobs until `go` is called; what it is at then, it finishes or, after the grace, puts back."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._going, self._giving_way = threading.Event(), threading.Event()
        self._planned_at = float("-inf")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """As a thread of this process."""
        self._thread = threading.Thread(target=self.work, name="jobs", daemon=True)
        self._thread.start()

    def go(self, grace_seconds: float) -> None:
        """Take no more jobs; the one at hand has so long to end. Returns at once: a signal handler may call it."""
        self._going.set()
        timer = threading.Timer(grace_seconds, self._giving_way.set)
        timer.daemon = True
        timer.start()

    def join(self, seconds: float) -> None:
        """Wait for the thread."""
        if self._thread is not None:
            self._thread.join(seconds)

    def work(self) -> None:
        """One job after another."""
        while not self._going.is_set():
            try:
                rest = 0.0 if self.step() else LOOKS_EVERY_SECONDS
            except Exception:
                log.exception("the worker goes on in a while")
                rest = AFTER_A_FAULT_SECONDS
            if rest:
                self._going.wait(rest)

    def step(self) -> bool:
        """Plan the day and the mails now and then, and do a job; False where there is none to do."""
        if time.monotonic() - self._planned_at >= DAY_EVERY_SECONDS:
            self._planned_at = time.monotonic()
            plan_the_day(self._house)
            plan_mails(self._house)
        return run_next(self._house, self._giving_way)
