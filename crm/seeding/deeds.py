"""deeds.csv: what people of the demo deleted and merged, done by the same actions as in the program, each line once.

A deed that was done is history: an edited line does not undo or repeat it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.actions import comments, trash
from crm.actions.company_merging import merge_companies
from crm.actions.merging import merge_projects
from crm.errors import CrmError
from crm.history import Signature, sign
from crm.models import Comment, Company, Project, SeedLine, User
from crm.policy import Actor
from crm.queries.people import actor_of
from crm.queries.trash import MODELS
from crm.rules.trash import Kind
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.known import Known
from crm.seeding.lines import Line, refusal

FILE = "deeds.csv"
DELETE, MERGE = "删除", "合并"
_MERGES: Mapping[str, tuple[type[Any], Callable[..., Any]]] = {
    Kind.PROJECT.label: (Project, merge_projects),
    Kind.COMPANY.label: (Company, merge_companies),
}


def carry_out(session: Session, known: Known, lines: list[Line]) -> Counter[str]:
    """Do what has not been done yet; raises RuleBroken with one sentence a line that cannot be done."""
    done = set(session.scalars(select(SeedLine.key).where(SeedLine.file == FILE)))
    counts, problems = Counter[str](), list[str]()
    session.expire_all()
    for line in lines:
        key = line.cells.get("记录编号", "")
        if key in done:
            counts["unchanged"] += 1
            continue
        try:
            _do(session, Cells(line, known, set()))
        except CellWrong as wrong:
            problems.append(f"{FILE} 第 {line.number} 行“{wrong.head}”列：{wrong}")
        except CrmError as refused:
            problems.append(f"{FILE} 第 {line.number} 行：{refused}")
        done.add(key)
        session.add(SeedLine(file=FILE, key=key, cells=dict(line.cells), made={}))
        counts["created"] += 1
    if problems:
        raise refusal(problems)
    session.flush()
    return counts


def _do(session: Session, cells: Cells) -> None:
    deed, kind, at = cells.needed("办理"), cells.needed_word(Kind, "种类"), cells.needed_instant("时间")
    actor = actor_of(session, session.get_one(User, cells.needed_one("人员", "经办人")))
    sign(session, Signature(actor.id, at))
    row_id = cells.needed_one(kind.label, "对象")
    if deed == DELETE and kind is Kind.COMMENT:
        comment = session.get_one(Comment, row_id)
        comments.delete(session, actor, _one(session, Project, comment.project_id), comment, at)
    elif deed == DELETE:
        trash.delete(session, actor, session.get_one(MODELS[kind], row_id), at)
    elif deed == MERGE and kind.label in _MERGES:
        _merge(session, cells, actor, kind, row_id, at)
    else:
        raise CellWrong("办理", f"应填“{DELETE}”；项目和企业还可以填“{MERGE}”。")
    session.flush()


def _merge(session: Session, cells: Cells, actor: Actor, kind: Kind, gone_id: int, at: datetime) -> None:
    model, merge = _MERGES[kind.label]
    kept_id = cells.needed_one(kind.label, "并入")
    kept, gone = (_one(session, model, key) for key in (kept_id, gone_id))
    merge(session, actor, kept, gone, cells.needed("理由"), at)


def _one(session: Session, model: type[Any], key: int) -> Any:
    """The record; a project with its team, by which rights are judged."""
    return session.get_one(model, key, options=[selectinload(Project.members)] if model is Project else [])
