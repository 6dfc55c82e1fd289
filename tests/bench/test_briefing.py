"""The bench of the briefing: a month with so many key projects, asked in a number of statements that stays the same."""

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench import briefing, dataset
from bench.dataset import Scale
from crm import db
from crm.queries.totals import Basis, Totals
from crm.rules.days import day_of


def _measured(folder, count):
    engine = create_engine(f"sqlite:///{folder / f'{count}.sqlite3'}")
    db.equip(engine)
    with engine.begin() as connection:
        dataset.fill(connection, Scale(projects=150, companies=30, activities=300))
        assert briefing.key_projects(connection, count) == count
    with Session(engine) as session:
        found = Totals(session, Basis(day_of(briefing.NOW)), briefing.MONTH)["key_project_count"].year
    read, _written, size = briefing.measure(engine)
    engine.dispose()
    return found, read.statements, size


def test_more_key_projects_are_read_in_as_many_statements(tmp_path):
    few, many = _measured(tmp_path, 5), _measured(tmp_path, 20)
    assert (few[0], many[0]) == (5, 20)
    assert few[1] == many[1]
    assert many[2] > few[2]
