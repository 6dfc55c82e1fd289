"""What waits for a day: the jobs that are done by themselves, and the commands that do the same by hand.

Each is a sequence of steps that do no harm when done again; `kept` is called, and commits, after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from crm import storage
from crm.actions import jobs, letters, pool, reminders, supervision, transfers
from crm.actions.jobs import Outcome
from crm.choices import Word
from crm.jobs.work import Work
from crm.models import User
from crm.queries import home, people, settings
from crm.queries.digest import Digest, digest
from crm.queries.notices import wishes_of

T = TypeVar("T")
AT_ONCE = 10  # people told in one transaction
FILES_REST = timedelta(days=1)  # a file is written before its job says so: younger ones are left alone


@dataclass(frozen=True)
class Tidied:
    """What time did."""

    fallen: int  # projects that fell into the public pool
    closed: int  # transfers nobody answered
    expired: int  # results past their days
    removed: int  # files nobody needs
    carried: int = 0  # overdue items that came onto the next meeting's agenda

    @property
    def words(self) -> str:
        """A sentence."""
        said = f"进入公共池 {self.fallen} 个项目，失效 {self.closed} 次流转"
        if self.carried:
            said = f"{said}，{self.carried} 件逾期事项列入下次会议议程"
        return f"{said}，清除 {self.expired} 个过期文件。" if self.expired else f"{said}。"


def tidy(
    session: Session, today: date, now: datetime, results: Path, at: datetime, kept: Callable[[str], None]
) -> Tidied:
    """Let projects without protection fall into the pool, close overdue transfers, put overdue items onto the next agenda, clear
    what was made and has expired."""
    closed = fallen = 0
    while done := transfers.expire(session, today, now):  # first, so that their projects are free to fall
        closed += done
        kept(Word("正在处理逾期流转"))
    while done := pool.expire(session, today, now):
        fallen += done
        kept(Word("正在处理保护到期的项目"))
    carried = supervision.carry(session, today, now)
    kept(Word("正在把逾期事项列入议程"))
    expired = jobs.expire(session, now)
    needed = jobs.needed_files(session)
    kept(Word("正在清除过期文件"))
    removed = 0
    for path in storage.strays(results, needed, (at - FILES_REST).timestamp()):
        path.unlink(missing_ok=True)
        removed += 1
    return Tidied(fallen, closed, expired, removed, carried)


def remind(
    session: Session, users: Sequence[User], today: date, now: datetime, kept: Callable[[int], None]
) -> dict[str, int]:
    """Tell each person what comes near or is late; how many notices by login. `kept` hears how many people are done."""
    told: dict[str, int] = {}
    for done, some in _parts(users):
        told |= reminders.remind(session, some, today, now)
        ids = [user.id for user in some]
        for more in (supervision.copy_leaders(session, ids, today, now), letters.remind(session, ids, today, now)):
            for user in some:
                if user.id in more:
                    told[user.login] = told.get(user.login, 0) + more[user.id]
        kept(done)
    return told


def digests(
    session: Session, users: Sequence[User], today: date, now: datetime, kept: Callable[[int], None]
) -> list[Digest]:
    """Put each person's day together and leave one notice that leads to it."""
    values = settings.current(session)
    measure = home.measure(session, today, values.limits, values.action_sign_days)
    found = []
    for done, some in _parts(users):
        wishes = wishes_of(session, [user.id for user in some])
        for user in some:
            made = digest(session, people.actor_of(session, user), measure, wishes[user.id])
            reminders.leave_digest(session, user, made, now)
            found.append(made)
        kept(done)
    return found


def _parts(rows: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    """Some of them at a time, with how many are done after them."""
    for place in range(0, len(rows), AT_ONCE):
        some = rows[place : place + AT_ONCE]
        yield place + len(some), some


# -------------------------------------------------------------------------------------------------------------- as jobs


def run_tidy(work: Work) -> Outcome:
    """The job of `tidy`."""
    found = tidy(
        work.session, work.today, work.now, work.config.results_dir, work.at, lambda words: work.keep(0, 0, words)
    )
    return Outcome(found.words)


def run_remind(work: Work) -> Outcome:
    """The job of `remind`."""
    users = reminders.everybody(work.session)
    told = remind(
        work.session, users, work.today, work.now, lambda done: work.keep(done, len(users), Word("正在逐人提醒"))
    )
    return Outcome(f"提醒 {len(told)} 人、{sum(told.values())} 条。")


def run_digests(work: Work) -> Outcome:
    """The job of `digests`."""
    users = reminders.everybody(work.session)
    found = digests(
        work.session, users, work.today, work.now, lambda done: work.keep(done, len(users), Word("正在逐人汇总"))
    )
    return Outcome(f"提要 {sum(1 for made in found if not made.is_empty)} 份。")
