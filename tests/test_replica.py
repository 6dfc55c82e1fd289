"""A replica: figures and exports are read there; everything else, and by who just wrote, on the primary, which stands in too."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm import db as database
from crm.app import create_app
from crm.choices import Stage
from crm.columns import Base
from crm.extensions import db
from crm.models import Project
from crm.replica import Replica
from crm.views import web
from tests import factories as make
from tests.conftest import signed_in

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("app", ["postgresql"], indirect=True)]
DEAD = "postgresql+psycopg://crm@127.0.0.1:9/crm"
FIGURES = "/figures/lead_count?month=2022-10"


def _lead(session, name):
    project = make.make_project(session, name, make.person(session, "officer"))
    make.make_move(session, project, Stage.LEAD, date(2022, 10, 8), from_stage=None)


@pytest.fixture
def pair(app, session, fresh_postgresql):
    """A function that makes the application with a replica; the stand-in holds the cast and one project of its own."""
    url = fresh_postgresql.replace("postgresql://", "postgresql+psycopg://")
    engine, made = create_engine(url), []
    Base.metadata.create_all(engine)
    with Session(engine) as other:
        make.make_cast(other)
        _lead(other, "只在副本")
        other.commit()
    _lead(session, "只在主库")
    session.commit()

    def make_it(address=url, lag_seconds=10):
        config = replace(app.extensions["crm_config"], replica_url=address, replica_lag_seconds=lag_seconds)
        made.append(create_app(config))
        return made[-1]

    yield make_it
    engine.dispose()
    for one in made:
        one.extensions["crm_replica"].engine.dispose()
        with one.app_context():
            db.engine.dispose()


def test_figures_and_exports_are_read_there_and_lists_here(pair, session):
    client = signed_in(pair(), make.person(session, "leader"))
    assert "只在副本" in client.get(FIGURES).text
    assert "只在主库" in client.get("/projects").text


def test_who_just_wrote_reads_his_own_writing(pair, session):
    client = signed_in(pair(), make.person(session, "leader"))
    client.post("/me", data={"theme": "dark"})
    assert "只在主库" in client.get(FIGURES).text
    with client.session_transaction() as cookie:
        cookie[web.WROTE_AT] -= 11
    assert "只在副本" in client.get(FIGURES).text


def test_a_dead_address_is_said_once_and_left_alone_for_a_while(pair, session, caplog):
    app = pair(DEAD)
    app.extensions["crm_replica"]._clock = lambda: 100.0
    client = signed_in(app, make.person(session, "leader"))
    with caplog.at_level(logging.INFO, "crm.replica"):
        for _ in range(3):
            assert "只在主库" in client.get(FIGURES).text
    assert len(caplog.messages) == 1 and "reading from the primary" in caplog.messages[0]


def test_a_replica_that_goes_while_it_is_read_is_stood_in_for(pair, session, monkeypatch, caplog):
    """The look said it is good; the first statement finds the line broken, and the view runs again on the primary."""
    app = pair()
    replica = app.extensions["crm_replica"]
    assert replica.usable()
    replica.engine.dispose()
    monkeypatch.setattr(replica, "engine", create_engine(DEAD))
    with caplog.at_level(logging.INFO, "crm.replica"):
        assert "只在主库" in signed_in(app, make.person(session, "leader")).get(FIGURES).text
    assert "reading from the primary" in caplog.text and not replica.usable()


def test_a_fault_of_ours_is_not_taken_for_a_server_away(pair):
    app = pair()
    with app.app_context(), pytest.raises(DBAPIError, match="nowhere"):
        app.extensions["crm_replica"].read(
            lambda: db.session.execute(text("SELECT 1 FROM nowhere")), db.session.rollback
        )
    assert app.extensions["crm_replica"].usable()


def test_the_replica_itself_refuses_writes(pair):
    engine = pair().extensions["crm_replica"].engine
    with engine.connect() as connection, pytest.raises(DBAPIError, match="read-only"):
        connection.execute(text("DELETE FROM project"))


def test_pauses_grow_and_end_when_it_answers_again(pair):
    app, now = pair(), [100.0]
    good = app.extensions["crm_replica"]
    replica = Replica(create_engine(DEAD), good.primary, 10, lambda: now[0])
    looked = []
    for _ in range(40):
        looked.append(replica._look_at if not replica.usable() else None)
        now[0] += 1
    assert len(set(looked)) == 5  # at 100, 102, 106, 114, 130
    replica.engine = good.engine
    now[0] += 60
    assert replica.usable()


def test_one_that_lags_is_not_used(pair, monkeypatch, caplog):
    replica = pair().extensions["crm_replica"]
    monkeypatch.setattr(replica, "seconds_behind", lambda: 6.0)
    with caplog.at_level(logging.INFO, "crm.replica"):
        assert not replica.usable()
    assert "6 s behind" in caplog.text


def test_reading_there_leaves_the_session_as_it_was(pair, session):
    app = pair()
    with app.app_context():
        replica = app.extensions["crm_replica"]
        names = select(func.string_agg(Project.name, ","))

        def read():
            return db.session.scalar(names)

        assert replica.read(read, db.session.rollback) == "只在副本"
        assert read() == "只在主库"
        with database.reading():
            assert replica.read(read, db.session.rollback) == "只在副本"
