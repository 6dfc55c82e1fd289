"""Transactions: a GET only reads and the database itself refuses writes; a write holds the database's lock from its start.

SQLite takes BEGIN IMMEDIATE for writes, because a transaction that reads first and then writes fails with "database is
locked" when another one wrote in between (stack.md §6). PostgreSQL reads in READ ONLY transactions; rows that a decision
rests on are taken FOR UPDATE by the actions.

PostgreSQL is told how long it may work for one web request (Timeouts); a command may take its time (`patient`). What goes
wrong without anybody's fault - a limit struck, a deadlock, a server out of reach - is told in words: `trouble`.
"""

from __future__ import annotations

import select
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, event, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from crm.config import Pool, Timeouts

_reading: ContextVar[bool] = ContextVar("crm_reading", default=False)
_patient: ContextVar[bool] = ContextVar("crm_patient", default=False)

# A generic plan makes PostgreSQL forget which index fits (stack.md §7).
POSTGRESQL_OPTIONS = "-c plan_cache_mode=force_custom_plan -c timezone=UTC"
# A server that vanishes without a word (power, cable) is noticed after half a minute.
KEEPALIVES = {
    "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
SQLITE_WAIT_SECONDS = 15
# Statements that find rows by their keys fare as well with a plan made once, and planning takes two thirds of their time. A first
# statement of a transaction says so for those behind it (KEEPS_PLANS) without a round trip of its own; the first that is not
# BY_KEY takes it back.
KEEPS_PLANS, BY_KEY = {"crm_keeps_plans": True}, {"crm_by_key": True}
_PLANNED_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside refuse writes."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside may write, though what surrounds them only reads: another connection's business."""
    token = _reading.set(False)
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


@contextmanager
def patient() -> Iterator[None]:
    """Connections made inside work as long as it takes: for commands, which nobody waits for in a browser."""
    token = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(token)


def engine_options(url: str, pool: Pool = Pool(), timeouts: Timeouts = Timeouts()) -> dict[str, Any]:  # noqa: B008 - frozen
    """What create_engine needs beside the address."""
    kept = {
        "pool_size": pool.size,
        "max_overflow": pool.overflow,
        "pool_timeout": pool.wait_seconds,
        "pool_recycle": pool.recycle_seconds,
        "pool_use_lifo": True,  # the line used last knows its statements best
    }
    if not url.startswith("postgresql"):
        return {**kept, "connect_args": {"timeout": SQLITE_WAIT_SECONDS}}
    arguments = {
        "options": _limits(timeouts), "connect_timeout": pool.connect_seconds, "application_name": "crm", **KEEPALIVES,
    }  # fmt: skip
    return {**kept, "connect_args": arguments}


def _limits(timeouts: Timeouts) -> str:
    """The settings of a connection; seconds become PostgreSQL's milliseconds, 0 is for ever there too."""
    return (
        f"{POSTGRESQL_OPTIONS} -c statement_timeout={timeouts.statement_seconds * 1000}"
        f" -c lock_timeout={timeouts.lock_seconds * 1000}"
        f" -c idle_in_transaction_session_timeout={timeouts.idle_transaction_seconds * 1000}"
    )


def equip(engine: Engine) -> None:
    """Attach the listeners that begin transactions as this module says."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "rollback", _end_reading)
    event.listen(engine, "before_cursor_execute", _mind_plans)
    event.listen(engine, "do_connect", _without_haste)
    event.listen(engine, "checkout", _look_at_the_line)


def equip_replica(engine: Engine) -> None:
    """As `equip`, for a server that is only read from, whoever asks."""
    equip(engine)
    event.listen(engine, "begin", _begin_reading)


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
    connection.info[_KEPT] = False


def _end_reading(connection: Connection) -> None:
    """A transaction that only read is committed: with a rollback psycopg forgets every statement it has prepared."""
    if connection.invalidated or connection.closed:
        return
    driver: Any = connection.connection.dbapi_connection
    if driver.read_only and driver.pgconn.transaction_status == _IN_TRANSACTION:
        with suppress(driver.Error):  # the rollback that follows tells of it
            driver.commit()


_IN_TRANSACTION = 2  # PQTRANS_INTRANS: neither idle nor failed
_KEPT = "crm_plans_kept"


def keep_plans() -> ColumnElement[str]:
    """What a first statement selects beside its own (PostgreSQL): from then on plans are kept, until the transaction ends."""
    return literal_column("(SELECT set_config('plan_cache_mode', 'force_generic_plan', true))")


def _mind_plans(
    connection: Connection, cursor: Any, _statement: str, _parameters: Any, context: Any, _executemany: bool
) -> None:
    options = context.execution_options  # a SAVEPOINT has none: what it may undo was taken back before it
    if "crm_keeps_plans" in options:
        connection.info[_KEPT] = True
    elif connection.info.get(_KEPT) and not context.isinsert and "crm_by_key" not in options:
        connection.info[_KEPT] = False
        cursor.execute(_PLANNED_ANEW)


def _begin_reading(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.read_only = True


def _without_haste(_dialect: Dialect, _record: ConnectionPoolEntry, _args: Any, parameters: dict[str, Any]) -> None:
    if _patient.get():  # the last word on an option counts
        parameters["options"] += " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


def _look_at_the_line(driver: Any, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Refuse a connection that the server has closed; the pool then makes a new one.

    An idle line on which something can be read is a line on which the server said goodbye. Looking takes 4 µs, where asking
    `SELECT 1` (pool_pre_ping) takes a round trip and 40 µs of ours (docs/operations.md).
    """
    line = select.poll()
    line.register(driver.pgconn.socket, select.POLLIN)
    if line.poll(0):
        raise DisconnectionError("the server has closed the connection")


# ---- what goes wrong without anybody's fault ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """What to answer: a status, a sentence, and after how many seconds it is worth another try."""

    status: int
    message: str
    retry_seconds: int = 5


BUSY = Trouble(503, "现在同时在用的人太多，系统忙不过来，请过几秒再试；刚才的操作没有保存。")
AWAY = Trouble(503, "数据库暂时连不上，系统会自动重连，请过一会儿再试；刚才的操作没有保存。", 10)
SLOW = Trouble(503, "这次查询用时太长，已经停止；请缩小范围（时间、阶段、负责人）后再试。")
HELD = Trouble(409, "这条记录正由别人办理，等了几秒还没有办完；请稍后再试，你的改动还没有保存。", 3)
CROSSED = Trouble(409, "刚好与别人的操作碰在一起，你的改动没有保存；请再提交一次。", 1)
IDLE = Trouble(503, "这次操作中途停得太久，数据库已经收回；请再试一次，刚才的操作没有保存。", 1)
CHANGED = Trouble(503, "系统刚刚升级，数据库的结构变了；请再试一次，刚才的操作没有保存。", 1)
FULL = Trouble(503, "数据库所在的磁盘满了，现在存不进去；请告诉管理员。", 60)

# SQLSTATE, whole or its class (the first two characters).
TROUBLES = {
    "57014": SLOW,
    "55P03": HELD,
    "40P01": CROSSED,
    "40001": CROSSED,
    "25P03": IDLE,
    "25P04": IDLE,
    "0A000": CHANGED,  # what a statement prepared before a migration would answer now; it is forgotten with the rollback
    "53100": FULL,
    "53": BUSY,
    "57": AWAY,
    "08": AWAY,
}
SQLITE_TROUBLES = {
    sqlite3.SQLITE_BUSY: BUSY, sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_CANTOPEN: AWAY, sqlite3.SQLITE_IOERR: AWAY,
}  # fmt: skip


def trouble(error: BaseException) -> Trouble | None:
    """What to tell of a database's refusal that is no fault of the program; None for one that is."""
    if isinstance(error, PoolTimeout):
        return BUSY
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return SQLITE_TROUBLES.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(error.orig, "sqlstate", None) or ""
    found = TROUBLES.get(state) or TROUBLES.get(state[:2])
    if found is None and (error.connection_invalidated or (not state and _lost(error))):
        return AWAY
    return found


def _lost(error: DBAPIError) -> bool:
    """A line that never came to be, or broke, bears no SQLSTATE: psycopg says OperationalError."""
    return type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")
