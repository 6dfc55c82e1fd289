"""Alembic's entry: migrations run on the application's own engine, in batches on SQLite, one transaction a migration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Enum

from crm import models
from crm.columns import Base, Ordinal, UtcInstant

assert models.Project.__table__.metadata is Base.metadata


def _name_matters(object_, name, type_, reflected, compare_to):  # type: ignore[no-untyped-def]
    """Leave alone what the schema does not declare: tables of other tools in the same database."""
    return not (type_ == "table" and reflected and compare_to is None)


def _render(type_, object_, autogen_context):  # type: ignore[no-untyped-def]
    """Write plain column types: a migration must not change when our vocabulary does."""
    if type_ != "type":
        return False
    if isinstance(object_, UtcInstant):
        return "sa.DateTime(timezone=True)"
    if isinstance(object_, Ordinal):
        return "sa.SmallInteger()"
    if isinstance(object_, Enum):
        return f"sa.String(length={object_.length})"
    return False


@contextmanager
def _loose_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: meanwhile rows that point to it must not be refused, afterwards all must fit."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = (
        connection.connection.dbapi_connection
    )  # not through SQLAlchemy: inside a transaction it would do nothing
    driver.execute("PRAGMA foreign_keys=OFF")
    yield
    broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    driver.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"rows point to nothing after the migration: {broken[:5]}")


def run() -> None:
    """Bring the database to the asked-for revision."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _loose_keys(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            include_object=_name_matters,
            render_item=_render,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
