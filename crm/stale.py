"""Which projects' stage totals are no longer what their rows say: noted in the transaction that changes the rows.

Listeners, so that no action can forget it. A note is one narrow row that waits for nobody: whoever reads a total takes the noted
projects by their rows (queries/totals/kept.py), and every now and then they are added up (actions/stage_totals.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Table, event, exists, insert, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from crm.choices import MoneyKind
from crm.columns import Base
from crm.models import Project, StageShare, StaleProject

PENDING, UNKNOWN, NOTED = "crm_stale_pending", "crm_stale_unknown", "crm_stale_noted"
AT_ONCE = 500
_STALE = Base.metadata.tables[StaleProject.__tablename__]
_PROJECT = Base.metadata.tables[Project.__tablename__]
_SHARE = Base.metadata.tables[StageShare.__tablename__]


@dataclass(frozen=True)
class Watched:
    """A table whose rows speak of stages: the column that names the project, the columns that matter."""

    owner: str
    columns: frozenset[str]


WATCHED: Mapping[str, Watched] = {
    "project": Watched(
        "id",
        frozenset({
            "unit_id", "industry_id", "is_secret", "is_relocation", "fixed_yuan", "foreign_usd", "registered_at",
            "duplicate_of_id", "parent_id", "deleted_at",
        }),
    ),
    "stage_move": Watched(
        "project_id", frozenset({"project_id", "from_stage", "to_stage", "moved_on", "claim_id", "recorded_at"})
    ),
    "claim": Watched(
        "project_id", frozenset({"project_id", "state", "reported_at", "verified_at", "returned_at", "reversed_at"})
    ),
    "contract": Watched(
        "project_id", frozenset({"project_id", "kind", "signed_on", "fixed_yuan", "foreign_usd", "claim_id"})
    ),
    "money_entry": Watched(
        "project_id", frozenset({"project_id", "kind", "amount_yuan", "happened_on", "contract_id", "entered_at"})
    ),
}  # fmt: skip
# Whether a project's phases count instead of it hangs on these columns of theirs.
_PHASE = frozenset({"parent_id", "duplicate_of_id", "deleted_at"})
_COUNTED_MONEY = (MoneyKind.PLAN, MoneyKind.CONTRACT)


def _pending(session: Session) -> set[int]:
    found: set[int] = session.info.setdefault(PENDING, set())
    return found


# ------------------------------------------------------------------------------------------------------- rows of the session


def _flushed(session: Session, *_: Any) -> None:
    for rows, is_new in ((session.new, True), (session.deleted, True), (session.dirty, False)):
        for row in rows:
            _pending(session).update(key for key in _owners(row, is_new) if key is not None)


def _owners(row: Any, whole: bool) -> Iterator[int | None]:
    """The projects that a written row speaks of, and spoke of before."""
    watched = WATCHED.get(row.__tablename__)
    if watched is None or (whole and row.__tablename__ == "money_entry" and row.kind not in _COUNTED_MONEY):
        return
    attributes = inspect(row).attrs
    if whole or any(attributes[name].history.has_changes() for name in watched.columns):
        names = (watched.owner, "parent_id") if isinstance(row, Project) else (watched.owner,)
        for name in names:
            yield getattr(row, name)
            yield from () if whole else attributes[name].history.deleted or ()


# ------------------------------------------------------------------------------------------------ statements over many rows


def _noticed(state: ORMExecuteState) -> None:
    """Remember what a statement over many rows touches, before it runs."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    statement: Any = state.statement
    watched = WATCHED.get(statement.table.name)
    if watched is None:
        return
    given = list(_given(state))
    if state.is_insert and not all(watched.owner in values for values in given or ({},)):
        state.session.info[UNKNOWN] = True
    if state.is_update and not {name for values in given for name in values} & watched.columns:
        return
    names = {watched.owner, "parent_id"} & set(statement.table.columns.keys())
    _pending(state.session).update(key for values in given for name in names if (key := _plain(values.get(name))))
    if not state.is_insert:
        _pending(state.session).update(_standing(state, statement.table, sorted(names)))


def _given(state: ORMExecuteState) -> Iterator[dict[str, Any]]:
    """What the statement writes, row by row, by column."""
    statement: Any = state.statement
    fixed = getattr(statement, "_values", None) or {}
    several = [row for rows in getattr(statement, "_multi_values", ()) for row in rows]
    parameters: Any = state.parameters or {}
    for row in several or (parameters if isinstance(parameters, list) else [parameters]):
        both = {**fixed, **row}
        yield {name if isinstance(name, str) else name.key: value for name, value in both.items()}


def _plain(value: Any) -> int | None:
    """The key that a statement gives a column."""
    found = value.value if isinstance(value, BindParameter) else value
    if found is not None and not isinstance(found, int):
        raise TypeError("the project of a counted row is only ever given as a value")
    return found


def _standing(state: ORMExecuteState, table: Table, names: Iterable[str]) -> Iterator[int]:
    """The projects of the rows that an UPDATE or DELETE is about to reach."""
    statement: Any = state.statement
    columns = [table.c[name] for name in names]
    connection = state.session.connection()
    if isinstance(state.parameters, list):
        keys = [row["id"] for row in state.parameters]
        stretches = [keys[place : place + AT_ONCE] for place in range(0, len(keys), AT_ONCE)]
        conditions = [table.c.id.in_(some) for some in stretches]
    else:
        conditions = [statement.whereclause] if statement.whereclause is not None else [table.c.id.is_not(None)]
    for condition in conditions:
        for row in connection.execute(select(*columns).where(condition)):
            yield from (key for key in row if key is not None)


# ------------------------------------------------------------------------------------------------------------------ the notes


def note(session: Session) -> None:
    """Write down the projects that this transaction has touched so far."""
    session.flush()
    keys: set[int] = session.info.pop(PENDING, set())
    if session.info.pop(UNKNOWN, False):
        keys.update(never_added_up(session))
    if keys:
        made = session.connection().scalars(
            insert(_STALE).returning(_STALE.c.id), [{"project_id": key} for key in sorted(keys)]
        )
        session.info.setdefault(NOTED, []).extend(made)


def never_added_up(session: Session) -> Iterable[int]:
    """Living projects without any share: those that came in bulk, and those that count nowhere."""
    shared = exists(select(_SHARE.c.project_id).where(_SHARE.c.project_id == _PROJECT.c.id))
    missing = select(_PROJECT.c.id).where(~shared, _PROJECT.c.deleted_at.is_(None))
    return session.connection().scalars(missing).all()


def _forgotten(session: Session, ended: SessionTransaction) -> None:
    """The whole transaction is undone. What was touched before a savepoint stays touched when only that is undone."""
    if ended.parent is None:
        for name in (PENDING, UNKNOWN, NOTED):
            session.info.pop(name, None)


event.listen(Session, "after_flush", _flushed)
event.listen(Session, "do_orm_execute", _noticed)
event.listen(Session, "before_commit", note)
event.listen(Session, "after_soft_rollback", _forgotten)
