"""What processes cost: CPU time to the nanosecond, and memory. Linux only, because it reads /proc.

A process's own clock counts all its threads, those that have ended too. PostgreSQL works in children of its postmaster, and
starts more of them for a single statement; those that have ended stand in the postmaster's sum of children.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PPID, _CUTIME, _CSTIME = 1, 13, 14  # places in /proc/<pid>/stat, after the name in brackets


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def parent(pid: int) -> int:
    """Whose child a process is."""
    return int(_stat(pid)[_PPID])


def family(*roots: int) -> set[int]:
    """These processes and everything below them."""
    found, children = set(roots), dict[int, list[int]]()
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(parent(int(entry.name)), []).append(int(entry.name))
            except (OSError, IndexError):  # ended meanwhile
                continue
    waiting = list(roots)
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, threads that have ended included; 0 for one that is gone."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
    except OSError:
        return 0.0


def _ended_below(pid: int) -> float:
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return (int(fields[_CUTIME]) + int(fields[_CSTIME])) / _TICKS


def spent(*roots: int) -> float:
    """CPU seconds of these processes and everything below them so far, children that have ended included."""
    return sum(cpu_seconds(pid) + _ended_below(pid) for pid in family(*roots))


def memory_bytes(pids: Iterable[int]) -> int:
    """Proportional set size: pages that several share are counted once."""
    total = 0
    for pid in pids:
        for line in (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


@dataclass(frozen=True)
class Spent:
    """CPU milliseconds, of the application and of PostgreSQL."""

    application: float
    database: float

    @property
    def both(self) -> float:
        """Their sum, which the marks are about."""
        return self.application + self.database

    def of_each(self, count: int) -> Spent:
        """Shared by so many operations."""
        return Spent(self.application / count, self.database / count)


@dataclass(frozen=True)
class Meter:
    """Reads what the application and its database have spent; `postmaster` is 0 where the database lies elsewhere."""

    application: tuple[int, ...]
    postmaster: int

    def read(self) -> Spent:
        """Since they were started."""
        return Spent(spent(*self.application) * 1000, spent(self.postmaster) * 1000 if self.postmaster else 0.0)

    def since(self, before: Spent) -> Spent:
        """Since an earlier reading."""
        now = self.read()
        return Spent(now.application - before.application, now.database - before.database)


def cpu_model() -> str:
    """What the machine says of its processor."""
    for line in (PROC / "cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "?"


def memory_total_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cpu_count() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> float:
    """How many processes wanted to run in the last minute: what else the machine does spoils the figures."""
    return os.getloadavg()[0]


def yardstick() -> float:
    """CPU milliseconds of a fixed piece of Python, the median of some: runs on a busy or a slower machine can be told apart."""
    taken = []
    for _ in range(9):
        began, total = time.process_time(), 0
        for number in range(200_000):
            total += number & 7
        taken.append((time.process_time() - began) * 1000)
    return median(taken)
