"""The search index follows the rows: a listener after every flush, so that no action can forget it.

What people write through the session is indexed in the same flush. Statements over many rows (imports, the seed, taking back)
are noticed as they run and caught up with before the commit, in the same transaction. `rebuild` makes the index anew and says
whether anything had differed (`crm reindex`). What a row says in the index is declared in crm/sources.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    bindparam,
    cast,
    delete,
    event,
    exists,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from crm.choices import Found
from crm.columns import Base
from crm.db import BY_KEY
from crm.models import SearchEntry
from crm.rules.search import entry_id
from crm.sources import SOURCES, Source

AT_ONCE = 500
PENDING, UNSETTLED = "crm_search_pending", "crm_search_unsettled"
_ENTRY = Base.metadata.tables[SearchEntry.__tablename__]
_COMPARED = ("page_id", "title", "hint", "phone", "text", "sounds")
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

Work = dict[Found, set[int]]


def _work_of(row: Base, is_new: bool) -> Iterator[tuple[Source, str, int]]:
    """(source, its column, key): the entries that a changed row shows in."""
    state = inspect(row)
    table = state.mapper.local_table.name  # type: ignore[attr-defined]
    for source in SOURCES:
        for watched in source.watched:
            if watched.table != table or (is_new and watched.column != "id"):
                continue  # nothing points to a row that is new
            if is_new or any(state.attrs[name].history.has_changes() for name in watched.names if name in state.attrs):
                yield source, watched.column, _key(row)


def _key(row: Any) -> int:
    key: int = row.id
    return key


def _flushed(session: Session, *_: Any) -> None:
    """Index what this flush wrote."""
    keys: dict[tuple[Found, str], set[int]] = defaultdict(set)
    for rows, is_new in ((session.new, True), (session.dirty, False)):
        for row in rows:
            for source, column, key in _work_of(row, is_new):
                keys[source.kind, column].add(key)
    gone = [(source.kind, _key(row)) for row in session.deleted for source in SOURCES if isinstance(row, source.model)]
    if keys or gone:
        connection = session.connection()
        _drop(connection, gone)
        _write(connection, ((source_of(kind), column, ids) for (kind, column), ids in sorted(keys.items())))


def _batches(keys: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(sorted(keys))
    while some := list(islice(waiting, AT_ONCE)):
        yield some


def source_of(kind: Found) -> Source:
    """The source of a kind."""
    return next(source for source in SOURCES if source.kind is kind)


def _drop(connection: Connection, gone: Iterable[tuple[Found, int]]) -> None:
    for some in _batches(entry_id(kind, key) for kind, key in gone):
        connection.execute(delete(_ENTRY).where(_ENTRY.c.id.in_(some)))


def _write(connection: Connection, work: Iterable[tuple[Source, str, Iterable[int]]]) -> None:
    """Entries of the rows whose column holds one of the keys; rows that are deleted lose theirs. Each entry is written once."""
    entries: dict[int, dict[str, Any]] = {}
    for source, column, keys in work:
        for some in _batches(keys):
            rows = connection.execute(_rows_of(source.kind, column), {"keys": some}).all()
            _drop(connection, ((source.kind, row.id) for row in rows if not row.is_living))
            entries |= {entry["id"]: entry for entry in (source.entry(row) for row in rows if row.is_living)}
            if len(entries) >= AT_ONCE:
                _upsert(connection, list(entries.values()))
                entries = {}
    _upsert(connection, list(entries.values()))


@cache
def _rows_of(kind: Found, column: str) -> Select[*tuple[Any, ...]]:
    """The rows of a kind whose column holds one of the `keys`."""
    source = source_of(kind)
    wanted = source.rows.where(source.table.c[column].in_(bindparam("keys", expanding=True)))
    return wanted.execution_options(**BY_KEY)


def _upsert(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    if entries:
        connection.execute(_upserting(connection.dialect.name), entries)


@cache
def _upserting(dialect: str) -> Any:
    insert = _INSERT[dialect](_ENTRY)
    changed = {name: insert.excluded[name] for name in (*_COMPARED, "tokens")}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


# ------------------------------------------------------------------------------------------------ statements over many rows


def _noticed(state: ORMExecuteState) -> None:
    """Remember what a statement over many rows touches, before it runs."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    statement: Any = state.statement
    for source in SOURCES:
        for watched in source.watched:
            if watched.table != statement.table.name:
                continue
            if not state.is_update and watched.column == "id":
                state.session.info.setdefault(UNSETTLED, set()).add(source.kind)
            elif state.is_update and _written(state) & watched.names:
                keys = _keys_of(state)
                state.session.info.setdefault(PENDING, defaultdict(set))[source.kind, watched.column].update(keys)


def _written(state: ORMExecuteState) -> set[str]:
    values: Any = getattr(state.statement, "_values", None) or {}
    given: Any = state.parameters or {}
    first = given[0] if isinstance(given, list) else given
    return {column if isinstance(column, str) else column.key for column in (*values, *first)}


