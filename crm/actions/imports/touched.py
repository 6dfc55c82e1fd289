"""Who has worked on what a batch wrote: the reasons why it cannot be taken back whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, func, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.columns import Base
from crm.models import Activity, ActivityProject, Change, Claim, Company, ImportBatch, Project, User
from crm.policy import Act, Actor
from crm.rules.days import local

MOST_NAMED = 5
AT_ONCE = 1_000
# Rows that only note what happened, or that go with what they belong to.
_NO_WORK = frozenset({"change", "import_row", "company_class_mark", "project_piece", "company_piece", "notice"})
_AUTHORS = (
    "entered_by_id",
    "recorded_by_id",
    "reported_by_id",
    "uploaded_by_id",
    "created_by_id",
    "approved_by_id",
    "user_id",
)
_OUT_OF_SIGHT = "一个不在你权限内的项目"
Ids = Mapping[str, Sequence[int]]


def conflicts(
    session: Session, actor: Actor, batch: ImportBatch, made: Ids, undone: Iterable[Mapping[str, Any] | None]
) -> list[str]:
    """Sentences such as “澜芯减速器（顾清宁 10月21日 修改）”, in order of projects; empty if nobody has."""
    found = {**dict(_changed(session, batch, undone)), **dict(_added(session, made))}
    projects = {key: said for (table, key), said in found.items() if table == "project"}
    companies = {key: said for (table, key), said in found.items() if table == "company"}
    names = _project_names(session, actor, list(projects))
    company_names = dict(session.execute(select(Company.id, Company.name).where(Company.id.in_(companies))).all())
    return [
        *(f"“{names.get(key, _OUT_OF_SIGHT)}”（{said}）" for key, said in sorted(projects.items())),
        *(f"“{company_names.get(key, '一家企业')}”（{said}）" for key, said in sorted(companies.items())),
    ]


def _project_names(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    seen = policy.project_rows(actor, Act.SEE_PROJECT)
    rows = select(Project.id, Project.name).where(Project.id.in_(ids), seen)
    return dict(session.execute(rows).all())


def _changed(
    session: Session, batch: ImportBatch, undone: Iterable[Mapping[str, Any] | None]
) -> Iterator[tuple[tuple[str, int], str]]:
    """Rows whose version is not what the batch left, each under its project or company."""
    left: dict[str, dict[int, int]] = {}
    for row in undone:
        for table, key, version, *_ in (*row["made"], *row["changed"]) if row else ():
            if version is not None:
                left.setdefault(table, {})[key] = version
    for name, versions in left.items():
        table = Base.metadata.tables[name]
        for key, owner in _stale(session, table, versions):
            yield owner, _who_changed(session, table, key, batch)


def _stale(session: Session, table: Table, versions: Mapping[int, int]) -> Iterator[tuple[int, tuple[str, int]]]:
    for some in _batches(list(versions)):
        rows = session.execute(select(table).where(table.c.id.in_(some))).mappings()
        now = {row["id"]: row for row in rows}
        for key in some:
            if key not in now or now[key]["version"] != versions[key]:
                yield key, _owner(table.name, key, now.get(key))


def _owner(table: str, key: int, row: Mapping[Any, Any] | None) -> tuple[str, int]:
    """The project (or company) a row belongs to."""
    if table in ("project", "company") or row is None:
        return ("company" if table == "company" else "project"), key
    return ("project", row["project_id"]) if "project_id" in row else ("company", row["company_id"])


def _who_changed(session: Session, table: Table, key: int, batch: ImportBatch) -> str:
    if table.name == "claim":
        return _who_judged(session, key)
    others = or_(Change.batch_id.is_(None), Change.batch_id != batch.id)
    last = session.execute(
        select(User.name, Change.at)
        .outerjoin(User, User.id == Change.by_id)
        .where(Change.table_name == table.name, Change.row_id == key, others)
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return "已被改过"
    at = local(last.at)
    return f"{last.name or '系统'} {at.month}月{at.day}日 修改"


def _who_judged(session: Session, claim_id: int) -> str:
    judge = func.coalesce(Claim.reversed_by_id, Claim.returned_by_id, Claim.verified_by_id)
    row = session.execute(
        select(User.name, Claim.state).outerjoin(User, User.id == judge).where(Claim.id == claim_id, Claim.id > 0)
    ).one_or_none()
    return f"{row.name or '有人'} 的“{row.state.label}”" if row else "已被改过"


def _added(session: Session, made: Ids) -> Iterator[tuple[tuple[str, int], str]]:
    """Rows of somebody else that hang on what the batch made."""
    for table in Base.metadata.sorted_tables:
        if table.name in _NO_WORK:
            continue
        for column in table.columns:
            for key in column.foreign_keys:
                target = key.column.table.name
                if made.get(target):
                    yield from _strangers(session, table, column, target, made)


def _strangers(
    session: Session, table: Table, column: Column[Any], target: str, made: Ids
) -> Iterator[tuple[tuple[str, int], str]]:
    own = set(made.get(table.name, ()))
    for some in _batches(made[target]):
        for row in session.execute(select(table).where(column.in_(some))).mappings():
            if row.get("id") in own:
                continue
            owner = ("project", row["project_id"]) if row.get("project_id") else (target, row[column.name])
            yield owner, _who_added(session, table, row)


def _who_added(session: Session, table: Table, row: Mapping[Any, Any]) -> str:
    if table is ActivityProject.__table__:
        author = session.scalar(select(Activity.entered_by_id).where(Activity.id == row["activity_id"]))
    else:
        author = next((row[name] for name in _AUTHORS if row.get(name) is not None), None)
    name = session.scalar(select(User.name).where(User.id == author)) if author is not None else None
    return f"{name or '有人'} 增加了内容"


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[place : place + AT_ONCE] for place in range(0, len(ids), AT_ONCE))
