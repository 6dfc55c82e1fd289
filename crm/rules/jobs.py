"""Background work: what is done at once and what in the background, who may take a job over, who may fetch its result."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from crm.choices import JobKind, JobState, Role, Word
from crm.rules.days import local
from crm.rules.settings import Settings

# Up to here a request does it itself.
EXPORTED_AT_ONCE = 5_000  # rows
READ_AT_ONCE_BYTES = 1024 * 1024  # of a ledger: about ten thousand rows
APPLIED_AT_ONCE = 2_000  # rows
BRIEFED_AT_ONCE = 20_000  # projects in the register

BEAT = timedelta(seconds=15)
LEASE = timedelta(seconds=60)  # without a beat for so long, whoever worked on a job is gone
MOST_ATTEMPTS = 3
KEPT = timedelta(days=90)  # jobs themselves, after they ended
OPEN = (JobState.WAITING, JobState.RUNNING)
UNTOUCHED = timedelta(seconds=60)  # waiting for so long, nobody seems to work
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def retry_delay(attempts: int) -> timedelta:
    """How long a job rests after so many attempts that failed by a fault."""
    return timedelta(seconds=10 * 6 ** max(0, attempts - 1))


def percent(state: JobState, done: int, total: int) -> int | None:
    """How far it is; None where that cannot be said."""
    if state is JobState.DONE:
        return 100
    return min(99, 100 * done // total) if total > 0 else None


# -------------------------------------------------------------------------------------------------------------- every day


def daily_times(settings: Settings) -> dict[JobKind, str]:
    """What is done by itself every day, and from when on; "" for what the office does not want."""
    return {JobKind.TIDY: settings.tidy_at, JobKind.REMIND: settings.remind_at, JobKind.DIGEST: settings.digest_at}


def due_today(times: Mapping[JobKind, str], now: datetime) -> Iterator[tuple[JobKind, str]]:
    """(kind, key) of everything whose time has come on the present day in China; the key makes it once a day."""
    here = local(now)
    for kind, time in times.items():
        if _TIME.fullmatch(time) and time <= here.strftime("%H:%M"):
            yield kind, f"{kind.value}:{here.date().isoformat()}"


# ------------------------------------------------------------------------------------------------------------- the result


class Person(Protocol):
    """Who owns a result."""

    @property
    def role(self) -> Role:
        """What he is."""

    @property
    def unit_ids(self) -> frozenset[int]:
        """His unit and those below it."""


def rights_of(person: Person) -> dict[str, Any]:
    """What a result rests on: who may have made it, kept with it."""
    return {"role": person.role.value, "unit_ids": sorted(person.unit_ids)}


class Kept(Protocol):
    """A job, as far as its result goes."""

    state: JobState
    digest: str
    expires_at: datetime | None
    rights: dict[str, Any] | None


def result_problem(job: Kept, person: Person, now: datetime) -> str:
    """Why the owner may not have the result any more, "" where he may."""
    if job.state is not JobState.DONE or job.expires_at is None:
        return Word("这项任务没有可以下载的文件。")
    if not job.digest or job.expires_at <= now:
        return Word("文件已过保留期，已清除。需要时请重新生成。")
    if job.rights != rights_of(person):
        return Word("文件是按你当时的角色和单位生成的，之后有变动，不能再下载。请重新生成。")
    return ""


def packed(ids: Iterable[int]) -> bytes:
    """Keys of rows in little room."""
    return zlib.compress(array("q", ids).tobytes())


def unpacked(data: bytes | None) -> Collection[int]:
    """The inverse of `packed`; none for nothing."""
    found = array("q")
    found.frombytes(zlib.decompress(data) if data else b"")
    return found
