"""Take a whole batch back: what it changed gets its old values, what it made is deleted, children first.

Only while nobody has touched these rows since: a changed version, or somebody else's row hanging on one that the batch made, is a
Clash that names the projects and the people. History stays, and says that the batch was taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, insert, inspect, select, update
from sqlalchemy.orm import Session

from crm import history, policy
from crm.actions.imports import touched
from crm.actions.imports.batches import hold
from crm.actions.imports.inserting import Draft
from crm.actions.plain import plain, restored
from crm.choices import BatchState
from crm.columns import Base
from crm.errors import Clash, NotAllowed
from crm.models import Change, CompanyClassMark, ImportBatch, ImportRow, Notice, Project
from crm.policy import Act, Actor

AT_ONCE = 1_000
_MODELS: Mapping[str, type[Base]] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
Ids = Mapping[str, Sequence[int]]


def record(made: Iterable[Base | Draft], changed: Iterable[tuple[Base, Mapping[str, Any]]]) -> dict[str, Any]:
    """What one row of a ledger did: [table, id, version] of what it made, the same with old values of what it changed."""
    return {
        "made": [_place(row) for row in made],
        "changed": [[*_place(row), {name: plain(value) for name, value in old.items()}] for row, old in changed],
    }


def _place(row: Base | Draft) -> list[Any]:
    if isinstance(row, Draft):
        return [row.model.__tablename__, row.id, 1 if "version" in row.model.__table__.columns else None]
    key = inspect(row).identity
    assert key is not None
    return [row.__tablename__, key[0], getattr(row, "version", None)]


def roll_back(session: Session, actor: Actor, batch: ImportBatch, now: datetime) -> None:
    """Undo an applied batch; raises Clash with the projects and people where somebody has worked on since."""
    policy.ensure(actor, Act.IMPORT)
    if batch.uploaded_by_id != actor.id and not policy.can(actor, Act.IMPORT_VERIFIED):
        raise NotAllowed("这批台账由上传的人或综合统计撤销。")
    hold(session, batch, BatchState.APPLIED)
    undone = session.scalars(
        select(ImportRow.undo)
        .where(ImportRow.batch_id == batch.id, ImportRow.undo.is_not(None))
        .order_by(ImportRow.id.desc())
    ).all()
    made = _made(undone)
    _lock(session, undone)
    conflicts = touched.conflicts(session, actor, batch, made, undone)
    if conflicts:
        shown = "；".join(conflicts[: touched.MOST_NAMED])
        more = f"；等 {len(conflicts)} 处" if len(conflicts) > touched.MOST_NAMED else ""
        raise Clash(f"不能整批撤销，写入之后有人改过：{shown}{more}。请与他们核对，或逐个项目修改。")
    history.sign(session, replace(history.signature(session), by_id=actor.id, at=now, batch_id=batch.id))
    _restore(session, undone)
    _delete(session, made, batch, actor, now)
    batch.state, batch.rolled_back_at, batch.rolled_back_by_id = BatchState.ROLLED_BACK, now, actor.id
    session.flush()


def _made(undone: Iterable[Mapping[str, Any] | None]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = defaultdict(list)
    for row in undone:
        for table, key, _ in row["made"] if row else ():
            ids[table].append(key)
    return ids


def _lock(session: Session, undone: Iterable[Mapping[str, Any] | None]) -> None:
    """Nobody changes a project between the look and the deed."""
    places = [place for row in undone if row for place in (*row["made"], *row["changed"])]
    ids = sorted({place[1] for place in places if place[0] == Project.__tablename__})
    for some in _batches(ids):
        session.execute(select(Project.id).where(Project.id.in_(some)).order_by(Project.id).with_for_update())


def _restore(session: Session, undone: Iterable[Mapping[str, Any] | None]) -> None:
    """Old values, latest change first."""
    for row in undone:
        for table, key, _, old in row["changed"] if row else ():
            model = _MODELS[table]
            found = session.get(model, key)
            assert found is not None
            for name, value in old.items():
                setattr(found, name, restored(model.__table__.columns[name], value))
            session.flush()


def _delete(session: Session, made: Ids, batch: ImportBatch, actor: Actor, now: datetime) -> None:
    projects, companies = made.get("project", ()), made.get("company", ())
    _say_so(session, batch, projects, actor, now)
    for some in _batches(projects):
        for column in (ImportRow.project_id, ImportRow.match_id):
            session.execute(update(ImportRow).where(column.in_(some)).values({column: None}))
        session.execute(delete(Notice).where(Notice.project_id.in_(some)))
    for some in _batches(companies):
        session.execute(delete(CompanyClassMark).where(CompanyClassMark.company_id.in_(some)))
    for table in reversed(Base.metadata.sorted_tables):
        for some in _batches(made.get(table.name, ())):
            session.execute(delete(table).where(_key(table).in_(some)))
    session.expire_all()


def _say_so(session: Session, batch: ImportBatch, projects: Sequence[int], actor: Actor, now: datetime) -> None:
    """A project that is gone leaves a line in the history: what it was called, and which batch took it back."""
    for some in _batches(projects):
        session.execute(update(Change).where(Change.project_id.in_(some)).values(project_id=None))
        gone = session.execute(select(Project.id, Project.code, Project.name).where(Project.id.in_(some))).all()
        lines = [
            {
                "table_name": "project", "row_id": key, "project_id": None, "column_name": "imported",
                "old": f"{code} {name}", "new": None, "at": now, "by_id": actor.id, "batch_id": batch.id,
                "request_id": history.signature(session).request_id,
            }
            for key, code, name in gone
        ]  # fmt: skip
        session.execute(insert(Change), lines)


def _key(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[place : place + AT_ONCE] for place in range(0, len(ids), AT_ONCE))
