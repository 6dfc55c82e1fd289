"""The invented register: rows are functions of the seed, and agree with what the product's own rules would have written."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from bench import dataset, filling
from bench.dataset import Scale, Stretch
from crm import db, indexing
from crm.actions import rollups
from crm.columns import Base
from crm.models import Activity, Claim, Company, Project, ProjectMember, SearchEntry, StageMove

SMALL = Scale(projects=200, companies=40, activities=650)
NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)


def test_a_row_is_the_same_whatever_is_made_with_it():
    whole = dataset.made(Stretch("projects", 1, 20), SMALL)
    part = dataset.made(Stretch("projects", 11, 20), SMALL)
    assert whole[Project][10:] == part[Project]
    assert whole[StageMove][-len(part[StageMove]) :] == part[StageMove]
    assert dataset.made(Stretch("projects", 1, 20), Scale(200, 40, 650, seed=8))[Project] != whole[Project]


def test_stretches_hold_every_number_once():
    found = [
        n for part in dataset.stretches(SMALL, 30) if part.kind == "companies" for n in range(part.first, part.last + 1)
    ]
    assert found == list(range(1, 41))


def test_what_rows_repeat_of_others_is_what_the_product_says(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'bench.sqlite3'}")
    db.equip(engine)
    with engine.begin() as connection:
        dataset.fill(connection, SMALL)
    with Session(engine) as session:
        assert not rollups.drifts(session, NOW)
        assert session.scalar(select(func.count()).select_from(Activity)) == 650
        assert session.scalar(select(func.max(StageMove.to_stage))) > 4 and session.scalar(select(func.count(Claim.id)))
        assert not session.scalars(select(Activity.id).where(Activity.happened_at > NOW)).all()
    engine.dispose()


@pytest.mark.postgresql
def test_copied_and_derived_by_other_processes_it_is_whole(fresh_postgresql):
    url = fresh_postgresql.replace("postgresql+psycopg://", "postgresql://")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        if connection.exec_driver_sql("SHOW is_superuser").scalar() != "on":
            pytest.skip("the bench fills a server of its own; this one's role may not")
    Base.metadata.create_all(engine)
    steps = []
    filling.fill(url, SMALL, lambda name: _noted(steps, name), most=1)
    with Session(engine) as session:
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Company, Project, Activity)]
        assert counts == [40, 200, 650]
        assert not rollups.drifts(session, NOW)
        led = select(func.count()).select_from(Project).join(ProjectMember, ProjectMember.project_id == Project.id)
        assert session.scalar(led.where(ProjectMember.user_id == Project.lead_id)) == 200
        assert session.scalar(select(func.count()).select_from(SearchEntry)) == 40 + 40 + 200 + 650
        assert not indexing.rebuild(session)
        session.rollback()
        session.add(Company(name="新企业", name_key="新企业", created_at=NOW))
        session.flush()  # the counters stand behind the keys that were given
    assert "derived rows" in steps
    engine.dispose()


class _noted:
    def __init__(self, steps, name):
        steps.append(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None
