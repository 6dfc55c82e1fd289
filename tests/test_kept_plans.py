"""What PostgreSQL keeps of statements: prepared across transactions that only read, planned once where rows are found by keys."""

from __future__ import annotations

import pytest
from sqlalchemy import column, create_engine, func, insert, literal_column, select, table, text
from sqlalchemy.exc import DBAPIError

from crm import db as database

pytestmark = pytest.mark.postgresql
READ = text("SELECT max(id) FROM t")
BY_KEY = select(literal_column("1")).execution_options(**database.BY_KEY)


@pytest.fixture
def engine(fresh_postgresql):
    url = fresh_postgresql.replace("postgresql://", "postgresql+psycopg://")
    made = create_engine(url, **database.engine_options(url))
    database.equip(made)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t AS SELECT 1 AS id UNION SELECT 2"))
    yield made
    made.dispose()


def _keeping():
    return select(func.now(), database.keep_plans()).execution_options(**database.KEEPS_PLANS)


def _mode(connection):
    driver = connection.connection.dbapi_connection  # past the listener, which would take it for any statement
    return driver.execute("SHOW plan_cache_mode").fetchone()[0]


def _prepared(engine):
    with engine.connect() as connection:
        return connection.execute(
            text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%max(id)%'")
        ).scalar()


def test_what_only_read_leaves_its_statements_prepared(engine):
    with database.reading():
        for _ in range(8):
            with engine.connect() as connection:
                connection.execute(READ)
        assert _prepared(engine) == 1
    with engine.connect() as connection:  # one that may have written is rolled back
        connection.execute(text("INSERT INTO t VALUES (3)"))
    with engine.connect() as connection:
        assert connection.execute(READ).scalar() == 2


def test_a_reading_transaction_that_failed_is_rolled_back(engine):
    with database.reading():
        with engine.connect() as connection, pytest.raises(Exception, match="read-only"):
            connection.execute(text("INSERT INTO t VALUES (3)"))
        with engine.connect() as connection:
            assert connection.execute(READ).scalar() == 2


def test_what_a_migration_changed_under_a_server_is_told_once_and_asked_anew(engine):
    with database.reading():
        for _ in range(8):
            with engine.connect() as connection:
                connection.execute(READ)
    with engine.connect(), engine.begin() as another:  # who has prepared it must not see the change himself
        another.execute(text("ALTER TABLE t ALTER id TYPE bigint"))
    with database.reading():
        with engine.connect() as connection, pytest.raises(DBAPIError) as refusal:
            connection.execute(READ)
        told = database.trouble(refusal.value)
        assert told is not None and told.status == 503 and "请再试一次" in told.message
        with engine.connect() as connection:
            assert connection.execute(READ).scalar() == 2


def test_plans_are_kept_from_a_first_statement_on_and_only_for_rows_found_by_keys(engine):
    with engine.connect() as connection:
        connection.execute(_keeping())
        assert _mode(connection) == "force_generic_plan"
        connection.execute(BY_KEY)
        connection.execute(insert(table("t", column("id"))).values(id=4))
        assert _mode(connection) == "force_generic_plan"
        connection.execute(READ)
        assert _mode(connection) == "force_custom_plan"
        connection.execute(BY_KEY)
        assert _mode(connection) == "force_custom_plan"
    with engine.connect() as connection:
        connection.execute(BY_KEY)
        assert _mode(connection) == "force_custom_plan"


def test_they_are_not_kept_beyond_the_transaction(engine):
    with engine.begin() as connection:
        connection.execute(_keeping())
    with engine.connect() as connection:
        connection.execute(BY_KEY)
        assert _mode(connection) == "force_custom_plan"


def test_a_savepoint_takes_it_back_before_it_begins(engine):
    with engine.connect() as connection:
        connection.execute(_keeping())
        savepoint = connection.begin_nested()
        connection.execute(BY_KEY)
        savepoint.rollback()
        assert _mode(connection) == "force_custom_plan"
