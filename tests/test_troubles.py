"""What goes wrong without anybody's fault - no connection free, a limit struck, a deadlock, a server away - is told in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from crm import db as database
from crm.app import create_app
from crm.config import Pool, Timeouts
from crm.extensions import db
from crm.models import Comment, Project
from tests import factories as make
from tests.conftest import signed_in, test_config

DEAD = "postgresql+psycopg://crm@127.0.0.1:9/crm"


@pytest.fixture
def beside(app, session):
    """A function that makes another application on the tests' database, with other settings."""
    made = []

    def make_it(**settings):
        session.commit()
        made.append(create_app(replace(app.extensions["crm_config"], **settings)))
        return made[-1]

    yield make_it
    for other in made:
        with other.app_context():
            db.engine.dispose()


def test_no_connection_free_is_told_and_worth_another_try(beside, session, officer):
    other = beside(pool=Pool(size=1, overflow=0, wait_seconds=0))
    client = signed_in(other, officer)
    with other.app_context():
        engine = db.engine
    with engine.connect():
        page, fragment = client.get("/projects"), client.get("/projects", headers={"HX-Request": "true"})
        ready, alive = client.get("/ready"), client.get("/health")
    for answer in (page, fragment):
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
        assert "忙不过来" in answer.text
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert client.get("/projects").status_code == client.get("/ready").status_code == 200


def test_a_database_away_is_told_without_asking_it_who_reads(tmp_path, officer):
    client = signed_in(create_app(test_config(DEAD, tmp_path)), officer)
    answer = client.get("/projects")
    assert answer.status_code == 503 and "暂时连不上" in answer.text and "Retry-After" in answer.headers
    assert client.get("/ready").data == b"no database"
    assert client.get("/health").status_code == 200


def test_a_server_about_to_go_says_so(beside, tmp_path):
    client = beside(drain_file=tmp_path / "drain").test_client()
    assert client.get("/ready").status_code == 200
    (tmp_path / "drain").touch()
    assert (client.get("/ready").status_code, client.get("/ready").data) == (503, b"draining")
    assert client.get("/sign-in").status_code == 200


def test_who_asks_is_believed_of_as_many_proxies_as_there_are(beside):
    def seen(proxies, forwarded):
        with beside(trusted_proxies=proxies).test_request_context() as context:
            environ = context.request.environ | {"HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": "https"}
            kept = {}
            context.app.wsgi_app.app = lambda inner, _start: kept.update(inner) or []
            context.app.wsgi_app(environ, lambda *_: None)
            return kept["REMOTE_ADDR"], kept["wsgi.url_scheme"]

    assert seen(1, "6.6.6.6, 10.0.0.5") == ("10.0.0.5", "https")
    assert seen(2, "6.6.6.6, 10.0.0.5, 10.0.0.9") == ("10.0.0.5", "https")


@pytest.mark.postgresql
@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite a writer waits for the whole file, and long
def test_a_row_that_somebody_holds_is_told_as_a_conflict(beside, app, session, officer, now):
    project = make.make_project(session, lead=officer)
    session.add(remark := Comment(project_id=project.id, author_id=officer.id, written_at=now, body="一句话"))
    session.commit()
    client = signed_in(beside(timeouts=Timeouts(lock_seconds=1)), officer)
    session.execute(select(Project.id).where(Project.id == project.id).with_for_update())
    answer = client.post(f"/projects/{project.id}/pins/comment/{remark.id}")
    assert answer.status_code == 409 and "正由别人办理" in answer.text and answer.headers["Retry-After"] == "3"


# ------------------------------------------------------------------------------------------------------- PostgreSQL's own words


@pytest.fixture
def engine(fresh_postgresql):
    """An engine as the application has it, with a table of two rows."""
    url = fresh_postgresql.replace("postgresql://", "postgresql+psycopg://")
    made = create_engine(url, **database.engine_options(url, timeouts=Timeouts(7, 8, 9)))
    database.equip(made)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t AS SELECT 1 AS id UNION SELECT 2"))
    yield made
    made.dispose()


@pytest.mark.postgresql
def test_limits_stand_on_every_connection_and_a_command_takes_its_time(engine):
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "plan_cache_mode")

    def shown():
        with engine.connect() as connection:
            return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

    assert shown() == ["7s", "8s", "9s", "force_custom_plan"]
    engine.dispose()
    with database.patient():
        assert shown() == ["0", "8s", "0", "force_custom_plan"]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (("SET statement_timeout = 20", "SELECT pg_sleep(5)"), database.SLOW),
        (("SET lock_timeout = 20", "SELECT * FROM t FOR UPDATE"), database.HELD),
        (("SELECT pg_terminate_backend(pg_backend_pid())",), database.AWAY),
        (("SET idle_in_transaction_session_timeout = 20", "wait", "SELECT 1"), database.IDLE),
        (("SELECT * FROM nowhere",), None),
    ],
)
def test_what_strikes_is_told(engine, statements, told):
    with engine.connect() as other, engine.connect() as connection:
        other.execute(text("SELECT * FROM t FOR UPDATE"))
        with pytest.raises(DBAPIError) as caught:
            for statement in statements:
                if statement == "wait":  # until the server has said goodbye
                    database.select.select([connection.connection.dbapi_connection.pgconn.socket], [], [], 5)
                else:
                    connection.exec_driver_sql(statement)
        assert database.trouble(caught.value) is told
        connection.invalidate()


@pytest.mark.postgresql
def test_two_who_wait_for_each_other_are_told_to_try_again(engine):
    met = Barrier(2, timeout=60)

    def take(order):
        with engine.connect() as connection:
            connection.exec_driver_sql("SET deadlock_timeout = 20")
            connection.exec_driver_sql(f"SELECT * FROM t WHERE id = {order[0]} FOR UPDATE")
            met.wait(5)
            connection.exec_driver_sql(f"SELECT * FROM t WHERE id = {order[1]} FOR UPDATE")

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(take, order) for order in ((1, 2), (2, 1))]
        ends = [future.exception() for future in both]
    lost = [error for error in ends if error]
    assert [database.trouble(error) for error in lost] == [database.CROSSED]


@pytest.mark.postgresql
def test_a_connection_the_server_has_closed_is_not_lent(engine):
    with engine.connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    beside = create_engine(engine.url)
    with beside.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({backend}, 5000)")
    beside.dispose()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != backend