def _keys_of(state: ORMExecuteState) -> set[int]:
    """The rows an UPDATE is about to change."""
    statement: Any = state.statement
    if isinstance(state.parameters, list):
        return {row["id"] for row in state.parameters}
    keys = select(statement.table.c.id)
    if statement.whereclause is not None:
        keys = keys.where(statement.whereclause)
    return set(state.session.connection().scalars(keys))


def _settled(session: Session) -> None:
    """Before the commit: catch up with the statements over many rows."""
    pending, unsettled = session.info.pop(PENDING, {}), session.info.pop(UNSETTLED, set())
    for (kind, column), keys in sorted(pending.items()):
        _write(session.connection(), [(source_of(kind), column, keys)])
    for kind in sorted(unsettled):
        settle(session.connection(), source_of(kind))


def settle(connection: Connection, source: Source) -> None:
    """Entries for the rows that have none; none for rows that are gone."""
    own = cast(source.table.c.id, BigInteger) + literal(entry_id(source.kind, 0), BigInteger)
    here = _ENTRY.c.kind == source.kind.value
    row = exists(select(source.table.c.id).where(source.table.c.id == _ENTRY.c.row_id))
    connection.execute(delete(_ENTRY).where(here, ~row))
    missing = select(source.table.c.id).where(~exists(select(_ENTRY.c.id).where(_ENTRY.c.id == own)))
    _write(connection, [(source, "id", connection.scalars(missing).all())])


def catch_up(session: Session) -> None:
    """Entries for whatever has none, of every kind."""
    for source in SOURCES:
        settle(session.connection(), source)


def _forgotten(session: Session, ended: SessionTransaction) -> None:
    """The whole transaction is undone; a savepoint alone leaves what was noticed before it."""
    if ended.parent is None:
        session.info.pop(PENDING, None)
        session.info.pop(UNSETTLED, None)


event.listen(Session, "after_flush", _flushed)
event.listen(Session, "do_orm_execute", _noticed)
event.listen(Session, "before_commit", _settled)
event.listen(Session, "after_soft_rollback", _forgotten)


# -------------------------------------------------------------------------------------------------------------- made anew


@dataclass(frozen=True)
class Difference:
    """How an index differed from the rows: entries written, and how many of them were missing, wrong or of no row."""

    written: int
    missing: int
    wrong: int
    left_over: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.wrong or self.left_over)


def rebuild(session: Session) -> Difference:
    """Write every entry anew and drop those of no row."""
    connection = session.connection()
    written = missing = wrong = left_over = 0
    for source in SOURCES:
        before = {row.id: row for row in connection.execute(select(_ENTRY).where(_ENTRY.c.kind == source.kind.value))}
        seen: set[int] = set()
        for entries in made(connection, source):
            for entry in entries:
                old = before.get(entry["id"])
                missing += old is None
                wrong += old is not None and _differs(old, entry)
                seen.add(entry["id"])
            _upsert(connection, entries)
        for some in _batches(before.keys() - seen):
            connection.execute(delete(_ENTRY).where(_ENTRY.c.id.in_(some)))
        written, left_over = written + len(seen), left_over + len(before.keys() - seen)
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO search_text(search_text) VALUES ('rebuild')"))
    return Difference(written, missing, wrong, left_over)


def made(
    connection: Connection, source: Source, after: int = 0, upto: int | None = None
) -> Iterator[list[dict[str, Any]]]:
    """The entries of a source's living rows, some at a time; of a stretch of its keys where one is given."""
    wanted = source.rows if upto is None else source.rows.where(source.table.c.id <= upto)
    last = after
    while rows := connection.execute(
        wanted.where(source.table.c.id > last).order_by(source.table.c.id).limit(AT_ONCE)
    ).all():
        last = rows[-1].id
        yield [source.entry(row) for row in rows if row.is_living]


def _differs(old: Row[Any], entry: dict[str, Any]) -> bool:
    return any(getattr(old, name) != entry[name] for name in _COMPARED)


# ------------------------------------------------------------------------------------------------------------- looked into


def counts(connection: Connection, source: Source) -> tuple[int, int]:
    """How many rows of a kind can be found, and how many entries the kind has."""
    rows = source.rows.order_by(None).subquery()
    living = select(func.count()).select_from(rows).where(rows.c.is_living)
    entries = select(func.count()).select_from(_ENTRY).where(_ENTRY.c.kind == source.kind.value)
    return connection.scalar(living) or 0, connection.scalar(entries) or 0


def differing(connection: Connection, source: Source, newest: int) -> int:
    """How many of the newest rows the index lacks or tells otherwise."""
    last = connection.scalar(select(func.max(source.table.c.id))) or 0
    entries = [entry for some in made(connection, source, max(last - newest, 0), last) for entry in some]
    kept = {
        row.id: row for row in connection.execute(select(_ENTRY).where(_ENTRY.c.id.in_([e["id"] for e in entries])))
    }
    return sum(entry["id"] not in kept or _differs(kept[entry["id"]], entry) for entry in entries)
