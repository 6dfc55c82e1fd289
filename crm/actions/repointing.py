"""Moving what points at one row to another so that it can be moved back: every step leaves its mark on a trail.

A trail's document is kept with the merge (models.Merge.undo):
    moved    {table: {column: [keys of the rows that were moved]}}
    taken    {table: [whole rows that would have stood twice]}
    added    [[table, key of a row that was made]]
    written  [[table, key, {column: [old, new]}]]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, insert, literal, select, true, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.actions.plain import plain, restored
from crm.columns import Base
from crm.trash import WITH_DELETED

AT_ONCE = 400
_MODELS: Mapping[str, type[Base]] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
Document = dict[str, Any]


class Trail:
    """The steps of one merge."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._moved: dict[str, dict[str, list[Any]]] = {}
        self._taken: dict[str, list[dict[str, Any]]] = {}
        self._added: list[list[Any]] = []
        self._written: list[list[Any]] = []

    @property
    def document(self) -> Document:
        """All of it, as JSON keeps it."""
        return {"moved": self._moved, "taken": self._taken, "added": self._added, "written": self._written}

    def move(
        self, attribute: InstrumentedAttribute[Any], old: int, new: int, only: ColumnElement[bool] | None = None
    ) -> int:
        """Point every row that points at `old` to `new`, deleted ones too; a row that is there already is taken away.

        Returns how many were moved. `only` narrows the rows.
        """
        column: Any = attribute.property.columns[0]
        table, keys = column.table, _other_keys(column)
        ours = and_(column == old, true() if only is None else only)
        if column.primary_key:
            self._take_doubles(table, column, keys, ours, new)
        moved = self._session.execute(update(table).where(ours).values({column.name: new}).returning(*keys)).all()
        if moved:
            found = self._moved.setdefault(table.name, {}).setdefault(column.name, [])
            found.extend([plain(value) for value in row] for row in moved)
        return len(moved)

    def _take_doubles(self, table: Table, column: Any, keys: Sequence[Any], ours: Any, new: int) -> None:
        twin = table.alias()
        same = and_(twin.c[column.name] == new, *(twin.c[key.name] == key for key in keys))
        there = exists(select(literal(1)).select_from(twin).where(same))
        rows = self._session.execute(delete(table).where(ours, there).returning(*table.columns)).mappings()
        for row in rows:
            self._taken.setdefault(table.name, []).append({name: plain(value) for name, value in row.items()})

    def add(self, row: Base) -> None:
        """A new row, which undoing takes away again."""
        self._session.add(row)
        self._session.flush()
        self._added.append([row.__tablename__, row.id])  # type: ignore[attr-defined]

    def write(self, row: Base, values: Mapping[str, Any]) -> None:
        """Give columns new values."""
        self.note(row, {name: getattr(row, name) for name in values}, values)
        for name, value in values.items():
            setattr(row, name, value)
        self._session.flush()

    def note(self, row: Base, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Columns that somebody else has written."""
        steps = {name: [plain(old[name]), plain(value)] for name, value in new.items() if old[name] != value}
        if steps:
            self._written.append([row.__tablename__, row.id, steps])  # type: ignore[attr-defined]


def put_back(session: Session, document: Document, old: int, new: int) -> None:
    """Undo a trail that led from `old` to `new`. What people have changed since stays as they made it."""
    for name, key in reversed(document["added"]):
        session.execute(delete(_table(name)).where(_table(name).c.id == key))
    for name, key, steps in reversed(document["written"]):
        _write_back(session, name, key, steps)
    for name, columns in document["moved"].items():
        for column, keys in columns.items():
            _move_back(session, _table(name).c[column], keys, old, new)
    for name, rows in document["taken"].items():
        _give_back(session, _table(name), rows)
    session.expire_all()


def _write_back(session: Session, name: str, key: int, steps: Mapping[str, Sequence[Any]]) -> None:
    """Old values, where the new ones still stand."""
    row = session.get(_MODELS[name], key, execution_options=WITH_DELETED)
    if row is None:
        return
    for column, (before, after) in steps.items():
        if plain(getattr(row, column)) == after:
            setattr(row, column, restored(_table(name).c[column], before))
    session.flush()


def _move_back(session: Session, column: Any, keys: Sequence[Sequence[Any]], old: int, new: int) -> None:
    table, names = column.table, _other_keys(column)
    for some in _batches(keys):
        values = [tuple(restored(name, value) for name, value in zip(names, key, strict=True)) for key in some]
        those = names[0].in_([value for (value,) in values]) if len(names) == 1 else tuple_(*names).in_(values)
        statement = update(table).where(column == new, those)
        if column.primary_key:
            twin = table.alias()
            same = and_(twin.c[column.name] == old, *(twin.c[name.name] == name for name in names))
            statement = statement.where(~exists(select(literal(1)).select_from(twin).where(same)))
        session.execute(statement.values({column.name: old}))


def _give_back(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    keys = list(table.primary_key.columns)
    for row in rows:
        values = {name: restored(table.c[name], value) for name, value in row.items()}
        there = select(literal(1)).where(*(key == values[key.name] for key in keys))
        if session.execute(there).first() is None:
            session.execute(insert(table).values(values))


def _other_keys(column: Any) -> list[Any]:
    """What tells rows of the table apart that point to the same row."""
    return [key for key in column.table.primary_key.columns if key is not column]


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _batches(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[place : place + AT_ONCE] for place in range(0, len(keys), AT_ONCE))
