"""Alembic's entry: migrations run on the application's own engine, in batches on SQLite, one transaction a migration."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Enum

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


def run() -> None:
    """Bring the database to the asked-for revision."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
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
