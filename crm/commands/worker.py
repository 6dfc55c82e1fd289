"""`crm worker`: the processes that do background work beside web servers; several of them, on one machine or more."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import click

from crm.cli import Refused, group
from crm.extensions import db
from crm.jobs import work
from crm.jobs.running import run_next
from crm.jobs.work import House
from crm.jobs.workers import Worker, plan_mails, plan_the_day
from crm.views import web

GRACE_SECONDS = 25  # systemd kills after 90, containers often after 30
MOST_PROCESSES = 32
SHORT_LIFE_SECONDS = 5
TO_STOP = (signal.SIGTERM, signal.SIGINT)


def house() -> House:
    """Where this application's jobs are done."""
    return work.house(web.config(), web.clock())


@group.command("worker")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, MOST_PROCESSES), help="几个进程。")
@click.option("--grace", default=GRACE_SECONDS, show_default=True, help="停止时，手上的任务最多再做几秒。")
@click.option("--once", is_flag=True, help="做完现有的任务就结束。")
def worker(processes: int, grace: int, once: bool) -> None:
    """Do background work until stopped; SIGTERM lets the job at hand end, or puts it back."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    if once:
        here = house()
        plan_the_day(here)
        plan_mails(here)
        while run_next(here):
            pass
        here.engine.dispose()
        return
    if processes == 1:
        click.echo("后台任务已开始处理。（按 Ctrl+C 停止）")
        _work(grace)
        return
    if not hasattr(os, "fork"):
        raise Refused("这个系统上一次只能开一个进程；请分别启动几个 crm worker。")
    db.engine.dispose()  # children must not share a connection
    click.echo(f"{processes} 个进程已开始处理后台任务。（按 Ctrl+C 停止）")
    _supervise(processes, lambda: _work(grace, is_child=True))


def _work(grace: int, *, is_child: bool = False) -> None:
    """Be a worker in this process; a child of _supervise is born with the signals waiting, and hears them from here on."""
    one = Worker(house())

    def go(_signal: int, _frame: FrameType | None) -> None:
        one.go(grace)

    for name in TO_STOP:
        signal.signal(name, go)
    if is_child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_STOP)
    one.work()


def _supervise(wanted: int, life: Callable[[], None]) -> None:
    """Keep so many children at work: one that dies is replaced, a signal to stop is passed on to all.

    While a child is born the signals wait: it must be known here, and have its own way to stop, before one can arrive.
    """
    children: dict[int, float] = {}
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)
        for child in list(children):
            with suppress(ProcessLookupError):  # gone, and not yet struck off
                os.kill(child, signal.SIGTERM)

    for name in TO_STOP:
        signal.signal(name, stop)
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, TO_STOP)
        while len(children) < wanted and not stopping:
            children[_child(life)] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_STOP)
        if not children:
            return
        gone, _status = os.wait()
        lived = time.monotonic() - children.pop(gone, 0.0)
        if lived < SHORT_LIFE_SECONDS and not stopping:
            time.sleep(1)  # what dies at once is not started a thousand times a minute


def _child(life: Callable[[], None]) -> int:
    """Start a child; returns its number to the parent only."""
    number = os.fork()
    if number:
        return number
    try:
        life()
    except BaseException:
        logging.getLogger("crm.jobs").exception("a worker ends")
        os._exit(1)
    os._exit(0)
