"""Migrations and models say the same; the generated pages of docs/ say what the code says."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from crm.app import create_app
from crm.columns import Base
from crm.commands.docs import PAGES, REPOSITORY
from crm.extensions import db
from tests.conftest import test_config


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
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    upgrade(directory=folder)  # repeating it changes nothing
    downgrade(directory=folder, revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade(directory=folder)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == PAGES[name](), f"run: python3 dev.py docs ({name})"
