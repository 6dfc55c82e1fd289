"""Migrations and models say the same; the generated pages of docs/ say what the code says."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    func,
    insert,
    inspect,
    select,
)

from crm import seeding
from crm.app import create_app
from crm.columns import Base
from crm.commands.docs import PAGES, REPOSITORY
from crm.doctor.database import POSTGRESQL_ONLY
from crm.extensions import db
from tests.conftest import NOW, test_config
from tests.test_seed import folder as small_seed  # noqa: F401 - a fixture


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_app(request, tmp_path):
    """An application on a database without any table."""
    own = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url = own if request.param == "sqlite" else request.getfixturevalue("fresh_postgresql")
    app = create_app(test_config(url, tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_migrations_lead_to_the_models_and_back(empty_app):
    folder = str(REPOSITORY / "crm" / "migrations")
    upgrade(directory=folder)
    assert _difference() == []
    upgrade(directory=folder)  # repeating it changes nothing
    downgrade(directory=folder, revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade(directory=folder)


def _ours(object_, name, type_, reflected, compare_to):
    """SQLite keeps its full-text index in tables that the models do not know, and has no index over an expression."""
    if db.engine.dialect.name == "sqlite" and name in POSTGRESQL_ONLY:
        return False
    return not (type_ == "table" and reflected and compare_to is None and name.startswith("search_text"))


def test_an_office_that_is_at_work_keeps_every_row(empty_app):
    folder = str(REPOSITORY / "crm" / "migrations")
    upgrade(directory=folder, revision="0001")
    with db.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        rows = [table for table in tables.sorted_tables if table.name != "alembic_version"]
        for table in rows:  # a row in every table, each pointing to the first of the others
            connection.execute(insert(table).values(_row(table)))
    upgrade(directory=folder)
    with db.engine.connect() as connection:
        for table in rows:
            assert connection.scalar(select(func.count()).select_from(table)) == 1, table.name


def test_the_seed_goes_back_to_the_first_schema_and_up_again_and_then_to_nothing(empty_app, small_seed):  # noqa: F811
    """Real rows on both ways: what the first schema knows of them is there afterwards, and the models fit."""
    folder = str(REPOSITORY / "crm" / "migrations")
    upgrade(directory=folder)
    seeding.load(db.session, NOW, folder=small_seed)
    db.session.commit()
    downgrade(directory=folder, revision="0001")
    old = _counts()
    assert old["project"] == 3 and old["claim"] and old["money_entry"] and old["stage_move"]
    upgrade(directory=folder)
    new = _counts()
    assert {table: new[table] for table in old} == old
    assert _difference() == []
    downgrade(directory=folder, revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def _counts():
    """How many rows each table holds."""
    tables = MetaData()
    with db.engine.connect() as connection:
        tables.reflect(connection)
        ours = [table for table in tables.sorted_tables if table.name in Base.metadata.tables]
        return {table.name: connection.scalar(select(func.count()).select_from(table)) for table in ours}


def _difference():
    """What the models say otherwise than the database."""
    with db.engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "autogenerate skipping"
        )  # SQLite: an index over an expression, which it has not
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _ours})
        return compare_metadata(context, Base.metadata)


def _row(table):
    """Values for every column that must have one, and for every key of another row that may."""
    values = {}
    for column in table.columns:
        if column.foreign_keys and not any(key.column.table is table for key in column.foreign_keys):
            values[column.name] = next((1 for key in column.foreign_keys if key.column.name == "id"), None)
        elif not column.nullable and not (column.name == "id" and column.primary_key):
            values[column.name] = _value(column)
    if table.name == "claim":  # who verifies did not report
        values |= {"verified_by_id": None}
    return values


def _value(column):
    """Something that the column and its constraints take."""
    words = {"amount": 5, "amount_yuan": 5, "currency": "CNY", "kind": "plan", "rate": 1}
    kinds = {
        Boolean: False, DateTime: datetime(2022, 9, 1, tzinfo=UTC), Date: date(2022, 9, 1), JSON: {}, Integer: 1, Numeric: 1,
    }  # fmt: skip
    found = next((value for kind, value in kinds.items() if isinstance(column.type, kind)), "x")
    return words.get(column.name, found)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == PAGES[name](), f"run: python3 dev.py docs ({name})"
