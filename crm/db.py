"""Transactions: a GET only reads and the database itself refuses writes; a write holds the database's lock from its start.

SQLite takes BEGIN IMMEDIATE for writes, because a transaction that reads first and then writes fails with "database is
locked" when another one wrote in between (stack.md §6). PostgreSQL reads in READ ONLY transactions; rows that a decision
rests on are taken FOR UPDATE by the actions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_reading: ContextVar[bool] = ContextVar("crm_reading", default=False)

# A generic plan makes PostgreSQL forget which index fits (stack.md §7).
POSTGRESQL_OPTIONS = "-c plan_cache_mode=force_custom_plan -c timezone=UTC"


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside refuse writes."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def begin_request(method: str) -> object:
    """Set the mode of a request's transactions by its method; hand the token to `end_request`."""
    return _reading.set(method in ("GET", "HEAD", "OPTIONS"))


def end_request(token: Any) -> None:
    """Undo `begin_request`."""
    _reading.reset(token)


def engine_options(url: str) -> dict[str, Any]:
    """What create_engine needs beside the address."""
    if url.startswith("postgresql"):
        return {"pool_pre_ping": True, "connect_args": {"options": POSTGRESQL_OPTIONS}}
    return {"connect_args": {"timeout": 15}}


def equip(engine: Engine) -> None:
    """Attach the listeners that begin transactions as this module says."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _open_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver must not begin on its own
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read = _reading.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.read_only = _reading.get()  # psycopg sends it with its BEGIN, without a statement of its own
