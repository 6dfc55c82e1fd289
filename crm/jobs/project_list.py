"""The list of projects as a workbook: short ones within the request, long ones as a job, written by the same code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.jobs import Outcome
from crm.choices import Word
from crm.jobs.work import Work, keep_file
from crm.policy import Act, Actor
from crm.queries import project_list, settings
from crm.queries.project_list import Row
from crm.queries.project_question import Question
from crm.rules.limits import Limits
from reports import ledgers
from reports.streaming import MOST_ROWS

Told = Callable[[int], None]


@dataclass(frozen=True)
class Export:
    """What is exported: which projects, which columns, and the address of the list as the log keeps it."""

    question: Question
    keys: Sequence[str]
    conditions: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, for a job."""
        return {"question": self.question.as_json(), "keys": list(self.keys), "conditions": self.conditions}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Export:
        """The inverse of `as_json`."""
        return cls(Question.from_json(kept["question"]), tuple(kept["keys"]), kept["conditions"])

    def event(self, count: int) -> tuple[str, str]:
        """How the log tells of it."""
        return "export", f"projects.xlsx {count} {self.conditions}"[:1000]


def file_name(today: date) -> str:
    """What the workbook is called."""
    return f"项目清单{today:%Y%m%d}.xlsx"


def write(
    session: Session, actor: Actor, export: Export, today: date, limits: Limits, file: IO[bytes], told: Told
) -> list[int]:
    """Write what the actor may export; the ids of the projects in it. `told(count)` hears how many are written so far."""
    rows = export.question.rows(actor, today, Act.EXPORT).limit(MOST_ROWS)
    ids: list[int] = []

    def batches() -> Iterator[Sequence[Row]]:
        for part in project_list.stream(session, rows, export.question.order, ledgers.read_by(export.keys)):
            yield part
            ids.extend(row.id for row in part)
            told(len(ids))

    made_by = f"{actor.name} {today.isoformat()} 导出"
    ledgers.projects(file, batches(), ledgers.Beside(today, limits), made_by, export.keys)
    return ids


def run(work: Work) -> Outcome:
    """The job: into the folder of results."""
    policy.ensure(work.owner, Act.EXPORT)
    export, session = Export.from_json(work.arguments), work.session
    rows = export.question.rows(work.owner, work.today, Act.EXPORT)
    total = session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    limits = settings.limits(session)

    def told(count: int) -> None:
        work.progress(count, total, Word("正在写入工作簿"))

    ids: list[int] = []

    def written(file: IO[bytes]) -> list[int]:
        ids.extend(write(session, work.owner, export, work.today, limits, file, told))
        return ids

    kept = keep_file(work.config.results_dir, file_name(work.today), written)
    left = f"，超过一张工作表的上限，只含前 {len(ids):,} 个" if total > len(ids) == MOST_ROWS else ""
    return Outcome(f"共 {total:,} 个项目{left}。", kept, (export.event(len(ids)),))
