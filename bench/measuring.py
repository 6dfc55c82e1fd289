"""Measuring an operation: how long it takes with one client and with several, and what CPU it costs both sides."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from statistics import median

from bench.processes import Meter, Spent
from bench.visiting import Answer, Visitor

CLIENTS = 8
ROUNDS = 5


@dataclass(frozen=True)
class Effort:
    """How long to measure: seconds for each number of clients, and at least so many visits."""

    seconds: float = 4.0
    least: int = 10

    @classmethod
    def quick(cls) -> Effort:
        """For a first look."""
        return cls(1.0, 5)


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


@dataclass(frozen=True)
class Pace:
    """What clients saw: milliseconds, and operations a second."""

    p50: float
    p95: float
    per_second: float

    @classmethod
    def of(cls, milliseconds: Sequence[float], seconds: float) -> Pace:
        """Of so many operations within so many seconds."""
        return cls(percentile(milliseconds, 50), percentile(milliseconds, 95), len(milliseconds) / seconds)


@dataclass(frozen=True)
class Measured:
    """An operation, measured."""

    key: str
    name: str
    mark: float | None
    note: str
    alone: Pace
    together: Pace
    spent: Spent
    requests: int
    statements: int
    raw_bytes: int
    packed_bytes: int
    floor: Spent | None = field(default=None)

    @property
    def ratio(self) -> float | None:
        """How many times the floor the operation costs."""
        return self.spent.both / self.floor.both if self.floor and self.floor.both else None


def visit_for(visit: Callable[[], object], seconds: float, least: int) -> list[float]:
    """Milliseconds of each visit, repeated for so long."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        start = time.perf_counter()
        visit()
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def alone(visit: Callable[[], object], meter: Meter, effort: Effort) -> tuple[Pace, Spent]:
    """One client. The CPU is the median of some rounds, so that one disturbance does not count."""
    taken, rounds, began = [], [], time.perf_counter()
    for _ in range(ROUNDS):
        before = meter.read()
        of_round = visit_for(visit, effort.seconds / ROUNDS, ceil(effort.least / ROUNDS))
        rounds.append(meter.since(before).of_each(len(of_round)))
        taken += of_round
    return Pace.of(taken, time.perf_counter() - began), middle(rounds)


def middle(rounds: Sequence[Spent]) -> Spent:
    """The median of each side."""
    return Spent(median(one.application for one in rounds), median(one.database for one in rounds))


def together(visit: Callable[[Visitor], object], visitors: Sequence[Visitor], effort: Effort) -> Pace:
    """Several clients at once."""

    def work(visitor: Visitor) -> list[float]:
        return visit_for(lambda: visit(visitor), effort.seconds, ceil(effort.least / len(visitors)))

    began = time.perf_counter()
    with ThreadPoolExecutor(len(visitors)) as threads:
        taken = [one for found in threads.map(work, visitors) for one in found]
    return Pace.of(taken, time.perf_counter() - began)


def size(answers: Sequence[Answer]) -> tuple[int, int, int]:
    """Statements of an operation; bytes of its answers as they read and as they travel."""
    return (
        sum(answer.statements for answer in answers),
        sum(len(answer.body) for answer in answers),
        sum(answer.packed_bytes for answer in answers),
    )
