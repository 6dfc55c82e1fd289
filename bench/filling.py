"""A PostgreSQL of the newest schema, filled: the rows by COPY on every core, their indexes made afterwards, then what the product
derives from rows.

What is derived stands in DERIVED: each step makes its rows by the product's own function and is worked off in stretches by
several processes. After them `crm migrate` runs once more, as it does after every update: it catches up with whatever no step
made, so a new derived table is never wrong, only slower, until it has a step here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.pool import NullPool

from bench import dataset
from bench.dataset import Scale, Stretch
from crm import indexing, pieces
from crm.columns import Base
from crm.models import Company, CompanyPiece, Project, ProjectPiece, SearchEntry
from crm.sources import SOURCES, Source

SIZE = 10_000  # rows of a stretch
INDEXERS = 2
_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


# ------------------------------------------------------------------------------------------------------------- by COPY


def copy(connection: psycopg.Connection[Any], model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to a table; columns that no row gives have their default."""
    table = model.__table__
    assert isinstance(table, Table)
    given = {name for row in rows for name in row}
    fixed = {
        column.name: column.default.arg
        for column in table.columns
        if column.default is not None and column.default.is_scalar
    }
    columns = [column for column in table.columns if column.name in given or column.name in fixed]
    writers = [(column.name, fixed.get(column.name), _writer(table, column.name)) for column in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    with connection.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as into:
        into.write(
            "".join("\t".join([write(row.get(name, value)) for name, value, write in writers]) + "\n" for row in rows)
        )


@cache
def _writer(table: Table, name: str) -> Callable[[Any], str]:
    bound = table.columns[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT)

    def write(value: Any) -> str:
        value = bound(value) if bound and value is not None else value
        if value is None:
            return "\\N"
        if isinstance(value, str):
            return value.translate(_ESCAPED)
        return str(int(value)) if isinstance(value, int) else str(value)

    return write


@contextmanager
def _bulk(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that checks no foreign key: the rows are known to agree."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        yield connection


def _write(url: str, rows: Iterable[tuple[type[Base], Sequence[dict[str, Any]]]]) -> None:
    with _bulk(url) as connection:
        for model, some in rows:
            if some:
                copy(connection, model, some)


def _copy_stretch(url: str, scale: Scale, stretch: Stretch) -> None:
    _write(url, dataset.made(stretch, scale).items())


# ------------------------------------------------------------------------------------------------------------ what is derived


@dataclass(frozen=True)
class Derived:
    """A table that repeats others: made from stretches of the keys of `of` by a function of the product."""

    into: type[Base]
    of: type[Base]
    make: Callable[[Connection, int, int], Iterable[Sequence[dict[str, Any]]]]


def _entries(source: Source, connection: Connection, after: int, upto: int) -> Iterable[list[dict[str, Any]]]:
    return indexing.made(connection, source, after, upto)


def _pieces(model: type[Any], connection: Connection, after: int, upto: int) -> Iterable[list[dict[str, Any]]]:
    return [pieces.made(connection, model, after, upto)]


DERIVED: tuple[Derived, ...] = (
    Derived(ProjectPiece, Project, partial(_pieces, Project)),
    Derived(CompanyPiece, Company, partial(_pieces, Company)),
    *(Derived(SearchEntry, source.model, partial(_entries, source)) for source in SOURCES),
)


@cache
def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)


def _derive(url: str, number: int, after: int, upto: int) -> None:
    step = DERIVED[number]
    with _engine(url).connect() as reading:
        rows = [row for some in step.make(reading, after, upto) for row in some]
    _write(url, [(step.into, rows)])


# --------------------------------------------------------------------------------------------------------------- the whole


def fill(url: str, scale: Scale, step: Callable[[str], Any], most: int | None = None) -> None:
    """Fill an empty database of the newest schema; `step` makes a context around each step, by its name.

    With as many processes as there are cores, or `most`.
    """
    with step("drop indexes"):
        indexes = _drop_indexes(url)
    with ProcessPoolExecutor(most or os.cpu_count(), get_context("spawn")) as processes:
        with step("rows by COPY"):
            _write(url, dataset.people().items())
            _all(processes, partial(_copy_stretch, url, scale), [(part,) for part in dataset.stretches(scale, SIZE)])
        with step("derived rows"):
            _all(processes, partial(_derive, url), _stretches_of_derived(url))
    with step("indexes"):
        _make_indexes(url, indexes)
    with _engine(url).begin() as connection:
        dataset.advance_keys(connection)


def vacuum(url: str) -> None:
    """What autovacuum would do in time: the planner's figures and the visibility map."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _all(processes: ProcessPoolExecutor, work: Callable[..., None], parts: Iterable[tuple[Any, ...]]) -> None:
    for done in [processes.submit(work, *part) for part in parts]:
        done.result()


def _stretches_of_derived(url: str) -> list[tuple[int, int, int]]:
    """(number of the step, after, up to)."""
    found = []
    with psycopg.connect(url) as connection:
        for number, derived in enumerate(DERIVED):
            name = derived.of.__tablename__
            row = connection.execute(f'SELECT coalesce(max(id), 0) FROM "{name}"').fetchone()
            last = row[0] if row else 0
            found += [(number, after, min(after + SIZE, last)) for after in range(0, last, SIZE)]
    return found


_PLAIN_INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid), format('%I', c.relname)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique ORDER BY t.relname
"""


def _drop_indexes(url: str) -> list[str]:
    """Drop every index that keeps no promise; the statements that make them again."""
    with psycopg.connect(url) as connection:
        found = connection.execute(_PLAIN_INDEXES).fetchall()
        for _, name in found:
            connection.execute(f"DROP INDEX {name}")
    return [statement for statement, _ in found]


def _make_indexes(url: str, statements: Sequence[str]) -> None:
    """Two connections share them in turn; PostgreSQL takes more processes to a large one by itself."""

    def make(some: Sequence[str]) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            for statement in some:
                connection.execute(statement)
                connection.commit()

    with ThreadPoolExecutor(INDEXERS) as threads:
        list(threads.map(make, [statements[start::INDEXERS] for start in range(INDEXERS)]))
