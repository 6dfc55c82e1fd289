"""Every operation of the bench, done once on a small register: a page that changes must not leave the bench behind."""

import pickle

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import Client

from bench import dataset
from bench.counted import counting
from bench.dataset import Scale
from bench.operations import MORE, OPERATIONS
from bench.profiling import Inside
from bench.visiting import COUNT, LOG
from crm import indexing, pieces
from crm.app import create_app
from crm.config import Config
from crm.extensions import db

SMALL = Scale(projects=120, companies=24, activities=360)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    app = create_app(Config("demo", f"sqlite:///{folder / 'crm.sqlite3'}", "k" * 40, folder, dataset.TODAY))
    with app.app_context():
        with db.engine.begin() as connection:
            dataset.fill(connection, SMALL)
        with Session(db.engine) as session:
            indexing.catch_up(session)
            pieces.catch_up(session)
            session.commit()
        engine = db.engine
    yield app
    engine.dispose()


@pytest.mark.parametrize("operation", [*OPERATIONS, *MORE], ids=lambda one: one.key)
def test_an_operation_can_be_done(demo, operation):
    visitor = Inside(demo.test_client())
    visitor.sign_in(operation.reader)
    operation.prepare(visitor, SMALL)  # which does it once, and looks whether it shows what it should


def test_opening_a_record_is_noted_as_the_page_does(demo):
    visitor = Inside(demo.test_client())
    visitor.sign_in(dataset.STATISTICIAN)
    assert [answer.address for answer in visitor.open("/projects/7")] == ["/projects/7", "/visits"]


def test_an_answer_says_how_many_statements_it_took_and_writes_them_where_it_is_asked_to(demo, tmp_path):
    client, log = Client(counting(demo)), tmp_path / "statements"
    answer = client.get("/ready", headers={LOG: str(log)})
    statements = pickle.loads(log.read_bytes())
    assert int(answer.headers[COUNT]) == len(statements) and statements[-1][0] == "SELECT 1"
    assert client.get("/ready").headers[COUNT] == answer.headers[COUNT]  # counted anew
