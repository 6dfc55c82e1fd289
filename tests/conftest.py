"""The ground every test stands on: a real database (SQLite and PostgreSQL), a real application, and a named cast.

A test that asks for `session`, `client_for` or a member of the cast runs twice, once on each database. Where no PostgreSQL can be
had, its half is skipped and a loud line at the end of the run says so (tests/servers.py). Each test starts from empty tables plus
the cast; what a request or a thread commits is really committed, and swept away afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask import session as cookies
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from crm.app import create_app
from crm.clock import Clock
from crm.columns import Base
from crm.config import Config, Pool, Timeouts
from crm.extensions import db
from crm.models import User
from crm.policy import Actor
from crm.queries.people import actor_of
from tests import factories

pytest_plugins = ["tests.servers", "tests.office"]

TODAY = date(2022, 10, 20)
NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)  # ten in the morning in China
EVENING = datetime(2022, 10, 20, 12, 0, tzinfo=UTC)  # when each test begins for the application: what NOW means is over
CAST = (
    "officer", "other_officer", "team_lead", "statistician", "second_statistician", "coordinator", "agent", "liaison",
    "leader", "admin", "auditor",
)  # fmt: skip


@dataclass(frozen=True)
class Evening(Clock):
    """Eight in the evening and going on, whenever the tests are run."""

    def now(self) -> datetime:
        """The present instant of a test."""
        return EVENING + (datetime.now(UTC) - _began["test"])


_began = {"test": datetime.now(UTC)}


@pytest.fixture(autouse=True)
def evening() -> None:
    """Every test begins at the same time of day."""
    _began["test"] = datetime.now(UTC)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on one of the two databases, with its tables made."""
    folder = tmp_path_factory.mktemp("data")
    own = f"sqlite:///{folder / 'crm.sqlite3'}"
    url = own if request.param == "sqlite" else request.getfixturevalue("postgresql")
    app = create_app(test_config(url, folder))
    app.extensions["crm_clock"] = Evening(TODAY)
    with app.app_context():
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        engine = db.engine
    yield app
    engine.dispose()


def test_config(url: str, folder: Path) -> Config:
    """The configuration tests run with: a fixed day, a throw-away data folder."""
    address = url.replace("postgresql://", "postgresql+psycopg://")
    pool = Pool(overflow=20)  # tests with threads take many
    patient = Timeouts(statement_seconds=120)  # the machine of a test may be busy with others
    # Nothing is remembered: pages tell what is there now.
    return Config("test", address, "k" * 40, folder, TODAY, pool=pool, timeouts=patient, memory_seconds=0)


test_config.__test__ = False  # type: ignore[attr-defined]


def _sweep(engine: Engine) -> None:
    deletions = [f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables)]
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # in one go: 4 ms, where TRUNCATE takes 250 for its new files
            numbers = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
            connection.exec_driver_sql("; ".join([*deletions, numbers]))
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for deletion in deletions:
            connection.exec_driver_sql(deletion)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session on tables that hold the cast and nothing else; no application context is open around it."""
    with app.app_context():
        engine = db.engine
    _sweep(engine)
    with Session(engine) as own:
        factories.make_cast(own)
        own.commit()
        yield own


@pytest.fixture
def today() -> date:
    """The day of the tests."""
    return TODAY


@pytest.fixture
def now() -> datetime:
    """The instant of the tests."""
    return NOW


def _person(login: str) -> Callable[[Session], User]:
    def person(session: Session) -> User:
        return session.query(User).filter_by(login=login).one()

    person.__doc__ = f"The {login.replace('_', ' ')} of the cast."
    return person


for _login in CAST:
    globals()[_login] = pytest.fixture(_person(_login), name=_login)


@pytest.fixture
def acting(session: Session) -> Callable[[User], Actor]:
    """The policy's actor for a person: `acting(officer)`."""
    return lambda user: actor_of(session, user)


@pytest.fixture
def client_for(app: Flask, session: Session) -> Callable[[User | None], FlaskClient]:
    """A signed-in client: `client_for(officer).get("/projects")`; None is a stranger. CSRF is on: use `post`."""

    def sign_in(user: User | None) -> FlaskClient:
        client = signed_in(app, user)
        client.prepared = session
        return client

    return sign_in


def signed_in(app: Flask, user: User | None) -> Browser:
    """A client of any application on the tests' database; it commits nothing for the test."""
    app.test_client_class = Browser
    client = app.test_client()
    if user is not None:
        with client.session_transaction() as cookie:
            cookie["_user_id"] = f"{user.id}:{user.session_epoch}"
            cookie["_fresh"] = True
            cookie["signed_in_at"] = app.extensions["crm_clock"].now().timestamp()
    return client


# What a test's own rows bring about at their commit is not the page's.
_preparing = ContextVar("preparing", default=False)


class Browser(FlaskClient):
    """A client that sends the CSRF token of the session with every write, as the pages do."""

    prepared: Session | None = None

    def open(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Any request, after committing what the test prepared; afterwards the test's session sees what was written."""
        if self.prepared:
            preparing = _preparing.set(True)
            self.prepared.commit()
            _preparing.reset(preparing)
        answer = super().open(*args, **kwargs)
        if self.prepared:
            self.prepared.expire_all()
        return answer

    def post(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        """POST with the token; `csrf=False` leaves it out."""
        if kwargs.pop("csrf", True):
            kwargs["headers"] = {**kwargs.get("headers", {}), "X-CSRFToken": self.token()}
        return super().post(*args, **kwargs)

    def token(self) -> str:
        """The token that pages of this session bear."""
        with self.application.test_request_context():
            token = generate_csrf()
            raw = cookies["csrf_token"]
        with self.session_transaction() as mine:
            mine["csrf_token"] = raw
        return token


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], object]:
    """`with count_queries() as statements: ...; assert len(statements) == 4`."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
            if not _preparing.get() and not statement.startswith(("PRAGMA", "BEGIN")):
                statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
