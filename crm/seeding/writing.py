"""Writing the lines of one file: new ones in bulk, edited ones cell by cell, unchanged ones not at all.

seed_line remembers every line as it was last applied and which rows it became. So a second run writes nothing; an edited
line changes only what its edited cells say; and what people changed, added or removed in the program stays as they left it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from crm.columns import Base
from crm.models import SeedLine
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.known import Known
from crm.seeding.lines import Line
from crm.seeding.parts import Part, Ref, SeedFile

Made = dict[str, Any]


@dataclass
class Pending:
    """A new line with its rows to be; `made` fills while they are written."""

    line: Line
    key: str
    parts: list[Part]
    made: Made = field(default_factory=dict)


class Writer:
    """Loads one file into the session; problems are collected, not raised, so that all are shown at once."""

    def __init__(self, session: Session, known: Known, file: SeedFile) -> None:
        self._session = session
        self._known = known
        self._file = file
        self._seen: set[str] = set()
        self._pending: list[Pending] = []
        self._applied = {row.key: row for row in session.scalars(select(SeedLine).where(SeedLine.file == file.name))}
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        self.project_ids: set[int] = set()

    def load(self, lines: list[Line]) -> None:
        """Apply every line, then write what is new."""
        keys: set[str] = set()
        for line in lines:
            key = self._key(line)
            if key in keys:
                self._problem(line, self._file.key[-1], f"与前面的行重复：“{key}”。")
            keys.add(key)
            self._apply(line, key)
        self._check_heads(lines)
        self._flush()

    def _key(self, line: Line) -> str:
        missing = [head for head in self._file.key if not line.cells.get(head)]
        if missing:
            self._problem(line, missing[0], "不能为空。" if missing[0] in line.cells else "缺少这一列。")
        return "|".join(line.cells.get(head, "") for head in self._file.key)

    def _problem(self, line: Line, head: str, message: str) -> None:
        self.problems.append(f"{line.file} 第 {line.number} 行“{head}”列：{message}")

    def _check_heads(self, lines: list[Line]) -> None:
        strange = [head for head in (lines[0].cells if lines else ()) if head not in self._seen | set(self._file.key)]
        if self._seen and strange and not self.problems:
            self.problems.append(
                f"{self._file.name} 第 1 行：没有“{strange[0]}”这一列；只给人看的列请把列名写在（）里。"
            )

    # ----------------------------------------------------------------------------------------------------- one line

    def _apply(self, line: Line, key: str) -> None:
        applied = self._applied.get(key)
        if applied is not None and applied.cells == line.cells:
            self.counts["unchanged"] += 1
            return
        parts = self._build(line)
        if parts is None:
            return
        if applied is None:
            self._pending.append(Pending(line, key, parts))
        else:
            self._edit(applied, line, parts)

    def _build(self, line: Line) -> list[Part] | None:
        """The line's rows, or None with a problem noted. A line may refer to one above it that is not yet written."""
        try:
            return self._file.build(Cells(line, self._known, self._seen))
        except CellWrong as wrong:
            own = bool(wrong.kind) and wrong.kind == self._file.writes
            if own and self._pending:
                self._flush()
                return self._build(line)
            if not (own and self.problems):  # what it refers to may be the very line that is wrong
                self._problem(line, wrong.head, str(wrong))
            return None

    def _touch(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.project_ids.update(row["project_id"] for row in rows if isinstance(row.get("project_id"), int))

    # ---------------------------------------------------------------------------------------------------- new lines

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if self.problems or not pending:
            return
        fresh = self._without_present(pending)
        for model in _in_order(part.model for item in fresh for part in item.parts):
            self._insert(model, [(item, part) for item in fresh for part in item.parts if part.model is model])
        self._session.execute(insert(SeedLine), [self._remembered(item) for item in pending])
        self.counts["created"] += len(fresh)
        self._known.forget(self._file.writes)

    def _without_present(self, pending: list[Pending]) -> list[Pending]:
        """Rows that are there already, made by people, stay as they are: only remembered."""
        if not self._file.natural:
            return pending
        model = pending[0].parts[0].model
        columns = [getattr(model, name) for name in self._file.natural]
        found = self._session.execute(select(*columns, *inspect(model).primary_key))
        present = {tuple(row[: len(columns)]): tuple(row[len(columns) :]) for row in found}
        fresh = []
        for item in pending:
            first = item.parts[0]
            identity = present.get(tuple(first.values[name] for name in self._file.natural))
            if identity is None or first.values[self._file.natural[0]] is None:
                fresh.append(item)
            else:
                item.made[first.name] = _stored(identity)
                self.counts["present"] += 1
        return fresh

    def _insert(self, model: type[Base], rows: list[tuple[Pending, Part]]) -> None:
        values = [_resolved(part.values, item.made) for item, part in rows]
        self._touch(values)
        keys = inspect(model).primary_key
        if len(keys) == 1 and keys[0].name == "id":
            made = self._session.scalars(insert(model).returning(keys[0], sort_by_parameter_order=True), values)
            identities: list[Any] = list(made)
        else:
            self._session.execute(insert(model), values)
            identities = [_stored(tuple(row[key.name] for key in keys)) for row in values]
        for (item, part), identity in zip(rows, identities, strict=True):
            item.made[part.name] = identity
            if self._file.writes == "项目" and part.name == "project":
                self.project_ids.add(identity)

    def _remembered(self, item: Pending) -> dict[str, Any]:
        return {"file": self._file.name, "key": item.key, "cells": dict(item.line.cells), "made": item.made}

    # ------------------------------------------------------------------------------------------------- edited lines

    def _edit(self, applied: SeedLine, line: Line, parts: list[Part]) -> None:
        """Write what the edited cells changed; rows that people removed stay removed."""
        self._flush()
        before = {part.name: part.values for part in self._before(applied, line)}
        made: Made = dict(applied.made)
        for part in parts:
            if part.name not in made:
                self._add(part, made)
            elif not part.once:
                self._update(part, made, before.get(part.name, {}), part.values.keys() - part.last)
        self._session.flush()
        for part in parts:
            if part.last and part.name in before:
                self._update(part, made, before[part.name], part.last)
        for name in set(before) - {part.name for part in parts}:
            self._remove(name, made.pop(name, None))
        applied.cells, applied.made = dict(line.cells), made
        self._session.flush()
        self._known.forget(self._file.writes)
        self.counts["updated"] += 1

    def _before(self, applied: SeedLine, line: Line) -> list[Part]:
        cells = {head: applied.cells.get(head, "") for head in line.cells}
        try:
            return self._file.build(Cells(Line(line.file, line.number, cells), self._known, set()))
        except CellWrong:  # it referred to something renamed since: then every cell counts as edited
            return []

    def _update(self, part: Part, made: Made, before: Mapping[str, Any], names: Set[str]) -> None:
        row = self._session.get(part.model, _identity(part.model, made[part.name]))
        if row is None:
            return
        for name, value in part.values.items():
            if name not in names or isinstance(value, Ref) or (name in before and before[name] == value):
                continue
            setattr(row, name, value)
        self._touch([part.values])
        if part.name == "project":
            self.project_ids.add(made["project"])

    def _add(self, part: Part, made: Made) -> None:
        row = part.model(**_resolved(part.values, made))
        self._session.add(row)
        self._session.flush()
        made[part.name] = _stored(inspect(row).identity or ())
        self._touch([part.values])

    def _remove(self, name: str, identity: Any) -> None:
        model = _model(name.partition(":")[0])
        row = None if identity is None else self._session.get(model, _identity(model, identity))
        if row is not None:
            self._session.delete(row)
            self._session.flush()


def _in_order(models: Iterable[type[Base]]) -> list[type[Base]]:
    """Each model once, one that others point to before them."""
    places = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    return sorted(set(models), key=lambda model: places[model.__tablename__])


def _resolved(values: Mapping[str, Any], made: Made) -> dict[str, Any]:
    return {name: made[value.part] if isinstance(value, Ref) else value for name, value in values.items()}


def _stored(identity: tuple[Any, ...]) -> Any:
    """An identity as JSON keeps it: one key plain, several as a list; days and words as text."""
    plain = [key if isinstance(key, int) else str(key) for key in identity]
    return plain[0] if len(plain) == 1 else plain


def _identity(model: type[Base], stored: Any) -> tuple[Any, ...]:
    """`_stored` undone."""
    plain = stored if isinstance(stored, list) else [stored]
    keys = inspect(model).primary_key
    return tuple(
        date.fromisoformat(value) if key.type.python_type is date else value
        for key, value in zip(keys, plain, strict=True)
    )


def _model(table: str) -> type[Base]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table.name == table)  # type: ignore[attr-defined]
